//! How peers talk: transports carry frames, frames carry messages.
//!
//! 1. [`message`]: the nine messages of the reference's protocol `eth/61`;
//! 2. [`session`]: hello, ping and disconnect below them;
//! 3. [`extension`]: what nodes of this kind say to each other besides;
//! 4. here: what every [`Transport`] gives, whatever it does underneath;
//! 5. [`identity`], [`mod@endpoint`]: a node's key, and how nodes are named in text;
//! 6. [`mod@libp2p`]: the newer transport, which reaches nodes behind NAT;
//! 7. [`rlpx`]: the older one, which the reference runs, and [`discovery`], by which its nodes find
//!    each other.
//!
//! A transport authenticates the other side by its secp256k1 key and then hands over a [`Stream`] of
//! [`Frame`]s. Codes below 16 belong to the base protocol (hello, disconnect, ping, pong), code `16 + n`
//! is message `n` of `eth/61`. Sources: go-zenon `p2p/peer.go`, `protocol/protocol.go`.

pub mod discovery;
pub mod endpoint;
pub mod extension;
pub mod identity;
pub mod libp2p;
pub mod message;
pub mod rlpx;
pub mod session;

use crate::service::Later;
use bytes::Bytes;
use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

/// Most bytes of a frame's payload (go-zenon `protocol.ProtocolMaxMsgSize`).
pub const FRAME_BYTES_MAX: usize = 10 << 20;
/// Payloads up to this size are not counted by a [`Budget`].
pub const FRAME_BYTES_FREE: usize = 16 << 10;
/// Frames of one peer that wait to be read or written.
pub const FRAMES_WAITING_MAX: usize = 2;

/// Whom a node is known as: its public secp256k1 key, X and Y.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub [u8; 64]);

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}…", hex::encode(&self.0[..8]))
    }
}

/// Where a node can be reached, and who must answer there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Endpoint {
    /// `enode://ID@IP:TCP[?discport=UDP]`, of the older transport.
    Enode {
        /// Who.
        id: NodeId,
        /// Its address.
        ip: IpAddr,
        /// Port of connections.
        tcp: u16,
        /// Port of discovery.
        udp: u16,
    },
    /// A multiaddr that ends in `/p2p/PEERID`, of libp2p.
    Multiaddr {
        /// Who.
        id: NodeId,
        /// The address in text, with the peer id.
        address: String,
    },
}

impl Endpoint {
    /// Who must answer there.
    pub fn id(&self) -> NodeId {
        match self {
            Endpoint::Enode { id, .. } | Endpoint::Multiaddr { id, .. } => *id,
        }
    }
}

/// Bounds the memory that payloads of all peers take together. Whoever reads a frame takes its part
/// before allocating, and waits if the others hold all of it.
///
/// Peers that called us share a part of their own, so that those whom nobody chose can't keep a node
/// from hearing those that it called.
#[derive(Clone, Debug)]
pub struct Budget {
    called: Arc<Semaphore>,
    callers: Arc<Semaphore>,
    inbound: bool,
}

/// A part of a [`Budget`], given back when dropped.
#[derive(Debug)]
pub struct Held(#[expect(dead_code, reason = "held until dropped")] OwnedSemaphorePermit);

impl Budget {
    /// A budget of this many bytes, for each kind of peers at least one largest frame.
    pub fn new(bytes: usize) -> Budget {
        let part = |bytes: usize| Arc::new(Semaphore::new(bytes.max(FRAME_BYTES_MAX)));
        let third = bytes / 3;
        Budget { called: part(bytes - third), callers: part(third), inbound: false }
    }

    /// The part of peers that called us, or of those that we called.
    pub fn of(&self, inbound: bool) -> Budget {
        Budget { inbound, ..self.clone() }
    }

    /// Takes `bytes` (of at most [`FRAME_BYTES_MAX`]), as soon as they are free; small ones are not
    /// counted.
    pub async fn take(&self, bytes: usize) -> Option<Held> {
        if bytes <= FRAME_BYTES_FREE {
            return None;
        }
        let bytes = u32::try_from(bytes.min(FRAME_BYTES_MAX)).expect("10 MiB fits");
        let part = if self.inbound { &self.callers } else { &self.called };
        // The semaphore is never closed.
        part.clone().acquire_many_owned(bytes).await.ok().map(Held)
    }
}

/// How long the payload of a frame may take once its length is known: a large one, which holds a part of
/// the budget meanwhile, has to come at 64 KiB a second.
pub fn reading_time(bytes: usize) -> Duration {
    match bytes <= FRAME_BYTES_FREE {
        true => Duration::from_secs(30),
        false => Duration::from_secs(5 + bytes as u64 / (64 << 10)),
    }
}

/// A code and its payload.
#[derive(Debug)]
pub struct Frame {
    /// Below 16: base protocol; from 16 on: messages.
    pub code: u64,
    /// RLP.
    pub payload: Bytes,
    /// Its part of the budget, if it was read and is large.
    pub held: Option<Held>,
}

impl Frame {
    /// A frame to send.
    pub fn new(code: u64, payload: impl Into<Bytes>) -> Frame {
        Frame { code, payload: payload.into(), held: None }
    }
}

/// Why a connection could not be made, or ended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// The system refused.
    #[error("{0}")]
    Io(String),
    /// The other side does not speak as it should.
    #[error("the peer broke the protocol: {0}")]
    Protocol(String),
    /// Nothing came in time.
    #[error("the peer did not answer in time: {0}")]
    Timeout(&'static str),
    /// Somebody else answered.
    #[error("expected node {expected}, {found} answered")]
    OtherNode {
        /// Whom we called.
        expected: NodeId,
        /// Who answered.
        found: NodeId,
    },
    /// The other side ended the connection.
    #[error("the peer closed the connection")]
    Closed,
    /// This transport can't reach such an endpoint.
    #[error("no transport reaches {0}")]
    Unreachable(String),
}

/// An authenticated connection as frames both ways. It is closed, once what waits is sent, when `out` is
/// dropped.
#[derive(Debug)]
pub struct Stream {
    /// Who is at the other end: proven by the transport's handshake.
    pub remote: NodeId,
    /// Its address, as a person would write it.
    pub address: String,
    /// Whether the other side called.
    pub inbound: bool,
    /// What comes; an error is the last item.
    pub frames: mpsc::Receiver<Result<Frame, WireError>>,
    /// What goes.
    pub out: mpsc::Sender<Frame>,
}

/// Whom a transport may deal with, below the protocol.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Circle {
    /// These nodes alone: it asks and tells nobody else, and lets nobody find it. A pillar behind its
    /// sentries.
    pub only: Option<BTreeSet<NodeId>>,
    /// Nodes that it never tells of: a sentry's pillar.
    pub private: BTreeSet<NodeId>,
}

impl Circle {
    /// Whether there may be a connection with this node.
    pub fn admits(&self, id: &NodeId) -> bool {
        self.only.as_ref().is_none_or(|only| only.contains(id))
    }

    /// Whether discovery has no place here.
    pub fn is_closed(&self) -> bool {
        self.only.is_some()
    }
}

/// A way to reach peers. Those who call us arrive on a channel that is given at its start.
pub trait Transport: Send + Sync {
    /// Connects and authenticates.
    fn dial(&self, endpoint: Endpoint) -> Later<Result<Stream, WireError>>;
    /// Whether [`Transport::dial`] understands such an endpoint.
    fn reaches(&self, endpoint: &Endpoint) -> bool;
    /// Where others reach this node, best first.
    fn endpoints(&self) -> Vec<Endpoint>;
    /// Up to `most` nodes that discovery found, in random order.
    fn discovered(&self, most: usize) -> Vec<Endpoint>;
    /// Whether others can call this node, as far as that is known.
    fn reachable(&self) -> Option<bool> {
        None
    }
    /// Frees the sockets.
    fn close(&self) -> Later<()>;
}
