//! A disk that fails stops the node, and loses nothing that was acknowledged.

use crate::disk::Fault;
use crate::world::{Setup, Sim};
use ledger::AccountBlock;
use node::node::Stop;
use node::service::{Moment as _, ServiceError};

/// Works until the planned fault has shown. Gives what was acknowledged.
fn work_until_stopped(sim: &mut Sim) -> Vec<AccountBlock> {
    let mut acknowledged = Vec::new();
    for round in 0..400u64 {
        let from = (round % 4) as u8;
        let block = sim.send(from, (from + 1) % 4, round);
        match sim.publish(block.clone()) {
            Ok(_) => acknowledged.push(block),
            Err(ServiceError::Store(_)) => return acknowledged,
            Err(error) => panic!("{error}"),
        }
        if round % 3 == 0 {
            sim.run_slots(1);
        }
        if sim.node.stopped().is_some() {
            return acknowledged;
        }
    }
    panic!("the fault did not show");
}

fn strike(fault: Fault, after: u64) {
    let mut sim = Sim::new(Setup::single());
    sim.disk.plan(after, fault, after);
    let acknowledged = work_until_stopped(&mut sim);
    assert!(matches!(sim.node.stopped(), Some(Stop::Store(_))));

    // Nothing is written any more, and every question says why.
    let operations = sim.disk.operations();
    let answer = sim.publish(sim.send(0, 1, 1));
    assert!(matches!(answer, Err(ServiceError::Store(_))));
    let answer = sim.insert(Vec::new());
    assert!(matches!(answer, Err(ServiceError::Store(_))));
    assert_eq!(sim.node.deadline(sim.now), None);
    assert_eq!(sim.disk.operations(), operations);

    // Readers still have the ledger as of the last acknowledgement.
    let moment = sim.node.moment();
    let mut keys = 0;
    let counted = moment.chain().frontier().scan(&[], &mut |_, _| {
        keys += 1;
        true
    });
    counted.unwrap();
    assert!(keys > 50);

    // The process is started again on the same machine, or after a power cut.
    let images = [sim.disk.live(), sim.disk.after_cut(), sim.disk.durable()];
    let (setup, now) = (sim.setup.clone(), sim.now);
    drop(moment);
    drop(sim.node);
    for image in images {
        let mut sim = Sim::on(setup.clone(), image, now);
        for block in &acknowledged {
            assert!(sim.has(block), "{fault:?} after {after}: {} is gone", block.hash);
        }
        sim.check();
        sim.run_slots(4);
        sim.publish(sim.send(0, 1, 3)).unwrap();
    }
}

#[test]
fn a_refused_write() {
    for after in [1, 2, 3, 9, 40, 111, 300] {
        strike(Fault::Write, after);
    }
}

#[test]
fn a_torn_write() {
    for after in [1, 2, 5, 17, 60, 150, 333] {
        strike(Fault::Torn, after);
    }
}

#[test]
fn a_failed_sync() {
    for after in [1, 7, 20, 90, 210] {
        strike(Fault::Sync, after);
    }
}

#[test]
fn a_full_disk() {
    for after in [1, 30] {
        strike(Fault::Full, after);
    }
}

#[test]
fn closing_a_stopped_node_writes_nothing() {
    let mut sim = Sim::new(Setup::single());
    sim.disk.plan(10, Fault::Write, 1);
    work_until_stopped(&mut sim);
    let operations = sim.disk.operations();
    let disk = sim.disk.clone();
    drop(sim);
    assert_eq!(disk.operations(), operations);
}
