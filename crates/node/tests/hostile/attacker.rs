//! Peers with keys of their own, that can be made to say anything.

use crate::world::{Carrier, DEADLINE, World};
use ledger::types::Hash;
use node::wire::identity::Identity;
use node::wire::message::{FIRST_CODE, Message, Status, VERSION};
use node::wire::rlpx::transport as rlpx;
use node::wire::session::{self, Me, Said};
use node::wire::{Budget, Frame, Stream, Transport, libp2p};
use std::net::Ipv4Addr;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::time::timeout;

/// A key with a transport.
pub struct Attacker {
    transport: Arc<dyn Transport>,
    pub me: Me,
    _inbound: mpsc::Receiver<Stream>,
}

impl Attacker {
    /// A new key.
    pub async fn new(carrier: Carrier) -> Attacker {
        let key = Identity::generate();
        let me = Me { id: key.id(), name: "attacker".to_owned(), port: 0, extension: false };
        let (inbound, waiting) = mpsc::channel(1);
        // Attackers are read by nobody but themselves.
        let budget = Budget::new(64 << 20);
        let transport: Arc<dyn Transport> = match carrier {
            Carrier::Legacy => {
                rlpx::start(rlpx::Settings::local(key, budget), inbound).await.unwrap()
            }
            Carrier::Libp2p => {
                libp2p::start(libp2p::Settings::caller(key, budget), inbound).await.unwrap()
            }
        };
        Attacker { transport, me, _inbound: waiting }
    }

    /// An authenticated stream, on which nothing was said yet.
    pub async fn dial(&self, world: &World) -> Stream {
        world.keep(self.transport.clone());
        let dialled = timeout(DEADLINE, self.transport.dial(world.endpoint())).await;
        dialled.expect("the node answers").expect("it takes the call")
    }

    /// A stream on which both have said hello.
    pub async fn hello(&self, world: &World) -> Stream {
        let stream = self.dial(world).await;
        session::open(stream, &self.me, |_, _| None).await.expect("both say hello").stream
    }

    /// A stream on which both have told their status.
    pub async fn join(&self, world: &World) -> Stream {
        self.join_as(world, status(world)).await
    }

    /// The same with a status of one's own.
    pub async fn join_as(&self, world: &World, status: Status) -> Stream {
        let mut stream = self.hello(world).await;
        say(&stream, &Message::Status(status)).await;
        match hear(&mut stream).await {
            Some(Message::Status(_)) => stream,
            other => panic!("expected a status, got {other:?}"),
        }
    }
}

/// The status of a node that knows only genesis.
pub fn status(world: &World) -> Status {
    let first = world.genesis.momentum.hash;
    let network = u32::try_from(world.genesis.rules.chain_identifier).unwrap();
    Status { version: VERSION, network, height: 1, newest: first, genesis: first }
}

/// Sends a message; a node that has hung up is no matter.
pub async fn say(stream: &Stream, message: &Message) {
    send(stream, FIRST_CODE + message.code(), message.encode()).await;
}

/// Sends a frame; a node that has hung up is no matter.
pub async fn send(stream: &Stream, code: u64, payload: impl Into<::bytes::Bytes>) {
    let _ = timeout(DEADLINE, stream.out.send(Frame::new(code, payload))).await;
}

/// The next message; `None` once the node has ended the connection. Pings are answered.
pub async fn hear(stream: &mut Stream) -> Option<Message> {
    loop {
        let frame = timeout(DEADLINE, stream.frames.recv()).await.expect("the node says something");
        let frame = frame?.ok()?;
        match session::read(&frame, false).expect("the node says what can be understood") {
            Said::Message(message) => return Some(message),
            Said::Ping => send(stream, session::pong().code, session::pong().payload).await,
            Said::Disconnect(_) => return None,
            Said::Nothing | Said::Extension(_) => {}
        }
    }
}

/// The answer to a question for hashes or momentums; news in between is passed over.
pub async fn answer(stream: &mut Stream, question: &Message) -> Message {
    say(stream, question).await;
    loop {
        let heard = hear(stream).await.expect("the question is answered");
        if matches!(heard, Message::BlockHashes(_) | Message::Blocks(_)) {
            return heard;
        }
    }
}

/// Waits until the node has ended the connection; whatever it says before is read.
pub async fn ended(stream: &mut Stream) {
    let end = async {
        while let Some(Ok(frame)) = stream.frames.recv().await {
            // Those who are still there keep up appearances.
            if matches!(session::read(&frame, false), Ok(Said::Ping)) {
                let pong = session::pong();
                let _ = stream.out.try_send(pong);
            }
        }
    };
    timeout(DEADLINE, end).await.expect("the node ends the connection");
}

/// Hashes of nothing.
pub fn hashes(count: u8) -> Vec<Hash> {
    (0..count).map(|number| Hash([number; 32])).collect()
}
