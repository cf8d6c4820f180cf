//! Whether others can call this node, and what to do if not: a place at a relay.
//!
//! A node is reachable where somebody called back (autonat), where the router says so (UPnP), or where
//! the operator says so. An address of the home network counts as long as all peers are of the home
//! network; as soon as one is on the internet, only an address on the internet will do.

use super::address::{self, Scope};
use super::behaviour::Behaviour;
use libp2p::core::transport::ListenerId;
use libp2p::multiaddr::Protocol;
use libp2p::{Multiaddr, PeerId, Swarm, relay};
use std::collections::HashMap;
use std::time::Duration;
use tokio::time::Instant;

/// Relays where we want a place.
const RELAYS_WANTED: usize = 2;
/// Relays that are remembered.
const RELAYS_MAX: usize = 32;
/// Time to be found reachable, before a place at a relay is taken.
const PATIENCE: Duration = Duration::from_secs(20);
/// Time before a relay that refused is asked again.
const RETRY: Duration = Duration::from_secs(30);

/// What is known about it.
pub(super) struct Reach {
    /// Whether there is any port to call.
    listens: bool,
    /// Whether the operator wants us to relay.
    relay_server: bool,
    /// Whether we do.
    status: relay::Status,
    /// Peers that relay, where third parties reach them.
    relays: HashMap<PeerId, Relay>,
    /// Places that we have or ask for.
    places: HashMap<ListenerId, PeerId>,
    /// When the first relay was seen.
    since: Option<Instant>,
    /// Whether somebody tried to call us and could not.
    unreachable: bool,
}

struct Relay {
    address: Multiaddr,
    not_before: Instant,
}

impl Reach {
    pub fn new(listens: bool, relay_server: bool) -> Reach {
        Reach {
            listens,
            relay_server,
            status: relay::Status::Disable,
            relays: HashMap::new(),
            places: HashMap::new(),
            since: None,
            unreachable: false,
        }
    }

    /// A direct peer relays for others.
    pub fn relay_found(&mut self, peer: PeerId, address: Multiaddr) {
        self.since.get_or_insert_with(Instant::now);
        if self.relays.len() < RELAYS_MAX || self.relays.contains_key(&peer) {
            let not_before =
                self.relays.get(&peer).map_or_else(Instant::now, |relay| relay.not_before);
            self.relays.insert(peer, Relay { address, not_before });
        }
    }

    /// A peer is gone, or relays no more.
    pub fn relay_lost(&mut self, peer: &PeerId) {
        self.relays.remove(peer);
    }

    /// Somebody tried to call one of our addresses.
    pub fn called_back(&mut self, reached: bool) {
        self.unreachable = !reached;
    }

    /// A listener has ended; it may have been a place at a relay.
    pub fn listener_closed(&mut self, id: ListenerId) {
        let Some(peer) = self.places.remove(&id) else { return };
        if let Some(relay) = self.relays.get_mut(&peer) {
            relay.not_before = Instant::now() + RETRY;
        }
    }

    /// To be called now and then.
    pub fn tick(&mut self, swarm: &mut Swarm<Behaviour>) {
        let reachable = is_reachable(swarm);
        let status = match self.relay_server || reachable {
            true => relay::Status::Enable,
            false => relay::Status::Disable,
        };
        let behaviour = swarm.behaviour_mut();
        // A change is told to all connections, and relayed ones, which do not expect it, panic
        // (libp2p-relay 0.22): it waits until there are none.
        if status != self.status && !behaviour.streams.has_relayed() {
            behaviour.relay.set_status(Some(status));
            self.status = status;
        }
        if reachable {
            for (id, _) in self.places.drain() {
                swarm.remove_listener(id);
            }
        } else if self.is_sure() {
            self.take_places(swarm);
        }
    }

    /// Whether we know well enough that nobody reaches us.
    fn is_sure(&self) -> bool {
        let waited = self.since.is_some_and(|since| since.elapsed() >= PATIENCE);
        !self.listens || self.unreachable || waited
    }

    fn take_places(&mut self, swarm: &mut Swarm<Behaviour>) {
        let now = Instant::now();
        for (peer, relay) in &mut self.relays {
            if self.places.len() >= RELAYS_WANTED {
                return;
            }
            if relay.not_before > now || self.places.values().any(|other| other == peer) {
                continue;
            }
            relay.not_before = now + RETRY;
            let Ok(through) = relay.address.clone().with_p2p(*peer) else { continue };
            match swarm.listen_on(through.with(Protocol::P2pCircuit)) {
                Ok(id) => {
                    self.places.insert(id, *peer);
                }
                Err(error) => tracing::debug!(%peer, %error, "no place at a relay"),
            }
        }
    }
}

/// Whether others can call us, as far as our peers are spread.
fn is_reachable(swarm: &Swarm<Behaviour>) -> bool {
    let needed = swarm.behaviour().streams.widest();
    swarm
        .external_addresses()
        .any(|address| !address::is_relayed(address) && address::scope(address) >= Some(needed))
}

/// Our addresses, those first by which others reach us best.
pub(super) fn addresses(swarm: &Swarm<Behaviour>) -> Vec<Multiaddr> {
    let needed = swarm.behaviour().streams.widest();
    let external = swarm.external_addresses().map(|address| (true, address));
    let listening = swarm.listeners().map(|address| (false, address));
    let me = *swarm.local_peer_id();
    let mut all: Vec<(u8, Multiaddr)> = external
        .chain(listening)
        .filter_map(|(external, address)| {
            let scope = address::scope(address)?;
            let rank = match (address::is_relayed(address), external) {
                (false, true) if scope >= needed => 0,
                (true, _) => 1,
                (false, true) => 2,
                (false, false) => 3 + (Scope::Public as u8 - scope as u8),
            };
            Some((rank, address.clone().with_p2p(me).ok()?))
        })
        .collect();
    all.sort();
    // The same address may be confirmed and listened on: its better rank comes first.
    let mut addresses: Vec<Multiaddr> = Vec::new();
    for (_, address) in all {
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    if addresses.iter().any(|address| address::scope(address) > Some(Scope::Loopback)) {
        addresses.retain(|address| address::scope(address) > Some(Scope::Loopback));
    }
    addresses
}
