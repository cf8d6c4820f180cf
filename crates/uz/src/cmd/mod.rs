//! The commands, one file a group; each parses what is its own, asks others to do it, and words the answer.

pub mod backup;
pub mod checkpoint;
pub mod config;
pub mod contract;
pub mod devnet;
pub mod docs;
pub mod doctor;
pub mod faucet;
pub mod ledger;
pub mod lookup;
pub mod manual;
pub mod network;
pub mod node;
pub mod receive;
pub mod rpc;
pub mod send;
pub mod service;
pub mod status;
pub mod up;
pub mod wallet;
