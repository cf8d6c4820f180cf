//! Why a genesis configuration is refused.

use crate::codec::json::{JsonError, Reason};
use crate::refusal::Fault;
use core::fmt;

/// What is wrong with a configuration, in the reference's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GenesisErrorKind {
    /// It is no JSON, or not of the right types.
    Malformed,
    /// The JSON ends too early.
    Incomplete,
    /// The parts do not fit together.
    Invalid,
}

impl GenesisErrorKind {
    /// The reference's text.
    pub fn text(self) -> &'static str {
        match self {
            GenesisErrorKind::Malformed => "malformed genesis json structure",
            GenesisErrorKind::Incomplete => "incomplete genesis json",
            GenesisErrorKind::Invalid => "invalid genesis config. Failed to pass tests",
        }
    }
}

/// A refused configuration: what is wrong, where, and what would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GenesisError {
    /// What is wrong in general.
    pub kind: GenesisErrorKind,
    /// Where, such as `GenesisBlocks.Blocks[3].Address`.
    pub field: String,
    /// What stands there.
    pub found: String,
    /// What may stand there.
    pub allowed: String,
}

impl GenesisError {
    pub(super) fn new(
        kind: GenesisErrorKind,
        field: impl Into<String>,
        found: impl fmt::Display,
        allowed: impl fmt::Display,
    ) -> GenesisError {
        GenesisError {
            kind,
            field: field.into(),
            found: found.to_string(),
            allowed: allowed.to_string(),
        }
    }

    pub(super) fn invalid(
        field: impl Into<String>,
        found: impl fmt::Display,
        allowed: impl fmt::Display,
    ) -> GenesisError {
        GenesisError::new(GenesisErrorKind::Invalid, field, found, allowed)
    }

    /// Building reads nothing but what it has written itself.
    pub(super) fn from_fault(fault: Fault) -> GenesisError {
        GenesisError::invalid("the whole", fault, "entries that can be stored")
    }

    pub(super) fn from_json(error: &JsonError) -> GenesisError {
        let field = match error.path() {
            "" => "the whole",
            path => path,
        };
        let (found, wanted) = match error.reason() {
            Reason::Mismatch { found, wanted, .. } => (found, wanted),
            Reason::Text { text, wanted } => (text, wanted),
        };
        GenesisError::new(GenesisErrorKind::Malformed, field, found, allowed(wanted))
    }
}

/// What a place of this Go type may hold.
fn allowed(wanted: &str) -> &str {
    match wanted {
        "uint8" => "a whole number from 0 to 255",
        "uint64" => "a whole number from 0 to 18446744073709551615",
        "int64" => "a whole number from -9223372036854775808 to 9223372036854775807",
        "*big.Int" => "a whole number from 0 to 2^256-1, not in quotes",
        "bool" => "true or false",
        "string" => "a text",
        "types.Hash" => "a hash of 64 hex digits",
        "types.Address" => "an address (z1…)",
        "types.ZenonTokenStandard" => "a token standard (zts1…)",
        list if list.starts_with("[]") => "a list",
        _ => "an object",
    }
}

impl fmt::Display for GenesisError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let GenesisError { kind, field, found, allowed } = self;
        write!(f, "{}: {field}: found {found}, allowed is {allowed}", kind.text())
    }
}

impl core::error::Error for GenesisError {}
