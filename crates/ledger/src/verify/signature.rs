//! Ed25519 as Go's `crypto/ed25519` checks it.
//!
//! Cofactorless: `R` is recomputed as `[S]B - [k]A` and its encoding is compared with the signature's
//! bytes, so an `R` in another encoding fails. `S` must be below the group order; `A` may be any
//! encoding that decompresses, canonical or not. A node that is stricter or laxer than this splits from
//! the chain, so batch verification and "strict" variants stay out.

use ed25519_dalek::{Signature, Verifier, VerifyingKey};

/// Bytes of a public key.
pub const PUBLIC_KEY_LEN: usize = 32;

/// Whether `signature` over `message` is valid for `public_key`. Wrong lengths are invalid.
pub fn verify(public_key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let Ok(public_key) = <&[u8; 32]>::try_from(public_key) else { return false };
    let Ok(signature) = <&[u8; 64]>::try_from(signature) else { return false };
    let Ok(key) = VerifyingKey::from_bytes(public_key) else { return false };
    key.verify(message, &Signature::from_bytes(signature)).is_ok()
}
