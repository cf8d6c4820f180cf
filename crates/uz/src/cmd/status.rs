//! `uz status`.

use crate::cli::Status;
use crate::client::Rpc;
use crate::context::Context;
use crate::outcome::{Answer, Code, Failure, Outcome};
use crate::{show, time};
use ledger::rules::BLOCK_TIME_ORIGINAL;
use serde_json::{Value, json};
use std::thread;
use std::time::{Duration, Instant};

/// Time between two looks of `--wait`.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// How a node is doing.
pub fn run(context: &Context, status: &Status) -> Outcome {
    let rpc = context.rpc()?;
    if let Some(text) = &status.wait {
        let limit = time::duration(text, time::month(BLOCK_TIME_ORIGINAL))
            .map_err(|error| Failure::usage(format!("--wait: {error}")))?;
        wait(&rpc, Duration::from_secs(limit))?;
    }
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

/// Waits until the node answers, follows its network, and has more than the first momentum.
fn wait(rpc: &Rpc, limit: Duration) -> Result<(), Failure> {
    let start = Instant::now();
    loop {
        let sync = rpc.call("stats.syncInfo", json!([])).unwrap_or_default();
        if sync["state"] == json!(2) && sync["currentHeight"].as_u64() > Some(1) {
            return Ok(());
        }
        if start.elapsed() >= limit {
            let text = format!("the node at {} was not in sync within {limit:?}", rpc.url());
            return Err(Failure::new(Code::TimedOut, text).fix("look at it with: uz status"));
        }
        thread::sleep(LOOK_EVERY);
    }
}
