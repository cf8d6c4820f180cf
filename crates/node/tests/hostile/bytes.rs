//! Below the handshake: whoever does not finish one is gone after a while, and costs a socket until then.

use crate::attacker::{Attacker, hear, say};
use crate::crowd::Crowd;
use crate::world::{Carrier, DEADLINE, World};
use aes::Aes256;
use aes::cipher::{BlockCipherEncrypt, KeyInit, KeyIvInit, StreamCipher};
use ctr::Ctr128BE;
use k256::SecretKey;
use node::wire::message::Message;
use node::wire::rlpx::ecies::Chance;
use node::wire::rlpx::handshake::{ACK_BYTES, Caller, Draw, Secrets};
use sha3::{Digest, Sha3_256};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// Reads until the node has closed the connection.
async fn closed(mut socket: TcpStream) {
    let mut rest = Vec::new();
    let end = timeout(DEADLINE, socket.read_to_end(&mut rest)).await;
    // A reset is an end as well.
    let _ = end.expect("the node closes the connection");
}

/// Calls that say `what`, all at the same time.
fn all_closed(world: &World, what: impl IntoIterator<Item = Vec<u8>>) {
    let address = world.address();
    world.runtime.block_on(async {
        let mut calls = JoinSet::new();
        for bytes in what {
            calls.spawn(async move {
                let mut socket = TcpStream::connect(address).await.unwrap();
                // The node may have hung up in the middle of it.
                let _ = socket.write_all(&bytes).await;
                closed(socket).await;
            });
        }
        calls.join_all().await;
    });
}

pub fn garbage(world: &World) {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut byte = move || {
        // xorshift64 (Marsaglia 2003).
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 24) as u8
    };
    let lengths = [1, 2, 306, 307, 308, 1_000, 4_096, 65_536];
    let calls = lengths.map(|length| (0..length).map(|_| byte()).collect::<Vec<u8>>());
    let constant = [0, 0x7f, 0xff].map(|byte| vec![byte; 10_000]);
    all_closed(world, calls.into_iter().chain(constant));
    // What other servers are asked.
    let texts =
        ["GET / HTTP/1.1\r\n\r\n", "\x16\x03\x01\x02\x00\x01\x00\x01\x01\x03\x03", "SSH-2.0-x\r\n"];
    all_closed(world, texts.map(|text| text.as_bytes().to_vec()));
}

/// The first bytes of a caller's handshake.
fn opening(world: &World) -> Vec<u8> {
    match world.carrier {
        Carrier::Legacy => recorded(world).1,
        Carrier::Libp2p => b"\x13/multistream/1.0.0\n\x07/noise\n".to_vec(),
    }
}

pub fn half_a_handshake(world: &World) {
    let whole = opening(world);
    all_closed(world, (0..8).map(|part| whole[..whole.len() * part / 8].to_vec()));
    // All of it, and then nothing.
    all_closed(world, [whole]);
}

pub fn slowly(world: &World) {
    let (whole, address) = (opening(world), world.address());
    world.runtime.block_on(async {
        let mut socket = TcpStream::connect(address).await.unwrap();
        let (mut reading, mut writing) = socket.split();
        let dripping = async {
            for byte in whole.iter().cycle() {
                if writing.write_all(&[*byte]).await.is_err() {
                    break;
                }
                // The pace of the attack.
                sleep(Duration::from_millis(200)).await;
            }
        };
        let mut rest = Vec::new();
        let end = async {
            tokio::select! {
                _ = reading.read_to_end(&mut rest) => {}
                () = dripping => {}
            }
        };
        timeout(DEADLINE, end).await.expect("the node closes the connection");
    });
}

pub fn a_thousand_calls(world: &World) {
    let crowds = [Crowd::call(world.address()), Crowd::call(world.address())];
    world.is_well();
    drop(crowds);
    // Somebody new gets in again.
    world.runtime.block_on(async {
        let newcomer = Attacker::new(world.carrier).await;
        newcomer.join(world).await;
    });
}

fn secret(byte: u8) -> SecretKey {
    SecretKey::from_slice(&[byte; 32]).unwrap()
}

/// A caller of the older transport and its first packet.
fn recorded(world: &World) -> (Caller, Vec<u8>) {
    let chance = Chance { key: secret(7), block: [7; 16] };
    let draw = Draw { ephemeral: secret(6), nonce: [5; 32], ecies: chance };
    let caller = Caller::new(&secret(4), &world.endpoint().id(), draw).unwrap();
    let auth = caller.auth().to_vec();
    (caller, auth)
}

/// Shakes hands with the older transport.
async fn shake(world: &World, caller: Caller) -> (TcpStream, Secrets) {
    let mut socket = TcpStream::connect(world.address()).await.unwrap();
    socket.write_all(caller.auth()).await.unwrap();
    let mut ack = [0; ACK_BYTES];
    socket.read_exact(&mut ack).await.unwrap();
    let secrets = caller.finish(&secret(4), &ack).unwrap();
    (socket, secrets)
}

pub fn recorded_handshake(world: &World) {
    let (caller, auth) = recorded(world);
    let socket = world.runtime.block_on(shake(world, caller)).0;
    // Whoever has recorded it repeats it, while it stands and afterwards.
    all_closed(world, (0..10).map(|_| [&auth[..], &[0; 200]].concat()));
    drop(socket);
    all_closed(world, (0..10).map(|_| auth.clone()));
    assert!(world.target().network().unwrap().peers().len() <= 2, "nobody was let in by it");
    // The key that was abused may still connect.
    world.runtime.block_on(async {
        let honest = Attacker::new(Carrier::Legacy).await;
        let mut stream = honest.join(world).await;
        let genesis = Message::GetBlockHashesFromNumber { number: 1, amount: 1 };
        say(&stream, &genesis).await;
        assert!(hear(&mut stream).await.is_some());
    });
}

pub fn too_long_a_frame(world: &World) {
    let (caller, _) = recorded(world);
    world.runtime.block_on(async {
        let (mut socket, secrets) = shake(world, caller).await;
        socket.write_all(&header_of(secrets, (1 << 24) - 1)).await.unwrap();
        closed(socket).await;
    });
}

/// An authentic header that announces so many bytes.
fn header_of(secrets: Secrets, bytes: u32) -> Vec<u8> {
    let first = |hash: &Sha3_256| -> [u8; 16] {
        hash.clone().finalize()[..16].try_into().expect("16 of 32 bytes")
    };
    let mut header = [0; 16];
    header[..3].copy_from_slice(&bytes.to_be_bytes()[1..]);
    header[3..6].copy_from_slice(&[0xc2, 0x80, 0x80]);
    Ctr128BE::<Aes256>::new(&secrets.aes.into(), &[0; 16].into()).apply_keystream(&mut header);
    let mut egress = secrets.egress;
    let mut mixed = first(&egress).into();
    Aes256::new(&secrets.mac.into()).encrypt_block(&mut mixed);
    for (byte, header) in mixed.iter_mut().zip(header) {
        *byte ^= header;
    }
    egress.update(mixed);
    [header, first(&egress)].concat()
}
