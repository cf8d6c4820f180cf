//! Momentums and blocks go on to those who don't know them.

use crate::desk::{Desk, honest, momentum, producer};
use ledger::types::Hash;
use node::sync::Peer;
use node::wire::message::Message;
use std::sync::Arc;

/// A follower at the height of a chain of `slots` slots, and its peers.
fn with_peers(slots: u64, peers: u64) -> (crate::world::Sim, Desk) {
    let chain = producer(slots);
    let mut desk = Desk::new(1);
    desk.sim.now = chain.now;
    desk.sim.insert(chain.momentums_above(1)).unwrap();
    for peer in 1..=peers {
        desk.join_honest(peer, &chain);
        desk.received(peer);
    }
    (chain, desk)
}

fn whole(desk: &mut Desk, peer: Peer) -> (usize, usize) {
    let messages = desk.received(peer);
    let whole = messages.iter().filter(|it| matches!(it, Message::NewBlock(_))).count();
    let named = messages.iter().filter(|it| matches!(it, Message::NewBlockHashes(_))).count();
    (whole, named)
}

#[test]
fn a_new_momentum_is_applied_and_goes_on() {
    let (mut chain, mut desk) = with_peers(3, 4);
    chain.run_slots(1);
    desk.sim.now = chain.now;
    let new = momentum(&chain, 5);
    desk.say(1, Message::NewBlock(Box::new(new.clone())));
    assert_eq!(desk.sim.height(), 5);
    assert_eq!(whole(&mut desk, 1), (0, 0), "it knows it");
    for peer in 2..=4 {
        assert_eq!(whole(&mut desk, peer), (1, 0));
    }
    // Once more, from another one: nothing happens.
    desk.say(2, Message::NewBlock(Box::new(new)));
    assert_eq!((whole(&mut desk, 1), desk.inserts.len()), ((0, 0), 1));
}

/// All get it up to ten; of more, ten and as many as the root of the rest.
#[test]
fn of_many_peers_some_get_the_momentum_and_others_its_hash() {
    let (mut chain, mut desk) = with_peers(3, 36);
    chain.run_slots(1);
    desk.sim.now = chain.now;
    desk.say(36, Message::NewBlock(Box::new(momentum(&chain, 5))));
    let mut total = (0, 0);
    for peer in 1..36 {
        let got = whole(&mut desk, peer);
        assert_eq!(got.0 + got.1, 1);
        total = (total.0 + got.0, total.1 + got.1);
    }
    assert_eq!(total, (15, 20));
}

#[test]
fn a_momentum_that_the_ledger_refuses_goes_nowhere() {
    let (mut chain, mut desk) = with_peers(3, 3);
    chain.run_slots(1);
    desk.sim.now = chain.now;
    let mut bad = momentum(&chain, 5);
    bad.momentum.signature[0] ^= 1;
    desk.say(1, Message::NewBlock(Box::new(bad)));
    assert!(desk.is_banned(1));
    assert_eq!(whole(&mut desk, 2), (0, 0));
    desk.say(2, Message::NewBlock(Box::new(momentum(&chain, 5))));
    assert_eq!(desk.sim.height(), 5, "the hash is not held against an honest peer");
}

#[test]
fn announced_momentums_are_fetched_if_they_do_not_come() {
    let (mut chain, mut desk) = with_peers(3, 1);
    chain.run_slots(1);
    desk.sim.now = chain.now;
    let new = momentum(&chain, 5);
    let asks = |desk: &mut Desk| {
        let asked = |message: &Message| matches!(message, Message::GetBlocks(_));
        desk.received(1).iter().filter(|message| asked(message)).count()
    };
    desk.say(1, Message::NewBlockHashes(vec![new.momentum.hash]));
    desk.run(399);
    assert_eq!(asks(&mut desk), 0);
    desk.run(1);
    assert_eq!(asks(&mut desk), 1);
    desk.say(1, Message::Blocks(vec![new]));
    assert_eq!(desk.sim.height(), 5);
}

#[test]
fn another_one_is_asked_if_the_first_does_not_bring_it() {
    let (mut chain, mut desk) = with_peers(3, 2);
    chain.run_slots(1);
    desk.sim.now = chain.now;
    let hash = momentum(&chain, 5).momentum.hash;
    desk.say(1, Message::NewBlockHashes(vec![hash]));
    desk.say(2, Message::NewBlockHashes(vec![hash]));
    desk.join(3, desk.sim.node.identifier(), honest(Arc::new(chain.node.moment())));
    desk.say(3, Message::NewBlockHashes(vec![hash]));
    desk.run(15_000);
    assert_eq!(desk.sim.height(), 5);
}

#[test]
fn a_momentum_that_is_ahead_brings_those_between() {
    let (mut chain, mut desk) = with_peers(3, 1);
    chain.run_slots(10);
    desk.sim.now = chain.now;
    let name = desk.sim.node.identifier();
    desk.join(2, name, honest(Arc::new(chain.node.moment())));
    desk.say(2, Message::NewBlock(Box::new(momentum(&chain, 14))));
    desk.run_to(14, 5_000);
    assert_eq!(desk.sim.node.identifier(), chain.node.identifier());
}

#[test]
fn old_momentums_are_not_told_while_we_catch_up() {
    let (mut chain, mut desk) = with_peers(3, 2);
    chain.run_slots(600);
    desk.sim.now = chain.now;
    desk.join_honest(3, &chain);
    desk.run_to(604, 10_000);
    let (told, named) = whole(&mut desk, 1);
    assert!(told + named <= 2, "{told} {named}");
}

#[test]
fn a_block_goes_to_all_who_do_not_know_it() {
    let (chain, mut desk) = with_peers(3, 3);
    let block = chain.send(0, 1, 5);
    desk.say(1, Message::Tx(vec![block.clone()]));
    desk.run(100);
    assert!(desk.sim.has(&block));
    let got = |desk: &mut Desk, peer| -> Vec<Hash> {
        let messages = desk.received(peer);
        let blocks = messages.into_iter().filter_map(|message| match message {
            Message::Tx(blocks) => Some(blocks),
            _ => None,
        });
        blocks.flatten().map(|block| block.hash).collect()
    };
    assert_eq!(got(&mut desk, 1), []);
    assert_eq!(got(&mut desk, 2), [block.hash]);
    assert_eq!(got(&mut desk, 3), [block.hash]);
    desk.say(2, Message::Tx(vec![block.clone()]));
    desk.run(100);
    assert_eq!(got(&mut desk, 3), []);
    // Nobody makes momentums here, so it is told again after a while: somebody may have missed it.
    desk.run(61_000);
    assert_eq!(got(&mut desk, 3), [block.hash]);
}
