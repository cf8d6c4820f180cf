//! Memory of a node with many peers that all fetch its whole chain at the same time, while it follows a
//! pillar and takes blocks in.

use super::chain::{self, Chain};
use super::light::Caller;
use super::nodes::{self, Carrier, Place, Running};
use super::pillar::Pillar;
use super::{Options, median};
use crate::process::Process;
use crate::table::{Goal, Table};
use anyhow::{Context as _, Result, ensure};
use std::path::Path;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

/// Peers that fetch.
const PEERS: usize = 50;
/// Time between two looks at the node's memory.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// How long the peers may take.
const FETCH_TIME: Duration = Duration::from_secs(600);

/// Measures over both transports, and the peer over the older one.
pub fn measure(options: &Options, dir: &Path, table: &mut Table) -> Result<()> {
    let full = chain::full(&dir.join("full"))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut theirs = None;
    if let Some(command) = &options.peer {
        // It gets the chain from ours.
        let home = dir.join("serve");
        chain::copy(&full.data, &home)?;
        let place = Place::new(&home, Carrier::Legacy)?;
        let server = nodes::ours(&options.uz, place, &full.network, &[], &[])?;
        let place = Place::new(&dir.join("peer"), Carrier::Legacy)?;
        let peer = nodes::theirs(command, place, &full.network, &[&server.endpoint])?;
        nodes::follow(&peer, full.size.momentums)?;
        drop(server);
        theirs = Some(peak(&runtime, Carrier::Legacy, &full, &peer)?);
    }
    for carrier in [Carrier::Libp2p, Carrier::Legacy] {
        let mut peaks = Vec::new();
        for run in 0..options.runs {
            let home = |what: &str| dir.join(format!("{what}-{carrier:?}-{run}"));
            chain::copy(&full.data, &home("node"))?;
            chain::copy(&full.data, &home("pillar"))?;
            let pillar = Place::new(&home("pillar"), carrier)?;
            let pillar = Pillar::start(&runtime, &pillar, &full.network, &[])?;
            let place = Place::new(&home("node"), carrier)?;
            let bootnodes = [&pillar.endpoint];
            let node = nodes::ours(&options.uz, place, &full.network, &bootnodes, &[])?;
            peaks.push(peak(&runtime, carrier, &full, &node)?);
        }
        table.add(
            format!("memory with {PEERS} peers that fetch the chain, {}", carrier.name()),
            "MiB",
            median(peaks),
            theirs.filter(|_| carrier == Carrier::Legacy),
            Goal::AtMost(100.0),
        );
    }
    Ok(())
}

/// The most memory that the node had, in MiB, from when all peers were there until all have the chain.
fn peak(runtime: &Runtime, carrier: Carrier, chain: &Chain, node: &Running) -> Result<f64> {
    let process = node.process.context("its process is known")?;
    let genesis = chain.network.build()?;
    runtime.block_on(async {
        let mut lines = Vec::new();
        for _ in 0..PEERS {
            let caller = Caller::new(carrier, &genesis).await?;
            let line = caller.call(&node.endpoint).await?;
            lines.push((caller, line));
        }
        let mut fetching = JoinSet::new();
        for (caller, mut line) in lines {
            fetching.spawn(async move {
                let fetched = line.fetch_all().await;
                fetched.map(|fetched| (fetched, caller, line))
            });
        }
        let begin = Instant::now();
        let mut peak = 0;
        // Those who have the chain stay connected.
        let mut done = Vec::new();
        while done.len() < PEERS {
            ensure!(begin.elapsed() < FETCH_TIME, "only {} peers have the chain", done.len());
            tokio::select! {
                Some(one) = fetching.join_next() => {
                    let (fetched, caller, line) = one??;
                    ensure!(fetched >= chain.size.momentums, "a peer got {fetched} momentums");
                    done.push((caller, line));
                }
                () = sleep(LOOK_EVERY) => peak = peak.max(process.memory()?),
            }
        }
        tell(process, begin, peak, &done.iter().map(|(_, line)| line.received).sum());
        Ok(peak as f64 / f64::from(1 << 20))
    })
}

fn tell(process: Process, begin: Instant, peak: u64, bytes: &u64) {
    let mib = |bytes: u64| bytes >> 20;
    eprintln!(
        "process {}: {PEERS} peers got {} MiB in {:.1} s, most memory {} MiB",
        process.0,
        mib(*bytes),
        begin.elapsed().as_secs_f64(),
        mib(peak)
    );
}
