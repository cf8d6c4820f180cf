//! `stats`: the machine, the program, peers and synchronisation.
//!
//! Source: go-zenon `rpc/api/stats.go`.

use super::failure::Failure;
use super::params::Args;
use super::reading::Reading;
use super::shape::{Shape, field, object};
use super::{Answer, Cost, Method, Namespace, Run, Served};
use crate::service::PeerInfo;
use serde::Serialize;
use sysinfo::{MemoryRefreshKind, RefreshKind, System};

/// The version of the reference whose answers these are; clients look at it.
const VERSION: &str = "v0.0.8";
/// The state of the reference's source whose answers these are.
const COMMIT: &str = "667a69d9e9a418edf7580b08492ba5dcb9efd63a";

object!(
    OS,
    "OsInfo",
    "The machine.",
    [
        field("os", Shape::Text, ""),
        field("platform", Shape::Text, ""),
        field("platformFamily", Shape::Text, ""),
        field("platformVersion", Shape::Text, ""),
        field("kernelVersion", Shape::Text, ""),
        field("memoryTotal", Shape::Number, "bytes"),
        field("memoryFree", Shape::Number, "bytes that can be had"),
        field("numCPU", Shape::Number, ""),
        field("numGoroutine", Shape::Number, "tasks of the program"),
    ]
);

object!(
    PROCESS,
    "ProcessInfo",
    "The reference whose answers these are.",
    [field("version", Shape::Text, ""), field("commit", Shape::Text, ""),]
);

object!(
    PEER,
    "Peer",
    "A node of the network.",
    [
        field("publicKey", Shape::Text, "hex"),
        field("ip", Shape::Text, ""),
        field("name", Shape::Text, ""),
    ]
);

object!(
    NETWORK,
    "NetworkInfo",
    "The node's peers.",
    [
        field("numPeers", Shape::Number, ""),
        field("peers", Shape::List(&Shape::Object(&PEER)), ""),
        field("self", Shape::Object(&PEER), ""),
    ]
);

object!(
    SYNC,
    "SyncInfo",
    "How far the node is with following its network.",
    [
        field("state", Shape::Number, "0 unknown, 1 syncing, 2 done, 3 not enough peers"),
        field("currentHeight", Shape::Number, "height of the newest momentum here"),
        field("targetHeight", Shape::Number, "height that peers announce"),
    ]
);

/// The namespace.
pub static NAMESPACE: Namespace = Namespace {
    name: "stats",
    doc: "The machine, the program, peers and synchronisation.",
    served: Served::Everywhere,
    methods: &[
        Method {
            name: "osInfo",
            doc: "The machine.",
            params: &[],
            result: Shape::Object(&OS),
            example: "[]",
            cost: Cost::Heavy,
            run: Run::Read(os_info),
        },
        Method {
            name: "processInfo",
            doc: "The version of the reference whose answers these are.",
            params: &[],
            result: Shape::Object(&PROCESS),
            example: "[]",
            cost: Cost::Cheap,
            run: Run::Read(|_, _, answer| {
                answer.give(&ProcessInfo { version: VERSION, commit: COMMIT })
            }),
        },
        Method {
            name: "networkInfo",
            doc: "The node's peers.",
            params: &[],
            result: Shape::Object(&NETWORK),
            example: "[]",
            cost: Cost::Cheap,
            run: Run::Read(network_info),
        },
        Method {
            name: "syncInfo",
            doc: "How far the node is with following its network.",
            params: &[],
            result: Shape::Object(&SYNC),
            example: "[]",
            cost: Cost::Cheap,
            run: Run::Read(sync_info),
        },
    ],
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OsInfo {
    os: &'static str,
    platform: String,
    platform_family: String,
    platform_version: String,
    kernel_version: String,
    memory_total: u64,
    memory_free: u64,
    #[serde(rename = "numCPU")]
    num_cpu: usize,
    num_goroutine: usize,
}

fn os_info(_: &Reading<'_>, _: &Args, answer: &mut Answer<'_>) -> Result<(), Failure> {
    let memory = RefreshKind::nothing().with_memory(MemoryRefreshKind::nothing().with_ram());
    let (total, free) = System::new_with_specifics(memory)
        .map(|system| (system.total_memory(), system.available_memory()))
        .unwrap_or_default();
    let tasks = tokio::runtime::Handle::try_current()
        .map_or(0, |runtime| runtime.metrics().num_alive_tasks());
    let platform = System::distribution_id();
    let like = System::distribution_id_like().into_iter().next();
    // Debian's own release number has no point release.
    let release = std::fs::read_to_string("/etc/debian_version").ok();
    let release = release.filter(|_| platform == "debian").map(|text| text.trim().to_owned());
    answer.give(&OsInfo {
        os: std::env::consts::OS,
        platform_family: like.unwrap_or_else(|| platform.clone()),
        platform_version: release.or_else(|| System::os_version().ok()).unwrap_or_default(),
        platform,
        kernel_version: System::kernel_version().unwrap_or_default(),
        memory_total: total,
        memory_free: free,
        num_cpu: std::thread::available_parallelism().map_or(1, usize::from),
        num_goroutine: tasks,
    })
}

#[derive(Serialize)]
struct ProcessInfo {
    version: &'static str,
    commit: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Peer {
    public_key: String,
    ip: String,
    name: String,
}

impl Peer {
    fn of(peer: PeerInfo) -> Peer {
        Peer { public_key: peer.public_key, ip: peer.ip, name: peer.name }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NetworkInfo {
    num_peers: usize,
    peers: Vec<Peer>,
    #[serde(rename = "self")]
    own: Peer,
}

fn network_info(reading: &Reading<'_>, _: &Args, answer: &mut Answer<'_>) -> Result<(), Failure> {
    let (own, peers) = reading.service.peers();
    answer.give(&NetworkInfo {
        num_peers: peers.len(),
        peers: peers.into_iter().map(Peer::of).collect(),
        own: Peer::of(own),
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SyncForm {
    state: u8,
    current_height: u64,
    target_height: u64,
}

fn sync_info(reading: &Reading<'_>, _: &Args, answer: &mut Answer<'_>) -> Result<(), Failure> {
    let info = reading.service.sync_info();
    answer.give(&SyncForm {
        state: info.state as u8,
        current_height: info.current_height,
        target_height: info.target_height,
    })
}
