//! Names of blocks: by hash and height, and by account, height and hash.
//!
//! Source: go-zenon `common/types/hash_height.go`, `account_header.go`.

use super::{Address, Hash};
use core::fmt;

/// A block or momentum by its hash and height.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HashHeight {
    /// Hash of the block or momentum.
    pub hash: Hash,
    /// Its height, from 1.
    pub height: u64,
}

impl HashHeight {
    /// "Before the first": no hash, height 0.
    pub const ZERO: HashHeight = HashHeight { hash: Hash::ZERO, height: 0 };

    /// A name from its parts.
    pub fn new(hash: Hash, height: u64) -> HashHeight {
        HashHeight { hash, height }
    }

    /// Whether both parts are zero.
    pub fn is_zero(&self) -> bool {
        *self == HashHeight::ZERO
    }
}

impl fmt::Display for HashHeight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{} {}}}", self.hash, self.height)
    }
}

impl fmt::Debug for HashHeight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// An account block by its account, height and hash.
///
/// The derived order (address, height, hash) is the order of the 60-byte form, by which a producer
/// sorts a momentum's content.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountHeader {
    /// The account.
    pub address: Address,
    /// Height in the account chain, from 1.
    pub height: u64,
    /// Hash of the block.
    pub hash: Hash,
}

impl AccountHeader {
    /// Length of the byte form.
    pub const LEN: usize = 60;

    /// Address, then height (big-endian), then hash.
    pub fn to_bytes(&self) -> [u8; 60] {
        let mut bytes = [0; 60];
        bytes[..20].copy_from_slice(&self.address.0);
        bytes[20..28].copy_from_slice(&self.height.to_be_bytes());
        bytes[28..].copy_from_slice(&self.hash.0);
        bytes
    }

    /// Hash and height without the account.
    pub fn identifier(&self) -> HashHeight {
        HashHeight { hash: self.hash, height: self.height }
    }
}
