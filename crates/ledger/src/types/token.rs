//! Token ids (ZTS, Zenon token standard): 10 bytes.
//!
//! Source: go-zenon `common/types/tokenstandard.go`.

use super::{Hash, Text, TextError, bech32};
use core::fmt;
use core::str::FromStr;

const PREFIX: &str = "zts";

/// The id of a token.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenStandard(pub [u8; 10]);

impl TokenStandard {
    /// Length in bytes.
    pub const LEN: usize = 10;
    /// The all-zero id: "no token".
    pub const ZERO: TokenStandard = TokenStandard([0; 10]);
    /// `zts1znnxxxxxxxxxxxxx9z4ulx`
    pub const ZNN: TokenStandard =
        TokenStandard([0x14, 0xe6, 0x63, 0x18, 0xc6, 0x31, 0x8c, 0x63, 0x18, 0xc6]);
    /// `zts1qsrxxxxxxxxxxxxxmrhjll`
    pub const QSR: TokenStandard =
        TokenStandard([0x04, 0x06, 0x63, 0x18, 0xc6, 0x31, 0x8c, 0x63, 0x18, 0xc6]);

    /// The id of the token that the send block `issue` creates.
    pub fn of_issue(issue: &Hash) -> TokenStandard {
        let digest = Hash::of(issue.as_bytes());
        let mut bytes = [0; 10];
        bytes.copy_from_slice(&digest.0[..10]);
        TokenStandard(bytes)
    }

    /// Whether this is the all-zero id.
    pub fn is_zero(&self) -> bool {
        *self == TokenStandard::ZERO
    }

    /// The bech32 form.
    pub fn to_text(&self) -> Text {
        bech32::encode(PREFIX, &self.0)
    }

    /// The raw bytes.
    pub fn as_bytes(&self) -> &[u8; 10] {
        &self.0
    }

    /// Reads the text form out of a call, where nobody asks for UTF-8.
    pub fn from_text(text: &[u8]) -> Result<TokenStandard, TextError> {
        let (prefix, bytes) = bech32::decode(text)?;
        if prefix != PREFIX {
            return Err(TextError::new(format!("invalid ZTS String prefix {prefix}")));
        }
        TokenStandard::from_slice(&bytes)
            .ok_or_else(|| TextError::new(format!("invalid ZTS size error {}", bytes.len())))
    }

    /// Reads exactly 10 bytes.
    pub fn from_slice(bytes: &[u8]) -> Option<TokenStandard> {
        bytes.try_into().ok().map(TokenStandard)
    }
}

impl fmt::Display for TokenStandard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.to_text())
    }
}

impl fmt::Debug for TokenStandard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for TokenStandard {
    type Err = TextError;

    fn from_str(text: &str) -> Result<TokenStandard, TextError> {
        TokenStandard::from_text(text.as_bytes())
    }
}
