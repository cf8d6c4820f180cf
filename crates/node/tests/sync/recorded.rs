//! What passed on the wire between the reference and a node of ours, played back: sessions recorded from a
//! running znnd of go-zenon 667a69d and uz, every frame of both sides with its time.
//!
//! Each file of `tests/data/wire` is JSON lines, packed: a head with the network (genesis, rules, block
//! time), then frames `{"at":MS,"from":"znnd"|"uz","code":N,"payload":HEX}`, codes and payloads as they are in the
//! clear.

use crate::desk::{Answerer, Desk};
use crate::disk::Disk;
use crate::world::{Setup, Sim};
use bytes::Bytes;
use ledger::DetailedMomentum;
use ledger::types::Hash;
use node::network::Network;
use node::service::SyncState;
use node::sync::{Peer, serve};
use node::wire::Frame;
use node::wire::message::{BLOCKS_MAX, FIRST_CODE, HASHES_MAX, Message};
use node::wire::session::{self, Said};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

const ZNND: Peer = 1;
const UZ: Peer = 2;
/// Code of hello in the base protocol.
const HELLO: u64 = 0;

/// A frame as it was recorded.
struct Recorded {
    at: u64,
    from: Peer,
    code: u64,
    payload: Bytes,
}

impl Recorded {
    /// The message, if it is one.
    fn message(&self) -> Option<Message> {
        let code = self.code.checked_sub(FIRST_CODE)?;
        Some(Message::decode(code, &self.payload).unwrap())
    }
}

/// A file.
struct Recording {
    began: u64,
    network: Network,
    frames: Vec<Recorded>,
}

impl Recording {
    fn read(name: &str) -> Recording {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/wire").join(name);
        let packed = std::fs::read(path.with_extension("jsonl.zst")).unwrap();
        let text = String::from_utf8(zstd::decode_all(&packed[..]).unwrap()).unwrap();
        let mut lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let head = lines.next().unwrap();
        let block_time = head["blockTime"].as_u64().unwrap();
        let genesis = head["genesis"].to_string();
        let mut network = Network::of_genesis(genesis.as_bytes(), block_time).unwrap();
        network.rules = Some(head["rules"].clone());
        let frame = |line: Value| Recorded {
            at: line["at"].as_u64().unwrap(),
            from: if line["from"] == "znnd" { ZNND } else { UZ },
            code: line["code"].as_u64().unwrap(),
            payload: hex::decode(line["payload"].as_str().unwrap()).unwrap().into(),
        };
        let frames = lines.map(frame).collect();
        Recording { began: head["began"].as_u64().unwrap(), network, frames }
    }

    /// A node without momentums on this network, at the time of the first frame.
    fn desk(&self) -> Desk {
        let genesis = self.network.build().unwrap();
        let setup = Setup { genesis, pillars: Vec::new(), alone: false, ..Setup::single() };
        Desk::on(Sim::on(setup, Disk::default(), self.began), 1)
    }

    /// Every momentum that one side sent, by height; of two for a height the later one.
    fn momentums(&self, from: Peer) -> BTreeMap<u64, DetailedMomentum> {
        let mut momentums = BTreeMap::new();
        for frame in self.frames.iter().filter(|frame| frame.from == from) {
            let sent = match frame.message() {
                Some(Message::Blocks(sent)) => sent,
                Some(Message::NewBlock(sent)) => vec![*sent],
                _ => Vec::new(),
            };
            momentums.extend(sent.into_iter().map(|sent| (sent.momentum.height, sent)));
        }
        momentums
    }
}

/// Says what a side said, whatever is asked: hashes and momentums of a recording.
fn repeating(momentums: BTreeMap<u64, DetailedMomentum>) -> Answerer {
    let by_hash: Rc<BTreeMap<Hash, DetailedMomentum>> =
        Rc::new(momentums.values().map(|one| (one.momentum.hash, one.clone())).collect());
    let hash = move |height: u64| momentums.get(&height).map(|one| one.momentum.hash);
    Box::new(move |question| match question {
        Message::GetBlockHashesFromNumber { number, amount } => {
            let amount = (*amount).min(HASHES_MAX as u64);
            let mut hashes: Vec<Hash> = (*number..number + amount).map_while(&hash).collect();
            hashes.reverse();
            vec![(10, Message::BlockHashes(hashes))]
        }
        Message::GetBlocks(hashes) => {
            let found = hashes.iter().filter_map(|hash| by_hash.get(hash).cloned());
            vec![(10, Message::Blocks(found.take(BLOCKS_MAX).collect()))]
        }
        _ => Vec::new(),
    })
}

#[test]
fn every_frame_is_read_and_written_as_it_was() {
    let mut counts: BTreeMap<(Peer, u64), usize> = BTreeMap::new();
    for name in ["sync-from-znnd", "sync-to-znnd", "production"] {
        for frame in &Recording::read(name).frames {
            *counts.entry((frame.from, frame.code)).or_default() += 1;
            let raw = Frame::new(frame.code, frame.payload.clone());
            match frame.message() {
                Some(message) => {
                    assert_eq!(message.code() + FIRST_CODE, frame.code);
                    let again = message.encode();
                    assert!(again == frame.payload, "{name}: {message:?} is written otherwise");
                    assert_eq!(session::read(&raw, false).unwrap(), Said::Message(message));
                }
                // Read when a connection is opened; tests of the session look into it.
                None if frame.code == HELLO => {}
                None => {
                    let again = match session::read(&raw, false).unwrap() {
                        Said::Ping => session::ping(),
                        Said::Disconnect(8) => session::disconnect(node::sync::Reason::Quitting),
                        Said::Nothing => session::pong(),
                        other => panic!("{name}: {other:?}"),
                    };
                    assert_eq!((again.code, again.payload), (raw.code, raw.payload));
                }
            }
        }
    }
    // Both sides said all that they can say, but for questions that only we ask, or only znnd does.
    for code in FIRST_CODE..FIRST_CODE + 9 {
        let said = |peer| counts.get(&(peer, code)).copied().unwrap_or(0);
        if code != FIRST_CODE + 3 {
            assert!(said(ZNND) + said(UZ) > 0, "nobody said {code}: {counts:?}");
        }
    }
}

#[test]
fn the_references_chain_is_fetched_and_its_answers_are_ours() {
    let recording = Recording::read("sync-from-znnd");
    let mut desk = recording.desk();
    let mut momentums = recording.momentums(ZNND);
    let genesis = desk.sim.read(|view, _| view.momentum_by_height(1).unwrap().unwrap());
    momentums.insert(1, DetailedMomentum { momentum: genesis, account_blocks: Vec::new() });
    let (newest, last) =
        momentums.last_key_value().map(|(height, one)| (*height, one.clone())).unwrap();
    assert!(newest > 1_000);
    desk.sim.now = recording.began;
    desk.join(ZNND, last.momentum.identifier(), repeating(momentums));
    desk.run_to(newest, 60_000);
    assert_eq!(desk.sim.node.identifier(), last.momentum.identifier());
    desk.run(1_000);
    assert_eq!(desk.state(), SyncState::Done);
    assert_eq!(desk.parted(ZNND), None);

    // What it answered to our questions then, and we to its, is what we answer now, to the byte.
    let moment = desk.sim.node.moment();
    for (name, asked_by, least) in [("sync-from-znnd", UZ, 16), ("sync-to-znnd", ZNND, 44)] {
        let frames = Recording::read(name).frames;
        let of = |from: Peer, question: bool| {
            let wanted = move |frame: &&Recorded| {
                let codes: &[u64] = if question { &[3, 5, 8] } else { &[4, 6] };
                frame.from == from
                    && frame.code.checked_sub(FIRST_CODE).is_some_and(|code| codes.contains(&code))
            };
            frames.iter().filter(wanted).collect::<Vec<&Recorded>>()
        };
        let (questions, answers) = (of(asked_by, true), of(ZNND + UZ - asked_by, false));
        assert_eq!(questions.len(), answers.len(), "{name}");
        assert!(questions.len() >= least, "{name}");
        for (question, answer) in questions.iter().zip(answers) {
            let question = question.message().unwrap();
            let ours = serve::answer(&moment, &question).unwrap();
            assert_eq!(ours.code() + FIRST_CODE, answer.code, "{name}: {question:?}");
            assert!(ours.encode() == answer.payload, "{name}: {question:?} is answered otherwise");
        }
    }
}

#[test]
fn a_third_node_follows_both_on_one_chain() {
    let recording = Recording::read("production");
    let mut desk = recording.desk();
    desk.connect(ZNND);
    desk.connect(UZ);
    let mut blocks = 0;
    for frame in &recording.frames {
        let Some(message) = frame.message().filter(|message| !message.is_request()) else {
            continue;
        };
        if matches!(message, Message::BlockHashes(_) | Message::Blocks(_)) {
            // Answers to questions that this node did not ask.
            continue;
        }
        if let Message::Tx(sent) = &message {
            blocks += sent.len();
        }
        desk.run((recording.began + frame.at).saturating_sub(desk.sim.now));
        desk.say(frame.from, message);
    }
    desk.run(2_000);
    let (mut all, others) = (recording.momentums(ZNND), recording.momentums(UZ));
    assert!(all.len() > 20 && others.len() > 20 && blocks > 20);
    all.extend(others);
    let (height, last) = all.last_key_value().unwrap();
    assert_eq!(desk.sim.height(), *height);
    assert_eq!(desk.sim.node.identifier(), last.momentum.identifier());
    for peer in [ZNND, UZ] {
        assert_eq!(desk.parted(peer), None);
    }
}
