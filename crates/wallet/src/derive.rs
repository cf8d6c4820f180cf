//! Key derivation: SLIP-10 for Ed25519, along hardened paths only.
//!
//! The address with index `i` has the path `m/44'/73404'/i'`. Source: go-zenon `wallet/derivation.go`.

use crate::keypair::KeyPair;
use crate::secret::Secret;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha512;
use std::fmt;
use std::str::FromStr;
use zeroize::Zeroize;

/// SLIP-44 number of the network.
pub const COIN_TYPE: u32 = 73_404;

/// Longest path that is read, in bytes; 255 levels are what BIP-32 can count, and none of the wallets
/// uses more than 3.
pub const PATH_LEN_MAX: usize = 1024;

/// From here on an index is hardened.
const HARDENED: u32 = 0x8000_0000;

/// What SLIP-10 keys the first HMAC with.
const MASTER_KEY: &[u8] = b"ed25519 seed";

/// Why a path was not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DerivationError {
    /// Not of the form `m/1'/2'`, or a number above 2^32 - 1.
    #[error("invalid derivation path")]
    InvalidPath,
    /// A number from 2^31 on wraps around to an index that is not hardened.
    #[error("no public derivation for ed25519")]
    NoPublicDerivation,
}

/// A derivation path: `m`, then one or more hardened indexes.
#[derive(Clone, PartialEq, Eq)]
pub struct Path(Vec<u32>);

impl Path {
    /// The path of the address with this index. The index must be below 2^31 to be derivable.
    pub fn of_index(index: u32) -> Path {
        Path(vec![44, COIN_TYPE, index])
    }
}

impl FromStr for Path {
    type Err = DerivationError;

    fn from_str(text: &str) -> Result<Path, DerivationError> {
        if text.len() > PATH_LEN_MAX {
            return Err(DerivationError::InvalidPath);
        }
        let levels = text.strip_prefix("m/").ok_or(DerivationError::InvalidPath)?;
        levels.split('/').map(level).collect::<Result<_, _>>().map(Path)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("m")?;
        self.0.iter().try_for_each(|index| write!(f, "/{index}'"))
    }
}

impl fmt::Debug for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Reads decimal digits and one `'`.
fn level(text: &str) -> Result<u32, DerivationError> {
    let digits = text.strip_suffix('\'').ok_or(DerivationError::InvalidPath)?;
    // `parse` alone would take a sign, too.
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(DerivationError::InvalidPath);
    }
    digits.parse().map_err(|_| DerivationError::InvalidPath)
}

/// The key at the end of `path`, from a seed of any length (a mnemonic's has 64 bytes).
pub fn derive(seed: &[u8], path: &Path) -> Result<KeyPair, DerivationError> {
    let mut node = Node::new(MASTER_KEY, &[seed]);
    for index in &path.0 {
        let index = index.checked_add(HARDENED).ok_or(DerivationError::NoPublicDerivation)?;
        node = node.child(index);
    }
    Ok(KeyPair::from_private_key(node.key.expose()))
}

/// A key and its chain code.
struct Node {
    key: Secret<[u8; 32]>,
    chain_code: Secret<[u8; 32]>,
}

impl Node {
    /// HMAC-SHA512 of the parts, cut into halves.
    fn new(hmac_key: &[u8], parts: &[&[u8]]) -> Node {
        let mut hmac =
            Hmac::<Sha512>::new_from_slice(hmac_key).expect("HMAC takes keys of any length");
        for part in parts {
            hmac.update(part);
        }
        let mut sum: [u8; 64] = hmac.finalize().into_bytes().into();
        let mut node = Node { key: Secret::new([0; 32]), chain_code: Secret::new([0; 32]) };
        node.key.expose_mut().copy_from_slice(&sum[..32]);
        node.chain_code.expose_mut().copy_from_slice(&sum[32..]);
        sum.zeroize();
        node
    }

    /// The child with a hardened index.
    fn child(&self, index: u32) -> Node {
        Node::new(self.chain_code.expose(), &[&[0], self.key.expose(), &index.to_be_bytes()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(seed: &str, path: &str) -> String {
        let seed = hex::decode(seed).unwrap();
        let pair = derive(&seed, &path.parse().unwrap()).unwrap();
        hex::encode(pair.private_key().expose())
    }

    /// SLIP-10's own test vector 1 for Ed25519.
    #[test]
    fn slip10_vector() {
        let seed = "000102030405060708090a0b0c0d0e0f";
        assert_eq!(
            key(seed, "m/0'"),
            "68e0fe46dfb67e368c75379acec591dad19df3cde26e63b93a8e704f1dade7a3"
        );
        assert_eq!(
            key(seed, "m/0'/1'/2'/2'/1000000000'"),
            "8f94d394a8e8fd6b1bc2f3f49f5c47e385281d5c17e65324b0f62483e37e8793"
        );
    }

    #[test]
    fn paths_that_are_none() {
        for text in [
            "",
            "m",
            "m/",
            "m/0",
            "m/0'/",
            "m/0''",
            "m/'",
            "m//0'",
            "M/0'",
            "/0'",
            "0'",
            " m/0'",
            "m/0' ",
            "m/-1'",
            "m/+1'",
            "m/1'x",
            "m/4294967296'",
            "m/99999999999999999999'",
            "m/0'\n",
            "m/١'",
            "m/0h",
        ] {
            assert_eq!(text.parse::<Path>(), Err(DerivationError::InvalidPath), "{text:?}");
        }
        let deep = format!("m{}", "/0'".repeat(400));
        assert_eq!(deep.parse::<Path>(), Err(DerivationError::InvalidPath));
        assert_eq!(DerivationError::InvalidPath.to_string(), "invalid derivation path");
    }

    #[test]
    fn the_highest_index_is_the_last_hardened_one() {
        let last: Path = "m/2147483647'".parse().unwrap();
        assert!(derive(&[0; 16], &last).is_ok());
        let beyond: Path = "m/2147483648'".parse().unwrap();
        let error = derive(&[0; 16], &beyond).unwrap_err();
        assert_eq!(error.to_string(), "no public derivation for ed25519");
    }

    #[test]
    fn a_path_shows_as_it_is_read() {
        assert_eq!(Path::of_index(7).to_string(), "m/44'/73404'/7'");
        let path: Path = "m/007'/0'".parse().unwrap();
        assert_eq!(path.to_string(), "m/7'/0'");
    }
}
