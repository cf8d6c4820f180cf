//! The pillar contract.

use super::Contract;
use crate::rules::Era;
use crate::types::contract;

/// The contract.
pub static CONTRACT: Contract = Contract {
    name: "pillar",
    address: contract::PILLAR,
    since: Era::Origin,
    methods: &[],
};
