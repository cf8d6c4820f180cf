//! Checkpoints: what signers vouch for, the pieces, and a ledger that begins with them.

use crate::world::{GENESIS_SECONDS, Setup, Sim, genesis, key};
use ledger::DetailedMomentum;
use ledger::types::{Hash, HashHeight};
use ledger::verify::block::SignatureCheck;
use node::checkpoint::fetch::{Action, Event, Fetch, PIECE_MS};
use node::checkpoint::folder::{Folder, FolderError};
use node::checkpoint::{Checkpoint, Signature};
use node::metrics::Metrics;
use node::network::Checkpoints;
use node::node::{Event as NodeEvent, Node, Options};
use node::store::chunks::is_piece;
use node::store::{FILE, Store};
use std::path::Path;
use std::sync::Arc;
use tempfile::tempdir;

/// Signers are users 0, 1 and 2; two of them must have signed.
fn rule() -> Checkpoints {
    Checkpoints { signers: (0..3).map(|index| key(index).address()).collect(), threshold: 2 }
}

fn signature(of: &Checkpoint, signer: u8) -> Signature {
    let digest = of.digest(&genesis(1, 4));
    let key = key(signer);
    Signature {
        public_key: key.public_key().to_vec(),
        signature: key.sign(digest.as_bytes()).to_vec(),
    }
}

/// A chain with something in it.
fn chain(slots: u64) -> Sim {
    let mut sim = Sim::new(Setup::single());
    for slot in 0..slots {
        let block = sim.send(0, 1, slot + 1);
        sim.publish(block).unwrap();
        sim.run_slots(1);
        if let Some(block) = sim.receive(1) {
            sim.publish(block).unwrap();
        }
    }
    sim
}

/// A ledger in a folder, with these momentums in batches of `batch`.
fn ledger_in(folder: &Path, momentums: &[DetailedMomentum], batch: usize) -> HashHeight {
    let store = Store::open(folder, &genesis(1, 4)).unwrap();
    let setup = Setup::single();
    let options =
        Options { production: setup.production, dev: false, alone: true, limits: setup.limits };
    let now = (GENESIS_SECONDS + 1_000_000) * 1000;
    let metrics = Arc::new(Metrics::default());
    let mut node = Node::new(store, Vec::new(), options, now, metrics).unwrap();
    for momentums in momentums.chunks(batch) {
        let (ticket, check) = (1, SignatureCheck::Now);
        let momentums = momentums.to_vec();
        node.on(now, NodeEvent::Momentums { ticket, momentums, check }, &mut Vec::new());
    }
    node.identifier()
}

#[test]
fn a_ledger_made_of_pieces_is_the_ledger() {
    let (from, to) = (tempdir().unwrap(), tempdir().unwrap());
    let genesis = genesis(1, 4);
    let sim = chain(40);
    let momentums = sim.momentums_above(1);
    let newest = ledger_in(from.path(), &momentums[..30], 7);
    let made = Folder::make(from.path(), &genesis).unwrap();
    assert_eq!(made.checkpoint().newest, newest);
    let read = Folder::open(made.path(), &genesis).unwrap();
    assert_eq!(read.checkpoint(), made.checkpoint());
    made.build(to.path(), &genesis).unwrap();
    {
        let store = Store::open(to.path(), &genesis).unwrap();
        let snapshot = store.snapshot().unwrap();
        assert_eq!(snapshot.identifier(), newest);
        node::check::links(&snapshot, &genesis, |_| {}).unwrap();
        node::check::replay(&snapshot, &genesis, |_| {}).unwrap();
    }
    // It goes on as any other, and can take momentums back that are older than itself.
    assert_eq!(ledger_in(to.path(), &momentums, 5), sim.node.identifier());
    assert!(matches!(made.build(to.path(), &genesis), Err(FolderError::Exists(_))));
}

/// What signers sign must not depend on how a node came to its ledger.
#[test]
fn all_ledgers_at_one_height_give_the_same_pieces() {
    let genesis = genesis(1, 4);
    let sim = chain(30);
    let momentums = sim.momentums_above(1);
    let mut manifests = Vec::new();
    for batch in [1, 4, 100] {
        let folder = tempdir().unwrap();
        ledger_in(folder.path(), &momentums, batch);
        manifests.push(Folder::make(folder.path(), &genesis).unwrap().checkpoint().manifest());
    }
    // One that was on a fork before.
    let folder = tempdir().unwrap();
    let mut fork = Sim::new(Setup::single());
    fork.run_slots(1);
    fork.now += 10_000;
    fork.run_slots(4);
    ledger_in(folder.path(), &fork.momentums_above(1), 2);
    assert_eq!(
        ledger_in(folder.path(), &momentums[..20], 100),
        momentums[19].momentum.identifier()
    );
    ledger_in(folder.path(), &momentums, 100);
    manifests.push(Folder::make(folder.path(), &genesis).unwrap().checkpoint().manifest());
    assert!(manifests.iter().all(|manifest| *manifest == manifests[0]), "{manifests:?}");
}

#[test]
fn a_damaged_piece_makes_no_ledger() {
    let (from, to) = (tempdir().unwrap(), tempdir().unwrap());
    let genesis = genesis(1, 4);
    ledger_in(from.path(), &chain(5).momentums_above(1), 100);
    let made = Folder::make(from.path(), &genesis).unwrap();
    let mut bytes = made.piece(0).unwrap();
    assert!(is_piece(&bytes));
    bytes[100] ^= 1;
    made.keep(0, &bytes).unwrap();
    assert_eq!(made.piece(0), None);
    assert!(matches!(made.build(to.path(), &genesis), Err(FolderError::Piece(0))));
    assert!(!to.path().join(FILE).exists());
}

/// The signers vouched for one ledger; pieces that hold another are worth nothing.
#[test]
fn pieces_of_another_ledger_are_refused() {
    let (from, to) = (tempdir().unwrap(), tempdir().unwrap());
    let genesis = genesis(1, 4);
    ledger_in(from.path(), &chain(5).momentums_above(1), 100);
    let made = Folder::make(from.path(), &genesis).unwrap();
    let mut other = made.checkpoint().clone();
    other.newest.height += 1;
    let claimed = Folder::begin(to.path(), &genesis, other).unwrap();
    claimed.keep(0, &made.piece(0).unwrap()).unwrap();
    assert!(matches!(claimed.build(to.path(), &genesis), Err(FolderError::Fill(_))));
    assert!(!to.path().join(FILE).exists());
}

#[test]
fn enough_of_the_signers_must_have_signed() {
    let genesis = genesis(1, 4);
    let bare = Checkpoint {
        newest: HashHeight::new(Hash([1; 32]), 50),
        pieces: vec![Hash([2; 32])],
        signatures: Vec::new(),
    };
    let with = |signers: &[u8]| Checkpoint {
        signatures: signers.iter().map(|signer| signature(&bare, *signer)).collect(),
        ..bare.clone()
    };
    assert!(with(&[0, 1]).holds(&genesis, &rule()));
    assert!(with(&[3, 2, 0]).holds(&genesis, &rule()));
    assert!(!bare.holds(&genesis, &rule()));
    assert!(!with(&[1]).holds(&genesis, &rule()));
    assert!(!with(&[1, 1, 1]).holds(&genesis, &rule()), "one signer counts once");
    assert!(!with(&[1, 3]).holds(&genesis, &rule()), "3 is no signer");
    let mut other = with(&[0, 1]);
    other.newest.height = 51;
    assert!(!other.holds(&genesis, &rule()));
    other = with(&[0, 1]);
    other.pieces.push(Hash([3; 32]));
    assert!(!other.holds(&genesis, &rule()));
    let nobody = Checkpoints { threshold: 0, ..rule() };
    assert!(!bare.holds(&genesis, &nobody));
}

/// A checkpoint of so many pieces that two have signed, and its pieces.
fn offered(height: u64, pieces: u8) -> (Checkpoint, Vec<Vec<u8>>) {
    let bytes: Vec<Vec<u8>> = (0..pieces).map(|byte| vec![byte, 1, 2]).collect();
    let mut checkpoint = Checkpoint {
        newest: HashHeight::new(Hash([1; 32]), height),
        pieces: bytes.iter().map(|bytes| Hash::of(bytes)).collect(),
        signatures: Vec::new(),
    };
    checkpoint.signatures = vec![signature(&checkpoint, 0), signature(&checkpoint, 1)];
    (checkpoint, bytes)
}

struct Fetching {
    fetch: Fetch,
    now: u64,
    out: Vec<Action>,
}

impl Fetching {
    fn new() -> Fetching {
        Fetching { fetch: Fetch::new(genesis(1, 4), rule()), now: 1_000, out: Vec::new() }
    }

    fn on(&mut self, event: Event) {
        self.fetch.on(self.now, event, &mut self.out);
    }

    /// Which pieces were asked of whom since the last look.
    fn asked(&mut self) -> Vec<(u64, usize)> {
        let asked = self.out.iter().filter_map(|action| match action {
            Action::AskPiece { peer, index, .. } => Some((*peer, *index)),
            _ => None,
        });
        let asked = asked.collect();
        self.out.clear();
        asked
    }

    fn dropped(&self, peer: u64) -> bool {
        self.out.iter().any(|action| matches!(action, Action::Drop(dropped, _) if *dropped == peer))
    }
}

#[test]
fn the_highest_checkpoint_that_holds_is_fetched_from_all_who_have_it() {
    let mut fetching = Fetching::new();
    let (lower, _) = offered(40, 2);
    let (higher, bytes) = offered(50, 20);
    for (peer, checkpoint) in [(1, &lower), (2, &higher), (3, &higher)] {
        fetching.on(Event::Joined(peer));
        assert!(fetching.out.contains(&Action::AskCheckpoint(peer)));
        fetching.on(Event::Offer(peer, Some(checkpoint.clone())));
    }
    let mut forged = offered(60, 1).0;
    forged.newest.height = 61;
    fetching.on(Event::Offer(4, Some(forged)));
    assert!(fetching.dropped(4));
    assert!(fetching.asked().is_empty(), "others may have a higher one");
    fetching.now = fetching.fetch.deadline().unwrap();
    fetching.on(Event::Tick);
    assert!(fetching.out.contains(&Action::Take(higher)));
    let mut asked = fetching.asked();
    assert_eq!(asked.len(), 8);
    let mut kept = 0;
    while let Some((peer, index)) = asked.pop() {
        assert!(peer == 2 || peer == 3);
        fetching.on(Event::Piece { peer, index, bytes: bytes[index].clone() });
        kept += fetching.out.iter().filter(|it| matches!(it, Action::Keep { .. })).count();
        if kept == 20 {
            assert!(fetching.out.contains(&Action::Done));
        }
        asked.extend(fetching.asked());
    }
    assert_eq!((kept, fetching.fetch.progress()), (20, Some((20, 20))));
}

#[test]
fn wrong_late_and_missing_pieces_are_asked_of_others() {
    let mut fetching = Fetching::new();
    let (checkpoint, bytes) = offered(50, 3);
    for peer in 1..=2 {
        fetching.on(Event::Offer(peer, Some(checkpoint.clone())));
    }
    fetching.now = fetching.fetch.deadline().unwrap();
    fetching.on(Event::Tick);
    let asked = fetching.asked();
    let of_first: Vec<usize> =
        asked.iter().filter(|(peer, _)| *peer == 1).map(|(_, index)| *index).collect();
    // One that nobody asked of it changes nothing.
    let foreign = asked.iter().find(|(peer, _)| *peer == 2).unwrap().1;
    fetching.on(Event::Piece { peer: 1, index: foreign, bytes: bytes[foreign].clone() });
    assert!(fetching.out.is_empty());
    fetching.on(Event::Piece { peer: 1, index: of_first[0], bytes: vec![9] });
    assert!(fetching.dropped(1));
    let again = fetching.asked();
    assert!(again.iter().all(|(peer, _)| *peer == 2));
    assert!(again.iter().any(|(_, index)| *index == of_first[0]));
    // Nothing comes: after three pieces that are late it is given up, and asked no more.
    for _ in 0..3 {
        fetching.now += PIECE_MS;
        fetching.on(Event::Tick);
    }
    assert!(fetching.dropped(2));
    fetching.asked();
    fetching.on(Event::Offer(3, Some(checkpoint)));
    assert_eq!(fetching.asked().len(), 3);
}

#[test]
fn pieces_that_are_here_are_not_fetched_again() {
    let mut fetching = Fetching::new();
    let (checkpoint, _) = offered(50, 2);
    fetching.on(Event::Offer(1, Some(checkpoint)));
    fetching.now = fetching.fetch.deadline().unwrap();
    fetching.fetch.on(fetching.now, Event::Gone(1), &mut fetching.out);
    fetching.fetch.found(0);
    fetching.fetch.found(1);
    fetching.on(Event::Tick);
    assert!(fetching.out.contains(&Action::Done));
}
