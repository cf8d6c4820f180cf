//! 32-byte hashes and the hash functions of the ledger.
//!
//! Everything in the ledger is hashed with FIPS-202 SHA3-256; Keccak-256 (other padding) appears in
//! bridge messages for EVM networks only. Source: go-zenon `common/types/hash.go`.

use super::{Text, TextError};
use core::fmt;
use core::str::FromStr;
use sha3::{Digest, Sha3_256};

/// A SHA3-256 digest, or the id of something that is named by one.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// Length in bytes.
    pub const LEN: usize = 32;
    /// The all-zero hash: "none".
    pub const ZERO: Hash = Hash([0; 32]);

    /// SHA3-256 of `data`.
    pub fn of(data: &[u8]) -> Hash {
        Hash(sha3_256(data))
    }

    /// Whether this is the all-zero hash.
    pub fn is_zero(&self) -> bool {
        *self == Hash::ZERO
    }

    /// The hex form.
    pub fn to_text(&self) -> Text {
        Text::of_hex(&self.0)
    }

    /// The raw bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Reads exactly 32 bytes.
    pub fn from_slice(bytes: &[u8]) -> Option<Hash> {
        bytes.try_into().ok().map(Hash)
    }
}

/// FIPS-202 SHA3-256.
pub fn sha3_256(data: &[u8]) -> [u8; 32] {
    Sha3_256::digest(data).into()
}

/// SHA3-256 over the concatenation of `parts`.
pub fn sha3_256_of(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha3_256::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// Keccak-256 with the padding from before FIPS-202, as Ethereum uses it.
pub fn keccak256(data: &[u8]) -> [u8; 32] {
    sha3::Keccak256::digest(data).into()
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.to_text())
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Hash {
    type Err = TextError;

    /// Accepts exactly 64 hex digits of either case.
    fn from_str(text: &str) -> Result<Hash, TextError> {
        if text.len() != 2 * Hash::LEN {
            return Err(TextError::new(format!("error hex hash size {}", text.len())));
        }
        let mut bytes = [0; 32];
        super::bech32::decode_hex(text, &mut bytes)?;
        Ok(Hash(bytes))
    }
}
