//! A node by itself, and beside it in the same run a peer that serves the same chain: replay, start, reads,
//! memory, disk, blocks accepted.

use crate::process::Process;
use crate::server::{Server, ask};
use crate::table::{Goal, Table};
use crate::{blocks, load};
use anyhow::{Context as _, Result, bail, ensure};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Connections of every load.
const CONNECTIONS: usize = 64;
/// Starts of which the median counts.
const STARTS: usize = 5;

struct Options {
    check: bool,
    chain: PathBuf,
    length: Duration,
    peer: Option<String>,
    peer_pid: Option<u32>,
    peer_pool: Option<String>,
    peer_pool_pid: Option<u32>,
    peer_replay: Option<String>,
}

/// Measures as the arguments say. `false` if a goal was to be met and is not.
pub fn run(uz: &Path, args: &[String]) -> Result<bool> {
    let Some(options) = options(args)? else { return Ok(true) };
    let scratch = crate::scratch()?;
    let outcome = measure(uz, &options, &scratch);
    std::fs::remove_dir_all(&scratch)?;
    let table = outcome?;
    print!("{table}");
    Ok(!options.check || table.missed() == 0)
}

fn measure(uz: &Path, options: &Options, scratch: &Path) -> Result<Table> {
    let mut table = Table::default();
    replay(uz, options, &mut table)?;
    chain(uz, options, &scratch.join("chain"), &mut table)?;
    let pool = options.peer_pool.as_deref().map(|host| (host, options.peer_pool_pid.map(Process)));
    blocks::measure(uz, pool, &scratch.join("pool"), &mut table)?;
    Ok(table)
}

/// Momentums applied in a second, all checks included.
fn replay(uz: &Path, options: &Options, table: &mut Table) -> Result<()> {
    let size = size_of_chain(&options.chain)?;
    let file = options.chain.to_str().context("the chain's path is no text")?;
    let mut ours = Command::new(uz);
    ours.args(["ledger", "replay", file]);
    let ours = timed(ours)?;
    let peer = match &options.peer_replay {
        Some(words) => {
            let mut command = Command::new("sh");
            command.args(["-c", words]).env("FILE", file);
            Some(timed(command)?)
        }
        None => None,
    };
    let rate = |took: Duration, count: u64| count as f64 / took.as_secs_f64();
    let goal = Goal::TimesPeer(10.0);
    table.add(
        "replay",
        "momentums/s",
        rate(ours, size.momentums),
        peer.map(|took| rate(took, size.momentums)),
        goal,
    );
    table.add(
        "blocks applied in replay",
        "blocks/s",
        rate(ours, size.blocks),
        peer.map(|took| rate(took, size.blocks)),
        goal,
    );
    Ok(())
}

/// A node on the chain: start, memory, disk, reads.
fn chain(uz: &Path, options: &Options, data: &Path, table: &mut Table) -> Result<()> {
    let size = size_of_chain(&options.chain)?;
    let dir = data.to_str().context("the folder's path is no text")?;
    let file = options.chain.to_str().context("the chain's path is no text")?;
    let mut import = Command::new(uz);
    import.args(["ledger", "import", file, "--data-dir", dir]);
    let took = timed(import)?;
    table.add(
        "import into the store",
        "momentums/s",
        size.momentums as f64 / took.as_secs_f64(),
        None,
        Goal::None,
    );

    let mut starts = Vec::new();
    for _ in 0..STARTS {
        starts.push(Server::start(uz, &["--data-dir", dir])?.started_in);
    }
    starts.sort();
    table.add(
        "start to first answer",
        "ms",
        starts[STARTS / 2].as_secs_f64() * 1000.0,
        None,
        Goal::AtMost(100.0),
    );

    let server = Server::start(uz, &["--data-dir", dir])?;
    let peer = options.peer.as_deref();
    let requests = |host: &str| -> Result<Vec<Vec<u8>>> {
        Ok(mixed_reads(host)?.iter().map(|body| load::request(host, body)).collect())
    };
    let ours = reads(&server.host, Some(server.process()), &requests(&server.host)?, options)?;
    let theirs = match peer {
        Some(host) => Some(reads(host, options.peer_pid.map(Process), &requests(host)?, options)?),
        None => None,
    };
    table.add(
        "mixed reads, 64 connections, client on the same cores",
        "calls/s",
        ours.0,
        theirs.map(|theirs| theirs.0),
        Goal::TimesPeer(3.0),
    );
    if let Some(cpu) = ours.1 {
        let theirs = theirs.and_then(|theirs| theirs.1);
        table.add("processor time of a call", "µs", cpu, theirs, Goal::FractionOfPeer(10.0));
    }
    let fresh = |host: &str| -> Result<Vec<Vec<u8>>> {
        Ok(reads_of_history(host)?.iter().map(|body| load::request(host, body)).collect())
    };
    let ours_fresh = reads(&server.host, Some(server.process()), &fresh(&server.host)?, options)?;
    let theirs_fresh = match peer {
        Some(host) => Some(reads(host, options.peer_pid.map(Process), &fresh(host)?, options)?),
        None => None,
    };
    table.add(
        "reads of which none was asked before",
        "calls/s",
        ours_fresh.0,
        theirs_fresh.map(|theirs| theirs.0),
        Goal::TimesPeer(3.0),
    );
    if let Some(cpu) = ours_fresh.1 {
        let theirs = theirs_fresh.and_then(|theirs| theirs.1);
        table.add("processor time of such a call", "µs", cpu, theirs, Goal::FractionOfPeer(10.0));
    }
    table.add(
        "memory after all that",
        "MiB",
        server.process().memory()? as f64 / f64::from(1 << 20),
        options
            .peer_pid
            .map(|pid| Process(pid).memory())
            .transpose()?
            .map(|bytes| bytes as f64 / f64::from(1 << 20)),
        Goal::AtMost(150.0),
    );
    drop(server);
    let bytes = folder_size(data)?;
    table.add(
        "disk for each momentum and block",
        "bytes",
        bytes as f64 / (size.momentums + size.blocks) as f64,
        None,
        Goal::None,
    );
    Ok(())
}

/// Calls in a second, and the server's processor time for each in microseconds.
fn reads(
    host: &str,
    process: Option<Process>,
    requests: &[Vec<u8>],
    options: &Options,
) -> Result<(f64, Option<f64>)> {
    // The first round warms both sides up.
    load::for_a_while(host, requests, CONNECTIONS, Duration::from_secs(1))?;
    let before = process.map(|process| process.cpu()).transpose()?;
    let outcome = load::for_a_while(host, requests, CONNECTIONS, options.length)?;
    let after = process.map(|process| process.cpu()).transpose()?;
    ensure!(outcome.refused == 0, "{} of the calls were refused", outcome.refused);
    let cpu = before.zip(after).map(|(before, after)| {
        (after - before).as_secs_f64() * 1e6 / (outcome.answered + outcome.refused) as f64
    });
    Ok((outcome.per_second(), cpu))
}

/// What wallets and explorers ask, about accounts that the chain knows.
fn mixed_reads(host: &str) -> Result<Vec<String>> {
    let frontier = ask(host, "ledger.getFrontierMomentum", "[]")?;
    let height = frontier["height"].as_u64().context("a height is a number")?;
    let mut addresses: Vec<String> = Vec::new();
    let genesis = ask(host, "ledger.getMomentumsByHeight", "[1,1]")?;
    for header in genesis["list"][0]["content"].as_array().context("genesis has content")? {
        if let Some(address) = header["address"].as_str() {
            addresses.push(address.to_owned());
        }
    }
    let mut calls = Vec::new();
    for (at, address) in addresses.iter().take(16).enumerate() {
        let at = u64::try_from(at).unwrap_or(0);
        let mut add = |method: &str, params: String| calls.push(load::call(method, &params));
        add("ledger.getFrontierMomentum", "[]".to_owned());
        add("ledger.getAccountInfoByAddress", format!("[\"{address}\"]"));
        add("ledger.getFrontierAccountBlock", format!("[\"{address}\"]"));
        add("ledger.getAccountBlocksByPage", format!("[\"{address}\",0,10]"));
        add("ledger.getUnreceivedBlocksByAddress", format!("[\"{address}\",0,10]"));
        add("ledger.getMomentumsByHeight", format!("[{},10]", 1 + at * height / 17));
        add("ledger.getMomentumsByPage", "[0,10]".to_owned());
        add("embedded.plasma.get", format!("[\"{address}\"]"));
        add("embedded.stake.getEntriesByAddress", format!("[\"{address}\",0,10]"));
        add("embedded.token.getAll", "[0,10]".to_owned());
        add("embedded.pillar.getAll", "[0,10]".to_owned());
        add("embedded.pillar.getUncollectedReward", format!("[\"{address}\"]"));
    }
    Ok(calls)
}

/// Reads at every height of the chain: answers that no memory of earlier ones gives.
fn reads_of_history(host: &str) -> Result<Vec<String>> {
    let frontier = ask(host, "ledger.getFrontierMomentum", "[]")?;
    let height = frontier["height"].as_u64().context("a height is a number")?;
    Ok((1..height.saturating_sub(10))
        .flat_map(|at| {
            [
                load::call("ledger.getMomentumsByHeight", &format!("[{at},10]")),
                load::call("ledger.getDetailedMomentumsByHeight", &format!("[{at},1]")),
            ]
        })
        .collect())
}

/// How much a chain holds.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Momentums.
    pub momentums: u64,
    /// Blocks in them.
    pub blocks: u64,
}

/// What a recording holds.
pub fn size_of_chain(file: &Path) -> Result<Size> {
    let raw =
        std::fs::File::open(file).with_context(|| format!("cannot open {}", file.display()))?;
    let mut text = String::new();
    zstd::Decoder::new(raw)?.read_to_string(&mut text)?;
    let mut size = Size { momentums: 0, blocks: 0 };
    for line in text.lines() {
        let value: serde_json::Value = serde_json::from_str(line)?;
        if let Some(momentum) = value.get("m") {
            size.momentums += 1;
            let content = momentum["content"].as_array().map_or(0, Vec::len);
            size.blocks += u64::try_from(content).unwrap_or(0);
        }
    }
    Ok(size)
}

pub fn timed(mut command: Command) -> Result<Duration> {
    command.stdout(Stdio::null()).stderr(Stdio::null()).stdin(Stdio::null());
    let start = Instant::now();
    let status = command.status().with_context(|| format!("cannot start {command:?}"))?;
    ensure!(status.success(), "{command:?} ended with {status}");
    Ok(start.elapsed())
}

fn folder_size(dir: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        let meta = entry.metadata()?;
        bytes += if meta.is_dir() { folder_size(&entry.path())? } else { meta.len() };
    }
    Ok(bytes)
}

/// Nothing if the work is done already.
fn options(args: &[String]) -> Result<Option<Options>> {
    let mut options = Options {
        check: false,
        chain: crate::recorded_chain(),
        length: Duration::from_secs(8),
        peer: None,
        peer_pid: None,
        peer_pool: None,
        peer_pool_pid: None,
        peer_replay: None,
    };
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        if arg == "--check" {
            options.check = true;
            continue;
        }
        let value = args.next().cloned().with_context(|| format!("{arg} needs a value"))?;
        let host = || value.trim_start_matches("http://").trim_end_matches('/').to_owned();
        match arg.as_str() {
            "--chain" => options.chain = PathBuf::from(value),
            "--seconds" => options.length = Duration::from_secs(value.parse()?),
            "--peer" => options.peer = Some(host()),
            "--peer-pid" => options.peer_pid = Some(value.parse()?),
            "--peer-pool" => options.peer_pool = Some(host()),
            "--peer-pool-pid" => options.peer_pool_pid = Some(value.parse()?),
            "--peer-replay" => options.peer_replay = Some(value),
            "--write-genesis" => {
                std::fs::write(&value, blocks::genesis_json(blocks::GENESIS_TIMESTAMP)?)?;
                return Ok(None);
            }
            _ => bail!("no option \"{arg}\""),
        }
    }
    Ok(Some(options))
}
