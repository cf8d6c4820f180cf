//! Properties that hold whatever the input: forms come back as they were, readers stop cleanly, tokens
//! are neither made nor lost, and what is taken back can be done again.

mod forms;
mod ledger_keeps;
mod readers;
mod search;

/// The mock network, shared with the conformance tests, which use more of it.
#[allow(dead_code)]
#[path = "../conformance/scenario.rs"]
mod scenario;
#[allow(dead_code)]
#[path = "../conformance/vectors.rs"]
mod vectors;
