//! Parts that several contracts use: votes.
