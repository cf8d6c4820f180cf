//! No slot is signed twice.

use crate::disk::Disk;
use crate::world::{SLOT, Setup, Sim, genesis, pillar_key};
use ledger::types::Hash;
use node::guard::{Guard, GuardFile};
use node::producer::ProducerKey;
use node::service::Happening;
use std::collections::BTreeMap;
use std::path::Path;

/// What was signed for each slot, over several nodes.
#[derive(Default)]
struct Seen(BTreeMap<u64, Hash>);

impl Seen {
    fn add(&mut self, sim: &Sim) {
        for happening in &sim.happenings {
            if let Happening::Momentum(detailed) = happening {
                let slot = detailed.momentum.timestamp;
                let hash = detailed.momentum.hash;
                assert_eq!(*self.0.entry(slot).or_insert(hash), hash, "slot {slot} signed twice");
            }
        }
    }
}

/// A different block each time, so that two momentums for one slot differ.
fn busy(sim: &mut Sim, amount: u64) {
    sim.publish(sim.send(0, 1, amount)).unwrap();
}

#[test]
fn a_restart_within_a_slot_does_not_sign_it_again() {
    let mut seen = Seen::default();
    let mut sim = Sim::new(Setup::single());
    for round in 0..10 {
        busy(&mut sim, round);
        sim.run_slots(1);
        seen.add(&sim);
        sim.now += 1_000;
        sim = sim.restart();
    }
    assert!(seen.0.len() >= 4);
}

#[test]
fn an_old_backup_does_not_sign_the_running_slot() {
    let mut seen = Seen::default();
    let mut sim = Sim::new(Setup::single());
    sim.run_slots(1);
    let backup = sim.disk.live();
    busy(&mut sim, 1);
    sim.run_slots(2);
    seen.add(&sim);
    let height = sim.height();
    // Within the slot that was signed last, on a store that knows nothing of it.
    let mut restored = Sim::on(Setup::single(), backup.live(), sim.now + 1_000);
    restored.run_until(sim.now + 2_000);
    assert_eq!(restored.height(), height - 2);
    busy(&mut restored, 2);
    restored.run_slots(5);
    assert!(restored.height() > 3);
    seen.add(&restored);
}

fn guarded(folder: &Path, setup: &Setup) -> Vec<ProducerKey> {
    let signer = pillar_key(0);
    let genesis = &setup.genesis.momentum.hash;
    let guard = GuardFile::open(folder, genesis, &signer.address()).unwrap();
    vec![ProducerKey { signer: Box::new(signer), guard: Some(Box::new(guard)) }]
}

#[test]
fn an_old_backup_under_a_clock_set_back_is_stopped_by_the_guard_file() {
    let folder = tempfile::tempdir().unwrap();
    let setup = Setup::single();
    let keys = guarded(folder.path(), &setup);
    let mut sim =
        Sim::with_keys(setup, Disk::default(), crate::world::GENESIS_SECONDS * 1000, keys);
    sim.run_slots(1);
    let backup = sim.disk.live();
    let then = sim.now;
    busy(&mut sim, 1);
    sim.run_slots(10);
    let mut seen = Seen::default();
    seen.add(&sim);
    let (now, setup) = (sim.now, sim.setup.clone());
    drop(sim);
    let keys = guarded(folder.path(), &setup);
    let mut restored = Sim::with_keys(setup, backup, then, keys);
    busy(&mut restored, 2);
    restored.run_until(now);
    assert_eq!(restored.height(), 2, "all of these slots are signed");
    restored.run_slots(2);
    assert_eq!(restored.height(), 4);
    seen.add(&restored);
}

#[test]
fn a_signature_never_leaves_before_its_record_is_on_disk() {
    // The power goes at each operation of one production; what is left knows the slot of every momentum
    // that was announced.
    for after in 1..60 {
        let mut sim = Sim::new(Setup::single());
        busy(&mut sim, 1);
        sim.disk.plan(after, crate::disk::Fault::Cut, after);
        sim.run_slots(1);
        let announced = sim.happenings.len();
        let struck = sim.disk.struck();
        let left = Sim::on(Setup::single(), sim.disk.after_cut(), sim.now);
        if !struck {
            assert_eq!((announced, left.height()), (1, 2));
            return;
        }
    }
    panic!("a production takes fewer operations");
}

/// A node of a network that others take part in.
fn of_many(disk: Disk, now: u64) -> Sim {
    Sim::on(Setup { genesis: genesis(1, 4), alone: false, ..Setup::single() }, disk, now)
}

#[test]
fn among_others_a_producer_first_watches_a_slot_of_its_own() {
    let mut sim = of_many(Disk::default(), crate::world::GENESIS_SECONDS * 1000);
    sim.run_slots(1);
    assert_eq!(sim.height(), 1, "the first slot is watched");
    sim.run_slots(3);
    assert_eq!(sim.height(), 4);
}

#[test]
fn a_second_node_with_the_key_never_produces() {
    let mut seen = Seen::default();
    let mut first = of_many(Disk::default(), crate::world::GENESIS_SECONDS * 1000);
    first.run_slots(5);
    // A copy of the whole data folder is started elsewhere; each hears of the other's momentums.
    let mut second = of_many(first.disk.live(), first.now + 3_000);
    for round in 0..20 {
        busy(&mut first, round);
        for sim in [&mut first, &mut second] {
            sim.run_until(sim.now + SLOT * 500);
        }
        let (a, b) = (first.height(), second.height());
        if a > b {
            let momentums = first.momentums_above(b);
            second.insert(momentums).unwrap();
        } else if b > a {
            let momentums = second.momentums_above(a);
            first.insert(momentums).unwrap();
        }
    }
    seen.add(&first);
    assert_eq!(second.metrics.momentums_produced.get(), 0);
    assert_eq!(second.node.barred(), Some(pillar_key(0).address()));
    assert_eq!(first.node.barred(), None);
    assert!(first.metrics.momentums_produced.get() >= 10);
    assert_eq!(second.node.identifier(), first.node.identifier());
}

#[test]
fn the_second_node_takes_over_once_the_first_is_gone() {
    let mut first = of_many(Disk::default(), crate::world::GENESIS_SECONDS * 1000);
    first.run_slots(5);
    let mut seen = Seen::default();
    seen.add(&first);
    let mut second = of_many(first.disk.live(), first.now + 3_000);
    drop(first);
    second.run_slots(5);
    seen.add(&second);
    assert!(second.metrics.momentums_produced.get() >= 2);
}

#[test]
fn a_guard_that_can_not_be_written_bars_its_key() {
    struct Broken;
    impl Guard for Broken {
        fn newest(&self) -> Option<node::store::Signed> {
            None
        }
        fn record(&mut self, _: node::store::Signed) -> std::io::Result<()> {
            Err(std::io::Error::other("injected"))
        }
        fn forget_after(&mut self, _: u64) -> std::io::Result<()> {
            Err(std::io::Error::other("injected"))
        }
    }
    let setup = Setup::single();
    let keys = vec![ProducerKey { signer: Box::new(pillar_key(0)), guard: Some(Box::new(Broken)) }];
    let mut sim =
        Sim::with_keys(setup, Disk::default(), crate::world::GENESIS_SECONDS * 1000, keys);
    sim.run_slots(3);
    assert_eq!(sim.height(), 1);
    assert_eq!(sim.node.barred(), Some(pillar_key(0).address()));
    assert!(sim.node.stopped().is_none(), "the rest of the node goes on");
    sim.publish(sim.send(0, 1, 1)).unwrap();
}
