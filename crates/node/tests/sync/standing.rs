//! Scores, bans, and whether producers may go on.

use crate::desk::{Desk, fork, id, momentum, producer, silent};
use ledger::types::{Hash, HashHeight};
use node::service::SyncState;
use node::sync::score::host_of;
use node::sync::{Event, Offence};
use node::wire::message::Message;

fn at(height: u64) -> HashHeight {
    HashHeight::new(Hash([9; 32]), height)
}

#[test]
fn a_node_that_needs_no_peers_is_done_alone() {
    let mut desk = Desk::new(0);
    desk.run(1);
    assert_eq!((desk.synced, desk.state()), (Some(true), SyncState::Done));
}

#[test]
fn a_node_that_needs_peers_waits_for_enough_of_them() {
    let mut desk = Desk::new(2);
    desk.run(1);
    assert_eq!((desk.synced, desk.state()), (Some(false), SyncState::NotEnoughPeers));
    let name = desk.sim.node.identifier();
    desk.join(1, name, silent());
    assert_eq!(desk.synced, Some(false));
    desk.join(2, name, silent());
    assert_eq!((desk.synced, desk.state()), (Some(true), SyncState::Done));
    desk.leave(1);
    assert_eq!((desk.synced, desk.state()), (Some(false), SyncState::NotEnoughPeers));
}

#[test]
fn producers_wait_until_the_longer_chain_is_here() {
    let chain = producer(60);
    let longer = fork(&chain, 45, 1, 30);
    let mut desk = Desk::on(fork(&chain, 61, 0, 0), 0);
    desk.sim.now = longer.now;
    desk.run(1);
    assert_eq!(desk.synced, Some(true));
    // The partition heals.
    desk.join_honest(1, &longer);
    assert_eq!(desk.synced, Some(false));
    desk.run_to(75, 10_000);
    desk.run(100);
    assert_eq!((desk.synced, desk.stops), (Some(true), 1));
}

#[test]
fn one_momentum_is_no_reason_to_stop() {
    let mut chain = producer(10);
    let mut desk = Desk::on(fork(&chain, 11, 0, 0), 1);
    desk.join_honest(1, &chain);
    for height in 12..=20 {
        chain.run_slots(1);
        desk.run(chain.now - desk.sim.now);
        let hash = momentum(&chain, height).momentum.hash;
        desk.say(1, Message::NewBlock(Box::new(momentum(&chain, height))));
        desk.say(1, Message::NewBlockHashes(vec![hash]));
    }
    assert_eq!((desk.synced, desk.stops, desk.sim.height()), (Some(true), 0, 20));
}

/// In the reference whoever announces a height that nobody has stops all producers for good.
#[test]
fn announcements_alone_stop_nobody_for_long() {
    let mut desk = Desk::new(0);
    desk.run(1);
    for peer in 1..=20 {
        desk.join(peer, at(1_000_000), silent());
        desk.run(10_000);
        assert_eq!(desk.synced, Some(true), "peer {peer}");
    }
    assert!(desk.stops <= 4, "{}", desk.stops);
}

#[test]
fn offences_add_up_to_a_ban_and_time_heals() {
    let chain = producer(0);
    let mut desk = Desk::new(0);
    desk.join_honest(1, &chain);
    let flood = || Event::Offence { peer: 1, offence: Offence::Flood };
    for _ in 0..5 {
        desk.event(flood());
    }
    assert_eq!(desk.score(1), 50);
    desk.run(120_000);
    assert_eq!(desk.score(1), 70);
    for _ in 0..7 {
        desk.event(flood());
    }
    assert!(desk.is_banned(1));
    assert_eq!(desk.parted(1), Some("too many questions"));
    let now = desk.sim.now;
    assert!(desk.protocol.is_banned(&id(1), "10.0.0.1:1", now));
    assert!(!desk.protocol.is_banned(&id(1), "10.0.0.1:1", now + 3_600_000));
    desk.protocol.pardon(&id(1), "10.0.0.1:1");
    assert!(!desk.protocol.is_banned(&id(1), "10.0.0.1:1", now));
}

/// Several nodes may share an address, so the address is banned only with the third of them.
#[test]
fn an_address_of_many_offenders_is_banned() {
    let mut desk = Desk::new(0);
    let name = desk.sim.node.identifier();
    for peer in 1..=3 {
        desk.connect_as(peer, id(peer), &format!("192.0.2.7:{peer}"), false);
        let status = desk.status(name);
        desk.say(peer, Message::Status(status));
        let offence = Offence::Forged("momentum");
        desk.event(Event::Offence { peer, offence });
    }
    let hosts: Vec<&str> = desk.bans.iter().map(|(_, host)| host.as_str()).collect();
    assert_eq!(hosts, ["", "", "192.0.2.7"]);
    assert!(desk.protocol.is_banned(&id(9), "192.0.2.7:9", desk.sim.now));
    assert!(!desk.protocol.is_banned(&id(9), "192.0.2.8:9", desk.sim.now));
}

#[test]
fn trusted_nodes_are_never_banned() {
    let mut desk = Desk::new(0);
    let name = desk.sim.node.identifier();
    desk.connect_as(1, id(1), "192.0.2.7:1", true);
    let status = desk.status(name);
    desk.say(1, Message::Status(status));
    for _ in 0..5 {
        desk.event(Event::Offence { peer: 1, offence: Offence::Forged("momentum") });
    }
    assert_eq!((desk.bans.len(), desk.parted(1)), (0, None));
}

#[test]
fn hosts_are_told_from_addresses() {
    assert_eq!(host_of("192.0.2.7:35995").as_deref(), Some("192.0.2.7"));
    assert_eq!(host_of("[2001:db8::1]:5").as_deref(), Some("2001:db8::1"));
    assert_eq!(host_of("/ip4/192.0.2.7/tcp/5/p2p/16U").as_deref(), Some("192.0.2.7"));
    assert_eq!(host_of("127.0.0.1:5"), None);
    assert_eq!(host_of("/ip4/192.0.2.7/tcp/5/p2p/16U/p2p-circuit"), None);
    assert_eq!(host_of("what"), None);
}
