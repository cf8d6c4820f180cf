//! Blocks whose unhashed bytes somebody altered on the way.
//!
//! A user's block carries a hash of its write set which nobody checks and no hash covers, yet it is
//! stored, and counts in the momentum. A node that got an altered copy first has to take the momentum
//! all the same.

use crate::world::{Setup, Sim};
use ledger::types::Hash;
use node::service::ServiceError;

/// A producer, and another node of its network that makes no momentums.
fn pair() -> (Sim, Sim) {
    let follower = Setup { pillars: Vec::new(), ..Setup::single() };
    (Sim::new(Setup::single()), Sim::new(follower))
}

#[test]
fn a_momentum_replaces_an_altered_copy_in_the_pool() {
    let (mut producer, mut follower) = pair();
    let first = producer.send(0, 1, 5);
    producer.publish(first.clone()).unwrap();
    let second = producer.send(0, 2, 7);
    producer.publish(second.clone()).unwrap();
    let mut altered = first.clone();
    altered.changes_hash = Hash([7; 32]);
    follower.publish(altered).unwrap();
    follower.publish(second.clone()).unwrap();
    producer.run_slots(2);
    follower.now = producer.now;
    assert!(producer.is_confirmed(&second));
    follower.insert(producer.momentums_above(1)).unwrap();
    assert_eq!(follower.node.identifier(), producer.node.identifier());
    follower.check();
}

#[test]
fn a_refused_momentum_leaves_the_pool_as_it_was() {
    let (mut producer, mut follower) = pair();
    let block = producer.send(0, 1, 5);
    producer.publish(block.clone()).unwrap();
    let mut altered = block.clone();
    altered.changes_hash = Hash([7; 32]);
    follower.publish(altered.clone()).unwrap();
    producer.run_slots(1);
    follower.now = producer.now;
    let mut momentums = producer.momentums_above(1);
    momentums[0].momentum.signature[0] ^= 1;
    let refused = follower.insert(momentums);
    assert!(matches!(refused, Err(ServiceError::Momentum { height: 2, .. })));
    let kept = follower.read(|_, pending| pending.get(&block.header()).unwrap().block.changes_hash);
    assert_eq!(kept, altered.changes_hash);
}
