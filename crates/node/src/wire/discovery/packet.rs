//! The four packets of discovery.
//!
//! ```text
//! 32  Keccak-256 of all that follows
//! 65  signature over the Keccak-256 of all that follows it; it names the sender
//!  1  type
//!  n  RLP
//! ```
//!
//! | type | packet | RLP |
//! |---|---|---|
//! | 1 | ping | version 4, from `[ip, udp, tcp]`, to `[ip, udp, tcp]`, expiration |
//! | 2 | pong | to `[ip, udp, tcp]`, hash of the ping, expiration |
//! | 3 | find node | target (64 bytes), expiration |
//! | 4 | neighbours | `[[ip, udp, tcp, id]…]`, expiration |
//!
//! Decoding is as strict as the reference's: no field may be missing, and none may be added. Source:
//! go-zenon `p2p/discover/udp.go`.

use crate::wire::NodeId;
use alloy_rlp::{Decodable, Encodable, Error, Header};
use k256::ecdsa::SigningKey;
use ledger::types::keccak256;
use ledger::verify::secp256k1::recover;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Most bytes of a packet; of longer ones the rest is cut off, so that their hash does not match.
pub const PACKET_BYTES_MAX: usize = 1280;
/// Version of the protocol.
pub const VERSION: u64 = 4;
/// Most nodes in one packet, so that the longest still fit.
pub const NEIGHBOURS_MAX: usize = 12;
const HASH_BYTES: usize = 32;
const SIGNATURE_BYTES: usize = 65;
const HEAD_BYTES: usize = HASH_BYTES + SIGNATURE_BYTES;
const NODE_BYTES_MAX: usize = 2 + 17 + 3 + 3 + 66;
const _: () = assert!(HEAD_BYTES + 1 + 6 + NEIGHBOURS_MAX * NODE_BYTES_MAX + 9 < PACKET_BYTES_MAX);

const PING: u8 = 1;
const PONG: u8 = 2;
const FIND_NODE: u8 = 3;
const NEIGHBOURS: u8 = 4;

/// Where a node says it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its address; `None` if it gives none that is 4 or 16 bytes long.
    pub ip: Option<IpAddr>,
    /// Port of discovery.
    pub udp: u16,
    /// Port of connections.
    pub tcp: u16,
}

/// A node as neighbours tell of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// Where.
    pub place: Place,
    /// Who.
    pub id: NodeId,
}

/// What nodes say. The expiration is in unix seconds, after which nobody should care.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Packet {
    /// Are you there?
    Ping {
        /// Version of the protocol.
        version: u64,
        /// Where the sender believes to be; only its port of connections is used.
        from: Place,
        /// Where it believes us to be.
        to: Place,
        /// Until when.
        expiration: u64,
    },
    /// I am.
    Pong {
        /// Where the ping came from.
        to: Place,
        /// Hash of the ping.
        token: Vec<u8>,
        /// Until when.
        expiration: u64,
    },
    /// Whom do you know near this id?
    FindNode {
        /// Need not be a key.
        target: NodeId,
        /// Until when.
        expiration: u64,
    },
    /// These.
    Neighbours {
        /// The nodes.
        nodes: Vec<Told>,
        /// Until when.
        expiration: u64,
    },
}

/// A packet that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// What it says.
    pub packet: Packet,
    /// Who signed it.
    pub from: NodeId,
    /// Its hash.
    pub hash: [u8; 32],
}

/// Why bytes are no packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PacketError {
    /// More or fewer bytes than any packet has.
    #[error("a packet has {HEAD_BYTES} to {PACKET_BYTES_MAX} bytes, this has {0}")]
    Size(usize),
    /// It was damaged or cut.
    #[error("the hash does not match")]
    Hash,
    /// The signature names no key.
    #[error("the signature names no key")]
    Signature,
    /// No packet has this type.
    #[error("there is no packet of type {0}")]
    Type(u8),
    /// It is not the RLP that the packet has.
    #[error("{0}")]
    Rlp(Error),
}

impl Packet {
    /// When it stops to matter.
    pub fn expiration(&self) -> u64 {
        match self {
            Packet::Ping { expiration, .. }
            | Packet::Pong { expiration, .. }
            | Packet::FindNode { expiration, .. }
            | Packet::Neighbours { expiration, .. } => *expiration,
        }
    }

    /// The bytes to send, and their hash.
    pub fn seal(&self, key: &SigningKey) -> (Vec<u8>, [u8; 32]) {
        let mut out = vec![0; HEAD_BYTES];
        self.encode(&mut out);
        let digest = keccak256(&out[HEAD_BYTES..]);
        let (signature, recovery) = key.sign_prehash_recoverable(&digest);
        out[HASH_BYTES..HEAD_BYTES - 1].copy_from_slice(&signature.to_bytes());
        out[HEAD_BYTES - 1] = recovery.to_byte();
        let hash = keccak256(&out[HASH_BYTES..]);
        out[..HASH_BYTES].copy_from_slice(&hash);
        (out, hash)
    }

    /// Reads what came.
    pub fn open(bytes: &[u8]) -> Result<Received, PacketError> {
        if bytes.len() <= HEAD_BYTES || bytes.len() > PACKET_BYTES_MAX {
            return Err(PacketError::Size(bytes.len()));
        }
        let hash = keccak256(&bytes[HASH_BYTES..]);
        if hash != bytes[..HASH_BYTES] {
            return Err(PacketError::Hash);
        }
        let signature = bytes[HASH_BYTES..HEAD_BYTES].try_into().expect("cut to its length");
        let key = recover(&keccak256(&bytes[HEAD_BYTES..]), signature);
        let key = key.ok_or(PacketError::Signature)?;
        let from = NodeId(key[1..].try_into().expect("64 of 65 bytes"));
        let packet = Packet::decode(bytes[HEAD_BYTES], &bytes[HEAD_BYTES + 1..])?;
        Ok(Received { packet, from, hash })
    }

    /// Reads the RLP of a packet of this type.
    pub fn decode(kind: u8, rlp: &[u8]) -> Result<Packet, PacketError> {
        let mut rest = rlp;
        let packet = match kind {
            PING => list(&mut rest, |fields| {
                Ok(Packet::Ping {
                    version: u64::decode(fields)?,
                    from: list(fields, Place::fields)?,
                    to: list(fields, Place::fields)?,
                    expiration: u64::decode(fields)?,
                })
            }),
            PONG => list(&mut rest, |fields| {
                Ok(Packet::Pong {
                    to: list(fields, Place::fields)?,
                    token: Header::decode_bytes(fields, false)?.to_vec(),
                    expiration: u64::decode(fields)?,
                })
            }),
            FIND_NODE => list(&mut rest, |fields| {
                let target = NodeId(<[u8; 64]>::decode(fields)?);
                Ok(Packet::FindNode { target, expiration: u64::decode(fields)? })
            }),
            NEIGHBOURS => list(&mut rest, |fields| {
                let nodes = list(fields, |fields| {
                    let mut nodes = Vec::new();
                    while !fields.is_empty() {
                        nodes.push(list(fields, |fields| {
                            let place = Place::fields(fields)?;
                            Ok(Told { place, id: NodeId(<[u8; 64]>::decode(fields)?) })
                        })?);
                    }
                    Ok(nodes)
                })?;
                Ok(Packet::Neighbours { nodes, expiration: u64::decode(fields)? })
            }),
            _ => return Err(PacketError::Type(kind)),
        };
        match (packet, rest.is_empty()) {
            (Ok(packet), true) => Ok(packet),
            (Ok(_), false) => Err(PacketError::Rlp(Error::UnexpectedLength)),
            (Err(error), _) => Err(PacketError::Rlp(error)),
        }
    }

    /// Appends type and RLP.
    fn encode(&self, out: &mut Vec<u8>) {
        let mut body = Vec::new();
        let kind = match self {
            Packet::Ping { version, from, to, .. } => {
                version.encode(&mut body);
                from.encode(None, &mut body);
                to.encode(None, &mut body);
                PING
            }
            Packet::Pong { to, token, .. } => {
                to.encode(None, &mut body);
                token[..].encode(&mut body);
                PONG
            }
            Packet::FindNode { target, .. } => {
                target.0.encode(&mut body);
                FIND_NODE
            }
            Packet::Neighbours { nodes, .. } => {
                let mut told = Vec::new();
                for node in nodes {
                    node.place.encode(Some(&node.id), &mut told);
                }
                wrap(&told, &mut body);
                NEIGHBOURS
            }
        };
        self.expiration().encode(&mut body);
        out.push(kind);
        wrap(&body, out);
    }
}

impl Place {
    /// Writes the list that a place is, with an id at its end if it is a neighbour's.
    fn encode(&self, id: Option<&NodeId>, out: &mut Vec<u8>) {
        let mut body = Vec::new();
        match self.ip {
            Some(IpAddr::V4(ip)) => ip.octets().encode(&mut body),
            Some(IpAddr::V6(ip)) => ip.octets().encode(&mut body),
            None => [0u8; 0][..].encode(&mut body),
        }
        self.udp.encode(&mut body);
        self.tcp.encode(&mut body);
        if let Some(id) = id {
            id.0.encode(&mut body);
        }
        wrap(&body, out);
    }

    fn fields(fields: &mut &[u8]) -> Result<Place, Error> {
        let ip = Header::decode_bytes(fields, false)?;
        let four = <[u8; 4]>::try_from(ip).map(|ip| IpAddr::V4(Ipv4Addr::from(ip)));
        let sixteen = || <[u8; 16]>::try_from(ip).map(|ip| IpAddr::V6(Ipv6Addr::from(ip)));
        let ip = four.or_else(|_| sixteen()).ok().map(|ip| ip.to_canonical());
        Ok(Place { ip, udp: u16::decode(fields)?, tcp: u16::decode(fields)? })
    }
}

/// Reads a list of exactly what `read` takes.
fn list<T>(
    rest: &mut &[u8],
    read: impl FnOnce(&mut &[u8]) -> Result<T, Error>,
) -> Result<T, Error> {
    let mut fields = Header::decode_bytes(rest, true)?;
    let value = read(&mut fields)?;
    match fields.is_empty() {
        true => Ok(value),
        false => Err(Error::UnexpectedLength),
    }
}

fn wrap(body: &[u8], out: &mut Vec<u8>) {
    Header { list: true, payload_length: body.len() }.encode(out);
    out.extend_from_slice(body);
}
