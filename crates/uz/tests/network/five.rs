//! Three pillars and two plain nodes on bad wires: kills, restarts and a partition under load, and one
//! chain at the end.

use crate::lab::{Host, Lan, Quality};
use crate::load::{Client, is_confirmed};
use crate::nodes::{Momentum, Node, result_of, until};
use ledger::types::Hash;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;
use wallet::{KeyFile, KeyPair};

/// Seconds in a slot.
const BLOCK_TIME: u64 = 1;
/// How many momentums the partition lasts on the side of two pillars, at least.
const PARTITION: u64 = 8;
/// The longest wait for anything that takes some momentums.
const PATIENCE: Duration = Duration::from_secs(60);
const WIRE: Quality = Quality { delay_ms: 40, jitter_ms: 10, loss_percent: 1.0 };
/// Pillars come first.
const PILLARS: usize = 3;

/// The case.
pub fn end_with_one_chain() {
    let folder = tempfile::tempdir().unwrap();
    let lan = Lan::new("lan", [10, 77, 1]);
    let found = found(folder.path(), &lan);
    let nodes = hosts(folder.path(), &lan, &found);
    let mut clients = clients(&found);
    let mut netem = true;
    for node in &nodes {
        netem &= lan.worsen(&node.host, WIRE);
    }
    if !netem {
        println!(
            "this kernel has no netem: packets are lost by a filter, the wires are slow but short"
        );
    }
    nodes.iter().for_each(Node::start);
    grow(&nodes, 3);

    let (stop, mut seen) = (AtomicBool::new(false), Seen::default());
    thread::scope(|scope| {
        let watch = scope.spawn(|| Seen::watch(&nodes, &stop));
        // Each client at its own node: two pillars, and both plain nodes.
        for (client, node) in clients.iter_mut().zip([&nodes[0], &nodes[2], &nodes[3], &nodes[4]]) {
            let stop = &stop;
            scope.spawn(move || client.work(node, stop));
        }
        // A failed wait must end the threads too.
        let _told = Told(&stop);
        trouble(&nodes);
        stop.store(true, Ordering::Release);
        seen = watch.join().unwrap();
    });

    let acknowledged: Vec<Hash> =
        clients.iter().flat_map(|client| client.acknowledged.clone()).collect();
    assert!(acknowledged.len() > 40, "only {} blocks were acknowledged", acknowledged.len());
    agree(&nodes);
    for node in &nodes {
        let mut left: BTreeSet<Hash> = acknowledged.iter().copied().collect();
        let name = &node.name;
        until(&format!("{name} confirms all"), PATIENCE, || {
            left.retain(|hash| !is_confirmed(node, hash));
            left.is_empty().then_some(())
        });
    }
    let chain = agree(&nodes);
    seen.add(&chain);
    let orphans = seen.orphans(&chain);
    assert!(orphans > 0, "the partition made no fork: it shows nothing");
    seen.no_slot_is_signed_twice();
    nodes.iter().for_each(Node::stop);
    println!(
        "{} momentums, {orphans} left behind by forks, {} blocks acknowledged and confirmed, {} refused",
        chain.len(),
        acknowledged.len(),
        clients.iter().map(|client| client.refused.len()).sum::<usize>()
    );
}

/// Tells the threads to end, also when a test panics.
struct Told<'a>(&'a AtomicBool);

impl Drop for Told<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

/// Makes the network; the answer of `uz network new`.
fn found(folder: &Path, lan: &Lan) -> Value {
    let (output, block_time, pillars) =
        (folder.join("network"), BLOCK_TIME.to_string(), PILLARS.to_string());
    let hosts: Vec<String> = (1..=3).map(|number| lan.address(number).to_string()).collect();
    let mut words = vec!["network", "new", "--name", "lab", "--pillars", &pillars];
    words.extend(["--block-time", &block_time, "-o", output.to_str().unwrap()]);
    words.extend(hosts.iter().flat_map(|host| ["--host", host]));
    result_of(folder, &words)
}

/// Five hosts, and a node for each.
fn hosts(folder: &Path, lan: &Lan, found: &Value) -> Vec<Node> {
    let file = found["file"].as_str().unwrap();
    (1..=5u8)
        .map(|number| {
            let name = format!("node-{number}");
            let host = Host::new(&name);
            let ip = lan.connect(&host, number);
            let seat = &found["nodes"][usize::from(number) - 1]["config"];
            let data = folder.join(format!("data-{number}"));
            match seat.as_str() {
                Some(config) => Node::new(&name, host, ip, folder, &["--config", config]),
                None => {
                    let (data, listen) = (data.to_str().unwrap(), format!("{ip}:35995"));
                    let words = ["--network", file, "--data-dir", data, "--listen", &listen];
                    Node::new(&name, host, ip, folder, &words)
                }
            }
        })
        .collect()
}

/// The owners of the pillars and the treasury.
fn clients(found: &Value) -> Vec<Client> {
    let mut keys: Vec<KeyPair> = found["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|seat| key(Path::new(seat["folder"].as_str().unwrap()), "owner"))
        .collect();
    keys.push(key(Path::new(found["keys"].as_str().unwrap()), "treasury"));
    let chain_identifier = found["chainIdentifier"].as_u64().unwrap();
    let to = keys[3].address();
    keys.into_iter().map(|key| Client::new(key, to, chain_identifier)).collect()
}

fn key(folder: &Path, name: &str) -> KeyPair {
    let password = fs::read_to_string(folder.join("password")).unwrap();
    let file = KeyFile::parse(&fs::read(folder.join(name)).unwrap()).unwrap();
    file.decrypt(password.trim()).unwrap().store.key(0).unwrap()
}

/// Waits until each of them has so many momentums more than the lowest has now.
fn grow(nodes: &[Node], more: u64) {
    let lowest = until("all answer", PATIENCE, || {
        nodes.iter().map(Node::height).collect::<Option<Vec<u64>>>()?.into_iter().min()
    });
    for node in nodes {
        until(&format!("{} gets {more} momentums", node.name), PATIENCE, || {
            node.height().filter(|height| *height >= lowest + more)
        });
    }
}

/// Kills, restarts, and a partition.
fn trouble(nodes: &[Node]) {
    grow(nodes, 4);
    // A plain node, then a pillar, are killed and come back later.
    for killed in [3, 1] {
        nodes[killed].kill();
        grow(&nodes[..1], 3);
        nodes[killed].start();
        grow(nodes, 3);
    }
    // A pillar ends as it should, and comes back.
    nodes[0].stop();
    nodes[0].start();
    grow(nodes, 3);
    // One pillar and a plain node alone; on both sides momentums are made.
    let (large, small) = ([0, 1, 3], [2, 4]);
    let addresses =
        |side: &[usize]| side.iter().map(|index| nodes[*index].ip).collect::<Vec<Ipv4Addr>>();
    let cut = addresses(&large);
    small.iter().for_each(|index| nodes[*index].host.cut(&cut));
    grow(&nodes[..1], PARTITION);
    small.iter().for_each(|index| nodes[*index].host.heal());
    // One is killed while they find together.
    nodes[4].kill();
    nodes[4].start();
    agree(nodes);
    grow(nodes, 5);
}

/// Waits until all are on one chain, and gives it.
fn agree(nodes: &[Node]) -> Vec<Momentum> {
    let chains = until("all have one chain", PATIENCE, || {
        let lowest =
            nodes.iter().map(Node::height).collect::<Option<Vec<u64>>>()?.into_iter().min()?;
        let chains = nodes.iter().map(|node| chain(node, lowest));
        let chains = chains.collect::<Option<Vec<Vec<Momentum>>>>()?;
        chains.iter().all(|chain| *chain == chains[0]).then_some(chains)
    });
    chains.into_iter().next().expect("there are five")
}

/// All momentums of a node up to a height.
fn chain(node: &Node, height: u64) -> Option<Vec<Momentum>> {
    let mut chain = Vec::new();
    while (chain.len() as u64) < height {
        let from = chain.len() as u64 + 1;
        chain.extend(node.momentums(from, (height + 1 - from).min(100))?);
    }
    Some(chain)
}

/// Momentums that were seen anywhere, by producer and slot.
#[derive(Debug, Default)]
struct Seen(BTreeMap<(String, u64), BTreeSet<String>>);

impl Seen {
    /// Looks at the newest momentums of all nodes until told to stop.
    fn watch(nodes: &[Node], stop: &AtomicBool) -> Seen {
        let mut seen = Seen::default();
        while !stop.load(Ordering::Acquire) {
            for node in nodes {
                let newest =
                    node.height().and_then(|height| node.momentums(height.saturating_sub(4), 5));
                seen.add(&newest.unwrap_or_default());
            }
            // Several looks in each slot.
            thread::sleep(Duration::from_millis(200));
        }
        seen
    }

    fn add(&mut self, momentums: &[Momentum]) {
        for momentum in momentums {
            let slot = (momentum.producer.clone(), momentum.timestamp);
            self.0.entry(slot).or_default().insert(momentum.hash.clone());
        }
    }

    /// Momentums that are not on the chain.
    fn orphans(&self, chain: &[Momentum]) -> usize {
        let kept: BTreeSet<&String> = chain.iter().map(|momentum| &momentum.hash).collect();
        self.0.values().flatten().filter(|hash| !kept.contains(hash)).count()
    }

    fn no_slot_is_signed_twice(&self) {
        for ((producer, slot), hashes) in &self.0 {
            assert_eq!(hashes.len(), 1, "{producer} signed slot {slot} more than once: {hashes:?}");
        }
    }
}
