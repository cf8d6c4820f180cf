//! Between the handshake and the first message: whoever is not one of us is told so and gone.

use crate::attacker::{Attacker, answer, ended, say, send, status};
use crate::world::World;
use alloy_rlp::{Encodable, Header};
use node::wire::message::{FIRST_CODE, Message, Status};
use node::wire::{NodeId, session};
use tokio::task::JoinSet;

/// A hello by its fields.
struct Hello<'a> {
    version: u64,
    name: &'a [u8],
    capabilities: &'a [(&'a [u8], u64)],
    id: NodeId,
    /// Fields after the last one.
    more: usize,
}

impl Hello<'_> {
    fn of(id: NodeId) -> Hello<'static> {
        Hello { version: 4, name: b"attacker", capabilities: &[(b"eth", 61)], id, more: 0 }
    }

    fn encode(&self) -> Vec<u8> {
        let pairs: Vec<Vec<u8>> = self
            .capabilities
            .iter()
            .map(|(name, version)| {
                let mut pair = Vec::new();
                name.encode(&mut pair);
                version.encode(&mut pair);
                list(pair)
            })
            .collect();
        let mut fields = Vec::new();
        self.version.encode(&mut fields);
        self.name.encode(&mut fields);
        fields.extend(list(pairs.concat()));
        0_u64.encode(&mut fields);
        self.id.0.encode(&mut fields);
        fields.extend(vec![0xc0; self.more]);
        list(fields)
    }
}

fn list(items: Vec<u8>) -> Vec<u8> {
    let mut out = Vec::new();
    Header { list: true, payload_length: items.len() }.encode(&mut out);
    out.extend(items);
    out
}

pub fn none(world: &World) {
    world.runtime.block_on(async {
        let mut stream = Attacker::new(world.carrier).await.dial(world).await;
        // The transport itself may want to hear something first; a pong is nothing.
        send(&stream, 3, vec![0xc0]).await;
        ended(&mut stream).await;
    });
}

pub fn wrong(world: &World) {
    let attacker = world.runtime.block_on(Attacker::new(world.carrier));
    let right = || Hello::of(attacker.me.id);
    let long = vec![b'x'; 4_000];
    let frames: Vec<(u64, Vec<u8>)> = vec![
        (0, Hello { version: 3, ..right() }.encode()),
        (0, Hello { version: u64::MAX, ..right() }.encode()),
        (0, Hello { capabilities: &[], ..right() }.encode()),
        (0, Hello { capabilities: &[(b"eth", 62), (b"bzz", 61)], ..right() }.encode()),
        (0, Hello { id: NodeId([0; 64]), ..right() }.encode()),
        (0, Hello { id: NodeId([1; 64]), ..right() }.encode()),
        // Whose hello it really is: the node's own.
        (0, Hello { id: world.endpoint().id(), ..right() }.encode()),
        (0, Hello { name: &long, ..right() }.encode()),
        (0, Vec::new()),
        (0, vec![0xc0]),
        (0, vec![0xff; 100]),
        // A list that says it has 2^64 - 1 bytes.
        (0, vec![0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
        (1, vec![0xc1, 0x04]),
        (FIRST_CODE, Message::Status(status(world)).encode()),
        (FIRST_CODE + 5, Message::GetBlocks(Vec::new()).encode()),
    ];
    world.runtime.block_on(async {
        for (code, payload) in frames {
            let attacker = Attacker::new(world.carrier).await;
            let payload = with_own_id(payload, &right().id, &attacker.me.id);
            let mut stream = attacker.dial(world).await;
            send(&stream, code, payload).await;
            ended(&mut stream).await;
        }
        // One that is right is answered.
        let attacker = Attacker::new(world.carrier).await;
        let mut stream = attacker.dial(world).await;
        send(&stream, 0, Hello::of(attacker.me.id).encode()).await;
        let frame = stream.frames.recv().await.unwrap().unwrap();
        assert_eq!(frame.code, 0);
        // Fields that a later version may add are no fault.
        let attacker = Attacker::new(world.carrier).await;
        let mut stream = attacker.dial(world).await;
        send(&stream, 0, Hello { more: 3, ..Hello::of(attacker.me.id) }.encode()).await;
        let frame = stream.frames.recv().await.unwrap().unwrap();
        assert_eq!(frame.code, 0);
    });
}

/// Each call needs a key of its own, so that what came of the one before does not count.
fn with_own_id(mut payload: Vec<u8>, meant: &NodeId, own: &NodeId) -> Vec<u8> {
    if let Some(at) = payload.windows(64).position(|window| window == meant.0) {
        payload[at..at + 64].copy_from_slice(&own.0);
    }
    payload
}

pub fn no_status(world: &World) {
    world.runtime.block_on(async {
        let mut stream = Attacker::new(world.carrier).await.hello(world).await;
        ended(&mut stream).await;
    });
}

pub fn wrong_status(world: &World) {
    let right = status(world);
    let wrong = [
        Status { genesis: ledger::types::Hash([1; 32]), ..right },
        Status { genesis: ledger::types::Hash([0; 32]), newest: right.genesis, ..right },
        Status { network: right.network + 1, ..right },
        Status { network: u32::MAX, ..right },
        Status { version: 60, ..right },
        Status { version: u32::MAX, ..right },
    ];
    world.runtime.block_on(async {
        let mut calls = JoinSet::new();
        for status in wrong {
            let mut stream = Attacker::new(world.carrier).await.hello(world).await;
            say(&stream, &Message::Status(status)).await;
            calls.spawn(async move { ended(&mut stream).await });
        }
        calls.join_all().await;
    });
}

pub fn too_early(world: &World) {
    let genesis = world.genesis.momentum.hash;
    let news = [Message::NewBlockHashes(vec![genesis]), Message::BlockHashes(vec![genesis])];
    world.runtime.block_on(async {
        for message in news {
            let mut stream = Attacker::new(world.carrier).await.hello(world).await;
            say(&stream, &message).await;
            ended(&mut stream).await;
        }
        // A question does no harm, but does not stand for a status either.
        let mut stream = Attacker::new(world.carrier).await.hello(world).await;
        say(&stream, &Message::GetBlocks(vec![genesis])).await;
        ended(&mut stream).await;
    });
}

pub fn twice(world: &World) {
    world.runtime.block_on(async {
        let attacker = Attacker::new(world.carrier).await;
        let mut stream = attacker.join(world).await;
        say(&stream, &Message::Status(status(world))).await;
        ended(&mut stream).await;
        // Whoever behaves stays.
        let mut stream = Attacker::new(world.carrier).await.join(world).await;
        let question = Message::GetBlockHashesFromNumber { number: 1, amount: 1 };
        let answered = answer(&mut stream, &question).await;
        assert_eq!(answered, Message::BlockHashes(vec![world.genesis.momentum.hash]));
        send(&stream, session::ping().code, session::ping().payload).await;
    });
}
