//! The task that owns the protocol: what connections, the ledger and time bring goes in, and what comes
//! out is done. It never waits for a peer.

use super::connection::Link;
use super::{Input, Shared, View};
use crate::ahead;
use crate::runner::{Handle, system_millis};
use crate::service::{Happening, PeerStatus, Service, ServiceError, SyncState, Whom};
use crate::sync::{Action, Event, Peer, Protocol, Reason, Remote};
use crate::wire::extension::{Acquaintance, Extension, PEERS_MAX};
use crate::wire::message::{FIRST_CODE, Message};
use crate::wire::{Frame, NodeId};
use bytes::Bytes;
use ledger::{AccountBlock, DetailedMomentum};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::{broadcast, mpsc, watch};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, sleep_until};

/// Batches of momentums that wait for the writer, besides the one that is verified.
const INSERTS_MAX: usize = 2;
/// Groups of blocks that wait for the writer.
const ADMITS_MAX: usize = 64;
/// The longest that the task sleeps.
const SLEEP_MAX: Duration = Duration::from_secs(1);
/// Time between two pictures of the peers for those who ask.
const VIEW_EVERY: Duration = Duration::from_millis(500);
/// Time between two questions to a peer for its peers.
const ACQUAINTANCES_EVERY: Duration = Duration::from_secs(30);
/// Pause before momentums are handed to a writer that is busy again.
const BUSY_PAUSE: Duration = Duration::from_millis(50);

/// A connection and what is known of it.
struct Known {
    remote: Remote,
    link: Link,
    since: u64,
    /// Whom it is connected with.
    acquaintances: Vec<Acquaintance>,
}

/// The task's state.
struct Core {
    protocol: Protocol,
    shared: Arc<Shared>,
    transport: &'static str,
    links: BTreeMap<Peer, Known>,
    inserts: mpsc::Sender<(u64, Vec<DetailedMomentum>)>,
    admits: mpsc::Sender<(u64, Vec<AccountBlock>)>,
    gone: mpsc::UnboundedSender<(NodeId, bool)>,
    synced: Option<bool>,
}

/// What the task is given.
pub(super) struct Parts {
    /// The protocol.
    pub protocol: Protocol,
    /// What the tasks share.
    pub shared: Arc<Shared>,
    /// Told of connections that are gone: whose, and whether it is trusted.
    pub gone: mpsc::UnboundedSender<(NodeId, bool)>,
}

/// Runs until `stop` turns true; connections are told that the node stops.
pub(super) async fn run(
    parts: Parts,
    mut queue: mpsc::Receiver<Input>,
    mut stop: watch::Receiver<bool>,
) {
    let mut happenings = parts.shared.handle.happenings();
    let mut entered = parts.shared.handle.entered();
    let mut core = Core::new(parts);
    let mut view = interval(VIEW_EVERY);
    view.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut curious = interval(ACQUAINTANCES_EVERY);
    core.feed(Event::Tick).await;
    loop {
        let now = system_millis();
        let wait = match core.protocol.deadline(now) {
            Some(at) => Duration::from_millis(at.saturating_sub(now)).min(SLEEP_MAX),
            None => SLEEP_MAX,
        };
        tokio::select! {
            biased;
            () = super::told_to_stop(&mut stop) => break,
            happening = happenings.recv() => match happening {
                Ok(happening) => {
                    core.look_at_clock(&happening);
                    core.feed(Event::Happening(happening)).await;
                }
                // The protocol looks at the ledger itself; it only has to wake.
                Err(broadcast::error::RecvError::Lagged(_)) => core.feed(Event::Tick).await,
                Err(broadcast::error::RecvError::Closed) => break,
            },
            input = queue.recv() => match input {
                Some(input) => core.take(input).await,
                None => break,
            },
            block = entered.recv() => if let Ok(block) = block {
                core.feed(Event::Entered(block)).await;
            },
            _ = view.tick() => core.picture(),
            _ = curious.tick() => core.ask_around(None),
            () = sleep_until(Instant::now() + wait) => core.feed(Event::Tick).await,
        }
    }
    core.close_all(Reason::Quitting);
}

impl Core {
    fn new(parts: Parts) -> Core {
        let Parts { protocol, shared, gone } = parts;
        let (inserts, to_insert) = mpsc::channel(INSERTS_MAX);
        tokio::spawn(insert(shared.handle.clone(), to_insert, shared.inputs.clone()));
        let (admits, to_admit) = mpsc::channel(ADMITS_MAX);
        tokio::spawn(admit(shared.handle.clone(), to_admit, shared.inputs.clone()));
        let links = BTreeMap::new();
        Core { protocol, shared, transport: "", links, inserts, admits, gone, synced: None }
    }

    async fn take(&mut self, input: Input) {
        match input {
            Input::Connected { peer, remote, link } => {
                tracing::info!(
                    peer = %remote.id, address = %remote.address, name = %remote.name,
                    inbound = remote.inbound, "peer connected"
                );
                let since = system_millis() / 1000;
                let known =
                    Known { remote: remote.clone(), link, since, acquaintances: Vec::new() };
                self.links.insert(peer, known);
                self.feed(Event::Connected { peer, remote }).await;
                self.ask_around(Some(peer));
                self.picture();
            }
            Input::Message { peer, message } => self.feed(Event::Message { peer, message }).await,
            Input::Offence { peer, offence } => self.feed(Event::Offence { peer, offence }).await,
            Input::Extension { peer, message } => self.hear(peer, message),
            Input::Gone { peer, why } => {
                if let Some(known) = self.links.remove(&peer) {
                    let remote = known.remote;
                    tracing::info!(peer = %remote.id, address = %remote.address, why, "peer gone");
                    // The dialer ends with this task.
                    let _ = self.gone.send((remote.id, remote.trusted));
                }
                self.feed(Event::Gone { peer }).await;
                self.picture();
            }
            Input::Inserted { ticket, result } => {
                self.feed(Event::Inserted { ticket, result }).await;
            }
            Input::Admitted { ticket, results } => {
                self.feed(Event::Admitted { ticket, results }).await;
            }
            Input::Transport(name) => {
                if !self.transport.is_empty() {
                    self.close_all(Reason::Quitting);
                }
                self.transport = name;
                self.picture();
            }
            Input::Expel(whom) => self.expel(&whom),
            Input::Pardon(Whom::Node(id)) => self.protocol.pardon(&id, ""),
            Input::Pardon(Whom::Address(ip)) => {
                self.protocol.pardon(&NodeId([0; 64]), &ip.to_string());
            }
        }
    }

    /// A momentum that comes while nothing is missing tells of the clock.
    fn look_at_clock(&self, happening: &Happening) {
        if let Happening::Momentum(detailed) = happening
            && self.synced == Some(true)
            && !self.shared.handle.makes(&detailed.momentum)
        {
            self.shared.clock.note(&detailed.momentum, system_millis());
        }
    }

    /// Gives the protocol an event and does what it wants.
    async fn feed(&mut self, event: Event) {
        let moment = self.shared.handle.moment();
        let mut out = Vec::new();
        self.protocol.on(system_millis(), event, &*moment, &mut out);
        for action in out {
            self.act(action).await;
        }
    }

    async fn act(&mut self, action: Action) {
        match action {
            Action::Send { peers, message } => self.send(&peers, &message),
            Action::Disconnect { peer, reason, why } => self.disconnect(peer, reason, &why),
            Action::Ban { id, address, until } => {
                tracing::warn!(peer = %id, address, until, "peer banned");
                self.shared.gate.ban_peer(id, &address, until);
            }
            Action::Insert { ticket, momentums } => {
                // The protocol keeps to the bound; beyond it this waits for the writer.
                let _ = self.inserts.send((ticket, momentums)).await;
            }
            Action::Admit { ticket, blocks } => {
                if let Err(error) = self.admits.try_send((ticket, blocks)) {
                    let (ticket, blocks) = error.into_inner();
                    let waiting = ADMITS_MAX;
                    let results =
                        blocks.iter().map(|_| Err(ServiceError::Busy { waiting })).collect();
                    // The queue to this task may be full of what it would have to take itself.
                    let inputs = self.shared.inputs.clone();
                    tokio::spawn(async move {
                        let _ = inputs.send(Input::Admitted { ticket, results }).await;
                    });
                }
            }
            Action::Synced(synced) => {
                if self.synced != Some(synced) {
                    tracing::info!(synced, "the network's newest momentum is here: {synced}");
                }
                self.synced = Some(synced);
                self.shared.handle.set_synced(synced);
                self.picture();
            }
        }
    }

    /// Puts a message into the peers' queues. What only spreads news is dropped for a peer that does not
    /// read; one that misses an answer or a question is disconnected.
    fn send(&mut self, peers: &[Peer], message: &Message) {
        let payload = Bytes::from(message.encode());
        let code = FIRST_CODE + message.code();
        let is_news =
            matches!(message, Message::Tx(_) | Message::NewBlockHashes(_) | Message::NewBlock(_));
        let mut slow = Vec::new();
        for peer in peers {
            let Some(known) = self.links.get(peer) else { continue };
            let full = known.link.out.try_send(Frame::new(code, payload.clone())).is_err();
            if full && !is_news {
                slow.push(*peer);
            }
        }
        for peer in slow {
            self.disconnect(peer, Reason::Useless, "it does not read");
        }
    }

    fn disconnect(&mut self, peer: Peer, reason: Reason, why: &str) {
        let Some(known) = self.links.get_mut(&peer) else { return };
        if let Some(close) = known.link.close.take() {
            tracing::info!(peer = %known.remote.id, ?reason, why, "disconnecting a peer");
            // Its task may have ended by itself.
            let _ = close.send(reason);
        }
    }

    fn close_all(&mut self, reason: Reason) {
        let peers: Vec<Peer> = self.links.keys().copied().collect();
        for peer in peers {
            self.disconnect(peer, reason, "all connections end");
        }
    }

    /// Ends the connections of one that was banned or removed.
    fn expel(&mut self, whom: &Whom) {
        let of = |known: &&Known| match whom {
            Whom::Node(id) => known.remote.id == *id,
            Whom::Address(ip) => super::gate::host(&known.remote.address) == Some(*ip),
        };
        let peers: Vec<Peer> =
            self.links.iter().filter(|(_, known)| of(known)).map(|(peer, _)| *peer).collect();
        for peer in peers {
            self.disconnect(peer, Reason::Requested, "asked for by the operator");
        }
    }

    /// Asks one peer, or all, whom they are connected with.
    fn ask_around(&mut self, peer: Option<Peer>) {
        for (number, known) in &self.links {
            if known.link.extension && peer.is_none_or(|peer| peer == *number) {
                // One that does not read is asked again later.
                let _ = known.link.out.try_send(Extension::GetPeers.frame());
            }
        }
    }

    fn hear(&mut self, peer: Peer, message: Extension) {
        match message {
            Extension::GetPeers => {
                let heights: BTreeMap<Peer, u64> = self
                    .protocol
                    .peers(system_millis())
                    .into_iter()
                    .filter_map(|of| Some((of.peer, of.height?)))
                    .collect();
                let peers = self
                    .links
                    .iter()
                    .filter(|(number, known)| {
                        **number != peer && !self.shared.private.contains(&known.remote.id)
                    })
                    .take(PEERS_MAX)
                    .map(|(number, known)| Acquaintance {
                        id: known.remote.id,
                        name: known.remote.name.clone(),
                        height: heights.get(number).copied().unwrap_or_default(),
                    })
                    .collect();
                if let Some(known) = self.links.get(&peer) {
                    let _ = known.link.out.try_send(Extension::Peers(peers).frame());
                }
            }
            Extension::Peers(peers) => {
                if let Some(known) = self.links.get_mut(&peer) {
                    known.acquaintances = peers;
                }
            }
            // Questions are answered where the connection is handled; a node that runs asks for none.
            Extension::GetCheckpoint
            | Extension::GetPiece { .. }
            | Extension::Checkpoint(_)
            | Extension::Piece { .. } => {}
        }
    }

    /// What those who ask are shown from now on.
    fn picture(&mut self) {
        let standings: BTreeMap<Peer, _> = self
            .protocol
            .peers(system_millis())
            .into_iter()
            .map(|standing| (standing.peer, standing))
            .collect();
        let peers = self
            .links
            .iter()
            .map(|(number, known)| {
                let standing = standings.get(number);
                let remote = &known.remote;
                let latency = known.link.traffic.latency_ms.load(Ordering::Relaxed);
                PeerStatus {
                    id: remote.id,
                    name: remote.name.clone(),
                    address: remote.address.clone(),
                    transport: self.transport,
                    inbound: remote.inbound,
                    relayed: remote.address.contains("/p2p-circuit"),
                    trusted: remote.trusted,
                    private: self.shared.private.contains(&remote.id),
                    since: known.since,
                    height: standing.and_then(|standing| standing.height),
                    score: standing.map_or(0, |standing| standing.score),
                    bytes_in: known.link.traffic.received.load(Ordering::Relaxed),
                    bytes_out: known.link.traffic.sent.load(Ordering::Relaxed),
                    latency_ms: (latency > 0).then_some(latency),
                }
            })
            .collect();
        let acquaintances = self
            .links
            .values()
            .map(|known| (known.remote.id, known.acquaintances.clone()))
            .collect();
        let sync = self.protocol.info();
        let metrics = self.shared.handle.metrics();
        metrics.peers.set(self.links.len() as u64);
        metrics.synced.set(u64::from(sync.state == SyncState::Done));
        metrics.target_height.set(sync.target_height);
        self.shared.view.store(Arc::new(View {
            sync,
            transport: self.transport,
            peers,
            acquaintances,
        }));
    }
}

/// Hands momentums to the writer in order. The signatures of the next batch are checked meanwhile.
async fn insert(
    handle: Arc<Handle>,
    mut batches: mpsc::Receiver<(u64, Vec<DetailedMomentum>)>,
    inputs: mpsc::Sender<Input>,
) {
    let (checked, mut ready) = mpsc::channel(1);
    tokio::spawn(async move {
        while let Some((ticket, momentums)) = batches.recv().await {
            let check = tokio::task::spawn_blocking(move || {
                let check = ahead::check_signatures(&momentums);
                (momentums, check)
            });
            let Ok((momentums, check)) = check.await else { return };
            if checked.send((ticket, momentums, check)).await.is_err() {
                return;
            }
        }
    });
    while let Some((ticket, momentums, check)) = ready.recv().await {
        let result = loop {
            match handle.insert(momentums.clone(), check).await {
                Err(ServiceError::Busy { .. }) => sleep(BUSY_PAUSE).await,
                result => break result,
            }
        };
        if inputs.send(Input::Inserted { ticket, result }).await.is_err() {
            return;
        }
    }
}

/// Hands blocks to the writer's pool, in order.
async fn admit(
    handle: Arc<Handle>,
    mut groups: mpsc::Receiver<(u64, Vec<AccountBlock>)>,
    inputs: mpsc::Sender<Input>,
) {
    while let Some((ticket, blocks)) = groups.recv().await {
        let publisher = handle.clone();
        // Publishing checks the signature.
        let answers = tokio::task::spawn_blocking(move || {
            blocks.into_iter().map(|block| publisher.publish(block)).collect::<Vec<_>>()
        });
        let Ok(answers) = answers.await else { return };
        let results = futures_util::future::join_all(answers).await;
        if inputs.send(Input::Admitted { ticket, results }).await.is_err() {
            return;
        }
    }
}
