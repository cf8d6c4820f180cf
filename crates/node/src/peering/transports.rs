//! Which transport carries the protocol: the older one, libp2p, or the older one until the network's
//! spork switches to libp2p, on the same port and without a restart.
//!
//! As upstream does (`p2p/switcher/server.go`), a rollback below the spork's height does not switch back.

use super::{Input, PeeringError, Shared};
use crate::config::{self, Config, PeerTransport};
use crate::runner::Handle;
use crate::service::{Happening, Later, Service};
use crate::wire::identity::Identity;
use crate::wire::{Budget, Circle, Endpoint, NodeId, Stream, Transport, WireError};
use crate::wire::{libp2p, rlpx};
use arc_swap::ArcSwapOption;
use ledger::contracts::spork;
use ledger::state::View;
use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{broadcast, mpsc, watch};
use tokio::time::sleep;

/// Name of libp2p.
pub const LIBP2P: &str = "libp2p";
/// Name of the older transport.
pub const LEGACY: &str = "legacy";
/// Pause before a transport that could not start is started again.
const AGAIN: Duration = Duration::from_secs(5);

/// A transport that runs, with its name.
struct Active {
    name: &'static str,
    transport: Arc<dyn Transport>,
}

/// The transport that runs, and what it takes to start another.
pub(crate) struct Transports {
    active: ArcSwapOption<Active>,
    plan: Plan,
    arrivals: mpsc::Sender<Stream>,
}

#[derive(Clone)]
struct Plan {
    key: Identity,
    listen: Option<SocketAddr>,
    bootnodes: Vec<Endpoint>,
    advertise: Vec<SocketAddr>,
    nat: bool,
    relay: bool,
    switches: bool,
    circle: Circle,
    budget: Budget,
}

/// Whom the transport may deal with. What the operator named was read before.
fn circle(settings: &config::Peers) -> Circle {
    let ids = |texts: &[String]| -> BTreeSet<NodeId> {
        let id = |text: &String| match text.parse::<Endpoint>() {
            Ok(endpoint) => Some(endpoint.id()),
            Err(_) => text.parse().ok(),
        };
        texts.iter().filter_map(id).collect()
    };
    Circle {
        only: settings.only_trusted.then(|| ids(&settings.trusted)),
        private: ids(&settings.private),
    }
}

impl Transports {
    pub(super) async fn start(
        _config: &Config,
        settings: &config::Peers,
        key: Identity,
        bootnodes: &[Endpoint],
        handle: &Handle,
        arrivals: mpsc::Sender<Stream>,
    ) -> Result<Transports, PeeringError> {
        let switches = settings.transport == PeerTransport::Auto && !spork_holds(handle);
        let plan = Plan {
            key,
            listen: settings.listen,
            bootnodes: bootnodes.to_vec(),
            advertise: settings.advertise.clone(),
            nat: settings.nat,
            relay: settings.relay,
            switches,
            circle: circle(settings),
            budget: Budget::new(super::BUDGET_BYTES),
        };
        let name = match settings.transport {
            PeerTransport::Libp2p => LIBP2P,
            PeerTransport::Legacy => LEGACY,
            PeerTransport::Auto if switches => LEGACY,
            PeerTransport::Auto => LIBP2P,
        };
        let transports = Transports { active: ArcSwapOption::empty(), plan, arrivals };
        transports.run(name).await.map_err(|error| PeeringError::Listen {
            address: settings.listen.map(|at| at.to_string()).unwrap_or_default(),
            reason: error.to_string(),
        })?;
        Ok(transports)
    }

    /// Starts a transport in place of whatever ran.
    async fn run(&self, name: &'static str) -> Result<(), WireError> {
        let transport = start_one(name, self.plan.clone(), self.arrivals.clone()).await?;
        self.active.store(Some(Arc::new(Active { name, transport })));
        Ok(())
    }

    /// Starts a transport by itself, for a node that does not run yet.
    pub(super) async fn launch(
        name: &'static str,
        settings: &config::Peers,
        key: Identity,
        bootnodes: &[Endpoint],
        arrivals: mpsc::Sender<Stream>,
    ) -> Result<Arc<dyn Transport>, PeeringError> {
        let plan = Plan {
            key,
            listen: settings.listen,
            bootnodes: bootnodes.to_vec(),
            advertise: Vec::new(),
            nat: settings.nat,
            relay: settings.relay,
            switches: false,
            circle: circle(settings),
            budget: Budget::new(super::BUDGET_BYTES),
        };
        start_one(name, plan, arrivals).await.map_err(|error| PeeringError::Listen {
            address: String::new(),
            reason: error.to_string(),
        })
    }

    /// Calls a node.
    pub(super) fn dial(&self, endpoint: Endpoint) -> Later<Result<Stream, WireError>> {
        match self.active.load_full() {
            Some(active) => active.transport.dial(endpoint),
            None => Box::pin(async move { Err(WireError::Unreachable(endpoint.to_string())) }),
        }
    }

    /// Whether the transport that runs reaches such an endpoint.
    pub(super) fn reaches(&self, endpoint: &Endpoint) -> bool {
        self.active.load().as_ref().is_some_and(|active| active.transport.reaches(endpoint))
    }

    /// Where others reach this node.
    pub(super) fn endpoints(&self) -> Vec<Endpoint> {
        self.active.load().as_ref().map(|active| active.transport.endpoints()).unwrap_or_default()
    }

    /// Nodes that discovery found.
    pub(super) fn discovered(&self, most: usize) -> Vec<Endpoint> {
        let active = self.active.load();
        active.as_ref().map(|active| active.transport.discovered(most)).unwrap_or_default()
    }

    /// The port that hello tells: with libp2p none.
    pub(super) fn port(&self) -> u16 {
        let endpoints = self.endpoints();
        let port = endpoints.iter().find_map(|endpoint| match endpoint {
            Endpoint::Enode { tcp, .. } => Some(*tcp),
            Endpoint::Multiaddr { .. } => None,
        });
        port.unwrap_or_default()
    }

    /// Whether others can call this node.
    pub(super) fn reachable(&self) -> Option<bool> {
        self.active.load().as_ref().and_then(|active| active.transport.reachable())
    }

    /// Name of the transport that runs.
    pub(super) fn name(&self) -> &'static str {
        self.active.load().as_ref().map_or("", |active| active.name)
    }

    /// Frees the sockets.
    pub(super) async fn close(&self) {
        if let Some(active) = self.active.swap(None) {
            active.transport.close().await;
        }
    }
}

/// Starts a transport.
async fn start_one(
    name: &'static str,
    plan: Plan,
    arrivals: mpsc::Sender<Stream>,
) -> Result<Arc<dyn Transport>, WireError> {
    // Without an address to listen at, any port serves to call from.
    let listen = plan.listen.unwrap_or_else(|| SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)));
    Ok(match name {
        LIBP2P => libp2p::start(
            libp2p::Settings {
                key: plan.key,
                listen: plan.listen.into_iter().collect(),
                bootnodes: plan.bootnodes,
                advertise: plan.advertise,
                nat: plan.nat,
                relay_server: plan.relay,
                circle: plan.circle,
                budget: plan.budget,
            },
            arrivals,
        )
        .await
        .map_err(|error| WireError::Io(error.to_string()))?,
        _ => {
            if plan.nat {
                tracing::warn!(
                    "the older peer transport asks no router: forward its port, TCP and UDP, by hand"
                );
            }
            rlpx::transport::start(
                rlpx::transport::Settings {
                    key: plan.key,
                    listen,
                    bootnodes: plan.bootnodes,
                    advertise: plan.advertise.first().map(SocketAddr::ip),
                    circle: plan.circle,
                    budget: plan.budget,
                },
                arrivals,
            )
            .await
            .map_err(|error| WireError::Io(error.to_string()))?
        }
    })
}

/// Whether the network has switched to libp2p.
fn spork_holds(handle: &Handle) -> bool {
    let moment = handle.moment();
    let chain = moment.chain();
    let holds = spork::in_force(&View::frontier_of(chain), &chain.rules().sporks.libp2p);
    holds.unwrap_or_else(|error| {
        tracing::error!(%error, "the spork of the peer transport can't be read");
        false
    })
}

/// Switches to libp2p once the spork holds, if that is what was asked for.
pub(super) async fn follow_spork(shared: Arc<Shared>, mut stop: watch::Receiver<bool>) {
    // The task that owns the protocol learns the name in any case.
    let _ = shared.inputs.send(Input::Transport(shared.transports.name())).await;
    if !shared.transports.plan.switches {
        return;
    }
    let mut happenings = shared.handle.happenings();
    while !spork_holds(&shared.handle) {
        tokio::select! {
            () = super::told_to_stop(&mut stop) => return,
            happening = happenings.recv() => match happening {
                Ok(Happening::Momentum(_) | Happening::Rollback(_)) => {}
                Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => return,
            }
        }
    }
    tracing::info!("the network switches its peer transport to libp2p");
    shared.transports.close().await;
    while let Err(error) = shared.transports.run(LIBP2P).await {
        tracing::error!(%error, "libp2p can't start yet");
        tokio::select! {
            () = super::told_to_stop(&mut stop) => return,
            () = sleep(AGAIN) => {}
        }
    }
    let _ = shared.inputs.send(Input::Transport(LIBP2P)).await;
}
