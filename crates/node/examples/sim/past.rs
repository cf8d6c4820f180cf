//! Chains that runs begin with, made once: nodes that have a past are found in states that would take
//! long to come to.

use crate::disk::Disk;
use crate::founding::{GENESIS_SECONDS, SLOT, genesis, key, pillar_key, signed, transfer};
use ledger::genesis::Genesis;
use ledger::state::View;
use ledger::types::{Amount, Hash};
use ledger::verify::block::SignatureCheck;
use node::config::Production;
use node::node::{Event, Node, Options, Publication};
use node::pool::Limits;
use node::producer::ProducerKey;
use node::service::Moment as _;
use node::store::Store;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// Accounts of users in every genesis.
pub const USERS_MAX: u8 = 12;

/// A chain that is there already.
pub struct Past {
    /// Where it begins.
    pub genesis: Arc<Genesis>,
    /// Slots since then, each with a momentum.
    pub height: u64,
    /// The disk of a node that has it.
    pub image: Vec<u8>,
    /// The momentums above the first, lowest first.
    pub momentums: Vec<Hash>,
    /// Users' blocks in it.
    pub blocks: BTreeSet<Hash>,
}

type Known = BTreeMap<(u8, u64), Arc<Past>>;
static KNOWN: Mutex<Known> = Mutex::new(Known::new());

impl Past {
    /// The chain of a network with some pillars after so many slots.
    pub fn of(pillars: u8, slots: u64) -> Arc<Past> {
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        let make = || Arc::new(make(pillars, slots));
        known.entry((pillars, slots)).or_insert_with(make).clone()
    }
}

/// A node that makes all momentums of a network, on a disk that holds some of its chain.
pub fn lone_node(genesis: &Genesis, pillars: u8, disk: &Disk, now: u64) -> Node {
    let store = Store::open_on(Box::new(disk.clone()), Path::new("disk"), genesis)
        .expect("a sound disk opens");
    let keys = (0..pillars)
        .map(|index| ProducerKey { signer: Box::new(pillar_key(index)), guard: None })
        .collect();
    let options = Options {
        production: Production::Slots,
        dev: false,
        alone: true,
        limits: Limits::default(),
    };
    let mut node =
        Node::new(store, keys, options, now, Arc::default()).expect("a sound store gives a node");
    node.on(now, Event::Synced(true), &mut Vec::new());
    node
}

fn make(pillars: u8, slots: u64) -> Past {
    let genesis = genesis(pillars, USERS_MAX);
    let disk = Disk::default();
    let begin = GENESIS_SECONDS * 1000;
    let mut node = lone_node(&genesis, pillars, &disk, begin);
    let mut blocks = BTreeSet::new();
    for slot in 1..=slots {
        let now = begin + slot * SLOT * 1000;
        let from = (slot % u64::from(USERS_MAX)) as u8;
        let moment = node.moment();
        let to = key((from + 1) % USERS_MAX).address();
        let template = transfer(from, &to, slot);
        let block = signed(&key(from), moment.chain(), moment.pending(), template);
        blocks.insert(block.hash);
        let publication = Publication { ticket: slot, block, check: SignatureCheck::Done };
        node.on(now, Event::Publish(vec![publication]), &mut Vec::new());
        node.on(now, Event::Tick, &mut Vec::new());
    }
    let moment = node.moment();
    let view = View::frontier_of(moment.chain());
    let newest = node.identifier();
    let momentums = (2..=newest.height)
        .map(|height| {
            let momentum = view.momentum_by_height(height).expect("the state is sound");
            momentum.expect("below the newest").hash
        })
        .collect();
    let image = disk.live().image();
    Past { genesis: Arc::new(genesis), height: slots, image, momentums, blocks }
}

/// An amount that a user sends.
pub fn amount(units: u64) -> Amount {
    Amount::from(units)
}
