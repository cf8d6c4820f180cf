//! Parts that several contracts use: rewards.
