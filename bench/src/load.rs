//! A load of JSON-RPC calls over HTTP: many connections that each send the next call when the last is answered.
//!
//! The client shares the processors with the server it measures, so it does as little as it can: one
//! thread, requests made beforehand, answers read only as far as their length and the word `"error"`.

use anyhow::{Context as _, Result, bail};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// What a load did.
#[derive(Clone, Copy, Debug, Default)]
pub struct Outcome {
    /// Calls answered with a result.
    pub answered: u64,
    /// Calls answered with an error.
    pub refused: u64,
    /// Time from the first request to the last answer.
    pub took: Duration,
    /// Slowest answer.
    pub slowest: Duration,
}

impl Outcome {
    /// Answers in a second, errors included.
    pub fn per_second(&self) -> f64 {
        (self.answered + self.refused) as f64 / self.took.as_secs_f64()
    }
}

/// One HTTP request, ready to be sent.
pub fn request(host: &str, body: &str) -> Vec<u8> {
    format!(
        "POST / HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// The body of one JSON-RPC call.
pub fn call(method: &str, params: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{params}}}"#)
}

/// Sends `requests` round and round over `connections` for `length`.
pub fn for_a_while(
    host: &str,
    requests: &[Vec<u8>],
    connections: usize,
    length: Duration,
) -> Result<Outcome> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async {
        let start = Instant::now();
        let mut lines = Vec::new();
        for at in 0..connections {
            let requests = requests.to_vec();
            let host = host.to_owned();
            lines.push(tokio::task::spawn_local(async move {
                let mut line = Line::open(&host).await?;
                let mut next = at;
                while start.elapsed() < length {
                    line.send(&requests[next % requests.len()]).await?;
                    // Each line gets to every request, and none is sent twice before the list is through.
                    next += connections + 1;
                }
                anyhow::Ok(line.outcome)
            }));
        }
        gather(lines, start).await
    })
}

/// Sends each list of requests in order over a connection of its own.
pub fn each_in_order(host: &str, lists: Vec<Vec<Vec<u8>>>) -> Result<Outcome> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async {
        let start = Instant::now();
        let mut lines = Vec::new();
        for list in lists {
            let host = host.to_owned();
            lines.push(tokio::task::spawn_local(async move {
                let mut line = Line::open(&host).await?;
                for request in &list {
                    line.send(request).await?;
                }
                anyhow::Ok(line.outcome)
            }));
        }
        gather(lines, start).await
    })
}

async fn gather(
    lines: Vec<tokio::task::JoinHandle<Result<Outcome>>>,
    start: Instant,
) -> Result<Outcome> {
    let mut total = Outcome::default();
    for line in lines {
        let one = line.await??;
        total.answered += one.answered;
        total.refused += one.refused;
        total.slowest = total.slowest.max(one.slowest);
    }
    total.took = start.elapsed();
    Ok(total)
}

/// One connection.
struct Line {
    stream: TcpStream,
    buffer: Vec<u8>,
    outcome: Outcome,
}

impl Line {
    async fn open(host: &str) -> Result<Line> {
        let stream =
            TcpStream::connect(host).await.with_context(|| format!("cannot connect to {host}"))?;
        stream.set_nodelay(true)?;
        Ok(Line { stream, buffer: Vec::with_capacity(64 << 10), outcome: Outcome::default() })
    }

    async fn send(&mut self, request: &[u8]) -> Result<()> {
        let start = Instant::now();
        self.stream.write_all(request).await?;
        let body = self.answer().await?;
        if contains(&body, b"\"error\":") {
            self.outcome.refused += 1;
        } else {
            self.outcome.answered += 1;
        }
        self.outcome.slowest = self.outcome.slowest.max(start.elapsed());
        Ok(())
    }

    /// Reads one response and gives the first bytes of its body.
    async fn answer(&mut self) -> Result<Vec<u8>> {
        self.buffer.clear();
        let head = loop {
            if let Some(end) = find(&self.buffer, b"\r\n\r\n") {
                break end + 4;
            }
            self.more().await?;
        };
        let text = std::str::from_utf8(&self.buffer[..head]).context("a head is not text")?;
        if !text.starts_with("HTTP/1.1 200") {
            bail!("the server answered: {}", text.lines().next().unwrap_or_default());
        }
        let header = |name: &str| {
            text.lines().find_map(|line| {
                let (key, value) = line.split_once(':')?;
                key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
            })
        };
        if let Some(length) = header("content-length") {
            let length: usize = length.parse().context("a length is no number")?;
            while self.buffer.len() < head + length {
                self.more().await?;
            }
            return Ok(self.buffer[head..].iter().take(256).copied().collect());
        }
        // Chunked: the last chunk is empty.
        while !self.buffer.ends_with(b"0\r\n\r\n") {
            self.more().await?;
        }
        Ok(self.buffer[head..].iter().take(256).copied().collect())
    }

    async fn more(&mut self) -> Result<()> {
        if self.stream.read_buf(&mut self.buffer).await? == 0 {
            bail!("the server closed the connection");
        }
        Ok(())
    }
}

fn contains(text: &[u8], word: &[u8]) -> bool {
    find(text, word).is_some()
}

fn find(text: &[u8], word: &[u8]) -> Option<usize> {
    text.windows(word.len()).position(|window| window == word)
}
