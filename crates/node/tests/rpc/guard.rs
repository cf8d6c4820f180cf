//! Which pages and hosts are let in, and how many.

use super::client::Client;
use super::server::{MemoryNode, Server, config, genesis_chain};
use node::http::limits::Limits;
use std::time::Duration;

const CALL: &[u8] = br#"{"jsonrpc":"2.0","id":1,"method":"ledger.string"}"#;
const RESULT: &str = "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"LedgerApi\"}\n";
const JSON: (&str, &str) = ("Content-Type", "application/json");

#[test]
fn pages_elsewhere_are_denied() {
    let server = Server::on_genesis();
    let with = |header| Client::connect(server.http()).ask("POST", "/", &[JSON, header], CALL);
    let evil = with(("Origin", "https://evil.example"));
    assert_eq!((evil.status, evil.text().as_str()), (403, "origin not allowed\n"));
    assert_eq!(evil.header("access-control-allow-origin"), None);
    assert_eq!(with(("Origin", "null")).status, 403);
    let rebound = with(("Host", "evil.example:35997"));
    assert_eq!((rebound.status, rebound.text().as_str()), (403, "invalid host specified\n"));

    let local = with(("Origin", "http://localhost:3000"));
    assert_eq!((local.status, local.text().as_str()), (200, RESULT));
    assert_eq!(local.header("access-control-allow-origin"), Some("http://localhost:3000"));
    assert_eq!(with(("Host", "localhost")).text(), RESULT);
    let mut client = Client::connect(server.http());
    let metrics = client.ask("GET", "/metrics", &[("Host", "evil.example")], b"");
    assert_eq!(metrics.status, 403);
}

#[test]
fn what_a_form_can_send_is_taken_from_programs_alone() {
    let server = Server::on_genesis();
    let mut client = Client::connect(server.http());
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    assert_eq!(client.ask("POST", "/", &[form], CALL).text(), RESULT);
    let page = client.ask("POST", "/", &[form, ("Origin", "http://localhost")], CALL);
    assert_eq!(page.status, 415);
}

#[test]
fn browsers_may_ask_before() {
    let mut config = config();
    config.origins = vec!["https://app.example".to_owned()];
    let node = MemoryNode::new(genesis_chain(), false);
    let server = Server::start(node, config, Limits::default());
    let mut client = Client::connect(server.http());
    let headers = [("Origin", "https://app.example"), ("Access-Control-Request-Method", "POST")];
    let answer = client.ask("OPTIONS", "/", &headers, b"");
    assert_eq!(answer.status, 204);
    assert_eq!(answer.header("access-control-allow-origin"), Some("https://app.example"));
    assert_eq!(answer.header("access-control-allow-headers"), Some("content-type"));
    assert_eq!(answer.header("vary"), Some("Origin"));
}

#[test]
fn large_answers_are_packed_if_asked_for() {
    let server = Server::on_genesis();
    let mut client = Client::connect(server.http());
    let call =
        br#"{"jsonrpc":"2.0","id":1,"method":"ledger.getDetailedMomentumsByHeight","params":[1,1]}"#;
    let plain = client.ask("POST", "/", &[JSON], call);
    let packed = client.ask("POST", "/", &[JSON, ("Accept-Encoding", "gzip")], call);
    assert_eq!(plain.header("content-encoding"), None);
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    assert_eq!(packed.text(), plain.text());
    assert!(packed.body.len() < plain.body.len());
}

#[test]
fn more_connections_than_places_are_turned_away() {
    let limits = Limits { connections: 2, ..Limits::default() };
    let server = Server::start(MemoryNode::new(genesis_chain(), false), config(), limits);
    let mut one = Client::connect(server.http());
    let mut other = Client::connect(server.http());
    assert_eq!(one.ask("POST", "/", &[JSON], CALL).text(), RESULT);
    assert_eq!(other.ask("POST", "/", &[JSON], CALL).text(), RESULT);
    let mut third = Client::connect(server.http());
    let answer = third.read(false).expect("it is told so");
    assert_eq!((answer.status, answer.text().as_str()), (503, "too many connections\n"));
    drop(one);
    // The place is free once the server has noticed.
    loop {
        let mut next = Client::connect(server.http());
        next.send(b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
        if next.read(false).is_some_and(|answer| answer.status == 200) {
            break;
        }
    }
}

#[test]
fn who_dawdles_is_dropped() {
    let quick = Limits {
        receive: Duration::from_millis(40),
        idle: Duration::from_millis(80),
        ..Limits::default()
    };
    let server = Server::start(MemoryNode::new(genesis_chain(), false), config(), quick);
    // Never a byte, half a head, half a body, an answer and then nothing.
    assert_eq!(Client::connect(server.http()).rest(), b"");
    let mut half = Client::connect(server.http());
    half.send(b"POST / HTTP/1.1\r\nHost: 127");
    assert_eq!(half.rest(), b"");
    let mut half = Client::connect(server.http());
    half.send(b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n");
    half.send(b"Content-Length: 50\r\n\r\n{\"id\":1,");
    assert_eq!(half.rest(), b"");
    let mut idle = Client::connect(server.http());
    assert_eq!(idle.ask("POST", "/", &[JSON], CALL).text(), RESULT);
    assert_eq!(idle.rest(), b"");
}

#[test]
fn a_stop_ends_all() {
    let server = Server::on_genesis();
    let idle = Client::connect(server.http());
    let mut used = Client::connect(server.http());
    assert_eq!(used.ask("POST", "/", &[JSON], CALL).text(), RESULT);
    server.stop();
    assert_eq!(idle.rest(), b"");
    assert_eq!(used.rest(), b"");
}
