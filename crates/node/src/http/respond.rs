//! One HTTP request: turned away, or answered.
//!
//! Sources: go-zenon `node/rpcstack.go`, `rpc/server/http.go`.

use super::connection::Place;
use super::guard::{CORS, Denied};
use super::limits::{BODY_BYTES_MAX, GZIP_BYTES_MIN};
use super::watchdog::Watch;
use super::{Explorer, Role, Server, explorer, probes, websocket};
use crate::rpc::json::{Raw, ScanError, first_value};
use crate::rpc::{Api, Caller};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use hyper::header::{
    ACCEPT_ENCODING, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_REQUEST_METHOD, AUTHORIZATION,
    CONNECTION, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue, ORIGIN, UPGRADE, VARY,
};
use hyper::{Method, Request, Response, StatusCode};
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// An answer.
pub type Answer = Response<Full<Bytes>>;

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const PLAIN: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

/// Media types of a request that the reference takes.
const MEDIA_TYPES: [&str; 3] =
    ["application/json", "application/json-rpc", "application/jsonrequest"];
/// What `curl -d` sends unless told otherwise; taken from programs, which the reference does not.
const FORM: &str = "application/x-www-form-urlencoded";

/// Answers a request.
pub async fn answer(
    server: &Arc<Server>,
    role: Role,
    place: Place,
    watch: &Watch,
    request: Request<Incoming>,
) -> Answer {
    if let Err(denied) = server.guard.check(request.headers()) {
        server.counts.denied.fetch_add(1, Ordering::Relaxed);
        return deny(denied);
    }
    let origin = request.headers().get(ORIGIN).map(|origin| server.guard.allowed_origin(origin));
    let asked = request.headers().get(ACCESS_CONTROL_REQUEST_METHOD);
    if let (Some(asked), &Method::OPTIONS, "/") = (asked, request.method(), request.uri().path())
        && role.http
    {
        return preflight(asked, origin);
    }
    let mut answer = match request.uri().path() {
        "/" if is_upgrade(request.headers()) && role.ws => {
            websocket::upgrade(server.clone(), place, request)
        }
        "/" if role.http => match explorer_redirect(server, &request) {
            Some(answer) => answer,
            None => call(server, watch, request).await,
        },
        explorer::SOCKET
            if is_upgrade(request.headers())
                && role.http
                && server.explorer == Explorer::PagesAndSocket =>
        {
            websocket::upgrade(server.clone(), place, request)
        }
        path if role.http && server.explorer != Explorer::Off && path.starts_with("/explorer") => {
            explorer::answer(request.method(), path, request.headers())
                .unwrap_or_else(|| empty(StatusCode::NOT_FOUND))
        }
        path if role.http => match probes::answer(server, path) {
            Some(answer) if request.method() == Method::GET => answer,
            Some(_) => error(StatusCode::METHOD_NOT_ALLOWED, "method not allowed"),
            None => empty(StatusCode::NOT_FOUND),
        },
        _ => empty(StatusCode::NOT_FOUND),
    };
    if let Some(origin) = origin {
        let headers = answer.headers_mut();
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(VARY, HeaderValue::from_static("Origin"));
    }
    answer
}

/// Where a browser that asks for a page at the root is sent.
fn explorer_redirect(server: &Server, request: &Request<Incoming>) -> Option<Answer> {
    match server.explorer {
        Explorer::Off => None,
        Explorer::Pages | Explorer::PagesAndSocket => {
            explorer::redirect(request.method(), request.headers())
        }
    }
}

/// Answers a browser that asks whether a page may send a request.
fn preflight(asked: &HeaderValue, origin: Option<HeaderValue>) -> Answer {
    let mut answer = empty(StatusCode::NO_CONTENT);
    let headers = answer.headers_mut();
    headers.insert(VARY, HeaderValue::from_static("Origin"));
    if let (Some(origin), true) = (origin, asked == "POST" || asked == "GET") {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.extend(CORS.map(|(name, value)| (Some(name), value)));
    }
    answer
}

fn deny(denied: Denied) -> Answer {
    error(StatusCode::FORBIDDEN, denied.text())
}

/// Whether a request asks to go on as WebSocket.
fn is_upgrade(headers: &HeaderMap) -> bool {
    let says = |name, word: &str| {
        let value = headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        value.to_ascii_lowercase().contains(word)
    };
    says(UPGRADE, "websocket") && says(CONNECTION, "upgrade")
}

/// Answers a request for JSON-RPC.
async fn call(server: &Arc<Server>, watch: &Watch, request: Request<Incoming>) -> Answer {
    let is_get = *request.method() == Method::GET;
    if is_get && request.body().is_end_stream() && request.uri().query().is_none() {
        return empty(StatusCode::OK);
    }
    if let Some(refusal) = refuse(&request) {
        return refusal;
    }
    let zipped = accepts_gzip(request.headers());
    let caller = caller(server, request.headers());
    let body = match read(request.into_body()).await {
        Ok(body) => body,
        Err(refusal) => return refusal,
    };
    watch.working();
    let text = match first_value(&body) {
        Ok(value) => server.api.answer(Raw::of_checked(value), None, caller).await,
        Err(ScanError::Empty) => None,
        Err(ScanError::Truncated | ScanError::Syntax(_)) => Some(Api::unreadable("parse error")),
    };
    let text = text.unwrap_or_default();
    if zipped && text.len() >= GZIP_BYTES_MIN {
        return zip(&text);
    }
    with_type(StatusCode::OK, JSON, text)
}

/// Who asks: whoever, unless the request carries the administrator's token.
fn caller(server: &Server, headers: &HeaderMap) -> Caller {
    match (&server.admin, headers.get(AUTHORIZATION)) {
        (Some(token), Some(given)) if token.is_in(given.as_bytes()) => Caller::Administrator,
        _ => Caller::Anyone,
    }
}

/// The refusal of a request that is none of ours.
fn refuse(request: &Request<Incoming>) -> Option<Answer> {
    if matches!(*request.method(), Method::PUT | Method::DELETE) {
        return Some(error(StatusCode::METHOD_NOT_ALLOWED, "method not allowed"));
    }
    let announced = request.body().size_hint().exact().unwrap_or(0);
    if announced > BODY_BYTES_MAX {
        return Some(too_large(announced));
    }
    let fits = *request.method() == Method::OPTIONS
        || media_type(request.headers()).is_some_and(|media| {
            MEDIA_TYPES.contains(&media.as_str())
                || (media == FORM && !request.headers().contains_key(ORIGIN))
        });
    let text = "invalid content type, only application/json is supported";
    (!fits).then(|| error(StatusCode::UNSUPPORTED_MEDIA_TYPE, text))
}

fn too_large(length: u64) -> Answer {
    let text = format!("content length too large ({length}>{BODY_BYTES_MAX})");
    error(StatusCode::PAYLOAD_TOO_LARGE, &text)
}

/// The media type of a request, without its parameters.
fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let media = value.split(';').next().unwrap_or_default();
    Some(media.trim().to_ascii_lowercase())
}

fn accepts_gzip(headers: &HeaderMap) -> bool {
    headers
        .get(ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.contains("gzip"))
}

/// Reads a body, as far as it may go.
async fn read(mut body: Incoming) -> Result<Bytes, Answer> {
    let mut whole = Bytes::new();
    let mut more = Vec::new();
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else {
            return Err(error(StatusCode::BAD_REQUEST, "the body ended early"));
        };
        let Ok(data) = frame.into_data() else { continue };
        let length = (whole.len() + more.len() + data.len()) as u64;
        if length > BODY_BYTES_MAX {
            return Err(too_large(length));
        }
        if whole.is_empty() && more.is_empty() {
            whole = data;
        } else {
            more.extend_from_slice(&whole);
            whole = Bytes::new();
            more.extend_from_slice(&data);
        }
    }
    Ok(if more.is_empty() { whole } else { more.into() })
}

fn zip(text: &[u8]) -> Answer {
    let mut encoder = GzEncoder::new(Vec::with_capacity(text.len() / 2), Compression::fast());
    let zipped = encoder.write_all(text).and_then(|()| encoder.finish());
    let zipped = zipped.expect("writing to memory does not fail");
    let mut answer = with_type(StatusCode::OK, JSON, zipped);
    answer.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    answer
}

/// An answer with a body of this type.
pub fn with_type(status: StatusCode, media: HeaderValue, body: impl Into<Bytes>) -> Answer {
    let mut answer = Response::new(Full::new(body.into()));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, media);
    answer
}

/// An answer in plain text.
pub fn plain(status: StatusCode, text: impl Into<Bytes>) -> Answer {
    with_type(status, PLAIN, text)
}

/// An answer that says what is wrong.
pub fn error(status: StatusCode, text: &str) -> Answer {
    plain(status, format!("{text}\n"))
}

/// An answer without a body.
pub fn empty(status: StatusCode) -> Answer {
    let mut answer = Response::new(Full::default());
    *answer.status_mut() = status;
    answer
}
