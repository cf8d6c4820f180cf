//! The liquidity contract.

use super::Contract;
use crate::rules::Era;
use crate::types::contract;

/// The contract.
pub static CONTRACT: Contract =
    Contract { name: "liquidity", address: contract::LIQUIDITY, since: Era::Origin, methods: &[] };
