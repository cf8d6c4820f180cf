//! Protobuf forms, byte-exact.

use crate::block::AccountBlock;
use crate::momentum::Momentum;
use crate::types::{AccountHeader, HashHeight};
use core::fmt;

/// The bytes are not a canonical message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeError(pub &'static str);

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl core::error::Error for DecodeError {}

/// Writes a hash and height.
pub fn encode_hash_height(_value: &HashHeight) -> Vec<u8> {
    Vec::new()
}

/// Reads a hash and height.
pub fn decode_hash_height(_bytes: &[u8]) -> Result<HashHeight, DecodeError> {
    Err(DecodeError("not yet"))
}

/// Writes an account header.
pub fn encode_account_header(_value: &AccountHeader) -> Vec<u8> {
    Vec::new()
}

/// Reads an account header.
pub fn decode_account_header(_bytes: &[u8]) -> Result<AccountHeader, DecodeError> {
    Err(DecodeError("not yet"))
}

/// Writes an account block.
pub fn encode_account_block(_value: &AccountBlock) -> Vec<u8> {
    Vec::new()
}

/// Reads an account block.
pub fn decode_account_block(_bytes: &[u8]) -> Result<AccountBlock, DecodeError> {
    Err(DecodeError("not yet"))
}

/// Writes a momentum.
pub fn encode_momentum(_value: &Momentum) -> Vec<u8> {
    Vec::new()
}

/// Reads a momentum.
pub fn decode_momentum(_bytes: &[u8]) -> Result<Momentum, DecodeError> {
    Err(DecodeError("not yet"))
}
