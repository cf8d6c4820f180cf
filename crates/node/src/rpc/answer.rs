//! A message in, an answer out: finds the method, reads the arguments, runs it, writes the answer.
//!
//! Calls that read little run where the message was read; the others run on threads of their own, a
//! few at a time. A method that panics answers `method handler crashed` and harms nothing else.
//! Sources: go-zenon `rpc/server/handler.go`, `service.go`.

use super::failure::{
    CRASHED, Failure, INVALID_PARAMS, INVALID_REQUEST, NEEDS_TOKEN, NO_NOTIFICATIONS,
    NO_SUBSCRIPTION, PARSE_ERROR, TIMEOUT, TOO_LARGE,
};
use super::json::{self, Raw};
use super::params::{Args, Kind, Param, param};
use super::pillar::Standing;
use super::reading::Reading;
use super::remembered::Remembered;
use super::request::{Request, Requests, Sense};
use super::session::{self, Scope};
use super::tally::Tally;
use super::{Answer, Method, NAMESPACES, Namespace, Run, Served};
use crate::service::{Moment, Service};
use serde::Serialize;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;

/// Longest time that a call may take.
const CALL_TIME_MAX: Duration = Duration::from_secs(30);
/// Largest answer to one message, in bytes.
const ANSWER_BYTES_MAX: usize = 64 << 20;
/// Most requests in a batch.
pub const BATCH_MAX: usize = 1_000;
/// Calls that run aside at a time.
const ASIDE_MAX: usize = 4;

/// Who asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Caller {
    /// Whoever.
    #[default]
    Anyone,
    /// Who knows the administrator's token.
    Administrator,
}

/// The methods that a node serves.
pub struct Api {
    service: Arc<dyn Service>,
    namespaces: Vec<&'static Namespace>,
    methods: HashMap<String, Entry>,
    standing: Standing,
    aside: Semaphore,
}

/// A method that is served, and what is counted about it.
struct Entry {
    method: &'static Method,
    tally: Tally,
    /// Answers, where they depend on the ledger alone.
    remembered: Option<Remembered>,
}

impl Api {
    /// The methods of `service`: those of `namespaces`, or all if there are none.
    pub fn new(service: Arc<dyn Service>, namespaces: &[String]) -> Api {
        let development = service.dev().is_some();
        let wanted = |name: &str| namespaces.is_empty() || namespaces.iter().any(|n| n == name);
        let namespaces: Vec<&'static Namespace> = NAMESPACES
            .iter()
            .filter(|namespace| match namespace.served {
                Served::Always => true,
                Served::Everywhere => wanted(namespace.name),
                Served::Development => development && wanted(namespace.name),
            })
            .copied()
            .collect();
        let methods = namespaces
            .iter()
            .flat_map(|namespace| {
                namespace.methods.iter().map(|method| {
                    let name = format!("{}.{}", namespace.name, method.name);
                    let remembered = namespace.is_pure().then(Remembered::default);
                    (name, Entry { method, tally: Tally::default(), remembered })
                })
            })
            .collect();
        Api {
            service,
            namespaces,
            methods,
            standing: Standing::default(),
            aside: Semaphore::new(ASIDE_MAX),
        }
    }

    /// The node.
    pub fn service(&self) -> &Arc<dyn Service> {
        &self.service
    }

    /// What was counted about each method, by name.
    pub fn tallies(&self) -> Vec<(&str, &Tally)> {
        let mut list: Vec<(&str, &Tally)> =
            self.methods.iter().map(|(name, served)| (name.as_str(), &served.tally)).collect();
        list.sort_by_key(|(name, _)| *name);
        list
    }

    /// The answer to what is no JSON.
    pub fn unreadable(message: impl Into<String>) -> Vec<u8> {
        lone_failure(None, &Failure::new(PARSE_ERROR, message.into()))
    }

    /// The answer to a checked JSON value, if it asks for one. `scope` keeps the subscriptions of a
    /// connection that can carry notifications.
    pub async fn answer(
        self: &Arc<Api>,
        value: Raw<'_>,
        scope: Option<&Scope>,
        caller: Caller,
    ) -> Option<Vec<u8>> {
        let mut out = Vec::with_capacity(1_024);
        match Requests::of(value, BATCH_MAX) {
            Requests::Single(request) => {
                self.single(&request, scope, caller, &mut out).await;
            }
            Requests::Batch(batch) if batch.is_empty() => {
                return Some(lone_failure(None, &Failure::new(INVALID_REQUEST, "empty batch")));
            }
            Requests::Batch(batch) => {
                for request in &batch {
                    let start = out.len();
                    out.push(if start == 0 { b'[' } else { b',' });
                    let written = out.len();
                    self.single(request, scope, caller, &mut out).await;
                    if out.len() == written {
                        out.truncate(start);
                    }
                }
                if !out.is_empty() {
                    out.push(b']');
                }
            }
            Requests::TooMany(length) => {
                let message = format!("batch of {length} requests; at most {BATCH_MAX} are taken");
                return Some(lone_failure(None, &Failure::new(INVALID_REQUEST, message)));
            }
        }
        if out.is_empty() {
            return None;
        }
        out.push(b'\n');
        Some(out)
    }

    /// Appends the answer to one message, if it asks for one.
    async fn single(
        self: &Arc<Api>,
        request: &Request<'_>,
        scope: Option<&Scope>,
        caller: Caller,
        out: &mut Vec<u8>,
    ) {
        let id = match request.sense() {
            Sense::Ignored => return,
            Sense::Notification => None,
            Sense::Call(id) => Some(id),
            Sense::Invalid(id) => {
                append_failure(out, id, &Failure::new(INVALID_REQUEST, "invalid request"));
                return;
            }
        };
        let start = out.len();
        append_head(out, id);
        out.extend_from_slice(b",\"result\":");
        let outcome = self.call(request, scope, caller, out).await;
        if id.is_none() {
            out.truncate(start);
            return;
        }
        let outcome = match outcome {
            Ok(()) if out.len() > ANSWER_BYTES_MAX => {
                let message = format!(
                    "the answer has {} bytes; at most {ANSWER_BYTES_MAX} are sent",
                    out.len()
                );
                Err(Failure::new(TOO_LARGE, message))
            }
            outcome => outcome,
        };
        match outcome {
            Ok(()) => out.push(b'}'),
            Err(failure) => {
                out.truncate(start);
                append_failure(out, id, &failure);
            }
        }
    }

    /// Appends the result of a call.
    async fn call(
        self: &Arc<Api>,
        request: &Request<'_>,
        scope: Option<&Scope>,
        caller: Caller,
        out: &mut Vec<u8>,
    ) -> Result<(), Failure> {
        let name = request.method.as_ref();
        if let Some(namespace) = name.strip_suffix(session::SUBSCRIBES) {
            let scope = scope.ok_or(NO_NOTIFICATIONS)?;
            let id = scope.subscribe(namespace, request.params)?;
            return Answer(out).give(&id);
        }
        if name.ends_with(session::UNSUBSCRIBES) {
            const ID: &[Param] = &[param("id", Kind::SubscriptionId, "")];
            let args = read_args(request, ID)?;
            scope.ok_or(NO_SUBSCRIPTION)?.unsubscribe(&args.text(0))?;
            return Answer(out).give(&true);
        }
        let Some(Entry { method, tally, remembered }) = self.methods.get(name) else {
            return Err(Failure::no_method(name));
        };
        let began = Instant::now();
        let outcome = match method.run {
            Run::Read(_) => self.read(method, remembered, request, caller, out).await,
            Run::Administer(_) if caller != Caller::Administrator => Err(NEEDS_TOKEN),
            Run::Write(_) | Run::Administer(_) => {
                self.write(method, read_args(request, method.params)?, caller, out).await
            }
        };
        tally.count(began.elapsed(), outcome.is_ok());
        outcome
    }

    /// Runs a reading method, unless its answer is remembered.
    async fn read(
        self: &Arc<Api>,
        method: &'static Method,
        remembered: &Option<Remembered>,
        request: &Request<'_>,
        caller: Caller,
        out: &mut Vec<u8>,
    ) -> Result<(), Failure> {
        let moment = self.service.moment();
        let params = request.params.map(Raw::text).unwrap_or_default();
        if let Some(remembered) = remembered
            && remembered.give(&moment, params, out)
        {
            return Ok(());
        }
        let args = read_args(request, method.params)?;
        let start = out.len();
        if method.cost.is_heavy(&args) {
            self.aside(method, moment.clone(), args, caller, out).await?;
        } else {
            self.here(method, &*moment, &args, caller, out)?;
        }
        if let Some(remembered) = remembered {
            remembered.keep(&moment, params, &out[start..]);
        }
        Ok(())
    }

    /// Runs a reading method at once.
    fn here(
        &self,
        method: &Method,
        moment: &dyn Moment,
        args: &Args,
        caller: Caller,
        out: &mut Vec<u8>,
    ) -> Result<(), Failure> {
        let Run::Read(read) = method.run else { return Err(CRASHED) };
        let run = || read(&self.reading(moment, caller), args, &mut Answer(out));
        catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| crashed(method))
    }

    /// Runs a reading method on a thread that may take its time.
    async fn aside(
        self: &Arc<Api>,
        method: &'static Method,
        moment: Arc<dyn Moment>,
        args: Args,
        caller: Caller,
        out: &mut Vec<u8>,
    ) -> Result<(), Failure> {
        let run = async {
            let _permit = self.aside.acquire().await.map_err(|_| CRASHED)?;
            let api = Arc::clone(self);
            let reading = tokio::task::spawn_blocking(move || {
                let mut result = Vec::new();
                api.here(method, &*moment, &args, caller, &mut result).map(|()| result)
            });
            reading.await.unwrap_or(Err(CRASHED))
        };
        let result = in_time(run).await?;
        out.extend_from_slice(&result);
        Ok(())
    }

    /// Runs a method that changes something.
    async fn write(
        &self,
        method: &Method,
        args: Args,
        caller: Caller,
        out: &mut Vec<u8>,
    ) -> Result<(), Failure> {
        let (Run::Write(write) | Run::Administer(write)) = method.run else { return Err(CRASHED) };
        let later = {
            let moment = self.service.moment();
            let begin = || write(&self.reading(&*moment, caller), &args);
            catch_unwind(AssertUnwindSafe(begin)).unwrap_or_else(|_| {
                crashed::<()>(method)?;
                Err(CRASHED)
            })?
        };
        let result = in_time(later).await?;
        out.extend_from_slice(&result);
        Ok(())
    }

    fn reading<'a>(&'a self, moment: &'a dyn Moment, caller: Caller) -> Reading<'a> {
        let administers = caller == Caller::Administrator;
        Reading::new(&self.service, &self.namespaces, &self.standing, administers, moment)
    }
}

fn read_args(request: &Request<'_>, params: &[Param]) -> Result<Args, Failure> {
    Args::read(request.params, params).map_err(|message| Failure::new(INVALID_PARAMS, message))
}

fn crashed<T>(method: &Method) -> Result<T, Failure> {
    tracing::error!(method = method.name, "a method panicked");
    Err(CRASHED)
}

async fn in_time<T>(run: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    match tokio::time::timeout(CALL_TIME_MAX, run).await {
        Ok(outcome) => outcome,
        Err(_) => {
            let message = format!("no answer within {} s", CALL_TIME_MAX.as_secs());
            Err(Failure::new(TIMEOUT, message))
        }
    }
}

/// Appends the beginning of an answer, up to its id.
fn append_head(out: &mut Vec<u8>, id: Option<Raw<'_>>) {
    out.extend_from_slice(b"{\"jsonrpc\":\"2.0\",\"id\":");
    match id {
        Some(id) => json::append_compact(out, id),
        None => out.extend_from_slice(b"null"),
    }
}

fn append_failure(out: &mut Vec<u8>, id: Option<Raw<'_>>, failure: &Failure) {
    #[derive(Serialize)]
    struct Form<'a> {
        code: i32,
        message: &'a str,
    }
    append_head(out, id);
    out.extend_from_slice(b",\"error\":");
    json::append(out, &Form { code: failure.code, message: &failure.message })
        .expect("a number and a text have a JSON form");
    out.push(b'}');
}

fn lone_failure(id: Option<Raw<'_>>, failure: &Failure) -> Vec<u8> {
    let mut out = Vec::new();
    append_failure(&mut out, id, failure);
    out.push(b'\n');
    out
}
