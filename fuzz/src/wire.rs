//! What strangers and peers send: discovery, the older transport's handshake and frames, messages.

use k256::SecretKey;
use k256::ecdsa::SigningKey;
use node::wire::discovery::packet::Packet;
use node::wire::discovery::{Discovery, Node, Settings};
use node::wire::extension::Extension;
use node::wire::message::{CODES, FIRST_CODE, Message};
use node::wire::rlpx::ecies::{self, Chance};
use node::wire::rlpx::frame::{HEADER_BYTES, Reader, Writer};
use node::wire::rlpx::handshake::{self, ACK_BYTES, AUTH_BYTES, Caller, Draw};
use node::wire::{Frame, session};
use sha3::{Digest, Sha3_256};
use std::sync::LazyLock;

/// Two nodes, and what one connection of each needs of chance.
static KEYS: LazyLock<[SecretKey; 2]> = LazyLock::new(|| [secret(1), secret(2)]);
static DRAW: LazyLock<Draw> = LazyLock::new(|| Draw {
    ephemeral: secret(3),
    nonce: [4; 32],
    ecies: Chance { key: secret(5), block: [6; 16] },
});

fn secret(byte: u8) -> SecretKey {
    SecretKey::from_slice(&[byte; 32]).expect("small numbers are scalars")
}

/// A packet as it comes, and its RLP behind its type, which somebody signs.
pub fn discovery(data: &[u8]) {
    let _ = Packet::open(data);
    let Some((kind, rlp)) = data.split_first() else { return };
    let Ok(packet) = Packet::decode(*kind, rlp) else { return };
    let [ours, theirs] = &*KEYS;
    let (bytes, hash) = packet.seal(&SigningKey::from(theirs));
    let again = Packet::open(&bytes).expect("it was sealed here");
    assert_eq!((again.packet, again.hash), (packet, hash));
    let us = Node {
        id: handshake::node_id(&ours.public_key()),
        ip: [127, 0, 0, 1].into(),
        udp: 1,
        tcp: 1,
    };
    let (key, bootnodes, private) = (SigningKey::from(ours), Vec::new(), Default::default());
    let mut node = Discovery::new(Settings { key, us, bootnodes, private, seed: 1 }, 0);
    let mut out = Vec::new();
    node.packet(0, ([127, 0, 0, 1], 2).into(), &bytes, &mut out);
    // A pong, and a ping of ours; nothing longer for somebody who is not bonded.
    assert!(out.len() <= 2 && out.iter().all(|send| send.bytes.len() < 200));
    node.tick(node.deadline(), &mut out);
}

/// Both packets of a handshake: as they come, and as somebody encrypts them who knows the other side.
pub fn handshakes(data: &[u8]) {
    let [ours, theirs] = &*KEYS;
    let _ = ecies::decrypt(ours, data);
    if let Ok(auth) = data.try_into() {
        let _ = handshake::answer(ours, auth, &DRAW);
    }
    let packet = |bytes: usize| {
        let mut plain = data.to_vec();
        plain.resize(bytes - ecies::OVERHEAD_BYTES, 0);
        ecies::encrypt(&ours.public_key(), &plain, &DRAW.ecies)
    };
    let auth: [u8; AUTH_BYTES] = packet(AUTH_BYTES).try_into().expect("resized to it");
    let _ = handshake::answer(ours, &auth, &DRAW);
    let ack: [u8; ACK_BYTES] = packet(ACK_BYTES).try_into().expect("resized to it");
    let remote = handshake::node_id(&theirs.public_key());
    let caller = Caller::new(ours, &remote, DRAW.clone()).expect("a key has an id");
    let _ = caller.finish(ours, &ack);
}

/// Frames that one side writes, of which one byte is damaged on the way: the other reads those before it,
/// and not that one. The first byte says where, each following chunk is a frame.
pub fn frames(data: &[u8]) {
    let Some((damage, rest)) = data.split_first() else { return };
    let (aes, mac) = ([1; 32], [2; 32]);
    let mut writer = Writer::new(&aes, &mac, Sha3_256::new());
    let mut wire = Vec::new();
    let mut ends = Vec::new();
    let chunks: Vec<&[u8]> = rest.chunks(100).collect();
    for (code, chunk) in (0..).zip(&chunks) {
        writer.frame(code, chunk, &mut wire).expect("short");
        ends.push(wire.len());
    }
    let at = usize::from(*damage) * 7;
    if let Some(byte) = wire.get_mut(at) {
        *byte ^= 1;
    }
    let whole = ends.iter().filter(|end| **end <= at).count();
    assert_eq!(read_frames(&wire, &aes, &mac), chunks[..whole]);
    // Nothing that was not written under the secrets is a frame.
    assert!(read_frames(data, &aes, &mac).is_empty());
}

fn read_frames(mut wire: &[u8], aes: &[u8; 32], mac: &[u8; 32]) -> Vec<Vec<u8>> {
    let mut reader = Reader::new(aes, mac, Sha3_256::new());
    let mut frames = Vec::new();
    while let Some((header, rest)) = wire.split_first_chunk::<HEADER_BYTES>() {
        let Ok(size) = reader.header(header) else { break };
        let Some((content, rest)) = rest.split_at_checked(size.wire_bytes()) else { break };
        let Ok((code, payload)) = reader.content(size, content.to_vec()) else { break };
        assert_eq!(code, frames.len() as u64);
        frames.push(payload.to_vec());
        wire = rest;
    }
    frames
}

/// The payload of a frame behind its code: base protocol, messages, extension.
pub fn messages(data: &[u8]) {
    let Some((code, payload)) = data.split_first() else { return };
    let code = u64::from(*code);
    let _ = session::read(&Frame::new(code, payload.to_vec()), true);
    if let Ok(message) = Message::decode(code.wrapping_sub(FIRST_CODE), payload) {
        let again = Message::decode(message.code(), &message.encode());
        assert_eq!(again.as_ref(), Ok(&message));
    }
    if let Ok(said) = Extension::decode(code.wrapping_sub(FIRST_CODE + CODES), payload) {
        // Names are made fit to be shown, so they may come back shorter; but they are read.
        let frame = said.frame();
        let again = Extension::decode(frame.code - FIRST_CODE - CODES, &frame.payload);
        assert!(again.is_ok(), "{again:?}");
    }
}

/// A piece of a snapshot.
pub fn piece(data: &[u8]) {
    let _ = node::store::chunks::is_piece(data);
}
