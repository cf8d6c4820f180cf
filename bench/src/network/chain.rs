//! The chains that nodes serve: a recorded one with much time and few blocks, and one whose momentums are
//! full of blocks.

use crate::alone::{Size, size_of_chain, timed};
use crate::blocks;
use anyhow::{Context as _, Result, ensure};
use ledger::verify::block::SignatureCheck;
use node::config::Production;
use node::metrics::Metrics;
use node::network::Network;
use node::node::{Action, Event, Node, Options, Publication};
use node::pool::Limits;
use node::producer::ProducerKey;
use node::runner::system_millis;
use node::service::Happening;
use node::store::Store;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

/// Momentums of the full chain; in each slot every account has a block. From height 300 on the producer
/// would update contracts, with blocks that compete with its account's own.
const FULL_MOMENTUMS: u64 = 290;
/// Seconds of a slot of the original network.
const SLOT_SECONDS: u64 = 10;

/// A chain in a data folder of `uz`.
pub struct Chain {
    /// What it is called in the table.
    pub name: &'static str,
    /// Unit of what counts in it.
    pub unit: &'static str,
    /// The data folder.
    pub data: PathBuf,
    /// Its network.
    pub network: Network,
    /// How much it holds, genesis included.
    pub size: Size,
}

impl Chain {
    /// What counts in it: blocks where there are many, else momentums.
    pub fn amount(&self) -> u64 {
        if self.unit == "blocks/s" { self.size.blocks } else { self.size.momentums - 1 }
    }
}

/// The recorded chain.
pub fn recorded(uz: &Path, data: &Path) -> Result<Chain> {
    let file = crate::recorded_chain();
    let mut import = Command::new(uz);
    import.args(["ledger", "import"]).arg(&file).arg("--data-dir").arg(data);
    timed(import)?;
    let network = Network::load(data)?.context("an import remembers its network")?;
    let unit = "momentums/s";
    Ok(Chain { name: "", unit, data: data.to_owned(), network, size: size_of_chain(&file)? })
}

/// A network that began `slots` slots ago.
pub fn young_network(slots: u64) -> Result<Network> {
    let now = system_millis() / 1000;
    let begin = (now / SLOT_SECONDS - slots) * SLOT_SECONDS;
    Ok(Network::of_genesis(blocks::genesis_json(begin)?.as_bytes(), SLOT_SECONDS)?)
}

/// A chain of momentums that hold as many blocks as there are accounts, made by a node whose clock runs
/// fast. It ends about now.
pub fn full(data: &Path) -> Result<Chain> {
    let network = young_network(FULL_MOMENTUMS + 10)?;
    let genesis = network.build()?;
    let chains = blocks::chains(&genesis, FULL_MOMENTUMS)?;
    std::fs::create_dir_all(data)?;
    network.save(data)?;
    let signer = Box::new(blocks::keys()?.swap_remove(0));
    let options = Options {
        production: Production::Slots,
        dev: false,
        alone: true,
        limits: Limits::default(),
    };
    let begin = genesis.rules.genesis_timestamp * 1000;
    let mut node = Node::new(
        Store::open(data, &genesis)?,
        vec![ProducerKey { signer, guard: None }],
        options,
        begin,
        Arc::new(Metrics::default()),
    )?;
    let mut size = Size { momentums: 1, blocks: 0 };
    let mut out = Vec::new();
    node.on(begin, Event::Synced(true), &mut out);
    for number in 0..FULL_MOMENTUMS {
        let now = begin + (number + 1) * SLOT_SECONDS * 1000;
        let blocks = chains.iter().zip(1..).map(|(chain, ticket)| Publication {
            ticket,
            block: chain[number as usize].clone(),
            check: SignatureCheck::Done,
        });
        node.on(now, Event::Publish(blocks.collect()), &mut out);
        while node.deadline(now).is_some_and(|at| at <= now) {
            node.on(now, Event::Tick, &mut out);
        }
        for action in out.drain(..) {
            match action {
                Action::Answer(_, answer) => drop(answer?),
                Action::Happening(Happening::Momentum(momentum)) => {
                    size.momentums += 1;
                    size.blocks += momentum.account_blocks.len() as u64;
                }
                Action::Happening(_) | Action::Entered(_) => {}
            }
        }
    }
    ensure!(size.momentums > FULL_MOMENTUMS, "only {} momentums were made", size.momentums);
    let (name, unit) = (", full momentums", "blocks/s");
    Ok(Chain { name, unit, data: data.to_owned(), network, size })
}

/// A copy of a data folder, without the key by which peers know its node.
pub fn copy(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_file() && entry.file_name() != node::wire::identity::FILE_NAME {
            std::fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}
