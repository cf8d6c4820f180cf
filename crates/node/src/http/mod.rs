//! HTTP and WebSocket around the methods of [`crate::rpc`].
//!
//! Read in this order:
//!
//! 1. [`serve`]: listening sockets, and what all connections share;
//! 2. `connection`: one socket, from TLS to its last request;
//! 3. `respond`: one HTTP request; [`guard`] says who may ask;
//! 4. `websocket`: one WebSocket connection;
//! 5. `probes`: `/livez`, `/readyz`, `/metrics`; [`limits`]: what a client may ask of the server;
//! 6. `explorer`: the web pages.

pub mod guard;
pub mod limits;
pub mod tls;

mod connection;
mod explorer;
mod probes;
mod process;
mod respond;
mod watchdog;
mod websocket;

use self::guard::Guard;
use self::limits::{ANNOUNCEMENTS_MAX, Limits};
use crate::admin::Token;
use crate::config;
use crate::rpc::Api;
use crate::rpc::session::Announcement;
use crate::service::{Happening, Service};
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{Semaphore, broadcast, watch};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

/// Longest time that connections get to end after a stop.
const GRACE: Duration = Duration::from_secs(3);

/// Why a server can't begin.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address can't be listened at.
    #[error("can't listen at {address} for {what}: {error}")]
    Listen {
        /// HTTP or WebSocket.
        what: &'static str,
        /// The address.
        address: SocketAddr,
        /// What the system says.
        error: io::Error,
    },
    /// A file of the certificate can't be used.
    #[error("{path}: {reason}")]
    Certificate {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

/// A server that answers.
pub struct Serving {
    /// Where HTTP is answered, if it is.
    pub http: Option<SocketAddr>,
    /// Where WebSocket is answered, if it is.
    pub ws: Option<SocketAddr>,
    /// The methods.
    pub api: Arc<Api>,
    tasks: JoinSet<()>,
}

impl Serving {
    /// Waits until all is closed after a stop.
    pub async fn stopped(mut self) {
        while self.tasks.join_next().await.is_some() {}
    }
}

/// What a listening socket is for.
#[derive(Clone, Copy, Debug, Default)]
struct Role {
    http: bool,
    ws: bool,
}

/// What all connections share.
struct Server {
    api: Arc<Api>,
    guard: Guard,
    limits: Limits,
    /// Who knows it administers the node; without it nobody does.
    admin: Option<Token>,
    tls: Option<TlsAcceptor>,
    /// New momentums in words; `None` where some were missed.
    announcements: broadcast::Sender<Option<Arc<Announcement>>>,
    /// Places for connections.
    places: Arc<Semaphore>,
    counts: Counts,
    stop: watch::Receiver<bool>,
    explorer: Explorer,
}

/// What of the explorer is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Explorer {
    /// Nothing.
    Off,
    /// The pages; they ask for news.
    Pages,
    /// The pages, and a WebSocket that tells them news.
    PagesAndSocket,
}

/// What is counted about connections.
#[derive(Debug, Default)]
struct Counts {
    /// Connections accepted.
    accepted: AtomicU64,
    /// Connections turned away for want of a place.
    turned_away: AtomicU64,
    /// Requests refused for their Host or Origin.
    denied: AtomicU64,
    /// Open WebSocket connections.
    ws: AtomicUsize,
    /// Subscriptions of all connections.
    subscriptions: Arc<AtomicUsize>,
    /// WebSocket connections dropped because the client did not keep up.
    too_slow: AtomicU64,
}

/// Answers JSON-RPC until `stop` says `true` or its sender is gone.
///
/// # Errors
/// An address that can't be listened at, or a certificate that can't be used.
pub async fn serve(
    service: Arc<dyn Service>,
    config: config::Rpc,
    stop: watch::Receiver<bool>,
) -> Result<Serving, ServeError> {
    serve_within(service, config, stop, Limits::default()).await
}

/// [`serve`] with limits of the caller's.
///
/// # Errors
/// As [`serve`].
pub async fn serve_within(
    service: Arc<dyn Service>,
    config: config::Rpc,
    stop: watch::Receiver<bool>,
    limits: Limits,
) -> Result<Serving, ServeError> {
    let tls = config.tls.as_ref().map(tls::acceptor).transpose()?;
    let (announcements, _) = broadcast::channel(ANNOUNCEMENTS_MAX);
    let happenings = service.happenings();
    let server = Arc::new(Server {
        api: Arc::new(Api::new(service, &config.namespaces)),
        guard: Guard::new(&config.hosts, &config.origins),
        limits,
        admin: config.admin.clone(),
        tls,
        announcements,
        places: Arc::new(Semaphore::new(limits.connections)),
        counts: Counts::default(),
        stop,
        explorer: match (config.explorer, config.ws) {
            (false, _) => Explorer::Off,
            (true, None) => Explorer::Pages,
            (true, Some(_)) => Explorer::PagesAndSocket,
        },
    });
    let mut tasks = JoinSet::new();
    let (http, ws) = match (config.http, config.ws) {
        (Some(http), Some(ws)) if http == ws && http.port() != 0 => {
            let role = Role { http: true, ws: true };
            let bound = listen(&server, &mut tasks, http, role).await?;
            (Some(bound), Some(bound))
        }
        (http, ws) => {
            let mut bound = [None; 2];
            let roles = [Role { http: true, ws: false }, Role { http: false, ws: true }];
            for ((address, role), slot) in [http, ws].into_iter().zip(roles).zip(&mut bound) {
                if let Some(address) = address {
                    *slot = Some(listen(&server, &mut tasks, address, role).await?);
                }
            }
            (bound[0], bound[1])
        }
    };
    tasks.spawn(announce(happenings, server.clone()));
    Ok(Serving { http, ws, api: server.api.clone(), tasks })
}

/// Listens at `address` and accepts connections there.
async fn listen(
    server: &Arc<Server>,
    tasks: &mut JoinSet<()>,
    address: SocketAddr,
    role: Role,
) -> Result<SocketAddr, ServeError> {
    let what = if role.http { "HTTP" } else { "WebSocket" };
    let failed = |error| ServeError::Listen { what, address, error };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    tracing::info!(address = %bound, http = role.http, ws = role.ws, "serving JSON-RPC");
    tasks.spawn(connection::accept(listener, role, server.clone()));
    Ok(bound)
}

/// Puts what changes the ledger into words, for all connections at once.
async fn announce(mut happenings: broadcast::Receiver<Happening>, server: Arc<Server>) {
    let mut stop = server.stop.clone();
    loop {
        let happening = tokio::select! {
            happening = happenings.recv() => happening,
            () = stopped(&mut stop) => return,
        };
        let told = match happening {
            Ok(_) if server.announcements.receiver_count() == 0 => continue,
            Ok(happening) => match Announcement::of(&happening) {
                Some(announcement) => Some(Arc::new(announcement)),
                None => continue,
            },
            Err(RecvError::Lagged(missed)) => {
                tracing::warn!(
                    missed,
                    "changes of the ledger came faster than they were announced"
                );
                None
            }
            Err(RecvError::Closed) => return,
        };
        // Without a listener there is nobody to tell.
        let _ = server.announcements.send(told);
    }
}

/// Returns once the server is to stop.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    // A sender that is gone can't say any more that we go on.
    let _ = stop.wait_for(|stop| *stop).await;
}
