//! Earlier states, as the store's history gives them, are what the chain had then.

use crate::world::{Random, Setup, Sim, genesis};
use ledger::contracts::Args;
use ledger::state::{Layers, State};
use ledger::types::contract;
use node::config::Production;
use node::node::Lever;
use node::service::Moment as _;
use std::collections::BTreeMap;

type Entries = BTreeMap<Vec<u8>, Vec<u8>>;

fn entries(state: &dyn State, prefix: &[u8]) -> Entries {
    let mut all = Entries::new();
    state
        .scan(prefix, &mut |key, value| {
            assert!(all.insert(key.to_vec(), value.to_vec()).is_none(), "a key comes once");
            true
        })
        .unwrap();
    all
}

fn random_step(sim: &mut Sim, random: &mut Random) {
    for from in 0..4 {
        match random.below(5) {
            0 | 1 => drop(sim.publish(sim.send(from, (from + 1) % 4, random.below(100)))),
            2 => {
                if let Some(block) = sim.receive(from) {
                    drop(sim.publish(block));
                }
            }
            3 => {
                let call = sim.call(from, contract::STAKE, "CollectReward", Args(Vec::new()));
                drop(sim.publish(call));
            }
            _ => {}
        }
    }
    sim.pull(Lever::Mine(1)).unwrap();
}

#[test]
fn earlier_states_are_those_that_were_seen() {
    for seed in 1..3 {
        let mut random = Random::new(seed);
        let setup = Setup { genesis: genesis(1, 4), ..Setup::dev(Production::Slots) };
        let mut sim = Sim::new(setup);
        let mut seen: BTreeMap<u64, Entries> = BTreeMap::new();
        let mut saved = BTreeMap::new();
        for round in 0..40 {
            random_step(&mut sim, &mut random);
            let height = sim.height();
            seen.insert(height, entries(sim.node.moment().chain().frontier(), &[]));
            if round % 10 == 3 {
                sim.pull(Lever::Snapshot).unwrap();
                saved.insert(saved.len() as u64 + 1, height);
            }
            if round == 30 {
                let (name, height) = saved.pop_last().unwrap();
                sim.pull(Lever::Revert(name)).unwrap();
                seen.retain(|seen, _| *seen <= height);
            }
        }
        let moment = sim.node.moment();
        let chain = moment.chain();
        for (height, wanted) in &seen {
            let state = chain.at(*height).unwrap();
            assert_eq!(entries(&*state, &[]), *wanted, "seed {seed}, height {height}");
            compare(&*state, wanted, &seen, &mut random);
            let undos = (height + 1..=sim.height()).map(|undone| chain.undo(undone).unwrap());
            let layers = Layers::new(chain.frontier(), undos.collect());
            assert_eq!(entries(&layers, &[]), *wanted, "undo records, height {height}");
            compare(&layers, wanted, &seen, &mut random);
        }
        sim.check();
    }
}

/// Single keys, those of other heights too, and stretches of keys.
fn compare(
    state: &dyn State,
    wanted: &Entries,
    seen: &BTreeMap<u64, Entries>,
    random: &mut Random,
) {
    let newest = seen.last_key_value().unwrap().1;
    for key in wanted.keys().chain(newest.keys()) {
        assert_eq!(state.get(key).unwrap().as_ref(), wanted.get(key));
        if random.below(20) == 0 {
            let prefix = &key[..random.below(key.len() as u64 + 1) as usize];
            let part: Entries = wanted
                .range(prefix.to_vec()..)
                .take_while(|(key, _)| key.starts_with(prefix))
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect();
            assert_eq!(entries(state, prefix), part);
            let mut first = None;
            state
                .scan(prefix, &mut |key, _| {
                    first = Some(key.to_vec());
                    false
                })
                .unwrap();
            assert_eq!(first.as_ref(), part.keys().next());
        }
    }
}
