//! Text forms: bech32 (written as BIP-173 says, read also as BIP-350 says) and hex, with the reference's error texts.
//!
//! The texts reach clients in answers to malformed arguments, so they are those of the libraries that
//! the reference uses (`btcutil/bech32`, Go `encoding/hex`), which no Rust crate gives.

use super::text::Text;
use core::fmt;

const CHARSET: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
/// Longest text that BIP-173 allows.
const TEXT_BYTES_MAX: usize = 90;
const CHECKSUM_LEN: usize = 6;
/// Longest payload that is written: an address.
const PAYLOAD_BYTES_MAX: usize = 20;
/// What a checksum is xored with (BIP-173).
const BECH32: u32 = 1;
/// The same for the later form (BIP-350).
const BECH32M: u32 = 0x2bc8_30a3;

/// Why a text is not what it should be; the message is the reference's.
#[derive(Clone, PartialEq, Eq)]
pub struct TextError(String);

impl TextError {
    pub(crate) fn new(message: String) -> TextError {
        TextError(message)
    }
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl core::error::Error for TextError {}

/// Writes `payload`, whose bits fill whole characters, under the prefix `hrp`.
pub(super) fn encode(hrp: &str, payload: &[u8]) -> Text {
    debug_assert_eq!(payload.len() % 5, 0);
    let mut values = [0; PAYLOAD_BYTES_MAX / 5 * 8];
    let mut len = 0;
    for five in payload.chunks_exact(5) {
        let bits = five.iter().fold(0u64, |bits, byte| (bits << 8) | u64::from(*byte));
        for group in (0..8u32).rev() {
            values[len] = u8::try_from((bits >> (5 * group)) & 31).expect("masked to 5 bits");
            len += 1;
        }
    }
    let values = &values[..len];
    let mut text = Text::EMPTY;
    hrp.bytes().chain([b'1']).for_each(|byte| text.push(byte));
    for value in values.iter().chain(&checksum(hrp, values, BECH32)) {
        text.push(CHARSET[usize::from(value & 31)]);
    }
    text
}

/// Reads a bech32 or bech32m text into its prefix and its bytes (pad bits, if any, become a last byte).
///
/// The reference's library takes both checksums wherever one is read, so the ledger does.
pub(super) fn decode(text: &[u8]) -> Result<(String, Vec<u8>), TextError> {
    if text.len() < 8 || text.len() > TEXT_BYTES_MAX {
        return Err(TextError(format!("invalid bech32 string length {}", text.len())));
    }
    let (mut lower, mut upper) = (false, false);
    for byte in text {
        if !(33..=126).contains(byte) {
            // The library prints the byte as a rune.
            return Err(TextError(format!("invalid character in string: '{}'", char::from(*byte))));
        }
        lower |= byte.is_ascii_lowercase();
        upper |= byte.is_ascii_uppercase();
        if lower && upper {
            return Err(TextError("string not all lowercase or all uppercase".to_owned()));
        }
    }
    let text: String = text.iter().map(|byte| char::from(byte.to_ascii_lowercase())).collect();
    let one = match text.rfind('1') {
        Some(one) if one >= 1 && one + CHECKSUM_LEN < text.len() => one,
        Some(one) => return Err(TextError(format!("invalid separator index {one}"))),
        None => return Err(TextError("invalid separator index -1".to_owned())),
    };
    let (hrp, data) = (&text[..one], &text[one + 1..]);
    let mut values = Vec::with_capacity(data.len());
    for byte in data.bytes() {
        match CHARSET.iter().position(|c| *c == byte) {
            Some(value) => values.push(u8::try_from(value).expect("the charset has 32 entries")),
            None => {
                return Err(TextError(format!("invalid character not part of charset: {byte}")));
            }
        }
    }
    let split = values.len() - CHECKSUM_LEN;
    let (first, second) =
        (checksum(hrp, &values[..split], BECH32), checksum(hrp, &values[..split], BECH32M));
    if values[split..] != first && values[split..] != second {
        let (first, second) = (charset_text(&first), charset_text(&second));
        // The library builds the second text behind the first one.
        return Err(TextError(format!(
            "invalid checksum (expected (bech32={first}, bech32m={first}{second}), got {})",
            &data[split..]
        )));
    }
    Ok((hrp.to_owned(), regroup(&values[..split], 5, 8)))
}

fn charset_text(values: &[u8]) -> String {
    values.iter().map(|value| char::from(CHARSET[usize::from(*value & 31)])).collect()
}

/// Regroups bits, padding the last group with zeros.
fn regroup(input: &[u8], from_bits: u32, to_bits: u32) -> Vec<u8> {
    let mut output = Vec::with_capacity(input.len() * from_bits as usize / to_bits as usize + 1);
    let (mut acc, mut bits) = (0u32, 0u32);
    let mask = (1u32 << to_bits) - 1;
    for value in input {
        acc = ((acc << from_bits) | u32::from(*value)) & 0xffff;
        bits += from_bits;
        while bits >= to_bits {
            bits -= to_bits;
            output.push(u8::try_from((acc >> bits) & mask).expect("masked to at most 8 bits"));
        }
    }
    if bits > 0 {
        let last = (acc << (to_bits - bits)) & mask;
        output.push(u8::try_from(last).expect("masked to at most 8 bits"));
    }
    output
}

fn checksum(hrp: &str, values: &[u8], constant: u32) -> [u8; CHECKSUM_LEN] {
    let mut polymod = 1u32;
    for byte in hrp.bytes() {
        polymod = step(polymod, byte >> 5);
    }
    polymod = step(polymod, 0);
    for byte in hrp.bytes() {
        polymod = step(polymod, byte & 31);
    }
    for value in values {
        polymod = step(polymod, *value);
    }
    for _ in 0..CHECKSUM_LEN {
        polymod = step(polymod, 0);
    }
    polymod ^= constant;
    let mut out = [0; CHECKSUM_LEN];
    for (index, slot) in (0u32..).zip(out.iter_mut()) {
        *slot = u8::try_from((polymod >> (5 * (5 - index))) & 31).expect("masked to 5 bits");
    }
    out
}

fn step(polymod: u32, value: u8) -> u32 {
    const GENERATOR: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    let top = polymod >> 25;
    let mut next = ((polymod & 0x01ff_ffff) << 5) ^ u32::from(value);
    for (bit, generator) in GENERATOR.iter().enumerate() {
        if (top >> bit) & 1 == 1 {
            next ^= generator;
        }
    }
    next
}

/// Reads hex of exactly `out.len()` bytes; the caller has checked the length.
pub(super) fn decode_hex(text: &str, out: &mut [u8]) -> Result<(), TextError> {
    hex::decode_to_slice(text, out).map_err(|_| bad_hex(text).unwrap_or_else(odd_hex))
}

/// Go's complaint about the first byte that is no hex digit, if there is one.
pub(crate) fn bad_hex(text: &str) -> Option<TextError> {
    let byte = text.bytes().find(|byte| !byte.is_ascii_hexdigit())?;
    // Go takes the byte for a rune, and shows it beside its number if it can be seen.
    let rune = char::from(byte);
    let seen = match rune.is_control() || matches!(byte, 0xa0 | 0xad) {
        true => String::new(),
        false => format!(" '{rune}'"),
    };
    Some(TextError(format!("encoding/hex: invalid byte: U+{byte:04X}{seen}")))
}

/// Go's complaint about a digit that has no pair.
pub(crate) fn odd_hex() -> TextError {
    TextError("encoding/hex: odd length hex string".to_owned())
}

#[cfg(test)]
mod tests {
    use super::{BECH32M, CHECKSUM_LEN, charset_text, checksum, decode, encode};

    #[test]
    fn both_checksums_are_read() {
        let payload = [7u8; 10];
        let text = encode("zts", &payload).to_string();
        let values: Vec<u8> = super::regroup(&payload, 8, 5);
        let stem = &text[..text.len() - CHECKSUM_LEN];
        let later = format!("{stem}{}", charset_text(&checksum("zts", &values, BECH32M)));
        assert_ne!(text, later);
        for text in [&text, &later, &text.to_uppercase()] {
            assert_eq!(decode(text.as_bytes()), Ok(("zts".to_owned(), payload.to_vec())));
        }
    }

    #[test]
    fn errors_have_the_librarys_texts() {
        let error = |text: &[u8]| decode(text).expect_err("is malformed").to_string();
        assert_eq!(error(b"zts1qq"), "invalid bech32 string length 6");
        assert_eq!(error(b"Zts1qqqqqqqq"), "string not all lowercase or all uppercase");
        assert_eq!(error(b"zts1qqqqqqq "), "invalid character in string: ' '");
        assert_eq!(error(b"zts1qqqqqqq\xe9"), "invalid character in string: '\u{e9}'");
        assert_eq!(error(b"ztsqqqqqqqqq"), "invalid separator index -1");
        assert_eq!(error(b"ztsqqqqqq1qq"), "invalid separator index 9");
        assert_eq!(error(b"zts1bqqqqqqq"), "invalid character not part of charset: 98");
        assert_eq!(
            error(b"zts1znnxxxxxxxxxxxxx9z4ulq"),
            "invalid checksum (expected (bech32=9z4ulx, bech32m=9z4ulxs79s6y), got 9z4ulq)"
        );
    }
}
