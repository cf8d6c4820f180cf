//! Text forms on the stack: what an answer with thousands of hashes and addresses is written from.

use core::fmt;
use core::ops::Deref;

/// Longest text form of a type: the 64 hex digits of a hash.
const TEXT_BYTES_MAX: usize = 64;

/// The text form of a hash, address or token id.
#[derive(Clone, Copy)]
pub struct Text {
    bytes: [u8; TEXT_BYTES_MAX],
    len: usize,
}

impl Text {
    pub(super) const EMPTY: Text = Text { bytes: [0; TEXT_BYTES_MAX], len: 0 };

    /// Adds one ASCII character; what does not fit any more is a mistake of ours.
    pub(super) fn push(&mut self, ascii: u8) {
        debug_assert!(ascii.is_ascii());
        self.bytes[self.len] = ascii;
        self.len += 1;
    }

    /// The lower-case hex digits of at most 32 bytes.
    pub(crate) fn of_hex(bytes: &[u8]) -> Text {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = Text::EMPTY;
        for byte in bytes {
            text.push(DIGITS[usize::from(byte >> 4)]);
            text.push(DIGITS[usize::from(byte & 15)]);
        }
        text
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        core::str::from_utf8(&self.bytes[..self.len]).expect("only ASCII was pushed")
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self)
    }
}
