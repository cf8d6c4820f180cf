//! Genesis from its JSON configuration.
