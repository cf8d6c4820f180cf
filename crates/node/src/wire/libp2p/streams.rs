//! One stream per peer, as a part of the swarm: opens it for a dial, takes it from a caller, refuses a
//! second one.
//!
//! When two nodes dial each other at the same time, the stream of the one with the larger peer id
//! stays: both sides see it the same way, so that never both streams are refused.
//!
//! A dial that reaches the peer only through a relay waits a little for the hole punch (DCUtR): a direct
//! connection costs the relay nothing.

use super::address::{self, Scope};
use super::frames::{self, Serving};
use crate::wire::{Budget, NodeId, Stream, WireError};
use libp2p::core::transport::PortUse;
use libp2p::core::upgrade::ReadyUpgrade;
use libp2p::core::{ConnectedPoint, Endpoint as Role};
use libp2p::swarm::behaviour::{ConnectionClosed, ConnectionEstablished, DialFailure};
use libp2p::swarm::dial_opts::{DialOpts, PeerCondition};
use libp2p::swarm::handler::{
    ConnectionEvent, ConnectionHandler, ConnectionHandlerEvent, FullyNegotiatedInbound,
    FullyNegotiatedOutbound, StreamUpgradeError, SubstreamProtocol,
};
use libp2p::swarm::{
    ConnectionDenied, ConnectionId, DialError, FromSwarm, NetworkBehaviour, NotifyHandler,
    THandler, THandlerInEvent, THandlerOutEvent, ToSwarm,
};
use libp2p::{Multiaddr, PeerId, StreamProtocol};
use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

/// The protocol that carries frames.
pub(super) const PROTOCOL: StreamProtocol = StreamProtocol::new("/znn/eth/1");
/// Time for a dial in all.
const DIAL_TIME: Duration = Duration::from_secs(20);
/// Time that a relayed dial waits for a direct connection.
const PUNCH_TIME: Duration = Duration::from_secs(5);
/// Streams of one connection that wait to be looked at.
const STREAMS_WAITING_MAX: usize = 4;

/// Who asked for a stream, and waits.
pub(super) type Answer = oneshot::Sender<Result<Stream, WireError>>;

/// The part of the swarm.
pub(super) struct Streams {
    me: PeerId,
    budget: Budget,
    inbound: mpsc::Sender<Stream>,
    adopted: HashMap<PeerId, Serving>,
    dials: HashMap<PeerId, Dial>,
    connections: HashMap<PeerId, Vec<Connection>>,
    events: VecDeque<ToSwarm<(), Open>>,
}

struct Connection {
    id: ConnectionId,
    address: Multiaddr,
}

struct Dial {
    answer: Answer,
    /// Gives up then.
    deadline: Instant,
    /// The attempt to connect, while there is no connection.
    attempt: Option<ConnectionId>,
    /// When to be content with a relay.
    relay_from: Option<Instant>,
    /// The connection on which the stream is being opened.
    opening: Option<ConnectionId>,
}

impl Streams {
    pub fn new(me: PeerId, budget: Budget, inbound: mpsc::Sender<Stream>) -> Streams {
        Streams {
            me,
            budget,
            inbound,
            adopted: HashMap::new(),
            dials: HashMap::new(),
            connections: HashMap::new(),
            events: VecDeque::new(),
        }
    }

    /// Opens a stream with a peer, over a connection that is there or a new one to `address`.
    pub fn dial(&mut self, peer: PeerId, address: Multiaddr, answer: Answer) {
        self.forget_ended();
        let refused = if peer == self.me {
            Some("that is this node itself")
        } else if self.adopted.contains_key(&peer) {
            Some("connected to that node already")
        } else if self.dials.contains_key(&peer) {
            Some("that node is being dialled already")
        } else {
            None
        };
        if let Some(reason) = refused {
            // Nobody may wait any more.
            let _ = answer.send(Err(WireError::Io(reason.into())));
            return;
        }
        let mut dial = Dial {
            answer,
            deadline: Instant::now() + DIAL_TIME,
            attempt: None,
            relay_from: None,
            opening: None,
        };
        if !self.connections.contains_key(&peer) {
            let opts = DialOpts::peer_id(peer)
                .addresses(vec![address])
                .extend_addresses_through_behaviour()
                .condition(PeerCondition::Always)
                .build();
            dial.attempt = Some(opts.connection_id());
            self.events.push_back(ToSwarm::Dial { opts });
        }
        self.dials.insert(peer, dial);
        self.advance(peer);
    }

    /// Whether frames flow with a peer.
    pub fn is_adopted(&self, peer: &PeerId) -> bool {
        self.adopted.get(peer).is_some_and(|serving| !serving.has_ended())
    }

    /// The address at the other end of a connection; of a relayed one, where it comes through.
    pub fn address_of(&self, peer: &PeerId, connection: ConnectionId) -> Option<&Multiaddr> {
        let all = self.connections.get(peer)?;
        all.iter().find(|one| one.id == connection).map(|one| &one.address)
    }

    /// Whether there are connections through relays.
    pub fn has_relayed(&self) -> bool {
        self.connections.values().flatten().any(|one| address::is_relayed(&one.address))
    }

    /// How far away our farthest peer is.
    pub fn widest(&self) -> Scope {
        let all = self.connections.values().flatten();
        all.filter_map(|one| address::scope(&one.address)).max().unwrap_or(Scope::Loopback)
    }

    /// To be called now and then: ends what took too long.
    pub fn tick(&mut self) {
        let now = Instant::now();
        self.forget_ended();
        let peers: Vec<PeerId> = self.dials.keys().copied().collect();
        for peer in peers {
            let dial = &self.dials[&peer];
            if dial.answer.is_closed() {
                self.dials.remove(&peer);
            } else if dial.deadline <= now {
                self.fail(peer, WireError::Timeout("a connection"));
            } else {
                self.advance(peer);
            }
        }
    }

    fn forget_ended(&mut self) {
        self.adopted.retain(|_, serving| !serving.has_ended());
    }

    /// Takes the next step of a dial, if one is possible.
    fn advance(&mut self, peer: PeerId) {
        let Some(connections) = self.connections.get(&peer) else { return };
        let Some(dial) = self.dials.get_mut(&peer) else { return };
        if dial.opening.is_some() {
            return;
        }
        let direct = connections.iter().find(|one| !address::is_relayed(&one.address));
        let chosen = match (direct, connections.first()) {
            (Some(direct), _) => direct.id,
            (None, Some(relayed)) => {
                let now = Instant::now();
                if now < *dial.relay_from.get_or_insert(now + PUNCH_TIME) {
                    return;
                }
                relayed.id
            }
            (None, None) => return,
        };
        dial.opening = Some(chosen);
        self.events.push_back(ToSwarm::NotifyHandler {
            peer_id: peer,
            handler: NotifyHandler::One(chosen),
            event: Open,
        });
    }

    fn fail(&mut self, peer: PeerId, error: WireError) {
        if let Some(dial) = self.dials.remove(&peer) {
            let _ = dial.answer.send(Err(error));
        }
    }

    /// A stream that we asked for.
    fn opened(&mut self, peer: PeerId, connection: ConnectionId, io: libp2p::Stream) {
        let Some(dial) = self.dials.remove(&peer) else { return };
        // While it was being opened, the peer's own may have come.
        if dial.answer.is_closed() || self.is_adopted(&peer) {
            return;
        }
        let stream = self.adopt(peer, connection, io, false);
        let _ = dial.answer.send(stream.ok_or(WireError::Closed));
    }

    /// A stream that the peer opened. Dropping it resets it.
    fn arrived(&mut self, peer: PeerId, connection: ConnectionId, io: libp2p::Stream) {
        let yields = peer > self.me;
        let keep = match self.adopted.get(&peer).filter(|serving| !serving.has_ended()) {
            // Ours was opened at the same time, and the peer has refused it or will.
            Some(ours) => yields && !ours.has_heard() && ours.is_outbound(),
            None => yields || !self.dials.contains_key(&peer),
        };
        if !keep {
            tracing::debug!(%peer, "a second stream is refused");
            return;
        }
        let Ok(place) = self.inbound.clone().try_reserve_owned() else {
            tracing::debug!(%peer, "too many streams wait; refused");
            return;
        };
        self.fail(peer, WireError::Io("the node called at the same time".into()));
        if let Some(stream) = self.adopt(peer, connection, io, true) {
            place.send(stream);
        }
    }

    fn adopt(
        &mut self,
        peer: PeerId,
        connection: ConnectionId,
        io: libp2p::Stream,
        inbound: bool,
    ) -> Option<Stream> {
        let remote = NodeId::of_peer_id(&peer).ok()?;
        let address = self.address_of(&peer, connection).map(address::display)?;
        let (stream, serving) =
            frames::serve(io, remote, address, inbound, self.budget.of(inbound));
        self.adopted.insert(peer, serving);
        Some(stream)
    }

    fn connected(&mut self, event: ConnectionEstablished<'_>) {
        let address = match event.endpoint {
            ConnectedPoint::Dialer { address, .. } => address.clone(),
            ConnectedPoint::Listener { local_addr, send_back_addr, .. } => {
                match address::is_relayed(local_addr) {
                    // The address of the caller is hidden; where it came through is what we know.
                    true => local_addr.clone(),
                    false => send_back_addr.clone(),
                }
            }
        };
        let connection = Connection { id: event.connection_id, address };
        self.connections.entry(event.peer_id).or_default().push(connection);
        self.advance(event.peer_id);
    }

    fn disconnected(&mut self, event: ConnectionClosed<'_>) {
        if let Entry::Occupied(mut all) = self.connections.entry(event.peer_id) {
            all.get_mut().retain(|one| one.id != event.connection_id);
            if all.get().is_empty() {
                all.remove();
            }
        }
        let Some(dial) = self.dials.get_mut(&event.peer_id) else { return };
        if dial.opening == Some(event.connection_id) {
            dial.opening = None;
        }
        if dial.opening.is_none() && !self.connections.contains_key(&event.peer_id) {
            self.fail(event.peer_id, WireError::Closed);
        } else {
            self.advance(event.peer_id);
        }
    }

    fn not_connected(&mut self, event: DialFailure<'_>) {
        let Some(peer) = event.peer_id else { return };
        let ours = self.dials.get(&peer).is_some_and(|dial| {
            dial.attempt == Some(event.connection_id) && dial.opening.is_none()
        });
        if !ours || self.connections.contains_key(&peer) {
            return;
        }
        self.fail(peer, dial_error(peer, event.error));
    }
}

/// What a failed dial means.
fn dial_error(peer: PeerId, error: &DialError) -> WireError {
    match error {
        DialError::WrongPeerId { obtained, .. } => {
            match (NodeId::of_peer_id(&peer), NodeId::of_peer_id(obtained)) {
                (Ok(expected), Ok(found)) => WireError::OtherNode { expected, found },
                _ => WireError::Protocol("its peer id holds no secp256k1 key".into()),
            }
        }
        DialError::NoAddresses => WireError::Unreachable(peer.to_string()),
        DialError::Transport(attempts) => {
            let all: Vec<String> = attempts
                .iter()
                .map(|(address, error)| format!("{}: {}", address::display(address), root(error)))
                .collect();
            WireError::Io(all.join("; "))
        }
        other => WireError::Io(other.to_string()),
    }
}

/// The innermost cause, which alone says something.
pub(super) fn root(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

impl NetworkBehaviour for Streams {
    type ConnectionHandler = Handler;
    type ToSwarm = ();

    fn handle_established_inbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        Ok(Handler::default())
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: Role,
        _: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        Ok(Handler::default())
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        match event {
            FromSwarm::ConnectionEstablished(event) => self.connected(event),
            FromSwarm::ConnectionClosed(event) => self.disconnected(event),
            FromSwarm::DialFailure(event) => self.not_connected(event),
            _ => {}
        }
    }

    fn on_connection_handler_event(
        &mut self,
        peer: PeerId,
        connection: ConnectionId,
        event: THandlerOutEvent<Self>,
    ) {
        match event {
            Happened::Arrived(io) => self.arrived(peer, connection, io),
            Happened::Opened(io) => self.opened(peer, connection, io),
            Happened::Refused(reason) => {
                if self.dials.get(&peer).is_some_and(|dial| dial.opening == Some(connection)) {
                    self.fail(peer, WireError::Protocol(reason));
                }
            }
        }
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<ToSwarm<(), THandlerInEvent<Self>>> {
        match self.events.pop_front() {
            Some(event) => Poll::Ready(event),
            None => Poll::Pending,
        }
    }
}

/// Asks a connection for a stream.
#[derive(Debug)]
pub(super) struct Open;

/// What happened on a connection.
#[derive(Debug)]
pub(super) enum Happened {
    /// The peer opened a stream.
    Arrived(libp2p::Stream),
    /// A stream that was asked for is open.
    Opened(libp2p::Stream),
    /// There will be none.
    Refused(String),
}

/// Streams of one connection.
#[derive(Default)]
pub(super) struct Handler {
    wanted: bool,
    happened: VecDeque<Happened>,
}

type Upgrade = ReadyUpgrade<StreamProtocol>;

impl ConnectionHandler for Handler {
    type FromBehaviour = Open;
    type ToBehaviour = Happened;
    type InboundProtocol = Upgrade;
    type OutboundProtocol = Upgrade;
    type InboundOpenInfo = ();
    type OutboundOpenInfo = ();

    fn listen_protocol(&self) -> SubstreamProtocol<Upgrade> {
        SubstreamProtocol::new(ReadyUpgrade::new(PROTOCOL), ())
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<ConnectionHandlerEvent<Upgrade, (), Happened>> {
        if let Some(happened) = self.happened.pop_front() {
            return Poll::Ready(ConnectionHandlerEvent::NotifyBehaviour(happened));
        }
        if std::mem::take(&mut self.wanted) {
            let protocol = SubstreamProtocol::new(ReadyUpgrade::new(PROTOCOL), ());
            return Poll::Ready(ConnectionHandlerEvent::OutboundSubstreamRequest { protocol });
        }
        Poll::Pending
    }

    fn on_behaviour_event(&mut self, _: Open) {
        self.wanted = true;
    }

    fn on_connection_event(&mut self, event: ConnectionEvent<'_, Upgrade, Upgrade>) {
        match event {
            // More than a few at a time are none of our kind: dropped, which resets them.
            ConnectionEvent::FullyNegotiatedInbound(FullyNegotiatedInbound {
                protocol: io,
                ..
            }) if self.happened.len() < STREAMS_WAITING_MAX => {
                self.happened.push_back(Happened::Arrived(io));
            }
            ConnectionEvent::FullyNegotiatedOutbound(FullyNegotiatedOutbound {
                protocol: io,
                ..
            }) => self.happened.push_back(Happened::Opened(io)),
            ConnectionEvent::DialUpgradeError(error) => {
                let reason = match error.error {
                    StreamUpgradeError::Timeout => "it does not answer".into(),
                    StreamUpgradeError::NegotiationFailed => {
                        format!("it does not speak {PROTOCOL}")
                    }
                    StreamUpgradeError::Apply(never) => match never {},
                    StreamUpgradeError::Io(error) => error.to_string(),
                };
                self.happened.push_back(Happened::Refused(reason));
            }
            _ => {}
        }
    }
}
