//! A pillar, the node that is attacked, and an honest follower that knows nobody else.

use ledger::genesis::Genesis;
use ledger::state::View;
use node::config::{Config, PeerTransport, Peers, Production, Rpc};
use node::devnet;
use node::http::{self, Serving};
use node::peering::{self, Peering};
use node::runner::system_millis;
use node::serve::{self, Running};
use node::service::{Happening, Service};
use node::signer::Signer;
use node::wire::{Endpoint, Transport};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::sync::{broadcast, watch};
use tokio::time::timeout;

/// The longest that anything is waited for.
pub const DEADLINE: Duration = Duration::from_secs(90);
/// Bytes that the whole process, attackers included, may have more after all attacks than before.
const GROWTH_MAX: u64 = 96 << 20;

/// Memory is the process's, so one node is attacked at a time.
static ALONE: Mutex<()> = Mutex::new(());

/// Which transport is attacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    Legacy,
    Libp2p,
}

/// A node with its place in the network.
struct Member {
    running: Running,
    peering: Peering,
}

/// The three nodes.
pub struct World {
    pub runtime: Runtime,
    pub genesis: Genesis,
    pub carrier: Carrier,
    /// Pillar, target, follower.
    members: Vec<Member>,
    serving: Option<Serving>,
    stop: watch::Sender<bool>,
    rpc: SocketAddr,
    /// Transports of attackers whose streams may still be used: libp2p's end with it.
    attackers: Mutex<Vec<Arc<dyn Transport>>>,
    _folder: TempDir,
    _alone: MutexGuard<'static, ()>,
}

const PILLAR: usize = 0;
const TARGET: usize = 1;
const FOLLOWER: usize = 2;

impl World {
    pub fn new(carrier: Carrier) -> World {
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let config = devnet::genesis_config(system_millis() / 1000 - 1).to_string();
        let genesis = Genesis::from_json(config.as_bytes(), devnet::rules(1).unwrap()).unwrap();
        let start = |name: &str, signer: Option<Box<dyn Signer>>, trusted: Option<&Endpoint>| {
            let config = config_of(&folder.path().join(name), &genesis, carrier, trusted);
            member(&runtime, &config, signer)
        };
        let target = start("target", None, None);
        let here = target.peering.endpoints().remove(0);
        let key: Box<dyn Signer> = Box::new(devnet::key(devnet::PILLAR_INDEX));
        let pillar = start("pillar", Some(key), Some(&here));
        let follower = start("follower", None, Some(&here));
        let (stop, stopped) = watch::channel(false);
        let service = target.running.service();
        let serving = runtime.block_on(http::serve(service, rpc(true), stopped)).unwrap();
        let world = World {
            genesis,
            carrier,
            members: vec![pillar, target, follower],
            rpc: serving.http.unwrap(),
            serving: Some(serving),
            stop,
            runtime,
            attackers: Mutex::default(),
            _folder: folder,
            _alone: alone,
        };
        world.is_well();
        world
    }

    /// Where the target is attacked.
    pub fn endpoint(&self) -> Endpoint {
        self.members[TARGET].peering.endpoints().remove(0)
    }

    /// The same as an address.
    pub fn address(&self) -> SocketAddr {
        match self.endpoint() {
            Endpoint::Enode { ip, tcp, .. } => (ip, tcp).into(),
            Endpoint::Multiaddr { address, .. } => {
                let port = address.split('/').nth(4).unwrap().parse().unwrap();
                (Ipv4Addr::LOCALHOST, port).into()
            }
        }
    }

    /// What is asked of the target from within.
    pub fn target(&self) -> &dyn Service {
        &**self.members[TARGET].running.handle()
    }

    /// Height of the target's newest momentum.
    pub fn height(&self) -> u64 {
        let moment = self.target().moment();
        View::frontier_of(moment.chain()).identifier().unwrap().height
    }

    /// Keeps an attacker's transport until the attack is over.
    pub fn keep(&self, transport: Arc<dyn Transport>) {
        self.attackers.lock().unwrap_or_else(PoisonError::into_inner).push(transport);
    }

    /// The honest follower gets a new momentum through the target, and JSON-RPC answers.
    pub fn is_well(&self) {
        self.attackers.lock().unwrap_or_else(PoisonError::into_inner).clear();
        let mut happenings = self.members[FOLLOWER].running.handle().happenings();
        let followed = async {
            loop {
                match happenings.recv().await {
                    Ok(Happening::Momentum(_)) => return,
                    Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => {}
                    Err(broadcast::error::RecvError::Closed) => panic!("the follower is gone"),
                }
            }
        };
        let in_time = self.runtime.block_on(async { timeout(DEADLINE, followed).await });
        in_time.expect("the honest follower gets a momentum");
        let answer = ask(self.rpc, "ledger.getFrontierMomentum");
        assert!(answer.contains("\"height\":"), "{answer}");
        assert!(self.members[PILLAR].running.handle().not_ready_reason().is_none());
        assert!(self.members[TARGET].running.handle().not_ready_reason().is_none());
    }

    /// The process has not grown by more than a node's budgets since it had this much memory.
    pub fn stays_within(&self, before: u64) {
        let after = memory();
        let mib = |bytes: u64| bytes >> 20;
        eprintln!("memory: {} MiB before, {} MiB after", mib(before), mib(after));
        assert!(
            after < before + GROWTH_MAX,
            "{} MiB before, {} MiB after",
            mib(before),
            mib(after)
        );
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
        if let Some(serving) = self.serving.take() {
            self.runtime.block_on(serving.stopped());
        }
        for Member { running, peering } in self.members.drain(..) {
            self.runtime.block_on(peering.stop());
            running.stop();
        }
    }
}

fn member(runtime: &Runtime, config: &Config, signer: Option<Box<dyn Signer>>) -> Member {
    let running = serve::start(config, signer.into_iter().collect()).unwrap();
    let peers = config.peers.clone().unwrap();
    let handle = running.handle().clone();
    let peering = runtime.block_on(peering::start(config, &peers, handle)).unwrap();
    Member { running, peering }
}

/// A node that talks to anybody, or to one node alone.
fn config_of(
    dir: &Path,
    genesis: &Genesis,
    carrier: Carrier,
    trusted: Option<&Endpoint>,
) -> Config {
    let peers = Peers {
        listen: Some((Ipv4Addr::LOCALHOST, 0).into()),
        trusted: trusted.iter().map(ToString::to_string).collect(),
        only_trusted: trusted.is_some(),
        min_peers: 0,
        transport: match carrier {
            Carrier::Legacy => PeerTransport::Legacy,
            Carrier::Libp2p => PeerTransport::Libp2p,
        },
        ..Peers::default()
    };
    Config {
        data_dir: dir.to_owned(),
        genesis: genesis.clone(),
        production: Production::Slots,
        dev: false,
        alone: true,
        producer_dir: None,
        name: String::new(),
        rpc: rpc(false),
        peers: Some(peers),
    }
}

fn rpc(listens: bool) -> Rpc {
    Rpc {
        http: listens.then(|| (Ipv4Addr::LOCALHOST, 0).into()),
        ws: None,
        tls: None,
        hosts: Vec::new(),
        origins: Vec::new(),
        namespaces: Vec::new(),
        admin: None,
        explorer: false,
    }
}

/// The body of an answer.
fn ask(address: SocketAddr, method: &str) -> String {
    let body = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":[]}}"#);
    let mut socket = TcpStream::connect(address).unwrap();
    socket.set_read_timeout(Some(DEADLINE)).unwrap();
    let head =
        "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Type: application/json";
    write!(socket, "{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    answer
}

/// Resident memory of this process in bytes.
pub fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    let kib: u64 = line.trim().trim_end_matches("kB").trim().parse().unwrap();
    kib << 10
}
