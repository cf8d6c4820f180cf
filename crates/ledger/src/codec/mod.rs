//! Three faces of the same types: protobuf (storage and hashes), JSON (clients), RLP (peers).

pub mod json;
pub mod protobuf;
pub mod rlp;
