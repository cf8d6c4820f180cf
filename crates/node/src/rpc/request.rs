//! Requests as they come: single or in a batch, calls, notifications, and what is neither.
//!
//! Whatever is JSON is taken apart leniently, as the reference does: fields of a wrong type count as
//! absent, unknown ones are left alone, `jsonrpc` may say anything. Source: go-zenon
//! `rpc/server/json.go`.

use super::json::{Raw, Sort};
use ledger::codec::json::field_named;
use std::borrow::Cow;

/// What a body or a message holds.
pub enum Requests<'a> {
    /// One request.
    Single(Request<'a>),
    /// Several in an array.
    Batch(Vec<Request<'a>>),
    /// More in an array than are taken.
    TooMany(usize),
}

impl<'a> Requests<'a> {
    /// Takes a checked JSON value apart; a batch has at most `batch_max` elements.
    pub fn of(value: Raw<'a>, batch_max: usize) -> Requests<'a> {
        if value.sort() != Sort::Array {
            return Requests::Single(Request::of(value));
        }
        let mut batch = Vec::new();
        let mut elements = value.elements();
        for element in elements.by_ref().take(batch_max) {
            batch.push(Request::of(element));
        }
        match elements.count() {
            0 => Requests::Batch(batch),
            more => Requests::TooMany(batch_max + more),
        }
    }
}

/// One message of a client.
#[derive(Default)]
pub struct Request<'a> {
    id: Option<Raw<'a>>,
    /// The method; empty if there is none.
    pub method: Cow<'a, str>,
    /// The arguments, whatever they are.
    pub params: Option<Raw<'a>>,
    answers: bool,
}

/// What is to be done with a message.
pub enum Sense<'a> {
    /// Run it and answer under this id.
    Call(Raw<'a>),
    /// Run it without an answer.
    Notification,
    /// It answers something that was never asked: leave it alone.
    Ignored,
    /// It is no request; the id to answer under, if it has one.
    Invalid(Option<Raw<'a>>),
}

/// Ending of the methods of notifications, which only a server sends.
pub const NOTIFIES: &str = ".subscription";

impl<'a> Request<'a> {
    /// Takes one message apart; what is no object has no parts.
    fn of(value: Raw<'a>) -> Request<'a> {
        const NAMES: [&str; 6] = ["jsonrpc", "id", "method", "params", "error", "result"];
        let mut request = Request::default();
        let (mut error, mut result) = (false, false);
        for (key, value) in value.fields() {
            match field_named(&NAMES, &key) {
                Some("id") => request.id = Some(value),
                Some("params") => request.params = Some(value),
                Some("result") => result = true,
                Some("error") => error = value.sort() != Sort::Null,
                Some("method") if value.sort() == Sort::Text => request.method = value.string(),
                _ => {}
            }
        }
        request.answers = error || result;
        request
    }

    /// What is to be done with it.
    pub fn sense(&self) -> Sense<'a> {
        let id = self.id.filter(|id| !matches!(id.sort(), Sort::Object | Sort::Array));
        match (self.id, id) {
            (None, _) if !self.method.is_empty() => match self.method.ends_with(NOTIFIES) {
                true => Sense::Ignored,
                false => Sense::Notification,
            },
            (_, Some(id)) if !self.method.is_empty() => Sense::Call(id),
            (_, Some(_)) if self.params.is_none() && self.answers => Sense::Ignored,
            (_, id) => Sense::Invalid(id),
        }
    }
}
