//! Status messages, and the pool for a new peer.

use crate::desk::{Desk, producer};
use ledger::types::{Hash, HashHeight};
use node::sync::Reason;
use node::wire::message::{Message, Status};

#[test]
fn both_say_who_they_are() {
    let mut desk = Desk::new(0);
    desk.connect(1);
    let newest = desk.sim.node.identifier();
    let ours = desk.status(newest);
    assert_eq!(desk.received(1), [Message::Status(ours)]);
    desk.say(1, Message::Status(ours));
    assert_eq!(desk.parted(1), None);
    assert_eq!(desk.protocol.peers(desk.sim.now)[0].height, Some(1));
}

#[test]
fn who_is_of_another_network_is_told_so() {
    let ours = Desk::new(0).status(HashHeight::new(Hash([1; 32]), 5));
    let other = Hash([9; 32]);
    let cases = [
        (Status { genesis: other, network: 1, ..ours }, "Genesis block mismatch"),
        (Status { network: 1, version: 60, ..ours }, "NetworkId mismatch"),
        (Status { version: 60, ..ours }, "Protocol version mismatch"),
    ];
    for (status, text) in cases {
        let mut desk = Desk::new(0);
        desk.connect(1);
        desk.say(1, Message::Status(status));
        let (reason, why) = desk.peers[&1].parted.as_ref().unwrap();
        assert_eq!(*reason, Reason::Subprotocol);
        assert!(why.starts_with(text), "{why}");
        assert!(desk.bans.is_empty());
    }
}

#[test]
fn who_says_nothing_or_something_else_first_is_let_go() {
    let mut desk = Desk::new(0);
    desk.connect(1);
    desk.connect(2);
    desk.say(2, Message::NewBlockHashes(vec![Hash([1; 32])]));
    assert_eq!(desk.parted(2), Some("No status message"));
    desk.run(4_999);
    assert_eq!(desk.parted(1), None);
    desk.run(1);
    assert_eq!(desk.parted(1), Some("No status message"));
}

#[test]
fn a_second_status_ends_the_connection() {
    let mut desk = Desk::new(0);
    desk.connect(1);
    let status = desk.status(desk.sim.node.identifier());
    desk.say(1, Message::Status(status));
    desk.say(1, Message::Status(status));
    assert_eq!(desk.parted(1), Some("Extra status message"));
}

/// Otherwise a block that was published while nobody was connected, or before a restart, would wait
/// until its publisher's node makes a momentum itself.
#[test]
fn a_new_peer_gets_everything_unconfirmed() {
    let mut desk = Desk::on(producer(1), 0);
    let first = desk.sim.send(0, 1, 5);
    desk.publish(first.clone());
    let second = desk.sim.send(0, 1, 6);
    desk.publish(second.clone());
    desk.connect(1);
    let newest = desk.sim.node.identifier();
    let status = desk.status(newest);
    desk.received(1);
    desk.say(1, Message::Status(status));
    let [Message::Tx(blocks)] = &desk.received(1)[..] else { panic!("one message of blocks") };
    let hashes: Vec<Hash> = blocks.iter().map(|block| block.hash).collect();
    assert_eq!(hashes, [first.hash, second.hash]);
}
