//! Subscriptions of one connection.
//!
//! What changes the ledger is put into words once for all connections ([`Announcement`]); a
//! connection picks what its subscriptions ask for. Sources: go-zenon `rpc/api/subscribe/*.go`,
//! `rpc/server/subscription.go`.

use super::failure::{FAILED, Failure, INVALID_PARAMS, METHOD_NOT_FOUND, NO_SUBSCRIPTION};
use super::json::{self, Raw, Sort};
use super::params::{Args, Kind, Param, param};
use crate::service::Happening;
use ledger::types::{Address, Hash};
use ledger::{AccountBlock, DetailedMomentum};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Ending of the methods that subscribe.
pub const SUBSCRIBES: &str = ".subscribe";
/// Ending of the methods that end a subscription.
pub const UNSUBSCRIBES: &str = ".unsubscribe";
/// The namespace that has subscriptions.
pub const NAMESPACE: &str = "ledger";
/// Most subscriptions of one connection.
pub const SUBSCRIPTIONS_MAX: usize = 1_024;

/// A kind of subscription.
pub struct Topic {
    /// Its name, the first argument of `ledger.subscribe`.
    pub name: &'static str,
    /// What it tells.
    pub doc: &'static str,
    /// The name again, and its other arguments.
    pub params: &'static [Param],
    select: fn(&Args) -> Selection,
}

const NAME: Param = param("name", Kind::Text, "kind of the subscription");
const ADDRESS: Param = param("address", Kind::Address, "the account");

/// All kinds of subscriptions.
pub static TOPICS: [Topic; 4] = [
    Topic {
        name: "momentums",
        doc: "Each new momentum, by hash and height.",
        params: &[NAME],
        select: |_| Selection::Momentums,
    },
    Topic {
        name: "allAccountBlocks",
        doc: "The account blocks that a new momentum confirms.",
        params: &[NAME],
        select: |_| Selection::AllBlocks,
    },
    Topic {
        name: "accountBlocksByAddress",
        doc: "Those of one account.",
        params: &[NAME, ADDRESS],
        select: |args| Selection::BlocksOf(args.address(1)),
    },
    Topic {
        name: "unreceivedAccountBlocksByAddress",
        doc: "Those that send something to one account.",
        params: &[NAME, ADDRESS],
        select: |args| Selection::SendsTo(args.address(1)),
    },
];

/// What a subscription asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Selection {
    Momentums,
    AllBlocks,
    BlocksOf(Address),
    SendsTo(Address),
}

/// Most notifications that wait for the answer to their `subscribe`.
const HELD_MAX: usize = 1_024;

/// A subscription.
struct Subscription {
    selection: Selection,
    /// What waits until the client knows the id; `None` once it does.
    held: Option<Vec<Vec<u8>>>,
}

/// The subscriptions of one connection.
pub struct Session {
    subscriptions: Mutex<BTreeMap<String, Subscription>>,
    /// Subscriptions of all connections.
    open: Arc<AtomicUsize>,
}

impl Drop for Session {
    fn drop(&mut self) {
        let mine = self.lock().len();
        self.open.fetch_sub(mine, Ordering::Relaxed);
    }
}

/// More notifications than a client was willing to take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMany;

impl Session {
    /// A connection without subscriptions; `open` counts those of all connections.
    pub fn new(open: Arc<AtomicUsize>) -> Session {
        Session { subscriptions: Mutex::default(), open }
    }

    // Every change of the map is one call; a panic between them leaves it whole.
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Subscription>> {
        self.subscriptions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    /// The notifications that an announcement gives and that can be sent at once.
    pub fn notifications(&self, announcement: &Announcement) -> Result<Vec<Vec<u8>>, TooMany> {
        let mut ready = Vec::new();
        for (id, subscription) in self.lock().iter_mut() {
            let result = match subscription.selection {
                Selection::Momentums => Some(&announcement.momentum),
                Selection::AllBlocks => announcement.blocks.as_ref(),
                Selection::BlocksOf(address) => announcement.by_account.get(&address),
                Selection::SendsTo(address) => announcement.by_receiver.get(&address),
            };
            let Some(result) = result else { continue };
            match &mut subscription.held {
                None => ready.push(notification(id, result)),
                Some(held) if held.len() < HELD_MAX => held.push(notification(id, result)),
                Some(_) => return Err(TooMany),
            }
        }
        Ok(ready)
    }
}

/// What one message does with a connection's subscriptions.
pub struct Scope {
    session: Arc<Session>,
    made: Mutex<Vec<String>>,
}

impl Scope {
    /// A message of this connection.
    pub fn new(session: Arc<Session>) -> Scope {
        Scope { session, made: Mutex::default() }
    }

    /// Subscribes, and gives the subscription's id. Notifications are held back until
    /// [`Scope::release`].
    pub fn subscribe(&self, namespace: &str, params: Option<Raw<'_>>) -> Result<String, Failure> {
        let invalid = |message: String| Failure::new(INVALID_PARAMS, message);
        let name = topic_name(params).map_err(|message| invalid(message.to_owned()))?;
        let topic = TOPICS.iter().find(|topic| namespace == NAMESPACE && topic.name == name);
        let Some(topic) = topic else {
            let message = format!("no {name:?} subscription in {namespace} namespace");
            return Err(Failure::new(METHOD_NOT_FOUND, message));
        };
        let args = Args::read(params, topic.params).map_err(invalid)?;
        let mut subscriptions = self.session.lock();
        if subscriptions.len() >= SUBSCRIPTIONS_MAX {
            let message = format!("more than {SUBSCRIPTIONS_MAX} subscriptions on one connection");
            return Err(Failure::new(FAILED, message));
        }
        let id = new_id()?;
        let selection = (topic.select)(&args);
        subscriptions.insert(id.clone(), Subscription { selection, held: Some(Vec::new()) });
        self.session.open.fetch_add(1, Ordering::Relaxed);
        self.made.lock().unwrap_or_else(PoisonError::into_inner).push(id.clone());
        Ok(id)
    }

    /// Ends a subscription.
    pub fn unsubscribe(&self, id: &str) -> Result<(), Failure> {
        self.session.lock().remove(id).ok_or(NO_SUBSCRIPTION)?;
        self.session.open.fetch_sub(1, Ordering::Relaxed);
        Ok(())
    }

    /// The message was answered: gives what was held back, and holds nothing back from now on.
    pub fn release(self) -> Vec<Vec<u8>> {
        let made = self.made.into_inner().unwrap_or_else(PoisonError::into_inner);
        if made.is_empty() {
            return Vec::new();
        }
        let mut subscriptions = self.session.lock();
        made.iter().filter_map(|id| subscriptions.get_mut(id)?.held.take()).flatten().collect()
    }
}

fn notification(id: &str, result: &[u8]) -> Vec<u8> {
    [
        br#"{"jsonrpc":"2.0","method":"ledger.subscription","params":{"subscription":""#,
        id.as_bytes(),
        br#"","result":"#,
        result,
        b"}}\n",
    ]
    .concat()
}

/// The first argument, which names the topic.
fn topic_name(params: Option<Raw<'_>>) -> Result<String, &'static str> {
    let list = params.filter(|params| params.sort() == Sort::Array).ok_or("non-array args")?;
    match list.elements().next() {
        Some(name) if name.sort() == Sort::Text => Ok(name.string().into_owned()),
        _ => Err("expected subscription name as first argument"),
    }
}

/// A random number in hex, without leading zeros.
fn new_id() -> Result<String, Failure> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)
        .map_err(|error| Failure::new(FAILED, format!("no randomness: {error}")))?;
    Ok(format!("0x{:x}", u128::from_be_bytes(bytes)))
}

/// A new momentum in the words of notifications.
pub struct Announcement {
    momentum: Vec<u8>,
    blocks: Option<Vec<u8>>,
    by_account: HashMap<Address, Vec<u8>>,
    by_receiver: HashMap<Address, Vec<u8>>,
}

impl Announcement {
    /// What a happening is announced as: rollbacks are not.
    pub fn of(happening: &Happening) -> Option<Announcement> {
        match happening {
            Happening::Momentum(detailed) => Some(Announcement::of_momentum(detailed)),
            Happening::Rollback(_) => None,
        }
    }

    fn of_momentum(detailed: &DetailedMomentum) -> Announcement {
        #[derive(Serialize)]
        struct Form {
            hash: Hash,
            height: u64,
        }
        let mut blocks = Vec::new();
        for block in &detailed.account_blocks {
            list(block, &mut blocks);
        }
        let mut by_account: HashMap<Address, Vec<&BlockForm>> = HashMap::new();
        let mut by_receiver: HashMap<Address, Vec<&BlockForm>> = HashMap::new();
        for form in &blocks {
            by_account.entry(form.address).or_default().push(form);
            if form.sends {
                by_receiver.entry(form.to_address).or_default().push(form);
            }
        }
        let written = |map: HashMap<Address, Vec<&BlockForm>>| {
            map.into_iter().map(|(address, forms)| (address, write(&forms))).collect()
        };
        let momentum = &detailed.momentum;
        Announcement {
            momentum: write(&[Form { hash: momentum.hash, height: momentum.height }]),
            by_account: written(by_account),
            by_receiver: written(by_receiver),
            blocks: (!blocks.is_empty()).then(|| write(&blocks)),
        }
    }
}

fn write<T: Serialize>(list: &[T]) -> Vec<u8> {
    let mut out = Vec::new();
    json::append(&mut out, list).expect("numbers and texts have a JSON form");
    out
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BlockForm {
    block_type: u64,
    hash: Hash,
    height: u64,
    address: Address,
    to_address: Address,
    from_hash: Hash,
    #[serde(skip)]
    sends: bool,
}

/// A block, then its descendants: those of a contract so appear twice, as in the reference.
fn list(block: &AccountBlock, forms: &mut Vec<BlockForm>) {
    forms.push(BlockForm {
        block_type: block.block_type.0,
        hash: block.hash,
        height: block.height,
        address: block.address,
        to_address: block.to_address,
        from_hash: block.from_block_hash,
        sends: block.is_send(),
    });
    for descendant in &block.descendant_blocks {
        list(descendant, forms);
    }
}
