//! The older transport against handshakes and frames that the reference made.

use k256::SecretKey;
use node::wire::NodeId;
use node::wire::rlpx::ecies::{self, Chance};
use node::wire::rlpx::frame::{FrameError, HEADER_BYTES, Reader, Writer};
use node::wire::rlpx::handshake::{self, ACK_BYTES, AUTH_BYTES, Caller, Draw, Secrets};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use sha3::Sha3_256;

/// A handshake of two nodes of the reference, and frames after it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Case {
    initiator_key: String,
    responder_key: String,
    initiator_ephemeral: String,
    responder_ephemeral: String,
    initiator_nonce: String,
    responder_nonce: String,
    initiator_id: String,
    responder_id: String,
    auth: String,
    auth_plain: String,
    ack: String,
    ack_plain: String,
    aes: String,
    mac: String,
    initiator_egress: String,
    initiator_ingress: String,
    initiator_frames: Vec<FrameCase>,
    responder_frames: Vec<FrameCase>,
}

/// A frame whose payload is `index * 7 + salt` in each byte.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FrameCase {
    code: u64,
    size: usize,
    salt: usize,
    wire: Option<String>,
    wire_sha256: Option<String>,
}

impl FrameCase {
    fn payload(&self) -> Vec<u8> {
        (0..self.size).map(|index| ((index * 7 + self.salt) % 256) as u8).collect()
    }
}

fn cases() -> Vec<Case> {
    serde_json::from_str(include_str!("data/rlpx.json")).unwrap()
}

fn bytes<const N: usize>(text: &str) -> [u8; N] {
    hex::decode(text).unwrap().try_into().unwrap()
}

fn key(text: &str) -> SecretKey {
    SecretKey::from_slice(&bytes::<32>(text)).unwrap()
}

fn draw(ephemeral: &str, nonce: &str) -> Draw {
    let ecies = Chance { key: key(nonce), block: [9; 16] };
    Draw { ephemeral: key(ephemeral), nonce: bytes(nonce), ecies }
}

fn sum(hash: &Sha3_256) -> String {
    hex::encode(hash.clone().finalize())
}

fn check_secrets(case: &Case, secrets: &Secrets) {
    assert_eq!(hex::encode(secrets.aes), case.aes);
    assert_eq!(hex::encode(secrets.mac), case.mac);
}

#[test]
fn packets_of_the_reference_are_read_and_the_same_ones_are_made() {
    for case in cases() {
        let (initiator, responder) = (key(&case.initiator_key), key(&case.responder_key));
        let (initiator_id, responder_id) =
            (NodeId(bytes(&case.initiator_id)), NodeId(bytes(&case.responder_id)));
        assert_eq!(handshake::node_id(&initiator.public_key()), initiator_id);
        let auth: [u8; AUTH_BYTES] = bytes(&case.auth);
        let ack: [u8; ACK_BYTES] = bytes(&case.ack);
        assert_eq!(hex::encode(ecies::decrypt(&responder, &auth).unwrap()), case.auth_plain);
        assert_eq!(hex::encode(ecies::decrypt(&initiator, &ack).unwrap()), case.ack_plain);

        // Our packets differ by their encryption alone.
        let called = draw(&case.responder_ephemeral, &case.responder_nonce);
        let answer = handshake::answer(&responder, &auth, &called).unwrap();
        assert_eq!(answer.remote, initiator_id);
        let plain = ecies::decrypt(&initiator, &answer.ack).unwrap();
        assert_eq!(hex::encode(plain), case.ack_plain);
        check_secrets(&case, &answer.secrets);
        assert_eq!(sum(&answer.secrets.ingress), case.initiator_egress);

        let calling = draw(&case.initiator_ephemeral, &case.initiator_nonce);
        let caller = Caller::new(&initiator, &responder_id, calling).unwrap();
        let plain = ecies::decrypt(&responder, caller.auth()).unwrap();
        assert_eq!(hex::encode(plain), case.auth_plain);
        let secrets = caller.finish(&initiator, &ack).unwrap();
        check_secrets(&case, &secrets);
        assert_eq!(sum(&secrets.ingress), case.initiator_ingress);
    }
}

/// The running hash of a direction begins with a nonce and a packet; the recorded ones give it.
fn running(case: &Case, nonce: &str, packet: &str) -> Sha3_256 {
    let (mac, nonce) = (bytes::<32>(&case.mac), bytes::<32>(nonce));
    let mixed: Vec<u8> = mac.iter().zip(nonce).map(|(one, other)| one ^ other).collect();
    Sha3_256::new().chain_update(mixed).chain_update(hex::decode(packet).unwrap())
}

#[test]
fn frames_are_the_reference_s_byte_for_byte() {
    for case in cases() {
        let (aes, mac) = (bytes(&case.aes), bytes(&case.mac));
        for (frames, hash) in [
            (&case.initiator_frames, running(&case, &case.responder_nonce, &case.auth)),
            (&case.responder_frames, running(&case, &case.initiator_nonce, &case.ack)),
        ] {
            let mut writer = Writer::new(&aes, &mac, hash.clone());
            let mut reader = Reader::new(&aes, &mac, hash);
            for frame in frames {
                let mut wire = Vec::new();
                writer.frame(frame.code, &frame.payload(), &mut wire).unwrap();
                if let Some(expected) = &frame.wire {
                    assert_eq!(&hex::encode(&wire), expected);
                }
                if let Some(expected) = &frame.wire_sha256 {
                    assert_eq!(&hex::encode(Sha256::digest(&wire)), expected);
                }
                let (header, content) = wire.split_at(HEADER_BYTES);
                let size = reader.header(header.try_into().unwrap()).unwrap();
                let (code, payload) = reader.content(size, content.to_vec()).unwrap();
                assert_eq!((code, &payload[..]), (frame.code, &frame.payload()[..]));
            }
        }
    }
}

#[test]
fn damaged_repeated_and_huge_frames_are_refused() {
    let (aes, mac) = ([1; 32], [2; 32]);
    let mut wire = Vec::new();
    let mut writer = Writer::new(&aes, &mac, Sha3_256::new());
    writer.frame(16, b"payload", &mut wire).unwrap();
    for index in 0..wire.len() {
        let mut damaged = wire.clone();
        damaged[index] ^= 0x80;
        let (header, content) = damaged.split_at(HEADER_BYTES);
        let mut reader = Reader::new(&aes, &mac, Sha3_256::new());
        let header = reader.header(header.try_into().unwrap());
        if index < HEADER_BYTES {
            assert_eq!(header, Err(FrameError::Header), "byte {index}");
        } else {
            let read = reader.content(header.unwrap(), content.to_vec());
            assert_eq!(read, Err(FrameError::Content), "byte {index}");
        }
    }
    let mut reader = Reader::new(&aes, &mac, Sha3_256::new());
    let (header, content) = wire.split_at(HEADER_BYTES);
    let header = header.try_into().unwrap();
    let size = reader.header(header).unwrap();
    reader.content(size, content.to_vec()).unwrap();
    assert_eq!(reader.header(header), Err(FrameError::Header));
    let too_long = node::wire::FRAME_BYTES_MAX + 1;
    let refused = writer.begin(16, too_long, &mut wire);
    assert_eq!(refused, Err(FrameError::TooLong(too_long + 1)));
}
