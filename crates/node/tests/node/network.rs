//! Several nodes, lost messages and crashes: they come to one chain, and no slot is signed twice.

use crate::disk::Disk;
use crate::world::{GENESIS_SECONDS, Random, SLOT, Setup, Sim, genesis};
use ledger::types::Hash;
use node::service::Happening;
use std::collections::BTreeMap;

const NODES: u8 = 3;

struct Network {
    nodes: Vec<Sim>,
    random: Random,
    signed: BTreeMap<u64, Hash>,
}

impl Network {
    fn new(seed: u64) -> Network {
        let nodes = (0..NODES).map(|index| {
            let setup = Setup {
                genesis: genesis(NODES, 4),
                pillars: vec![index],
                alone: false,
                ..Setup::single()
            };
            Sim::on(setup, Disk::default(), GENESIS_SECONDS * 1000)
        });
        Network { nodes: nodes.collect(), random: Random::new(seed), signed: BTreeMap::new() }
    }

    /// A slot passes; of the messages, `lost` in ten are lost.
    fn slot(&mut self, lost: u64) {
        for index in 0..self.nodes.len() {
            self.nodes[index].run_slots(1);
            self.note(index);
        }
        for from in 0..self.nodes.len() {
            for to in 0..self.nodes.len() {
                if from == to || self.random.below(10) < lost {
                    continue;
                }
                let above = self.nodes[to].height().saturating_sub(31).max(1);
                let momentums = self.nodes[from].momentums_above(above);
                if !momentums.is_empty() {
                    // A fork that is not longer, or stands too deep, is refused.
                    let _ = self.nodes[to].insert(momentums);
                }
                self.nodes[to].happenings.clear();
            }
        }
    }

    /// Notes what a node has just signed.
    fn note(&mut self, index: usize) {
        for happening in self.nodes[index].happenings.drain(..) {
            let Happening::Momentum(detailed) = happening else { continue };
            let momentum = &detailed.momentum;
            let hash = *self.signed.entry(momentum.timestamp).or_insert(momentum.hash);
            assert_eq!(hash, momentum.hash, "slot {} signed twice", momentum.timestamp);
        }
    }

    fn work(&mut self) {
        let from = self.random.below(4) as u8;
        let index = self.random.below(NODES.into()) as usize;
        let node = &mut self.nodes[index];
        let block = node.receive(from).unwrap_or_else(|| node.send(from, (from + 1) % 4, 1));
        for node in &mut self.nodes {
            if self.random.below(3) > 0 {
                // It may stand on a momentum that this node does not have.
                let _ = node.publish(block.clone());
            }
        }
    }

    fn crash(&mut self) {
        let index = self.random.below(NODES.into()) as usize;
        let node = self.nodes.remove(index);
        let (setup, now) = (node.setup.clone(), node.now);
        let image =
            if self.random.below(2) == 0 { node.disk.live() } else { node.disk.after_cut() };
        drop(node);
        self.nodes.insert(index, Sim::on(setup, image, now));
    }
}

#[test]
fn nodes_come_to_one_chain() {
    for seed in 1..=6 {
        let mut network = Network::new(seed);
        for _ in 0..60 {
            network.work();
            if network.random.below(8) == 0 {
                network.crash();
            }
            network.slot(6);
        }
        for _ in 0..60 {
            network.slot(0);
        }
        let newest: Vec<_> = network.nodes.iter().map(|sim| sim.node.identifier()).collect();
        assert!(newest.iter().all(|name| *name == newest[0]), "seed {seed}: {newest:?}");
        assert!(newest[0].height > 60, "seed {seed}: {newest:?}");
        let reports: Vec<_> = network.nodes.iter().map(Sim::check).collect();
        assert!(reports.iter().all(|report| *report == reports[0]));
        assert!(network.nodes.iter().all(|sim| sim.node.barred().is_none()));
        assert_eq!(network.nodes[0].now, (GENESIS_SECONDS + 120 * SLOT) * 1000);
    }
}
