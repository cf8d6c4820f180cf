//! WebSocket: a recorded session of the reference's, subscriptions, and clients that misbehave.

use super::recorded::showcase_until;
use super::server::{MemoryNode, Server, config, genesis_chain};
use ledger::{DetailedMomentum, Momentum};
use node::http::limits::Limits;
use serde::Deserialize;
use serde_json::Value;
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::{Message, WebSocket};

type Socket = WebSocket<TcpStream>;

fn connect(address: SocketAddr) -> Socket {
    let stream = TcpStream::connect(address).expect("the server listens");
    let (socket, _) =
        tungstenite::client(format!("ws://{address}/"), stream).expect("the server agrees");
    socket
}

fn send(socket: &mut Socket, text: &str) {
    socket.send(Message::text(text)).expect("the server reads");
}

/// The next text.
fn receive(socket: &mut Socket) -> String {
    loop {
        match socket.read().expect("the server answers") {
            Message::Text(text) => return text.as_str().to_owned(),
            Message::Ping(_) | Message::Pong(_) => {}
            other => panic!("{other:?} instead of a text"),
        }
    }
}

/// Reads until the server closes, and gives its reason.
fn closing(socket: &mut Socket) -> (CloseCode, String) {
    loop {
        match socket.read() {
            Ok(Message::Close(Some(frame))) => return (frame.code, frame.reason.to_string()),
            Ok(_) => {}
            Err(error) => panic!("{error} instead of a reason"),
        }
    }
}

fn subscribe(socket: &mut Socket, params: &str) -> String {
    send(
        socket,
        &format!(r#"{{"jsonrpc":"2.0","id":1,"method":"ledger.subscribe","params":{params}}}"#),
    );
    let answer: Value = serde_json::from_str(&receive(socket)).expect("JSON");
    answer["result"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

/// A momentum that only notifications need.
fn momentum(height: u64) -> DetailedMomentum {
    DetailedMomentum {
        momentum: Momentum { height, ..Momentum::default() },
        account_blocks: Vec::new(),
    }
}

#[derive(Deserialize)]
struct Session {
    events: Vec<Event>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Event {
    Send(String),
    Recv(String),
    Insert(u64),
    Note(String),
}

/// Names ids of subscriptions by the order in which they were given.
#[derive(Default)]
struct Ids(Vec<String>);

impl Ids {
    /// Learns an id that the text gives, and puts names in the place of all that are known.
    fn name(&mut self, text: &str) -> String {
        let value: Value = serde_json::from_str(text).expect("texts of a session are JSON");
        if let Some(id) = value["result"].as_str().filter(|id| id.starts_with("0x")) {
            self.0.push(id.to_owned());
        }
        let mut named = text.to_owned();
        for (index, id) in self.0.iter().enumerate() {
            named = named.replace(id.as_str(), &format!("subscription {index}"));
        }
        named
    }
}

#[test]
fn a_session_is_that_of_the_reference() {
    let session: Session =
        serde_json::from_str(include_str!("session.json")).expect("a recorded session");
    let first = session.events.iter().find_map(|event| match event {
        Event::Insert(height) => Some(*height),
        _ => None,
    });
    let (chain, follow) = showcase_until(first.expect("momentums are inserted") - 1);
    let mut follow = follow.into_iter();
    let server = Server::start(MemoryNode::new(chain, false), config(), Limits::default());
    let mut socket = connect(server.ws());
    let (mut theirs, mut ours) = (Ids::default(), Ids::default());
    let mut events = session.events.iter().peekable();
    let mut compared = 0;
    while let Some(event) = events.next() {
        match event {
            Event::Send(text) => {
                let mut text = text.clone();
                for (id, own) in theirs.0.iter().zip(&ours.0) {
                    text = text.replace(id.as_str(), own);
                }
                send(&mut socket, &text);
            }
            Event::Insert(height) => {
                let next = follow.next().expect("the recording goes on");
                assert_eq!(next.momentum.height, *height);
                server.node.insert(&server.runtime, next);
            }
            Event::Note(text) => {
                assert_eq!(text, "the server closed the connection");
                assert_eq!(closing(&mut socket).0, CloseCode::Invalid);
            }
            Event::Recv(text) => {
                // What one momentum causes comes in any order.
                let mut expected = vec![theirs.name(text)];
                while let Some(Event::Recv(text)) = events.peek() {
                    expected.push(theirs.name(text));
                    events.next();
                }
                let mut received: Vec<String> = expected
                    .iter()
                    .map(|_| receive(&mut socket))
                    .map(|text| ours.name(&text))
                    .collect();
                expected.sort();
                received.sort();
                compared += expected.len();
                assert_eq!(received, expected);
            }
        }
    }
    println!("{compared} messages compared");
    assert!(theirs.0.len() == ours.0.len() && !ours.0.is_empty());
}

#[test]
fn notifications_wait_for_the_answer() {
    let server = Server::on_genesis();
    let mut socket = connect(server.ws());
    // The second call of the batch runs aside, so that the momentum comes before the answer.
    send(
        &mut socket,
        r#"[{"jsonrpc":"2.0","id":1,"method":"ledger.subscribe","params":["momentums"]},
            {"jsonrpc":"2.0","id":2,"method":"embedded.token.getAll","params":[0,10]}]"#,
    );
    server.node.tell(momentum(5));
    let answer: Value = serde_json::from_str(&receive(&mut socket)).expect("JSON");
    let id = answer[0]["result"].as_str().expect("the id comes first").to_owned();
    assert_eq!(answer[1]["id"], 2);
    server.node.tell(momentum(6));
    // The first may have come before the subscription was made.
    let mut notification = receive(&mut socket);
    if notification.contains(r#""height":5"#) {
        notification = receive(&mut socket);
    }
    let hash = "0".repeat(64);
    assert_eq!(
        notification,
        format!(
            "{{\"jsonrpc\":\"2.0\",\"method\":\"ledger.subscription\",\"params\":{{\
             \"subscription\":\"{id}\",\"result\":[{{\"hash\":\"{hash}\",\"height\":6}}]}}}}\n"
        )
    );
}

#[test]
fn subscriptions_end() {
    let server = Server::on_genesis();
    let mut socket = connect(server.ws());
    let id = subscribe(&mut socket, r#"["momentums"]"#);
    let end =
        format!(r#"{{"jsonrpc":"2.0","id":2,"method":"ledger.unsubscribe","params":["{id}"]}}"#);
    send(&mut socket, &end);
    assert_eq!(receive(&mut socket), "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":true}\n");
    send(&mut socket, &end);
    assert!(receive(&mut socket).contains("subscription not found"));
    server.node.tell(momentum(5));
    send(&mut socket, r#"{"jsonrpc":"2.0","id":3,"method":"ledger.string"}"#);
    assert!(receive(&mut socket).contains("LedgerApi"));
}

#[test]
fn what_is_no_json_ends_the_connection() {
    let server = Server::on_genesis();
    let mut socket = connect(server.ws());
    send(&mut socket, "{\"id\":1,}");
    assert_eq!(
        receive(&mut socket),
        "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32700,\"message\":\"invalid character \
         '}' looking for beginning of object key string\"}}\n"
    );
    assert_eq!(closing(&mut socket), (CloseCode::Invalid, "a message is no JSON".to_owned()));
    let mut socket = connect(server.ws());
    send(&mut socket, "{\"id\":1");
    assert_eq!(closing(&mut socket), (CloseCode::Invalid, "a message is no JSON".to_owned()));
}

#[test]
fn messages_are_bounded() {
    let server = Server::on_genesis();
    let mut socket = connect(server.ws());
    let padding = " ".repeat(15 << 20);
    // The server hangs up while the client still writes.
    let _ = socket.send(Message::text(padding + "1"));
    let mut read = socket.read();
    while matches!(read, Ok(Message::Ping(_))) {
        read = socket.read();
    }
    match read {
        Ok(Message::Close(Some(frame))) => assert_eq!(frame.code, CloseCode::Size),
        Ok(other) => panic!("{other:?}"),
        Err(_) => {}
    }
}

#[test]
fn binary_messages_are_read_as_text() {
    let server = Server::on_genesis();
    let mut socket = connect(server.ws());
    let call = br#"{"jsonrpc":"2.0","id":"a<b","method":"ledger.string"}"#;
    socket.send(Message::binary(&call[..])).expect("the server reads");
    assert_eq!(
        receive(&mut socket),
        "{\"jsonrpc\":\"2.0\",\"id\":\"a\\u003cb\",\"result\":\"LedgerApi\"}\n"
    );
}

#[test]
fn who_does_not_keep_up_is_dropped() {
    let limits = Limits { send: Duration::from_millis(50), ..Limits::default() };
    let server = Server::start(MemoryNode::new(genesis_chain(), false), config(), limits);
    let mut socket = connect(server.ws());
    for _ in 0..200 {
        subscribe(&mut socket, r#"["momentums"]"#);
    }
    let slow = |server: &Server| {
        let mut client = super::client::Client::connect(server.http());
        let page = client.ask("GET", "/metrics", &[], b"").text();
        page.lines().any(|line| line == "uz_rpc_too_slow_total 1")
    };
    // Nothing is read from here on; the sockets' buffers fill at some time.
    let mut height = 2;
    while !slow(&server) {
        server.node.tell(momentum(height));
        height += 1;
    }
}

#[test]
fn a_stop_says_goodbye() {
    let server = Server::on_genesis();
    let mut socket = connect(server.ws());
    subscribe(&mut socket, r#"["momentums"]"#);
    let runtime = std::thread::spawn(move || server.stop());
    assert_eq!(closing(&mut socket), (CloseCode::Away, "the node is stopping".to_owned()));
    drop(socket);
    runtime.join().expect("the server ends");
}

#[test]
fn pages_elsewhere_get_no_socket() {
    let server = Server::on_genesis();
    let mut client = super::client::Client::connect(server.ws());
    let headers = [
        ("Connection", "Upgrade"),
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];
    let evil = [&headers[..], &[("Origin", "https://evil.example")]].concat();
    assert_eq!(client.ask("GET", "/", &evil, b"").status, 403);
    let other = client.ask("GET", "/other", &headers, b"");
    assert_eq!(other.status, 404);
    let old = [&headers[..2], &[("Sec-WebSocket-Version", "8"), headers[3]]].concat();
    assert_eq!(client.ask("GET", "/", &old, b"").status, 400);
    let answer = client.ask("GET", "/", &headers, b"");
    assert_eq!(answer.status, 101);
    assert_eq!(answer.header("sec-websocket-accept"), Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
}
