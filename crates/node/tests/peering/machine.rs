//! A node with everything that a process would have, and a network of them.

use crate::founding::{config, key, pillar_key, signed, transfer};
use ledger::genesis::Genesis;
use ledger::state::View;
use ledger::types::{Hash, HashHeight};
use ledger::{AccountBlock, Rules};
use node::config::{Config, PeerTransport, Peers, Production, Rpc};
use node::peering::{self, Peering};
use node::serve::{self, Running};
use node::service::Service;
use node::signer::Signer;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::time::timeout;

/// Longer than anything here takes; only a test that fails waits for it.
const PATIENCE: Duration = Duration::from_secs(60);

/// How a node is started.
#[derive(Clone, Debug)]
pub struct Setup {
    pub genesis: Genesis,
    pub pillars: Vec<u8>,
    pub peers: Peers,
    pub name: String,
}

impl Setup {
    /// A node of a network with so many pillars, that has no key.
    pub fn plain(pillars: u8) -> Setup {
        let rules = Rules::default().with_block_time(1).unwrap().for_development(key(0).address());
        Setup {
            genesis: Genesis::from_config(&config(pillars, 6), rules).unwrap(),
            pillars: Vec::new(),
            peers: Peers {
                listen: Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))),
                min_peers: 1,
                transport: PeerTransport::Libp2p,
                ..Peers::default()
            },
            name: "plain".to_owned(),
        }
    }

    /// The node with the key of this pillar.
    pub fn pillar(pillars: u8, index: u8) -> Setup {
        let name = format!("pillar {index}");
        Setup { pillars: vec![index], name, ..Setup::plain(pillars) }
    }

    /// The same with these nodes to begin with.
    pub fn knowing(mut self, others: &[&Machine]) -> Setup {
        self.peers.bootnodes.extend(others.iter().map(|other| other.endpoint()));
        self
    }
}

/// A running node.
pub struct Machine {
    running: Option<Running>,
    peering: Option<Peering>,
    setup: Setup,
    folder: Option<TempDir>,
}

impl Machine {
    pub async fn start(setup: Setup) -> Machine {
        Machine::start_in(setup, tempfile::tempdir().unwrap()).await
    }

    /// What a node in a folder is told.
    pub fn config(setup: &Setup, folder: &Path) -> Config {
        Config {
            data_dir: folder.to_owned(),
            genesis: setup.genesis.clone(),
            production: Production::Slots,
            dev: false,
            alone: false,
            producer_dir: None,
            name: setup.name.clone(),
            rpc: Rpc::default(),
            peers: Some(setup.peers.clone()),
        }
    }

    /// Starts a node in a folder, which may hold a ledger.
    pub async fn start_in(setup: Setup, folder: TempDir) -> Machine {
        let config = Machine::config(&setup, folder.path());
        let producers = setup
            .pillars
            .iter()
            .map(|index| Box::new(pillar_key(*index)) as Box<dyn Signer>)
            .collect();
        let running = serve::start(&config, producers).unwrap();
        let peering =
            peering::start(&config, &setup.peers, running.handle().clone()).await.unwrap();
        Machine { running: Some(running), peering: Some(peering), setup, folder: Some(folder) }
    }

    /// Stops the node and starts it again in the same folder.
    pub async fn restart(mut self) -> Machine {
        let (setup, folder) = (self.setup.clone(), self.folder.take().unwrap());
        self.stop().await;
        Machine::start_in(setup, folder).await
    }

    /// Stops the node and starts it again in the same folder with another setup.
    pub async fn restart_as(mut self, setup: Setup) -> Machine {
        self.setup = setup;
        self.restart().await
    }

    /// Lets the next start name no nodes to begin with.
    pub fn forget_bootnodes(&mut self) {
        self.setup.peers.bootnodes.clear();
    }

    pub async fn stop(mut self) {
        self.peering.take().unwrap().stop().await;
        let running = self.running.take().unwrap();
        let stopped = tokio::task::spawn_blocking(move || running.stop()).await.unwrap();
        assert_eq!(stopped, None);
    }

    /// Its data folder.
    pub fn folder(&self) -> &Path {
        self.folder.as_ref().unwrap().path()
    }

    /// Where others reach it.
    pub fn endpoint(&self) -> String {
        self.peering.as_ref().unwrap().endpoints()[0].to_string()
    }

    pub fn service(&self) -> Arc<dyn Service> {
        self.running.as_ref().unwrap().service()
    }

    pub fn newest(&self) -> HashHeight {
        View::frontier_of(self.service().moment().chain()).identifier().unwrap()
    }

    pub fn hash_at(&self, height: u64) -> Option<Hash> {
        let moment = self.service().moment();
        let momentum = View::frontier_of(moment.chain()).momentum_by_height(height).unwrap();
        momentum.map(|momentum| momentum.hash)
    }

    /// Waits until the ledger shows what is looked for.
    pub async fn until(&self, what: &str, mut seen: impl FnMut(&Machine) -> bool) {
        let service = self.service();
        let mut happenings = service.happenings();
        let wait = async {
            while !seen(self) {
                // Peers come and go without a momentum, so the look is repeated.
                let _ = timeout(Duration::from_millis(100), happenings.recv()).await;
            }
        };
        if timeout(PATIENCE, wait).await.is_err() {
            panic!(
                "{} never saw {what}: at {}, {:?}, peers {:?}",
                self.setup.name,
                self.newest(),
                service.sync_info(),
                service.network().unwrap().peers()
            );
        }
    }

    pub async fn until_height(&self, height: u64) {
        self.until(&format!("momentum {height}"), |machine| machine.newest().height >= height)
            .await;
    }

    /// Signs a transfer of one user to another.
    pub fn transfer(&self, from: u8, to: u8, znn: u64) -> AccountBlock {
        let moment = self.service().moment();
        let template = transfer(from, &key(to).address(), znn);
        signed(&key(from), moment.chain(), moment.pending(), template)
    }

    pub fn is_confirmed(&self, block: &AccountBlock) -> bool {
        let moment = self.service().moment();
        View::frontier_of(moment.chain()).confirmation_height(&block.hash).unwrap().is_some()
    }

    pub fn knows(&self, block: &AccountBlock) -> bool {
        let moment = self.service().moment();
        moment.pending().get(&block.header()).is_some() || self.is_confirmed(block)
    }
}
