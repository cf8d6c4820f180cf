//! Own momentums, and what follows one.

use crate::world::{GENESIS_SECONDS, SLOT, Setup, Sim, genesis, key, pillar_key};
use ledger::contracts::{Args, rewards};
use ledger::types::{coins, contract};
use node::config::Production;
use node::service::Happening;

#[test]
fn a_momentum_fills_each_slot() {
    let mut sim = Sim::new(Setup::single());
    sim.run_slots(5);
    assert_eq!(sim.height(), 6);
    let times: Vec<u64> = sim.momentums_above(1).iter().map(|one| one.momentum.timestamp).collect();
    let slots: Vec<u64> = (1..=5).map(|slot| GENESIS_SECONDS + slot * SLOT).collect();
    assert_eq!(times, slots);
    assert_eq!(sim.happenings.len(), 5);
}

#[test]
fn nothing_is_produced_before_the_network_begins_or_without_a_key() {
    let start = (GENESIS_SECONDS - 35) * 1000;
    let mut early = Sim::on(Setup::single(), Default::default(), start);
    early.run_until(GENESIS_SECONDS * 1000);
    assert_eq!(early.height(), 1);
    early.run_slots(1);
    assert_eq!(early.height(), 2);
    let mut idle = Sim::new(Setup { pillars: vec![], ..Setup::single() });
    idle.run_slots(5);
    assert_eq!(idle.height(), 1);
}

#[test]
fn three_pillars_in_one_process_fill_all_slots() {
    let setup = Setup { genesis: genesis(3, 2), pillars: vec![0, 1, 2], ..Setup::single() };
    let mut sim = Sim::new(setup);
    sim.run_slots(30);
    assert_eq!(sim.height(), 31);
    let mut producers: Vec<_> =
        sim.momentums_above(1).iter().map(|one| one.momentum.producer()).collect();
    producers.sort();
    producers.dedup();
    assert_eq!(producers.len(), 3);
    sim.check();
}

#[test]
fn slots_of_others_stay_empty() {
    let setup = Setup { genesis: genesis(3, 2), pillars: vec![1], ..Setup::single() };
    let mut sim = Sim::new(setup);
    sim.run_slots(30);
    assert_eq!(sim.height(), 11);
    let ours = pillar_key(1).address();
    assert!(sim.momentums_above(1).iter().all(|one| one.momentum.producer() == ours));
}

#[test]
fn contracts_answer_calls_and_their_answers_are_confirmed() {
    let mut sim = Sim::new(Setup::single());
    let mut template = crate::world::transfer(0, &contract::PLASMA, 0);
    let fuse = ledger::contracts::contract_at(&contract::PLASMA).unwrap().named("Fuse").unwrap();
    template.data = fuse.encode(&Args(vec![ledger::abi::Value::Address(key(1).address())]));
    template.amount = coins(50);
    template.token_standard = ledger::types::TokenStandard::QSR;
    let call = sim.block(0, template);
    sim.publish(call.clone()).unwrap();
    sim.run_slots(1);
    assert!(sim.is_confirmed(&call));
    assert_eq!(sim.metrics.contract_receives.get(), 1);
    sim.run_slots(1);
    let answered = sim.read(|view, _| view.received_by(&call).unwrap());
    assert_eq!(answered.unwrap().data, 1u64.to_be_bytes());
    sim.check();
}

#[test]
fn answers_that_a_crash_lost_are_made_again() {
    let mut sim = Sim::new(Setup::single());
    let call = sim.call(0, contract::SENTINEL, "CollectReward", Args(vec![]));
    sim.publish(call.clone()).unwrap();
    sim.run_slots(1);
    assert_eq!(sim.read(|_, pending| pending.of(&contract::SENTINEL).len()), 1);
    let mut sim = sim.restart();
    assert_eq!(sim.read(|_, pending| pending.of(&contract::SENTINEL).len()), 0);
    sim.run_slots(2);
    assert!(sim.read(|view, _| view.received_by(&call).unwrap()).is_some());
    sim.check();
}

#[test]
fn contracts_are_updated_when_they_are_due() {
    let mut sim = Sim::new(Setup::single());
    sim.run_slots(310);
    for contract in contract::UPDATED {
        let last = sim.read(|view, _| rewards::last_update(&view.account(&contract)).unwrap());
        assert!((300..305).contains(&last), "{contract} was updated at {last}");
    }
    sim.check();
}

#[test]
fn more_blocks_than_a_momentum_holds_take_several() {
    let setup = Setup { genesis: genesis(1, 150), ..Setup::single() };
    let mut sim = Sim::new(setup);
    let blocks: Vec<_> = (0..150).map(|from| sim.send(from, 0, 1)).collect();
    assert!(sim.publish_all(blocks.clone()).iter().all(Result::is_ok));
    sim.run_slots(1);
    assert_eq!(blocks.iter().filter(|block| sim.is_confirmed(block)).count(), 100);
    sim.run_slots(1);
    assert!(blocks.iter().all(|block| sim.is_confirmed(block)));
}

#[test]
fn on_demand_a_block_is_confirmed_when_it_is_answered() {
    let mut sim = Sim::new(Setup::dev(Production::OnDemand));
    sim.now += 3_000;
    let send = sim.send(0, 1, 1);
    sim.publish(send.clone()).unwrap();
    assert!(sim.is_confirmed(&send));
    assert_eq!(sim.height(), 2);
    assert_eq!(sim.node.deadline(sim.now), None);
    let call = sim.call(0, contract::SENTINEL, "CollectReward", Args(vec![]));
    sim.publish(call.clone()).unwrap();
    assert!(sim.read(|view, _| view.received_by(&call).unwrap()).is_some());
    assert_eq!(sim.height(), 4);
    // Slots are filled one after the other, so the clock has moved ahead of the system's.
    assert_eq!(sim.node.seconds(sim.now), GENESIS_SECONDS + 3 * SLOT);
    sim.check();
    let sim = sim.restart();
    assert_eq!(sim.node.seconds(sim.now), GENESIS_SECONDS + 3 * SLOT);
}

#[test]
fn on_demand_time_does_not_run_ahead_when_there_is_enough_of_it() {
    let mut sim = Sim::new(Setup::dev(Production::OnDemand));
    for _ in 0..5 {
        sim.now += 17_000;
        sim.publish(sim.send(0, 1, 1)).unwrap();
    }
    assert_eq!(sim.height(), 6);
    assert_eq!(sim.node.clock_ahead_ms(), 0);
}

#[test]
fn what_happens_is_told_in_order() {
    let mut sim = Sim::new(Setup::dev(Production::OnDemand));
    sim.publish(sim.send(0, 1, 1)).unwrap();
    sim.publish(sim.send(0, 1, 2)).unwrap();
    let heights: Vec<u64> = sim
        .happenings
        .iter()
        .map(|happening| match happening {
            Happening::Momentum(detailed) => {
                assert_eq!(detailed.account_blocks.len(), 1);
                detailed.momentum.height
            }
            Happening::Rollback(_) => panic!("nothing was taken back"),
        })
        .collect();
    assert_eq!(heights, [2, 3]);
}
