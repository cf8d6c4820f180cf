//! The sentinel contract.

use super::Contract;
use crate::rules::Era;
use crate::types::contract;

/// The contract.
pub static CONTRACT: Contract = Contract {
    name: "sentinel",
    address: contract::SENTINEL,
    since: Era::Origin,
    methods: &[],
};
