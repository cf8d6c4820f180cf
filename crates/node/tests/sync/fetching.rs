//! A longer chain is fetched, from whatever peers.

use crate::desk::{Desk, fork, honest, momentum, producer};
use crate::world::Sim;
use node::node::ROLLBACK_MAX;
use node::service::SyncState;
use node::wire::message::Message;
use std::sync::Arc;

fn assert_same(desk: &Desk, chain: &Sim) {
    assert_eq!(desk.sim.node.identifier(), chain.node.identifier());
}

#[test]
fn a_chain_is_fetched_from_several_peers_at_once() {
    let chain = producer(1_200);
    let mut desk = Desk::new(1);
    desk.sim.now = chain.now;
    for peer in 1..=4 {
        desk.join_honest(peer, &chain);
    }
    desk.run_to(1_201, 20_000);
    assert_same(&desk, &chain);
    assert_eq!(desk.state(), SyncState::Done);
    for standing in desk.protocol.peers(desk.sim.now) {
        assert!(standing.momentums > 50, "{standing:?}");
    }
    // Large batches: a sync of the disk for each momentum would take ten times as long.
    assert!(desk.inserts.len() < 30, "{:?}", desk.inserts);
    assert!(desk.inserts.iter().all(|count| *count <= 256));
    desk.sim.check();
}

#[test]
fn hashes_in_rising_order_do_as_well() {
    let chain = producer(700);
    let mut desk = Desk::new(1);
    desk.sim.now = chain.now;
    let mut answers = honest(Arc::new(chain.node.moment()));
    let rising = Box::new(move |question: &Message| {
        let mut answers = answers(question);
        for (_, answer) in &mut answers {
            if let Message::BlockHashes(hashes) = answer {
                hashes.reverse();
            }
        }
        answers
    });
    desk.join(1, chain.node.identifier(), rising);
    desk.run_to(701, 20_000);
    assert_same(&desk, &chain);
}

#[test]
fn a_node_goes_on_from_what_its_store_holds() {
    let chain = producer(400);
    let mut desk = Desk::new(1);
    desk.sim.now = chain.now;
    desk.join_honest(1, &chain);
    while desk.sim.height() < 60 {
        desk.run(10);
    }
    let height = desk.sim.height();
    assert!(height < 401);
    let mut desk = Desk::on(desk.sim.restart(), 1);
    assert_eq!(desk.sim.height(), height);
    desk.join_honest(1, &chain);
    desk.run_to(401, 20_000);
    assert_same(&desk, &chain);
}

#[test]
fn a_longer_fork_takes_the_place_of_our_momentums() {
    let chain = producer(60);
    for depth in [1, 5, ROLLBACK_MAX] {
        let longer = fork(&chain, 61 - depth, 1, depth + 2);
        let mut desk = Desk::on(fork(&chain, 61, 0, 0), 1);
        desk.sim.now = longer.now;
        assert_same(&desk, &chain);
        desk.join_honest(1, &longer);
        desk.run_to(63, 10_000);
        assert_same(&desk, &longer);
        desk.sim.check();
    }
}

#[test]
fn a_shorter_fork_is_no_offence() {
    let chain = producer(60);
    let shorter = fork(&chain, 50, 1, 5);
    let mut desk = Desk::on(fork(&chain, 61, 0, 0), 1);
    desk.sim.now = chain.now;
    desk.join_honest(1, &shorter);
    desk.run(60_000);
    assert_same(&desk, &chain);
    assert_eq!((desk.parted(1), desk.score(1)), (None, 100));
    assert_eq!(desk.state(), SyncState::Done);
}

/// Nobody may take back so many; what is left is to tell the operator, and not to ask again and again.
#[test]
fn a_fork_that_is_too_deep_is_left_alone() {
    let chain = producer(60);
    let other = fork(&chain, 20, 1, 90);
    let mut desk = Desk::on(fork(&chain, 61, 0, 0), 1);
    desk.sim.now = other.now;
    desk.join_honest(1, &other);
    desk.join_honest(2, &chain);
    desk.join_honest(3, &chain);
    desk.run(60_000);
    assert_same(&desk, &chain);
    assert_eq!(desk.parted(1), None);
    assert!(desk.received(1).len() < 30, "asked {} times", desk.received(1).len());
    assert_eq!(desk.state(), SyncState::Done, "most are on our chain");
    desk.leave(2);
    desk.leave(3);
    desk.run(1_000);
    assert_eq!(desk.state(), SyncState::Syncing, "all others follow a longer chain");
}

#[test]
fn a_peer_that_grows_is_followed() {
    let mut chain = producer(20);
    let mut desk = Desk::new(1);
    desk.sim.now = chain.now;
    desk.join_honest(1, &chain);
    desk.run_to(21, 5_000);
    // It says nothing, as after a lost message.
    chain.run_slots(5);
    desk.leave(1);
    desk.join(2, momentum(&chain, 21).momentum.identifier(), {
        honest(Arc::new(chain.node.moment()))
    });
    desk.sim.now = chain.now;
    desk.run_to(26, 40_000);
    assert_same(&desk, &chain);
}

/// Memory stays bounded however far others are ahead.
#[test]
fn no_more_is_fetched_than_may_wait() {
    let chain = producer(1_500);
    let mut desk = Desk::new(1);
    desk.sim.now = chain.now;
    // This one brings everything but the first momentums, which all others wait for.
    let mut answers = honest(Arc::new(chain.node.moment()));
    let first = momentum(&chain, 2).momentum.hash;
    let mut asked = 0;
    let stingy = Box::new(move |question: &Message| match question {
        Message::GetBlocks(hashes) if hashes.contains(&first) => Vec::new(),
        question => {
            if let Message::GetBlocks(hashes) = question {
                asked += hashes.len();
                assert!(asked < 1_500, "everything is asked for at once");
            }
            answers(question)
        }
    });
    desk.join(1, chain.node.identifier(), stingy);
    desk.run(4_000);
    assert_eq!(desk.sim.height(), 1);
    desk.join_honest(2, &chain);
    desk.run_to(1_501, 30_000);
}
