//! Checks: block.
