//! Power cuts at random points: whatever reached the disk of what was not synced, in any order and torn,
//! everything that was acknowledged is there afterwards, and the state is what the chain gives.
//!
//! `NODE_CUTS` sets the number of cuts, `NODE_SEED` the first seed; a seed that fails is printed. The
//! closing line counts the cuts for `./x test`.

use crate::disk::{Disk, Fault};
use crate::world::{GENESIS_SECONDS, Random, Setup, Sim, genesis};
use ledger::contracts::Args;
use ledger::types::{Hash, contract};
use ledger::{AccountBlock, DetailedMomentum};
use node::config::Production;
use node::node::Lever;
use node::service::Happening;
use std::collections::BTreeMap;

const USERS: u8 = 6;

fn variable(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().expect("a number"))
}

#[test]
fn cuts_lose_nothing() {
    let cuts = variable("NODE_CUTS", 200);
    let first = variable("NODE_SEED", 1);
    let mut done = 0;
    let mut seed = first;
    while done < cuts {
        eprintln!("seed {seed}");
        done += life(seed);
        seed += 1;
    }
    println!("{} nodes\n{done} passed, 0 failed", seed - first);
}

/// What the outside knows of a node.
#[derive(Default)]
struct Known {
    acknowledged: Vec<AccountBlock>,
    /// Announced momentums by slot.
    announced: BTreeMap<u64, Hash>,
}

/// A node that loses power several times. Gives how often.
fn life(seed: u64) -> u64 {
    let mut random = Random::new(seed);
    let dev = random.below(2) == 0;
    let setup = Setup {
        genesis: genesis(1, USERS),
        production: if dev && random.below(2) == 0 {
            Production::OnDemand
        } else {
            Production::Slots
        },
        dev,
        ..Setup::single()
    };
    let mut known = Known::default();
    let mut sim = Sim::new(setup.clone());
    let rounds = 1 + random.below(4);
    for _ in 0..rounds {
        sim.disk.plan(1 + random.below(150), Fault::Cut, random.next());
        while !sim.disk.struck() {
            step(&mut sim, &mut random, &mut known);
        }
        let left = sim.disk.after_cut();
        let now = sim.now;
        drop(sim);
        sim = Sim::on(setup.clone(), left, now);
        known.check(&sim);
    }
    // The survivor works.
    sim.run_slots(3);
    let block = sim.send(0, 1, 1);
    sim.publish(block).unwrap();
    rounds
}

/// Something happens. What is answered or announced after the cut does not count.
fn step(sim: &mut Sim, random: &mut Random, known: &mut Known) {
    sim.happenings.clear();
    let mut blocks = Vec::new();
    match random.below(10) {
        0..=5 => {
            for from in 0..USERS {
                match random.below(6) {
                    0 | 1 => blocks.push(sim.send(from, (from + 1) % USERS, random.below(1000))),
                    2 => blocks.extend(sim.receive(from)),
                    3 if random.below(3) == 0 => {
                        let arguments = Args(Vec::new());
                        blocks.push(sim.call(from, contract::SENTINEL, "CollectReward", arguments));
                    }
                    _ => {}
                }
            }
            let answers = sim.publish_all(blocks.clone());
            if !sim.disk.struck() {
                let accepted = blocks.into_iter().zip(answers).filter(|(_, answer)| answer.is_ok());
                known.acknowledged.extend(accepted.map(|(block, _)| block));
            }
        }
        6 if sim.setup.dev => {
            sim.pull(Lever::Mine(random.below(4))).unwrap();
        }
        7 if sim.setup.dev => {
            sim.pull(Lever::IncreaseTime(random.below(500))).unwrap();
        }
        _ => sim.run_slots(1 + random.below(2)),
    }
    if !sim.disk.struck() {
        for happening in &sim.happenings {
            let Happening::Momentum(detailed) = happening else { continue };
            let DetailedMomentum { momentum, .. } = &**detailed;
            let hash = *known.announced.entry(momentum.timestamp).or_insert(momentum.hash);
            assert_eq!(hash, momentum.hash, "slot {} signed twice", momentum.timestamp);
        }
    }
}

impl Known {
    fn check(&self, sim: &Sim) {
        for block in &self.acknowledged {
            assert!(sim.has(block), "block {} is gone", block.hash);
        }
        sim.read(|view, _| {
            for hash in self.announced.values() {
                assert!(view.momentum_height(hash).unwrap().is_some(), "momentum {hash} is gone");
            }
        });
        sim.check();
    }
}

#[test]
fn a_cut_while_the_store_is_made_leaves_nothing_or_genesis() {
    for after in 1..80 {
        let setup = Setup::single();
        let disk = Disk::default();
        disk.plan(after, Fault::Cut, after);
        let sim = Sim::on(setup.clone(), disk.clone(), GENESIS_SECONDS * 1000);
        drop(sim);
        if !disk.struck() {
            return;
        }
        // Nothing was acknowledged: a file that can't be opened is made again (by its other name, on a
        // real disk), one that can holds genesis.
        let left = disk.after_cut();
        if let Ok(store) = node::store::Store::open_on(
            Box::new(left),
            std::path::Path::new("disk"),
            &setup.genesis,
        ) {
            assert_eq!(store.snapshot().unwrap().identifier(), setup.genesis.momentum.identifier());
        }
    }
    panic!("making a store takes fewer operations");
}
