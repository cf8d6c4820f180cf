//! A running Network of Momentum node: the ledger with a disk, a clock and sockets around it.
//!
//! Read in this order:
//!
//! 1. [`service`]: what the outside asks of a node;
//! 2. [`config`]: what a node is told at its start;
//! 3. [`store`]: what it keeps on disk;
//! 4. [`node`]: one node as events in, actions out (runs in a simulation);
//! 5. [`producer`], [`signer`]: when it makes momentums, and whoever signs them;
//! 6. [`serve`], [`runner`]: the outer shell, with clock and threads;
//! 7. [`rpc`], [`http`]: JSON-RPC as the reference answers it, over HTTP and WebSocket;
//! 8. [`export`], [`backup`], [`check`]: a chain in a file, a copy of the store, and whether it is sound;
//! 9. [`checkpoint`]: a ledger at one height that signers vouch for, to begin with.

pub mod admin;
pub mod ahead;
pub mod backup;
mod beginning;
pub mod chainfile;
pub mod check;
pub mod checkpoint;
pub mod config;
pub mod devnet;
pub mod export;
#[doc(hidden)]
pub mod flaws;
pub mod guard;
pub mod http;
pub mod metrics;
pub mod network;
pub mod node;
pub mod peering;
pub mod pool;
pub mod producer;
pub mod rpc;
pub mod runner;
pub mod serve;
pub mod service;
pub mod signer;
pub mod store;
pub mod sync;
pub mod testnet;
pub mod wire;
