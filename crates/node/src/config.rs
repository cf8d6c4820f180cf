//! What a node is told at its start. Where a value comes from (flag, file, default) is decided outside.

use crate::admin::Token;
use crate::network::Checkpoints;
use ledger::genesis::Genesis;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Everything about a node.
#[derive(Clone, Debug)]
pub struct Config {
    /// Folder of everything that the node keeps.
    pub data_dir: PathBuf,
    /// The network.
    pub genesis: Genesis,
    /// When momentums are made, if this node makes any.
    pub production: Production,
    /// A development network: snapshots, time travel and mining by RPC.
    pub dev: bool,
    /// No other node makes momentums of this network, so production begins at once. Otherwise a
    /// producer first lets one of its slots pass, to see whether another node uses its key.
    pub alone: bool,
    /// Folder outside of `data_dir` (and of its backups) where producers' newest slots are kept and
    /// their keys locked against a second node on this machine. Without it both hold for `data_dir`
    /// alone.
    pub producer_dir: Option<PathBuf>,
    /// Name that peers and `stats` see.
    pub name: String,
    /// JSON-RPC and WebSocket.
    pub rpc: Rpc,
    /// Other nodes; without it the node keeps to itself.
    pub peers: Option<Peers>,
}

/// With whom a node talks, and how. Nodes are named by multiaddr (`/ip4/…/p2p/…`) or enode
/// (`enode://…@…`), their ids by 128 hex digits, an enode's id part, or a libp2p peer id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peers {
    /// Where others may call; `None`: nowhere, the node only calls.
    pub listen: Option<SocketAddr>,
    /// Nodes to begin with.
    pub bootnodes: Vec<String>,
    /// Nodes to which a connection is always kept, and for which there is always room: a pillar's
    /// sentries, a sentry's pillar.
    pub trusted: Vec<String>,
    /// Connections with trusted nodes alone, in both directions: a pillar behind its sentries.
    pub only_trusted: bool,
    /// Ids of nodes that are never given away: a sentry's pillar.
    pub private: Vec<String>,
    /// Peers below which the node says that it has not enough of them.
    pub min_peers: usize,
    /// Connections below which the node looks for more.
    pub min_connected: usize,
    /// Most connections; trusted nodes come on top.
    pub max_peers: usize,
    /// Ask the router to let others in, by UPnP. The older transport does not.
    pub nat: bool,
    /// Let others be reached through this node even before anybody has called back; without it, only once
    /// that showed that it can be called. Being reached through others is always on.
    pub relay: bool,
    /// Where others reach this node, if the operator knows: behind a router that forwards a port.
    pub advertise: Vec<SocketAddr>,
    /// Which transport is spoken.
    pub transport: PeerTransport,
    /// NTP servers that the clock is compared with, as `host` or `host:port`; none if empty.
    pub ntp: Vec<String>,
    /// File in which known nodes and bans outlive a restart; the data folder's `peers.json` if none
    /// is named.
    pub peerstore: Option<PathBuf>,
    /// Whose signed state a new node may begin with, if the network says so.
    pub checkpoints: Option<Checkpoints>,
}

impl Peers {
    /// Peers below which the reference says that it has not enough (go-zenon `p2p.DefaultMinPeers`).
    pub const MIN_PEERS: usize = 8;
    /// Connections below which the reference looks for more.
    pub const MIN_CONNECTED: usize = 16;
    /// Most connections of the reference (go-zenon `p2p.DefaultMaxPeers`).
    pub const MAX_PEERS: usize = 60;
}

impl Default for Peers {
    fn default() -> Peers {
        Peers {
            listen: None,
            bootnodes: Vec::new(),
            trusted: Vec::new(),
            only_trusted: false,
            private: Vec::new(),
            min_peers: Peers::MIN_PEERS,
            min_connected: Peers::MIN_CONNECTED,
            max_peers: Peers::MAX_PEERS,
            nat: false,
            relay: false,
            advertise: Vec::new(),
            transport: PeerTransport::Auto,
            ntp: Vec::new(),
            peerstore: None,
            checkpoints: None,
        }
    }
}

/// Which transport carries the protocol.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PeerTransport {
    /// The older one until the network's spork switches to libp2p, as the original network does.
    #[default]
    Auto,
    /// libp2p from the beginning.
    Libp2p,
    /// The older one for good.
    Legacy,
}

/// When a node with a pillar's key makes momentums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Production {
    /// In the slots that the election gives it.
    Slots,
    /// As soon as a block waits, at the next free slot of the node's clock.
    OnDemand,
}

/// Where and for whom JSON-RPC answers; by default nowhere.
#[derive(Clone, Debug, Default)]
pub struct Rpc {
    /// HTTP, if any.
    pub http: Option<SocketAddr>,
    /// WebSocket, if any.
    pub ws: Option<SocketAddr>,
    /// Certificate chain and key in PEM files, if TLS is asked for.
    pub tls: Option<Tls>,
    /// Host names that requests may name; addresses and `localhost` always may. `*` allows all.
    pub hosts: Vec<String>,
    /// Origins of web pages that may ask; pages from this machine always may. `*` allows all.
    pub origins: Vec<String>,
    /// Namespaces that are served; all if empty.
    pub namespaces: Vec<String>,
    /// Who knows it may use the methods that administer the node; without it nobody may.
    pub admin: Option<Token>,
    /// Whether the explorer's pages are served at the HTTP port.
    pub explorer: bool,
}

/// Files of a certificate.
#[derive(Clone, Debug)]
pub struct Tls {
    /// Certificate chain.
    pub certificate: PathBuf,
    /// Private key.
    pub key: PathBuf,
}
