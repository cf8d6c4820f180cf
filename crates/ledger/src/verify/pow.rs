//! Checks: pow.
