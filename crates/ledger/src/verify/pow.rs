//! Proof of work on account blocks.
//!
//! The first 8 bytes of `SHA3-256(nonce ‖ SHA3-256(address ‖ previous hash))`, read little-endian, must
//! reach `2^64 - 2^64 / difficulty`. Source: go-zenon `pow/pow.go`.

use crate::block::AccountBlock;
use crate::types::{Address, Hash, sha3_256_of};

/// What a nonce is searched for.
pub fn data_hash(address: &Address, previous: &Hash) -> Hash {
    Hash(sha3_256_of(&[&address.0, &previous.0]))
}

/// The number that a nonce must reach.
pub fn threshold(difficulty: u64) -> u64 {
    if difficulty == 0 {
        return 0;
    }
    // 2^64 / 1 is 2^64 itself, and 2^64 - 2^64 is 0.
    let share = (1u128 << 64) / u128::from(difficulty);
    low_64((1u128 << 64) - share)
}

/// The reference turns the difficulty into a signed number first: from 2^63 on it is negative, the
/// share is subtracted from the other side, and the low 64 bits that remain are small.
fn threshold_signed(difficulty: u64) -> u64 {
    let signed = difficulty.cast_signed();
    if signed >= 0 {
        return threshold(difficulty);
    }
    // Go's division cuts toward zero: -(2^64 / |d|).
    let share = (1u128 << 64) / u128::from(signed.unsigned_abs());
    low_64((1u128 << 64) + share)
}

fn low_64(value: u128) -> u64 {
    u64::try_from(value & u128::from(u64::MAX)).expect("masked to 64 bits")
}

/// What a nonce reaches.
pub fn value(nonce: &[u8; 8], data_hash: &Hash) -> u64 {
    let digest = sha3_256_of(&[nonce, &data_hash.0]);
    let mut low = [0; 8];
    low.copy_from_slice(&digest[..8]);
    u64::from_le_bytes(low)
}

/// Whether the block's nonce bears its claimed difficulty. `signed_difficulty` says whether the
/// network takes difficulties from 2^63 on as the reference does.
pub fn check(block: &AccountBlock, signed_difficulty: bool) -> bool {
    let threshold = match signed_difficulty {
        true => threshold_signed(block.difficulty),
        false => threshold(block.difficulty),
    };
    value(&block.nonce, &data_hash(&block.address, &block.previous_hash)) >= threshold
}
