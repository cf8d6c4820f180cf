//! The swap contract.

use super::Contract;
use crate::rules::Era;
use crate::types::contract;

/// The contract.
pub static CONTRACT: Contract = Contract {
    name: "swap",
    address: contract::SWAP,
    since: Era::Origin,
    methods: &[],
};
