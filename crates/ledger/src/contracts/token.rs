//! The token contract.

use super::Contract;
use crate::rules::Era;
use crate::types::contract;

/// The contract.
pub static CONTRACT: Contract = Contract {
    name: "token",
    address: contract::TOKEN,
    since: Era::Origin,
    methods: &[],
};
