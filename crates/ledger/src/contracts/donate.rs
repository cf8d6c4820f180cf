//! `Donate`: gives tokens to a contract that spends them.
//!
//! Source: go-zenon `vm/embedded/implementation/common.go`.

use super::{Call, Context, Method, SIMPLE, Send};
use crate::abi;
use crate::refusal::Refusal;

/// `Donate`
pub(super) const DONATE: Method = Method::new("Donate", &[], SIMPLE, check, keep);

/// The data of a `Donate` call.
pub fn encode() -> Vec<u8> {
    abi::encode_call("Donate", &[], &[])
}

fn check(call: &Call<'_>) -> Result<(), Refusal> {
    match call.send.amount.is_zero() {
        true => Err(Refusal::InvalidTokenOrAmount),
        false => Ok(()),
    }
}

fn keep(_context: &mut Context<'_>, _call: &Call<'_>) -> Result<Vec<Send>, Refusal> {
    Ok(Vec::new())
}
