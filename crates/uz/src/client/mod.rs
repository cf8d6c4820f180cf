//! What a wallet needs of a node: calls by JSON-RPC, and blocks built, signed, published and followed.
//!
//! Read in this order:
//!
//! 1. [`rpc`]: one call, its answer or its failure;
//! 2. [`token`]: which token a text means, and its decimals;
//! 3. [`block`]: from what is wanted to a signed block, and on to its confirmation;
//! 4. [`faucet`]: coins for a little work.

pub mod block;
pub mod faucet;
pub mod rpc;
pub mod token;

pub use rpc::Rpc;
