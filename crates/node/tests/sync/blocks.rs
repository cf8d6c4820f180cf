//! Account blocks on their way into the pool.

use crate::desk::{Desk, producer, silent};
use crate::world::Sim;
use ledger::AccountBlock;
use node::wire::message::Message;

fn follower(chain: &Sim) -> Desk {
    let mut desk = Desk::new(1);
    desk.sim.now = chain.now;
    desk.sim.insert(chain.momentums_above(1)).unwrap();
    for peer in 1..=2 {
        desk.join(peer, chain.node.identifier(), silent());
    }
    desk
}

/// Blocks of one account that stand on one another.
fn line(chain: &mut Sim, count: u64) -> Vec<AccountBlock> {
    let next = |amount| {
        let block = chain.send(0, 1, amount);
        chain.publish(block.clone()).unwrap();
        block
    };
    (1..=count).map(next).collect()
}

#[test]
fn blocks_may_come_in_any_order() {
    let mut chain = producer(3);
    let mut desk = follower(&chain);
    let mut blocks = line(&mut chain, 5);
    blocks.reverse();
    for block in &blocks {
        desk.say(1, Message::Tx(vec![block.clone()]));
    }
    assert!(blocks.iter().all(|block| desk.sim.has(block)));
    assert_eq!(desk.score(1), 100);
}

#[test]
fn a_block_that_acknowledges_a_later_momentum_waits_for_it() {
    let mut chain = producer(3);
    let mut desk = follower(&chain);
    chain.run_slots(1);
    desk.sim.now = chain.now;
    let block = chain.send(0, 1, 5);
    desk.say(1, Message::Tx(vec![block.clone()]));
    assert!(!desk.sim.has(&block));
    desk.say(2, Message::NewBlock(Box::new(chain.momentums_above(4).remove(0))));
    desk.run(10);
    assert!(desk.sim.has(&block));
    assert_eq!(desk.score(1), 100);
}

#[test]
fn a_bad_signature_costs_points_and_does_not_keep_the_good_copy_out() {
    let mut chain = producer(3);
    let mut desk = follower(&chain);
    let blocks = line(&mut chain, 2);
    let bad = |block: &AccountBlock| {
        let mut bad = block.clone();
        bad.signature[5] ^= 1;
        bad
    };
    // The second is early as well: that comes first in the ledger's eyes.
    for block in &blocks {
        desk.say(1, Message::Tx(vec![bad(block)]));
    }
    assert_eq!(desk.score(1), 60);
    desk.say(2, Message::Tx(blocks.clone()));
    assert!(blocks.iter().all(|block| desk.sim.has(block)));
    // The same once more is not even looked at.
    desk.say(1, Message::Tx(vec![bad(&blocks[1])]));
    assert_eq!(desk.score(1), 60);
}

#[test]
fn a_forged_block_bans() {
    let chain = producer(3);
    let mut desk = follower(&chain);
    let mut block = chain.send(0, 1, 5);
    block.amount += ledger::types::Amount::from(1_u64);
    desk.say(1, Message::Tx(vec![block]));
    assert!(desk.is_banned(1));
}

/// A refusal that another ledger might not give is nobody's fault.
#[test]
fn a_block_that_lost_to_another_costs_nothing() {
    let mut chain = producer(3);
    let mut desk = follower(&chain);
    let rival = chain.send(0, 2, 9);
    let block = line(&mut chain, 1).remove(0);
    desk.say(1, Message::Tx(vec![block.clone()]));
    desk.say(2, Message::Tx(vec![rival.clone()]));
    assert!(desk.sim.has(&block) != desk.sim.has(&rival));
    assert_eq!((desk.score(1), desk.score(2)), (100, 100));
}

#[test]
fn a_flood_is_cut_off() {
    let chain = producer(3);
    let mut desk = follower(&chain);
    let block = chain.send(0, 1, 5);
    let many = vec![block.clone(); 4_096];
    for _ in 0..5 {
        desk.say(1, Message::Tx(many.clone()));
    }
    assert!(desk.score(1) < 100);
    for _ in 0..40 {
        if desk.parted(1).is_none() {
            desk.say(1, Message::Tx(many.clone()));
        }
    }
    assert!(desk.is_banned(1));
    assert!(desk.sim.has(&block));
}
