//! Blocks that are handed in.

use crate::world::{Setup, Sim, key, transfer};
use ledger::types::Amount;
use ledger::{AccountBlock, Refusal};
use node::node::Answer;
use node::pool::Limits;
use node::service::ServiceError;

fn refusal(answer: Result<Answer, ServiceError>) -> Refusal {
    match answer {
        Err(ServiceError::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn a_transfer_is_accepted_confirmed_and_received() {
    let mut sim = Sim::new(Setup::single());
    let before = sim.balance(&key(1).address());
    let send = sim.send(0, 1, 500);
    assert_eq!(sim.publish(send.clone()).unwrap(), Answer::Done);
    assert!(sim.has(&send) && !sim.is_confirmed(&send));
    sim.run_slots(2);
    assert!(sim.is_confirmed(&send));
    let receive = sim.receive(1).unwrap();
    sim.publish(receive).unwrap();
    sim.run_slots(1);
    assert_eq!(sim.balance(&key(1).address()), before + Amount::from(500));
    sim.check();
}

#[test]
fn an_acknowledged_block_is_there_after_the_process_ended() {
    let mut sim = Sim::new(Setup::single());
    let first = sim.send(0, 1, 1);
    sim.publish(first.clone()).unwrap();
    let second = sim.send(0, 1, 2);
    sim.publish(second.clone()).unwrap();
    let mut sim = sim.restart();
    assert!(sim.has(&first) && sim.has(&second));
    sim.run_slots(3);
    assert!(sim.is_confirmed(&first) && sim.is_confirmed(&second));
    let sim = sim.restart();
    assert!(sim.is_confirmed(&second));
    assert_eq!(sim.read(|_, pending| pending.len()), 0);
}

#[test]
fn blocks_handed_in_together_cost_one_transaction() {
    let mut sim = Sim::new(Setup::single());
    sim.publish(sim.send(3, 0, 1)).unwrap();
    let commits = sim.metrics.commits.count();
    let blocks = vec![sim.send(0, 1, 1), sim.send(1, 2, 1), sim.send(2, 3, 1)];
    let answers = sim.publish_all(blocks);
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(sim.metrics.commits.count(), commits + 1);
}

#[test]
fn a_refused_block_changes_nothing_and_names_the_reason() {
    let mut sim = Sim::new(Setup::single());
    let mut forged = sim.send(0, 1, 1);
    forged.signature[5] ^= 1;
    assert_eq!(refusal(sim.publish(forged)), Refusal::BlockSignatureInvalid);
    let poor = sim.send(0, 1, u64::MAX);
    assert_eq!(refusal(sim.publish(poor)), Refusal::InsufficientBalance);
    assert_eq!(sim.read(|_, pending| pending.len()), 0);
    assert_eq!(sim.metrics.blocks_refused.get(), 2);
}

#[test]
fn the_same_block_twice_is_accepted_once() {
    let mut sim = Sim::new(Setup::single());
    let send = sim.send(0, 1, 1);
    sim.publish(send.clone()).unwrap();
    assert_eq!(sim.publish(send.clone()).unwrap(), Answer::Done);
    let again = sim.publish_all(vec![send.clone(), send.clone()]);
    assert!(again.iter().all(Result::is_ok));
    assert_eq!(sim.read(|_, pending| pending.len()), 1);
    let sim = sim.restart();
    assert_eq!(sim.read(|_, pending| pending.len()), 1);
}

#[test]
fn the_better_of_two_rivals_stays_over_a_restart() {
    let mut sim = Sim::new(Setup::single());
    let mut rivals: Vec<AccountBlock> = (1..=2).map(|amount| sim.send(0, 1, amount)).collect();
    rivals.sort_by_key(|block| std::cmp::Reverse(block.hash));
    let [worse, better] = &rivals[..] else { unreachable!() };
    sim.publish(worse.clone()).unwrap();
    sim.publish(better.clone()).unwrap();
    assert!(sim.has(better) && !sim.has(worse));
    assert_eq!(refusal(sim.publish(worse.clone())), Refusal::PoolHashTieBreak);
    let sim = sim.restart();
    assert!(sim.has(better) && !sim.has(worse));
}

#[test]
fn rivals_in_one_batch_leave_one_in_the_journal() {
    let mut sim = Sim::new(Setup::single());
    let mut rivals: Vec<AccountBlock> = (1..=2).map(|amount| sim.send(0, 1, amount)).collect();
    rivals.sort_by_key(|block| std::cmp::Reverse(block.hash));
    let better = rivals[1].clone();
    let answers = sim.publish_all(rivals);
    assert!(answers.iter().all(Result::is_ok));
    let sim = sim.restart();
    assert_eq!(sim.read(|_, pending| pending.len()), 1);
    assert!(sim.has(&better));
}

#[test]
fn a_full_pool_says_so_and_takes_more_after_a_momentum() {
    let limits = Limits { blocks: 2, ..Limits::default() };
    let mut sim = Sim::new(Setup { limits, ..Setup::single() });
    let blocks = vec![sim.send(0, 1, 1), sim.send(1, 2, 1), sim.send(2, 3, 1)];
    let third = blocks[2].clone();
    let answers = sim.publish_all(blocks);
    assert!(matches!(answers[2], Err(ServiceError::Busy { waiting: 2 })));
    assert!(!sim.has(&third));
    sim.run_slots(2);
    sim.publish(third.clone()).unwrap();
    assert!(sim.has(&third));
}

#[test]
fn a_pool_is_bounded_in_bytes_too() {
    let limits = Limits { bytes: 10_000, ..Limits::default() };
    let mut sim = Sim::new(Setup { limits, ..Setup::single() });
    let large = AccountBlock { data: vec![7; 12_000], ..transfer(0, &key(1).address(), 0) };
    sim.publish(sim.block(0, large)).unwrap();
    assert!(matches!(sim.publish(sim.send(1, 2, 1)), Err(ServiceError::Busy { .. })));
    sim.run_slots(2);
    sim.publish(sim.send(1, 2, 1)).unwrap();
}
