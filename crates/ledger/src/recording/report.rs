//! What a replay found: counts, differences, and how often each contract method was called.

use crate::contracts::{CONTRACTS, contract_at};
use crate::rules::Era;
use crate::types::Address;
use core::fmt;
use std::collections::BTreeMap;

/// Something that came out otherwise than recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Name of the recording.
    pub recording: String,
    /// Number of the line, from 1.
    pub line: usize,
    /// Height of the momentum at hand.
    pub height: u64,
    /// What differs.
    pub what: String,
    /// What was recorded.
    pub expected: String,
    /// What we got.
    pub got: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Difference { recording, line, height, what, expected, got } = self;
        write!(
            f,
            "{recording}, line {line}, momentum {height}: {what}: expected {expected}, got {got}"
        )
    }
}

/// How often a method was called.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub struct MethodCounts {
    /// Calls, whatever became of them.
    pub called: u64,
    /// Calls that the contract carried out.
    pub succeeded: u64,
    /// Calls that were refused when they were sent, or that the contract refused.
    pub refused: u64,
}

/// What the replay of one or more recordings found.
#[derive(Clone, Default, Debug)]
pub struct Report {
    /// Momentums replayed, genesis excluded.
    pub momentums: u64,
    /// Account blocks in them, batched sends included.
    pub blocks: u64,
    /// Blocks and momentums that had to be refused.
    pub refused: u64,
    /// What came out otherwise.
    pub differences: Vec<Difference>,
    methods: BTreeMap<(Address, &'static str), MethodCounts>,
}

impl Report {
    /// Adds what another replay found.
    pub fn merge(&mut self, other: Report) {
        self.momentums += other.momentums;
        self.blocks += other.blocks;
        self.refused += other.refused;
        self.differences.extend(other.differences);
        for (method, counts) in other.methods {
            let sum = self.methods.entry(method).or_default();
            sum.called += counts.called;
            sum.succeeded += counts.succeeded;
            sum.refused += counts.refused;
        }
    }

    /// Contract, method and counts of all methods that there are, in the order of the contracts' tables.
    pub fn methods(&self) -> Vec<(&'static str, &'static str, MethodCounts)> {
        let mut rows: Vec<(&str, &str, MethodCounts)> = Vec::new();
        for contract in CONTRACTS {
            for method in contract.methods {
                // A method may have a form per era.
                let known =
                    rows.iter().any(|(of, name, _)| (*of, *name) == (contract.name, method.name));
                if !known {
                    let counts = self.methods.get(&(contract.address, method.name));
                    rows.push((contract.name, method.name, counts.copied().unwrap_or_default()));
                }
            }
        }
        rows
    }

    /// Counts a call by its data, if it names a method.
    pub(super) fn count(
        &mut self,
        to: &Address,
        data: &[u8],
        count: impl FnOnce(&mut MethodCounts),
    ) {
        let method = contract_at(to).and_then(|contract| contract.method(Era::Htlc, data));
        if let Some(method) = method {
            count(self.methods.entry((*to, method.name)).or_default());
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} momentums, {} account blocks, {} differences",
            self.momentums,
            self.blocks,
            self.differences.len()
        )
    }
}
