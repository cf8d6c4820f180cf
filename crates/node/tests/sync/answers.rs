//! Answers to peers' questions.

use crate::desk::producer;
use crate::world::Sim;
use ledger::types::Hash;
use node::sync::serve::{Allowance, answer};
use node::wire::message::Message;

fn hashes(chain: &Sim, heights: impl IntoIterator<Item = u64>) -> Vec<Hash> {
    chain.read(|view, _| {
        let hash = |height| view.momentum_by_height(height).unwrap().unwrap().hash;
        heights.into_iter().map(hash).collect()
    })
}

fn ask(chain: &Sim, question: Message) -> Vec<Hash> {
    match answer(&chain.node.moment(), &question).unwrap() {
        Message::BlockHashes(hashes) => hashes,
        other => panic!("{other:?}"),
    }
}

/// The order is the reference's, whose second answer is upside down.
#[test]
fn hashes_come_in_the_order_of_the_reference() {
    let chain = producer(9);
    let to = |height, amount| {
        let hash = hashes(&chain, [height])[0];
        ask(&chain, Message::GetBlockHashes { hash, amount })
    };
    assert_eq!(to(5, 3), hashes(&chain, 3..=5));
    assert_eq!(to(5, 99), hashes(&chain, 1..=5));
    assert_eq!(to(5, u64::MAX), hashes(&chain, 1..=5));
    assert_eq!(to(5, 0), []);
    let from = |number, amount| ask(&chain, Message::GetBlockHashesFromNumber { number, amount });
    assert_eq!(from(3, 4), hashes(&chain, (3..=6).rev()));
    assert_eq!(from(8, 512), hashes(&chain, (8..=10).rev()));
    assert_eq!(from(10, 1), hashes(&chain, [10]));
    assert_eq!(from(11, 1), []);
    assert_eq!(from(0, 3), hashes(&chain, (1..=2).rev()));
    assert_eq!(from(u64::MAX, u64::MAX), []);
}

/// The reference crashes at the first and sends its whole chain at the others.
#[test]
fn questions_that_hurt_the_reference_get_nothing() {
    let chain = producer(3);
    assert_eq!(ask(&chain, Message::GetBlockHashes { hash: Hash([7; 32]), amount: 9 }), []);
    for number in [0, 2, 99] {
        assert_eq!(ask(&chain, Message::GetBlockHashesFromNumber { number, amount: 0 }), []);
    }
    assert_eq!(
        answer(&chain.node.moment(), &Message::GetBlocks(Vec::new())).unwrap(),
        Message::Blocks(Vec::new())
    );
}

#[test]
fn momentums_come_as_asked_and_genesis_without_its_content() {
    let chain = producer(9);
    let mut wanted = hashes(&chain, [5, 1, 3]);
    wanted.insert(1, Hash([7; 32]));
    let Message::Blocks(found) = answer(&chain.node.moment(), &Message::GetBlocks(wanted)).unwrap()
    else {
        panic!("momentums");
    };
    let heights: Vec<u64> = found.iter().map(|detailed| detailed.momentum.height).collect();
    assert_eq!(heights, [5, 1, 3]);
    assert!(found[1].momentum.content.is_empty() && found[1].account_blocks.is_empty());
    assert_eq!(found[0], chain.momentums_above(4)[0]);
}

#[test]
fn an_answer_holds_no_more_than_it_may() {
    let chain = producer(2);
    let same = vec![hashes(&chain, [2])[0]; 256];
    let Message::Blocks(found) = answer(&chain.node.moment(), &Message::GetBlocks(same)).unwrap()
    else {
        panic!("momentums");
    };
    assert_eq!(found.len(), 128);
}

#[test]
fn a_peer_asks_only_so_much() {
    let mut allowance = Allowance::default();
    let question = Message::GetBlocks(vec![Hash([1; 32]); 128]);
    let mut asked = 0;
    while allowance.take(1_000, &question) {
        asked += 1;
        assert!(asked < 1_000);
    }
    assert!(asked > 100, "a node that syncs asks hundreds at once");
    assert!(allowance.take(2_000, &question));
}
