//! Three faces of the same types: protobuf (storage and hashes), JSON (clients), RLP (peers).

pub mod base64;
pub mod json;
pub mod protobuf;
pub mod rlp;
