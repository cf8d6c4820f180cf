//! Before a new node starts: fetches a checkpoint of its network, if signers are named and peers have
//! one, and makes it the node's ledger.
//!
//! It calls the nodes that are known at the start and those that discovery finds, as the running node
//! does, but tells them that it has genesis alone and asks for nothing but pieces. If that leads nowhere
//! the node begins at genesis; pieces that came are kept for the next time.

use super::transports::{self, Transports};
use super::{PeeringError, endpoints};
use crate::checkpoint::fetch::{Action, Event, Fetch};
use crate::checkpoint::folder::{Folder, FolderError};
use crate::config::{self, Config, PeerTransport};
use crate::network::Checkpoints;
use crate::runner::system_millis;
use crate::store::FILE;
use crate::sync::{Peer, Reason};
use crate::wire::extension::Extension;
use crate::wire::identity::Identity;
use crate::wire::message::{FIRST_CODE, Message, Status, VERSION};
use crate::wire::session::{self, Me, Said, Session};
use crate::wire::{Endpoint, Frame, NodeId, Stream, Transport, WireError};
use ledger::types::HashHeight;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, interval, sleep_until, timeout};

/// How long a checkpoint is looked for: a new network, where nobody has one, should not wait for long.
const LOOK_TIME: Duration = Duration::from_secs(8);
/// The same if all who are connected have none.
const NOBODY_TIME: Duration = Duration::from_secs(2);
/// Without a new piece for so long it is given up.
const STALL_TIME: Duration = Duration::from_secs(120);
/// Time between two looks at whom to call.
const CALL_EVERY: Duration = Duration::from_secs(1);
/// How long a call may take.
const CALL_TIME: Duration = Duration::from_secs(15);
/// Connections at one time.
const PEERS_MAX: usize = 8;
/// Frames that wait to be written: questions for pieces, and answers to polls.
const OUT_MAX: usize = 32;
/// Things that wait to be looked at, of all peers together: a piece each at the most.
const INPUTS_MAX: usize = 4;

/// Why no checkpoint is there. The node can begin at genesis all the same.
#[derive(Debug, thiserror::Error)]
pub enum BootstrapError {
    /// Peers can't be reached at all.
    #[error(transparent)]
    Peering(#[from] PeeringError),
    /// The pieces can't be kept, or make no ledger.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// Peers stopped bringing pieces.
    #[error("peers brought no more pieces: {have} of {all} are here")]
    Stalled {
        /// Pieces that are here.
        have: usize,
        /// Pieces that there are.
        all: usize,
    },
}

enum Input {
    Joined(Peer, mpsc::Sender<Frame>),
    Said(Peer, Extension),
    /// The connection, or the call, of this node ended.
    Gone(Peer, NodeId),
}

/// Fetches a checkpoint that holds and makes it the ledger of the data folder. `None` if there is a
/// ledger already, or nobody has a checkpoint.
pub async fn fetch(
    config: &Config,
    settings: &config::Peers,
    rule: &Checkpoints,
) -> Result<Option<HashHeight>, BootstrapError> {
    if config.data_dir.join(FILE).exists() {
        return Ok(None);
    }
    let key = Identity::load_or_create(&config.data_dir).map_err(PeeringError::from)?;
    let me = Me {
        id: key.id(),
        name: format!("uz/v{} {}", env!("CARGO_PKG_VERSION"), config.name).trim_end().to_owned(),
        port: 0,
        extension: true,
    };
    let mut known = match settings.only_trusted {
        true => Vec::new(),
        false => endpoints("bootstrap node", &settings.bootnodes)?,
    };
    // Of a trusted node perhaps only the key is known.
    known.extend(settings.trusted.iter().filter_map(|text| text.parse().ok()));
    if known.is_empty() {
        return Ok(None);
    }
    let name = match settings.transport {
        PeerTransport::Libp2p => transports::LIBP2P,
        PeerTransport::Legacy => transports::LEGACY,
        // Without a ledger nobody knows whether the spork holds; the addresses tell.
        PeerTransport::Auto => {
            let is_newer = |endpoint: &Endpoint| matches!(endpoint, Endpoint::Multiaddr { .. });
            if known.iter().any(is_newer) { transports::LIBP2P } else { transports::LEGACY }
        }
    };
    let (arrivals, _nobody_arrives) = mpsc::channel(1);
    let quiet = config::Peers { listen: None, nat: false, relay: false, ..settings.clone() };
    let transport = Transports::launch(name, &quiet, key, &known, arrivals).await?;
    let fetched = Boot {
        config,
        me,
        known,
        only_known: settings.only_trusted,
        transport: transport.clone(),
        fetch: Fetch::new(config.genesis.clone(), rule.clone()),
        folder: None,
        peers: BTreeMap::new(),
        busy: BTreeSet::new(),
        without: BTreeSet::new(),
        last: 0,
        progress_at: Instant::now(),
    }
    .run()
    .await;
    transport.close().await;
    let Some(folder) = fetched? else { return Ok(None) };
    let newest = folder.checkpoint().newest;
    let (data_dir, genesis) = (config.data_dir.clone(), config.genesis.clone());
    let built = tokio::task::spawn_blocking(move || folder.build(&data_dir, &genesis));
    built.await.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))?;
    Ok(Some(newest))
}

struct Boot<'a> {
    config: &'a Config,
    me: Me,
    known: Vec<Endpoint>,
    /// Whether nobody else is called.
    only_known: bool,
    transport: Arc<dyn Transport>,
    fetch: Fetch,
    folder: Option<Folder>,
    peers: BTreeMap<Peer, mpsc::Sender<Frame>>,
    /// Nodes that are called or connected.
    busy: BTreeSet<NodeId>,
    /// Peers that have no checkpoint.
    without: BTreeSet<Peer>,
    last: Peer,
    progress_at: Instant,
}

impl Boot<'_> {
    /// Until all pieces are here, or nothing comes any more.
    async fn run(mut self) -> Result<Option<Folder>, BootstrapError> {
        let (inputs, mut queue) = mpsc::channel(INPUTS_MAX);
        let mut calls = interval(CALL_EVERY);
        loop {
            let nobody =
                !self.peers.is_empty() && self.peers.keys().all(|peer| self.without.contains(peer));
            let patience = match (&self.folder, nobody) {
                (Some(_), _) => STALL_TIME,
                (None, true) => NOBODY_TIME,
                (None, false) => LOOK_TIME,
            };
            let due = self.fetch.deadline().map_or(Duration::MAX, |at| {
                Duration::from_millis(at.saturating_sub(system_millis()))
            });
            let wake = (self.progress_at + patience).min(Instant::now() + due.min(patience));
            let event = tokio::select! {
                input = queue.recv() => match input {
                    Some(Input::Joined(peer, out)) => {
                        self.peers.insert(peer, out);
                        Event::Joined(peer)
                    }
                    Some(Input::Said(peer, Extension::Checkpoint(offer))) => {
                        if offer.is_none() {
                            self.without.insert(peer);
                        }
                        Event::Offer(peer, offer)
                    }
                    Some(Input::Said(peer, Extension::Piece { index, bytes })) => Event::Piece {
                        peer,
                        index: usize::try_from(index).unwrap_or(usize::MAX),
                        bytes: bytes.to_vec(),
                    },
                    Some(Input::Said(..)) | None => continue,
                    Some(Input::Gone(peer, id)) => {
                        self.busy.remove(&id);
                        self.peers.remove(&peer);
                        Event::Gone(peer)
                    }
                },
                _ = calls.tick() => {
                    self.call(&inputs);
                    continue;
                }
                () = sleep_until(wake) => {
                    if self.progress_at.elapsed() >= patience {
                        return match self.fetch.progress() {
                            Some((have, all)) => Err(BootstrapError::Stalled { have, all }),
                            None => Ok(None),
                        };
                    }
                    Event::Tick
                }
            };
            if self.feed(event).await? {
                return Ok(self.folder);
            }
        }
    }

    /// Gives the fetching an event and does what it wants. `true` once all pieces are here.
    async fn feed(&mut self, event: Event) -> Result<bool, BootstrapError> {
        let mut out = Vec::new();
        self.fetch.on(system_millis(), event, &mut out);
        let mut done = false;
        for action in out {
            match action {
                Action::AskCheckpoint(peer) => self.say(peer, &Extension::GetCheckpoint),
                Action::AskPiece { peer, manifest, index } => {
                    self.say(peer, &Extension::GetPiece { manifest, index: index as u64 });
                }
                Action::Drop(peer, why) => {
                    tracing::warn!(peer, why, "a peer is of no use for the checkpoint");
                    if let Some(out) = self.peers.remove(&peer) {
                        let _ = out.try_send(session::disconnect(Reason::Useless));
                    }
                }
                Action::Take(checkpoint) => {
                    let newest = checkpoint.newest;
                    let pieces = checkpoint.pieces.len();
                    tracing::info!(%newest, pieces, "fetching a checkpoint");
                    let (config, genesis) = (self.config, &self.config.genesis);
                    let folder = Folder::begin(&config.data_dir, genesis, checkpoint)?;
                    let kept = folder.clone();
                    let here = tokio::task::spawn_blocking(move || {
                        (0..pieces).filter(|index| kept.piece(*index).is_some()).collect()
                    });
                    let here: Vec<usize> = here.await.unwrap_or_default();
                    here.into_iter().for_each(|index| self.fetch.found(index));
                    self.folder = Some(folder);
                    self.progress_at = Instant::now();
                }
                Action::Keep { index, bytes } => {
                    if let Some(folder) = &self.folder {
                        folder.keep(index, &bytes)?;
                    }
                    self.progress_at = Instant::now();
                }
                Action::Done => done = true,
            }
        }
        Ok(done)
    }

    fn say(&self, peer: Peer, message: &Extension) {
        if let Some(out) = self.peers.get(&peer) {
            // One that does not read is asked for nothing it could bring.
            let _ = out.try_send(message.frame());
        }
    }

    /// Calls nodes that are not connected.
    fn call(&mut self, inputs: &mpsc::Sender<Input>) {
        let mut able = self.known.clone();
        if !self.only_known {
            able.extend(self.transport.discovered(PEERS_MAX));
        }
        able.retain(|endpoint| endpoint.id() != self.me.id && self.transport.reaches(endpoint));
        for endpoint in able {
            if self.busy.len() >= PEERS_MAX || !self.busy.insert(endpoint.id()) {
                continue;
            }
            self.last += 1;
            let call = Call {
                peer: self.last,
                me: self.me.clone(),
                status: Status {
                    version: VERSION,
                    network: (self.config.genesis.rules.chain_identifier & u64::from(u32::MAX))
                        as u32,
                    height: 1,
                    newest: self.config.genesis.momentum.hash,
                    genesis: self.config.genesis.momentum.hash,
                },
                inputs: inputs.clone(),
            };
            let dialled = self.transport.dial(endpoint.clone());
            tokio::spawn(async move {
                let id = endpoint.id();
                let (peer, inputs) = (call.peer, call.inputs.clone());
                let ended = match timeout(CALL_TIME, dialled).await {
                    Ok(Ok(stream)) => call.talk(stream).await,
                    Ok(Err(error)) => Err(error),
                    Err(_) => Err(WireError::Timeout("the call")),
                };
                if let Err(error) = ended {
                    tracing::debug!(%endpoint, %error, "a call for a checkpoint ended");
                }
                tokio::time::sleep(CALL_EVERY).await;
                let _ = inputs.send(Input::Gone(peer, id)).await;
            });
        }
    }
}

/// One connection.
struct Call {
    peer: Peer,
    me: Me,
    status: Status,
    inputs: mpsc::Sender<Input>,
}

impl Call {
    async fn talk(self, stream: Stream) -> Result<(), WireError> {
        let session = session::open(stream, &self.me, |_, _| None).await?;
        let Session { mut stream, extension, .. } = session;
        let message = |message: &Message| Frame::new(FIRST_CODE + message.code(), message.encode());
        let closed = |_| WireError::Closed;
        stream.out.send(message(&Message::Status(self.status))).await.map_err(closed)?;
        if !extension {
            return Ok(());
        }
        let (out, mut queue) = mpsc::channel(OUT_MAX);
        self.inputs.send(Input::Joined(self.peer, out)).await.map_err(|_| WireError::Closed)?;
        let mut ping = interval(session::PING_EVERY);
        let mut last = Instant::now();
        loop {
            let frame = tokio::select! {
                frame = stream.frames.recv() => frame.ok_or(WireError::Closed)??,
                next = queue.recv() => {
                    // Nobody wants anything of this one any more.
                    let Some(frame) = next else { return Ok(()) };
                    stream.out.send(frame).await.map_err(|_| WireError::Closed)?;
                    continue;
                }
                _ = ping.tick() => {
                    if last.elapsed() > session::SILENCE_MAX {
                        return Err(WireError::Timeout("anything"));
                    }
                    stream.out.send(session::ping()).await.map_err(|_| WireError::Closed)?;
                    continue;
                }
            };
            last = Instant::now();
            let said = session::read(&frame, true)
                .map_err(|error| WireError::Protocol(error.to_string()))?;
            let answer = match said {
                Said::Ping => Some(session::pong()),
                Said::Disconnect(reason) => {
                    return Err(WireError::Protocol(session::reason_text(reason).to_owned()));
                }
                // We have nothing.
                Said::Message(Message::GetBlocks(_)) => Some(message(&Message::Blocks(Vec::new()))),
                Said::Message(question) if question.is_request() => {
                    Some(message(&Message::BlockHashes(Vec::new())))
                }
                Said::Message(_) | Said::Nothing => None,
                Said::Extension(code) => {
                    let message = Extension::decode(code, &frame.payload)
                        .map_err(|error| WireError::Protocol(error.to_string()))?;
                    match message {
                        Extension::GetPeers => Some(Extension::Peers(Vec::new()).frame()),
                        Extension::GetCheckpoint => Some(Extension::Checkpoint(None).frame()),
                        Extension::GetPiece { index, .. } => {
                            Some(Extension::Piece { index, bytes: bytes::Bytes::new() }.frame())
                        }
                        message @ (Extension::Checkpoint(_)
                        | Extension::Piece { .. }
                        | Extension::Peers(_)) => {
                            let input = Input::Said(self.peer, message);
                            self.inputs.send(input).await.map_err(|_| WireError::Closed)?;
                            None
                        }
                    }
                }
            };
            if let Some(frame) = answer {
                stream.out.send(frame).await.map_err(|_| WireError::Closed)?;
            }
        }
    }
}
