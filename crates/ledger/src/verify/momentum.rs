//! Checks: momentum.
