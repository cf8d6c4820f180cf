//! Parts that several contracts use: deposit.
