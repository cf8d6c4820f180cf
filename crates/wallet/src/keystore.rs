//! A key store: all addresses that one mnemonic, or one raw seed, gives.
//!
//! Source: go-zenon `wallet/keystore.go`.

use crate::derive::{DerivationError, Path, derive};
use crate::keypair::KeyPair;
use crate::mnemonic::{Mnemonic, MnemonicError, WordCount};
use crate::secret::{NoRandomness, Secret};
use ledger::types::Address;
use std::fmt;

/// How many indexes are tried in the search for an address.
pub const SEARCH_INDEXES: u32 = 128;

/// The address is none of the first [`SEARCH_INDEXES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the provided address could not be derived from the key store: {address} is none of the first \
     {SEARCH_INDEXES} addresses of {base_address}"
)]
pub struct AddressNotFound {
    /// What was searched for.
    pub address: Address,
    /// Whose addresses were tried.
    pub base_address: Address,
}

/// The unlocked keys of one wallet.
pub struct KeyStore {
    mnemonic: Option<Mnemonic>,
    seed: Secret<Vec<u8>>,
    base_address: Address,
}

impl KeyStore {
    /// A new key store with 24 words.
    pub fn generate() -> Result<KeyStore, NoRandomness> {
        Mnemonic::generate(WordCount::Words24).map(KeyStore::from_mnemonic)
    }

    /// The key store of a mnemonic.
    pub fn from_mnemonic(mnemonic: Mnemonic) -> KeyStore {
        let seed = Secret::new(mnemonic.seed().expose().to_vec());
        KeyStore::new(Some(mnemonic), seed)
    }

    /// The key store of a mnemonic's entropy.
    pub fn from_entropy(entropy: &[u8]) -> Result<KeyStore, MnemonicError> {
        Mnemonic::from_entropy(entropy).map(KeyStore::from_mnemonic)
    }

    /// The keys that raw seed bytes give, without words: mock networks fix their keys this way, and with
    /// the 64 bytes that a mnemonic gives the keys are the mnemonic's.
    pub fn from_seed(seed: &[u8]) -> KeyStore {
        KeyStore::new(None, Secret::new(seed.to_vec()))
    }

    fn new(mnemonic: Option<Mnemonic>, seed: Secret<Vec<u8>>) -> KeyStore {
        let mut store = KeyStore { mnemonic, seed, base_address: Address::ZERO };
        store.base_address = store.key(0).expect("index 0 is hardened").address();
        store
    }

    /// The address with index 0, by which the store is known.
    pub fn base_address(&self) -> Address {
        self.base_address
    }

    /// The words; none if the store was made from a raw seed.
    pub fn mnemonic(&self) -> Option<&Mnemonic> {
        self.mnemonic.as_ref()
    }

    /// The key of the address with this index (below 2^31).
    pub fn key(&self, index: u32) -> Result<KeyPair, DerivationError> {
        self.key_at(&Path::of_index(index))
    }

    /// The key at the end of any path.
    pub fn key_at(&self, path: &Path) -> Result<KeyPair, DerivationError> {
        derive(self.seed.expose(), path)
    }

    /// The index and key of an address, if it is one of the first [`SEARCH_INDEXES`].
    pub fn find(&self, address: Address) -> Result<(u32, KeyPair), AddressNotFound> {
        (0..SEARCH_INDEXES)
            .map(|index| (index, self.key(index).expect("searched indexes are hardened")))
            .find(|(_, pair)| pair.address() == address)
            .ok_or(AddressNotFound { address, base_address: self.base_address })
    }
}

impl fmt::Debug for KeyStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyStore({})", self.base_address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_found_up_to_the_last_index() {
        let store = KeyStore::from_seed(&[1; 16]);
        for index in [0, 1, 127] {
            let address = store.key(index).unwrap().address();
            let (found, pair) = store.find(address).unwrap();
            assert_eq!((found, pair.address()), (index, address));
        }
        let beyond = store.key(128).unwrap().address();
        let message = store.find(beyond).unwrap_err().to_string();
        assert!(
            message.starts_with("the provided address could not be derived from the key store"),
            "{message}"
        );
    }

    #[test]
    fn a_mnemonic_and_its_seed_give_the_same_keys() {
        let store = KeyStore::generate().unwrap();
        let words = store.mnemonic().expect("made from words");
        let raw = KeyStore::from_seed(words.seed().expose());
        assert_eq!(raw.base_address(), store.base_address());
        assert!(raw.mnemonic().is_none());
        let spelled = KeyStore::from_entropy(words.entropy().expose()).unwrap();
        assert_eq!(spelled.base_address(), store.base_address());
    }

    #[test]
    fn debug_shows_the_address_alone() {
        let store = KeyStore::from_seed(&[1; 16]);
        assert_eq!(format!("{store:?}"), format!("KeyStore({})", store.base_address()));
    }
}
