//! Which peer is asked for which piece of a checkpoint; no clock, no socket and no disk inside.
//!
//! Every peer is asked for its checkpoint. Of those that hold (enough signers have signed), the highest
//! one that was offered within a moment of the first is taken; whoever has the same pieces is asked for
//! them, a few at a time. A piece that does not come in time is asked of another peer, and one that is
//! not what its hash says ends the connection with whoever sent it.

use super::Checkpoint;
use crate::network::Checkpoints;
use crate::node::Millis;
use crate::sync::Peer;
use ledger::genesis::Genesis;
use ledger::types::Hash;
use std::collections::{BTreeMap, BTreeSet};

/// How long others may still offer a higher one after the first that holds.
pub const CHOOSE_MS: u64 = 3_000;
/// How long a piece may take.
pub const PIECE_MS: u64 = 20_000;
/// Pieces that a peer is asked for at one time.
const PIECES_AT_ONCE: usize = 4;
/// Pieces that a peer may fail to bring.
const FAILURES_MAX: u32 = 3;

/// What happens.
#[derive(Debug)]
pub enum Event {
    /// A peer that knows of checkpoints is connected.
    Joined(Peer),
    /// It offers its checkpoint, if it has one.
    Offer(Peer, Option<Checkpoint>),
    /// It brings a piece, or nothing if it has none.
    Piece {
        /// Who.
        peer: Peer,
        /// Which.
        index: usize,
        /// What.
        bytes: Vec<u8>,
    },
    /// It is gone.
    Gone(Peer),
    /// Time has passed.
    Tick,
}

/// What is to be done.
#[derive(Debug, PartialEq, Eq)]
pub enum Action {
    /// Ask for the checkpoint.
    AskCheckpoint(Peer),
    /// This one is taken; [`Fetch::found`] says which of its pieces are here already.
    Take(Checkpoint),
    /// Ask for a piece.
    AskPiece {
        /// Whom.
        peer: Peer,
        /// Hash of all pieces.
        manifest: Hash,
        /// Which.
        index: usize,
    },
    /// Keep a piece.
    Keep {
        /// Which.
        index: usize,
        /// What; its hash is right.
        bytes: Vec<u8>,
    },
    /// End the connection.
    Drop(Peer, &'static str),
    /// All pieces are here.
    Done,
}

/// The fetching of one checkpoint.
#[derive(Debug)]
pub struct Fetch {
    genesis: Genesis,
    rule: Checkpoints,
    /// Who offers what.
    offers: BTreeMap<Peer, (u64, Hash)>,
    /// The highest one that holds.
    best: Option<Checkpoint>,
    choose_at: Option<Millis>,
    taken: Option<Taken>,
    failures: BTreeMap<Peer, u32>,
}

#[derive(Debug)]
struct Taken {
    manifest: Hash,
    pieces: Vec<Hash>,
    wanted: BTreeSet<usize>,
    asked: BTreeMap<usize, (Peer, Millis)>,
    is_done: bool,
}

impl Fetch {
    /// Nothing is known yet.
    pub fn new(genesis: Genesis, rule: Checkpoints) -> Fetch {
        Fetch {
            genesis,
            rule,
            offers: BTreeMap::new(),
            best: None,
            choose_at: None,
            taken: None,
            failures: BTreeMap::new(),
        }
    }

    /// Pieces that are here, and all.
    pub fn progress(&self) -> Option<(usize, usize)> {
        let taken = self.taken.as_ref()?;
        let missing = taken.wanted.len() + taken.asked.len();
        Some((taken.pieces.len() - missing, taken.pieces.len()))
    }

    /// A piece of the taken checkpoint is here from an earlier try.
    pub fn found(&mut self, index: usize) {
        if let Some(taken) = &mut self.taken {
            taken.wanted.remove(&index);
        }
    }

    /// When [`Event::Tick`] is due.
    pub fn deadline(&self) -> Option<Millis> {
        match &self.taken {
            None => self.choose_at,
            Some(taken) => taken.asked.values().map(|(_, due)| *due).min(),
        }
    }

    /// Takes an event.
    pub fn on(&mut self, now: Millis, event: Event, out: &mut Vec<Action>) {
        match event {
            Event::Joined(peer) => out.push(Action::AskCheckpoint(peer)),
            Event::Offer(peer, Some(offer)) => self.offered(now, peer, offer, out),
            Event::Offer(_, None) | Event::Tick => {}
            Event::Piece { peer, index, bytes } => self.piece(peer, index, bytes, out),
            Event::Gone(peer) => self.gone(peer),
        }
        if self.taken.is_none() && self.choose_at.is_some_and(|at| at <= now) {
            self.take(out);
        }
        self.expire(now, out);
        self.ask(now, out);
    }

    fn offered(&mut self, now: Millis, peer: Peer, offer: Checkpoint, out: &mut Vec<Action>) {
        if !offer.holds(&self.genesis, &self.rule) {
            out.push(Action::Drop(peer, "its checkpoint does not hold"));
            self.gone(peer);
            return;
        }
        self.offers.insert(peer, (offer.newest.height, offer.manifest()));
        if self.taken.is_none()
            && self.best.as_ref().is_none_or(|best| best.newest.height < offer.newest.height)
        {
            self.best = Some(offer);
            self.choose_at.get_or_insert(now + CHOOSE_MS);
        }
    }

    fn take(&mut self, out: &mut Vec<Action>) {
        let Some(best) = self.best.take() else { return };
        self.taken = Some(Taken {
            manifest: best.manifest(),
            pieces: best.pieces.clone(),
            wanted: (0..best.pieces.len()).collect(),
            asked: BTreeMap::new(),
            is_done: false,
        });
        out.push(Action::Take(best));
    }

    fn piece(&mut self, peer: Peer, index: usize, bytes: Vec<u8>, out: &mut Vec<Action>) {
        let Some(taken) = &mut self.taken else { return };
        if taken.asked.get(&index).is_none_or(|(asked, _)| *asked != peer) {
            return;
        }
        taken.asked.remove(&index);
        if taken.pieces.get(index) == Some(&Hash::of(&bytes)) {
            out.push(Action::Keep { index, bytes });
            return;
        }
        taken.wanted.insert(index);
        if bytes.is_empty() {
            self.failed(peer, out);
        } else {
            out.push(Action::Drop(peer, "its piece is not what its hash says"));
            self.gone(peer);
        }
    }

    fn failed(&mut self, peer: Peer, out: &mut Vec<Action>) {
        let failures = self.failures.entry(peer).or_default();
        *failures += 1;
        if *failures >= FAILURES_MAX {
            out.push(Action::Drop(peer, "it does not bring the pieces that it offered"));
            self.gone(peer);
        }
    }

    fn gone(&mut self, peer: Peer) {
        self.offers.remove(&peer);
        self.failures.remove(&peer);
        if let Some(taken) = &mut self.taken {
            let of_peer: Vec<usize> = taken
                .asked
                .iter()
                .filter(|(_, (asked, _))| *asked == peer)
                .map(|(index, _)| *index)
                .collect();
            for index in of_peer {
                taken.asked.remove(&index);
                taken.wanted.insert(index);
            }
        }
    }

    fn expire(&mut self, now: Millis, out: &mut Vec<Action>) {
        let Some(taken) = &mut self.taken else { return };
        let late: Vec<(usize, Peer)> = taken
            .asked
            .iter()
            .filter(|(_, (_, due))| *due <= now)
            .map(|(index, (peer, _))| (*index, *peer))
            .collect();
        for (index, _) in &late {
            taken.asked.remove(index);
            taken.wanted.insert(*index);
        }
        for (_, peer) in late {
            if self.offers.contains_key(&peer) {
                self.failed(peer, out);
            }
        }
    }

    fn ask(&mut self, now: Millis, out: &mut Vec<Action>) {
        let Some(taken) = &mut self.taken else { return };
        if taken.wanted.is_empty() && taken.asked.is_empty() {
            if !std::mem::replace(&mut taken.is_done, true) {
                out.push(Action::Done);
            }
            return;
        }
        // One more for each peer in turn, those that failed least first.
        let mut sources: Vec<Peer> = self
            .offers
            .iter()
            .filter(|(_, (_, manifest))| *manifest == taken.manifest)
            .map(|(peer, _)| *peer)
            .collect();
        sources.sort_by_key(|peer| self.failures.get(peer).copied().unwrap_or_default());
        for _ in 0..PIECES_AT_ONCE {
            for peer in &sources {
                let busy = taken.asked.values().filter(|(asked, _)| asked == peer).count();
                if busy >= PIECES_AT_ONCE {
                    continue;
                }
                let Some(index) = taken.wanted.pop_first() else { return };
                taken.asked.insert(index, (*peer, now + PIECE_MS));
                let manifest = taken.manifest;
                out.push(Action::AskPiece { peer: *peer, manifest, index });
            }
        }
    }
}
