//! RLPx as devp2p had it in 2015, before EIP-8: the transport that the reference runs.
//!
//! 1. [`ecies`]: bytes that only one key can read;
//! 2. [`handshake`]: two packets by which both sides prove their keys and agree on secrets;
//! 3. [`frame`]: messages under those secrets;
//! 4. [`transport`]: the sockets, with deadlines, and that of discovery.
//!
//! The first three take bytes and give bytes, and know no socket, clock or source of chance. What differs
//! from RLPx elsewhere: the running hashes that authenticate frames are FIPS SHA3-256, where other
//! networks have Keccak-256; packets have one fixed size each; frames are not compressed. Sources:
//! go-zenon `p2p/rlpx.go`, `p2p/server.go`.

pub mod ecies;
pub mod frame;
pub mod handshake;
pub mod transport;
mod udp;
