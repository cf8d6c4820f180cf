//! The outer shell of a node: it opens the store and the guards, and starts the writer's thread.
//!
//! The servers are started beside it with [`Running::service`].

use crate::config::Config;
use crate::guard::{Guard, GuardError, GuardFile};
use crate::metrics::Metrics;
use crate::node::{Event, Node, Options};
use crate::pool::Limits;
use crate::producer::ProducerKey;
use crate::runner::{Handle, Writer, system_millis};
use crate::service::{PeerInfo, Service};
use crate::signer::Signer;
use crate::store::{OpenError, Store, StoreError};
use std::sync::Arc;

/// Why a node can't start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The store can't be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A producer's guard can't be used.
    #[error(transparent)]
    Guard(#[from] GuardError),
    /// The store can't be read.
    #[error("the ledger can't be read: {0}")]
    Store(#[from] StoreError),
    /// The system gives no thread.
    #[error("the writer's thread can't be started: {0}")]
    Thread(std::io::Error),
}

/// A node that runs.
pub struct Running {
    handle: Arc<Handle>,
    writer: Writer,
}

/// Opens the node's data folder and starts the node. `producers` are the keys with which it makes
/// momentums. Blocks for as long as the store takes to open.
pub fn start(config: &Config, producers: Vec<Box<dyn Signer>>) -> Result<Running, StartError> {
    let store = Store::open(&config.data_dir, &config.genesis)?;
    let keys = producers
        .into_iter()
        .map(|signer| {
            let guard = match &config.producer_dir {
                Some(folder) => {
                    let genesis = &config.genesis.momentum.hash;
                    let file = GuardFile::open(folder, genesis, &signer.address())?;
                    Some(Box::new(file) as Box<dyn Guard>)
                }
                None => None,
            };
            Ok(ProducerKey { signer, guard })
        })
        .collect::<Result<Vec<_>, GuardError>>()?;
    let options = Options {
        production: config.production,
        dev: config.dev,
        alone: config.alone,
        limits: Limits::default(),
    };
    let metrics = Arc::new(Metrics::default());
    let mut node = Node::new(store, keys, options, system_millis(), metrics.clone())?;
    if config.peers.is_none() {
        // There are no peers whose momentums could be missing.
        node.on(system_millis(), Event::Synced(true), &mut Vec::new());
    }
    let me = PeerInfo { public_key: String::new(), ip: String::new(), name: config.name.clone() };
    let block_time = config.genesis.rules.block_time;
    let (handle, writer) =
        Writer::start(node, metrics, me, config.dev, block_time).map_err(StartError::Thread)?;
    Ok(Running { handle: Arc::new(handle), writer })
}

impl Running {
    /// The node, for servers and commands.
    pub fn service(&self) -> Arc<dyn Service> {
        self.handle.clone()
    }

    /// The node, with what only its own process asks of it.
    pub fn handle(&self) -> &Arc<Handle> {
        &self.handle
    }

    /// Stops the node: what was accepted is answered, the store is closed. Gives the reason if it had
    /// stopped by itself.
    pub fn stop(self) -> Option<String> {
        self.handle.close();
        self.writer.join();
        self.handle.not_ready_reason()
    }
}
