//! The node: who may ask it, whether it answers, whether it follows its network.

use super::Finding;
use super::machine::is_set;
use crate::client::Rpc;
use crate::context::Context;
use crate::time;
use node::network::Network;
use serde_json::{Value, json};
use std::net::{SocketAddr, TcpListener};
use std::time::Instant;

/// What a clock may be wrong, in milliseconds: slots are seconds.
const CLOCK_MS_MAX: u64 = 1_000;
/// Slots after which a newest momentum is old.
const SLOTS_OLD: u64 = 30;

/// All checks of the node.
pub fn examine(context: &Context) -> Vec<Finding> {
    let mut findings = vec![url(context), proxies(context)];
    findings.extend(exposure(context));
    let Ok(rpc) = context.rpc() else { return findings };
    let start = Instant::now();
    match rpc.call("ledger.getFrontierMomentum", json!([])) {
        Ok(momentum) => {
            let text = format!("answers in {} ms", start.elapsed().as_millis());
            findings.push(Finding::good("node", text));
            findings.extend(answering(context, &rpc, &momentum));
        }
        Err(error) => {
            let text = format!("{}: {error}", rpc.url());
            findings.push(Finding::warning("node", text, "start one with: uz up, or uz node"));
            findings.extend(ports(context));
        }
    }
    findings
}

fn url(context: &Context) -> Finding {
    let url = context.settings.text("node").unwrap_or_default();
    let is_local = ["127.", "localhost", "[::1]"].iter().any(|host| url.contains(host));
    if url.starts_with("http://") && !is_local {
        return Finding::warning(
            "node URL",
            format!("{url} is not encrypted: anybody on the way can change what is shown"),
            "ask a node by https, or through an ssh tunnel",
        );
    }
    Finding::good("node URL", url)
}

fn proxies(context: &Context) -> Finding {
    let url = context.settings.text("node").unwrap_or_default();
    let variables = ["http_proxy", "https_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"];
    match variables.iter().find(|name| is_set(name)) {
        Some(name) => Finding::good("proxy", format!("{name} holds for {url} unless it is local")),
        None => Finding::good("proxy", "none"),
    }
}

/// Who may ask.
fn exposure(context: &Context) -> Vec<Finding> {
    let settings = &context.settings;
    let mut findings = Vec::new();
    let has_tls = settings.path("rpc.tls-cert").is_some();
    for key in ["rpc.addr", "rpc.ws-addr"] {
        let Some(address) = settings.socket(key) else { continue };
        findings.push(match address.ip().is_loopback() {
            true => Finding::good("exposure", format!("{key} {address}: this machine alone")),
            false if has_tls => Finding::good("exposure", format!("{key} {address}, with TLS")),
            false => Finding::warning(
                "exposure",
                format!("{key} {address} is open to others without TLS"),
                "set rpc.tls-cert and rpc.tls-key, or put a proxy before it",
            ),
        });
    }
    for key in ["rpc.hosts", "rpc.origins"] {
        if settings.list(key).iter().any(|entry| entry == "*") {
            findings.push(Finding::warning(
                "exposure",
                format!("{key} allows all: any web page can drive this node"),
                format!("name those that may in {key}"),
            ));
        }
    }
    findings
}

/// If no node answers, somebody else may sit on its ports.
fn ports(context: &Context) -> Vec<Finding> {
    let addresses = ["rpc.addr", "rpc.ws-addr"];
    let sockets = addresses.iter().filter_map(|key| Some((*key, context.settings.socket(key)?)));
    sockets.map(|(key, address)| port(key, address)).collect()
}

fn port(key: &str, address: SocketAddr) -> Finding {
    match TcpListener::bind(address) {
        Ok(_) => Finding::good("port", format!("{address} is free")),
        Err(error) => Finding::bad(
            "port",
            format!("{key} {address}: {error}"),
            format!("find who has it: ss -ltnp 'sport = :{}'", address.port()),
        ),
    }
}

/// What a node that answers tells of itself.
fn answering(context: &Context, rpc: &Rpc, momentum: &Value) -> Vec<Finding> {
    let ask = |method: &str, params: Value| rpc.call(method, params).unwrap_or(Value::Null);
    let block_time = ask("dev.blockTime", json!([])).as_u64();
    let slot = block_time.unwrap_or(ledger::rules::BLOCK_TIME_ORIGINAL);
    let mut findings = vec![age(momentum, slot)];
    let sync = ask("stats.syncInfo", json!([]));
    findings.push(match sync["state"].as_u64() {
        Some(2) => Finding::good("sync", "in sync"),
        Some(1) => Finding::warning("sync", "syncing", "wait: uz status shows how far it is"),
        Some(_) => Finding::warning("sync", "not enough peers", "look at them: uz network peers"),
        None => Finding::good("sync", "the node does not say"),
    });
    findings.extend(peers(&ask("network.info", json!([]))));
    let first = ask("ledger.getMomentumsByHeight", json!([1, 1]));
    findings.push(same_network(context, first["list"][0]["hash"].as_str()));
    findings
}

/// Whom the node talks to, and whether its clock is theirs.
fn peers(info: &Value) -> Vec<Finding> {
    let (Some(count), Some(known)) = (info["peers"].as_u64(), info["known"].as_u64()) else {
        return Vec::new();
    };
    if info["transport"] == "none" {
        return vec![Finding::good("peers", "the node talks to no others")];
    }
    let text = format!("{count}, {known} nodes known");
    let mut findings = vec![match count {
        0 => Finding::warning(
            "peers",
            text,
            "name some with: uz network add-peer, and see that TCP may leave this machine",
        ),
        _ => Finding::good("peers", text),
    }];
    if info["reachable"] == json!(false) {
        findings.push(Finding::warning(
            "reachable",
            "others can't call this node; it is reached through them",
            "forward its port in the router, or use --nat",
        ));
    }
    if let Some(ahead) = info["clockAheadMs"].as_i64() {
        let text = format!("{ahead} ms ahead of the network's");
        findings.push(match ahead.unsigned_abs() > CLOCK_MS_MAX {
            true => Finding::warning("clock", text, "set it by NTP: timedatectl set-ntp true"),
            false => Finding::good("clock", text),
        });
    }
    findings
}

fn age(momentum: &Value, slot: u64) -> Finding {
    let seconds = momentum["timestamp"].as_u64().unwrap_or(0);
    let now = time::now();
    let check = "newest momentum";
    if seconds > now.saturating_add(slot) {
        return Finding::warning(
            check,
            format!("is {} ahead of this machine's clock", time::show_duration(seconds - now)),
            "set the clock, unless the network's time was moved: uz devnet increase-time",
        );
    }
    let age = now.saturating_sub(seconds);
    let text = format!("height {}, {} old", momentum["height"], time::show_duration(age));
    if age > slot * SLOTS_OLD {
        return Finding::warning(
            check,
            text,
            "its network makes none, or it makes them on demand: uz devnet on-demand off",
        );
    }
    Finding::good(check, text)
}

fn same_network(context: &Context, genesis: Option<&str>) -> Finding {
    let check = "same network";
    let data = context.settings.path("data-dir").unwrap_or_default();
    let ours = Network::load(&data).ok().flatten().and_then(|network| network.build().ok());
    match (ours.map(|genesis| genesis.momentum.hash.to_string()), genesis) {
        (Some(ours), Some(theirs)) if ours == theirs => {
            Finding::good(check, "the node's and the data folder's genesis agree")
        }
        (Some(_), Some(_)) => Finding::warning(
            check,
            format!("the node is of another network than {}", data.display()),
            "name the node with --node, or the folder with --data-dir",
        ),
        (_, Some(theirs)) => Finding::good(check, format!("genesis {theirs}")),
        (_, None) => Finding::good(check, "the node does not say"),
    }
}
