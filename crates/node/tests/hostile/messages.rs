//! After the status: messages that are wrong, or not asked for, or lies.

use crate::attacker::{Attacker, answer, ended, hashes, hear, say, send, status};
use crate::world::World;
use ledger::types::{Amount, Hash, TokenStandard};
use ledger::{AccountBlock, BlockType, DetailedMomentum};
use node::devnet;
use node::wire::Stream;
use node::wire::message::{CODES, FIRST_CODE, Message, Status};
use tokio::task::JoinSet;

pub fn malformed(world: &World) {
    let many = |count: usize| Message::BlockHashes(vec![Hash([7; 32]); count]).encode();
    let deep = [vec![0xc1; 50_000], vec![0xc0]].concat();
    let mut frames: Vec<(u64, Vec<u8>)> = Vec::new();
    for code in 0..CODES {
        let codes = FIRST_CODE + code;
        frames.push((codes, Vec::new()));
        frames.push((codes, vec![0x80]));
        frames.push((codes, vec![0xff; 40]));
        // A list of 2^56 bytes.
        frames.push((codes, vec![0xfe, 1, 0, 0, 0, 0, 0, 0]));
        frames.push((codes, deep.clone()));
        // More after the end.
        frames.push((codes, vec![0xc0, 0xc0]));
    }
    // Longer than anyone may send.
    frames.push((FIRST_CODE + 1, many(257)));
    frames.push((FIRST_CODE + 4, many(513)));
    frames.push((FIRST_CODE + 5, many(257)));
    // Messages that there are not.
    frames.extend([FIRST_CODE + CODES, 1_000, u64::from(u32::MAX)].map(|code| (code, vec![0xc0])));
    world.runtime.block_on(async {
        for some in frames.chunks(8) {
            let mut calls = JoinSet::new();
            for (code, payload) in some.iter().cloned() {
                let mut stream = Attacker::new(world.carrier).await.join(world).await;
                calls.spawn(async move {
                    send(&stream, code, payload).await;
                    ended(&mut stream).await;
                });
            }
            calls.join_all().await;
        }
    });
}

pub fn impossible_questions(world: &World) {
    let genesis = world.genesis.momentum.hash;
    let empty = || Message::BlockHashes(Vec::new());
    let unknown = Hash([9; 32]);
    world.runtime.block_on(async {
        let mut stream = Attacker::new(world.carrier).await.join(world).await;
        let mut ask = async |question: Message| answer(&mut stream, &question).await;
        for amount in [0, 1, 512, u64::MAX] {
            let hash = unknown;
            assert_eq!(ask(Message::GetBlockHashes { hash, amount }).await, empty());
        }
        let hash = genesis;
        assert_eq!(ask(Message::GetBlockHashes { hash, amount: 0 }).await, empty());
        for amount in [1, 2, u64::MAX] {
            let only = Message::BlockHashes(vec![genesis]);
            assert_eq!(ask(Message::GetBlockHashes { hash, amount }).await, only);
        }
        for (number, amount) in [(0, 0), (1, 0), (u64::MAX, 0), (u64::MAX, 1), (u64::MAX, u64::MAX)]
        {
            let question = Message::GetBlockHashesFromNumber { number, amount };
            assert_eq!(ask(question).await, empty(), "{number} {amount}");
        }
        for (number, amount) in [(0, u64::MAX), (1, u64::MAX), (0, 512)] {
            let question = Message::GetBlockHashesFromNumber { number, amount };
            let Message::BlockHashes(hashes) = ask(question).await else { panic!("hashes") };
            assert!(hashes.len() <= 512 && hashes.contains(&genesis));
        }
        let none = Message::Blocks(Vec::new());
        assert_eq!(ask(Message::GetBlocks(Vec::new())).await, none);
        assert_eq!(ask(Message::GetBlocks(hashes(200))).await, none);
        let mixed = [hashes(10), vec![genesis; 200]].concat();
        let Message::Blocks(momentums) = ask(Message::GetBlocks(mixed)).await else {
            panic!("momentums")
        };
        assert!(momentums.len() <= 128);
        // Of genesis only the head is sent, so that nobody is flooded by asking for it again and again.
        assert!(momentums.iter().all(|one| one.account_blocks.is_empty()));
    });
}

/// Says the same until the node has had enough.
async fn until_ended(stream: &mut Stream, messages: impl Iterator<Item = Message>) {
    for message in messages {
        if stream.out.is_closed() {
            break;
        }
        say(stream, &message).await;
    }
    ended(stream).await;
}

pub fn unasked(world: &World) {
    let genesis = world.genesis.momentum.hash;
    world.runtime.block_on(async {
        let mut helper = Attacker::new(world.carrier).await.join(world).await;
        let question = Message::GetBlocks(vec![genesis]);
        let momentums = answer(&mut helper, &question).await;
        for message in [momentums, Message::BlockHashes(vec![genesis; 512])] {
            let mut stream = Attacker::new(world.carrier).await.join(world).await;
            until_ended(&mut stream, std::iter::repeat_n(message, 1_000)).await;
        }
    });
}

/// Blocks of an account that has coins, but not its signature.
fn forged(world: &World, count: u64) -> Vec<AccountBlock> {
    let key = devnet::key(1);
    (0..count)
        .map(|number| {
            let mut block = AccountBlock {
                version: 1,
                chain_identifier: world.genesis.rules.chain_identifier,
                block_type: BlockType::USER_SEND,
                height: number + 2,
                momentum_acknowledged: world.genesis.momentum.identifier(),
                address: key.address(),
                to_address: key.address(),
                amount: Amount::from(1u64),
                token_standard: TokenStandard::ZNN,
                ..AccountBlock::default()
            };
            key.finish_block(&mut block);
            block.signature[0] ^= 1;
            block
        })
        .collect()
}

pub fn forged_blocks(world: &World) {
    let blocks = forged(world, 200);
    world.runtime.block_on(async {
        let mut stream = Attacker::new(world.carrier).await.join(world).await;
        let one_by_one = blocks.iter().map(|block| Message::Tx(vec![block.clone()]));
        until_ended(&mut stream, one_by_one).await;
        let mut stream = Attacker::new(world.carrier).await.join(world).await;
        until_ended(&mut stream, std::iter::repeat_n(Message::Tx(blocks.clone()), 100)).await;
    });
}

/// The target's newest momentum, and what a liar might make of it.
async fn lies(world: &World) -> Vec<DetailedMomentum> {
    let mut helper = Attacker::new(world.carrier).await.join(world).await;
    let newest = Message::GetBlockHashesFromNumber { number: world.height(), amount: 1 };
    let Message::BlockHashes(hashes) = answer(&mut helper, &newest).await else { panic!("hashes") };
    let Message::Blocks(momentums) = answer(&mut helper, &Message::GetBlocks(hashes)).await else {
        panic!("momentums")
    };
    let right = momentums.into_iter().next().expect("the newest momentum is known");
    let mut next = right.clone();
    next.momentum.previous_hash = right.momentum.hash;
    next.momentum.height += 1;
    next.momentum.timestamp += 1;
    let mut lies = vec![next.clone()];
    // Its hash fits now, its signature does not.
    next.momentum.hash = next.momentum.compute_hash();
    lies.push(next.clone());
    next.momentum.height = u64::MAX;
    next.momentum.hash = next.momentum.compute_hash();
    lies.push(next);
    lies
}

pub fn forged_momentums(world: &World) {
    world.runtime.block_on(async {
        for lie in lies(world).await {
            let mut stream = Attacker::new(world.carrier).await.join(world).await;
            let message = Message::NewBlock(Box::new(lie));
            until_ended(&mut stream, std::iter::repeat_n(message, 200)).await;
        }
    });
}

pub fn false_news(world: &World) {
    world.runtime.block_on(async {
        let mut stream = Attacker::new(world.carrier).await.join(world).await;
        for round in 0..200_u8 {
            let hashes = (0..=255).map(|number| {
                let mut hash = [round; 32];
                hash[0] = number;
                Hash(hash)
            });
            say(&stream, &Message::NewBlockHashes(hashes.collect())).await;
        }
        // Questions that follow from it are not answered.
        ended(&mut stream).await;
    });
}

pub fn false_height(world: &World) {
    let claim = Status { height: u64::MAX, newest: Hash([3; 32]), ..status(world) };
    world.runtime.block_on(async {
        let mut silent = Attacker::new(world.carrier).await.join_as(world, claim).await;
        let mut liar = Attacker::new(world.carrier).await.join_as(world, claim).await;
        // One does not answer, the other answers with nothing.
        let lying = async {
            while let Some(question) = hear(&mut liar).await {
                match question {
                    Message::GetBlocks(_) => say(&liar, &Message::Blocks(Vec::new())).await,
                    question if question.is_request() => {
                        say(&liar, &Message::BlockHashes(Vec::new())).await;
                    }
                    _ => {}
                }
            }
        };
        tokio::join!(ended(&mut silent), lying);
    });
}
