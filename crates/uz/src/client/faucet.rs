//! What a faucet is asked: a puzzle, coins for its solution, what became of them.

use crate::outcome::{Code, Failure};
use crate::show;
use ledger::types::Address;
use serde_json::{Value, json};
use std::time::Duration;
use ureq::Agent;
use wallet::pow::Task;

use crate::faucet::puzzle::Challenge;

/// How long a call may take in all.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);
/// Longest answer that is read.
const ANSWER_BYTES_MAX: u64 = 64 << 10;
/// Hardest puzzle that is worked on: some hours.
const DIFFICULTY_MAX: u64 = 1_000_000_000_000;

/// A faucet.
pub struct Client {
    agent: Agent,
    url: String,
}

/// What is to be solved.
pub struct Puzzle {
    challenge: Challenge,
    difficulty: u64,
}

impl Puzzle {
    /// The work for an address.
    pub fn task(&self, address: &Address) -> Result<Task, Failure> {
        if self.difficulty > DIFFICULTY_MAX {
            let text = format!("the faucet asks for {} tries, which is too much", self.difficulty);
            return Err(Failure::new(Code::NodeError, text));
        }
        Ok(Task::of_data_hash(&self.challenge.work(address), self.difficulty))
    }
}

impl Client {
    /// The faucet at a URL.
    pub fn new(url: &str) -> Result<Client, Failure> {
        let url = if url.contains("://") { url.to_owned() } else { format!("http://{url}") };
        if !url.starts_with("http://") && !url.starts_with("https://") {
            return Err(Failure::usage(format!("\"{url}\" is no http or https URL")));
        }
        let mut config = Agent::config_builder()
            .timeout_global(Some(CALL_TIMEOUT))
            .http_status_as_error(false)
            .user_agent(concat!("uz/", env!("CARGO_PKG_VERSION")));
        if crate::client::rpc::is_loopback(&url) {
            config = config.proxy(None);
        }
        Ok(Client { agent: config.build().into(), url: url.trim_end_matches('/').to_owned() })
    }

    /// What it gives, and how busy it is.
    pub fn status(&self) -> Result<Value, Failure> {
        self.get("/status")
    }

    /// A puzzle for an address.
    pub fn challenge(&self, address: &Address) -> Result<Puzzle, Failure> {
        let answer = self.get(&format!("/challenge?address={address}"))?;
        let challenge = answer["challenge"].as_str().and_then(|text| Challenge::parse(text).ok());
        match (challenge, answer["difficulty"].as_u64()) {
            (Some(challenge), Some(difficulty)) => Ok(Puzzle { challenge, difficulty }),
            _ => Err(self.strange(&answer)),
        }
    }

    /// Hands in a solution; gives the request's name.
    pub fn request(
        &self,
        address: &Address,
        puzzle: &Puzzle,
        nonce: [u8; 8],
    ) -> Result<String, Failure> {
        let body = json!({
            "address": address.to_string(),
            "challenge": puzzle.challenge.to_string(),
            "nonce": hex::encode(nonce),
        });
        let post = self.agent.post(format!("{}/request", self.url));
        let sent = post.header("content-type", "application/json").send(body.to_string());
        let answer = self.read(sent)?;
        let id = answer["id"].as_str();
        id.map(str::to_owned).ok_or_else(|| self.strange(&answer))
    }

    /// What became of a request.
    pub fn state(&self, id: &str) -> Result<Value, Failure> {
        self.get(&format!("/request/{id}"))
    }

    fn get(&self, path: &str) -> Result<Value, Failure> {
        self.read(self.agent.get(format!("{}{path}", self.url)).call())
    }

    fn read(
        &self,
        answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
    ) -> Result<Value, Failure> {
        let unreachable = |error: ureq::Error| {
            Failure::new(Code::Unreachable, format!("the faucet at {} does not answer", self.url))
                .because(error)
                .fix("name another with --url")
        };
        let mut answer = answer.map_err(unreachable)?;
        let status = answer.status();
        let body = answer.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_string();
        let body = body.map_err(unreachable)?;
        let value: Value = serde_json::from_str(&body).unwrap_or(Value::String(body));
        if status.is_success() {
            return Ok(value);
        }
        let Some(message) = value["error"]["message"].as_str() else {
            return Err(self.strange(&value));
        };
        Err(Failure::new(Code::Refused, "the faucet refuses").because(show::printable(message)))
    }

    fn strange(&self, answer: &Value) -> Failure {
        let start: String = show::printable(&answer.to_string()).chars().take(80).collect();
        Failure::new(Code::Unreachable, format!("what answers at {} is no faucet", self.url))
            .because(start)
    }
}
