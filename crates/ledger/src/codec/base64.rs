//! Base64 as Go's `StdEncoding` reads and writes it.
//!
//! Line breaks anywhere are skipped, padding is asked for, and unused bits of the last character may be
//! set. Contracts decode text from outside with it, so it must take exactly what Go takes.

use base64::Engine;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};

const ENGINE: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

/// Reads base64; `None` if Go would refuse it.
pub fn decode(text: &[u8]) -> Option<Vec<u8>> {
    if text.iter().any(|byte| matches!(byte, b'\r' | b'\n')) {
        let joined: Vec<u8> =
            text.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
        return ENGINE.decode(joined).ok();
    }
    ENGINE.decode(text).ok()
}

/// Writes base64 with padding.
pub fn encode(bytes: &[u8]) -> String {
    ENGINE.encode(bytes)
}

/// Writes base64 into `out`; `None` if it does not fit.
pub fn encode_to_slice<'o>(bytes: &[u8], out: &'o mut [u8]) -> Option<&'o str> {
    let len = ENGINE.encode_slice(bytes, out).ok()?;
    Some(core::str::from_utf8(&out[..len]).expect("base64 is ASCII"))
}

/// Base64 of bytes of any length, without a buffer for all of it.
pub fn display(bytes: &[u8]) -> impl core::fmt::Display {
    base64::display::Base64Display::new(bytes, &ENGINE)
}

/// Reads base64, or says at which byte Go's error message sees the fault.
pub fn decode_or_offset(text: &[u8]) -> Result<Vec<u8>, usize> {
    decode(text).ok_or_else(|| offset_of_fault(text))
}

/// Walks over the text in groups of four as Go's decoder does.
fn offset_of_fault(text: &[u8]) -> usize {
    let is_break = |byte: &u8| matches!(byte, b'\r' | b'\n');
    let after_breaks =
        |from: usize| from + text[from..].iter().take_while(|byte| is_break(byte)).count();
    let mut at = 0;
    let mut in_group = 0;
    while let Some(byte) = text.get(at) {
        at += 1;
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' => in_group = (in_group + 1) % 4,
            b'\r' | b'\n' => {}
            b'=' if in_group >= 2 => {
                if in_group == 2 {
                    at = after_breaks(at);
                    match text.get(at) {
                        None => return text.len(),
                        Some(b'=') => at += 1,
                        Some(_) => return at - 1,
                    }
                }
                // Nothing may come after the padding.
                return after_breaks(at);
            }
            _ => return at - 1,
        }
    }
    // The text ends inside a group.
    at - in_group
}
