//! The decoded arguments of a call, read by position with the type that the method's table gives.
//!
//! The decoder has checked number and types against the table, so a wrong read is our own mistake.

use crate::abi::Value;
use crate::types::{Address, Amount, Hash, TokenStandard};

/// Arguments in the order of the method's parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Args(pub Vec<Value>);

macro_rules! reads {
    ($($(#[$doc:meta])* $name:ident: $variant:ident -> $type:ty;)*) => {
        $($(#[$doc])* pub fn $name(&self, index: usize) -> $type {
            match &self.0[index] {
                Value::$variant(value) => value.clone(),
                other => unreachable!("argument {index} is {other:?}, not what the table says"),
            }
        })*
    };
}

impl Args {
    reads! {
        /// An unsigned integer of any width.
        amount: Uint -> Amount;
        /// A signed integer.
        int: Int -> i64;
        /// A truth value.
        bool: Bool -> bool;
        /// An address.
        address: Address -> Address;
        /// A token id.
        token: TokenStandard -> TokenStandard;
        /// A hash.
        hash: Hash -> Hash;
        /// A string's bytes.
        text: Text -> Vec<u8>;
        /// A byte string.
        bytes: Bytes -> Vec<u8>;
        /// A list.
        list: List -> Vec<Value>;
    }

    /// A list of hashes.
    pub fn hashes(&self, index: usize) -> Vec<Hash> {
        self.elements(index, |value| match value {
            Value::Hash(hash) => Some(hash),
            _ => None,
        })
    }

    /// A list of addresses.
    pub fn addresses(&self, index: usize) -> Vec<Address> {
        self.elements(index, |value| match value {
            Value::Address(address) => Some(address),
            _ => None,
        })
    }

    /// A list of strings or byte strings.
    pub fn byte_strings(&self, index: usize) -> Vec<Vec<u8>> {
        self.elements(index, |value| match value {
            Value::Text(bytes) | Value::Bytes(bytes) => Some(bytes),
            _ => None,
        })
    }

    /// A list of unsigned integers of any width.
    pub fn amounts(&self, index: usize) -> Vec<Amount> {
        self.elements(index, |value| match value {
            Value::Uint(amount) => Some(amount),
            _ => None,
        })
    }

    /// A list of unsigned integers of at most 32 bits.
    pub fn uints32(&self, index: usize) -> Vec<u32> {
        let amounts = self.amounts(index).into_iter();
        amounts
            .map(|amount| u32::try_from(amount).expect("the table says at most 32 bits"))
            .collect()
    }

    fn elements<T>(&self, index: usize, read: impl Fn(Value) -> Option<T>) -> Vec<T> {
        let elements = self.list(index).into_iter();
        elements.map(|value| read(value).expect("the table gives the elements' type")).collect()
    }

    /// An unsigned integer of at most 64 bits.
    pub fn uint(&self, index: usize) -> u64 {
        u64::try_from(self.amount(index)).expect("the table says at most 64 bits")
    }

    /// An unsigned integer of at most 32 bits.
    pub fn uint32(&self, index: usize) -> u32 {
        u32::try_from(self.uint(index)).expect("the table says at most 32 bits")
    }

    /// An unsigned integer of 8 bits.
    pub fn uint8(&self, index: usize) -> u8 {
        u8::try_from(self.uint(index)).expect("the table says 8 bits")
    }
}
