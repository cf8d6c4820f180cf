//! Bytes that a node sends to a peer at the newest momentum: for each momentum, and for each block that is
//! spread before it is confirmed. The peer beside it follows the same pillar and is listened to in the same
//! way.

use super::Options;
use super::chain::young_network;
use super::light::Caller;
use super::nodes::{self, Carrier, Place, Running};
use super::pillar::Pillar;
use crate::blocks;
use crate::server::ask;
use crate::table::{Goal, Table};
use anyhow::{Result, ensure};
use ledger::genesis::Genesis;
use node::wire::message::Message;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Seconds of a slot: those of the original network, as the peer may know no others.
const SLOT: Duration = Duration::from_secs(10);
/// Slots in which blocks are published, and counted.
const SLOTS: u32 = 6;
/// How long nodes may take to follow the pillar.
const FOLLOW_TIME: Duration = Duration::from_secs(120);

/// What one node has told the benchmark.
#[derive(Clone, Copy, Debug, Default)]
struct Told {
    momentums: u64,
    momentum_bytes: u64,
    blocks: u64,
    block_bytes: u64,
}

type Shared = Arc<Mutex<Told>>;

/// Measures over the older transport, which the peer speaks as well.
pub fn measure(options: &Options, dir: &Path, table: &mut Table) -> Result<()> {
    let network = young_network(2)?;
    let genesis = network.build()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let place = |name: &str| Place::new(&dir.join(name), Carrier::Legacy);
    let pillar = Pillar::start(&runtime, &place("pillar")?, &network, &[])?;
    let below = [&pillar.endpoint];
    let ours = nodes::ours(&options.uz, place("ours")?, &network, &below, &[])?;
    let theirs = match &options.peer {
        Some(command) => Some(nodes::theirs(command, place("theirs")?, &network, &below)?),
        None => None,
    };
    let begin = Instant::now();
    for node in [Some(&ours), theirs.as_ref()].into_iter().flatten() {
        while nodes::height(&node.host)? < 2 {
            ensure!(begin.elapsed() < FOLLOW_TIME, "{} does not follow the pillar", node.host);
            sleep(Duration::from_millis(100));
        }
    }
    let by_ours = runtime.block_on(listen(&ours, &genesis))?;
    let by_theirs = match &theirs {
        Some(theirs) => Some(runtime.block_on(listen(theirs, &genesis))?),
        None => None,
    };
    publish(&ours, &genesis)?;
    // The blocks of the last slot are confirmed in the next one.
    sleep(2 * SLOT);
    let ours = read(&by_ours);
    let theirs = by_theirs.as_ref().map(read);
    ensure!(ours.momentums > 0 && ours.blocks > 0, "nothing was heard: {ours:?}");
    let mut add = |name: &str, unit: &'static str, of: &dyn Fn(Told) -> f64| {
        table.add(name, unit, of(ours), theirs.map(of), Goal::NoneLess);
    };
    let each = |bytes: u64, count: u64| bytes as f64 / count.max(1) as f64;
    add("sent to a peer for a momentum with its blocks", "bytes", &|told| {
        each(told.momentum_bytes, told.momentums)
    });
    add("sent to a peer for a block", "bytes", &|told| each(told.block_bytes, told.blocks));
    Ok(())
}

fn read(told: &Shared) -> Told {
    *told.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn listen(node: &Running, genesis: &Genesis) -> Result<Shared> {
    let told = Shared::default();
    let (caller, counted) = (Caller::new(Carrier::Legacy, genesis).await?, told.clone());
    let mut line = caller.call(&node.endpoint).await?;
    tokio::spawn(async move {
        // The transport ends with the caller.
        let _caller = caller;
        while let Ok(heard) = line.next().await {
            let bytes = heard.bytes as u64;
            let mut told = counted.lock().unwrap_or_else(PoisonError::into_inner);
            match heard.message {
                Message::Tx(blocks) => {
                    told.blocks += blocks.len() as u64;
                    told.block_bytes += bytes;
                }
                Message::NewBlock(_) => {
                    told.momentums += 1;
                    told.momentum_bytes += bytes;
                }
                // Tells of a momentum that the peer has from elsewhere, or comes on top of it.
                Message::NewBlockHashes(_) => told.momentum_bytes += bytes,
                _ => {}
            }
        }
    });
    Ok(told)
}

/// Publishes a block of every account in each slot.
fn publish(node: &Running, genesis: &Genesis) -> Result<()> {
    let chains = blocks::chains(genesis, u64::from(SLOTS))?;
    for slot in 0..SLOTS {
        let begin = Instant::now();
        for chain in &chains {
            let params = format!("[{}]", serde_json::to_string(&chain[slot as usize])?);
            ask(&node.host, "ledger.publishRawTransaction", &params)?;
        }
        sleep(SLOT.saturating_sub(begin.elapsed()));
    }
    Ok(())
}
