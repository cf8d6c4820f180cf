//! Programs on hosts: starting, killing and asking nodes.

use crate::lab::Host;
use serde_json::{Value, json};
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Longest wait for a program's first line.
const START: Duration = Duration::from_secs(60);
/// Time between two looks at something that is waited for.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// Port of JSON-RPC on each host.
const RPC_PORT: u16 = 35_997;

/// The program under test.
pub fn uz() -> PathBuf {
    std::env::var_os("UZ").map_or_else(|| env!("CARGO_BIN_EXE_uz").into(), PathBuf::from)
}

/// Runs `uz` with these words, and gives its result.
pub fn result_of(home: &Path, words: &[&str]) -> Value {
    let output = Command::new(uz()).args(words).arg("--json").env("HOME", home).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let envelope: Value = serde_json::from_str(&text).unwrap_or_else(|_| {
        panic!("uz {words:?}: {text}{}", String::from_utf8_lossy(&output.stderr))
    });
    assert_eq!(envelope["ok"], true, "uz {words:?}: {text}");
    envelope["result"].clone()
}

/// Looks again and again until there is something to see.
pub fn until<T>(what: &str, most: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + most;
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(Instant::now() < end, "not within {} s: {what}", most.as_secs());
        std::thread::sleep(LOOK_EVERY);
    }
}

/// A node on a host.
pub struct Node {
    /// Where it runs.
    pub host: Host,
    /// Where others reach it.
    pub ip: Ipv4Addr,
    /// Its name in messages, and that of its log.
    pub name: String,
    folder: PathBuf,
    words: Vec<String>,
    child: Mutex<Option<Child>>,
}

impl Node {
    /// A node that does not run yet; `words` follow `uz node`.
    pub fn new(name: &str, host: Host, ip: Ipv4Addr, folder: &Path, words: &[&str]) -> Node {
        let rpc = format!("{ip}:{RPC_PORT}");
        let own =
            ["node", "--json", "--rpc-addr", &rpc, "--ws-addr", "none", "--log-level", "info"];
        let words = own.iter().chain(words).map(|word| (*word).to_owned()).collect();
        let (name, folder) = (name.to_owned(), folder.to_owned());
        Node { host, ip, name, folder, words, child: Mutex::new(None) }
    }

    /// Starts it, and waits until it answers.
    pub fn start(&self) {
        let log = File::options().create(true).append(true).open(self.log_path()).unwrap();
        let mut child = self
            .host
            .command(uz().to_str().unwrap())
            .args(&self.words)
            .env("HOME", self.folder.join(format!("home-{}", self.name)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let out = child.stdout.take().unwrap();
        let (send, line) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let mut lines = BufReader::new(out).lines();
            // Nobody waits for a line that comes too late.
            let _ = send.send(lines.next());
            for _ in lines {}
        });
        let line = line.recv_timeout(START).ok().flatten().and_then(Result::ok);
        let line = line.unwrap_or_default();
        let ready = serde_json::from_str::<Value>(&line).is_ok_and(|ready| ready["ok"] == true);
        *self.child.lock().unwrap() = Some(child);
        assert!(ready, "{} did not start: {line}\n{}", self.name, self.log());
    }

    /// Ends it without warning.
    pub fn kill(&self) {
        if let Some(mut child) = self.child.lock().unwrap().take() {
            // It may have ended already.
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Asks it to end, as Ctrl-C does, and waits for it.
    pub fn stop(&self) {
        let mut child = self.child.lock().unwrap().take().expect("it runs");
        let id = child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
        let status = child.wait().unwrap();
        assert!(status.success(), "{} ended with {status}:\n{}", self.name, self.log());
    }

    fn log_path(&self) -> PathBuf {
        self.folder.join(format!("{}.log", self.name))
    }

    /// The end of its log.
    pub fn log(&self) -> String {
        let text = fs::read_to_string(self.log_path()).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(40)..].join("\n")
    }

    /// Asks it; `Err` with the text of its refusal, `None` if there is no answer.
    pub fn ask(&self, method: &str, params: &Value) -> Option<Result<Value, String>> {
        let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(10)))
            .build()
            .into();
        let mut answer = agent
            .post(format!("http://{}:{RPC_PORT}", self.ip))
            .header("content-type", "application/json")
            .send(request.to_string())
            .ok()?;
        let text = answer.body_mut().read_to_string().ok()?;
        let mut answer: Value = serde_json::from_str(&text).ok()?;
        match answer.get("error") {
            Some(error) if !error.is_null() => {
                Some(Err(error["message"].as_str().unwrap_or("?").to_owned()))
            }
            _ => Some(Ok(answer["result"].take())),
        }
    }

    /// The result of a question that it must not refuse, if it answers.
    pub fn get(&self, method: &str, params: &Value) -> Option<Value> {
        self.ask(method, params).map(|answer| {
            answer.unwrap_or_else(|refusal| panic!("{}: {method}: {refusal}", self.name))
        })
    }

    /// Height of its newest momentum, if it answers.
    pub fn height(&self) -> Option<u64> {
        self.get("ledger.getFrontierMomentum", &json!([]))?["height"].as_u64()
    }

    /// Its momentums from this height on, at most so many.
    pub fn momentums(&self, height: u64, count: u64) -> Option<Vec<Momentum>> {
        let page = self.get("ledger.getMomentumsByHeight", &json!([height.max(1), count]))?;
        let read = |value: &Value| {
            Some(Momentum {
                height: value["height"].as_u64()?,
                timestamp: value["timestamp"].as_u64()?,
                hash: value["hash"].as_str()?.to_owned(),
                producer: value["producer"].as_str()?.to_owned(),
            })
        };
        page["list"].as_array()?.iter().map(read).collect()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.kill();
    }
}

/// What is compared of a momentum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Momentum {
    pub height: u64,
    pub timestamp: u64,
    pub hash: String,
    pub producer: String,
}
