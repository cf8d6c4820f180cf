//! Encryption to a secp256k1 key (ECIES): an ephemeral key agrees with the receiver's, the NIST
//! concatenation KDF over SHA-256 makes of that a key for AES-128-CTR and one for HMAC-SHA-256.
//!
//! ```text
//! 65  ephemeral public key, uncompressed
//! 16  initial counter block of the cipher
//!  n  the message, enciphered
//! 32  HMAC over counter block and message
//! ```
//!
//! Source: go-zenon `p2p/rlpx.go`, which calls go-ethereum `crypto/ecies`.

use aes::Aes128;
use aes::cipher::{KeyIvInit, StreamCipher};
use ctr::Ctr128BE;
use hmac::{Hmac, KeyInit, Mac};
use k256::elliptic_curve::sec1::ToSec1Point;
use k256::{PublicKey, SecretKey};
use sha2::{Digest, Sha256};

/// By how much a message grows.
pub const OVERHEAD_BYTES: usize = KEY_BYTES + BLOCK_BYTES + TAG_BYTES;
const KEY_BYTES: usize = 65;
const BLOCK_BYTES: usize = 16;
const TAG_BYTES: usize = 32;

/// What encryption needs of chance.
#[derive(Clone)]
pub struct Chance {
    /// The ephemeral key.
    pub key: SecretKey,
    /// The initial counter block.
    pub block: [u8; BLOCK_BYTES],
}

/// Why bytes can't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EciesError {
    /// Fewer than an empty message has.
    #[error("an encrypted packet has more than {OVERHEAD_BYTES} bytes, this has {0}")]
    Short(usize),
    /// It does not begin with a point of the curve.
    #[error("its key is no point of the curve")]
    Key,
    /// It was made for another key, or damaged.
    #[error("it was not encrypted for us")]
    Tag,
}

/// Encrypts `message` for whoever has the secret of `to`.
pub fn encrypt(to: &PublicKey, message: &[u8], chance: &Chance) -> Vec<u8> {
    let (cipher_key, tag_key) = keys(&chance.key, to);
    let mut out = Vec::with_capacity(message.len() + OVERHEAD_BYTES);
    out.extend_from_slice(chance.key.public_key().to_sec1_point(false).as_bytes());
    out.extend_from_slice(&chance.block);
    out.extend_from_slice(message);
    let (_, body) = out.split_at_mut(KEY_BYTES + BLOCK_BYTES);
    cipher(&cipher_key, &chance.block).apply_keystream(body);
    let tag = tag(&tag_key, &out[KEY_BYTES..]).finalize().into_bytes();
    out.extend_from_slice(&tag);
    out
}

/// Decrypts what was encrypted for `key`.
pub fn decrypt(key: &SecretKey, packet: &[u8]) -> Result<Vec<u8>, EciesError> {
    if packet.len() <= OVERHEAD_BYTES {
        return Err(EciesError::Short(packet.len()));
    }
    let (ephemeral, rest) = packet.split_at(KEY_BYTES);
    let (sealed, given) = rest.split_at(rest.len() - TAG_BYTES);
    let ephemeral = PublicKey::from_sec1_bytes(ephemeral).map_err(|_| EciesError::Key)?;
    let (cipher_key, tag_key) = keys(key, &ephemeral);
    tag(&tag_key, sealed).verify_slice(given).map_err(|_| EciesError::Tag)?;
    let (block, message) = sealed.split_at(BLOCK_BYTES);
    let block = block.try_into().expect("split there");
    let mut message = message.to_vec();
    cipher(&cipher_key, block).apply_keystream(&mut message);
    Ok(message)
}

/// X of the point that two keys agree on.
pub fn agree(secret: &SecretKey, public: &PublicKey) -> [u8; 32] {
    let shared = k256::ecdh::diffie_hellman(secret.to_nonzero_scalar(), public.as_affine());
    (*shared.raw_secret_bytes()).into()
}

/// The keys of the cipher and of the tag. One round of the KDF gives the 32 bytes that both need.
fn keys(secret: &SecretKey, public: &PublicKey) -> ([u8; 16], [u8; 32]) {
    let round = 1u32.to_be_bytes();
    let derived = Sha256::new().chain_update(round).chain_update(agree(secret, public)).finalize();
    let (cipher, tag) = derived.split_at(16);
    (cipher.try_into().expect("half of 32 bytes"), Sha256::digest(tag).into())
}

fn cipher(key: &[u8; 16], block: &[u8; BLOCK_BYTES]) -> Ctr128BE<Aes128> {
    Ctr128BE::new(key.into(), block.into())
}

fn tag(key: &[u8; 32], sealed: &[u8]) -> Hmac<Sha256> {
    let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).expect("any length is a key");
    mac.chain_update(sealed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(byte: u8) -> SecretKey {
        SecretKey::from_slice(&[byte; 32]).unwrap()
    }

    #[test]
    fn only_the_right_key_reads_it_and_only_undamaged() {
        let chance = Chance { key: secret(2), block: [7; 16] };
        let packet = encrypt(&secret(1).public_key(), b"hello", &chance);
        assert_eq!(packet.len(), 5 + OVERHEAD_BYTES);
        assert_eq!(decrypt(&secret(1), &packet).unwrap(), b"hello");
        assert_eq!(decrypt(&secret(3), &packet), Err(EciesError::Tag));
        for index in 0..packet.len() {
            let mut damaged = packet.clone();
            damaged[index] ^= 1;
            assert!(decrypt(&secret(1), &damaged).is_err(), "byte {index}");
        }
        assert_eq!(decrypt(&secret(1), &packet[..113]), Err(EciesError::Short(113)));
        assert_eq!(decrypt(&secret(1), &[0; 200]), Err(EciesError::Key));
    }
}
