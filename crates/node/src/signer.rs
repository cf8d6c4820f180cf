//! Whoever signs for a producer: a key in memory, or something that holds one.

use ledger::types::Address;

/// A signing key.
pub trait Signer: Send {
    /// The Ed25519 public key.
    fn public_key(&self) -> [u8; 32];

    /// The signature over `message`.
    fn sign(&self, message: &[u8]) -> [u8; 64];

    /// The address that the key owns.
    fn address(&self) -> Address {
        Address::of_public_key(&self.public_key())
    }
}

impl Signer for wallet::KeyPair {
    fn public_key(&self) -> [u8; 32] {
        wallet::KeyPair::public_key(self)
    }

    fn sign(&self, message: &[u8]) -> [u8; 64] {
        wallet::KeyPair::sign(self, message)
    }
}
