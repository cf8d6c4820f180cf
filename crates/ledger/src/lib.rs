//! The Network of Momentum ledger as a pure function: a state and a block give changes, or a refusal.
//!
//! No clock, no I/O, no threads, no randomness: the keeper of the state passes the time in and stores
//! what comes out. Read in this order:
//!
//! 1. [`types`], [`block`], [`momentum`]: what the ledger is made of, and how it is hashed;
//! 2. [`state`]: keys, views, write sets;
//! 3. [`verify`], [`apply`]: what is refused, and what moves balances;
//! 4. [`contracts`]: the embedded contracts, on the [`abi`];
//! 5. [`consensus`]: who may produce when, and what pillars have done;
//! 6. [`rules`], [`genesis`]: what a network fixes;
//! 7. [`memory`], [`recording`]: a chain in memory, and replays of recorded chains.

#![deny(clippy::cast_possible_truncation)]

pub mod abi;
pub mod apply;
pub mod block;
pub mod codec;
pub mod consensus;
pub mod contracts;
pub mod genesis;
pub mod memory;
pub mod momentum;
pub mod pending;
pub mod recording;
pub mod refusal;
pub mod rules;
pub mod state;
pub mod types;
pub mod verify;

pub use block::{AccountBlock, BlockType};
pub use momentum::{DetailedMomentum, Momentum};
pub use refusal::{Fault, Refusal};
pub use rules::Rules;
