//! What a node is told at its start. Where a value comes from (flag, file, default) is decided outside.

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
}

/// When a node with a pillar's key makes momentums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Production {
    /// In the slots that the election gives it.
    Slots,
    /// As soon as a block waits, at the next free slot of the node's clock.
    OnDemand,
}

/// Where and for whom JSON-RPC answers.
#[derive(Clone, Debug)]
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
}

/// Files of a certificate.
#[derive(Clone, Debug)]
pub struct Tls {
    /// Certificate chain.
    pub certificate: PathBuf,
    /// Private key.
    pub key: PathBuf,
}
