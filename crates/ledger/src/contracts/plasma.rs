//! The plasma contract.

use super::Storage;
use crate::refusal::Fault;
use crate::types::{Address, Amount};

/// QSR fused for a beneficiary.
pub fn fused_amount(_storage: &impl Storage, _beneficiary: &Address) -> Result<Amount, Fault> {
    Ok(Amount::ZERO)
}

use super::Contract;
use crate::rules::Era;
use crate::types::contract;

/// The contract.
pub static CONTRACT: Contract = Contract {
    name: "plasma",
    address: contract::PLASMA,
    since: Era::Origin,
    methods: &[],
};
