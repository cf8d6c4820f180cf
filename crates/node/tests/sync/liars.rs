//! Peers that lie, stall, forge and vanish: each is found out, and others take its place.

use crate::desk::{Answerer, Desk, honest, momentum, producer, silent};
use crate::world::Sim;
use ledger::DetailedMomentum;
use ledger::types::{Hash, HashHeight};
use node::wire::message::Message;
use std::sync::Arc;

/// Answers as `chain` does, with each momentum changed.
fn altering(chain: &Sim, alter: impl Fn(&mut DetailedMomentum) + 'static) -> Answerer {
    let mut answers = honest(Arc::new(chain.node.moment()));
    Box::new(move |question| {
        let mut answers = answers(question);
        for (_, answer) in &mut answers {
            if let Message::Blocks(momentums) = answer {
                momentums.iter_mut().for_each(&alter);
            }
        }
        answers
    })
}

/// A follower next to one bad peer; a good one comes later.
fn beside(chain: &Sim, name: HashHeight, bad: Answerer) -> Desk {
    let mut desk = Desk::new(1);
    desk.sim.now = chain.now;
    desk.join(1, name, bad);
    desk
}

#[test]
fn a_forged_momentum_costs_everything() {
    let chain = producer(40);
    let bad = altering(&chain, |detailed| detailed.momentum.timestamp += 1);
    let mut desk = beside(&chain, chain.node.identifier(), bad);
    desk.run(2_000);
    assert!(desk.is_banned(1) && desk.parted(1).is_some());
    assert_eq!(desk.sim.height(), 1);
}

#[test]
fn a_forged_block_costs_everything() {
    let chain = producer(40);
    let bad = altering(&chain, |detailed| {
        if let Some(block) = detailed.account_blocks.first_mut() {
            block.data.push(1);
        }
    });
    let mut desk = beside(&chain, chain.node.identifier(), bad);
    desk.run(2_000);
    assert!(desk.is_banned(1));
}

/// No hash covers a signature: only the ledger finds this out, and only the one who brought the
/// momentum is at fault.
#[test]
fn an_invalid_momentum_bans_who_brought_it_and_nobody_else() {
    let chain = producer(300);
    let spoilt = momentum(&chain, 150).momentum.hash;
    let bad = altering(&chain, move |detailed| {
        if detailed.momentum.hash == spoilt {
            detailed.momentum.signature[3] ^= 1;
        }
    });
    let mut desk = beside(&chain, chain.node.identifier(), bad);
    desk.run(3_000);
    assert!(desk.is_banned(1));
    desk.join_honest(2, &chain);
    desk.join_honest(3, &chain);
    desk.run_to(301, 10_000);
    assert!(!desk.is_banned(2) && !desk.is_banned(3));
}

/// A clock that is behind makes honest momentums look as if they came from the future.
#[test]
fn a_momentum_from_the_future_bans_nobody() {
    let chain = producer(40);
    let mut desk = Desk::new(1);
    desk.join_honest(1, &chain);
    desk.run(3_000);
    assert_eq!((desk.parted(1), desk.is_banned(1)), (None, false));
}

#[test]
fn hashes_that_are_made_up_lead_nowhere() {
    let chain = producer(40);
    let genesis = chain.read(|view, _| view.momentum_by_height(1).unwrap().unwrap().hash);
    let made_up: Answerer = Box::new(move |question| match question {
        Message::GetBlockHashesFromNumber { number, amount } => {
            let hash = |height: u64| match height {
                1 => genesis,
                height => Hash::of(&height.to_be_bytes()),
            };
            let hashes = (*number..number + amount).rev().map(hash).collect();
            vec![(10, Message::BlockHashes(hashes))]
        }
        Message::GetBlocks(_) => vec![(10, Message::Blocks(Vec::new()))],
        _ => Vec::new(),
    });
    let mut desk = beside(&chain, HashHeight::new(Hash([9; 32]), 5_000), made_up);
    desk.run(1_000);
    assert!(desk.score(1) < 100);
    desk.join_honest(2, &chain);
    desk.run_to(41, 40_000);
    assert_eq!(desk.sim.node.identifier(), chain.node.identifier());
}

#[test]
fn momentums_that_do_not_stand_on_one_another_are_no_chain() {
    let chain = producer(40);
    let mut hashes: Vec<Hash> =
        chain.momentums_above(0).iter().map(|detailed| detailed.momentum.hash).collect();
    hashes.swap(5, 6);
    let mut answers = honest(Arc::new(chain.node.moment()));
    let shuffled: Answerer = Box::new(move |question| match question {
        Message::GetBlockHashesFromNumber { .. } => {
            vec![(10, Message::BlockHashes(hashes.clone()))]
        }
        question => answers(question),
    });
    let mut desk = beside(&chain, chain.node.identifier(), shuffled);
    desk.run(1_000);
    assert!(desk.score(1) <= 50);
    assert!(desk.sim.height() < 7);
}

/// Whoever is silent is found out by time: hashes after 5 seconds, momentums after 9 at the most.
#[test]
fn silent_peers_hold_nothing_up() {
    let chain = producer(300);
    let mut desk = beside(&chain, HashHeight::new(Hash([9; 32]), 9_000), silent());
    for peer in 2..=3 {
        desk.join(peer, HashHeight::new(Hash([9; 32]), 9_000), silent());
    }
    // Hashes, but no momentums.
    let mut answers = honest(Arc::new(chain.node.moment()));
    desk.join(
        4,
        chain.node.identifier(),
        Box::new(move |question| match question {
            Message::GetBlocks(_) => Vec::new(),
            question => answers(question),
        }),
    );
    desk.join_honest(5, &chain);
    let took = desk.run_to(301, 60_000);
    assert!(took < 30_000, "{took} ms");
    desk.run(60_000);
    for peer in 1..=4 {
        assert!(desk.parted(peer).is_some(), "peer {peer} owes its answers still");
    }
    assert_eq!(desk.parted(5), None);
}

#[test]
fn a_slow_peer_gets_less_to_do_than_a_fast_one() {
    let chain = producer(900);
    let mut desk = Desk::new(1);
    desk.sim.now = chain.now;
    let mut answers = honest(Arc::new(chain.node.moment()));
    desk.join(
        1,
        chain.node.identifier(),
        Box::new(move |question| {
            let mut answers = answers(question);
            if matches!(question, Message::GetBlocks(_)) {
                answers.iter_mut().for_each(|(after, _)| *after = 4_000);
            }
            answers
        }),
    );
    desk.join_honest(2, &chain);
    let took = desk.run_to(901, 20_000);
    assert!(took < 8_000, "{took} ms: all waited for the slow one");
    let standing = desk.protocol.peers(desk.sim.now);
    assert!(standing[0].momentums * 4 < standing[1].momentums, "{standing:?}");
}

/// Peers come and go all the time, and most of them are of no use.
#[test]
fn a_cold_node_gets_on_while_peers_churn() {
    let chain = producer(1_000);
    let mut desk = Desk::new(1);
    desk.sim.now = chain.now;
    let mut height = 1;
    let mut stalled = 0;
    for round in 0..400_u64 {
        let peer = 10 + round;
        if round % 4 == 3 {
            desk.join_honest(peer, &chain);
        } else {
            let name = HashHeight::new(Hash([9; 32]), 2_000 + round);
            desk.join(peer, name, silent());
        }
        if round >= 4 {
            let leaving = peer - 4;
            if desk.parted(leaving).is_none() {
                desk.leave(leaving);
            }
        }
        desk.run(700);
        stalled = if desk.sim.height() > height { 0 } else { stalled + 700 };
        height = desk.sim.height();
        assert!(stalled < 60_000 || height == 1_001, "no progress for a minute at {height}");
        if height == 1_001 {
            return;
        }
    }
    panic!("at height {height}");
}

#[test]
fn what_nobody_asked_for_costs_a_little() {
    let chain = producer(5);
    let mut desk = Desk::new(1);
    desk.sim.now = chain.now;
    let name = desk.sim.node.identifier();
    desk.join(1, name, silent());
    desk.say(1, Message::BlockHashes(vec![Hash([1; 32])]));
    desk.say(1, Message::Blocks(chain.momentums_above(1)));
    assert!((90..100).contains(&desk.score(1)));
    for _ in 0..60 {
        desk.say(1, Message::Blocks(Vec::new()));
    }
    assert!(desk.is_banned(1));
    assert_eq!(desk.sim.height(), 1);
}

/// A height that no chain reaches, in every message that carries one.
#[test]
fn absurd_heights_do_no_harm() {
    let chain = producer(40);
    let mut desk = beside(&chain, HashHeight::new(Hash([9; 32]), u64::MAX), silent());
    let mut absurd = momentum(&chain, 5);
    absurd.momentum.height = u64::MAX;
    absurd.momentum.hash = absurd.momentum.compute_hash();
    desk.say(1, Message::NewBlock(Box::new(absurd)));
    let mut answers = honest(Arc::new(chain.node.moment()));
    desk.join(2, HashHeight::new(Hash([9; 32]), u64::MAX), Box::new(move |it| answers(it)));
    desk.join_honest(3, &chain);
    desk.run_to(41, 60_000);
}
