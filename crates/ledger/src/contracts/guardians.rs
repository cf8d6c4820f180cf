//! Parts that several contracts use: guardians.
