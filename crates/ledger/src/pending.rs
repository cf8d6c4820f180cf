//! Blocks that are accepted and not yet confirmed.
