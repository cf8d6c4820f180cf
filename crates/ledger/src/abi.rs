//! The contracts' call encoding: Ethereum's head and tail layout with 32-byte words, SHA3-256 selectors.
//!
//! Strings are bytes: the reference does not ask for UTF-8. Sources: go-zenon `vm/abi/*.go`.

use crate::types::{Address, Amount, Hash, TokenStandard, sha3_256};

/// The type of an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Unsigned integer of so many bits.
    Uint(u16),
    /// Signed integer of so many bits (at most 64 are used).
    Int(u16),
    /// `bool`
    Bool,
    /// `address`
    Address,
    /// `tokenStandard`
    TokenStandard,
    /// `hash`
    Hash,
    /// `string`
    Text,
    /// `bytes`
    Bytes,
    /// A list.
    List(&'static Kind),
}

/// A decoded argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Unsigned integer, already cut to its bits.
    Uint(Amount),
    /// Signed integer.
    Int(i64),
    /// `bool`
    Bool(bool),
    /// `address`
    Address(Address),
    /// `tokenStandard`
    TokenStandard(TokenStandard),
    /// `hash`
    Hash(Hash),
    /// `string`, any bytes
    Text(Vec<u8>),
    /// `bytes`
    Bytes(Vec<u8>),
    /// A list.
    List(Vec<Value>),
}

/// The bytes do not decode as the types ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AbiError;

/// A named argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Param {
    /// Its name in the reference's ABI.
    pub name: &'static str,
    /// Its type.
    pub kind: Kind,
}

/// The first four bytes of SHA3-256 of `Name(type,type,…)`.
pub fn selector(name: &str, params: &[Param]) -> [u8; 4] {
    let digest = sha3_256(signature(name, params).as_bytes());
    [digest[0], digest[1], digest[2], digest[3]]
}

/// `Name(type,type,…)` as the selector hashes it.
pub fn signature(name: &str, _params: &[Param]) -> String {
    name.to_owned()
}

/// Selector and arguments of a call.
pub fn encode_call(_name: &str, _params: &[Param], _args: &[Value]) -> Vec<u8> {
    Vec::new()
}

/// The arguments in a call's data (selector included).
pub fn decode_call(_params: &[Param], _data: &[u8]) -> Result<Vec<Value>, AbiError> {
    Err(AbiError)
}

/// A stored tuple: arguments without a selector.
pub fn encode_tuple(_values: &[Value]) -> Vec<u8> {
    Vec::new()
}

/// Reads a stored tuple of these types.
pub fn decode_tuple(_kinds: &[Kind], _data: &[u8]) -> Result<Vec<Value>, AbiError> {
    Err(AbiError)
}
