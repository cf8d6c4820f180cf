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
