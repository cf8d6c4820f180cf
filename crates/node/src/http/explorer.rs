//! The explorer: the web pages of `web/`, out of the program itself.
//!
//! They are built by `npm run build` into `web/dist/`, which is committed, so that building the program
//! needs no npm; a test tier builds them anew and compares. Every page is one document that finds its
//! data by JSON-RPC at this very server, and by the WebSocket at [`SOCKET`]: to the same origin, so
//! no other may be asked (see [`POLICY`]). Files are packed when they are first asked for and kept so.

use super::respond::{Answer, empty, error, with_type};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use hyper::header::{
    ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, ETAG,
    HeaderMap, HeaderName, HeaderValue, IF_NONE_MATCH, LOCATION, REFERRER_POLICY, VARY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use hyper::{Method, StatusCode};
use std::io::Write;
use std::sync::LazyLock;

/// Where the pages are.
pub const ROOT: &str = "/explorer/";
/// Where they find a WebSocket on their own origin.
pub const SOCKET: &str = "/explorer/ws";

/// What a page may do: run and show what came from here, and ask here. Text never becomes code.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'; trusted-types 'none'";

/// A file of the explorer.
struct File {
    name: &'static str,
    media: &'static str,
    plain: &'static [u8],
    packed: Bytes,
    tag: HeaderValue,
}

/// The document that every page begins as.
const DOCUMENT: &str = "index.html";

macro_rules! file {
    ($name:literal, $media:literal) => {
        File::of($name, $media, include_bytes!(concat!("../../../../web/dist/", $name)))
    };
}

static FILES: LazyLock<[File; 4]> = LazyLock::new(|| {
    [
        file!("index.html", "text/html; charset=utf-8"),
        file!("app.js", "text/javascript; charset=utf-8"),
        file!("app.css", "text/css; charset=utf-8"),
        file!("icon.svg", "image/svg+xml"),
    ]
});

impl File {
    fn of(name: &'static str, media: &'static str, plain: &'static [u8]) -> File {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        let packed = encoder.write_all(plain).and_then(|()| encoder.finish());
        let hash = ledger::types::sha3_256(plain);
        let tag: String = hash[..12].iter().map(|byte| format!("{byte:02x}")).collect();
        File {
            name,
            media,
            plain,
            packed: packed.expect("writing to memory does not fail").into(),
            tag: HeaderValue::from_str(&format!("\"{tag}\"")).expect("hex digits in quotes"),
        }
    }
}

/// The answer at `path`, if it is below [`ROOT`].
pub fn answer(method: &Method, path: &str, headers: &HeaderMap) -> Option<Answer> {
    if path == ROOT.trim_end_matches('/') {
        return Some(to_root());
    }
    let name = path.strip_prefix(ROOT)?;
    if *method != Method::GET && *method != Method::HEAD {
        return Some(error(StatusCode::METHOD_NOT_ALLOWED, "method not allowed"));
    }
    // A page's path names no file: the document reads it.
    let file = FILES.iter().find(|file| file.name == name);
    let file = file.or_else(|| FILES.iter().find(|file| file.name == DOCUMENT))?;
    Some(give(file, headers))
}

/// The way from `/` to the explorer, for a browser that asks for a page there; programs get what they
/// always got.
pub fn redirect(method: &Method, headers: &HeaderMap) -> Option<Answer> {
    let accepts = headers.get(ACCEPT)?.to_str().ok()?;
    (*method == Method::GET && accepts.contains("text/html")).then(to_root)
}

fn to_root() -> Answer {
    let mut answer = empty(StatusCode::FOUND);
    answer.headers_mut().insert(LOCATION, HeaderValue::from_static(ROOT));
    answer.headers_mut().insert(VARY, HeaderValue::from_static("Accept"));
    answer
}

fn give(file: &File, headers: &HeaderMap) -> Answer {
    let known =
        headers.get(IF_NONE_MATCH).and_then(|tags| tags.to_str().ok()).is_some_and(|tags| {
            tags.split(',').any(|tag| file.tag == tag.trim().trim_start_matches("W/"))
        });
    let packs = headers
        .get(ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.contains("gzip"));
    let mut answer = match (known, packs) {
        (true, _) => empty(StatusCode::NOT_MODIFIED),
        (false, true) => {
            let media = HeaderValue::from_static(file.media);
            let mut answer = with_type(StatusCode::OK, media, file.packed.clone());
            answer.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            answer
        }
        (false, false) => {
            with_type(StatusCode::OK, HeaderValue::from_static(file.media), file.plain)
        }
    };
    let out = answer.headers_mut();
    out.insert(ETAG, file.tag.clone());
    out.extend(HEADERS.map(|(name, value)| (Some(name), HeaderValue::from_static(value))));
    answer
}

/// Headers of every file.
const HEADERS: [(HeaderName, &str); 8] = [
    // A newer program has newer pages: a browser asks each time, and mostly hears "not modified".
    (CACHE_CONTROL, "no-cache"),
    (CONTENT_SECURITY_POLICY, POLICY),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (VARY, "Accept-Encoding"),
];
