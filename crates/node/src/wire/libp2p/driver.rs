//! The task that drives the swarm: does what the node asks, feeds discovery, keeps the node reachable.

use super::address::{self, Scope};
use super::behaviour::{Behaviour, BehaviourEvent, KAD};
use super::reach::{self, Reach};
use super::streams::Answer;
use crate::wire::{Circle, Endpoint, NodeId};
use libp2p::core::transport::ListenerId;
use libp2p::futures::StreamExt;
use libp2p::swarm::{ConnectionId, SwarmEvent};
use libp2p::{Multiaddr, PeerId, Swarm, identify, kad, ping, relay};
use std::collections::HashSet;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

/// Time between two looks at what is due.
const TICK: Duration = Duration::from_millis(250);
/// Time between two rounds of discovery while there are few connections.
const SEARCH: Duration = Duration::from_secs(15);
/// Connections that are not few.
const ENOUGH: usize = 8;
/// Addresses that are kept of a peer.
const ADDRESSES_PER_PEER_MAX: usize = 8;
/// Own addresses that are told.
const ENDPOINTS_MAX: usize = 8;
/// Found nodes that are told.
const DISCOVERED_MAX: usize = 1_024;
/// Time for a port to be open.
const LISTEN_TIME: Duration = Duration::from_secs(2);

/// What the node asks of the swarm.
pub(super) enum Command {
    /// A stream with a peer.
    Dial { peer: PeerId, address: Multiaddr, answer: Answer },
    /// The end.
    Close(oneshot::Sender<()>),
}

/// What the node can see of the swarm at any time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct View {
    /// Where we are reached, best first.
    pub endpoints: Vec<Endpoint>,
    /// Who was found.
    pub discovered: Vec<Endpoint>,
}

pub(super) struct Driver {
    swarm: Swarm<Behaviour>,
    bootnodes: Vec<(PeerId, Multiaddr)>,
    reach: Reach,
    /// Whom we may deal with, and of whom we tell nobody.
    circle: Circle,
    /// Whether listening addresses are ours to be told as reachable without a test.
    trust_listeners: bool,
    view: watch::Sender<View>,
    /// Whether the table of nodes has changed since the last look.
    found: bool,
    search_at: Instant,
}

impl Driver {
    pub fn new(
        mut swarm: Swarm<Behaviour>,
        bootnodes: Vec<(PeerId, Multiaddr)>,
        reach: Reach,
        circle: Circle,
        trust_listeners: bool,
    ) -> Driver {
        if circle.is_closed() {
            swarm.behaviour_mut().relay.set_status(Some(relay::Status::Disable));
        }
        Driver {
            swarm,
            bootnodes,
            reach,
            circle,
            trust_listeners,
            view: watch::Sender::new(View::default()),
            found: true,
            search_at: Instant::now(),
        }
    }

    /// Looks at what the swarm shows.
    pub fn view(&self) -> watch::Receiver<View> {
        self.view.subscribe()
    }

    /// Waits until the listeners have addresses.
    pub async fn listening(&mut self, mut waiting: HashSet<ListenerId>) {
        let all = async {
            while !waiting.is_empty() {
                let event = self.swarm.select_next_some().await;
                match &event {
                    SwarmEvent::NewListenAddr { listener_id, .. }
                    | SwarmEvent::ListenerClosed { listener_id, .. } => {
                        waiting.remove(listener_id);
                    }
                    _ => {}
                }
                self.on_event(event);
            }
        };
        // An interface may come up later.
        let _ = timeout(LISTEN_TIME, all).await;
        self.look();
    }

    /// Drives the swarm until it is to be closed.
    pub async fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let closed = loop {
            tokio::select! {
                event = self.swarm.select_next_some() => self.on_event(event),
                command = commands.recv() => match command {
                    Some(Command::Dial { peer, address, answer }) => {
                        self.swarm.behaviour_mut().streams.dial(peer, address, answer);
                    }
                    Some(Command::Close(closed)) => break Some(closed),
                    None => break None,
                },
                _ = ticks.tick() => self.on_tick(),
            }
        };
        // Listeners and connections go with the swarm.
        drop(self);
        if let Some(closed) = closed {
            let _ = closed.send(());
        }
    }

    fn on_tick(&mut self) {
        self.swarm.behaviour_mut().streams.tick();
        let closed = self.circle.is_closed();
        if !closed {
            self.reach.tick(&mut self.swarm);
        }
        let now = Instant::now();
        if self.search_at <= now && !closed {
            self.search_at = now + SEARCH;
            self.search();
        }
        self.look();
    }

    /// Looks for nodes, unless there are enough.
    fn search(&mut self) {
        if self.swarm.connected_peers().count() >= ENOUGH {
            return;
        }
        let kad = &mut self.swarm.behaviour_mut().kad;
        for (peer, address) in &self.bootnodes {
            kad.add_address(peer, address.clone());
        }
        // Without anybody to ask there is nothing to do.
        let _ = kad.bootstrap();
    }

    fn on_event(&mut self, event: SwarmEvent<BehaviourEvent>) {
        match event {
            SwarmEvent::Behaviour(event) => self.on_behaviour(event),
            SwarmEvent::NewListenAddr { address, .. } => {
                tracing::debug!(%address, "listening");
                if self.trust_listeners && !address::is_relayed(&address) {
                    self.swarm.add_external_address(address);
                }
            }
            SwarmEvent::ListenerClosed { listener_id, .. } => {
                self.reach.listener_closed(listener_id);
            }
            SwarmEvent::ConnectionClosed { peer_id, num_established: 0, .. } => {
                self.reach.relay_lost(&peer_id);
            }
            SwarmEvent::ExternalAddrConfirmed { address } => {
                tracing::info!(%address, "others reach this node");
            }
            SwarmEvent::ExternalAddrExpired { address } => {
                tracing::info!(%address, "others no longer reach this node");
            }
            _ => {}
        }
    }

    fn on_behaviour(&mut self, event: BehaviourEvent) {
        match event {
            BehaviourEvent::Identify(identify::Event::Received {
                peer_id,
                connection_id,
                info,
            }) => self.on_identified(peer_id, connection_id, info),
            BehaviourEvent::Kad(kad::Event::RoutingUpdated { peer, .. })
                if self.is_private(&peer) =>
            {
                // Others are told what the table holds.
                self.swarm.behaviour_mut().kad.remove_peer(&peer);
            }
            BehaviourEvent::Kad(
                kad::Event::RoutingUpdated { .. } | kad::Event::UnroutablePeer { .. },
            ) => self.found = true,
            BehaviourEvent::Reachability(event) => {
                tracing::debug!(address = %event.tested_addr, server = %event.server,
                    reached = event.result.is_ok(), "called back");
                self.reach.called_back(event.result.is_ok());
            }
            BehaviourEvent::Punch(event) => {
                tracing::debug!(peer = %event.remote_peer_id, punched = event.result.is_ok(),
                    "hole punch");
            }
            // Whoever does not answer a ping is gone, whatever the system thinks of the connection.
            BehaviourEvent::Ping(ping::Event {
                connection,
                result: Err(ping::Failure::Timeout),
                ..
            }) => {
                self.swarm.close_connection(connection);
            }
            _ => {}
        }
    }

    /// Whether nobody may learn of a peer.
    fn is_private(&self, peer: &PeerId) -> bool {
        NodeId::of_peer_id(peer).is_ok_and(|id| self.circle.private.contains(&id))
    }

    /// A peer says what it speaks and where it is.
    fn on_identified(&mut self, peer: PeerId, connection: ConnectionId, info: identify::Info) {
        // No place is taken at such a relay, which our addresses would name, and no table holds it.
        if self.circle.is_closed() || self.is_private(&peer) {
            return;
        }
        let streams = &self.swarm.behaviour().streams;
        let Some(remote) = streams.address_of(&peer, connection).cloned() else { return };
        let from = address::scope(&remote).unwrap_or(Scope::Public);
        let addresses: Vec<Multiaddr> = info
            .listen_addrs
            .into_iter()
            .filter(address::is_dialable)
            .filter(|address| address::scope(address) >= Some(from))
            .take(ADDRESSES_PER_PEER_MAX)
            .collect();
        if info.protocols.contains(&relay::HOP_PROTOCOL_NAME) && !address::is_relayed(&remote) {
            let best = addresses
                .iter()
                .filter(|address| !address::is_relayed(address))
                .max_by_key(|address| address::scope(address));
            if let Some(best) = best {
                self.reach.relay_found(peer, best.clone());
            }
        } else if !address::is_relayed(&remote) {
            self.reach.relay_lost(&peer);
        }
        if info.protocols.contains(&KAD) && !addresses.is_empty() {
            self.learn(peer, addresses);
        }
    }

    /// Replaces the addresses of a node in the table.
    fn learn(&mut self, peer: PeerId, addresses: Vec<Multiaddr>) {
        let addresses: Vec<Multiaddr> =
            addresses.into_iter().filter_map(|address| address.with_p2p(peer).ok()).collect();
        let kad = &mut self.swarm.behaviour_mut().kad;
        for address in &addresses {
            kad.add_address(&peer, address.clone());
        }
        let known: Vec<Multiaddr> = kad
            .kbucket(peer)
            .into_iter()
            .flat_map(|bucket| {
                bucket
                    .iter()
                    .filter(|entry| *entry.node.key.preimage() == peer)
                    .flat_map(|entry| entry.node.value.iter().cloned().collect::<Vec<_>>())
                    .collect::<Vec<_>>()
            })
            .collect();
        for old in known {
            let given = self.bootnodes.iter().any(|(node, address)| {
                *node == peer && address.clone().with_p2p(peer).is_ok_and(|given| given == old)
            });
            if !given && !addresses.contains(&old) {
                kad.remove_address(&peer, &old);
            }
        }
        self.found = true;
    }

    /// Brings the view up to date.
    fn look(&mut self) {
        let me = *self.swarm.local_peer_id();
        let endpoints: Vec<Endpoint> = reach::addresses(&self.swarm)
            .into_iter()
            .filter_map(|address| address::endpoint(me, address))
            .take(ENDPOINTS_MAX)
            .collect();
        let discovered = std::mem::take(&mut self.found).then(|| self.discovered());
        self.view.send_if_modified(|view| {
            let mut changed = false;
            if view.endpoints != endpoints {
                view.endpoints = endpoints;
                changed = true;
            }
            if let Some(discovered) = discovered.filter(|found| *found != view.discovered) {
                view.discovered = discovered;
                changed = true;
            }
            changed
        });
    }

    /// One address of each node in the table, the best that is known.
    fn discovered(&mut self) -> Vec<Endpoint> {
        let mut all = Vec::new();
        for bucket in self.swarm.behaviour_mut().kad.kbuckets() {
            for entry in bucket.iter() {
                let best =
                    entry.node.value.iter().max_by_key(|address| {
                        (!address::is_relayed(address), address::scope(address))
                    });
                let peer = *entry.node.key.preimage();
                all.extend(best.and_then(|best| address::endpoint(peer, best.clone())));
            }
        }
        all.truncate(DISCOVERED_MAX);
        all
    }
}
