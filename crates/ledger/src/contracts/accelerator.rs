//! The accelerator contract.

use super::Contract;
use crate::rules::Era;
use crate::types::contract;

/// The contract.
pub static CONTRACT: Contract = Contract {
    name: "accelerator",
    address: contract::ACCELERATOR,
    since: Era::Origin,
    methods: &[],
};
