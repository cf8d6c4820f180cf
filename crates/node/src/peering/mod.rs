//! A node among others: the shell that gives the protocol ([`crate::sync`]) connections, a clock and the
//! writer.
//!
//! 1. [`transports`]: which transport runs, and the change from the older one to libp2p;
//! 2. `calls`: who calls whom, by the plans of [`dial`] and the addresses in the [`book`];
//! 3. [`gate`]: who may be connected;
//! 4. `connection`: the tasks of one connection;
//! 5. `core`: the task that owns the protocol;
//! 6. [`clock`]: whether this machine's clock is right;
//! 7. [`bootstrap`]: a checkpoint to begin with, before all of this.

pub mod book;
pub mod bootstrap;
mod calls;
pub mod clock;
mod connection;
mod core;
pub mod dial;
pub mod gate;
mod operator;
pub mod transports;

use crate::checkpoint::folder::Shelf;
use crate::config::{self, Config};
use crate::node::Ticket;
use crate::runner::{Handle, system_millis};
use crate::service::{PeerInfo, PeerStatus, Service, ServiceError, SyncInfo, SyncState, Whom};
use crate::sync::{Offence, Peer, Protocol, Remote, Settings};
use crate::wire::endpoint::EndpointError;
use crate::wire::extension::{Acquaintance, Extension};
use crate::wire::identity::{Identity, IdentityError};
use crate::wire::message::Message;
use crate::wire::{Endpoint, NodeId};
use arc_swap::ArcSwap;
use book::Book;
use clock::Clock;
use connection::Link;
use gate::Gate;
use std::collections::BTreeSet;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use transports::Transports;

/// Things that wait for the protocol at most; connections wait when it is full.
const INPUTS_MAX: usize = 256;
/// Memory for large messages of all peers together.
const BUDGET_BYTES: usize = 24 << 20;

/// What comes to the task that owns the protocol.
pub(crate) enum Input {
    /// A connection stands.
    Connected { peer: Peer, remote: Remote, link: Link },
    /// A peer says something.
    Message { peer: Peer, message: Message },
    /// A peer says something in the extension.
    Extension { peer: Peer, message: Extension },
    /// A peer does what none may do.
    Offence { peer: Peer, offence: Offence },
    /// A connection is gone.
    Gone { peer: Peer, why: String },
    /// Momentums were given to the writer.
    Inserted { ticket: Ticket, result: Result<u64, ServiceError> },
    /// Blocks were given to the writer.
    Admitted { ticket: Ticket, results: Vec<Result<(), ServiceError>> },
    /// Another transport carries the protocol from now on.
    Transport(&'static str),
    /// The connections of this one are to end.
    Expel(Whom),
    /// What this one did is forgotten.
    Pardon(Whom),
}

/// The peers at one point in time, for those who ask.
pub(crate) struct View {
    sync: SyncInfo,
    transport: &'static str,
    peers: Vec<PeerStatus>,
    acquaintances: Vec<(NodeId, Vec<Acquaintance>)>,
}

/// Why a node can't join its network.
#[derive(Debug, thiserror::Error)]
pub enum PeeringError {
    /// The node's key can't be read or made.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// A peer that was named can't be understood.
    #[error("{what} {text:?}: {reason}")]
    Name {
        /// What it was to be.
        what: &'static str,
        /// What was given.
        text: String,
        /// What is wrong.
        reason: String,
    },
    /// The transport can't start.
    #[error("peers can't be listened for at {address}: {reason}")]
    Listen {
        /// Where.
        address: String,
        /// Why.
        reason: String,
    },
}

/// What the tasks share.
pub(crate) struct Shared {
    me: NodeId,
    name: String,
    settings: config::Peers,
    gate: Arc<Gate>,
    private: BTreeSet<NodeId>,
    book: Mutex<Book>,
    transports: Transports,
    view: Arc<ArcSwap<View>>,
    inputs: mpsc::Sender<Input>,
    handle: Arc<Handle>,
    last_peer: AtomicU64,
    wake: tokio::sync::Notify,
    clock: Clock,
    /// Permits to make answers.
    builders: Arc<tokio::sync::Semaphore>,
    shelf: Arc<Shelf>,
}

/// A node's place in its network, until stopped.
pub struct Peering {
    shared: Arc<Shared>,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

/// Starts transports and tasks. From here on the handle answers for peers and synchronisation.
pub async fn start(
    config: &Config,
    settings: &config::Peers,
    handle: Arc<Handle>,
) -> Result<Peering, PeeringError> {
    let key = Identity::load_or_create(&config.data_dir)?;
    let me = key.id();
    let bootnodes = endpoints("bootstrap node", &settings.bootnodes)?;
    let mut trusted_ids = BTreeSet::new();
    let mut trusted = Vec::new();
    for text in &settings.trusted {
        match text.parse::<Endpoint>() {
            Ok(endpoint) => {
                trusted_ids.insert(endpoint.id());
                trusted.push(endpoint);
            }
            Err(_) => {
                trusted_ids.insert(id("trusted node", text)?);
            }
        }
    }
    let private = settings
        .private
        .iter()
        .map(|text| match text.parse::<Endpoint>() {
            Ok(endpoint) => Ok(endpoint.id()),
            Err(_) => id("private node", text),
        })
        .collect::<Result<BTreeSet<_>, _>>()?;
    let now = system_millis();
    let book = match &settings.peerstore {
        Some(path) => Book::open(Some(path.clone()), now / 1000),
        None => Book::open(Some(config.data_dir.join(book::FILE_NAME)), now / 1000),
    };
    trusted_ids.extend(book.added().map(Endpoint::id));
    let gate = Gate::new(gate::Rules {
        me,
        trusted: trusted_ids,
        only_trusted: settings.only_trusted,
        most: settings.max_peers,
    });
    for ban in book.bans() {
        gate.restore(ban);
    }
    let (inputs, queue) = mpsc::channel(INPUTS_MAX);
    let sync = SyncInfo { state: SyncState::Unknown, current_height: 0, target_height: 0 };
    let view = View { sync, transport: "", peers: Vec::new(), acquaintances: Vec::new() };
    let view = Arc::new(ArcSwap::from_pointee(view));
    let (stop, stopped) = watch::channel(false);
    let (arrivals, arriving) = mpsc::channel(8);
    let transports =
        Transports::start(config, settings, key, &bootnodes, &handle, arrivals).await?;
    let name = format!("uz/v{} {}", env!("CARGO_PKG_VERSION"), config.name).trim_end().to_owned();
    let shared = Arc::new(Shared {
        me,
        name,
        settings: settings.clone(),
        gate,
        private,
        book: Mutex::new(book),
        transports,
        view,
        inputs,
        handle: handle.clone(),
        last_peer: AtomicU64::new(0),
        wake: tokio::sync::Notify::new(),
        clock: Clock::default(),
        builders: Arc::new(tokio::sync::Semaphore::new(connection::BUILDERS_MAX)),
        shelf: Arc::new(Shelf::new(&config.data_dir, &config.genesis)),
    });
    handle.attach(shared.clone());
    let rules = &config.genesis.rules;
    let mut seed = [0; 8];
    // Without randomness from the system all nodes would only choose alike.
    let _ = getrandom::fill(&mut seed);
    let protocol = Protocol::new(Settings {
        chain_identifier: rules.chain_identifier,
        genesis: config.genesis.momentum.hash,
        min_peers: settings.min_peers,
        seed: u64::from_be_bytes(seed),
        buffer_bytes: Settings::BUFFER_BYTES,
    });
    let (gone, left) = mpsc::unbounded_channel();
    let ntp = (shared.clone(), stopped.clone());
    let parts = core::Parts { protocol, shared: shared.clone(), gone };
    let tasks = vec![
        tokio::spawn(core::run(parts, queue, stopped.clone())),
        tokio::spawn(async move { ntp.0.clock.ask(&ntp.0.settings, ntp.1).await }),
        tokio::spawn(calls::arrive(shared.clone(), arriving)),
        tokio::spawn(calls::call(
            shared.clone(),
            calls::Candidates { trusted, bootnodes },
            left,
            u64::from_be_bytes(seed),
            stopped.clone(),
        )),
        tokio::spawn(transports::follow_spork(shared.clone(), stopped)),
    ];
    Ok(Peering { shared, stop, tasks })
}

impl Peering {
    /// Where others reach this node, best first.
    pub fn endpoints(&self) -> Vec<Endpoint> {
        self.shared.transports.endpoints()
    }

    /// Says goodbye to the peers, keeps what is known of them and frees the sockets.
    pub async fn stop(self) {
        // The tasks hold the other ends.
        let _ = self.stop.send(true);
        let mut tasks = self.tasks.into_iter();
        if let Some(core) = tasks.next() {
            // A task that panicked has told so.
            let _ = core.await;
        }
        // The farewells need a moment of the transport.
        self.shared.transports.close().await;
        tasks.for_each(|task| task.abort());
        self.shared.book().save();
    }
}

impl Shared {
    fn book(&self) -> std::sync::MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `stats.syncInfo`.
    pub(crate) fn sync_info(&self) -> SyncInfo {
        let sync = self.view.load().sync;
        SyncInfo { current_height: self.handle.metrics().height.get(), ..sync }
    }

    /// `stats.networkInfo`: the node itself and its peers but for private ones.
    pub(crate) fn infos(&self) -> (PeerInfo, Vec<PeerInfo>) {
        let view = self.view.load();
        let key = |id: &NodeId| match view.transport {
            transports::LIBP2P => id.peer_id().map(|peer| peer.to_string()).unwrap_or_default(),
            _ => id.to_string(),
        };
        let ip = self.transports.endpoints().first().map(ToString::to_string);
        let ip = ip.as_deref().and_then(gate::host).map(|ip| ip.to_string()).unwrap_or_default();
        let me = PeerInfo { public_key: key(&self.me), ip, name: self.name.clone() };
        let peers = view
            .peers
            .iter()
            .filter(|peer| !peer.private)
            .map(|peer| PeerInfo {
                public_key: key(&peer.id),
                ip: gate::host(&peer.address).map(|ip| ip.to_string()).unwrap_or_default(),
                name: peer.name.clone(),
            })
            .collect();
        (me, peers)
    }
}

/// Waits until the node is told to stop.
async fn told_to_stop(stop: &mut watch::Receiver<bool>) {
    // A sender that is gone means the same.
    let _ = stop.wait_for(|stop| *stop).await;
}

fn endpoints(what: &'static str, texts: &[String]) -> Result<Vec<Endpoint>, PeeringError> {
    let parse = |text: &String| {
        text.parse().map_err(|error: EndpointError| PeeringError::Name {
            what,
            text: text.clone(),
            reason: error.to_string(),
        })
    };
    texts.iter().map(parse).collect()
}

fn id(what: &'static str, text: &str) -> Result<NodeId, PeeringError> {
    text.parse().map_err(|error: EndpointError| PeeringError::Name {
        what,
        text: text.to_owned(),
        reason: error.to_string(),
    })
}
