//! `uz faucet`.

use crate::cli::faucet::{Faucet, Request, Serve};
use crate::client::Rpc;
use crate::client::faucet::Client;
use crate::context::Context;
use crate::daemon::log;
use crate::faucet::desk::Desk;
use crate::faucet::journal::Journal;
use crate::faucet::server::{self, Counter};
use crate::faucet::{Terms, payer};
use crate::outcome::{Answer, Code, Failure, Outcome};
use crate::{amount, folders, keys, networks, show, time};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use ledger::rules::BLOCK_TIME_ORIGINAL;
use ledger::types::{Amount, Hash};
use node::config::Tls;
use node::http::tls;
use node::network::Network;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use wallet::pow::{Options, Progress};
use wallet::{KeyFile, KeyPair};

/// Least QSR that the contract fuses, in coins.
const FUSE_MIN: u64 = 10;
/// Time between two looks at a request.
const LOOK_EVERY: Duration = Duration::from_millis(300);

/// One verb.
pub fn run(context: &Context, verb: &Faucet) -> Outcome {
    match verb {
        Faucet::Serve(serve) => self::serve(context, serve),
        Faucet::Request(request) => self::request(context, request),
        Faucet::Status { url } => {
            let client = Client::new(&faucet_url(context, url.as_deref())?)?;
            let status = client.status()?;
            let text = status_text(&status);
            Ok(Answer::new(status, text))
        }
    }
}

fn status_text(status: &Value) -> String {
    let text = |value: &Value| show::printable(value.as_str().unwrap_or("?"));
    let gives = &status["gives"];
    let every = status["everySeconds"].as_u64().unwrap_or(0);
    show::pairs([
        ("account", text(&status["account"])),
        ("gives", format!("{} ZNN, {} QSR", text(&gives["znn"]), text(&gives["qsr"]))),
        ("fuses", format!("{} QSR", text(&gives["fusedQsr"]))),
        ("puzzle", format!("{} tries on average", status["difficulty"])),
        ("limits", format!("an address once in {every} s, a place {} times", status["perPlace"])),
        ("waiting", status["waiting"].to_string()),
        ("served", status["served"].to_string()),
    ])
}

fn serve(context: &Context, serve: &Serve) -> Outcome {
    let terms = terms(serve)?;
    let address = listen_address(&serve.addr)?;
    let rpc = context.rpc()?;
    if serve.dry_run {
        let text = format!(
            "would give {} ZNN and {} QSR at {address}, through {}",
            serve.amount,
            serve.qsr,
            rpc.url()
        );
        return Ok(Answer::new(json!({ "dryRun": true, "address": address }), text));
    }
    let key = key(context, serve)?;
    let genesis = genesis(&rpc)?;
    let path = match &serve.journal {
        Some(path) => path.clone(),
        None => journal_path(&key, genesis),
    };
    let since = time::now().saturating_sub(terms.every.as_secs());
    let journal = Journal::open(&path, key.address(), genesis, &terms.parts(), since)
        .map_err(|error| Failure::new(Code::Io, error.to_string()))?;
    let mut secret = [0; 32];
    getrandom::fill(&mut secret)
        .map_err(|error| Failure::new(Code::Failed, "no randomness").because(error))?;
    let desk = Arc::new(Desk::new(terms, secret, journal));
    let tls = match (&serve.tls_cert, &serve.tls_key) {
        (Some(certificate), Some(key)) => {
            let files = Tls { certificate: certificate.clone(), key: key.clone() };
            let acceptor = tls::acceptor(&files);
            Some(acceptor.map_err(|error| Failure::new(Code::Io, error.to_string()))?)
        }
        _ => None,
    };
    log::start(context, &MultiProgress::new())?;
    let account = key.address();
    let counter = Arc::new(Counter {
        desk: desk.clone(),
        account,
        behind_proxy: serve.behind_proxy,
        now: time::now,
    });
    let stop = Arc::new(AtomicBool::new(false));
    let runtime = Runtime::new()
        .map_err(|error| Failure::new(Code::Io, "can't start threads").because(error))?;
    runtime.block_on(async {
        let hook = |kind| {
            signal(kind)
                .map_err(|error| Failure::new(Code::Io, "can't wait for signals").because(error))
        };
        let (mut interrupt, mut terminate) =
            (hook(SignalKind::interrupt())?, hook(SignalKind::terminate())?);
        let listener = TcpListener::bind(address).await.map_err(|error| {
            Failure::new(Code::Io, format!("can't listen at {address}"))
                .because(error)
                .fix("choose another place with --addr; port 0 takes a free one")
        })?;
        let bound = listener
            .local_addr()
            .map_err(|error| Failure::new(Code::Io, "can't listen").because(error))?;
        let scheme = if tls.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://{bound}");
        let text = format!(
            "Account:     {account}\nJournal:     {}\n\nListening on {url} (faucet)",
            path.display()
        );
        let value = json!({
            "url": url, "account": account.to_string(), "journal": path,
            "pid": std::process::id(),
        });
        let (close, closed) = watch::channel(false);
        let mut serving = tokio::spawn(server::serve(listener, tls, counter, closed));
        let (ended, mut end) = tokio::sync::oneshot::channel();
        let paying = {
            let (desk, stop) = (desk.clone(), stop.clone());
            thread::Builder::new().name("payer".to_owned()).spawn(move || {
                // The receiver is gone only if we are stopping.
                let _ = ended.send(payer::work(&desk, &rpc, &key, &stop));
            })
        };
        let paying = paying.map_err(|error| Failure::new(Code::Io, "no thread").because(error))?;
        context.print(Answer::new(value, text));
        let outcome = tokio::select! {
            _ = interrupt.recv() => Ok(()),
            _ = terminate.recv() => Ok(()),
            ended = &mut end => match ended {
                Ok(Err(error)) => Err(Failure::new(Code::Io, error.to_string())),
                Ok(Ok(())) | Err(_) => Err(Failure::new(Code::Failed, "the payer stopped")),
            },
            _ = &mut serving => Err(Failure::new(Code::Failed, "the server stopped")),
        };
        stop.store(true, Ordering::Release);
        desk.wake();
        let _ = close.send(true);
        // It ends with the block that it is sending.
        let _ = tokio::task::spawn_blocking(move || paying.join()).await;
        outcome.map(|()| Answer::default())
    })
}

fn terms(serve: &Serve) -> Result<Terms, Failure> {
    let coins = |flag: &str, text: &str| {
        amount::parse(text, amount::COIN_DECIMALS)
            .map_err(|error| Failure::usage(format!("--{flag}: {error}")))
    };
    let fuse = coins("fuse", &serve.fuse)?;
    if !fuse.is_zero() && fuse < Amount::from(FUSE_MIN * ledger::types::COIN) {
        return Err(Failure::usage(format!("--fuse is {}; give 0 or at least 10", serve.fuse)));
    }
    let every = time::duration(&serve.every, time::month(BLOCK_TIME_ORIGINAL))
        .map_err(|error| Failure::usage(format!("--every: {error}")))?;
    let terms = Terms {
        znn: coins("amount", &serve.amount)?,
        qsr: coins("qsr", &serve.qsr)?,
        fuse,
        difficulty: serve.difficulty,
        every: Duration::from_secs(every),
        per_ip: usize::try_from(serve.per_ip).unwrap_or(usize::MAX),
        queue: usize::try_from(serve.queue).unwrap_or(usize::MAX),
    };
    if terms.parts().is_empty() {
        return Err(Failure::usage("a faucet that gives nothing is none"));
    }
    Ok(terms)
}

fn listen_address(text: &str) -> Result<SocketAddr, Failure> {
    let port = text.parse().map(|port: u16| SocketAddr::from(([127, 0, 0, 1], port)));
    port.or_else(|_| text.parse()).map_err(|_| {
        Failure::usage(format!("--addr is \"{text}\", which it can't be"))
            .fix("give an address as 0.0.0.0:35990, or a port")
    })
}

/// The key of the account that gives.
fn key(context: &Context, serve: &Serve) -> Result<KeyPair, Failure> {
    let Some(path) = &serve.key else { return keys::signing(context, None) };
    let file = KeyFile::read(path).map_err(keys::of_key_file)?;
    let store = keys::open(context, &path.display().to_string(), &file)?;
    store.key(0).map_err(|error| Failure::usage(error.to_string()))
}

/// The first momentum of the node's network.
fn genesis(rpc: &Rpc) -> Result<Hash, Failure> {
    let first: Value = rpc.get("ledger.getMomentumsByHeight", json!([1, 1]))?;
    let hash = first["list"][0]["hash"].as_str().and_then(|text| text.parse().ok());
    hash.ok_or_else(|| Failure::new(Code::NodeError, "the node shows no first momentum"))
}

/// One file for each account and network.
fn journal_path(key: &KeyPair, genesis: Hash) -> PathBuf {
    let genesis = genesis.to_string();
    folders::data().join("faucet").join(format!("{}-{}.jsonl", key.address(), &genesis[..16]))
}

/// Where the faucet is: named, or in the file of the network that is named or that the data folder holds.
fn faucet_url(context: &Context, named: Option<&str>) -> Result<String, Failure> {
    if let Some(url) = named {
        return Ok(url.to_owned());
    }
    let network = match context.settings.text("network") {
        Some(text) => Some(networks::open(text)?),
        None => {
            let folder = context.settings.path("data-dir").unwrap_or_default();
            Network::load(&folder).map_err(crate::daemon::plan::of_network)?
        }
    };
    network.and_then(|network| network.faucet).ok_or_else(|| {
        Failure::usage("no faucet is named")
            .fix("name it with --url, or its network with --network")
    })
}

/// Asks for coins.
fn request(context: &Context, request: &Request) -> Outcome {
    let address = keys::address(context, &request.address)?;
    let url = faucet_url(context, request.url.as_deref())?;
    let limit = time::duration(&request.wait, time::month(BLOCK_TIME_ORIGINAL))
        .map_err(|error| Failure::usage(format!("--wait: {error}")))?;
    if request.dry_run {
        let text = format!("would ask {url} for coins for {address}");
        let value = json!({ "dryRun": true, "url": url, "address": address.to_string() });
        return Ok(Answer::new(value, text));
    }
    let client = Client::new(&url)?;
    let puzzle = client.challenge(&address)?;
    let bar = if context.draws() { ProgressBar::new(1_000) } else { ProgressBar::hidden() };
    let style = ProgressStyle::with_template("{spinner} work {wide_bar} {msg}");
    bar.set_style(style.expect("the template is sound"));
    let mut tell = |progress: Progress| {
        // Chance that it is done by now, in thousandths: it grows as the tries do, and never goes back.
        let share = progress.tries as f64 / progress.expected.max(1) as f64;
        bar.set_position(((1.0 - (-share).exp()) * 1_000.0) as u64);
        let left = progress.remaining().map_or(0, |left| left.as_secs());
        bar.set_message(format!("about {left} s"));
    };
    let task = puzzle.task(&address)?;
    let solved = task.solve(Options::default(), &mut tell);
    bar.finish_and_clear();
    let solution = solved.map_err(|error| Failure::new(Code::Failed, error.to_string()))?;
    context.note(&format!("work done in {:.1} s", solution.elapsed.as_secs_f64()));
    let id = client.request(&address, &puzzle, solution.nonce)?;
    let start = Instant::now();
    loop {
        let state = client.state(&id)?;
        match state["state"].as_str() {
            Some("sent") => return Ok(sent(&address.to_string(), state)),
            Some("failed") => {
                let why = state["why"].as_str().unwrap_or("it does not say why");
                let text = "the faucet could not send the coins";
                return Err(Failure::new(Code::NodeError, text).because(show::printable(why)));
            }
            _ => {}
        }
        if start.elapsed() >= Duration::from_secs(limit) {
            let text = format!("the coins were not sent within {}", request.wait);
            let fix = format!("they still may be; ask with: curl {url}/request/{id}");
            return Err(Failure::new(Code::TimedOut, text).fix(fix));
        }
        thread::sleep(LOOK_EVERY);
    }
}

fn sent(address: &str, state: Value) -> Answer {
    let mut rows = vec![("sent to".to_owned(), address.to_owned())];
    for (part, name) in [("znn", "ZNN"), ("qsr", "QSR"), ("fuse", "fused QSR")] {
        if let Some(hash) = state["blocks"][part].as_str() {
            rows.push((name.to_owned(), format!("block {}", show::printable(hash))));
        }
    }
    rows.push(("next".to_owned(), "uz receive --all".to_owned()));
    Answer::new(state, show::pairs(rows))
}
