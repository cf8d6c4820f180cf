//! More than anyone may send: the connection ends, and what it took is given back.

use crate::attacker::{Attacker, ended, say, send};
use crate::world::{World, memory};
use ::bytes::Bytes;
use ledger::types::Hash;
use node::wire::Stream;
use node::wire::message::{FIRST_CODE, Message};
use node::wire::session;

use tokio::task::JoinSet;

/// Attackers at the same time.
const ATTACKERS: usize = 20;
/// Messages of each.
const MESSAGES: usize = 20_000;
/// Bytes that the process may have more in the middle of it.
const PEAK_MAX: u64 = 256 << 20;

/// Lets many say the same for as long as they are let, and read nothing. All are disconnected.
fn flood(world: &World, code: u64, payload: Vec<u8>, count: usize) {
    let (payload, before) = (Bytes::from(payload), memory());
    world.runtime.block_on(async {
        let mut streams: Vec<(Attacker, Stream)> = Vec::new();
        for _ in 0..ATTACKERS {
            let attacker = Attacker::new(world.carrier).await;
            let stream = attacker.join(world).await;
            streams.push((attacker, stream));
        }
        let mut flooding = JoinSet::new();
        for (attacker, mut stream) in streams {
            let payload = payload.clone();
            flooding.spawn(async move {
                for _ in 0..count {
                    if stream.out.is_closed() {
                        break;
                    }
                    send(&stream, code, payload.clone()).await;
                }
                ended(&mut stream).await;
                drop(attacker);
            });
        }
        while flooding.join_next().await.is_some_and(|ended| ended.is_ok()) {
            let now = memory();
            assert!(now < before + PEAK_MAX, "{} MiB, {} before", now >> 20, before >> 20);
        }
        assert!(flooding.is_empty(), "all were disconnected");
    });
}

pub fn questions(world: &World) {
    let question = Message::GetBlocks(vec![world.genesis.momentum.hash; 256]);
    flood(world, FIRST_CODE + question.code(), question.encode(), MESSAGES);
}

pub fn pings(world: &World) {
    let ping = session::ping();
    flood(world, ping.code, ping.payload.to_vec(), 50 * MESSAGES);
}

pub fn large_frames(world: &World) {
    flood(world, FIRST_CODE + 6, vec![0; 10 << 20], 3);
}

pub fn news(world: &World) {
    world.runtime.block_on(async {
        let mut stream = Attacker::new(world.carrier).await.join(world).await;
        let news = Message::NewBlockHashes(vec![Hash([8; 32]); 256]);
        for _ in 0..MESSAGES {
            if stream.out.is_closed() {
                break;
            }
            say(&stream, &news).await;
        }
        ended(&mut stream).await;
    });
}
