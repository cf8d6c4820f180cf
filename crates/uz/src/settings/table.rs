//! The table of settings.

use super::{Default, Kind, Setting};
use crate::folders;
use ledger::rules::BLOCK_TIME_MAX;

/// Commands that run a node.
const NODES: &[&str] = &["up", "node"];
/// Commands that name a node's data.
const DATA: &[&str] = &["up", "node", "ledger", "backup", "restore", "doctor", "service"];
/// Commands that name a network.
const NETWORK: &[&str] = &["up", "node", "service"];

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
    let looks = matches!(verb, "ledger" | "backup" | "doctor");
    let devnet = verb == "up" || (looks && !there("node") && there("devnet"));
    folders::show(folder(if devnet { "devnet" } else { "node" }))
}

/// All settings.
pub static TABLE: [Setting; 25] = [
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
