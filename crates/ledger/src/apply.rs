//! The only file that moves balances.
