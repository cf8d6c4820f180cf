//! Measures a node without its servers: blocks accepted per second, replay, start, memory, disk.
//!
//! `cargo run --release -p node --example measure -- [--momentums N] [--blocks N]`: a development network is
//! filled with blocks handed in by several threads, exported, imported into an empty folder, and opened.

use ledger::genesis::Genesis;
use ledger::rules::Heights;
use ledger::state::View;
use ledger::types::{Address, Amount, TokenStandard};
use ledger::{AccountBlock, BlockType, apply};
use node::config::{Config, Production, Rpc};
use node::devnet;
use node::node::{Node, Options};
use node::pool::Limits;
use node::runner::system_millis;
use node::serve::{Running, start};
use node::service::Service;
use node::store::{FILE, Store};
use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use wallet::KeyPair;

/// Keys that hand in blocks; each has its own account.
const CLIENTS: u8 = 64;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let number = |name: &str, default: u64| {
        arguments
            .iter()
            .position(|argument| argument == name)
            .and_then(|index| arguments.get(index + 1))
            .map_or(Ok(default), |text| text.parse::<u64>())
    };
    let (momentums, blocks) = (number("--momentums", 1_000)?, number("--blocks", 20_000)?);
    let folder = tempfile::tempdir()?;
    let genesis = network()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;

    let running = run(folder.path(), &genesis)?;
    runtime.block_on(load(running.service(), blocks))?;
    let began = Instant::now();
    let dev = running.service();
    let height = height(&*dev);
    let more = momentums.saturating_sub(height);
    runtime.block_on(async { dev.dev().expect("a development network").mine(more).await })?;
    if more > 0 {
        row("mined, momentums/s", more, began.elapsed());
    }
    drop(dev);
    running.stop();
    memory("memory after load and mining, MiB");
    replay(folder.path(), &genesis)
}

fn network() -> Result<Genesis, Box<dyn Error>> {
    let timestamp = system_millis() / 1000 - 10;
    let mut config = devnet::genesis_config(timestamp);
    let blocks = &mut config["GenesisBlocks"]["Blocks"];
    let rich = blocks
        .as_array()
        .ok_or("a list")?
        .iter()
        .position(|entry| entry["Address"] == devnet::key(0).address().to_string());
    let rich = rich.ok_or("account 0 is funded")?;
    let znn = TokenStandard::ZNN.to_string();
    let share = 1_000u64;
    let all = u64::from(CLIENTS) * share;
    let held = blocks[rich]["BalanceList"][&znn].as_u64().ok_or("a number")?;
    blocks[rich]["BalanceList"][&znn] = (held - all).into();
    for client in 0..CLIENTS {
        let mut balance = serde_json::Map::new();
        balance.insert(znn.clone(), share.into());
        let entry = serde_json::json!({"Address": key(client).address().to_string(), "BalanceList": balance});
        blocks.as_array_mut().ok_or("a list")?.push(entry);
    }
    let mut rules = devnet::rules(1).ok_or("one second is a block time")?;
    rules.pow_signed_difficulty = Heights::ALWAYS;
    Ok(Genesis::from_json(config.to_string().as_bytes(), rules)?)
}

fn key(client: u8) -> KeyPair {
    KeyPair::from_private_key(&[client; 32])
}

fn run(folder: &Path, genesis: &Genesis) -> Result<Running, Box<dyn Error>> {
    let config = Config {
        data_dir: folder.to_owned(),
        genesis: genesis.clone(),
        production: Production::Slots,
        dev: true,
        alone: true,
        producer_dir: None,
        name: "measure".to_owned(),
        rpc: Rpc {
            http: None,
            ws: None,
            tls: None,
            hosts: Vec::new(),
            origins: Vec::new(),
            namespaces: Vec::new(),
            admin: None,
            explorer: false,
        },
        peers: None,
    };
    Ok(start(&config, vec![Box::new(devnet::key(devnet::PILLAR_INDEX))])?)
}

fn height(node: &dyn Service) -> u64 {
    View::frontier_of(node.moment().chain()).identifier().map_or(0, |name| name.height)
}

/// Each client hands in a chain of transfers with work for their plasma, prepared beforehand.
async fn load(node: Arc<dyn Service>, blocks: u64) -> Result<(), Box<dyn Error>> {
    let each = blocks.div_ceil(u64::from(CLIENTS));
    let began = Instant::now();
    let to = devnet::key(1).address();
    let mut prepared = Vec::new();
    for client in 0..CLIENTS {
        prepared.push(chain_of(&*node, client, to, each)?);
    }
    row("prepared, blocks/s", blocks, began.elapsed());
    let began = Instant::now();
    let tasks: Vec<_> = prepared
        .into_iter()
        .map(|blocks| {
            let node = node.clone();
            tokio::spawn(async move {
                for block in blocks {
                    loop {
                        match node.publish(block.clone()).await {
                            Ok(()) => break,
                            Err(node::service::ServiceError::Busy { .. }) => {
                                tokio::time::sleep(Duration::from_millis(50)).await;
                            }
                            Err(error) => return Err(error),
                        }
                    }
                }
                Ok(())
            })
        })
        .collect();
    for task in tasks {
        task.await??;
    }
    row("accepted, blocks/s", each * u64::from(CLIENTS), began.elapsed());
    let metrics = node.metrics();
    println!(
        "{:44} {:>12}",
        "transactions / mean microseconds",
        format!(
            "{} / {}",
            metrics.commits.count(),
            metrics.commits.sum_micros() / metrics.commits.count().max(1)
        )
    );
    Ok(())
}

fn chain_of(
    node: &dyn Service,
    client: u8,
    to: Address,
    count: u64,
) -> Result<Vec<AccountBlock>, Box<dyn Error>> {
    let moment = node.moment();
    let key = key(client);
    let mut blocks: Vec<AccountBlock> = Vec::new();
    for _ in 0..count {
        let template = AccountBlock {
            block_type: BlockType::USER_SEND,
            address: key.address(),
            to_address: to,
            amount: Amount::from(1u64),
            token_standard: TokenStandard::ZNN,
            // Work takes minutes; this network takes any nonce for this difficulty.
            difficulty: u64::MAX,
            ..AccountBlock::default()
        };
        let mut block = apply::draft(moment.chain(), moment.pending(), template)?;
        if let Some(below) = blocks.last() {
            block.previous_hash = below.hash;
            block.height = below.height + 1;
        }
        key.finish_block(&mut block);
        blocks.push(block);
    }
    Ok(blocks)
}

/// Exports, imports into an empty folder, opens.
fn replay(folder: &Path, genesis: &Genesis) -> Result<(), Box<dyn Error>> {
    let other = tempfile::tempdir()?;
    let mut file = Vec::new();
    let (height, blocks);
    {
        let store = Store::open(folder, genesis)?;
        let snapshot = store.snapshot()?;
        height = snapshot.identifier().height;
        let began = Instant::now();
        node::export::export(&snapshot, None, &mut file, |_| {})?;
        row("exported, momentums/s", height, began.elapsed());
        let began = Instant::now();
        let report = node::check::links(&snapshot, genesis, |_| {})?;
        blocks = report.blocks;
        row("links checked, momentums/s", height, began.elapsed());
        let began = Instant::now();
        node::check::replay(&snapshot, genesis, |_| {})?;
        row("replayed in memory, momentums/s", height, began.elapsed());
        row("replayed in memory, blocks/s", blocks, began.elapsed());
    }
    let options = Options {
        production: Production::Slots,
        dev: false,
        alone: true,
        limits: Limits::default(),
    };
    {
        let store = Store::open(other.path(), genesis)?;
        let future = system_millis() + 1_000_000_000;
        let mut node = Node::new(store, Vec::new(), options, future, Arc::default())?;
        let began = Instant::now();
        node::export::import(&mut node, genesis, future, &file[..], |_| {})?;
        assert_eq!(node.identifier().height, height, "all was imported");
        row("imported, momentums/s", height, began.elapsed());
        row("imported, blocks/s", blocks, began.elapsed());
    }
    memory("memory after import, MiB");
    let began = Instant::now();
    let store = Store::open(other.path(), genesis)?;
    let node = Node::new(store, Vec::new(), options, system_millis(), Arc::default())?;
    let moment = node.moment();
    drop(moment);
    println!("{:44} {:>12}", "opened, microseconds", began.elapsed().as_micros());
    let length = std::fs::metadata(other.path().join(FILE))?.len();
    println!("{:44} {:>12}", "momentums / blocks", format!("{height} / {blocks}"));
    println!("{:44} {:>12}", "file, KiB", length / 1024);
    println!("{:44} {:>12}", "bytes on disk per block", length / blocks.max(1));
    println!("{:44} {:>12}", "export, KiB", file.len() / 1024);
    Ok(())
}

fn row(what: &str, count: u64, took: Duration) {
    let per_second = count as f64 / took.as_secs_f64();
    println!("{what:44} {per_second:>12.0}");
}

fn memory(what: &str) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    println!("{what:44} {:>12}", kib.unwrap_or(0) / 1024);
}
