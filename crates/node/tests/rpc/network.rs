//! What the administrator alone may ask of the network's methods, and what others see.

use super::client::Client;
use super::server::{MemoryNode, Server, TOKEN, config, genesis_chain};
use node::http::limits::Limits;
use node::service::{
    Ban, Later, NetworkStatus, PeerStatus, Peers, PeersError, Topology, TopologyNode, Whom,
};
use node::wire::{Endpoint, NodeId};
use serde_json::{Value, json};
use std::sync::Mutex;

/// Ids of three nodes: this one, a peer, a private peer.
const IDS: [u8; 3] = [1, 2, 3];
const PEER_ID: &str = "16Uiu2HAmRe2RazMPxYEV1A8Vs7LbVfNVMqBdiw7zgSkBLB3E2vQv";

/// A network of two peers, one of them private, that notes what it is told.
#[derive(Default)]
pub struct Told {
    calls: Mutex<Vec<String>>,
}

impl Told {
    fn note<T: Send + 'static>(&self, call: String, result: T) -> Later<Result<T, PeersError>> {
        self.calls.lock().unwrap().push(call);
        Box::pin(async { Ok(result) })
    }
}

fn id(byte: u8) -> NodeId {
    NodeId([byte; 64])
}

impl Peers for Told {
    fn status(&self) -> NetworkStatus {
        NetworkStatus {
            id: id(IDS[0]),
            name: "test".to_owned(),
            transport: "libp2p",
            endpoints: Vec::new(),
            reachable: Some(true),
            known: 5,
            min_peers: 1,
            max_peers: 60,
            only_trusted: false,
            clock_ahead_ms: Some(-20),
        }
    }

    fn peers(&self) -> Vec<PeerStatus> {
        let peer = |byte, private| PeerStatus {
            id: id(byte),
            name: format!("peer-{byte}"),
            address: "127.0.0.1:1".to_owned(),
            transport: "libp2p",
            inbound: private,
            relayed: false,
            trusted: private,
            private,
            since: 1_000,
            height: Some(7),
            score: -3,
            bytes_in: 1,
            bytes_out: 2,
            latency_ms: None,
        };
        vec![peer(IDS[1], false), peer(IDS[2], true)]
    }

    fn topology(&self) -> Topology {
        let node = |byte| TopologyNode {
            id: id(byte),
            name: None,
            address: None,
            height: None,
            private: byte == IDS[2],
        };
        let links = vec![(id(IDS[0]), id(IDS[1])), (id(IDS[0]), id(IDS[2]))];
        Topology { nodes: IDS.map(node).into(), links }
    }

    fn bans(&self) -> Vec<Ban> {
        let address = Whom::Address([10, 0, 0, 1].into());
        let timed = Ban { whom: Whom::Node(id(9)), until: Some(2_000), why: "lied".to_owned() };
        vec![Ban { whom: address, until: None, why: "asked for".to_owned() }, timed]
    }

    fn add(&self, endpoint: Endpoint) -> Later<Result<(), PeersError>> {
        self.note(format!("add {endpoint}"), ())
    }

    fn remove(&self, id: NodeId) -> Later<Result<bool, PeersError>> {
        self.note(format!("remove {}", id.peer_id().unwrap()), false)
    }

    fn ban(&self, whom: Whom, until: Option<u64>) -> Later<Result<(), PeersError>> {
        match whom {
            Whom::Address(address) => self.note(format!("ban {address} {until:?}"), ()),
            Whom::Node(_) => self.note(format!("ban a node {until:?}"), ()),
        }
    }

    fn unban(&self, _whom: Whom) -> Later<Result<bool, PeersError>> {
        Box::pin(async { Err(PeersError::Stopping) })
    }
}

/// Asks with this `Authorization` header, if there is one.
fn ask(client: &mut Client, authorization: Option<&str>, method: &str, params: Value) -> Value {
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    let mut headers = vec![("Content-Type", "application/json")];
    headers.extend(authorization.map(|value| ("Authorization", value)));
    let answer = client.ask("POST", "/", &headers, body.to_string().as_bytes());
    serde_json::from_str(&answer.text()).unwrap()
}

fn bearer() -> String {
    format!("Bearer {TOKEN}")
}

fn server() -> Server {
    let node = MemoryNode::in_network(genesis_chain(), Told::default());
    Server::start(node, config(), Limits::default())
}

#[test]
fn what_changes_something_needs_the_token() {
    let server = server();
    let mut client = Client::connect(server.http());
    for (method, params) in [
        ("network.bans", json!([])),
        ("network.addPeer", json!(["/ip4/1.2.3.4/tcp/5"])),
        ("network.removePeer", json!([PEER_ID])),
        ("network.ban", json!(["10.0.0.1", 0])),
        ("network.unban", json!(["10.0.0.1"])),
    ] {
        for authorization in [None, Some("Bearer"), Some("Bearer 0000000000000000")] {
            let answer = ask(&mut client, authorization, method, params.clone());
            assert_eq!(answer["error"]["code"], -32_004, "{method} {authorization:?}: {answer}");
        }
    }
    assert!(server.node.network.as_ref().unwrap().calls.lock().unwrap().is_empty());
}

#[test]
fn the_administrator_reaches_the_node() {
    let server = server();
    let mut client = Client::connect(server.http());
    let mut answer = |method: &str, params: Value| {
        let answer = ask(&mut client, Some(&bearer()), method, params);
        answer.get("result").unwrap_or(&answer["error"]["message"]).clone()
    };
    let multiaddr = format!("/ip4/1.2.3.4/tcp/5/p2p/{PEER_ID}");
    assert_eq!(answer("network.addPeer", json!([multiaddr])), Value::Null);
    assert_eq!(answer("network.removePeer", json!([multiaddr])), json!(false));
    assert_eq!(answer("network.ban", json!(["10.0.0.1", 0])), Value::Null);
    assert_eq!(answer("network.ban", json!([PEER_ID, 60])), Value::Null);
    assert_eq!(answer("network.unban", json!(["::1"])), json!("the node is stopping"));
    assert_eq!(answer("network.bans", json!([]))[0]["address"], json!("10.0.0.1"));
    let wrong = answer("network.ban", json!(["nobody", 0]));
    assert!(wrong.as_str().unwrap().starts_with("node \"nobody\": a node's id is"), "{wrong}");
    let wrong = answer("network.addPeer", json!(["/ip4/1.2.3.4/tcp/5"]));
    assert!(wrong.as_str().unwrap().ends_with("does not end in /p2p/PEERID"), "{wrong}");
    let calls = server.node.network.as_ref().unwrap().calls.lock().unwrap().clone();
    let expected = [
        format!("add {multiaddr}"),
        format!("remove {PEER_ID}"),
        "ban 10.0.0.1 None".to_owned(),
        "ban a node Some(1060)".to_owned(),
    ];
    assert_eq!(calls, expected);
}

#[test]
fn private_peers_are_shown_to_the_administrator_alone() {
    let server = server();
    let mut client = Client::connect(server.http());
    for (authorization, count) in [(None, 1), (Some(bearer()), 2)] {
        let authorization = authorization.as_deref();
        let info = ask(&mut client, authorization, "network.info", json!([]));
        assert_eq!(info["result"]["peers"], count);
        let peers = ask(&mut client, authorization, "network.peers", json!([]));
        assert_eq!(peers["result"]["count"], count);
        let topology = ask(&mut client, authorization, "network.topology", json!([]));
        assert_eq!(topology["result"]["nodes"].as_array().unwrap().len(), count + 1);
        assert_eq!(topology["result"]["edges"].as_array().unwrap().len(), count);
        let told = [info, peers, topology].map(|answer| answer.to_string()).concat();
        assert_eq!(told.contains(&id(IDS[2]).to_string()), authorization.is_some());
    }
}

#[test]
fn a_node_without_peers_says_so() {
    let server = Server::on_genesis();
    let mut client = Client::connect(server.http());
    let info = ask(&mut client, None, "network.info", json!([]));
    assert_eq!(info["result"]["transport"], "none");
    let peers = ask(&mut client, None, "network.peers", json!([]));
    assert_eq!(peers["result"]["count"], 0);
    let refused = ask(&mut client, Some(&bearer()), "network.bans", json!([]));
    assert_eq!(refused["error"]["message"], "this node talks to no other nodes");
}
