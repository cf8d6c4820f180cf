//! The explorer's pages as the HTTP server gives them.

use super::client::Client;
use super::server::{MemoryNode, Server, config, genesis_chain};
use node::http::limits::Limits;

const HTML: (&str, &str) = ("Accept", "text/html,application/xhtml+xml,*/*;q=0.8");

#[test]
fn browsers_are_sent_to_it_and_programs_are_not() {
    let server = Server::on_genesis();
    let mut client = Client::connect(server.http());
    let browser = client.ask("GET", "/", &[HTML], b"");
    assert_eq!((browser.status, browser.header("location")), (302, Some("/explorer/")));
    for headers in [&[][..], &[("Accept", "*/*")], &[("Accept", "application/json")]] {
        let program = client.ask("GET", "/", headers, b"");
        assert_eq!((program.status, program.text().as_str()), (200, ""));
    }
    let call = br#"{"jsonrpc":"2.0","id":1,"method":"ledger.string"}"#;
    let json = ("Content-Type", "application/json");
    let answer = client.ask("POST", "/", &[HTML, json], call);
    assert_eq!(answer.text(), "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"LedgerApi\"}\n");
}

#[test]
fn files_come_with_types_and_a_strict_policy() {
    let server = Server::on_genesis();
    let mut client = Client::connect(server.http());
    for (path, media) in [
        ("/explorer/", "text/html; charset=utf-8"),
        ("/explorer/app.js", "text/javascript; charset=utf-8"),
        ("/explorer/app.css", "text/css; charset=utf-8"),
        ("/explorer/icon.svg", "image/svg+xml"),
        // A page's own path gives the document, which reads it.
        ("/explorer/momentum/7", "text/html; charset=utf-8"),
    ] {
        let answer = client.ask("GET", path, &[], b"");
        assert_eq!((answer.status, answer.header("content-type")), (200, Some(media)), "{path}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
        let policy = answer.header("content-security-policy").expect("each file has one");
        assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
        assert!(!policy.contains("unsafe") && !policy.contains("http"), "{policy}");

        let packed = client.ask("GET", path, &[("Accept-Encoding", "br, gzip")], b"");
        assert_eq!(packed.header("content-encoding"), Some("gzip"));
        assert_eq!(packed.text(), answer.text());
        let tag = answer.header("etag").expect("each file has one");
        let known = client.ask("GET", path, &[("If-None-Match", tag)], b"");
        assert_eq!((known.status, known.text().as_str()), (304, ""), "{path}");
    }
    assert_eq!(client.ask("POST", "/explorer/", &[], b"").status, 405);
    assert_eq!(client.ask("GET", "/explorers", &[], b"").status, 404);
    let moved = client.ask("GET", "/explorer", &[], b"");
    assert_eq!((moved.status, moved.header("location")), (302, Some("/explorer/")));
}

#[test]
fn the_document_names_nothing_elsewhere() {
    let server = Server::on_genesis();
    let page = Client::connect(server.http()).ask("GET", "/explorer/", &[], b"").text();
    assert!(page.contains("src=\"/explorer/app.js\""), "{page}");
    assert!(!page.contains("//"), "an address of another site: {page}");
}

#[test]
fn hosts_and_origins_are_checked_as_for_json_rpc() {
    let server = Server::on_genesis();
    let mut client = Client::connect(server.http());
    assert_eq!(client.ask("GET", "/explorer/", &[("Host", "evil.example")], b"").status, 403);
    let evil = [("Origin", "https://evil.example")];
    assert_eq!(client.ask("GET", "/explorer/", &evil, b"").status, 403);
}

#[test]
fn switched_off_nothing_is_there() {
    let mut config = config();
    config.explorer = false;
    let node = MemoryNode::new(genesis_chain(), false);
    let server = Server::start(node, config, Limits::default());
    let mut client = Client::connect(server.http());
    assert_eq!(client.ask("GET", "/explorer/", &[HTML], b"").status, 404);
    let root = client.ask("GET", "/", &[HTML], b"");
    assert_eq!((root.status, root.text().as_str()), (200, ""));
}

#[test]
fn pages_hear_news_on_their_own_origin() {
    let socket = |server: &Server| {
        let address = server.http();
        let stream = std::net::TcpStream::connect(address).expect("the server listens");
        tungstenite::client(format!("ws://{address}/explorer/ws"), stream).ok()
    };
    let server = Server::on_genesis();
    let (mut open, _) = socket(&server).expect("the server agrees");
    let call = r#"{"jsonrpc":"2.0","id":1,"method":"ledger.subscribe","params":["momentums"]}"#;
    open.send(tungstenite::Message::text(call)).expect("the server reads");
    let answer = open.read().expect("the server answers").into_text().expect("a text");
    assert!(answer.contains("\"result\":\"0x"), "{answer}");

    // Where WebSocket is switched off, the pages have none either.
    let mut config = config();
    config.ws = None;
    let node = MemoryNode::new(genesis_chain(), false);
    let server = Server::start(node, config, Limits::default());
    assert!(socket(&server).is_none());
}
