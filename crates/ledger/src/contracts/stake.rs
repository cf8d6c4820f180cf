//! The stake contract.

use super::Contract;
use crate::rules::Era;
use crate::types::contract;

/// The contract.
pub static CONTRACT: Contract = Contract {
    name: "stake",
    address: contract::STAKE,
    since: Era::Origin,
    methods: &[],
};
