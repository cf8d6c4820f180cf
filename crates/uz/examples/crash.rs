//! Kills a development network under load, again and again, and looks for what it had acknowledged.
//!
//! `cargo run -p uz --example crash -- [--kills N] [--seed S] [--uz PATH]`: several clients hand in blocks by JSON-RPC
//! as fast as they are answered; after a random time the program is killed (kill -9) and started again
//! on the same folder. Every block whose publication was answered must be in its account's chain then:
//! the newest one of each account is looked up, and blocks name the ones below by hash. At the end
//! `uz ledger check` executes the whole chain again. The closing line is `N passed, M failed`; a case is
//! one kill, and the last one is the check. The program is that in `UZ`, `--uz`, or beside this one.

use ledger::types::{AccountHeader, Amount, Hash, HashHeight, TokenStandard};
use ledger::{AccountBlock, BlockType};
use node::devnet;
use serde_json::{Value, json};
use std::error::Error;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use wallet::KeyPair;

/// Accounts that hand in blocks, each from a thread of its own.
const CLIENTS: u32 = 6;
/// Longest and shortest life of the program, in milliseconds after it answers.
const LIFE_MS: (u64, u64) = (30, 2_200);
/// Longest wait for the program's first line.
const START_SECONDS_MAX: u64 = 60;

type Failed = Box<dyn Error + Send + Sync>;

fn main() -> ExitCode {
    match run() {
        Ok((passed, failed)) => {
            println!("{passed} passed, {failed} failed");
            ExitCode::from(u8::from(failed > 0))
        }
        Err(error) => {
            eprintln!("{error}");
            println!("0 passed, 1 failed");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(u64, u64), Failed> {
    let arguments = Arguments::read()?;
    let folder = tempfile::tempdir()?;
    let mut random = Random(arguments.seed);
    let mut clients: Vec<Client> = (0..CLIENTS).map(Client::new).collect();
    let (mut passed, mut failed, mut slowest) = (0, 0, Duration::ZERO);
    for kill in 1..=arguments.kills {
        let began = Instant::now();
        let program = Program::start(&arguments.uz, folder.path())?;
        slowest = slowest.max(began.elapsed());
        match look(&program, &mut clients) {
            Ok(()) => passed += u64::from(kill > 1),
            Err(error) => {
                eprintln!("before kill {kill}, seed {}: {error}", arguments.seed);
                failed += 1;
            }
        }
        let life = LIFE_MS.0 + random.next() % (LIFE_MS.1 - LIFE_MS.0);
        let killed = AtomicBool::new(false);
        thread::scope(|scope| {
            for client in &mut clients {
                scope.spawn(|| client.work(&program.url, &killed));
            }
            thread::sleep(Duration::from_millis(life));
            program.kill();
            killed.store(true, Ordering::Release);
        });
    }
    let program = Program::start(&arguments.uz, folder.path())?;
    match look(&program, &mut clients) {
        Ok(()) => passed += 1,
        Err(error) => {
            eprintln!("after the last kill: {error}");
            failed += 1;
        }
    }
    program.kill();
    match check(&arguments.uz, folder.path()) {
        Ok(line) => {
            println!("{line}");
            passed += 1;
        }
        Err(error) => {
            eprintln!("{error}");
            failed += 1;
        }
    }
    let acknowledged: u64 = clients.iter().map(|client| client.acknowledged).sum();
    println!(
        "{} kills, {acknowledged} blocks acknowledged, slowest start {} ms",
        arguments.kills,
        slowest.as_millis()
    );
    Ok((passed, failed))
}

struct Arguments {
    kills: u64,
    seed: u64,
    uz: PathBuf,
}

impl Arguments {
    fn read() -> Result<Arguments, Failed> {
        let mut kills = 20;
        let mut seed = std::process::id().into();
        let mut uz = std::env::var_os("UZ").map(PathBuf::from);
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let value = words.next().ok_or_else(|| format!("{word} needs a value"))?;
            match word.as_str() {
                "--kills" => kills = value.parse()?,
                "--seed" => seed = value.parse()?,
                "--uz" => uz = Some(value.into()),
                _ => return Err(format!("{word} is no option: --kills, --seed, --uz are").into()),
            }
        }
        let uz = match uz {
            Some(uz) => uz,
            // Examples lie in a folder beside the programs.
            None => std::env::current_exe()?
                .parent()
                .and_then(Path::parent)
                .map(|folder| folder.join("uz"))
                .filter(|path| path.exists())
                .ok_or("no program uz: build it first, or name it with --uz")?,
        };
        Ok(Arguments { kills, seed, uz })
    }
}

/// Seeded pseudo-random numbers (splitmix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// A development network that runs.
struct Program {
    child: std::sync::Mutex<Child>,
    url: String,
}

impl Program {
    fn start(uz: &Path, folder: &Path) -> Result<Program, Failed> {
        let mut child = Command::new(uz)
            .args(["up", "--json", "--block-time", "1"])
            .args(["--rpc-addr", "127.0.0.1:0", "--ws-addr", "127.0.0.1:0", "--data-dir"])
            .arg(folder.join("data"))
            .env("HOME", folder)
            .env_remove("XDG_DATA_HOME")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let out = child.stdout.take().ok_or("no output")?;
        let (send, line) = std::sync::mpsc::channel();
        thread::spawn(move || {
            let mut line = String::new();
            let _ = BufReader::new(out).read_line(&mut line);
            let _ = send.send(line);
        });
        let line = line.recv_timeout(Duration::from_secs(START_SECONDS_MAX)).unwrap_or_default();
        let ready: Value = serde_json::from_str(&line).map_err(|_| {
            let _ = child.kill();
            format!("the program did not start: {line:?}")
        })?;
        let http = ready["result"]["http"].as_str().ok_or_else(|| format!("no address: {line}"))?;
        let url = match http.contains("://") {
            true => http.to_owned(),
            false => format!("http://{http}"),
        };
        Ok(Program { child: child.into(), url })
    }

    /// Ends it without warning.
    fn kill(&self) {
        let mut child = self.child.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let _ = child.kill();
        let _ = child.wait();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
    }
}

/// An account, and what was acknowledged of it.
struct Client {
    key: KeyPair,
    /// The newest block that is acknowledged.
    newest: HashHeight,
    /// Sent, but not answered: it may be there or not.
    unanswered: Option<HashHeight>,
    acknowledged: u64,
}

impl Client {
    fn new(index: u32) -> Client {
        let key = devnet::key(index);
        Client { key, newest: HashHeight::ZERO, unanswered: None, acknowledged: 0 }
    }

    /// Hands in blocks until the program is gone.
    fn work(&mut self, url: &str, killed: &AtomicBool) {
        while !killed.load(Ordering::Acquire) {
            match self.publish(url) {
                Ok(()) => {}
                // Plasma is used up, or too much waits: some momentums help.
                Err(Told::Refused(_)) => thread::sleep(Duration::from_millis(20)),
                Err(Told::Gone) => return,
            }
        }
    }

    fn publish(&mut self, url: &str) -> Result<(), Told> {
        let momentum = call(url, "ledger.getFrontierMomentum", &json!([]))?;
        let (hash, height) = (text(&momentum["hash"])?, momentum["height"].as_u64());
        let mut block = AccountBlock {
            version: 1,
            chain_identifier: devnet::CHAIN_IDENTIFIER,
            block_type: BlockType::USER_SEND,
            previous_hash: self.newest.hash,
            height: self.newest.height + 1,
            momentum_acknowledged: HashHeight::new(hash, height.unwrap_or(0)),
            address: self.key.address(),
            to_address: devnet::key(9).address(),
            amount: Amount::from(1u64),
            token_standard: TokenStandard::ZNN,
            fused_plasma: 21_000,
            ..AccountBlock::default()
        };
        self.key.finish_block(&mut block);
        let name = block.identifier();
        self.unanswered = Some(name);
        let block = serde_json::to_value(&block).map_err(|_| Told::Gone)?;
        let answer = call(url, "ledger.publishRawTransaction", &json!([block]));
        match answer {
            Ok(_) => {
                self.newest = name;
                self.acknowledged += 1;
                self.unanswered = None;
                Ok(())
            }
            Err(Told::Refused(text)) => {
                self.unanswered = None;
                Err(Told::Refused(text))
            }
            Err(Told::Gone) => Err(Told::Gone),
        }
    }

    /// The block of this account at `height`.
    fn block_at(&self, url: &str, height: u64) -> Result<Option<AccountHeader>, Failed> {
        let address = self.key.address().to_string();
        let params = json!([address, height, 1]);
        let page =
            call(url, "ledger.getAccountBlocksByHeight", &params).map_err(Told::into_failed)?;
        let Some(block) = page["list"].get(0) else { return Ok(None) };
        let hash: Hash = text(&block["hash"]).map_err(Told::into_failed)?;
        let height = block["height"].as_u64().unwrap_or(0);
        Ok(Some(AccountHeader { address: self.key.address(), height, hash }))
    }

    /// Looks for what was acknowledged.
    fn look(&mut self, url: &str) -> Result<(), Failed> {
        if self.newest.height == 0 {
            // The account's first block is genesis's.
            let first = self.block_at(url, 1)?.ok_or("an account of the network has no block")?;
            self.newest = first.identifier();
        }
        let found = self.block_at(url, self.newest.height)?;
        if found.map(|block| block.identifier()) != Some(self.newest) {
            return Err(format!(
                "{}: block {} was acknowledged, found {found:?}",
                self.key.address(),
                self.newest
            )
            .into());
        }
        // What was not answered may have been kept: then the next block stands on it.
        if let Some(name) = self.unanswered.take()
            && self.block_at(url, name.height)?.map(|block| block.identifier()) == Some(name)
        {
            self.newest = name;
        }
        if let Some(above) = self.block_at(url, self.newest.height + 1)? {
            return Err(format!("nobody handed in {above:?}").into());
        }
        Ok(())
    }
}

fn look(program: &Program, clients: &mut [Client]) -> Result<(), Failed> {
    clients.iter_mut().try_for_each(|client| client.look(&program.url))
}

/// What a call ended with, if not with a result.
enum Told {
    /// The node said no.
    Refused(String),
    /// There was no answer, or none that could be read.
    Gone,
}

impl Told {
    fn into_failed(self) -> Failed {
        match self {
            Told::Refused(text) => text.into(),
            Told::Gone => "no answer".into(),
        }
    }
}

fn text<T: std::str::FromStr>(value: &Value) -> Result<T, Told> {
    value.as_str().and_then(|text| text.parse().ok()).ok_or(Told::Gone)
}

fn call(url: &str, method: &str, params: &Value) -> Result<Value, Told> {
    let request = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
    let answer = ureq::post(url)
        .header("content-type", "application/json")
        .send(request.to_string())
        .map_err(|_| Told::Gone)?
        .body_mut()
        .read_to_string()
        .map_err(|_| Told::Gone)?;
    let mut answer: Value = serde_json::from_str(&answer).map_err(|_| Told::Gone)?;
    match answer.get("error") {
        Some(error) if !error.is_null() => {
            Err(Told::Refused(format!("{method}: {}", error["message"].as_str().unwrap_or("?"))))
        }
        _ => Ok(answer["result"].take()),
    }
}

/// Executes the whole chain again.
fn check(uz: &Path, folder: &Path) -> Result<String, Failed> {
    let ended = Command::new(uz)
        .args(["ledger", "check", "--data-dir"])
        .arg(folder.join("data"))
        .env("HOME", folder)
        .env_remove("XDG_DATA_HOME")
        .output()?;
    let out = String::from_utf8_lossy(&ended.stdout).trim().to_owned();
    match ended.status.success() {
        true => Ok(out),
        false => {
            Err(format!("uz ledger check: {out} {}", String::from_utf8_lossy(&ended.stderr)).into())
        }
    }
}
