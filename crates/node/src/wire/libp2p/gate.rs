//! Who may connect at all: peers with a secp256k1 key, and not too many from one network.

use super::address::{self, Scope};
use crate::wire::{Circle, NodeId};
use libp2p::core::Endpoint as Role;
use libp2p::core::transport::PortUse;
use libp2p::swarm::behaviour::{ConnectionClosed, ListenFailure};
use libp2p::swarm::{
    ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, THandler, THandlerInEvent,
    THandlerOutEvent, ToSwarm, dummy,
};
use libp2p::{Multiaddr, PeerId};
use std::collections::HashMap;
use std::convert::Infallible;
use std::net::IpAddr;
use std::task::{Context, Poll};

/// Most connections that one network (an IPv4 address, a /64 of IPv6) may have with us.
const CONNECTIONS_PER_NETWORK_MAX: usize = 16;

/// Why a connection is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    /// Its peer id is of another kind.
    #[error("the peer id holds no secp256k1 key")]
    OtherKey,
    /// The operator wants none with it.
    #[error("this node talks to its trusted nodes alone")]
    Outsider,
    /// Its network has enough.
    #[error("{CONNECTIONS_PER_NETWORK_MAX} connections from one network are enough")]
    Crowded,
}

/// The part of the swarm. It comes before all others, whose books would otherwise hold connections that
/// it refuses.
#[derive(Default)]
pub(super) struct Gate {
    circle: Circle,
    /// Inbound connections, made or being made.
    networks: HashMap<ConnectionId, IpAddr>,
}

impl Gate {
    /// A gate that lets this circle in.
    pub fn new(circle: Circle) -> Gate {
        Gate { circle, networks: HashMap::new() }
    }

    /// Whether there may be a connection with a peer.
    fn check(&self, peer: &PeerId) -> Result<dummy::ConnectionHandler, ConnectionDenied> {
        match NodeId::of_peer_id(peer) {
            Ok(id) if self.circle.admits(&id) => Ok(dummy::ConnectionHandler),
            Ok(_) => Err(ConnectionDenied::new(Refusal::Outsider)),
            Err(_) => Err(ConnectionDenied::new(Refusal::OtherKey)),
        }
    }

    fn admit(&mut self, id: ConnectionId, from: &Multiaddr) -> Result<(), Refusal> {
        // Many nodes on one machine are a test; through a relay, its limits hold.
        let Some(ip) =
            address::ip_of(from).filter(|_| address::scope(from) > Some(Scope::Loopback))
        else {
            return Ok(());
        };
        let network = network(ip);
        let held = self.networks.values().filter(|other| **other == network).count();
        if held >= CONNECTIONS_PER_NETWORK_MAX {
            return Err(Refusal::Crowded);
        }
        self.networks.insert(id, network);
        Ok(())
    }
}

/// The part of an address that one subscriber has.
fn network(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V4(ip) => IpAddr::V4(ip),
        IpAddr::V6(ip) => IpAddr::V6((u128::from(ip) >> 64 << 64).into()),
    }
}

impl NetworkBehaviour for Gate {
    type ConnectionHandler = dummy::ConnectionHandler;
    type ToSwarm = Infallible;

    fn handle_pending_inbound_connection(
        &mut self,
        id: ConnectionId,
        _: &Multiaddr,
        from: &Multiaddr,
    ) -> Result<(), ConnectionDenied> {
        self.admit(id, from).map_err(ConnectionDenied::new)
    }

    fn handle_pending_outbound_connection(
        &mut self,
        _: ConnectionId,
        peer: Option<PeerId>,
        _: &[Multiaddr],
        _: Role,
    ) -> Result<Vec<Multiaddr>, ConnectionDenied> {
        // Whoever is not named is named by the handshake.
        peer.map_or(Ok(()), |peer| self.check(&peer).map(|_| ()))?;
        Ok(Vec::new())
    }

    fn handle_established_inbound_connection(
        &mut self,
        _: ConnectionId,
        peer: PeerId,
        _: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.check(&peer)
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: ConnectionId,
        peer: PeerId,
        _: &Multiaddr,
        _: Role,
        _: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.check(&peer)
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        match event {
            FromSwarm::ConnectionClosed(ConnectionClosed { connection_id, .. })
            | FromSwarm::ListenFailure(ListenFailure { connection_id, .. }) => {
                self.networks.remove(&connection_id);
            }
            _ => {}
        }
    }

    fn on_connection_handler_event(
        &mut self,
        _: PeerId,
        _: ConnectionId,
        event: THandlerOutEvent<Self>,
    ) {
        match event {}
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<ToSwarm<Infallible, THandlerInEvent<Self>>> {
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::identity::Identity;

    fn call(gate: &mut Gate, n: usize, from: &str) -> Result<(), Refusal> {
        gate.admit(ConnectionId::new_unchecked(n), &from.parse().unwrap())
    }

    #[test]
    fn one_network_gets_so_many_connections_and_another_still_gets_in() {
        let mut gate = Gate::default();
        for n in 0..CONNECTIONS_PER_NETWORK_MAX {
            call(&mut gate, n, &format!("/ip6/2001:db8::{n:x}/tcp/1")).unwrap();
        }
        assert_eq!(call(&mut gate, 90, "/ip6/2001:db8::ffff/tcp/1"), Err(Refusal::Crowded));
        assert_eq!(call(&mut gate, 91, "/ip6/2001:db8:0:1::1/tcp/1"), Ok(()));
        assert_eq!(call(&mut gate, 92, "/ip4/203.0.113.1/tcp/1"), Ok(()));
        gate.networks.remove(&ConnectionId::new_unchecked(3));
        assert_eq!(call(&mut gate, 93, "/ip6/2001:db8::ffff/tcp/1"), Ok(()));
    }

    #[test]
    fn loopback_is_not_counted() {
        let mut gate = Gate::default();
        for n in 0..CONNECTIONS_PER_NETWORK_MAX * 2 {
            call(&mut gate, n, "/ip4/127.0.0.1/tcp/1").unwrap();
        }
        assert!(gate.networks.is_empty());
    }

    #[test]
    fn a_closed_circle_keeps_outsiders_out() {
        let ids = [5u8, 6].map(|byte| Identity::from_bytes([byte; 32]).unwrap().id());
        let only = Some([ids[0]].into());
        let gate = Gate::new(Circle { only, private: Default::default() });
        assert!(gate.check(&ids[0].peer_id().unwrap()).is_ok());
        assert!(gate.check(&ids[1].peer_id().unwrap()).is_err());
        assert!(Gate::default().check(&ids[1].peer_id().unwrap()).is_ok());
    }
}
