//! The levers of a development network.

use crate::world::{GENESIS_SECONDS, SLOT, Setup, Sim};
use node::config::Production;
use node::node::{Answer, Lever};
use node::service::{Happening, ServiceError};

#[test]
fn momentums_are_mined_at_once_and_the_clock_moves_along() {
    let mut sim = Sim::new(Setup::dev(Production::Slots));
    let send = sim.send(0, 1, 1);
    sim.publish(send.clone()).unwrap();
    assert_eq!(sim.pull(Lever::Mine(200)).unwrap(), Answer::Height(201));
    assert!(sim.is_confirmed(&send));
    assert_eq!(sim.node.seconds(sim.now), GENESIS_SECONDS + 200 * SLOT);
    let commits = sim.metrics.commits.count();
    assert!(commits < 10, "{commits} transactions");
    let mut sim = sim.restart();
    assert_eq!(sim.node.seconds(sim.now), GENESIS_SECONDS + 200 * SLOT);
    sim.run_slots(2);
    assert_eq!(sim.height(), 203);
    sim.check();
}

#[test]
fn a_snapshot_is_returned_to_exactly() {
    let mut sim = Sim::new(Setup::dev(Production::Slots));
    sim.publish(sim.send(0, 1, 1)).unwrap();
    sim.run_slots(3);
    let waiting = sim.send(1, 2, 5);
    sim.publish(waiting.clone()).unwrap();
    let newest = sim.node.identifier();
    let report = sim.check();
    let time = sim.node.clock_ahead_ms();
    assert_eq!(sim.pull(Lever::Snapshot).unwrap(), Answer::Snapshot(1));

    sim.pull(Lever::Mine(40)).unwrap();
    sim.publish(sim.send(2, 3, 8)).unwrap();
    assert_eq!(sim.pull(Lever::Snapshot).unwrap(), Answer::Snapshot(2));
    sim.pull(Lever::IncreaseTime(100_000)).unwrap();
    let other = sim.send(3, 0, 1);
    sim.publish(other.clone()).unwrap();

    assert_eq!(sim.pull(Lever::Revert(1)).unwrap(), Answer::Reverted(true));
    assert_eq!(sim.node.identifier(), newest);
    assert_eq!(sim.node.clock_ahead_ms(), time);
    assert!(sim.has(&waiting) && !sim.is_confirmed(&waiting) && !sim.has(&other));
    assert_eq!(sim.check(), report);
    assert!(
        matches!(sim.happenings.last(), Some(Happening::Rollback(height)) if *height == newest.height)
    );
    for gone in [1, 2] {
        assert_eq!(sim.pull(Lever::Revert(gone)).unwrap(), Answer::Reverted(false));
    }

    let mut sim = sim.restart();
    assert_eq!(sim.node.identifier(), newest);
    assert!(sim.has(&waiting));
    sim.run_slots(3);
    assert!(sim.is_confirmed(&waiting));
    sim.check();
}

#[test]
fn production_goes_on_after_a_return() {
    let mut sim = Sim::new(Setup::dev(Production::Slots));
    sim.pull(Lever::Snapshot).unwrap();
    sim.run_slots(5);
    sim.pull(Lever::Revert(1)).unwrap();
    assert_eq!(sim.height(), 1);
    sim.run_slots(2);
    assert!(sim.height() >= 2);
    let send = sim.send(0, 1, 1);
    sim.publish(send.clone()).unwrap();
    sim.pull(Lever::Mine(1)).unwrap();
    assert!(sim.is_confirmed(&send));
    sim.check();
}

#[test]
fn time_moves_forward_and_stays_moved() {
    let mut sim = Sim::new(Setup::dev(Production::Slots));
    sim.run_slots(1);
    let year = 365 * 24 * 3600;
    let Answer::Time(time) = sim.pull(Lever::IncreaseTime(year)).unwrap() else { panic!() };
    assert_eq!(time, GENESIS_SECONDS + SLOT + year);
    assert_eq!(sim.height(), 3);
    assert_eq!(sim.momentums_above(2)[0].momentum.timestamp / SLOT, time / SLOT);
    let mut sim = sim.restart();
    assert_eq!(sim.node.seconds(sim.now), time);
    for _ in 0..199 {
        sim.pull(Lever::IncreaseTime(year)).unwrap();
    }
    assert!(matches!(sim.pull(Lever::IncreaseTime(year)), Err(ServiceError::Dev(_))));
    assert!(matches!(sim.pull(Lever::IncreaseTime(u64::MAX)), Err(ServiceError::Dev(_))));
    sim.check();
}

#[test]
fn production_on_demand_is_switched_on_and_off() {
    let mut sim = Sim::new(Setup::dev(Production::Slots));
    let first = sim.send(0, 1, 1);
    sim.publish(first.clone()).unwrap();
    sim.pull(Lever::SetOnDemand(true)).unwrap();
    assert!(sim.is_confirmed(&first), "what waits is demanded at once");
    sim.run_slots(5);
    assert_eq!(sim.height(), 2);
    sim.pull(Lever::SetOnDemand(false)).unwrap();
    sim.run_slots(5);
    assert!(sim.height() > 4);
}

#[test]
fn other_networks_have_no_levers() {
    let mut sim = Sim::new(Setup::single());
    for lever in [Lever::Mine(1), Lever::Snapshot, Lever::Revert(1), Lever::IncreaseTime(1)] {
        assert!(matches!(sim.pull(lever), Err(ServiceError::Dev(_))));
    }
    assert!(matches!(sim.pull(Lever::SetOnDemand(true)), Err(ServiceError::Dev(_))));
    assert_eq!(sim.height(), 1);
}

#[test]
fn too_much_at_once_is_refused() {
    let mut sim = Sim::new(Setup::dev(Production::Slots));
    assert!(matches!(sim.pull(Lever::Mine(u64::MAX)), Err(ServiceError::Dev(_))));
    assert_eq!(sim.pull(Lever::Mine(0)).unwrap(), Answer::Height(1));
}
