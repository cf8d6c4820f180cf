//! Peers that the benchmark plays itself: they say hello, tell that they know only genesis, listen, and ask
//! for bodies if they are told to.

use super::nodes::Carrier;
use anyhow::{Context as _, Result, anyhow, bail, ensure};
use ledger::genesis::Genesis;
use node::wire::identity::Identity;
use node::wire::message::{BLOCKS_MAX, FIRST_CODE, HASHES_MAX, Message, Status, VERSION};
use node::wire::rlpx::transport as rlpx;
use node::wire::session::{self, Me, Said};
use node::wire::{Budget, Endpoint, Frame, Stream, Transport, libp2p};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio::time::timeout;

/// Memory for large frames of one such peer.
const BUDGET_BYTES: usize = 32 << 20;
/// How long an answer may take.
const ANSWER_TIME: Duration = Duration::from_secs(60);

/// A key with a transport of its own.
pub struct Caller {
    transport: Arc<dyn Transport>,
    me: Me,
    status: Status,
    /// Nobody calls, but a transport wants somewhere to put those who do.
    _inbound: mpsc::Receiver<Stream>,
}

impl Caller {
    /// A new key.
    pub async fn new(carrier: Carrier, genesis: &Genesis) -> Result<Caller> {
        let key = Identity::generate();
        let me = Me { id: key.id(), name: "bench".to_owned(), port: 0, extension: false };
        let (inbound, waiting) = mpsc::channel(1);
        let budget = Budget::new(BUDGET_BYTES);
        let transport: Arc<dyn Transport> = match carrier {
            Carrier::Legacy => rlpx::start(rlpx::Settings::local(key, budget), inbound).await?,
            Carrier::Libp2p => {
                libp2p::start(libp2p::Settings::caller(key, budget), inbound).await?
            }
        };
        let first = genesis.momentum.hash;
        let network =
            u32::try_from(genesis.rules.chain_identifier).context("a network's number")?;
        let status = Status { version: VERSION, network, height: 1, newest: first, genesis: first };
        Ok(Caller { transport, me, status, _inbound: waiting })
    }

    /// Connects and exchanges status.
    pub async fn call(&self, endpoint: &Endpoint) -> Result<Line> {
        let stream = self.transport.dial(endpoint.clone()).await?;
        let stream = session::open(stream, &self.me, |_, _| None).await?.stream;
        let mut line = Line { stream, height: 0, received: 0 };
        line.say(&Message::Status(self.status)).await?;
        match line.next().await?.message {
            Message::Status(status) => line.height = status.height,
            other => bail!("expected a status, got message {}", other.code()),
        }
        Ok(line)
    }
}

/// What was heard.
pub struct Heard {
    /// The message.
    pub message: Message,
    /// Bytes of its payload.
    pub bytes: usize,
    /// When it was read.
    pub at: Instant,
}

/// A connection.
pub struct Line {
    stream: Stream,
    /// Height that the other side told first.
    pub height: u64,
    /// Bytes of all payloads so far.
    pub received: u64,
}

impl Line {
    async fn send(&self, frame: Frame) -> Result<()> {
        self.stream.out.send(frame).await.map_err(|_| anyhow!("the node closed the connection"))
    }

    /// Says something.
    pub async fn say(&self, message: &Message) -> Result<()> {
        self.send(Frame::new(FIRST_CODE + message.code(), message.encode())).await
    }

    /// The next message; pings are answered on the way.
    pub async fn next(&mut self) -> Result<Heard> {
        loop {
            let frame = self.stream.frames.recv().await.context("the connection ended")??;
            let (at, bytes) = (Instant::now(), frame.payload.len());
            self.received += bytes as u64;
            match session::read(&frame, false)? {
                Said::Message(message) => return Ok(Heard { message, bytes, at }),
                Said::Ping => self.send(session::pong()).await?,
                Said::Disconnect(reason) => {
                    bail!("the node ended the connection: {}", session::reason_text(reason))
                }
                Said::Nothing | Said::Extension(_) => {}
            }
        }
    }

    /// Fetches all momentums that the other side has, with their blocks, and gives their number. News in
    /// between is passed over.
    pub async fn fetch_all(&mut self) -> Result<u64> {
        let mut fetched = 0;
        let mut number = 1;
        while number <= self.height {
            let amount = HASHES_MAX as u64;
            let question = Message::GetBlockHashesFromNumber { number, amount };
            let hashes = loop {
                if let Message::BlockHashes(hashes) = self.answer(&question, fetched).await? {
                    break hashes;
                }
            };
            ensure!(!hashes.is_empty(), "no hashes from height {number}");
            number += hashes.len() as u64;
            let mut wanted = &hashes[..];
            while !wanted.is_empty() {
                let some = wanted[..wanted.len().min(BLOCKS_MAX)].to_vec();
                let question = Message::GetBlocks(some);
                if let Message::Blocks(momentums) = self.answer(&question, fetched).await? {
                    ensure!(!momentums.is_empty(), "no momentums below height {number}");
                    wanted = &wanted[momentums.len()..];
                    fetched += momentums.len() as u64;
                }
            }
        }
        Ok(fetched)
    }

    /// Asks, and gives what answers such a question.
    async fn answer(&mut self, question: &Message, fetched: u64) -> Result<Message> {
        self.say(question).await?;
        let answer = async {
            loop {
                let heard = self.next().await?.message;
                if matches!(heard, Message::BlockHashes(_) | Message::Blocks(_)) {
                    return anyhow::Ok(heard);
                }
            }
        };
        let late = || format!("no answer after {fetched} momentums");
        timeout(ANSWER_TIME, answer).await.with_context(late)?
    }
}
