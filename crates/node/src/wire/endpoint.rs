//! Names of nodes as people write them: enodes of the older transport, multiaddrs and peer ids of
//! libp2p, bare ids.
//!
//! A peer id names the same secp256k1 key as a [`NodeId`]: it is the multihash `identity` of the key's
//! protobuf form. Sources: go-zenon `p2p/discover/node.go`; upstream's `p2p/libp2p/identity.go`.

use super::{Endpoint, NodeId};
use libp2p::identity::{PublicKey, secp256k1};
use libp2p::multiaddr::Protocol;
use libp2p::{Multiaddr, PeerId};
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

/// Longest text that names a node, in bytes.
pub const TEXT_BYTES_MAX: usize = 512;
/// Multihash code of `identity`, which holds the key itself.
const IDENTITY: u64 = 0;
/// What stands before X and Y in a key's uncompressed form.
const UNCOMPRESSED: u8 = 4;

/// Why a text names no node.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// More than any name has.
    #[error("a node's address has at most {TEXT_BYTES_MAX} bytes, this has {0}")]
    TooLong(usize),
    /// Neither an enode nor a multiaddr.
    #[error("it begins neither with enode:// nor with a slash")]
    Scheme,
    /// The part of an enode before the `@`.
    #[error("an enode's id has 128 hex digits and an @ after them")]
    Id,
    /// The part of an enode after the `@`.
    #[error("after the @ of an enode comes an IP address with a port, as 10.3.58.6:35995")]
    Address,
    /// What an enode says of discovery.
    #[error("discport of an enode is a port")]
    DiscoveryPort,
    /// A multiaddr that can't be read.
    #[error("the multiaddr can't be read: {0}")]
    Multiaddr(String),
    /// A multiaddr without its last part.
    #[error("the multiaddr does not end in /p2p/PEERID")]
    NoPeerId,
    /// A text that is neither sort of id.
    #[error("a node's id is 128 hex digits, or a peer id of a secp256k1 key (16Uiu2HA…)")]
    NoId,
    /// A peer id of another sort of key.
    #[error("the peer id is not one of a secp256k1 key (16Uiu2HA…)")]
    OtherKey,
}

impl NodeId {
    /// The id of a key.
    pub fn of_key(key: &secp256k1::PublicKey) -> NodeId {
        let whole = key.to_bytes_uncompressed();
        NodeId(whole[1..].try_into().expect("X and Y have 64 bytes"))
    }

    /// The id of the key that a peer id holds.
    pub fn of_peer_id(peer: &PeerId) -> Result<NodeId, EndpointError> {
        let hash = peer.as_ref();
        if hash.code() != IDENTITY {
            return Err(EndpointError::OtherKey);
        }
        PublicKey::try_decode_protobuf(hash.digest())
            .ok()
            .and_then(|key| key.try_into_secp256k1().ok())
            .map(|key| NodeId::of_key(&key))
            .ok_or(EndpointError::OtherKey)
    }

    /// The peer id of this key; `None` if it is no point of the curve.
    pub fn peer_id(&self) -> Option<PeerId> {
        let mut whole = [UNCOMPRESSED; 65];
        whole[1..].copy_from_slice(&self.0);
        let key = secp256k1::PublicKey::try_from_bytes(&whole).ok()?;
        Some(PeerId::from_public_key(&PublicKey::from(key)))
    }
}

impl FromStr for NodeId {
    type Err = EndpointError;

    /// Hex digits, as enodes have them (`0x` may stand before), or a peer id.
    fn from_str(text: &str) -> Result<NodeId, EndpointError> {
        if text.len() > TEXT_BYTES_MAX {
            return Err(EndpointError::TooLong(text.len()));
        }
        if let Some(id) = hex_id(text) {
            return Ok(id);
        }
        let peer = PeerId::from_str(text).map_err(|_| EndpointError::NoId)?;
        NodeId::of_peer_id(&peer)
    }
}

fn hex_id(text: &str) -> Option<NodeId> {
    let mut id = [0; 64];
    hex::decode_to_slice(text.strip_prefix("0x").unwrap_or(text), &mut id).ok()?;
    Some(NodeId(id))
}

impl FromStr for Endpoint {
    type Err = EndpointError;

    fn from_str(text: &str) -> Result<Endpoint, EndpointError> {
        let text = text.trim();
        if text.len() > TEXT_BYTES_MAX {
            return Err(EndpointError::TooLong(text.len()));
        }
        if let Some(rest) = text.strip_prefix("enode://") {
            return enode(rest);
        }
        if !text.starts_with('/') {
            return Err(EndpointError::Scheme);
        }
        let address: Multiaddr =
            text.parse().map_err(|error| EndpointError::Multiaddr(format!("{error}")))?;
        match address.iter().last() {
            Some(Protocol::P2p(peer)) => {
                let id = NodeId::of_peer_id(&peer)?;
                Ok(Endpoint::Multiaddr { id, address: address.to_string() })
            }
            _ => Err(EndpointError::NoPeerId),
        }
    }
}

/// What stands behind `enode://`.
fn enode(rest: &str) -> Result<Endpoint, EndpointError> {
    let (id, rest) = rest.split_once('@').ok_or(EndpointError::Id)?;
    let id = hex_id(id).ok_or(EndpointError::Id)?;
    let (address, query) = match rest.split_once('?') {
        Some((address, query)) => (address, Some(query)),
        None => (rest, None),
    };
    let address: SocketAddr =
        address.trim_end_matches('/').parse().map_err(|_| EndpointError::Address)?;
    let mut udp = address.port();
    for pair in query.into_iter().flat_map(|query| query.split('&')) {
        match pair.split_once('=') {
            Some(("discport", "")) => {}
            Some(("discport", port)) => {
                udp = port.parse().map_err(|_| EndpointError::DiscoveryPort)?;
            }
            _ => {}
        }
    }
    // An IPv4 address in its IPv6 form is the same address.
    Ok(Endpoint::Enode { id, ip: address.ip().to_canonical(), tcp: address.port(), udp })
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Endpoint::Enode { id, ip, tcp, udp } => {
                write!(f, "enode://{id}@{}", SocketAddr::new(*ip, *tcp))?;
                if udp == tcp { Ok(()) } else { write!(f, "?discport={udp}") }
            }
            Endpoint::Multiaddr { address, .. } => f.write_str(address),
        }
    }
}

impl Endpoint {
    /// The multiaddr of a node that listens with libp2p at a TCP address; `None` if the id is no point
    /// of the curve.
    pub fn of_libp2p(id: NodeId, address: SocketAddr) -> Option<Endpoint> {
        let peer = id.peer_id()?;
        let version = if address.is_ipv4() { "ip4" } else { "ip6" };
        let (ip, port) = (address.ip(), address.port());
        Some(Endpoint::Multiaddr { id, address: format!("/{version}/{ip}/tcp/{port}/p2p/{peer}") })
    }

    /// The enode of a node that listens with the older transport.
    pub fn of_legacy(id: NodeId, address: SocketAddr) -> Endpoint {
        let ip: IpAddr = address.ip().to_canonical();
        Endpoint::Enode { id, ip, tcp: address.port(), udp: address.port() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first pillar of upstream's development network, as its own tools print it.
    const ID: &str = "c0e8b1c4cffe16c4aa8d394655fd11a0548cab01281d2838c868cd3a12284717d1e66b410bde0d8aa76cb149fdb4dc252e932f4f92394d651e425628e8761971";
    const PEER_ID: &str = "16Uiu2HAmRe2RazMPxYEV1A8Vs7LbVfNVMqBdiw7zgSkBLB3E2vQv";

    fn refused(text: &str) -> EndpointError {
        text.parse::<Endpoint>().unwrap_err()
    }

    #[test]
    fn a_key_has_two_names() {
        let id: NodeId = ID.parse().unwrap();
        assert_eq!(id.peer_id().unwrap().to_string(), PEER_ID);
        assert_eq!(PEER_ID.parse::<NodeId>().unwrap(), id);
        assert_eq!(format!("0x{ID}").parse::<NodeId>().unwrap(), id);
        assert_eq!(NodeId([1; 64]).peer_id(), None);
        // The peer id of an ed25519 key.
        let other = "12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3pq".parse::<NodeId>();
        assert_eq!(other, Err(EndpointError::OtherKey));
        assert_eq!("abc".parse::<NodeId>(), Err(EndpointError::NoId));
    }

    #[test]
    fn enodes_are_read_and_written() {
        for text in [
            format!("enode://{ID}@10.3.58.6:30303"),
            format!("enode://{ID}@10.3.58.6:30303?discport=30301"),
            format!("enode://{ID}@[::1]:35995"),
        ] {
            assert_eq!(text.parse::<Endpoint>().unwrap().to_string(), text);
        }
        let Endpoint::Enode { udp, ip, .. } =
            format!("enode://{ID}@[::ffff:127.0.0.1]:7?discport=").parse().unwrap()
        else {
            panic!("an enode")
        };
        assert_eq!((udp, ip), (7, IpAddr::from([127, 0, 0, 1])));
        assert_eq!(refused("enode://12@10.3.58.6:30303"), EndpointError::Id);
        assert_eq!(refused(&format!("enode://{ID}")), EndpointError::Id);
        assert_eq!(refused(&format!("enode://{ID}@example.org:1")), EndpointError::Address);
        assert_eq!(refused(&format!("enode://{ID}@1.2.3.4")), EndpointError::Address);
        let port = format!("enode://{ID}@1.2.3.4:5?discport=99999");
        assert_eq!(refused(&port), EndpointError::DiscoveryPort);
    }

    #[test]
    fn multiaddrs_are_read_and_written() {
        let text = format!("/ip4/127.0.0.1/tcp/35995/p2p/{PEER_ID}");
        let endpoint: Endpoint = text.parse().unwrap();
        assert_eq!((endpoint.to_string(), endpoint.id()), (text, ID.parse().unwrap()));
        let made = Endpoint::of_libp2p(ID.parse().unwrap(), ([127, 0, 0, 1], 35995).into());
        assert_eq!(made, Some(endpoint));
        assert_eq!(refused("/ip4/127.0.0.1/tcp/35995"), EndpointError::NoPeerId);
        assert!(matches!(refused("/ip4/nowhere"), EndpointError::Multiaddr(_)));
        assert_eq!(refused("127.0.0.1:1"), EndpointError::Scheme);
        assert!(matches!(refused(&"/".repeat(1000)), EndpointError::TooLong(1000)));
    }
}
