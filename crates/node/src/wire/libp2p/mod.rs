//! The newer transport: libp2p over TCP, with Noise and Yamux; nodes find each other by Kademlia, and
//! reach each other behind NAT through relays and hole punching.
//!
//! 1. `address`: multiaddrs and their reach;
//! 2. `frames`: frames on a stream of bytes;
//! 3. `streams`: one such stream per peer, as a part of the swarm;
//! 4. `gate`: who may connect;
//! 5. `behaviour`: which protocols run, with their limits;
//! 6. `reach`: whether others reach us, and a place at a relay if not;
//! 7. `driver`: the task that drives it all.
//!
//! Upstream's testnet speaks the same (go-zenon `p2p/libp2p`), without relays. Memory is bounded by
//! counts of connections and streams, each of which holds at most a window that was not read, and by the
//! budget for large frames.

mod address;
mod behaviour;
mod driver;
mod frames;
mod gate;
mod reach;
mod streams;
#[cfg(test)]
mod tests;

use super::{Budget, Circle, Endpoint, Stream, Transport, WireError};
use crate::service::Later;
use crate::wire::identity::Identity;
use driver::{Command, Driver, View};
use libp2p::{Multiaddr, PeerId};
use reach::Reach;
use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::Arc;
use streams::Streams;
use tokio::sync::{mpsc, oneshot, watch};

/// Commands that wait for the swarm.
const COMMANDS_WAITING_MAX: usize = 64;

/// What the transport is told at its start.
#[derive(Clone)]
pub struct Settings {
    /// The node's key.
    pub key: Identity,
    /// Where to listen; port 0 takes a free one. A node that listens nowhere is reached through relays.
    pub listen: Vec<SocketAddr>,
    /// Nodes to ask first.
    pub bootnodes: Vec<Endpoint>,
    /// Where others reach this node, if the operator knows.
    pub advertise: Vec<SocketAddr>,
    /// Whether to ask the router for a port (UPnP).
    pub nat: bool,
    /// Whether to relay for others even before anybody has called back.
    pub relay_server: bool,
    /// Whom it may deal with.
    pub circle: Circle,
    /// For large frames of all peers.
    pub budget: Budget,
}

impl Settings {
    /// A node that only calls, and knows nobody.
    pub fn caller(key: Identity, budget: Budget) -> Settings {
        Settings {
            key,
            listen: Vec::new(),
            bootnodes: Vec::new(),
            advertise: Vec::new(),
            nat: false,
            relay_server: false,
            circle: Circle::default(),
            budget,
        }
    }
}

/// Why the transport did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A port is not to be had.
    #[error("can't listen on {address}: {error}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why.
        error: String,
    },
    /// The system refused something else.
    #[error("can't start libp2p: {0}")]
    System(String),
}

/// Starts the transport within the current runtime, and waits until its ports are open. Streams of
/// callers go to `inbound`; when that is full, they are refused.
pub async fn start(
    settings: Settings,
    inbound: mpsc::Sender<Stream>,
) -> Result<Arc<dyn Transport>, StartError> {
    Ok(Arc::new(open(settings, inbound).await?))
}

async fn open(settings: Settings, inbound: mpsc::Sender<Stream>) -> Result<Libp2p, StartError> {
    let key = settings.key.keypair();
    let me = key.public().to_peer_id();
    let streams = Streams::new(me, settings.budget.clone(), inbound);
    let mut swarm = behaviour::swarm(key, streams, settings.nat, &settings.circle)
        .map_err(|error| StartError::System(error.to_string()))?;
    let mut listeners = HashSet::new();
    for address in &settings.listen {
        let refused = |error: String| StartError::Listen { address: *address, error };
        // Hole punching shares ports (SO_REUSEPORT), so that a second node on the same one would
        // succeed, and get every other caller. A bare socket tells.
        std::net::TcpListener::bind(address).map_err(|error| refused(error.to_string()))?;
        let id = swarm
            .listen_on(address::of_socket(*address))
            .map_err(|error| refused(streams::root(&error)))?;
        listeners.insert(id);
    }
    for address in &settings.advertise {
        swarm.add_external_address(address::of_socket(*address));
    }
    let bootnodes = settings.bootnodes.iter().filter_map(target).filter(|(peer, _)| *peer != me);
    let trust_listeners = settings.relay_server && settings.advertise.is_empty();
    let mut driver = Driver::new(
        swarm,
        bootnodes.collect(),
        Reach::new(!settings.listen.is_empty(), settings.relay_server),
        settings.circle,
        trust_listeners,
    );
    driver.listening(listeners).await;
    let view = driver.view();
    let (commands, received) = mpsc::channel(COMMANDS_WAITING_MAX);
    tokio::spawn(driver.run(received));
    Ok(Libp2p { commands, view })
}

/// The running transport. It ends when this is dropped.
struct Libp2p {
    commands: mpsc::Sender<Command>,
    view: watch::Receiver<View>,
}

impl Transport for Libp2p {
    fn dial(&self, endpoint: Endpoint) -> Later<Result<Stream, WireError>> {
        let commands = self.commands.clone();
        Box::pin(async move {
            let Some((peer, address)) = target(&endpoint) else {
                return Err(WireError::Unreachable(format!("{endpoint:?}")));
            };
            let (answer, answered) = oneshot::channel();
            let dial = Command::Dial { peer, address, answer };
            commands.send(dial).await.map_err(|_| WireError::Closed)?;
            answered.await.unwrap_or(Err(WireError::Closed))
        })
    }

    fn reaches(&self, endpoint: &Endpoint) -> bool {
        target(endpoint).is_some()
    }

    fn endpoints(&self) -> Vec<Endpoint> {
        self.view.borrow().endpoints.clone()
    }

    fn discovered(&self, most: usize) -> Vec<Endpoint> {
        let mut all = self.view.borrow().discovered.clone();
        let most = most.min(all.len());
        for chosen in 0..most {
            // Without randomness the order is the table's.
            let random = getrandom::u32().unwrap_or(0) as usize;
            let rest = all.len() - chosen;
            all.swap(chosen, chosen + random % rest);
        }
        all.truncate(most);
        all
    }

    fn close(&self) -> Later<()> {
        let commands = self.commands.clone();
        Box::pin(async move {
            let (close, closed) = oneshot::channel();
            if commands.send(Command::Close(close)).await.is_ok() {
                // An error means that it is closed as well.
                let _ = closed.await;
            }
        })
    }
}

/// The peer behind an endpoint and its address; `None` if it is of another transport.
fn target(endpoint: &Endpoint) -> Option<(PeerId, Multiaddr)> {
    match endpoint {
        Endpoint::Multiaddr { address, .. } => {
            let address: Multiaddr = address.parse().ok()?;
            Some((address::peer_of(&address)?, address))
        }
        Endpoint::Enode { .. } => None,
    }
}
