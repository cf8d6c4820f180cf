//! HTTP in front of the desk.
//!
//! | request | answer |
//! |---|---|
//! | `GET /` | a page for people, the status for programs |
//! | `GET /status` | what is given, and how many wait |
//! | `GET /challenge?address=z1…` | `{challenge, difficulty, expires}` |
//! | `POST /request` `{address, challenge, nonce}` | 202 `{id}`; the nonce is 16 hex digits |
//! | `GET /request/ID` | `{id, state, before, blocks, why}` |
//!
//! Whatever is refused has a JSON body `{error: {code, message}}`, with `retryAfter` in seconds where waiting
//! helps.

use super::desk::{Desk, Refusal, State};
use super::journal::{Part, Progress};
use super::puzzle::{Challenge, PuzzleError};
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use ledger::types::{Address, Amount};
use node::http::tls::TlsAcceptor;
use serde::Deserialize;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

/// Connections at a time.
const CONNECTIONS_MAX: usize = 256;
/// Largest body of a request.
const BODY_BYTES_MAX: usize = 4_096;
/// Largest head of a request.
const HEAD_BYTES_MAX: usize = 16 << 10;
/// How long a head may take.
const HEAD_TIME_MAX: Duration = Duration::from_secs(10);
/// How long a connection may stand, however slow it is.
const CONNECTION_TIME_MAX: Duration = Duration::from_secs(60);
/// Pause after an accept that failed for want of something.
const PAUSE: Duration = Duration::from_millis(100);

const PAGE: &str = include_str!("page.html");

/// What the connections share.
pub struct Counter {
    /// Takes requests.
    pub desk: Arc<Desk>,
    /// Who gives.
    pub account: Address,
    /// Whether a proxy says who asks.
    pub behind_proxy: bool,
    /// The system's clock in unix seconds.
    pub now: fn() -> u64,
}

type Answer = Response<Full<Bytes>>;

/// Answers until `stop` says so.
pub async fn serve(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    counter: Arc<Counter>,
    mut stop: watch::Receiver<bool>,
) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_) = connections.join_next(), if !connections.is_empty() => continue,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        let (socket, from) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        // Who finds no place is hung up on.
        let Ok(place) = places.clone().try_acquire_owned() else { continue };
        let (counter, tls) = (counter.clone(), tls.clone());
        connections.spawn(async move {
            let _place = place;
            let conversation = async {
                match tls {
                    None => converse(socket, from, counter).await,
                    Some(tls) => match timeout(HEAD_TIME_MAX, tls.accept(socket)).await {
                        Ok(Ok(socket)) => converse(socket, from, counter).await,
                        Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
                        Err(_) => tracing::debug!("a TLS handshake took too long"),
                    },
                }
            };
            let _ = timeout(CONNECTION_TIME_MAX, conversation).await;
        });
    }
    connections.shutdown().await;
}

async fn converse<S>(socket: S, from: SocketAddr, counter: Arc<Counter>)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let answer = |request| {
        let counter = counter.clone();
        async move { Ok::<_, Infallible>(answer(counter, from, request).await) }
    };
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME_MAX)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(socket), service_fn(answer));
    if let Err(error) = connection.await {
        tracing::debug!(%error, "a connection ended early");
    }
}

async fn answer(counter: Arc<Counter>, from: SocketAddr, request: Request<Incoming>) -> Answer {
    let path = request.uri().path().to_owned();
    match (request.method(), path.as_str()) {
        (&Method::GET, "/") if wants_page(request.headers()) => page(&counter),
        (&Method::GET, "/" | "/status") => give(StatusCode::OK, &counter.status()),
        (&Method::GET, "/challenge") => {
            counter.challenge(request.uri().query().unwrap_or_default())
        }
        (&Method::POST, "/request") => {
            let ip = counter.client(from, request.headers());
            let body = Limited::new(request.into_body(), BODY_BYTES_MAX).collect();
            match timeout(HEAD_TIME_MAX, body).await {
                Ok(Ok(body)) => take(counter, ip, body.to_bytes()).await,
                Ok(Err(_)) => {
                    let text = format!("a request has at most {BODY_BYTES_MAX} bytes");
                    refuse(StatusCode::PAYLOAD_TOO_LARGE, "too-large", &text, None)
                }
                Err(_) => refuse(StatusCode::REQUEST_TIMEOUT, "too-slow", "too slow", None),
            }
        }
        (&Method::GET, path) if path.starts_with("/request/") => {
            counter.state(path.trim_start_matches("/request/"))
        }
        (_, "/" | "/status" | "/challenge" | "/request") => {
            refuse(StatusCode::METHOD_NOT_ALLOWED, "bad-method", "method not allowed", None)
        }
        _ => refuse(StatusCode::NOT_FOUND, "not-found", "there is nothing here", None),
    }
}

fn wants_page(headers: &HeaderMap) -> bool {
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accept.contains("text/html")
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    address: String,
    challenge: String,
    nonce: String,
}

/// Takes a request.
async fn take(counter: Arc<Counter>, ip: IpAddr, body: Bytes) -> Answer {
    let bad = |text: String| refuse(StatusCode::BAD_REQUEST, "bad-request", &text, None);
    let asked: Asked = match serde_json::from_slice(&body) {
        Ok(asked) => asked,
        Err(error) => {
            return bad(format!("the body is not {{address, challenge, nonce}}: {error}"));
        }
    };
    let address = match address(&asked.address) {
        Ok(address) => address,
        Err(text) => return bad(text),
    };
    let challenge = match Challenge::parse(&asked.challenge) {
        Ok(challenge) => challenge,
        Err(error) => return bad(error.to_string()),
    };
    let mut nonce = [0; 8];
    if hex::decode_to_slice(&asked.nonce, &mut nonce).is_err() {
        return bad("the nonce is not the hex of 8 bytes".to_owned());
    }
    let now = (counter.now)();
    // The answer waits for the disk.
    let taken = tokio::task::spawn_blocking(move || {
        counter.desk.request(address, &challenge, &nonce, ip, now)
    });
    match taken.await {
        Ok(Ok(id)) => give(StatusCode::ACCEPTED, &json!({ "id": id })),
        Ok(Err(refusal)) => refusal_answer(&refusal),
        Err(error) => {
            tracing::error!(%error, "a request could not be taken");
            refuse(StatusCode::INTERNAL_SERVER_ERROR, "failed", "something went wrong", None)
        }
    }
}

fn refusal_answer(refusal: &Refusal) -> Answer {
    let text = refusal.to_string();
    match refusal {
        Refusal::Puzzle(PuzzleError::Malformed | PuzzleError::Unsolved) => {
            refuse(StatusCode::BAD_REQUEST, "unsolved", &text, None)
        }
        Refusal::Puzzle(PuzzleError::Foreign | PuzzleError::Expired) => {
            refuse(StatusCode::CONFLICT, "stale-challenge", &text, None)
        }
        Refusal::Address { wait } => {
            refuse(StatusCode::TOO_MANY_REQUESTS, "address-limit", &text, Some(*wait))
        }
        Refusal::Place { wait } => {
            refuse(StatusCode::TOO_MANY_REQUESTS, "place-limit", &text, Some(*wait))
        }
        Refusal::Full { .. } => refuse(StatusCode::SERVICE_UNAVAILABLE, "busy", &text, Some(30)),
        Refusal::Journal(_) => {
            tracing::error!("{text}");
            let text = "the faucet can't write down what it does";
            refuse(StatusCode::INTERNAL_SERVER_ERROR, "failed", text, None)
        }
    }
}

impl Counter {
    /// Who asks.
    fn client(&self, from: SocketAddr, headers: &HeaderMap) -> IpAddr {
        let told = || {
            // The proxy appends whom it sees: the last one is its own word.
            let value = headers.get("x-forwarded-for")?.to_str().ok()?;
            value.rsplit(',').next()?.trim().parse().ok()
        };
        self.behind_proxy.then(told).flatten().unwrap_or(from.ip())
    }

    fn status(&self) -> Value {
        let terms = self.desk.terms();
        let (waiting, served) = self.desk.counts();
        json!({
            "account": self.account.to_string(),
            "gives": {
                "znn": coins(terms.znn), "qsr": coins(terms.qsr), "fusedQsr": coins(terms.fuse),
            },
            "difficulty": terms.difficulty,
            "everySeconds": terms.every.as_secs(),
            "perPlace": terms.per_ip,
            "waiting": waiting,
            "served": served,
        })
    }

    fn challenge(&self, query: &str) -> Answer {
        let text = query.split('&').find_map(|pair| pair.strip_prefix("address="));
        let address = match address(text.unwrap_or_default()) {
            Ok(address) => address,
            Err(text) => return refuse(StatusCode::BAD_REQUEST, "bad-request", &text, None),
        };
        let mut random = [0; 16];
        if getrandom::fill(&mut random).is_err() {
            let text = "no randomness for a challenge";
            return refuse(StatusCode::INTERNAL_SERVER_ERROR, "failed", text, None);
        }
        let challenge = self.desk.challenge(&address, random, (self.now)());
        let value = json!({
            "challenge": challenge.to_string(),
            "difficulty": self.desk.terms().difficulty,
            "expires": challenge.expiry(),
        });
        give(StatusCode::OK, &value)
    }

    fn state(&self, id: &str) -> Answer {
        let Some((state, entry)) = self.desk.state(id) else {
            let text = "there is no such request, or it was forgotten";
            return refuse(StatusCode::NOT_FOUND, "not-found", text, None);
        };
        let hash = |part: Part| match entry.parts.get(&part) {
            Some(Progress::Sent(hash)) => Some(hash.to_string()),
            Some(Progress::Drafted(_)) | None => None,
        };
        let (name, before, why) = match state {
            State::Waiting(before) => ("waiting", Some(before), None),
            State::Sent => ("sent", None, None),
            State::Failed(why) => ("failed", None, Some(why)),
        };
        let value = json!({
            "id": id,
            "address": entry.address.to_string(),
            "state": name,
            "before": before,
            "blocks": {
                "fuse": hash(Part::Fuse), "znn": hash(Part::Znn), "qsr": hash(Part::Qsr),
            },
            "why": why,
        });
        give(StatusCode::OK, &value)
    }
}

fn address(text: &str) -> Result<Address, String> {
    text.parse().map_err(|error| {
        let start: String = text.chars().take(60).collect();
        format!("\"{start}\" is no address ({error})")
    })
}

fn coins(amount: Amount) -> String {
    crate::amount::show(amount, crate::amount::COIN_DECIMALS)
}

/// The page for people.
fn page(counter: &Counter) -> Answer {
    let terms = counter.desk.terms();
    let (waiting, served) = counter.desk.counts();
    let hours = format!("{:.1}", terms.every.as_secs_f64() / 3600.0);
    let body = PAGE
        .replace("{znn}", &coins(terms.znn))
        .replace("{qsr}", &coins(terms.qsr))
        .replace("{hours}", hours.trim_end_matches(".0"))
        .replace("{account}", &counter.account.to_string())
        .replace("{waiting}", &waiting.to_string())
        .replace("{served}", &served.to_string());
    let mut answer = Response::new(Full::from(body));
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    let policy = HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'");
    answer.headers_mut().insert(CONTENT_TYPE, html);
    answer.headers_mut().insert("content-security-policy", policy);
    answer
}

fn give(status: StatusCode, value: &Value) -> Answer {
    let mut answer = Response::new(Full::from(format!("{value}\n")));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

fn refuse(status: StatusCode, code: &str, message: &str, wait: Option<u64>) -> Answer {
    let mut answer =
        give(status, &json!({ "error": { "code": code, "message": message }, "retryAfter": wait }));
    if let Some(wait) = wait {
        answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from(wait));
    }
    answer
}
