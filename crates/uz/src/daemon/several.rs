//! Several nodes in one process: a small network on the loopback, each node with a folder and ports of its
//! own.

use super::plan::{Plan, Several};
use super::{Ready, Signals, cannot_join, cannot_start, log, notify, taken, wait};
use crate::context::Context;
use crate::outcome::{Answer, Code, Failure, Outcome};
use indicatif::MultiProgress;
use node::config::Config;
use node::http::{self, Serving};
use node::peering::{self, Peering};
use node::serve::{self, Running};
use serde_json::{Value, json};
use std::process;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio::time::timeout;

/// Slots that the network may take until its second momentum, before it is called ready without.
const SLOTS_TO_SECOND: u64 = 10;

/// A node that runs.
struct Started {
    config: Config,
    running: Running,
    peering: Peering,
    serving: Serving,
}

/// Runs the nodes until they are stopped.
pub fn run(context: &Context, several: Several, ready: Ready) -> Outcome {
    let screen = MultiProgress::new();
    log::start(context, &screen)?;
    let runtime = Runtime::new()
        .map_err(|error| Failure::new(Code::Io, "can't start threads").because(error))?;
    let entered = runtime.enter();
    let signals = Signals::hook()?;
    drop(entered);
    let Several { folder, mut network, nodes } = several;
    let (stop, stopped) = watch::channel(false);
    let (started, outcome) = runtime.block_on(async {
        let mut started: Vec<Started> = Vec::new();
        for plan in nodes {
            match start(plan, &network.bootnodes, stopped.clone()).await {
                Ok(node) => {
                    let endpoints = node.peering.endpoints();
                    network.bootnodes.extend(endpoints.first().map(ToString::to_string));
                    started.push(node);
                }
                Err(failure) => return (started, Err(failure)),
            }
        }
        // Whoever joins finds the nodes where they are now.
        if let Err(error) = network.save(&folder) {
            return (started, Err(super::plan::of_network(error)));
        }
        let Some(first) = started.first() else { return (started, Ok(())) };
        second_momentum(first).await;
        let file = folder.join(node::network::FILE_NAME);
        context.print(told(&started, &network.bootnodes, &file.display().to_string(), ready));
        notify::ready();
        wait(context, &screen, first.running.handle(), signals).await;
        notify::stopping();
        tracing::info!("stopping");
        (started, Ok(()))
    });
    // Nobody listens any more only if the servers have ended already.
    let _ = stop.send(true);
    let mut reason = None;
    for Started { running, peering, serving, .. } in started {
        runtime.block_on(async {
            serving.stopped().await;
            peering.stop().await;
        });
        reason = running.stop().or(reason);
    }
    match (outcome, reason) {
        (Err(failure), _) => Err(failure),
        (Ok(()), Some(reason)) => {
            Err(Failure::new(Code::Failed, "a node stopped by itself").because(reason))
        }
        (Ok(()), None) => Ok(Answer::default()),
    }
}

/// Starts one node, which begins with the nodes before it.
async fn start(
    plan: Plan,
    before: &[String],
    stopped: watch::Receiver<bool>,
) -> Result<Started, Failure> {
    let Plan { mut config, producers, .. } = plan;
    let mut peers = config.peers.take().unwrap_or_default();
    peers.bootnodes = before.to_vec();
    let running = serve::start(&config, producers).map_err(cannot_start)?;
    let peering = peering::start(&config, &peers, running.handle().clone()).await;
    let peering = match peering {
        Ok(peering) => peering,
        Err(error) => {
            running.stop();
            return Err(cannot_join(error));
        }
    };
    match http::serve(running.service(), config.rpc.clone(), stopped).await {
        Ok(serving) => Ok(Started { config, running, peering, serving }),
        Err(error) => {
            peering.stop().await;
            running.stop();
            Err(taken(error))
        }
    }
}

/// A network that begins here is ready once it has its second momentum.
async fn second_momentum(node: &Started) {
    let service = node.running.service();
    let mut happenings = service.happenings();
    if service.sync_info().current_height == 1 {
        let limit = SLOTS_TO_SECOND * node.config.genesis.rules.block_time;
        // Then it is ready without.
        let _ = timeout(Duration::from_secs(limit), happenings.recv()).await;
    }
}

/// What is told: the text, then where each node answers, last.
fn told(nodes: &[Started], endpoints: &[String], file: &str, ready: Ready) -> Answer {
    let mut text = ready.text;
    let mut values = Vec::new();
    let Some(first) = nodes.first() else { return Answer::default() };
    let rules = &first.config.genesis.rules;
    let genesis = first.config.genesis.momentum.hash.to_string();
    text.push_str(&format!(
        "Chain id:    {}\nBlock time:  {} s\nGenesis:     {genesis}\nNetwork:     {file}\n\n\
         Join it:     uz node --network {file}\n",
        rules.chain_identifier, rules.block_time
    ));
    for (node, endpoint) in nodes.iter().zip(endpoints) {
        let name = node.config.data_dir.file_name().unwrap_or_default().to_string_lossy();
        let scheme = |plain: &str| match node.config.rpc.tls {
            Some(_) => format!("{plain}s"),
            None => plain.to_owned(),
        };
        let http = node.serving.http.map(|address| format!("{}://{address}", scheme("http")));
        let ws = node.serving.ws.map(|address| format!("{}://{address}", scheme("ws")));
        for (what, url) in [("HTTP", &http), ("WebSocket", &ws)] {
            if let Some(url) = url {
                text.push_str(&format!("\n{name} listens on {url} ({what})"));
            }
        }
        text.push_str(&format!("\n{name} listens on {endpoint} (peers)"));
        values.push(json!({
            "name": name, "http": http, "ws": ws, "endpoint": endpoint,
            "dataDir": node.config.data_dir,
        }));
    }
    let mut value = json!({
        "nodes": values,
        "network": file,
        "pid": process::id(),
        "blockTime": rules.block_time,
        "chainIdentifier": rules.chain_identifier,
        "genesis": genesis,
    });
    if let (Value::Object(fields), Value::Object(more)) = (&mut value, ready.value) {
        fields.extend(more);
    }
    Answer::new(value, text)
}
