//! The base protocol on an authenticated stream: both sides say hello, then messages flow, with a ping
//! now and then.
//!
//! | code | frame | payload |
//! |---|---|---|
//! | 0 | hello | version 4, name, capabilities, listening port, node id |
//! | 1 | disconnect | reason |
//! | 2, 3 | ping, pong | empty list |
//!
//! Source: go-zenon `p2p/peer.go`, `p2p/rlpx.go`, `p2p/server.go`.

use super::message::{self, Message, MessageError};
use super::{Frame, NodeId, Stream, WireError};
use crate::sync::Reason;
use alloy_rlp::{Decodable, Encodable, Error, Header};
use std::time::Duration;
use tokio::time::timeout;

/// Version of the base protocol.
const VERSION: u64 = 4;
/// Most bytes of a hello (go-zenon `baseProtocolMaxMsgSize`).
const HELLO_BYTES_MAX: usize = 2 * 1024;
/// Most bytes of a name that are kept.
const NAME_BYTES_MAX: usize = 128;
/// Most capabilities that are looked at.
const CAPABILITIES_MAX: usize = 64;
/// How long the other side may take for its hello.
const HELLO_TIME: Duration = Duration::from_secs(5);
/// How long a last word may take.
const GOODBYE_TIME: Duration = Duration::from_secs(1);
/// Time between two pings.
pub const PING_EVERY: Duration = Duration::from_secs(15);
/// Silence after which a connection is given up.
pub const SILENCE_MAX: Duration = Duration::from_secs(30);

const HELLO: u64 = 0;
/// Code of the last frame of a connection.
pub const DISCONNECT: u64 = 1;
const PING: u64 = 2;
/// Code of the answer to a ping.
pub const PONG: u64 = 3;
/// An empty list.
const EMPTY: &[u8] = &[0xc0];

/// A protocol above the base protocol.
const ETH: Capability<'static> = Capability { name: b"eth", version: message::VERSION as u64 };
/// What nodes of this kind say to each other besides ([`super::extension`]).
const EXTENSION: Capability<'static> = Capability { name: b"uz", version: 1 };

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Capability<'a> {
    name: &'a [u8],
    version: u64,
}

/// How a node introduces itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Me {
    /// Its key.
    pub id: NodeId,
    /// Client, version and name.
    pub name: String,
    /// Where it takes connections; 0 with libp2p, which tells it otherwise.
    pub port: u16,
    /// Whether it speaks the extension.
    pub extension: bool,
}

/// A stream on which both sides have said hello.
#[derive(Debug)]
pub struct Session {
    /// The stream; what follows hello.
    pub stream: Stream,
    /// Name that the other side gives.
    pub name: String,
    /// Whether both sides speak the extension.
    pub extension: bool,
}

/// What a frame is.
#[derive(Debug, PartialEq, Eq)]
pub enum Said {
    /// A message.
    Message(Message),
    /// A message of the extension: its code there, counted from 0.
    Extension(u64),
    /// To be answered by [`pong`].
    Ping,
    /// Nothing that matters.
    Nothing,
    /// The other side ends the connection.
    Disconnect(u64),
}

/// Says hello on a new stream and waits for the other side's. `take` is asked once it is known who is
/// there, and may give a reason to refuse it.
pub async fn open(
    mut stream: Stream,
    me: &Me,
    take: impl FnOnce(&NodeId, &str) -> Option<Reason>,
) -> Result<Session, WireError> {
    let hello = Frame::new(HELLO, encode_hello(me));
    stream.out.send(hello).await.map_err(|_| WireError::Closed)?;
    let frame = timeout(HELLO_TIME, stream.frames.recv())
        .await
        .map_err(|_| WireError::Timeout("its hello"))?
        .ok_or(WireError::Closed)??;
    let refused = |reason| (reason, WireError::Protocol(format!("refused: {reason:?}")));
    let checked = match (frame.code, decode_hello(&frame.payload)) {
        (DISCONNECT, _) => {
            return Err(WireError::Protocol(format!(
                "it does not want us: {}",
                reason_text(decode_reason(&frame.payload))
            )));
        }
        (HELLO, Ok(theirs)) => match refusal(&theirs, &stream.remote, me) {
            Some(reason) => Err(refused(reason)),
            None => match take(&stream.remote, &theirs.name) {
                Some(reason) => Err(refused(reason)),
                None => Ok(theirs),
            },
        },
        (HELLO, Err(error)) => {
            Err((Reason::Protocol, WireError::Protocol(format!("its hello: {error}"))))
        }
        (code, _) => {
            let error = WireError::Protocol(format!("expected hello, got frame {code}"));
            Err((Reason::Protocol, error))
        }
    };
    match checked {
        Ok(theirs) => {
            let extension = me.extension && theirs.extension;
            Ok(Session { stream, name: theirs.name, extension })
        }
        Err((reason, error)) => {
            // Whoever does not listen need not know why.
            let _ = timeout(GOODBYE_TIME, stream.out.send(disconnect(reason))).await;
            Err(error)
        }
    }
}

/// The last frame of a connection.
pub fn disconnect(reason: Reason) -> Frame {
    let mut payload = Vec::new();
    Header { list: true, payload_length: (reason as u64).length() }.encode(&mut payload);
    (reason as u64).encode(&mut payload);
    Frame::new(DISCONNECT, payload)
}

/// A ping.
pub fn ping() -> Frame {
    Frame::new(PING, EMPTY)
}

/// Answers a ping.
pub fn pong() -> Frame {
    Frame::new(PONG, EMPTY)
}

/// What a frame after hello says. Codes beyond those that both sides speak are an error.
pub fn read(frame: &Frame, extension: bool) -> Result<Said, MessageError> {
    let eth = message::FIRST_CODE..message::FIRST_CODE + message::CODES;
    if frame.code < message::FIRST_CODE && frame.payload.len() > HELLO_BYTES_MAX {
        return Err(MessageError::TooLong(frame.code));
    }
    Ok(match frame.code {
        PING => Said::Ping,
        DISCONNECT => Said::Disconnect(decode_reason(&frame.payload)),
        code if code < message::FIRST_CODE => Said::Nothing,
        code if eth.contains(&code) => {
            Said::Message(Message::decode(code - eth.start, &frame.payload)?)
        }
        code if extension => Said::Extension(code - eth.end),
        code => return Err(MessageError::Code(code)),
    })
}

/// A reason in words.
pub fn reason_text(reason: u64) -> &'static str {
    match reason {
        0 => "requested",
        1 => "network error",
        2 => "breach of protocol",
        3 => "useless peer",
        4 => "too many peers",
        5 => "already connected",
        6 => "incompatible version",
        7 => "invalid identity",
        8 => "it stops",
        9 => "unexpected identity",
        10 => "it is ourselves",
        11 => "read timeout",
        12 => "subprotocol error",
        _ => "unknown reason",
    }
}

fn refusal(theirs: &Hello, remote: &NodeId, me: &Me) -> Option<Reason> {
    if theirs.version != VERSION {
        Some(Reason::IncompatibleVersion)
    } else if theirs.id.0 == [0; 64] {
        Some(Reason::InvalidIdentity)
    } else if theirs.id != *remote {
        Some(Reason::UnexpectedIdentity)
    } else if theirs.id == me.id {
        Some(Reason::Myself)
    } else if !theirs.eth {
        Some(Reason::Useless)
    } else {
        None
    }
}

struct Hello {
    version: u64,
    name: String,
    eth: bool,
    extension: bool,
    id: NodeId,
}

fn encode_hello(me: &Me) -> Vec<u8> {
    let capabilities: &[Capability<'_>] = if me.extension { &[ETH, EXTENSION] } else { &[ETH] };
    let fields: [&dyn Encodable; 5] =
        [&VERSION, &me.name.as_bytes(), &Capabilities(capabilities), &u64::from(me.port), &me.id.0];
    let payload_length = fields.iter().map(|field| field.length()).sum();
    let mut out = Vec::new();
    Header { list: true, payload_length }.encode(&mut out);
    for field in fields {
        field.encode(&mut out);
    }
    out
}

struct Capabilities<'a>(&'a [Capability<'a>]);

impl Encodable for Capabilities<'_> {
    fn encode(&self, out: &mut dyn alloy_rlp::BufMut) {
        alloy_rlp::encode_list::<Capability<'_>, _>(self.0, out);
    }

    fn length(&self) -> usize {
        alloy_rlp::list_length::<Capability<'_>, _>(self.0)
    }
}

impl Encodable for Capability<'_> {
    fn encode(&self, out: &mut dyn alloy_rlp::BufMut) {
        let payload_length = self.name.length() + self.version.length();
        Header { list: true, payload_length }.encode(out);
        self.name.encode(out);
        self.version.encode(out);
    }

    fn length(&self) -> usize {
        let payload = self.name.length() + self.version.length();
        alloy_rlp::length_of_length(payload) + payload
    }
}

fn decode_hello(payload: &[u8]) -> Result<Hello, Error> {
    if payload.len() > HELLO_BYTES_MAX {
        return Err(Error::Custom("it is too long"));
    }
    let mut bytes = payload;
    let mut fields = Header::decode_bytes(&mut bytes, true)?;
    let version = u64::decode(&mut fields)?;
    let name = Header::decode_bytes(&mut fields, false)?;
    let mut list = Header::decode_bytes(&mut fields, true)?;
    let (mut eth, mut extension) = (false, false);
    for _ in 0..CAPABILITIES_MAX {
        if list.is_empty() {
            break;
        }
        let mut pair = Header::decode_bytes(&mut list, true)?;
        let name = Header::decode_bytes(&mut pair, false)?;
        let capability = Capability { name, version: u64::decode(&mut pair)? };
        eth |= capability == ETH;
        extension |= capability == EXTENSION;
    }
    u64::decode(&mut fields)?;
    let id = Header::decode_bytes(&mut fields, false)?;
    let id = id.try_into().map(NodeId).map_err(|_| Error::UnexpectedLength)?;
    Ok(Hello { version, name: tame(name), eth, extension, id })
}

/// A name as it may be shown: no control characters, not too long.
fn tame(name: &[u8]) -> String {
    let name = &name[..name.len().min(NAME_BYTES_MAX)];
    String::from_utf8_lossy(name).chars().filter(|letter| !letter.is_control()).collect()
}

/// The reason in a disconnect; some implementations send it without a list.
fn decode_reason(payload: &[u8]) -> u64 {
    let mut bytes = payload;
    let listed = Header::decode_bytes(&mut bytes, true).and_then(|mut list| u64::decode(&mut list));
    listed.or_else(|_| u64::decode(&mut { payload })).unwrap_or(Reason::Requested as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::mpsc;

    fn me(byte: u8) -> Me {
        Me { id: NodeId([byte; 64]), name: format!("uz {byte}"), port: 35995, extension: true }
    }

    /// Two ends of a connection, each of which believes that the other has the given key.
    fn pair(first: u8, second: u8) -> (Stream, Stream) {
        let (to_second, second_in) = mpsc::channel(2);
        let (to_first, first_in) = mpsc::channel(2);
        let wrap = |mut frames: mpsc::Receiver<Frame>| {
            let (put, take) = mpsc::channel(2);
            tokio::spawn(async move {
                while let Some(frame) = frames.recv().await {
                    if put.send(Ok(frame)).await.is_err() {
                        break;
                    }
                }
            });
            take
        };
        let stream = |remote, frames, out, inbound| Stream {
            remote: NodeId([remote; 64]),
            address: "127.0.0.1:1".to_owned(),
            inbound,
            frames,
            out,
        };
        (
            stream(second, wrap(first_in), to_second, false),
            stream(first, wrap(second_in), to_first, true),
        )
    }

    async fn meet(
        first: &Me,
        second: &Me,
    ) -> (Result<Session, WireError>, Result<Session, WireError>) {
        let (one, other) = pair(first.id.0[0], second.id.0[0]);
        tokio::join!(open(one, first, |_, _| None), open(other, second, |_, _| None))
    }

    #[tokio::test]
    async fn two_nodes_say_hello() {
        let (one, other) = meet(&me(1), &me(2)).await;
        let (one, other) = (one.unwrap(), other.unwrap());
        assert_eq!((one.name.as_str(), one.extension), ("uz 2", true));
        assert_eq!((other.name.as_str(), other.extension), ("uz 1", true));
        let (one, other) = meet(&me(1), &Me { extension: false, ..me(2) }).await;
        assert!(!one.unwrap().extension && !other.unwrap().extension);
    }

    #[tokio::test]
    async fn whoever_is_not_wanted_is_told_why() {
        let (one, other) = pair(1, 2);
        let (me_one, me_other) = (me(1), me(2));
        let (one, other) = tokio::join!(
            open(one, &me_one, |_, _| Some(Reason::TooManyPeers)),
            open(other, &me_other, |_, _| None)
        );
        assert_eq!(one.unwrap_err(), WireError::Protocol("refused: TooManyPeers".to_owned()));
        // Its hello was fine; the reason comes as the next frame.
        let frame = other.unwrap().stream.frames.recv().await.unwrap().unwrap();
        assert_eq!(read(&frame, true).unwrap(), Said::Disconnect(4));
    }

    #[tokio::test]
    async fn a_wrong_identity_or_version_is_refused() {
        let (one, other) = pair(3, 2);
        let (mut frames, out) = (other.frames, other.out);
        let me_one = me(3);
        let opened = tokio::spawn(async move { open(one, &me_one, |_, _| None).await });
        frames.recv().await.unwrap().unwrap();
        out.send(Frame::new(HELLO, encode_hello(&me(9)))).await.unwrap();
        let error = opened.await.unwrap().unwrap_err();
        assert_eq!(error, WireError::Protocol("refused: UnexpectedIdentity".to_owned()));
        let last = frames.recv().await.unwrap().unwrap();
        assert_eq!(last.payload, disconnect(Reason::UnexpectedIdentity).payload);
    }

    #[test]
    fn hellos_are_bounded_and_tamed() {
        let long = Me { name: "x\u{1b}[2J".repeat(600), ..me(1) };
        assert!(decode_hello(&encode_hello(&long)).is_err());
        let rude = Me { name: "a\u{7}b".to_owned(), ..me(1) };
        assert_eq!(decode_hello(&encode_hello(&rude)).unwrap().name, "ab");
        for cut in 0..encode_hello(&me(1)).len() {
            assert!(decode_hello(&encode_hello(&me(1))[..cut]).is_err());
        }
    }

    #[test]
    fn reasons_come_in_a_list_or_bare() {
        assert_eq!(decode_reason(&disconnect(Reason::Quitting).payload), 8);
        assert_eq!(decode_reason(&[8]), 8);
        assert_eq!(decode_reason(&[]), 0);
    }
}
