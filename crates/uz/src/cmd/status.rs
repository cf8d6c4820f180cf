//! `uz status`.

use crate::client::Rpc;
use crate::context::Context;
use crate::outcome::{Answer, Outcome};
use crate::{show, time};
use serde_json::{Value, json};

/// How a node is doing.
pub fn run(context: &Context) -> Outcome {
    let rpc = context.rpc()?;
    let momentum: Value = rpc.get("ledger.getFrontierMomentum", json!([]))?;
    // Nodes need not serve these.
    let sync = optional(&rpc, "stats.syncInfo");
    let network = optional(&rpc, "stats.networkInfo");
    let process = optional(&rpc, "stats.processInfo");
    let block_time = optional(&rpc, "dev.blockTime");
    let seconds = momentum["timestamp"].as_u64().unwrap_or(0);
    let age = time::now().saturating_sub(seconds);
    let state = match sync["state"].as_u64() {
        Some(0) => "unknown",
        Some(1) => "syncing",
        Some(2) => "in sync",
        Some(3) => "not enough peers",
        _ => "-",
    };
    let devnet = match block_time.as_u64() {
        Some(seconds) => format!("development network, a momentum every {seconds} s"),
        None => "-".to_owned(),
    };
    let version = process["version"].as_str().unwrap_or("-");
    let text = show::pairs([
        ("node".to_owned(), format!("{} ({version})", rpc.url())),
        ("chain".to_owned(), momentum["chainIdentifier"].to_string()),
        ("height".to_owned(), momentum["height"].to_string()),
        ("newest".to_owned(), format!("{}, {} ago", time::show(seconds), time::show_duration(age))),
        ("state".to_owned(), state.to_owned()),
        ("peers".to_owned(), network["numPeers"].to_string()),
        ("kind".to_owned(), devnet),
    ]);
    let value = json!({
        "node": rpc.url(),
        "chainIdentifier": momentum["chainIdentifier"],
        "height": momentum["height"],
        "hash": momentum["hash"],
        "timestamp": seconds,
        "ageSeconds": age,
        "sync": sync,
        "peers": network["numPeers"],
        "process": process,
        "blockTime": block_time,
    });
    Ok(Answer::new(value, text))
}

fn optional(rpc: &Rpc, method: &str) -> Value {
    rpc.call(method, json!([])).unwrap_or(Value::Null)
}
