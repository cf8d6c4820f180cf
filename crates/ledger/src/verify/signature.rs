//! Checks: signature.
