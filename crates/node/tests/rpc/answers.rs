//! Answers of the reference's node to some 1,460 requests, good and bad, over HTTP, compared with ours.
//!
//! Answers are compared text by text. What differs on purpose stands in [`DIFFERENCES`] with its
//! reason.

use super::client::{Answer, Client};
use super::recorded::showcase_until;
use super::server::{MemoryNode, Server, config};
use node::http::limits::Limits;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Most answers that may differ, of a hundred.
const DIFFERENT_MAX_PERCENT: usize = 1;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Recorded {
    height: u64,
    answers: Vec<Exchange>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Exchange {
    request: Asked,
    status: u16,
    content_type: String,
    access_control_allow_origin: Option<String>,
    body: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked {
    verb: String,
    path: String,
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: String,
    body_repeat: Option<usize>,
}

/// What differs on purpose: a text that the request holds, and why its answer is another.
const DIFFERENCES: [(&str, &str); 6] = [
    (
        r#"{"jsonrpc":"2.0","id":1,"method":"embedded.pillar.getAll","params":[0,10]}"#,
        "the reference has not worked out its pillars' weights when it is asked for the first time, \
         and shows zeros; ours are always those of the newest momentum, as its later answers are",
    ),
    (r#""Host": "localhost"#, "this machine's own name is no foreign host"),
    ("stats.osInfo", "memory and tasks of the machine at that moment"),
    (
        "stats.processInfo",
        "the recorded node was built without its commit, ours names the one whose answers it gives",
    ),
    ("rpc.modules", "ours serve the namespace network besides"),
    ("stats.networkInfo", "each node has a key of its own"),
];

impl Asked {
    fn send(&self, client: &mut Client) -> Answer {
        let headers: Vec<(&str, &str)> =
            self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let body = self.body.repeat(self.body_repeat.unwrap_or(1));
        client.ask(&self.verb, &self.path, &headers, body.as_bytes())
    }

    /// The request in a line.
    fn line(&self) -> String {
        let body: String = self.body.chars().take(400).collect();
        format!("{} {} {:?} {body}", self.verb, self.path, self.headers)
    }
}

impl Exchange {
    /// What is wrong with an answer, if something is.
    fn differs(&self, answer: &Answer) -> Option<String> {
        if answer.status != self.status {
            return Some(format!("status {} instead of {}", answer.status, self.status));
        }
        let media = answer.header("content-type").unwrap_or_default();
        if media != self.content_type {
            return Some(format!("content type {media:?} instead of {:?}", self.content_type));
        }
        let allowed = answer.header("access-control-allow-origin");
        if allowed != self.access_control_allow_origin.as_deref() {
            return Some(format!("allows origin {allowed:?}"));
        }
        let text = answer.text();
        (text != self.body).then(|| format!("\n  is     {text}  should {}", self.body))
    }
}

#[test]
fn answers_are_those_of_the_reference() {
    let packed = include_bytes!("answers.json.zst");
    let text = zstd::decode_all(&packed[..]).expect("the answers are whole");
    let recorded: Recorded = serde_json::from_slice(&text).expect("recorded answers");
    let (chain, _) = showcase_until(recorded.height);
    let mut config = config();
    config.origins = vec!["*".to_owned()];
    let server = Server::start(MemoryNode::new(chain, false), config, Limits::default());

    let mut different = Vec::new();
    let mut on_purpose = 0;
    for exchange in &recorded.answers {
        let answer = exchange.request.send(&mut Client::connect(server.http()));
        if let Some(difference) = exchange.differs(&answer) {
            let line = exchange.request.line();
            let reason = DIFFERENCES.iter().find(|(text, _)| line.contains(text));
            match reason {
                Some(_) => on_purpose += 1,
                None => different.push(format!("{line}: {difference}")),
            }
        }
    }
    println!("{} answers compared, {on_purpose} differ on purpose", recorded.answers.len());
    assert!(different.is_empty(), "{} answers differ:\n{}", different.len(), different.join("\n"));
    assert!(on_purpose * 100 <= recorded.answers.len() * DIFFERENT_MAX_PERCENT);
}
