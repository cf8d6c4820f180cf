//! Keys of the Network of Momentum: words, derivation, key files, signatures, proof of work.
//!
//! From a secret to a block, in this order:
//!
//! 1. [`mnemonic`]: 12 to 24 words, the entropy that they spell, the seed that they give;
//! 2. [`mod@derive`]: from a seed along a path to the key of one address;
//! 3. [`keypair`]: a key with its address; it signs, and finishes blocks;
//! 4. [`keystore`]: all addresses of one mnemonic;
//! 5. [`keyfile`] and [`folder`]: a key store under a password, as one file, and the folder of such files;
//! 6. [`pow`]: nonces for accounts without fused plasma.
//!
//! Secrets live in [`secret::Secret`]: wiped when dropped, never shown by `{:?}`, left only by calls that
//! say so (`expose`, `phrase`, `private_key`). Files are interchangeable with those of znnd, Syrius and
//! `znn_cli`. Source: go-zenon `wallet/*.go`, `pow/pow.go`.

pub mod derive;
pub mod folder;
pub mod keyfile;
pub mod keypair;
pub mod keystore;
pub mod mnemonic;
pub mod pow;
pub mod secret;

pub use folder::KeyFolder;
pub use keyfile::{KeyFile, KeyFileOrigin};
pub use keypair::KeyPair;
pub use keystore::KeyStore;
pub use mnemonic::Mnemonic;
pub use secret::Secret;
