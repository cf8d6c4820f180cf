//! The ledger against recorded facts of the reference: `vectors/nom.json` and `vectors/nom-runs.json`.
//!
//! A module a topic; with `contract_tables.rs` they look at every group of both files but the wallet's.

mod address;
mod genesis;
mod hash;
mod json;
mod rows;
mod runs;
mod scenario;
mod trace;
mod vectors;
mod wire;
