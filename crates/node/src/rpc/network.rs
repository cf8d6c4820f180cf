//! `network`: the node's place in its network, and whom it talks to. The reference has no such namespace.
//!
//! What changes something needs the administrator's [token](crate::admin). Private peers (a sentry's
//! pillar) are shown to the administrator alone.

use super::failure::{FAILED, Failure, INVALID_PARAMS};
use super::json;
use super::params::{Args, Kind, param};
use super::reading::Reading;
use super::shape::{Shape, field, object};
use super::{Answer, Cost, Method, Namespace, Run, Served, Written};
use crate::service::{
    Ban, Later, NetworkStatus, PeerStatus, Peers, PeersError, SyncState, TopologyNode, Whom,
};
use crate::wire::{Endpoint, NodeId};
use serde::Serialize;
use std::collections::BTreeSet;

object!(
    INFO,
    "Network",
    "The node's place in its network.",
    [
        field("id", Shape::Text, "its key: 128 hex digits"),
        field("peerId", Shape::Text, "the same key as libp2p writes it"),
        field("name", Shape::Text, "name and version that it gives"),
        field("chainIdentifier", Shape::Number, ""),
        field("genesis", Shape::Hash, "hash of the first momentum"),
        field("transport", Shape::Text, "libp2p, legacy, or none if it talks to nobody"),
        field("endpoints", Shape::List(&Shape::Text), "where others reach it, best first"),
        field("reachable", Shape::Optional(&Shape::Bool), "whether others can call it, if known"),
        field("peers", Shape::Number, "connections"),
        field("inbound", Shape::Number, "of which others called"),
        field("known", Shape::Number, "nodes that are known, connected or not"),
        field("bans", Shape::Number, "bans that hold"),
        field("minPeers", Shape::Number, "peers below which there are not enough"),
        field("maxPeers", Shape::Number, "most connections"),
        field("onlyTrusted", Shape::Bool, "whether it talks to trusted nodes alone"),
        field(
            "clockAheadMs",
            Shape::Optional(&Shape::Signed),
            "milliseconds that its clock is ahead, if known"
        ),
        field("state", Shape::Text, "unknown, syncing, done or notEnoughPeers"),
        field("currentHeight", Shape::Number, "height of the newest momentum here"),
        field("targetHeight", Shape::Number, "height that peers announce"),
    ]
);

object!(
    PEER,
    "Connection",
    "A connection that stands.",
    [
        field("id", Shape::Text, "its key: 128 hex digits"),
        field("peerId", Shape::Text, "the same key as libp2p writes it"),
        field("name", Shape::Text, "name and version that it gives"),
        field("address", Shape::Text, ""),
        field("transport", Shape::Text, "libp2p or legacy"),
        field("inbound", Shape::Bool, "whether it called"),
        field("relayed", Shape::Bool, "whether it goes through a third node"),
        field("trusted", Shape::Bool, "whether the operator named it"),
        field("private", Shape::Bool, "whether it is never given away"),
        field("since", Shape::Number, "unix seconds"),
        field("height", Shape::Number, "newest height that it announced; 0 if none"),
        field("score", Shape::Signed, "how well it behaves"),
        field("bytesIn", Shape::Number, "bytes that came"),
        field("bytesOut", Shape::Number, "bytes that went"),
        field("rttMs", Shape::Optional(&Shape::Number), "time of the newest ping"),
    ]
);

object!(
    PEERS,
    "Connections",
    "The connections that stand.",
    [field("count", Shape::Number, ""), field("list", Shape::List(&Shape::Object(&PEER)), ""),]
);

object!(
    BAN,
    "Ban",
    "A ban.",
    [
        field("id", Shape::Optional(&Shape::Text), "of a node: its key"),
        field("address", Shape::Optional(&Shape::Text), "of an address: the IP"),
        field("until", Shape::Optional(&Shape::Number), "its end in unix seconds, if it ends"),
        field("why", Shape::Text, ""),
    ]
);

object!(
    NODE,
    "NetworkNode",
    "A node of the network.",
    [
        field("id", Shape::Text, "its key: 128 hex digits"),
        field("name", Shape::Text, "name and version that it gives; empty if unknown"),
        field("address", Shape::Text, "empty if unknown"),
        field("height", Shape::Number, "newest height that it announced; 0 if unknown"),
    ]
);

object!(
    EDGE,
    "NetworkEdge",
    "Two nodes that are connected.",
    [field("from", Shape::Text, "a node's key"), field("to", Shape::Text, "a node's key")]
);

object!(
    TOPOLOGY,
    "Topology",
    "Who is connected with whom, as far as this node learned.",
    [
        field("self", Shape::Text, "the node's own key"),
        field("nodes", Shape::List(&Shape::Object(&NODE)), ""),
        field("edges", Shape::List(&Shape::Object(&EDGE)), "each connection once"),
    ]
);

/// A key of no node: what an example can name.
const NOBODY: &str = r#"["16Uiu2HAmRe2RazMPxYEV1A8Vs7LbVfNVMqBdiw7zgSkBLB3E2vQv"]"#;

/// The namespace.
pub static NAMESPACE: Namespace = Namespace {
    name: "network",
    doc: "The node's place in its network. What changes something needs the administrator's token: \
          `Authorization: Bearer …` with what stands in `admin-token` in the node's data folder.",
    served: Served::Everywhere,
    methods: &[
        Method {
            name: "info",
            doc: "The node itself, as others see it.",
            params: &[],
            result: Shape::Object(&INFO),
            example: "[]",
            cost: Cost::Cheap,
            run: Run::Read(info),
        },
        Method {
            name: "peers",
            doc: "The connections that stand; private ones for the administrator alone.",
            params: &[],
            result: Shape::Object(&PEERS),
            example: "[]",
            cost: Cost::Cheap,
            run: Run::Read(peers),
        },
        Method {
            name: "topology",
            doc: "Who is connected with whom, as far as this node learned; without private nodes.",
            params: &[],
            result: Shape::Object(&TOPOLOGY),
            example: "[]",
            cost: Cost::Heavy,
            run: Run::Read(topology),
        },
        Method {
            name: "bans",
            doc: "The bans that hold.",
            params: &[],
            result: Shape::List(&Shape::Object(&BAN)),
            example: "[]",
            cost: Cost::Cheap,
            run: Run::Administer(bans),
        },
        Method {
            name: "addPeer",
            doc: "Keeps a connection with a node from now on, over restarts too, and ends a ban of it.",
            params: &[param("endpoint", Kind::Text, "multiaddr or enode")],
            result: Shape::Null,
            example: r#"["/ip4/127.0.0.1/tcp/1/p2p/16Uiu2HAmRe2RazMPxYEV1A8Vs7LbVfNVMqBdiw7zgSkBLB3E2vQv"]"#,
            cost: Cost::Cheap,
            run: Run::Administer(add_peer),
        },
        Method {
            name: "removePeer",
            doc: "Forgets a node and ends the connection with it; `false` if it is not known.",
            params: &[param("node", Kind::Text, "its id, peer id, multiaddr or enode")],
            result: Shape::Bool,
            example: NOBODY,
            cost: Cost::Cheap,
            run: Run::Administer(|reading, args| {
                let id = node(&args.text(0))?;
                Ok(written(shell(reading)?.remove(id)))
            }),
        },
        Method {
            name: "ban",
            doc: "Ends the connections with a node, or with all at an IP address, and lets none stand.",
            params: &[
                param("whom", Kind::Text, "IP address, id, peer id, multiaddr or enode"),
                param("seconds", Kind::U64, "for how long; 0: for good"),
            ],
            result: Shape::Null,
            example: r#"["16Uiu2HAmRe2RazMPxYEV1A8Vs7LbVfNVMqBdiw7zgSkBLB3E2vQv", 60]"#,
            cost: Cost::Cheap,
            run: Run::Administer(|reading, args| {
                let seconds = args.number(1);
                let end = reading.service.now().saturating_add(seconds);
                let until = (seconds > 0).then_some(end);
                Ok(written(shell(reading)?.ban(whom(&args.text(0))?, until)))
            }),
        },
        Method {
            name: "unban",
            doc: "Ends a ban; `false` if there was none.",
            params: &[param("whom", Kind::Text, "IP address, id, peer id, multiaddr or enode")],
            result: Shape::Bool,
            example: NOBODY,
            cost: Cost::Cheap,
            run: Run::Administer(|reading, args| {
                Ok(written(shell(reading)?.unban(whom(&args.text(0))?)))
            }),
        },
    ],
};

/// What talks to other nodes.
fn shell<'a>(reading: &'a Reading<'_>) -> Result<&'a dyn Peers, Failure> {
    reading.service.network().ok_or_else(|| Failure::of_method("this node talks to no other nodes"))
}

fn written<T: Serialize + 'static>(later: Later<Result<T, PeersError>>) -> Written {
    Box::pin(async move {
        let result = later.await.map_err(|error| Failure::new(FAILED, error.to_string()))?;
        let mut out = Vec::new();
        json::append(&mut out, &result)?;
        Ok(out)
    })
}

/// Whom a text names: by id or by address of a node.
fn node(text: &str) -> Result<NodeId, Failure> {
    if text.contains('/') {
        return endpoint(text).map(|endpoint| endpoint.id());
    }
    text.parse().map_err(|error| wrong("node", text, &error))
}

fn endpoint(text: &str) -> Result<Endpoint, Failure> {
    text.parse().map_err(|error| wrong("endpoint", text, &error))
}

fn whom(text: &str) -> Result<Whom, Failure> {
    match text.parse() {
        Ok(address) => Ok(Whom::Address(address)),
        Err(_) => node(text).map(Whom::Node),
    }
}

fn wrong(what: &str, text: &str, error: &dyn std::fmt::Display) -> Failure {
    let start: String = text.chars().take(80).collect();
    Failure::new(INVALID_PARAMS, format!("{what} {start:?}: {error}"))
}

fn peer_id(id: &NodeId) -> String {
    id.peer_id().map(|peer| peer.to_string()).unwrap_or_default()
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Info {
    id: String,
    peer_id: String,
    name: String,
    chain_identifier: u64,
    genesis: String,
    transport: &'static str,
    endpoints: Vec<String>,
    reachable: Option<bool>,
    peers: usize,
    inbound: usize,
    known: usize,
    bans: usize,
    min_peers: usize,
    max_peers: usize,
    only_trusted: bool,
    clock_ahead_ms: Option<i64>,
    state: &'static str,
    current_height: u64,
    target_height: u64,
}

fn info(reading: &Reading<'_>, _: &Args, answer: &mut Answer<'_>) -> Result<(), Failure> {
    let network = reading.service.network();
    let status = network.map_or_else(
        || NetworkStatus {
            id: NodeId([0; 64]),
            name: reading.service.peers().0.name,
            transport: "none",
            endpoints: Vec::new(),
            reachable: None,
            known: 0,
            min_peers: 0,
            max_peers: 0,
            only_trusted: false,
            clock_ahead_ms: None,
        },
        Peers::status,
    );
    let connections = network.map(|network| shown(reading, network)).unwrap_or_default();
    let sync = reading.service.sync_info();
    let rules = reading.chain().rules();
    answer.give(&Info {
        id: if network.is_some() { status.id.to_string() } else { String::new() },
        peer_id: peer_id(&status.id),
        name: status.name,
        chain_identifier: rules.chain_identifier,
        genesis: rules.genesis.hash.to_string(),
        transport: status.transport,
        endpoints: status.endpoints,
        reachable: status.reachable,
        peers: connections.len(),
        inbound: connections.iter().filter(|peer| peer.inbound).count(),
        known: status.known,
        bans: network.map_or(0, |network| network.bans().len()),
        min_peers: status.min_peers,
        max_peers: status.max_peers,
        only_trusted: status.only_trusted,
        clock_ahead_ms: status.clock_ahead_ms,
        state: match sync.state {
            SyncState::Unknown => "unknown",
            SyncState::Syncing => "syncing",
            SyncState::Done => "done",
            SyncState::NotEnoughPeers => "notEnoughPeers",
        },
        current_height: sync.current_height,
        target_height: sync.target_height,
    })
}

/// The connections that whoever asks may see.
fn shown(reading: &Reading<'_>, network: &dyn Peers) -> Vec<PeerStatus> {
    let mut peers = network.peers();
    peers.retain(|peer| !peer.private || reading.administers);
    peers
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Connection {
    id: String,
    peer_id: String,
    name: String,
    address: String,
    transport: &'static str,
    inbound: bool,
    relayed: bool,
    trusted: bool,
    private: bool,
    since: u64,
    height: u64,
    score: i64,
    bytes_in: u64,
    bytes_out: u64,
    rtt_ms: Option<u64>,
}

#[derive(Serialize)]
struct Connections {
    count: usize,
    list: Vec<Connection>,
}

fn peers(reading: &Reading<'_>, _: &Args, answer: &mut Answer<'_>) -> Result<(), Failure> {
    let peers = reading.service.network().map(|network| shown(reading, network));
    let list: Vec<Connection> = peers
        .unwrap_or_default()
        .into_iter()
        .map(|peer| Connection {
            id: peer.id.to_string(),
            peer_id: peer_id(&peer.id),
            name: peer.name,
            address: peer.address,
            transport: peer.transport,
            inbound: peer.inbound,
            relayed: peer.relayed,
            trusted: peer.trusted,
            private: peer.private,
            since: peer.since,
            height: peer.height.unwrap_or(0),
            score: peer.score,
            bytes_in: peer.bytes_in,
            bytes_out: peer.bytes_out,
            rtt_ms: peer.latency_ms,
        })
        .collect();
    answer.give(&Connections { count: list.len(), list })
}

#[derive(Serialize)]
struct NodeForm {
    id: String,
    name: String,
    address: String,
    height: u64,
}

impl NodeForm {
    fn of(node: TopologyNode) -> NodeForm {
        NodeForm {
            id: node.id.to_string(),
            name: node.name.unwrap_or_default(),
            address: node.address.unwrap_or_default(),
            height: node.height.unwrap_or(0),
        }
    }
}

#[derive(Serialize)]
struct Edge {
    from: String,
    to: String,
}

#[derive(Default, Serialize)]
struct TopologyForm {
    #[serde(rename = "self")]
    own: String,
    nodes: Vec<NodeForm>,
    edges: Vec<Edge>,
}

fn topology(reading: &Reading<'_>, _: &Args, answer: &mut Answer<'_>) -> Result<(), Failure> {
    let Some(network) = reading.service.network() else {
        return answer.give(&TopologyForm::default());
    };
    let topology = network.topology();
    let hidden: BTreeSet<NodeId> =
        topology.nodes.iter().filter(|node| node.private).map(|node| node.id).collect();
    let given = |id: &NodeId| reading.administers || !hidden.contains(id);
    answer.give(&TopologyForm {
        own: network.status().id.to_string(),
        nodes: topology
            .nodes
            .into_iter()
            .filter(|node| given(&node.id))
            .map(NodeForm::of)
            .collect(),
        edges: topology
            .links
            .iter()
            .filter(|(one, other)| given(one) && given(other))
            .map(|(one, other)| Edge { from: one.to_string(), to: other.to_string() })
            .collect(),
    })
}

#[derive(Serialize)]
struct BanForm {
    id: Option<String>,
    address: Option<String>,
    until: Option<u64>,
    why: String,
}

impl BanForm {
    fn of(ban: Ban) -> BanForm {
        let (id, address) = match ban.whom {
            Whom::Node(id) => (Some(id.to_string()), None),
            Whom::Address(address) => (None, Some(address.to_string())),
        };
        BanForm { id, address, until: ban.until, why: ban.why }
    }
}

fn bans(reading: &Reading<'_>, _: &Args) -> Result<Written, Failure> {
    let list: Vec<BanForm> = shell(reading)?.bans().into_iter().map(BanForm::of).collect();
    Ok(written(Box::pin(async { Ok(list) })))
}

fn add_peer(reading: &Reading<'_>, args: &Args) -> Result<Written, Failure> {
    let endpoint = endpoint(&args.text(0))?;
    Ok(written(shell(reading)?.add(endpoint)))
}
