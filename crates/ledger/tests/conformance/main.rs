//! The ledger against recorded facts of the reference: `vectors/nom.json` and `vectors/nom-runs.json`.
//!
//! A module a topic. With `contract_tables.rs` (calls, selectors) and the bridge's own tests (digests)
//! they look at every group of both files but the wallet's.

mod address;
mod blocks;
mod consensus;
mod genesis;
mod hash;
mod json;
mod momentums;
mod plasma;
mod rewards;
mod rows;
mod runs;
mod scenario;
mod signature;
mod swap;
mod trace;
mod vectors;
mod wire;
