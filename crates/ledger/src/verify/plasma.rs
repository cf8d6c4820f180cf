//! Checks: plasma.
