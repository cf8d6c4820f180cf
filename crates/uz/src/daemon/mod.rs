//! A node in the foreground: started, told about, and stopped when asked to.
//!
//! 1. [`plan`]: from settings to what the node is to be;
//! 2. [`run`]: node, servers, status line, until a signal comes or the node stops by itself;
//! 3. [`several`]: the same for some nodes at once;
//! 4. [`log`], [`status`], [`notify`]: how it speaks to people and to systemd.

pub mod log;
mod notify;
mod peers;
pub mod plan;
pub mod several;
mod status;

use crate::context::{self, Context};
use crate::outcome::{Answer, Code, Failure, Outcome};
use indicatif::MultiProgress;
use node::config::{Config, Production};
use node::http::{self, ServeError, Serving};
use node::peering::{self, Peering, PeeringError, bootstrap};
use node::runner::Handle;
use node::serve;
use node::service::Service;
use node::wire::Endpoint;
use plan::Plan;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::process;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::time::timeout;

/// Slots that a network may take until its second momentum, before it is called ready without.
const SLOTS_TO_SECOND: u64 = 3;

/// What is told once the node answers.
pub struct Ready {
    /// Text before the addresses.
    pub text: String,
    /// Fields besides the addresses.
    pub value: Value,
}

/// Runs a node until it is stopped.
pub fn run(context: &Context, plan: Plan, ready: Ready) -> Outcome {
    let screen = MultiProgress::new();
    log::start(context, &screen)?;
    let runtime = Runtime::new()
        .map_err(|error| Failure::new(Code::Io, "can't start threads").because(error))?;
    // From here on a signal is not lost, whatever the start takes.
    let entered = runtime.enter();
    let mut signals = Signals::hook()?;
    drop(entered);
    let Plan { config, producers, .. } = plan;
    let produces = !producers.is_empty();
    // A pillar of a new network has nobody to wait for.
    if !produces {
        runtime.block_on(async {
            tokio::select! {
                () = checkpoint(&config) => Ok(()),
                () = signals.next() => {
                    Err(Failure::new(Code::Interrupted, "stopped before the node was started"))
                }
            }
        })?;
    }
    let running = serve::start(&config, producers).map_err(cannot_start)?;
    let outcome = runtime.block_on(async {
        let service = running.service();
        let peering = match &config.peers {
            Some(peers) => {
                let started = peering::start(&config, peers, running.handle().clone());
                Some(started.await.map_err(cannot_join)?)
            }
            None => None,
        };
        if produces && peering.is_none() {
            second_momentum(&config, &*service).await?;
        }
        let (stop, stopped) = watch::channel(false);
        let served = http::serve(service, config.rpc.clone(), stopped).await.map_err(taken);
        let outcome = match served {
            Ok(serving) => {
                let endpoints = peering.as_ref().map(Peering::endpoints).unwrap_or_default();
                context::print(context.json, &Ok(listening(&config, &serving, &endpoints, ready)));
                notify::ready();
                wait(context, &screen, running.handle(), signals).await;
                notify::stopping();
                tracing::info!("stopping");
                // Nobody listens any more only if the servers have ended already.
                let _ = stop.send(true);
                serving.stopped().await;
                Ok(())
            }
            Err(failure) => Err(failure),
        };
        if let Some(peering) = peering {
            peering.stop().await;
        }
        outcome
    });
    let stopped = running.stop();
    match (outcome, stopped) {
        (Err(failure), _) => Err(failure),
        (Ok(()), Some(reason)) => {
            let failure = Failure::new(Code::Failed, "the node stopped by itself").because(reason);
            Err(failure.fix("look at the log above; check the ledger with: uz ledger check"))
        }
        (Ok(()), None) => Ok(Answer::default()),
    }
}

/// Lets a new node begin with a checkpoint, if its network names signers and peers have one.
async fn checkpoint(config: &Config) {
    let Some(peers) = &config.peers else { return };
    let Some(rule) = &peers.checkpoints else { return };
    match bootstrap::fetch(config, peers, rule).await {
        Ok(Some(newest)) => {
            tracing::info!(height = newest.height, hash = %newest.hash, "begins with a checkpoint");
        }
        Ok(None) => {}
        Err(error) => tracing::warn!(%error, "no checkpoint to begin with: begins at genesis"),
    }
}

/// A network that begins here is ready once it has its second momentum: the first counts as before any
/// spork, so contracts that sporks brought would be missing until then.
async fn second_momentum(config: &Config, service: &dyn Service) -> Result<(), Failure> {
    let mut happenings = service.happenings();
    let Some(dev) = service.dev().filter(|_| service.sync_info().current_height == 1) else {
        return Ok(());
    };
    match config.production {
        Production::OnDemand => dev.mine(1).await.map(|_| ()).map_err(|error| {
            Failure::new(Code::Failed, "the second momentum can't be made").because(error)
        }),
        Production::Slots => {
            // Nobody may be elected for a slot; then the node is ready without.
            let limit = Duration::from_secs(SLOTS_TO_SECOND * config.genesis.rules.block_time);
            let _ = timeout(limit, happenings.recv()).await;
            Ok(())
        }
    }
}

fn cannot_start(error: serve::StartError) -> Failure {
    Failure::new(Code::Failed, "the node can't start").because(error)
}

/// The node can't talk to others.
fn cannot_join(error: PeeringError) -> Failure {
    let fix = match error {
        PeeringError::Listen { .. } => {
            "stop what listens there, or choose another port: --listen 0 takes a free one"
        }
        PeeringError::Name { .. } => {
            "name nodes as /ip4/ADDRESS/tcp/PORT/p2p/PEERID or enode://ID@ADDRESS:PORT"
        }
        PeeringError::Identity(_) => {
            "restore the file from a backup, or remove it: the node then gets a new key"
        }
    };
    Failure::new(Code::Io, error.to_string()).fix(fix)
}

/// Somebody else listens there.
fn taken(error: ServeError) -> Failure {
    let fix = match error {
        ServeError::Listen { .. } => {
            "stop what listens there, or choose others: --rpc-addr 0 --ws-addr 0 take free ports"
        }
        ServeError::Certificate { .. } => "name PEM files with --tls-cert and --tls-key",
    };
    Failure::new(Code::Io, error.to_string()).fix(fix)
}

/// What is told: the text, then where the node answers, last.
fn listening(config: &Config, serving: &Serving, endpoints: &[Endpoint], ready: Ready) -> Answer {
    let scheme = |plain: &str| match config.rpc.tls {
        Some(_) => format!("{plain}s"),
        None => plain.to_owned(),
    };
    let url = |scheme: String, address: Option<SocketAddr>| {
        address.map(|address| format!("{scheme}://{address}"))
    };
    let (http, ws) = (url(scheme("http"), serving.http), url(scheme("ws"), serving.ws));
    let mut text = ready.text;
    for (name, url) in [("HTTP", &http), ("WebSocket", &ws)] {
        if let Some(url) = url {
            text.push_str(&format!("\nListening on {url} ({name})"));
        }
    }
    for endpoint in endpoints {
        text.push_str(&format!("\nListening on {endpoint} (peers)"));
    }
    let mut value = json!({
        "http": http,
        "ws": ws,
        "peers": endpoints.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "pid": process::id(),
        "dataDir": config.data_dir,
        "chainIdentifier": config.genesis.rules.chain_identifier,
        "genesis": config.genesis.momentum.hash.to_string(),
    });
    if let (Value::Object(fields), Value::Object(more)) = (&mut value, ready.value) {
        fields.extend(more);
    }
    Answer::new(value, text)
}

/// Until Ctrl-C, a call to end, or an end by itself.
async fn wait(context: &Context, screen: &MultiProgress, node: &Handle, mut signals: Signals) {
    tokio::select! {
        () = status::live(context.draws(), screen, node) => {}
        () = signals.next() => {}
    }
    // Whoever asks a second time does not want to wait.
    tokio::spawn(async move {
        signals.next().await;
        process::exit(i32::from(Code::Interrupted.exit()));
    });
}

/// What asks a node to end.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn hook() -> Result<Signals, Failure> {
        let hook = |kind| {
            signal(kind)
                .map_err(|error| Failure::new(Code::Io, "can't wait for signals").because(error))
        };
        Ok(Signals {
            interrupt: hook(SignalKind::interrupt())?,
            terminate: hook(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
