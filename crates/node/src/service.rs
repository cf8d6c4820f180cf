//! What the outside (JSON-RPC, commands, tests) asks of a node, and what it gets.
//!
//! Readers take a [`Moment`] and keep it as long as they like: it never changes and never blocks the
//! writer. Whatever changes the ledger goes through [`Service::publish`] or [`Dev`], and is answered
//! once it is on disk.

use crate::metrics::Metrics;
use crate::wire::{Endpoint, NodeId};
use ledger::pending::Pending;
use ledger::state::Chain;
use ledger::{AccountBlock, DetailedMomentum, Refusal};
use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use tokio::sync::broadcast;

/// An answer that comes later.
pub type Later<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// The ledger after one momentum, with the blocks that were unconfirmed at one point in time.
pub trait Moment: Send + Sync {
    /// The chain of momentums.
    fn chain(&self) -> &dyn Chain;
    /// The unconfirmed blocks on top of it.
    fn pending(&self) -> &Pending;
}

/// What changed the ledger, for subscribers.
#[derive(Clone, Debug)]
pub enum Happening {
    /// A momentum was made the newest; its blocks are in content order.
    Momentum(Arc<DetailedMomentum>),
    /// The chain was taken back to this height.
    Rollback(u64),
}

/// How far a node is with following its network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyncState {
    /// Nothing is known yet.
    Unknown = 0,
    /// Momentums are being fetched.
    Syncing = 1,
    /// The newest momentum is ours.
    Done = 2,
    /// Fewer peers than asked for.
    NotEnoughPeers = 3,
}

/// `stats.syncInfo`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SyncInfo {
    /// State.
    pub state: SyncState,
    /// Height of our newest momentum.
    pub current_height: u64,
    /// Height that peers announce.
    pub target_height: u64,
}

/// A peer, or the node itself, in `stats.networkInfo`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerInfo {
    /// Its key: hex.
    pub public_key: String,
    /// Its address.
    pub ip: String,
    /// Name and version that it gives.
    pub name: String,
}

/// Why the node can't do what it was asked for.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ServiceError {
    /// The ledger refuses the block; the text is the reference's.
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// The ledger refuses a momentum; the text is the reference's.
    #[error("momentum {height}: {refusal}")]
    Momentum {
        /// Its height.
        height: u64,
        /// Why.
        refusal: Refusal,
    },
    /// Momentums that neither follow ours nor may take their place.
    #[error("{0}")]
    Fork(String),
    /// A development network's lever that can't do what was asked.
    #[error("{0}")]
    Dev(String),
    /// The node is stopping.
    #[error("the node is stopping")]
    Stopping,
    /// The disk failed, and the node stopped writing to keep what it has.
    #[error("the store failed: {0}")]
    Store(String),
    /// More blocks wait than the node keeps.
    #[error(
        "{waiting} blocks wait, the most that this node keeps; try again after the next momentum"
    )]
    Busy {
        /// How many wait.
        waiting: usize,
    },
}

/// A running node.
pub trait Service: Send + Sync + 'static {
    /// What the ledger is now.
    fn moment(&self) -> Arc<dyn Moment>;
    /// Hands in a signed block. The answer comes once the block is accepted and on disk.
    fn publish(&self, block: AccountBlock) -> Later<Result<(), ServiceError>>;
    /// Everything that changes the ledger from now on.
    fn happenings(&self) -> broadcast::Receiver<Happening>;
    /// How far we are.
    fn sync_info(&self) -> SyncInfo;
    /// The node itself, then its peers.
    fn peers(&self) -> (PeerInfo, Vec<PeerInfo>);
    /// The node's clock in unix seconds; a development network's can be set.
    fn now(&self) -> u64;
    /// What the node counts, for `/metrics`.
    fn metrics(&self) -> &Metrics;
    /// Why the node is not ready to serve, if it is not.
    fn not_ready(&self) -> Option<String>;
    /// The levers of a development network, if this is one.
    fn dev(&self) -> Option<&dyn Dev>;
    /// The node's place in its network, if it talks to other nodes.
    fn network(&self) -> Option<&dyn Peers> {
        None
    }
}

/// The node's place in its network: whom it talks to, and whom it may.
pub trait Peers: Send + Sync {
    /// The node itself, as others see it.
    fn status(&self) -> NetworkStatus;
    /// The connections that stand.
    fn peers(&self) -> Vec<PeerStatus>;
    /// Who is connected with whom, as far as this node learned.
    fn topology(&self) -> Topology;
    /// Bans that hold.
    fn bans(&self) -> Vec<Ban>;
    /// Keeps a connection with this node from now on, over restarts too; ends a ban of it. It is
    /// answered once the node is noted, not once it is connected.
    fn add(&self, endpoint: Endpoint) -> Later<Result<(), PeersError>>;
    /// Forgets a node that was added and ends the connection. `false` if it was not known.
    fn remove(&self, id: NodeId) -> Later<Result<bool, PeersError>>;
    /// Ends connections and lets none stand until then: unix seconds, or for good.
    fn ban(&self, whom: Whom, until: Option<u64>) -> Later<Result<(), PeersError>>;
    /// Ends a ban. `false` if there was none.
    fn unban(&self, whom: Whom) -> Later<Result<bool, PeersError>>;
}

/// Whom a ban is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Whom {
    /// A node, wherever it is.
    Node(NodeId),
    /// All nodes at an address.
    Address(IpAddr),
}

/// Why whom the node talks to can't be changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PeersError {
    /// A transport that this node does not have.
    #[error("no transport of this node reaches {0}")]
    Unreachable(String),
    /// It is the node itself.
    #[error("that is this node itself")]
    Myself,
    /// The operator named it to be trusted at the start.
    #[error("this node is trusted by configuration, and can't be removed or banned")]
    Trusted,
    /// The node talks to trusted nodes alone.
    #[error("this node talks to its trusted nodes alone")]
    OnlyTrusted,
    /// More than are kept.
    #[error("no more than {0} are kept")]
    Full(usize),
    /// The peerstore can't be written.
    #[error("the peerstore can't be written: {0}")]
    Store(String),
    /// The node is stopping.
    #[error("the node is stopping")]
    Stopping,
}

/// The node itself, as others see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkStatus {
    /// Its key.
    pub id: NodeId,
    /// Name and version that it gives.
    pub name: String,
    /// What carries the protocol now: `libp2p` or `legacy`.
    pub transport: &'static str,
    /// Where others reach it, best first: multiaddrs or enodes.
    pub endpoints: Vec<String>,
    /// Whether others can call it, as far as that is known.
    pub reachable: Option<bool>,
    /// Nodes that are known, connected or not.
    pub known: usize,
    /// Peers below which there are not enough.
    pub min_peers: usize,
    /// Most connections.
    pub max_peers: usize,
    /// Whether it talks to trusted nodes alone.
    pub only_trusted: bool,
    /// What the node's clock is ahead of the network's, in milliseconds, as far as that is known.
    pub clock_ahead_ms: Option<i64>,
}

/// A connection that stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerStatus {
    /// Its key.
    pub id: NodeId,
    /// Name and version that it gives.
    pub name: String,
    /// Its address.
    pub address: String,
    /// What carries the protocol: `libp2p` or `legacy`.
    pub transport: &'static str,
    /// Whether it called us.
    pub inbound: bool,
    /// Whether it goes through a third node.
    pub relayed: bool,
    /// Whether the operator named it.
    pub trusted: bool,
    /// Whether it is never given away.
    pub private: bool,
    /// Since when, in unix seconds.
    pub since: u64,
    /// The newest height that it announced.
    pub height: Option<u64>,
    /// How well it behaves; below a bound it is banned.
    pub score: i64,
    /// Bytes that came from it.
    pub bytes_in: u64,
    /// Bytes that went to it.
    pub bytes_out: u64,
    /// Time of the newest ping, in milliseconds.
    pub latency_ms: Option<u64>,
}

/// A ban.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ban {
    /// Whose.
    pub whom: Whom,
    /// Its end in unix seconds; `None`: none.
    pub until: Option<u64>,
    /// Why: the operator, or what the peer did.
    pub why: String,
}

/// Who is connected with whom.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Topology {
    /// Nodes; the first is this one.
    pub nodes: Vec<TopologyNode>,
    /// Connections, each once.
    pub links: Vec<(NodeId, NodeId)>,
}

/// A node of the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopologyNode {
    /// Its key.
    pub id: NodeId,
    /// Name and version that it gives, if it is known.
    pub name: Option<String>,
    /// Its address, if it is known.
    pub address: Option<String>,
    /// The newest height that it announced.
    pub height: Option<u64>,
    /// Whether it is never given away.
    pub private: bool,
}

/// The levers of a development network.
pub trait Dev: Send + Sync {
    /// Makes this many momentums now, and gives the newest height.
    fn mine(&self, count: u64) -> Later<Result<u64, ServiceError>>;
    /// Names the ledger of this moment, to return to it.
    fn snapshot(&self) -> Later<Result<u64, ServiceError>>;
    /// Returns to a snapshot; it and later ones are gone. `false` if there is none of that name.
    fn revert(&self, snapshot: u64) -> Later<Result<bool, ServiceError>>;
    /// Moves the clock forward, and makes a momentum there; gives the new time in unix seconds.
    fn increase_time(&self, seconds: u64) -> Later<Result<u64, ServiceError>>;
    /// Whether a momentum is made as soon as a block waits.
    fn set_on_demand(&self, on: bool) -> Later<Result<(), ServiceError>>;
    /// Seconds between two momentums, from which every constant in slots or epochs follows.
    fn block_time(&self) -> u64;
}
