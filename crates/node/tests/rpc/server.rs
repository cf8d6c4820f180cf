//! A node that is a chain in memory, and a server in front of it.

use super::network::Told;
use ledger::memory::MemoryChain;
use ledger::pending::Pending;
use ledger::state::Chain;
use ledger::verify::block::SignatureCheck;
use ledger::{AccountBlock, DetailedMomentum, Refusal};
use node::admin::Token;
use node::config;
use node::http::limits::Limits;
use node::http::{Serving, serve_within};
use node::metrics::Metrics;
use node::service::{
    Dev, Happening, Later, Moment, PeerInfo, Peers, Service, ServiceError, SyncInfo, SyncState,
};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::runtime::Runtime;
use tokio::sync::{OwnedRwLockReadGuard, RwLock, broadcast, watch};

/// A node on a chain in memory.
pub struct MemoryNode {
    chain: Arc<RwLock<MemoryChain>>,
    happenings: broadcast::Sender<Happening>,
    metrics: Metrics,
    is_dev: bool,
    pub is_ready: AtomicBool,
    pub network: Option<Told>,
}

/// The administrator's token.
pub const TOKEN: &str = "a-token-for-tests-alone";

impl MemoryNode {
    pub fn new(chain: MemoryChain, is_dev: bool) -> Arc<MemoryNode> {
        Arc::new(MemoryNode::alone(chain, is_dev))
    }

    /// A node that talks to others.
    pub fn in_network(chain: MemoryChain, network: Told) -> Arc<MemoryNode> {
        Arc::new(MemoryNode { network: Some(network), ..MemoryNode::alone(chain, true) })
    }

    fn alone(chain: MemoryChain, is_dev: bool) -> MemoryNode {
        MemoryNode {
            chain: Arc::new(RwLock::new(chain)),
            happenings: broadcast::channel(64).0,
            metrics: Metrics::default(),
            is_dev,
            is_ready: AtomicBool::new(true),
            network: None,
        }
    }

    /// Adds a momentum, and tells of it.
    pub fn insert(&self, runtime: &Runtime, detailed: DetailedMomentum) {
        runtime.block_on(async {
            let mut chain = self.chain.write().await;
            let now = detailed.momentum.timestamp;
            chain.insert(&detailed, now).expect("the recorded momentum fits");
        });
        self.tell(detailed);
    }

    /// Tells of a momentum that is not there.
    pub fn tell(&self, detailed: DetailedMomentum) {
        // Without listeners there is nobody to tell.
        let _ = self.happenings.send(Happening::Momentum(Arc::new(detailed)));
    }
}

struct Held(OwnedRwLockReadGuard<MemoryChain>);

impl Moment for Held {
    fn chain(&self) -> &dyn Chain {
        &*self.0
    }

    fn pending(&self) -> &Pending {
        &self.0.pending
    }
}

impl Service for MemoryNode {
    fn moment(&self) -> Arc<dyn Moment> {
        loop {
            if let Ok(guard) = self.chain.clone().try_read_owned() {
                return Arc::new(Held(guard));
            }
            std::thread::yield_now();
        }
    }

    fn publish(&self, block: AccountBlock) -> Later<Result<(), ServiceError>> {
        let chain = self.chain.clone();
        Box::pin(async move {
            match chain.write().await.publish(block, SignatureCheck::Now, false) {
                // The reference only logs what its pool refuses.
                Ok(_)
                | Err(Refusal::Pool(_) | Refusal::PoolPlasmaRatio | Refusal::PoolHashTieBreak) => {
                    Ok(())
                }
                Err(refusal) => Err(refusal.into()),
            }
        })
    }

    fn happenings(&self) -> broadcast::Receiver<Happening> {
        self.happenings.subscribe()
    }

    fn sync_info(&self) -> SyncInfo {
        let current_height = self
            .chain
            .try_read()
            .ok()
            .and_then(|chain| chain.identifier().ok())
            .map_or(0, |newest| newest.height);
        SyncInfo { state: SyncState::Done, current_height, target_height: 0 }
    }

    fn peers(&self) -> (PeerInfo, Vec<PeerInfo>) {
        let own = PeerInfo {
            public_key: "00".to_owned(),
            ip: "127.0.0.1".to_owned(),
            name: "*self*".to_owned(),
        };
        (own, Vec::new())
    }

    fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    fn now(&self) -> u64 {
        1_000
    }

    fn not_ready(&self) -> Option<String> {
        (!self.is_ready.load(Ordering::Relaxed)).then(|| "the chain is being read".to_owned())
    }

    fn dev(&self) -> Option<&dyn Dev> {
        if self.is_dev { Some(self) } else { None }
    }

    fn network(&self) -> Option<&dyn Peers> {
        self.network.as_ref().map(|network| network as &dyn Peers)
    }
}

impl Dev for MemoryNode {
    fn mine(&self, count: u64) -> Later<Result<u64, ServiceError>> {
        Box::pin(async move { Ok(1 + count) })
    }

    fn snapshot(&self) -> Later<Result<u64, ServiceError>> {
        Box::pin(async { Ok(7) })
    }

    fn revert(&self, snapshot: u64) -> Later<Result<bool, ServiceError>> {
        Box::pin(async move { Ok(snapshot == 7) })
    }

    fn increase_time(&self, seconds: u64) -> Later<Result<u64, ServiceError>> {
        Box::pin(async move { Ok(1_000 + seconds) })
    }

    fn set_on_demand(&self, _on: bool) -> Later<Result<(), ServiceError>> {
        Box::pin(async { Ok(()) })
    }

    fn block_time(&self) -> u64 {
        10
    }
}

/// A server and the runtime that drives it.
pub struct Server {
    pub runtime: Runtime,
    pub node: Arc<MemoryNode>,
    pub serving: Serving,
    stop: watch::Sender<bool>,
}

impl Server {
    pub fn start(node: Arc<MemoryNode>, config: config::Rpc, limits: Limits) -> Server {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("threads can be had");
        let (stop, stopped) = watch::channel(false);
        let serving = runtime
            .block_on(serve_within(node.clone(), config, stopped, limits))
            .expect("the loopback address can be listened at");
        Server { runtime, node, serving, stop }
    }

    /// A server with usual limits on a chain that holds genesis alone.
    pub fn on_genesis() -> Server {
        Server::start(MemoryNode::new(genesis_chain(), false), config(), Limits::default())
    }

    pub fn http(&self) -> SocketAddr {
        self.serving.http.expect("HTTP is served")
    }

    pub fn ws(&self) -> SocketAddr {
        self.serving.ws.expect("WebSocket is served")
    }

    /// Stops the server and waits until all is closed.
    pub fn stop(self) {
        self.stop.send(true).expect("the server listens");
        self.runtime.block_on(self.serving.stopped());
    }
}

/// HTTP and WebSocket at free ports of the loopback address.
pub fn config() -> config::Rpc {
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    config::Rpc {
        http: Some(any),
        ws: Some(any),
        tls: None,
        hosts: Vec::new(),
        origins: Vec::new(),
        namespaces: Vec::new(),
        admin: Token::new(TOKEN),
        explorer: true,
    }
}

/// The chain of the recorded answers, before its first momentum.
pub fn genesis_chain() -> MemoryChain {
    super::recorded::showcase_until(1).0
}
