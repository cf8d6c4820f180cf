//! Connections come about: those who call are let in, and others are called.

use super::dial::Planner;
use super::{Shared, connection};
use crate::runner::system_millis;
use crate::wire::session::{self, Me};
use crate::wire::{Endpoint, NodeId, Stream, WireError};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::time::{MissedTickBehavior, interval, timeout};

/// Time between two looks at who is missing.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long a call may take until the transport's handshake is done.
const CALL_TIME: Duration = Duration::from_secs(15);
/// Callers whose hello is waited for at the same time (go-zenon `MaxPendingPeers`).
const PENDING_MAX: usize = 10;
/// Nodes that discovery is asked for.
const DISCOVERED_MAX: usize = 32;
/// Looks between two writes of the book.
const SAVE_EVERY: u64 = 60;

/// Nodes that were named at the start.
pub(super) struct Candidates {
    /// Nodes with which a connection is always kept.
    pub trusted: Vec<Endpoint>,
    /// Nodes to begin with.
    pub bootnodes: Vec<Endpoint>,
}

/// Lets those in who call.
pub(super) async fn arrive(shared: Arc<Shared>, mut arriving: mpsc::Receiver<Stream>) {
    let pending = Arc::new(Semaphore::new(PENDING_MAX));
    while let Some(stream) = arriving.recv().await {
        let Ok(place) = pending.clone().acquire_owned().await else { return };
        let shared = shared.clone();
        tokio::spawn(async move {
            let address = stream.address.clone();
            if let Err(error) = welcome(&shared, stream).await {
                tracing::debug!(address, %error, "a caller was not let in");
            }
            drop(place);
        });
    }
}

/// Calls nodes until there are enough, and keeps calling those that are trusted.
pub(super) async fn call(
    shared: Arc<Shared>,
    candidates: Candidates,
    mut gone: mpsc::UnboundedReceiver<(NodeId, bool)>,
    seed: u64,
    mut stop: watch::Receiver<bool>,
) {
    let mut planner = Planner::new(seed);
    let (ended, mut ends) = mpsc::unbounded_channel();
    let mut look = interval(LOOK_EVERY);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut looks: u64 = 0;
    loop {
        tokio::select! {
            () = super::told_to_stop(&mut stop) => return,
            _ = look.tick() => {
                looks += 1;
                if looks.is_multiple_of(SAVE_EVERY) {
                    shared.book().save();
                }
            }
            () = shared.wake.notified() => {}
            Some((id, trusted)) = gone.recv() => {
                planner.gone(id, trusted, system_millis());
                continue;
            }
            Some((id, connected)) = ends.recv() => {
                planner.ended(&id, connected, shared.gate.trusts(&id), system_millis());
                continue;
            }
        }
        let (mut trusted, mut others) = (candidates.trusted.clone(), Vec::new());
        {
            let mut book = shared.book();
            for endpoint in book.take_fresh() {
                planner.call_soon(&endpoint.id());
            }
            trusted.extend(book.added().cloned());
            others.extend(book.newest());
        }
        others.extend(shared.transports.discovered(DISCOVERED_MAX));
        others.extend(candidates.bootnodes.iter().cloned());
        let reached = |endpoint: &Endpoint| shared.transports.reaches(endpoint);
        let wanted = shared.settings.min_connected.min(shared.settings.max_peers);
        let plan = planner.plan(
            trusted.into_iter().filter(reached),
            others.into_iter().filter(reached),
            wanted,
            &shared.gate,
            system_millis(),
        );
        for endpoint in plan {
            let (shared, ended) = (shared.clone(), ended.clone());
            tokio::spawn(async move {
                let connected = match reach(&shared, &endpoint).await {
                    Ok(()) => true,
                    Err(error) => {
                        tracing::debug!(%endpoint, %error, "a node can't be reached");
                        shared.book().failed(&endpoint.id());
                        false
                    }
                };
                // The planner ends with the node.
                let _ = ended.send((endpoint.id(), connected));
            });
        }
    }
}

/// Calls a node and starts the connection.
async fn reach(shared: &Arc<Shared>, endpoint: &Endpoint) -> Result<(), WireError> {
    let dialled = shared.transports.dial(endpoint.clone());
    let stream =
        timeout(CALL_TIME, dialled).await.map_err(|_| WireError::Timeout("the call"))??;
    welcome(shared, stream).await?;
    shared.book().met(endpoint, system_millis() / 1000);
    Ok(())
}

/// Says hello on a new stream and starts the connection's tasks.
async fn welcome(shared: &Arc<Shared>, stream: Stream) -> Result<(), WireError> {
    let me = Me {
        id: shared.me,
        name: shared.name.clone(),
        port: shared.transports.port(),
        extension: true,
    };
    let (address, inbound) = (stream.address.clone(), stream.inbound);
    let mut pass = None;
    let session = session::open(stream, &me, |id, _| {
        match shared.gate.enter(*id, &address, inbound, system_millis()) {
            Ok(entered) => {
                pass = Some(entered);
                None
            }
            Err(reason) => Some(reason),
        }
    })
    .await?;
    let Some(pass) = pass else { return Err(WireError::Closed) };
    let peer = shared.last_peer.fetch_add(1, Ordering::Relaxed) + 1;
    let trusted = shared.gate.trusts(&session.stream.remote);
    let sources = connection::Sources {
        handle: shared.handle.clone(),
        shelf: shared.shelf.clone(),
        builders: shared.builders.clone(),
    };
    connection::start(peer, session, trusted, pass, sources, shared.inputs.clone());
    Ok(())
}
