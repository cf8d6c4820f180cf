//! Momentums from other nodes, and forks.

use crate::world::{SLOT, Setup, Sim, genesis};
use ledger::Refusal;
use node::service::{Happening, ServiceError};

/// Two nodes with a pillar each, of a network with two.
fn two() -> (Sim, Sim) {
    let setup = |pillar| Setup { genesis: genesis(2, 4), pillars: vec![pillar], ..Setup::single() };
    (Sim::new(setup(0)), Sim::new(setup(1)))
}

/// Lets both run apart until each has some momentums of its own, and the first is longer by `more`.
fn apart(first: &mut Sim, second: &mut Sim, more: u64) {
    while second.height() < 4 {
        second.run_slots(1);
    }
    while first.height() < second.height() + more {
        first.run_slots(1);
    }
}

#[test]
fn momentums_of_another_node_are_followed() {
    let (mut a, mut b) = two();
    a.publish(a.send(0, 1, 5)).unwrap();
    a.run_slots(10);
    b.now = a.now;
    b.insert(a.momentums_above(1)).unwrap();
    assert_eq!(a.node.identifier(), b.node.identifier());
    // Known ones may come again.
    b.insert(a.momentums_above(1)).unwrap();
    b.check();
}

#[test]
fn the_longer_fork_wins_and_acknowledged_blocks_stay() {
    let (mut a, mut b) = two();
    let ours = b.send(1, 2, 7);
    b.publish(ours.clone()).unwrap();
    apart(&mut a, &mut b, 1);
    assert!(b.is_confirmed(&ours));
    let waiting = b.send(3, 0, 9);
    b.publish(waiting.clone()).unwrap();
    b.now = a.now;
    b.insert(a.momentums_above(1)).unwrap();
    assert_eq!(a.node.identifier(), b.node.identifier());
    assert!(matches!(
        b.happenings.iter().rev().nth(a.height() as usize - 1),
        Some(Happening::Rollback(1))
    ));
    // The block that was confirmed waits again; the one that stood on momentums that are gone can't.
    assert!(b.has(&ours) && !b.is_confirmed(&ours));
    assert!(!b.has(&waiting));
    let mut b = b.restart();
    assert!(b.has(&ours));
    b.run_slots(30);
    assert!(b.is_confirmed(&ours));
    b.check();
}

#[test]
fn a_fork_that_is_not_longer_is_left() {
    let (mut a, mut b) = two();
    apart(&mut a, &mut b, 1);
    a.now = a.now.max(b.now);
    let before = a.node.identifier();
    let answer = a.insert(b.momentums_above(1));
    assert!(
        matches!(&answer, Err(ServiceError::Fork(text)) if text == "won't insert side-chain which is not longer"),
        "{answer:?}"
    );
    assert_eq!(a.node.identifier(), before);
}

#[test]
fn a_fork_that_turns_out_invalid_leaves_ours_in_place() {
    let (mut a, mut b) = two();
    let ours = b.send(1, 2, 7);
    b.publish(ours.clone()).unwrap();
    apart(&mut a, &mut b, 1);
    b.now = a.now;
    let before = b.node.identifier();
    let mut fork = a.momentums_above(1);
    fork.last_mut().unwrap().momentum.signature[3] ^= 1;
    let height = a.height();
    match b.insert(fork) {
        Err(ServiceError::Momentum { height: at, refusal }) => {
            assert_eq!((at, refusal), (height, Refusal::MomentumSignatureInvalid));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(b.node.identifier(), before);
    assert!(b.is_confirmed(&ours));
    b.check();
    b.run_slots(10);
    b.check();
}

#[test]
fn no_fork_goes_deeper_than_thirty_momentums() {
    let (mut a, mut b) = two();
    while b.height() < 32 {
        b.run_slots(1);
    }
    while a.height() < 40 {
        a.run_slots(1);
    }
    b.now = a.now;
    let answer = b.insert(a.momentums_above(1));
    assert!(
        matches!(&answer, Err(ServiceError::Fork(text)) if text.starts_with("can't rollback to {")),
        "{answer:?}"
    );
}

#[test]
fn momentums_that_do_not_link_or_come_from_the_future_are_refused() {
    let (mut a, mut b) = two();
    a.run_slots(20);
    let momentums = a.momentums_above(1);
    let answer = b.insert(momentums[2..].to_vec());
    assert!(
        matches!(&answer, Err(ServiceError::Fork(text)) if text.starts_with("can't link momentums to insert.")),
        "{answer:?}"
    );
    // The first slots of the other may be in b's future by up to ten seconds.
    let answer = b.insert(momentums);
    assert!(
        matches!(
            answer,
            Err(ServiceError::Momentum { refusal: Refusal::MomentumTimestampFuture, .. })
        ),
        "{answer:?}"
    );
    b.now = a.now - SLOT * 1000;
    b.insert(a.momentums_above(1)).unwrap();
    assert_eq!(a.node.identifier(), b.node.identifier());
}

#[test]
fn what_comes_before_a_refused_momentum_stays() {
    let (mut a, mut b) = two();
    a.run_slots(20);
    b.now = a.now;
    let mut momentums = a.momentums_above(1);
    momentums[2].momentum.changes_hash.0[0] ^= 1;
    let answer = b.insert(momentums);
    assert!(matches!(answer, Err(ServiceError::Momentum { height: 4, .. })), "{answer:?}");
    assert_eq!(b.height(), 3);
    b.check();
}

#[test]
fn taking_back_and_applying_again_gives_the_same_state() {
    let (mut a, mut b) = two();
    let ours = b.send(1, 2, 7);
    b.publish(ours).unwrap();
    apart(&mut a, &mut b, 1);
    let mine = b.momentums_above(1);
    b.now = a.now;
    b.insert(a.momentums_above(1)).unwrap();
    let report = b.check();
    // A node that has only ever seen the winning fork holds the same.
    let mut c = Sim::new(Setup { genesis: genesis(2, 4), pillars: vec![], ..Setup::single() });
    c.now = a.now;
    c.insert(a.momentums_above(1)).unwrap();
    assert_eq!(c.check(), report);
    assert!(mine.len() >= 2);
}
