//! The commands, one file a group; each parses what is its own, asks others to do it, and words the answer.

pub mod config;
pub mod contract;
pub mod devnet;
pub mod docs;
pub mod lookup;
pub mod manual;
pub mod receive;
pub mod rpc;
pub mod send;
pub mod status;
pub mod wallet;
