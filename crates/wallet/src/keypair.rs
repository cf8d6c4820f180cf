//! A key with its address: it signs, and finishes account blocks and momentums.
//!
//! Source: go-zenon `wallet/keypair.go`.

use crate::secret::Secret;
use ed25519_dalek::{Signer, SigningKey};
use ledger::types::{Address, Hash};
use ledger::{AccountBlock, Momentum};
use std::fmt;

/// An Ed25519 key pair and the address that it owns. The private half is wiped when dropped.
pub struct KeyPair {
    signing: SigningKey,
    address: Address,
}

impl KeyPair {
    /// The pair of a 32-byte private key (Ed25519's seed).
    pub fn from_private_key(private_key: &[u8; 32]) -> KeyPair {
        let signing = SigningKey::from_bytes(private_key);
        let address = Address::of_public_key(signing.verifying_key().as_bytes());
        KeyPair { signing, address }
    }

    /// The address that this key owns.
    pub fn address(&self) -> Address {
        self.address
    }

    /// The public key.
    pub fn public_key(&self) -> [u8; 32] {
        self.signing.verifying_key().to_bytes()
    }

    /// The private key, for export.
    pub fn private_key(&self) -> Secret<[u8; 32]> {
        Secret::new(self.signing.to_bytes())
    }

    /// Signs any message.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.signing.sign(message).to_bytes()
    }

    /// Signs the hash of a block or momentum.
    pub fn sign_hash(&self, hash: &Hash) -> [u8; 64] {
        self.sign(hash.as_bytes())
    }

    /// Hashes and signs a block whose other fields are complete: sets `hash`, `public_key` and `signature`.
    pub fn finish_block(&self, block: &mut AccountBlock) {
        block.hash = block.compute_hash();
        block.public_key = self.public_key().to_vec();
        block.signature = self.sign_hash(&block.hash).to_vec();
    }

    /// Hashes and signs a momentum whose other fields are complete: sets `hash`, `public_key` and
    /// `signature`.
    pub fn finish_momentum(&self, momentum: &mut Momentum) {
        momentum.hash = momentum.compute_hash();
        momentum.public_key = self.public_key().to_vec();
        momentum.signature = self.sign_hash(&momentum.hash).to_vec();
    }
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyPair({})", self.address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::verify::signature;
    use proptest::prelude::*;

    fn pair() -> KeyPair {
        KeyPair::from_private_key(&[7; 32])
    }

    #[test]
    fn debug_shows_the_address_alone() {
        let text = format!("{:?}", pair());
        assert_eq!(text, format!("KeyPair({})", pair().address()));
        assert_eq!(pair().private_key().expose(), &[7; 32]);
    }

    #[test]
    fn a_finished_block_verifies() {
        let mut block = AccountBlock { height: 3, address: pair().address(), ..Default::default() };
        pair().finish_block(&mut block);
        assert_eq!(block.hash, block.compute_hash());
        assert_eq!(Address::of_public_key(&block.public_key), block.address);
        assert!(signature::verify(&block.public_key, block.hash.as_bytes(), &block.signature));
    }

    #[test]
    fn a_finished_momentum_verifies() {
        let mut momentum = Momentum { version: 1, height: 2, ..Default::default() };
        pair().finish_momentum(&mut momentum);
        assert_eq!(momentum.hash, momentum.compute_hash());
        assert_eq!(momentum.producer(), pair().address());
        assert!(signature::verify(
            &momentum.public_key,
            momentum.hash.as_bytes(),
            &momentum.signature
        ));
    }

    proptest! {
        #[test]
        fn what_is_signed_verifies(key in any::<[u8; 32]>(), message in any::<Vec<u8>>(), flip in any::<usize>()) {
            let pair = KeyPair::from_private_key(&key);
            let mut signed = pair.sign(&message);
            prop_assert!(signature::verify(&pair.public_key(), &message, &signed));
            signed[flip % 64] ^= 1;
            prop_assert!(!signature::verify(&pair.public_key(), &message, &signed));
        }
    }
}
