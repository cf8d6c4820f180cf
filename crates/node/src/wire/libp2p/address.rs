//! Where: multiaddrs, and how far away an address is.

use crate::wire::{Endpoint, NodeId};
use libp2p::PeerId;
use libp2p::multiaddr::{Multiaddr, Protocol};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// How far an address reaches. An address that is told over a connection is believed if it reaches at
/// least as far: what somebody on the internet says about our own network is of no use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scope {
    /// This machine.
    Loopback,
    /// This network.
    Private,
    /// The internet; also all names.
    Public,
}

/// Writes the address of a peer, with its id at the end.
pub(super) fn endpoint(peer: PeerId, address: Multiaddr) -> Option<Endpoint> {
    let id = NodeId::of_peer_id(&peer).ok()?;
    let address = address.with_p2p(peer).ok()?;
    Some(Endpoint::Multiaddr { id, address: address.to_string() })
}

/// The peer whom an address leads to.
pub(super) fn peer_of(address: &Multiaddr) -> Option<PeerId> {
    match address.iter().last() {
        Some(Protocol::P2p(peer)) => Some(peer),
        _ => None,
    }
}

/// Whether an address is a host and a TCP port, with at most one relay between; peer ids may follow.
pub(super) fn is_dialable(address: &Multiaddr) -> bool {
    let mut parts = address.iter();
    let host = matches!(
        parts.next(),
        Some(
            Protocol::Ip4(_)
                | Protocol::Ip6(_)
                | Protocol::Dns(_)
                | Protocol::Dns4(_)
                | Protocol::Dns6(_)
        )
    );
    if !host || !matches!(parts.next(), Some(Protocol::Tcp(port)) if port != 0) {
        return false;
    }
    let rest: Vec<Protocol<'_>> = parts.collect();
    matches!(
        rest.as_slice(),
        [] | [Protocol::P2p(_)]
            | [Protocol::P2p(_), Protocol::P2pCircuit]
            | [Protocol::P2p(_), Protocol::P2pCircuit, Protocol::P2p(_)]
    )
}

/// Whether an address leads through a relay.
pub(super) fn is_relayed(address: &Multiaddr) -> bool {
    address.iter().any(|part| part == Protocol::P2pCircuit)
}

/// The IP address in an address, if it has one.
pub(super) fn ip_of(address: &Multiaddr) -> Option<IpAddr> {
    match address.iter().next() {
        Some(Protocol::Ip4(ip)) => Some(IpAddr::V4(ip)),
        Some(Protocol::Ip6(ip)) => Some(IpAddr::V6(ip)),
        _ => None,
    }
}

/// How far an address reaches; `None` if it says nothing of the kind.
pub(super) fn scope(address: &Multiaddr) -> Option<Scope> {
    match address.iter().next()? {
        Protocol::Ip4(ip) => scope_of_v4(ip),
        Protocol::Ip6(ip) => scope_of_v6(ip),
        Protocol::Dns(_) | Protocol::Dns4(_) | Protocol::Dns6(_) => Some(Scope::Public),
        _ => None,
    }
}

/// An address of libp2p for a socket.
pub(super) fn of_socket(socket: SocketAddr) -> Multiaddr {
    Multiaddr::from(socket.ip()).with(Protocol::Tcp(socket.port()))
}

/// An address as a person would write it: `IP:PORT` if it is no more than that.
pub(super) fn display(address: &Multiaddr) -> String {
    let mut parts = address.iter();
    match (ip_of(address), parts.nth(1), is_relayed(address)) {
        (Some(ip), Some(Protocol::Tcp(port)), false) => SocketAddr::new(ip, port).to_string(),
        _ => address.to_string(),
    }
}

fn scope_of_v4(ip: Ipv4Addr) -> Option<Scope> {
    /// Addresses that providers share out behind their own translation (RFC 6598).
    const SHARED: (u8, u8) = (100, 64);
    let [a, b, ..] = ip.octets();
    if ip.is_loopback() {
        Some(Scope::Loopback)
    } else if ip.is_unspecified() || ip.is_multicast() || ip.is_broadcast() {
        None
    } else if ip.is_private() || ip.is_link_local() || (a, b & 0xc0) == SHARED {
        Some(Scope::Private)
    } else {
        Some(Scope::Public)
    }
}

fn scope_of_v6(ip: Ipv6Addr) -> Option<Scope> {
    if let Some(ip) = ip.to_ipv4_mapped() {
        return scope_of_v4(ip);
    }
    if ip.is_loopback() {
        Some(Scope::Loopback)
    } else if ip.is_unspecified() || ip.is_multicast() {
        None
    } else if ip.is_unique_local() || ip.is_unicast_link_local() {
        Some(Scope::Private)
    } else {
        Some(Scope::Public)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_tcp_port_with_at_most_one_relay() {
        const PEER: &str = "16Uiu2HAmRe2RazMPxYEV1A8Vs7LbVfNVMqBdiw7zgSkBLB3E2vQv";
        let cases = [
            ("/ip4/127.0.0.1/tcp/35995", true),
            ("/ip6/::1/tcp/35995/p2p/PEER", true),
            ("/dns/node.example/tcp/35995/p2p/PEER", true),
            ("/ip4/1.2.3.4/tcp/1/p2p/PEER/p2p-circuit", true),
            ("/ip4/1.2.3.4/tcp/1/p2p/PEER/p2p-circuit/p2p/PEER", true),
            ("/ip4/1.2.3.4", false),
            ("/ip4/1.2.3.4/tcp/0/p2p/PEER", false),
            ("/ip4/1.2.3.4/udp/5/p2p/PEER", false),
            ("/ip4/1.2.3.4/tcp/5/ws/p2p/PEER", false),
            ("/ip4/1.2.3.4/tcp/5/p2p/PEER/p2p-circuit/p2p/PEER/p2p-circuit/p2p/PEER", false),
            ("/p2p/PEER", false),
        ];
        for (text, expected) in cases {
            let address = text.replace("PEER", PEER).parse().unwrap();
            assert_eq!(is_dialable(&address), expected, "{text}");
        }
        assert!(!is_dialable(&Multiaddr::empty()));
    }

    #[test]
    fn tells_how_far_addresses_reach() {
        let cases = [
            ("/ip4/127.3.2.1/tcp/1", Some(Scope::Loopback)),
            ("/ip6/::1/tcp/1", Some(Scope::Loopback)),
            ("/ip4/10.1.2.3/tcp/1", Some(Scope::Private)),
            ("/ip4/100.127.2.3/tcp/1", Some(Scope::Private)),
            ("/ip6/fd00::1/tcp/1", Some(Scope::Private)),
            ("/ip6/fe80::1/tcp/1", Some(Scope::Private)),
            ("/ip4/203.0.113.1/tcp/1", Some(Scope::Public)),
            ("/ip6/::ffff:10.0.0.1/tcp/1", Some(Scope::Private)),
            ("/dns4/node.example/tcp/1", Some(Scope::Public)),
            ("/ip4/0.0.0.0/tcp/1", None),
            ("/ip4/224.0.0.1/tcp/1", None),
            ("/memory/1", None),
        ];
        for (text, expected) in cases {
            assert_eq!(scope(&text.parse().unwrap()), expected, "{text}");
        }
    }
}
