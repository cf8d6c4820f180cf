//! The ledger's basic types: newtypes with one byte form and one text form each.
//!
//! | type | bytes | text |
//! |---|---|---|
//! | [`struct@Hash`] | 32 | 64 hex digits |
//! | [`Address`] | 20: kind, then 19 of the key's hash | bech32, prefix `z` |
//! | [`TokenStandard`] | 10 | bech32, prefix `zts` |
//! | [`HashHeight`] | 40: hash, then height | JSON object |
//! | [`AccountHeader`] | 60: address, then height, then hash | JSON object |
//! | [`Amount`] | 32, big-endian | decimal string |
//!
//! Sources: go-zenon `common/types/*.go`.

mod address;
mod bech32;
mod hash;
mod header;
mod text;
mod token;

pub use address::{Address, contract};
pub use bech32::TextError;
pub(crate) use bech32::{bad_hex, odd_hex};
pub use hash::{Hash, keccak256, sha3_256, sha3_256_of};
pub use header::{AccountHeader, HashHeight};
pub use text::Text;
pub use token::TokenStandard;

/// An amount of a token in its smallest unit (ZNN and QSR: 10^-8 coins).
pub type Amount = ruint::aliases::U256;

/// A wider integer for products of amounts, weights and durations that may pass 256 bits.
pub type Wide = ruint::aliases::U512;

/// Units of ZNN and QSR in one coin.
pub const COIN: u64 = 100_000_000;

/// `whole` coins of ZNN or QSR in smallest units.
pub const fn coins(whole: u64) -> Amount {
    Amount::from_limbs([whole * COIN, 0, 0, 0])
}

/// The 32-byte big-endian form under which the ledger stores and hashes amounts.
pub fn amount_bytes(amount: &Amount) -> [u8; 32] {
    amount.to_be_bytes()
}

/// Reads a big-endian integer of any length; `None` if it does not fit into 256 bits.
pub fn amount_from_bytes(bytes: &[u8]) -> Option<Amount> {
    let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
    Amount::try_from_be_slice(&bytes[start..])
}

/// Widens an amount for arithmetic that may pass 256 bits.
pub fn wide(amount: Amount) -> Wide {
    Wide::from(amount)
}

/// The number in 256 bits, if it fits.
pub fn narrow(number: Wide) -> Option<Amount> {
    let bytes: [u8; 64] = number.to_be_bytes();
    let (high, low) = bytes.split_at(32);
    high.iter().all(|byte| *byte == 0).then(|| Amount::from_be_slice(low))
}
