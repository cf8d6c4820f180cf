//! One connection at work: a task that reads, one that writes, one that answers questions for the
//! ledger.
//!
//! The reader never waits for the other side to read, so two nodes can't block each other: what it has to
//! say goes into bounded queues, and whoever makes one overflow loses the connection.

use super::Input;
use super::gate::Pass;
use crate::checkpoint::folder::Shelf;
use crate::runner::Handle;
use crate::service::Service;
use crate::sync::serve::{self, Allowance};
use crate::sync::{Offence, Peer, Reason, Remote};
use crate::wire::extension::Extension;
use crate::wire::message::{FIRST_CODE, Message};
use crate::wire::session::{self, PING_EVERY, SILENCE_MAX, Said, Session};
use crate::wire::{Frame, WireError};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::{Instant, interval_at, timeout};

/// Frames that wait to be written at most, besides the transport's own.
const OUT_MAX: usize = 256;
/// Answers that wait to be written, besides the transport's own: the next one is made when this one is on
/// its way, so a peer that does not read what it asked for holds little memory.
const ANSWERS_MAX: usize = 1;
/// Answers that are made at the same time, for all peers: reading the ledger takes processors, not waiting.
pub const BUILDERS_MAX: usize = 2;
/// Questions that wait to be answered at most.
const QUESTIONS_MAX: usize = 64;
/// How long a last word may take.
const GOODBYE_TIME: Duration = Duration::from_secs(1);

/// What the rest of the node holds of a connection.
#[derive(Debug)]
pub struct Link {
    /// Frames to the peer.
    pub out: mpsc::Sender<Frame>,
    /// Ends the connection.
    pub close: Option<oneshot::Sender<Reason>>,
    /// Whether it speaks the extension.
    pub extension: bool,
    /// Bytes both ways.
    pub traffic: Arc<Traffic>,
}

/// Bytes of payload, and when something came last.
#[derive(Debug, Default)]
pub struct Traffic {
    /// From the peer.
    pub received: AtomicU64,
    /// To the peer.
    pub sent: AtomicU64,
    /// Milliseconds that the last answered ping took; 0 before the first.
    pub latency_ms: AtomicU64,
}

/// What questions are answered from.
#[derive(Clone)]
pub struct Sources {
    /// The ledger.
    pub handle: Arc<Handle>,
    /// Checkpoints.
    pub shelf: Arc<Shelf>,
    /// Permits to make an answer.
    pub builders: Arc<Semaphore>,
}

/// A question that waits to be answered.
enum Question {
    Ledger(Message),
    Extension(Extension),
}

/// Starts the tasks of a connection and tells of it. The pass is given back at its end.
pub fn start(
    peer: Peer,
    session: Session,
    trusted: bool,
    pass: Pass,
    sources: Sources,
    inputs: mpsc::Sender<Input>,
) {
    let Session { stream, name, extension } = session;
    let (out, queue) = mpsc::channel(OUT_MAX);
    let (close, closed) = oneshot::channel();
    let (questions, asked) = mpsc::channel(QUESTIONS_MAX);
    let traffic = Arc::new(Traffic::default());
    let remote = Remote {
        id: stream.remote,
        name,
        address: stream.address.clone(),
        inbound: stream.inbound,
        trusted,
    };
    let link = Link { out: out.clone(), close: Some(close), extension, traffic: traffic.clone() };
    let (answers, answered) = mpsc::channel(ANSWERS_MAX);
    let writer = write(queue, answered, stream.out, traffic.clone());
    let answerer = answer(asked, answers, sources);
    let reader = Reader { peer, extension, out, questions, traffic, inputs: inputs.clone() };
    tokio::spawn(async move {
        if inputs.send(Input::Connected { peer, remote, link }).await.is_err() {
            return;
        }
        let mut frames = stream.frames;
        let writer = tokio::spawn(writer);
        let answerer = tokio::spawn(answerer);
        let (why, last) = tokio::select! {
            why = reader.read(&mut frames) => why,
            reason = closed => {
                let reason = reason.unwrap_or(Reason::Requested);
                ("ended by this node".to_owned(), Some(reason))
            }
            () = pass.taken() => {
                ("another connection took its place".to_owned(), Some(Reason::AlreadyConnected))
            }
        };
        answerer.abort();
        if let Some(reason) = last {
            // Whoever does not read does not learn it.
            let _ = timeout(GOODBYE_TIME, reader.out.send(session::disconnect(reason))).await;
        }
        drop(reader);
        // The writer ends when nobody can put frames in; the core drops its half on `Gone`.
        let told = inputs.send(Input::Gone { peer, why }).await;
        if told.is_err() || timeout(2 * GOODBYE_TIME, writer).await.is_err() {
            tracing::trace!(peer, "connection dropped with frames unsent");
        }
        drop(pass);
    });
}

struct Reader {
    peer: Peer,
    extension: bool,
    out: mpsc::Sender<Frame>,
    questions: mpsc::Sender<Question>,
    traffic: Arc<Traffic>,
    inputs: mpsc::Sender<Input>,
}

impl Reader {
    /// Reads until the connection ends: why it did, and what the other side is told.
    async fn read(
        &self,
        frames: &mut mpsc::Receiver<Result<Frame, WireError>>,
    ) -> (String, Option<Reason>) {
        let mut ping = interval_at(Instant::now() + PING_EVERY, PING_EVERY);
        let mut allowance = Allowance::default();
        let connected = Instant::now();
        let mut last = connected;
        // One in a second is allowed.
        let mut pings = 0;
        let mut pinged: Option<Instant> = None;
        loop {
            let frame = tokio::select! {
                frame = frames.recv() => frame,
                _ = ping.tick() => {
                    if last.elapsed() > SILENCE_MAX {
                        return ("silent for too long".to_owned(), Some(Reason::ReadTimeout));
                    }
                    if self.out.try_send(session::ping()).is_ok() {
                        pinged.get_or_insert_with(Instant::now);
                    }
                    continue;
                }
            };
            let frame = match frame {
                Some(Ok(frame)) => frame,
                Some(Err(error)) => return (error.to_string(), None),
                None => return (WireError::Closed.to_string(), None),
            };
            last = Instant::now();
            if frame.code == session::PONG
                && let Some(since) = pinged.take()
            {
                let took = u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX);
                self.traffic.latency_ms.store(took.max(1), Ordering::Relaxed);
            }
            self.traffic.received.fetch_add(frame.payload.len() as u64, Ordering::Relaxed);
            let ended = match session::read(&frame, self.extension) {
                Ok(Said::Message(message)) if message.is_request() => {
                    let allowed = allowance.take(crate::runner::system_millis(), &message);
                    if !allowed || self.questions.try_send(Question::Ledger(message)).is_err() {
                        self.offend(Offence::Flood).await
                    } else {
                        false
                    }
                }
                Ok(Said::Message(message)) => {
                    // The frame's part of the budget is held until the core has room.
                    self.inputs.send(Input::Message { peer: self.peer, message }).await.is_err()
                }
                Ok(Said::Extension(code)) => match Extension::decode(code, &frame.payload) {
                    Ok(message) if message.is_question() => {
                        let allowed = allowance.take_piece(crate::runner::system_millis());
                        let question = Question::Extension(message);
                        if !allowed || self.questions.try_send(question).is_err() {
                            self.offend(Offence::Flood).await
                        } else {
                            false
                        }
                    }
                    Ok(message) => self
                        .inputs
                        .send(Input::Extension { peer: self.peer, message })
                        .await
                        .is_err(),
                    Err(error) => self.offend(Offence::Malformed(error.to_string())).await,
                },
                Ok(Said::Ping) => {
                    pings += 1;
                    if pings > 1 + connected.elapsed().as_secs() {
                        self.offend(Offence::Flood).await
                    } else {
                        // A peer that does not read its pongs has what it needs.
                        let _ = self.out.try_send(session::pong());
                        false
                    }
                }
                Ok(Said::Nothing) => false,
                Ok(Said::Disconnect(reason)) => {
                    let text = session::reason_text(reason);
                    return (format!("the peer ended it: {text}"), None);
                }
                Err(error) => self.offend(Offence::Malformed(error.to_string())).await,
            };
            if ended {
                return ("this node stops".to_owned(), Some(Reason::Quitting));
            }
        }
    }

    /// Tells of an offence. Whether there is nobody left to tell.
    async fn offend(&self, offence: Offence) -> bool {
        self.inputs.send(Input::Offence { peer: self.peer, offence }).await.is_err()
    }
}

/// Writes what is said and what is answered, until nobody says anything any more.
async fn write(
    mut queue: mpsc::Receiver<Frame>,
    mut answers: mpsc::Receiver<Frame>,
    out: mpsc::Sender<Frame>,
    traffic: Arc<Traffic>,
) {
    loop {
        // What is said is short, and must not wait for a line of answers.
        let frame = tokio::select! {
            biased;
            frame = queue.recv() => frame,
            Some(frame) = answers.recv() => Some(frame),
        };
        let Some(frame) = frame else { return };
        let bytes = frame.payload.len() as u64;
        let is_last = frame.code == session::DISCONNECT;
        if out.send(frame).await.is_err() || is_last {
            return;
        }
        traffic.sent.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// Answers questions one after the other, the next one once the last answer is about to be written.
async fn answer(mut asked: mpsc::Receiver<Question>, out: mpsc::Sender<Frame>, sources: Sources) {
    while let Some(question) = asked.recv().await {
        let Ok(place) = out.reserve().await else { return };
        // The semaphore is never closed.
        let Ok(builder) = sources.builders.clone().acquire_owned().await else { return };
        let sources = sources.clone();
        let answer = tokio::task::spawn_blocking(move || match question {
            Question::Ledger(question) => {
                let moment = sources.handle.moment();
                serve::answer(&*moment, &question)
                    .map(|answer| Frame::new(FIRST_CODE + answer.code(), answer.encode()))
            }
            Question::Extension(question) => Ok(extension(&sources.shelf, &question).frame()),
        });
        let answer = answer.await;
        drop(builder);
        match answer {
            Ok(Ok(frame)) => place.send(frame),
            Ok(Err(error)) => tracing::warn!(%error, "a peer's question can't be answered"),
            // The runtime stops.
            Err(_) => return,
        }
    }
}

/// Answers a question for checkpoints.
fn extension(shelf: &Shelf, question: &Extension) -> Extension {
    let newest = shelf.newest();
    let Extension::GetPiece { manifest, index } = question else {
        return Extension::Checkpoint(newest.map(|folder| folder.checkpoint().clone()));
    };
    let bytes = newest
        .filter(|folder| folder.checkpoint().manifest() == *manifest)
        .and_then(|folder| folder.piece(usize::try_from(*index).ok()?))
        .unwrap_or_default();
    Extension::Piece { index: *index, bytes: bytes.into() }
}
