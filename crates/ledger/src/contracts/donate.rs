//! Parts that several contracts use: donate.
