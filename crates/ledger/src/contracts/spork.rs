//! The spork contract.

use super::Storage;
use crate::refusal::Fault;
use crate::types::Hash;

/// A spork as the contract stores it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spork {
    /// Hash of the send block that created it.
    pub id: Hash,
    /// Name, 5 to 40 bytes.
    pub name: Vec<u8>,
    /// What it is for.
    pub description: Vec<u8>,
    /// Whether it was activated.
    pub activated: bool,
    /// First height at which it holds.
    pub enforcement_height: u64,
}

/// All sporks, in order of their ids.
pub fn all(_storage: &impl Storage) -> Result<Vec<Spork>, Fault> {
    Ok(Vec::new())
}

use super::Contract;
use crate::rules::Era;
use crate::types::contract;

/// The contract.
pub static CONTRACT: Contract = Contract {
    name: "spork",
    address: contract::SPORK,
    since: Era::Origin,
    methods: &[],
};
