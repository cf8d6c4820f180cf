//! A node's side of the peer protocol as events in, actions out: no clock, no socket and no thread, so
//! that whole networks run in a simulation.
//!
//! [`Protocol::on`] takes an [`Event`] and the time, and appends [`Action`]s; [`Protocol::deadline`] says
//! when [`Event::Tick`] is due if nothing happens before. Questions of peers for the ledger never come
//! here: they are answered from a moment, wherever the connection is handled.
//!
//! - here: what goes in and comes out;
//! - `protocol`: takes events to the parts below, and says how far we are;
//! - `peers`, `questions`, [`score`]: who is connected, what they were asked, how well they behave;
//! - `search`, `plan`, `download`: longer chains, momentum by momentum;
//! - `news`, `inbox`: new momentums and account blocks from peers;
//! - `gossip`, `known`: what we tell peers, and what they know already;
//! - `progress`: how far we are, and whether producers may go on;
//! - [`serve`]: answers to peers' questions.

mod bucket;
mod download;
mod gossip;
mod guilt;
mod inbox;
mod known;
mod news;
mod peers;
mod plan;
mod progress;
mod protocol;
mod questions;
mod random;
pub mod score;
mod search;
pub mod serve;
mod sound;

use crate::node::{Millis, Ticket};
use crate::service::{Happening, ServiceError};
use crate::wire::NodeId;
use crate::wire::message::Message;
use ledger::{AccountBlock, DetailedMomentum};
use std::sync::Arc;

pub use peers::Standing;
pub use protocol::{Protocol, Settings};

/// Names a connection; numbers are not used twice while a node runs.
pub type Peer = u64;

/// Who is at the other end of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remote {
    /// Its key.
    pub id: NodeId,
    /// Name and version that it gives.
    pub name: String,
    /// Its address; addresses of one host share scores.
    pub address: String,
    /// Whether it called us.
    pub inbound: bool,
    /// Whether the operator named it: it is never banned, and there is always room for it.
    pub trusted: bool,
}

/// What happens.
#[derive(Debug)]
pub enum Event {
    /// A connection stands, and both sides have said hello.
    Connected {
        /// Its name from now on.
        peer: Peer,
        /// Who it is.
        remote: Remote,
    },
    /// A peer says something; never a question for the ledger.
    Message {
        /// Who.
        peer: Peer,
        /// What.
        message: Message,
    },
    /// A peer did what none may do: bytes that are no message, too many questions.
    Offence {
        /// Who.
        peer: Peer,
        /// What it did.
        offence: Offence,
    },
    /// A connection is gone.
    Gone {
        /// Which.
        peer: Peer,
    },
    /// The ledger changed.
    Happening(Happening),
    /// A block came into the pool that was not there before, from whomever.
    Entered(Arc<AccountBlock>),
    /// [`Action::Insert`] was done: the newest height, or why the first refused momentum was refused.
    Inserted {
        /// Whose.
        ticket: Ticket,
        /// What came of it.
        result: Result<u64, ServiceError>,
    },
    /// [`Action::Admit`] was done: what came of each block.
    Admitted {
        /// Whose.
        ticket: Ticket,
        /// What came of each.
        results: Vec<Result<(), ServiceError>>,
    },
    /// Time has passed.
    Tick,
}

/// What is to be done.
#[derive(Debug)]
pub enum Action {
    /// Say something to some peers.
    Send {
        /// To whom.
        peers: Vec<Peer>,
        /// What.
        message: Message,
    },
    /// End a connection; [`Event::Gone`] follows.
    Disconnect {
        /// Which.
        peer: Peer,
        /// What it is told.
        reason: Reason,
        /// What the log says.
        why: String,
    },
    /// Let nobody of this key, or of this host if one is named, connect until then.
    Ban {
        /// Whose key.
        id: NodeId,
        /// Its host, or empty if only the key is banned.
        address: String,
        /// End of the ban.
        until: Millis,
    },
    /// Give momentums to the node; [`Event::Inserted`] follows.
    Insert {
        /// Names the answer.
        ticket: Ticket,
        /// The momentums, lowest first.
        momentums: Vec<DetailedMomentum>,
    },
    /// Give blocks to the node's pool; [`Event::Admitted`] follows.
    Admit {
        /// Names the answer.
        ticket: Ticket,
        /// The blocks.
        blocks: Vec<AccountBlock>,
    },
    /// Whether the newest momentum of the network is here: producers wait for it.
    Synced(bool),
}

/// Why a connection ends, as the other side is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Asked for.
    Requested = 0,
    /// The network failed.
    Network = 1,
    /// The protocol was broken.
    Protocol = 2,
    /// Nothing to gain.
    Useless = 3,
    /// No room.
    TooManyPeers = 4,
    /// There is a connection already.
    AlreadyConnected = 5,
    /// Another version.
    IncompatibleVersion = 6,
    /// No such key.
    InvalidIdentity = 7,
    /// The node stops.
    Quitting = 8,
    /// Another node than the one that was called.
    UnexpectedIdentity = 9,
    /// It is ourselves.
    Myself = 10,
    /// Nothing came for too long.
    ReadTimeout = 11,
    /// The protocol above was broken.
    Subprotocol = 12,
}

/// What no peer may do. What it costs is in one table, in [`score`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Offence {
    /// Bytes that are no message.
    #[error("malformed message: {0}")]
    Malformed(String),
    /// More questions than are answered.
    #[error("too many questions")]
    Flood,
    /// Its first message was no status, or none came in time.
    #[error("No status message")]
    NoStatus,
    /// A second status.
    #[error("Extra status message")]
    ExtraStatus,
    /// What it sent does not give the hash under which it was sent.
    #[error("forged {0}")]
    Forged(&'static str),
    /// The ledger refuses a momentum for what can't be a mistake.
    #[error("invalid momentum {height}: {why}")]
    InvalidMomentum {
        /// Its height.
        height: u64,
        /// The refusal.
        why: String,
    },
    /// The ledger refuses a block for what can't be a mistake.
    #[error("invalid block: {0}")]
    InvalidBlock(String),
    /// Its hashes are not those of momentums that stand on one another.
    #[error("its hashes are no chain")]
    BrokenChain,
    /// It announced a chain that it can't show.
    #[error("it can't show the chain up to height {height} that it announced")]
    FalseClaim {
        /// The height.
        height: u64,
    },
    /// It does not answer questions for hashes.
    #[error("no hashes in time")]
    SilentHashes,
    /// It does not answer questions for momentums.
    #[error("no momentums in time")]
    SilentBodies,
    /// An answer to nothing that was asked.
    #[error("{0} that nobody asked for")]
    Unasked(&'static str),
    /// More announcements or blocks than one peer may send.
    #[error("more than one peer may send")]
    TooMuch,
}
