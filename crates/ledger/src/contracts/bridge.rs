//! The bridge contract.

use super::Contract;
use crate::rules::Era;
use crate::types::contract;

/// The contract.
pub static CONTRACT: Contract =
    Contract { name: "bridge", address: contract::BRIDGE, since: Era::Bridge, methods: &[] };
