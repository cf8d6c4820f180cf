//! The htlc contract.

use super::Contract;
use crate::rules::Era;
use crate::types::contract;

/// The contract.
pub static CONTRACT: Contract = Contract {
    name: "htlc",
    address: contract::HTLC,
    since: Era::Htlc,
    methods: &[],
};
