//! `uz` as a server under measurement: started on free ports, ended with this value.

use crate::process::Process;
use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A running node.
pub struct Server {
    child: Child,
    /// Where JSON-RPC answers: `address:port`.
    pub host: String,
    /// From the start of the process to its first answer.
    pub started_in: Duration,
}

impl Server {
    /// Starts `uz node ARGS…` and waits for its first answer.
    pub fn start(uz: &Path, args: &[&str]) -> Result<Server> {
        let start = Instant::now();
        let mut child = Command::new(uz)
            .args(["node", "--json", "--rpc-addr", "127.0.0.1:0", "--ws-addr", "127.0.0.1:0"])
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .stdin(Stdio::null())
            .spawn()
            .with_context(|| format!("cannot start {}", uz.display()))?;
        let stdout = child.stdout.take().context("stdout was asked for as a pipe")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let ready: Value = serde_json::from_str(&line).with_context(|| {
            format!("uz node said \"{}\" instead of where it listens", line.trim())
        })?;
        let http = ready["result"]["http"].as_str().context("uz node names no HTTP address")?;
        let host = http.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let mut server = Server { child, host, started_in: Duration::ZERO };
        ask(&server.host, "ledger.getFrontierMomentum", "[]")?;
        server.started_in = start.elapsed();
        Ok(server)
    }

    /// The process.
    pub fn process(&self) -> Process {
        Process(self.child.id())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One call over a connection of its own; gives the result.
pub fn ask(host: &str, method: &str, params: &str) -> Result<Value> {
    let body = crate::load::call(method, params);
    let mut stream =
        TcpStream::connect(host).with_context(|| format!("cannot connect to {host}"))?;
    let request = format!(
        "POST / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").context("the answer has no body")?;
    // A chunked body is one chunk here or there; JSON begins and ends with braces.
    let json = body.find('{').zip(body.rfind('}')).map(|(from, to)| &body[from..=to]);
    let json = json.with_context(|| format!("the server answered: {head}"))?;
    let mut value: Value = serde_json::from_str(json)?;
    if let Some(error) = value.get("error") {
        bail!("{method}: {error}");
    }
    Ok(value["result"].take())
}
