//! Nodes as processes: `uz` itself, and the peer by the command that the user gives. Where they can be
//! reached is known before they start.

use crate::process::Process;
use crate::server::{Server, ask};
use anyhow::{Context as _, Result, bail};
use node::network::{Network, Transport};
use node::wire::Endpoint;
use node::wire::identity::Identity;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Time between two looks at a node.
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// How long a node may take until it answers.
const START_TIME: Duration = Duration::from_secs(60);
/// How long a node may stay at one height while it syncs.
const STALL_TIME: Duration = Duration::from_secs(120);

/// Which transport nodes speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// The older one.
    Legacy,
    /// libp2p.
    Libp2p,
}

impl Carrier {
    /// How it is called in the table.
    pub fn name(self) -> &'static str {
        match self {
            Carrier::Legacy => "older transport",
            Carrier::Libp2p => "libp2p",
        }
    }

    /// How a network's file calls it.
    pub fn of_network(self) -> Transport {
        match self {
            Carrier::Legacy => Transport::Legacy,
            Carrier::Libp2p => Transport::Libp2p,
        }
    }
}

/// A node's data folder, key and port.
pub struct Place {
    dir: PathBuf,
    /// Where peers reach it.
    pub endpoint: Endpoint,
    port: u16,
    /// The transport.
    pub carrier: Carrier,
}

impl Place {
    /// A place for a node that does not run yet; the folder may hold a chain.
    pub fn new(dir: &Path, carrier: Carrier) -> Result<Place> {
        std::fs::create_dir_all(dir)?;
        let id = Identity::load_or_create(dir)?.id();
        let port = free_port()?;
        let address = (Ipv4Addr::LOCALHOST, port).into();
        let endpoint = match carrier {
            Carrier::Legacy => Endpoint::of_legacy(id, address),
            Carrier::Libp2p => Endpoint::of_libp2p(id, address).context("a key is a point")?,
        };
        Ok(Place { dir: dir.to_owned(), endpoint, port, carrier })
    }

    /// Its data folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))
    }

    /// Lets the folder remember the network, with these nodes to begin with.
    fn remember(&self, network: &Network, bootnodes: &[&Endpoint]) -> Result<()> {
        let mut network = network.clone();
        network.transport = self.carrier.of_network();
        network.bootnodes = bootnodes.iter().map(ToString::to_string).collect();
        network.min_peers = Some(0);
        Ok(network.save(&self.dir)?)
    }
}

/// A running node, whoever's.
pub struct Running {
    /// Where JSON-RPC answers: `address:port`.
    pub host: String,
    /// Its process, where that is known.
    pub process: Option<Process>,
    /// Where peers reach it.
    pub endpoint: Endpoint,
    /// When its process was started.
    pub since: Instant,
    _life: Life,
}

/// Ends the process when dropped.
enum Life {
    Ours { _server: Server },
    Theirs { _group: Group },
}

/// `uz node` with these nodes to begin with.
pub fn ours(
    uz: &Path,
    place: Place,
    network: &Network,
    bootnodes: &[&Endpoint],
    more: &[&str],
) -> Result<Running> {
    place.remember(network, bootnodes)?;
    let listen = place.address().to_string();
    let dir = place.dir.to_str().context("the folder's path is no text")?;
    let mut words = vec!["--data-dir", dir, "--listen", &listen];
    words.extend(more);
    let since = Instant::now();
    let server = Server::start(uz, &words)?;
    Ok(Running {
        host: server.host.clone(),
        process: Some(server.process()),
        endpoint: place.endpoint,
        since,
        _life: Life::Ours { _server: server },
    })
}

/// A node of the peer. Its command is run by `sh` and finds in its environment: `DATA`, a folder that holds
/// the node's key and `genesis.json`; `P2P_PORT`, `HTTP_PORT`, `WS_PORT`, all for 127.0.0.1; `SEEDS`, enodes
/// with commas between them.
pub fn theirs(
    command: &str,
    place: Place,
    network: &Network,
    bootnodes: &[&Endpoint],
) -> Result<Running> {
    std::fs::write(place.dir.join("genesis.json"), network.genesis_json())?;
    let (http, ws) = (free_port()?, free_port()?);
    let seeds: Vec<String> = bootnodes.iter().map(ToString::to_string).collect();
    let since = Instant::now();
    let child = Command::new("sh")
        .args(["-c", command])
        .env("DATA", &place.dir)
        .env("P2P_PORT", place.port.to_string())
        .env("HTTP_PORT", http.to_string())
        .env("WS_PORT", ws.to_string())
        .env("SEEDS", seeds.join(","))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .stdin(Stdio::null())
        .process_group(0)
        .spawn()
        .context("cannot start the peer's command")?;
    let mut group = Group(child);
    let host = format!("127.0.0.1:{http}");
    while height(&host).is_err() {
        if let Some(status) = group.0.try_wait()? {
            bail!("the peer's command ended with {status}");
        }
        if since.elapsed() > START_TIME {
            bail!("the peer does not answer on port {http}");
        }
        sleep(LOOK_EVERY);
    }
    // A command that replaces its shell (exec) is the process itself.
    let process = Some(Process(group.0.id()));
    Ok(Running {
        host,
        process,
        endpoint: place.endpoint,
        since,
        _life: Life::Theirs { _group: group },
    })
}

/// A process and those that it started.
struct Group(Child);

impl Drop for Group {
    fn drop(&mut self) {
        // A shell may have left the work to a child.
        let _ = Command::new("kill").args(["-9", "--", &format!("-{}", self.0.id())]).status();
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Height of a node's newest momentum.
pub fn height(host: &str) -> Result<u64> {
    let momentum = ask(host, "ledger.getFrontierMomentum", "[]")?;
    momentum["height"].as_u64().context("a height is a number")
}

/// How a node came up with others.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// From the start of its process to the newest momentum.
    pub whole: Duration,
    /// From when it was last seen at genesis to the newest momentum.
    pub moving: Duration,
}

/// Waits until a node has come from genesis to this height.
pub fn follow(node: &Running, target: u64) -> Result<Pace> {
    let mut at_genesis = node.since;
    let (mut highest, mut moved) = (0, Instant::now());
    loop {
        let now = Instant::now();
        let height = height(&node.host)?;
        if height <= 1 {
            at_genesis = now;
        }
        if height >= target {
            let end = Instant::now();
            return Ok(Pace { whole: end - node.since, moving: end - at_genesis });
        }
        if height > highest {
            (highest, moved) = (height, now);
        }
        if moved.elapsed() > STALL_TIME {
            bail!("{} stays at momentum {height} of {target}", node.host);
        }
        sleep(LOOK_EVERY);
    }
}

/// A port of 127.0.0.1 that is free for TCP and UDP.
fn free_port() -> Result<u16> {
    for _ in 0..100 {
        let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = tcp.local_addr()?.port();
        if UdpSocket::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(port);
        }
    }
    bail!("no port is free")
}
