//! How long news takes to reach all nodes: a block from its publication, a momentum from the first node that
//! tells of it.
//!
//! Each node tells the benchmark, as it tells all its peers, what it has accepted; that is when it counts as
//! reached.

use super::chain::young_network;
use super::light::Caller;
use super::nodes::{self, Carrier, Place, Running};
use super::pillar::Pillar;
use super::{Options, quantile};
use crate::blocks;
use crate::server::ask;
use crate::table::{Goal, Table};
use anyhow::{Context as _, Result, ensure};
use ledger::types::Hash;
use node::wire::Endpoint;
use node::wire::message::Message;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Nodes that news has to reach.
const NODES: usize = 20;
/// Earlier nodes that a node connects to.
const BELOW: usize = 3;
/// Slots in which momentums are waited for, of a second each.
const MOMENTUM_SLOTS: u64 = 20;
/// How long news may take.
const NEWS_TIME: Duration = Duration::from_secs(30);
/// How long the nodes may take to find each other.
const MEETING_TIME: Duration = Duration::from_secs(60);

/// A node has told of this.
struct News {
    node: usize,
    hash: Hash,
    at: Instant,
}

/// Measures over both transports.
pub fn measure(options: &Options, dir: &Path, table: &mut Table) -> Result<()> {
    for carrier in [Carrier::Libp2p, Carrier::Legacy] {
        over(options, carrier, &dir.join(format!("{carrier:?}")), table)?;
    }
    Ok(())
}

fn over(options: &Options, carrier: Carrier, dir: &Path, table: &mut Table) -> Result<()> {
    let mut network = young_network(1)?;
    network.block_time = 1;
    let genesis = network.build()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let home = Place::new(&dir.join("pillar"), carrier)?;
    let mut nodes: Vec<Running> = Vec::new();
    let mut chance = Chance(0x9e37_79b9_7f4a_7c15);
    for number in 0..NODES {
        let mut below: Vec<&Endpoint> = nodes.iter().map(|node| &node.endpoint).collect();
        while below.len() > BELOW {
            below.swap_remove(chance.below(below.len()));
        }
        let place = Place::new(&dir.join(number.to_string()), carrier)?;
        let links = below.len().max(1).to_string();
        let more = ["--min-connected", &links];
        nodes.push(nodes::ours(&options.uz, place, &network, &below, &more)?);
    }
    for (number, node) in nodes.iter().enumerate().skip(1) {
        meet(&node.host, number.min(BELOW))?;
    }
    let (tell, news) = channel();
    for (number, node) in nodes.iter().enumerate() {
        runtime.block_on(listen(carrier, number, node, &genesis, tell.clone()))?;
    }
    let pillar = Pillar::start(&runtime, &home, &network, &[&nodes[0].endpoint])?;
    let took = blocks(&nodes, &genesis, &news, &mut chance)?;
    let momentums = momentums(&news)?;
    drop((pillar, nodes));
    let mut add = |what: &str, share: &str, value: f64| {
        let name = format!("{what} reaches {NODES} nodes, {share}, {}", carrier.name());
        table.add(name, "ms", value, None, Goal::NoneLess);
    };
    add("a block", "median", quantile(took.clone(), 0.5));
    add("a block", "99 of 100", quantile(took, 0.99));
    add("a momentum", "median", quantile(momentums.clone(), 0.5));
    add("a momentum", "99 of 100", quantile(momentums, 0.99));
    Ok(())
}

/// Waits until a node has so many peers.
fn meet(host: &str, peers: usize) -> Result<()> {
    let begin = Instant::now();
    loop {
        let info = ask(host, "network.peers", "[]")?;
        let count = info["list"].as_array().context("peers are a list")?.len();
        if count >= peers {
            return Ok(());
        }
        ensure!(begin.elapsed() < MEETING_TIME, "{host} has {count} of {peers} peers");
        sleep(Duration::from_millis(50));
    }
}

/// Lets a peer of the benchmark's own listen to a node.
async fn listen(
    carrier: Carrier,
    number: usize,
    node: &Running,
    genesis: &ledger::genesis::Genesis,
    tell: Sender<News>,
) -> Result<()> {
    let caller = Caller::new(carrier, genesis).await?;
    let mut line = caller.call(&node.endpoint).await?;
    tokio::spawn(async move {
        // The transport ends with the caller.
        let _caller = caller;
        while let Ok(heard) = line.next().await {
            let hashes: Vec<Hash> = match heard.message {
                Message::Tx(blocks) => blocks.iter().map(|block| block.hash).collect(),
                Message::NewBlock(detailed) => vec![detailed.momentum.hash],
                Message::NewBlockHashes(hashes) => hashes,
                _ => Vec::new(),
            };
            for hash in hashes {
                if tell.send(News { node: number, hash, at: heard.at }).is_err() {
                    return;
                }
            }
        }
    });
    Ok(())
}

/// Publishes the first block of each account at a random node, one after the other: milliseconds until all
/// nodes have told of it.
fn blocks(
    nodes: &[Running],
    genesis: &ledger::genesis::Genesis,
    news: &Receiver<News>,
    chance: &mut Chance,
) -> Result<Vec<f64>> {
    let mut took = Vec::new();
    for chain in blocks::chains(genesis, 1)? {
        let block = chain.first().context("each account has a block")?;
        let params = format!("[{}]", serde_json::to_string(block)?);
        let node = &nodes[chance.below(nodes.len())];
        let begin = Instant::now();
        ask(&node.host, "ledger.publishRawTransaction", &params)?;
        let mut reached: BTreeMap<usize, Instant> = BTreeMap::new();
        while reached.len() < NODES {
            let left = NEWS_TIME.saturating_sub(begin.elapsed());
            let one = news.recv_timeout(left).with_context(|| {
                let missing: Vec<usize> =
                    (0..NODES).filter(|node| !reached.contains_key(node)).collect();
                format!("a block did not reach the nodes {missing:?}")
            })?;
            if one.hash == block.hash {
                reached.entry(one.node).or_insert(one.at);
            }
        }
        let last = reached.values().max().context("nodes were reached")?;
        took.push((*last - begin).as_secs_f64() * 1000.0);
    }
    Ok(took)
}

/// Listens for a while: milliseconds from the first node that tells of a momentum to the last.
fn momentums(news: &Receiver<News>) -> Result<Vec<f64>> {
    let mut heard: BTreeMap<Hash, BTreeMap<usize, Instant>> = BTreeMap::new();
    let end = Instant::now() + Duration::from_secs(MOMENTUM_SLOTS);
    loop {
        match news.recv_timeout(end.saturating_duration_since(Instant::now())) {
            Ok(one) => {
                heard.entry(one.hash).or_default().entry(one.node).or_insert(one.at);
            }
            Err(RecvTimeoutError::Timeout) => break,
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    let took: Vec<f64> = heard
        .values()
        .filter(|nodes| nodes.len() == NODES)
        .filter_map(|nodes| Some(*nodes.values().max()? - *nodes.values().min()?))
        .map(|took| took.as_secs_f64() * 1000.0)
        .collect();
    ensure!(!took.is_empty(), "no momentum reached all nodes");
    Ok(took)
}

/// Numbers that are the same in each run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, count: usize) -> usize {
        // xorshift64 (Marsaglia 2003).
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % count as u64) as usize
    }
}
