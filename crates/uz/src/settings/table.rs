//! The table of settings.

use super::{Default, Kind, Setting};
use crate::folders;
use ledger::rules::BLOCK_TIME_MAX;

/// Commands that run a node.
const NODES: &[&str] = &["up", "node"];
/// Commands that name a node's data.
const DATA: &[&str] =
    &["up", "node", "ledger", "backup", "restore", "doctor", "service", "network", "faucet"];
/// Commands that name a network.
const NETWORK: &[&str] = &["up", "node", "service"];
/// Commands that join a network.
const JOINS: &[&str] = &["node", "service"];

const fn setting(
    key: &'static str,
    flag: Option<&'static str>,
    env: &'static str,
    kind: Kind,
    about: &'static str,
) -> Setting {
    Setting { key, flag, env, kind, default: Default::Unset, verbs: &[], znnd: None, about }
}

impl Setting {
    const fn default(mut self, default: Default) -> Setting {
        self.default = default;
        self
    }

    const fn of(mut self, verbs: &'static [&'static str]) -> Setting {
        self.verbs = verbs;
        self
    }

    const fn znnd(mut self, field: &'static str) -> Setting {
        self.znnd = Some(field);
        self
    }
}

/// The development network's folder for those who run one, the node's for others; whoever looks at a
/// chain without saying at which gets the node's if there is one.
fn data_dir(verb: &str) -> String {
    let folder = |name: &str| folders::data().join(name);
    let there = |name: &str| folder(name).join(node::network::FILE_NAME).exists();
    let looks = matches!(verb, "ledger" | "backup" | "doctor" | "network" | "faucet");
    let devnet = verb == "up" || (looks && !there("node") && there("devnet"));
    folders::show(folder(if devnet { "devnet" } else { "node" }))
}

/// All settings.
pub static TABLE: [Setting; 43] = [
    // Of every command.
    setting("node", Some("node"), "UZ_NODE", Kind::Text, "URL of the node to ask: JSON-RPC by HTTP")
        .default(Default::Fixed("http://127.0.0.1:35997")),
    setting(
        "node-ca",
        Some("node-ca"),
        "UZ_NODE_CA",
        Kind::Path,
        "PEM file of the certificates that an https node is checked against, if not the usual ones",
    ),
    setting("wallet-dir", Some("wallet-dir"), "UZ_WALLET_DIR", Kind::Path, "Folder of key files")
        .default(Default::Found(|_| folders::show(folders::data().join("wallet"))))
        .znnd("WalletPath"),
    setting(
        "log.level",
        Some("log-level"),
        "UZ_LOG_LEVEL",
        Kind::Text,
        "What is logged: error, warn, info, debug or trace, also by part, as info,node::rpc=debug",
    )
    .default(Default::Found(|verb| {
        if verb == "up" || verb == "node" { "info" } else { "warn" }.to_owned()
    }))
    .znnd("LogLevel"),
    setting(
        "log.format",
        Some("log"),
        "UZ_LOG",
        Kind::Choice(&["text", "json"]),
        "Form of the log on standard error",
    )
    .default(Default::Fixed("text")),
    // Of a node.
    setting("data-dir", Some("data-dir"), "UZ_DATA_DIR", Kind::Path, "Folder of the chain")
        .of(DATA)
        .default(Default::Found(data_dir))
        .znnd("DataPath"),
    setting(
        "genesis",
        Some("genesis"),
        "UZ_GENESIS",
        Kind::Path,
        "Genesis file of the network: JSON, also packed as .xz, .zst or .gz",
    )
    .of(NETWORK)
    .znnd("GenesisFile"),
    setting(
        "rules",
        Some("rules"),
        "UZ_RULES",
        Kind::Path,
        "JSON file of the constants in which the network differs from the original one",
    )
    .of(NETWORK),
    setting(
        "block-time",
        Some("block-time"),
        "UZ_BLOCK_TIME",
        Kind::Number(1, BLOCK_TIME_MAX),
        "Seconds between two momentums; every constant in slots or epochs follows",
    )
    .of(NETWORK)
    .default(Default::Found(|verb| if verb == "up" { "1" } else { "10" }.to_owned())),
    setting(
        "on-demand",
        Some("on-demand"),
        "UZ_ON_DEMAND",
        Kind::Switch,
        "Make a momentum as soon as a block waits, and none otherwise",
    )
    .of(NETWORK)
    .default(Default::Fixed("false")),
    setting("name", Some("name"), "UZ_NAME", Kind::Text, "Name that peers and stats see")
        .of(NODES)
        .default(Default::Fixed("uz"))
        .znnd("Name"),
    setting(
        "rpc.addr",
        Some("rpc-addr"),
        "UZ_RPC_ADDR",
        Kind::Socket,
        "Where JSON-RPC answers by HTTP; a bare port means 127.0.0.1, port 0 any free one, none switches it off",
    )
    .of(NODES)
    .default(Default::Fixed("127.0.0.1:35997")),
    setting(
        "rpc.ws-addr",
        Some("ws-addr"),
        "UZ_WS_ADDR",
        Kind::Socket,
        "Where JSON-RPC answers by WebSocket",
    )
    .of(NODES)
    .default(Default::Fixed("127.0.0.1:35998")),
    setting(
        "rpc.hosts",
        Some("rpc-hosts"),
        "UZ_RPC_HOSTS",
        Kind::List,
        "Host names that requests may name besides addresses and localhost; * allows all",
    )
    .of(NODES)
    .znnd("RPC.HTTPVirtualHosts"),
    setting(
        "rpc.origins",
        Some("rpc-origins"),
        "UZ_RPC_ORIGINS",
        Kind::List,
        "Origins of web pages that may ask besides this machine's; * allows all",
    )
    .of(NODES)
    .znnd("RPC.HTTPCors"),
    setting(
        "rpc.namespaces",
        Some("rpc-namespaces"),
        "UZ_RPC_NAMESPACES",
        Kind::List,
        "Namespaces that are served, as ledger,embedded.token; all if none is given",
    )
    .of(NODES)
    .znnd("RPC.Endpoints"),
    setting(
        "rpc.tls-cert",
        Some("tls-cert"),
        "UZ_TLS_CERT",
        Kind::Path,
        "PEM file of a certificate chain: serve https and wss",
    )
    .of(NODES),
    setting("rpc.tls-key", Some("tls-key"), "UZ_TLS_KEY", Kind::Path, "PEM file of its private key")
        .of(NODES),
    setting(
        "rpc.explorer",
        Some("explorer"),
        "UZ_EXPLORER",
        Kind::Choice(&["on", "off"]),
        "Whether the explorer's web pages are served below /explorer/ at the HTTP address",
    )
    .of(NODES)
    .default(Default::Fixed("on")),
    setting(
        "producer.key-file",
        Some("pillar"),
        "UZ_PILLAR",
        Kind::Path,
        "Key file of the pillar for which this node makes momentums",
    )
    .of(NETWORK)
    .znnd("Producer.KeyFilePath"),
    setting(
        "producer.index",
        Some("pillar-index"),
        "UZ_PILLAR_INDEX",
        Kind::Number(0, 127),
        "Index of the address in that key file",
    )
    .of(NETWORK)
    .default(Default::Fixed("0"))
    .znnd("Producer.Index"),
    setting(
        "producer.password-file",
        Some("pillar-password-file"),
        "UZ_PILLAR_PASSWORD_FILE",
        Kind::Path,
        "File with the password of that key file",
    )
    .of(NETWORK),
    setting(
        "producer.password",
        None,
        "UZ_PILLAR_PASSWORD",
        Kind::Secret,
        "Password of that key file; safer in a file",
    )
    .of(NETWORK)
    .znnd("Producer.Password"),
    setting(
        "network",
        Some("network"),
        "UZ_NETWORK",
        Kind::Text,
        "Network to join: its file, or a name that `uz network add` gave",
    )
    .of(&["node", "service", "faucet"]),
    // Of other nodes.
    setting("p2p.enabled", Some("p2p"), "UZ_P2P", Kind::Choice(&["on", "off"]), "Talk to other nodes")
        .of(JOINS)
        .default(Default::Fixed("on")),
    setting(
        "p2p.listen",
        Some("listen"),
        "UZ_LISTEN",
        Kind::Socket,
        "Where other nodes may call; a bare port means 127.0.0.1, none lets nobody call",
    )
    .of(JOINS)
    .default(Default::Fixed("0.0.0.0:35995")),
    setting(
        "p2p.bootnodes",
        Some("bootnode"),
        "UZ_BOOTNODES",
        Kind::List,
        "Nodes to begin with besides the network's: /ip4/…/tcp/…/p2p/… or enode://…",
    )
    .of(JOINS)
    .znnd("Net.BootstrapPeers"),
    setting(
        "p2p.trusted",
        Some("trusted"),
        "UZ_TRUSTED",
        Kind::List,
        "Nodes with which a connection is always kept: a pillar's sentries, a sentry's pillar",
    )
    .of(JOINS),
    setting(
        "p2p.only-trusted",
        Some("only-trusted"),
        "UZ_ONLY_TRUSTED",
        Kind::Switch,
        "Talk to trusted nodes alone: a pillar behind its sentries",
    )
    .of(JOINS)
    .default(Default::Fixed("false")),
    setting(
        "p2p.private",
        Some("private-peer"),
        "UZ_PRIVATE_PEERS",
        Kind::List,
        "Ids of nodes that are never given away: a sentry's pillar",
    )
    .of(JOINS),
    setting(
        "p2p.min-peers",
        Some("min-peers"),
        "UZ_MIN_PEERS",
        Kind::Number(0, 1_000),
        "Peers below which there are not enough; the network's number, or 8",
    )
    .of(JOINS)
    .znnd("Net.MinPeers"),
    setting(
        "p2p.min-connected",
        Some("min-connected"),
        "UZ_MIN_CONNECTED",
        Kind::Number(0, 1_000),
        "Connections below which more are looked for",
    )
    .of(JOINS)
    .default(Default::Fixed("16"))
    .znnd("Net.MinConnectedPeers"),
    setting(
        "p2p.max-peers",
        Some("max-peers"),
        "UZ_MAX_PEERS",
        Kind::Number(1, 1_000),
        "Most connections; trusted nodes come on top",
    )
    .of(JOINS)
    .default(Default::Fixed("60"))
    .znnd("Net.MaxPeers"),
    setting(
        "p2p.nat",
        Some("nat"),
        "UZ_NAT",
        Kind::Switch,
        "Ask the router to let others in, by UPnP; with libp2p alone",
    )
    .of(JOINS)
    .default(Default::Fixed("false"))
    .znnd("Net.NATPortMap"),
    setting(
        "p2p.relay",
        Some("relay"),
        "UZ_RELAY",
        Kind::Switch,
        "Let others be reached through this node even before anybody has called it back",
    )
    .of(JOINS)
    .default(Default::Fixed("false")),
    setting(
        "p2p.advertise",
        Some("advertise"),
        "UZ_ADVERTISE",
        Kind::List,
        "Where others reach this node, as 203.0.113.7:35995, if the router forwards a port",
    )
    .of(JOINS),
    setting(
        "p2p.transport",
        Some("transport"),
        "UZ_TRANSPORT",
        Kind::Choice(&["auto", "libp2p", "legacy"]),
        "Which transport is spoken; the network's if nothing is said",
    )
    .of(JOINS)
    .znnd("Net.P2PBackend"),
    setting(
        "p2p.ntp",
        Some("ntp"),
        "UZ_NTP",
        Kind::List,
        "NTP servers that the clock is compared with, as pool.ntp.org; none if none is given",
    )
    .of(JOINS),
    setting(
        "p2p.peerstore",
        Some("peerstore"),
        "UZ_PEERSTORE",
        Kind::Path,
        "File of known nodes and bans; peers.json in the data folder if none is given",
    )
    .of(JOINS),
    // Of whoever administers a node.
    setting(
        "admin.token-file",
        Some("admin-token-file"),
        "UZ_ADMIN_TOKEN_FILE",
        Kind::Path,
        "File with the token of the node's administrator, if not the one in --data-dir",
    )
    .of(&["network"]),
    setting(
        "admin.token",
        None,
        "UZ_ADMIN_TOKEN",
        Kind::Secret,
        "Token of the node's administrator; safer in a file",
    )
    .of(&["network"]),
    // Of whoever signs.
    setting(
        "from",
        Some("from"),
        "UZ_FROM",
        Kind::Text,
        "Account that signs: name of a key file, address, or index in the only key file",
    )
    .of(SIGNERS),
    setting(
        "password-file",
        Some("password-file"),
        "UZ_PASSWORD_FILE",
        Kind::Path,
        "File with the password of the key file; UZ_PASSWORD or a prompt otherwise",
    )
    .of(SIGNERS),
];

/// Commands that sign, contracts' verbs included.
pub const SIGNERS: &[&str] = &["sign"];
