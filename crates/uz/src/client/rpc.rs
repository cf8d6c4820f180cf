//! JSON-RPC by HTTP: one call, its answer or its failure.

use crate::outcome::{Code, Failure};
use node::admin::Token;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::time::Duration;
use ureq::Agent;
use ureq::tls::{Certificate, RootCerts, TlsConfig, parse_pem};
use wallet::Secret;

/// How long a connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a call may take in all.
const CALL_TIMEOUT: Duration = Duration::from_secs(60);
/// Longest answer that is read: the largest page of the largest blocks stays below.
const ANSWER_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// A node to ask.
pub struct Rpc {
    agent: Agent,
    url: String,
    /// What the `Authorization` header says, if there is one.
    authorization: Option<Secret<String>>,
}

/// Why a call has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// Nobody answers there.
    #[error("{0}")]
    Unreachable(String),
    /// What answers is no node.
    #[error("{0}")]
    NotRpc(String),
    /// The node answers with an error.
    #[error("{message}")]
    Answered {
        /// The JSON-RPC code.
        code: i64,
        /// The text.
        message: String,
    },
}

impl CallError {
    /// The JSON-RPC code, if the node answered.
    pub fn code(&self) -> Option<i64> {
        match self {
            CallError::Answered { code, .. } => Some(*code),
            CallError::Unreachable(_) | CallError::NotRpc(_) => None,
        }
    }

    /// Whether the node has no such method.
    pub fn is_unknown_method(&self) -> bool {
        matches!(self, CallError::Answered { code: -32601, .. })
    }
}

#[derive(Deserialize)]
struct Response {
    #[serde(default)]
    result: Value,
    error: Option<ErrorObject>,
}

#[derive(Deserialize)]
struct ErrorObject {
    code: i64,
    message: String,
}

impl Rpc {
    /// A node at `url`; `ca` names a file of certificates to trust instead of the usual ones.
    pub fn new(url: &str, ca: Option<&Path>) -> Result<Rpc, Failure> {
        let url = if url.contains("://") { url.to_owned() } else { format!("http://{url}") };
        if !url.starts_with("http://") && !url.starts_with("https://") {
            let failure =
                Failure::usage(format!("node is \"{url}\", which is no http or https URL"));
            return Err(failure.fix("give one as http://127.0.0.1:35997"));
        }
        let mut tls = TlsConfig::builder();
        if let Some(path) = ca {
            tls = tls.root_certs(RootCerts::from(certificates(path)?));
        }
        let mut config = Agent::config_builder()
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .timeout_global(Some(CALL_TIMEOUT))
            .http_status_as_error(false)
            .user_agent(concat!("uz/", env!("CARGO_PKG_VERSION")))
            .tls_config(tls.build());
        if is_loopback(&url) {
            config = config.proxy(None);
        }
        Ok(Rpc { agent: config.build().into(), url, authorization: None })
    }

    /// The same node, asked as its administrator.
    pub fn with_token(mut self, token: &Token) -> Rpc {
        self.authorization = Some(Secret::new(format!("Bearer {}", token.expose())));
        self
    }

    /// Where the node is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// One call.
    pub fn call(&self, method: &str, params: Value) -> Result<Value, CallError> {
        let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let mut post = self.agent.post(&self.url).header("content-type", "application/json");
        if let Some(authorization) = &self.authorization {
            post = post.header("authorization", authorization.expose());
        }
        let answer = post.send(request.to_string());
        let unreachable = |error: ureq::Error| CallError::Unreachable(error.to_string());
        let mut answer = answer.map_err(unreachable)?;
        let status = answer.status();
        let body = answer.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_string();
        let body = body.map_err(unreachable)?;
        let Ok(response) = serde_json::from_str::<Response>(&body) else {
            let start: String = crate::show::printable(&body).chars().take(80).collect();
            return Err(CallError::NotRpc(format!("HTTP {status}: {start}")));
        };
        match response.error {
            Some(error) => Err(CallError::Answered { code: error.code, message: error.message }),
            None => Ok(response.result),
        }
    }

    /// One call whose failure ends the command, its answer read as `T`.
    pub fn get<T: DeserializeOwned>(&self, method: &str, params: Value) -> Result<T, Failure> {
        let answer = self.call(method, params).map_err(|error| self.failure(method, error))?;
        serde_json::from_value(answer).map_err(|error| {
            let text = format!("{} answers {method} in a form that is not known", self.url);
            Failure::new(Code::NodeError, text).because(error)
        })
    }

    /// A call's failure as a command's.
    pub fn failure(&self, method: &str, error: CallError) -> Failure {
        let fix = "start a node with: uz up, or name another with --node URL";
        match error {
            CallError::Unreachable(cause) => {
                let text = format!("the node at {} does not answer", self.url);
                let fix = match cause.contains("certificate") {
                    true => "name the certificate, or its issuer's, with --node-ca FILE",
                    false => fix,
                };
                Failure::new(Code::Unreachable, text).because(cause).fix(fix)
            }
            CallError::NotRpc(cause) => {
                let text = format!("what answers at {} is no node", self.url);
                Failure::new(Code::Unreachable, text).because(cause).fix(fix)
            }
            CallError::Answered { code: -32601, message } => {
                Failure::new(Code::NodeError, format!("{} has no {method}", self.url))
                    .because(message)
                    .fix("ask a node that serves this namespace: rpc.namespaces, or uz up for dev")
            }
            CallError::Answered { message, .. } => {
                Failure::new(Code::NodeError, format!("{method}: {message}"))
            }
        }
    }
}

fn certificates(path: &Path) -> Result<Vec<Certificate<'static>>, Failure> {
    let failure = |error: &dyn std::fmt::Display| Failure::io("read certificates in", path, error);
    let pem = fs::read(path).map_err(|error| failure(&error))?;
    let mut found = Vec::new();
    for item in parse_pem(&pem) {
        if let ureq::tls::PemItem::Certificate(certificate) =
            item.map_err(|error| failure(&error))?
        {
            found.push(certificate);
        }
    }
    if found.is_empty() {
        return Err(failure(&"there is no certificate in it"));
    }
    Ok(found)
}

/// A proxy named in the environment has no part in talking to this machine.
pub fn is_loopback(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    ["127.", "localhost", "[::1]"].iter().any(|host| rest.starts_with(host))
}
