//! Who may ask: the Host and Origin of requests, so that no web page elsewhere drives this node.
//!
//! A browser sends the page's origin along with whatever crosses origins, so a foreign page is told
//! apart from programs, which send none. A page whose name was made to resolve to this machine names
//! itself in Host. The reference lets all origins in; here only this machine's are, unless told
//! otherwise.

use hyper::HeaderMap;
use hyper::header::{HOST, HeaderName, HeaderValue, ORIGIN};
use std::net::IpAddr;

/// Which hosts and origins may ask.
#[derive(Clone, Debug, Default)]
pub struct Guard {
    any_host: bool,
    hosts: Vec<String>,
    any_origin: bool,
    origins: Vec<Site>,
}

/// Why a request is turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    /// It names a host that is not ours.
    Host,
    /// It comes from a page elsewhere.
    Origin,
}

impl Denied {
    /// The text of the answer.
    pub fn text(self) -> &'static str {
        match self {
            Denied::Host => "invalid host specified",
            Denied::Origin => "origin not allowed",
        }
    }
}

/// Scheme, name and port of an origin; what is not given matches all.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Site {
    scheme: Option<String>,
    host: String,
    port: Option<String>,
}

impl Site {
    /// Reads `https://app.example.org:8080`, `app.example.org` and the like.
    fn parse(text: &str) -> Site {
        let text = text.to_ascii_lowercase();
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (Some(scheme.to_owned()), rest),
            None => (None, text.as_str()),
        };
        let (host, port) = split_port(rest.trim_end_matches('/'));
        Site { scheme, host: host.to_owned(), port: port.map(str::to_owned) }
    }

    fn covers(&self, other: &Site) -> bool {
        fn fits(asked: &Option<String>, given: &Option<String>) -> bool {
            asked.is_none() || asked == given
        }
        fits(&self.scheme, &other.scheme)
            && self.host == other.host
            && fits(&self.port, &other.port)
    }

    /// Whether it is a page of this machine.
    fn is_local(&self) -> bool {
        let web = matches!(self.scheme.as_deref(), Some("http" | "https"));
        web && (self.host == "localhost" || address(&self.host).is_some_and(|ip| ip.is_loopback()))
    }
}

impl Guard {
    /// A guard that also lets these hosts and origins in; `*` lets all in.
    pub fn new(hosts: &[String], origins: &[String]) -> Guard {
        Guard {
            any_host: hosts.iter().any(|host| host == "*"),
            hosts: hosts.iter().map(|host| host.to_ascii_lowercase()).collect(),
            any_origin: origins.iter().any(|origin| origin == "*"),
            origins: origins.iter().map(|origin| Site::parse(origin)).collect(),
        }
    }

    /// Turns a request away, or lets it pass.
    pub fn check(&self, headers: &HeaderMap) -> Result<(), Denied> {
        if !headers.get(HOST).is_none_or(|host| self.is_host(host)) {
            return Err(Denied::Host);
        }
        let fits = |origin| self.is_origin(origin) || self.is_own(origin, headers.get(HOST));
        match headers.get(ORIGIN).is_none_or(fits) {
            true => Ok(()),
            false => Err(Denied::Origin),
        }
    }

    /// What `Access-Control-Allow-Origin` says to an origin that passed.
    pub fn allowed_origin(&self, origin: &HeaderValue) -> HeaderValue {
        if self.any_origin { HeaderValue::from_static("*") } else { origin.clone() }
    }

    fn is_host(&self, host: &HeaderValue) -> bool {
        if self.any_host {
            return true;
        }
        let Ok(host) = host.to_str() else { return false };
        let name = split_port(host).0;
        name.is_empty()
            || name.eq_ignore_ascii_case("localhost")
            || address(name).is_some()
            || self.hosts.iter().any(|ours| ours.eq_ignore_ascii_case(name))
    }

    /// Whether a page comes from this very server: the explorer's do. A name that was made to
    /// resolve to this machine is nobody's own, even where all hosts are let in.
    fn is_own(&self, origin: &HeaderValue, host: Option<&HeaderValue>) -> bool {
        let (Ok(origin), Some(Ok(host))) = (origin.to_str(), host.map(HeaderValue::to_str)) else {
            return false;
        };
        let authority = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
        let name = split_port(host).0;
        !name.is_empty()
            && authority.is_some_and(|authority| authority.eq_ignore_ascii_case(host))
            && (name.eq_ignore_ascii_case("localhost")
                || address(name).is_some()
                || self.hosts.iter().any(|ours| ours.eq_ignore_ascii_case(name)))
    }

    fn is_origin(&self, origin: &HeaderValue) -> bool {
        if self.any_origin {
            return true;
        }
        let Ok(origin) = origin.to_str() else { return false };
        let site = Site::parse(origin);
        site.is_local() || self.origins.iter().any(|ours| ours.covers(&site))
    }
}

/// Headers that an answer to a page carries.
pub const CORS: [(HeaderName, HeaderValue); 3] = [
    (hyper::header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("POST, GET")),
    (hyper::header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("content-type")),
    (hyper::header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600")),
];

/// Splits `name:port`, `[address]:port` and either without a port.
fn split_port(text: &str) -> (&str, Option<&str>) {
    match text.rsplit_once(':') {
        // Colons within an address are no port's.
        Some((host, port)) if host.ends_with(']') || !host.contains(':') => (host, Some(port)),
        _ => (text, None),
    }
}

fn address(text: &str) -> Option<IpAddr> {
    text.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(guard: &Guard, host: Option<&str>, origin: Option<&str>) -> Result<(), Denied> {
        let mut headers = HeaderMap::new();
        for (name, value) in [(HOST, host), (ORIGIN, origin)] {
            if let Some(value) = value {
                headers.insert(name, HeaderValue::from_str(value).expect("a header's value"));
            }
        }
        guard.check(&headers)
    }

    #[test]
    fn hosts_are_addresses_localhost_or_configured() {
        let guard = Guard::new(&["Node.example.org".to_owned()], &[]);
        for host in [
            "127.0.0.1:35997",
            "127.0.0.1",
            "192.168.7.9:1",
            "[::1]:35997",
            "[::1]",
            "localhost",
            "LOCALHOST:35997",
            "node.example.org:35997",
            "",
        ] {
            assert_eq!(checked(&guard, Some(host), None), Ok(()), "{host}");
        }
        for host in
            ["evil.example", "evil.example:35997", "localhost.evil.example", "127.0.0.1.evil"]
        {
            assert_eq!(checked(&guard, Some(host), None), Err(Denied::Host), "{host}");
        }
        assert_eq!(checked(&guard, None, None), Ok(()));
        assert_eq!(checked(&Guard::new(&["*".to_owned()], &[]), Some("any.where"), None), Ok(()));
    }

    #[test]
    fn pages_of_this_server_may_ask_it() {
        let guard = Guard::new(&["node.example.org".to_owned(), "*".to_owned()], &[]);
        for (host, origin, outcome) in [
            ("192.168.7.9:35997", "http://192.168.7.9:35997", Ok(())),
            ("192.168.7.9:35997", "http://192.168.7.9:80", Err(Denied::Origin)),
            ("192.168.7.9:35997", "http://192.168.7.8:35997", Err(Denied::Origin)),
            ("192.168.7.9:35997", "ftp://192.168.7.9:35997", Err(Denied::Origin)),
            ("node.example.org", "https://Node.example.org", Ok(())),
            // All hosts are let in, but this one was not named.
            ("evil.example", "http://evil.example", Err(Denied::Origin)),
            ("", "http://", Err(Denied::Origin)),
        ] {
            assert_eq!(checked(&guard, Some(host), Some(origin)), outcome, "{host} {origin}");
        }
    }

    #[test]
    fn origins_are_local_or_configured() {
        let guard =
            Guard::new(&[], &["https://app.example.org".to_owned(), "wallet.example".to_owned()]);
        for origin in [
            "http://localhost:3000",
            "https://127.0.0.1",
            "http://[::1]:8080",
            "https://app.example.org",
            "https://app.example.org:8443",
            "http://wallet.example:1",
        ] {
            assert_eq!(checked(&guard, None, Some(origin)), Ok(()), "{origin}");
        }
        for origin in [
            "https://evil.example",
            "http://app.example.org",
            "null",
            "file://",
            "http://localhost.evil.example",
            "http://127.0.0.1.evil.example",
            "http://192.168.1.5",
            "chrome-extension://localhost",
            "",
        ] {
            assert_eq!(checked(&guard, None, Some(origin)), Err(Denied::Origin), "{origin}");
        }
        let open = Guard::new(&[], &["*".to_owned()]);
        assert_eq!(checked(&open, None, Some("https://evil.example")), Ok(()));
    }
}
