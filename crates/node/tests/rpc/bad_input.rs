//! What no client should send: too large, too deep, cut short, of a wrong type, twice, or not at all.

use super::client::Client;
use super::server::Server;

const JSON: (&str, &str) = ("Content-Type", "application/json");

fn failure(id: &str, code: i32, message: &str) -> String {
    format!(
        "{{\"jsonrpc\":\"2.0\",\"id\":{id},\"error\":{{\"code\":{code},\"message\":\"{message}\"}}}}\n"
    )
}

#[test]
fn what_is_no_request_is_refused() {
    let server = Server::on_genesis();
    let mut client = Client::connect(server.http());
    let parse_error = failure("null", -32700, "parse error");
    let invalid = failure("null", -32600, "invalid request");
    for (body, answer) in [
        ("", ""),
        (" \n", ""),
        ("{", parse_error.as_str()),
        ("{\"id\":1", &parse_error),
        ("nonsense", &parse_error),
        ("{\"id\":1,}", &parse_error),
        ("5", &invalid),
        ("null", &invalid),
        ("\"text\"", &invalid),
        ("{}", &invalid),
        ("{\"id\":{},\"method\":\"a.b\"}", &invalid),
        ("{\"id\":[1],\"method\":\"a.b\"}", &invalid),
        ("[]", &failure("null", -32600, "empty batch")),
        ("{\"id\":7}", &failure("7", -32600, "invalid request")),
        ("{\"id\":7,\"method\":5}", &failure("7", -32600, "invalid request")),
        ("{\"id\":7,\"result\":1}", ""),
        ("{\"method\":\"ledger.string\"}", ""),
        ("{\"method\":\"no.such\"}", ""),
        ("{\"method\":\"ledger.subscription\"}", ""),
    ] {
        assert_eq!(client.post(body), answer, "{body}");
    }
}

#[test]
fn batches_keep_their_order() {
    let server = Server::on_genesis();
    let mut client = Client::connect(server.http());
    let body = r#" [ {"id":"b","method":"ledger.string"}, {"method":"ledger.string"}, 3,
        {"id":null,"method":"no.such"}, {"id":1.50,"method":"ledger.string"} ] ignored"#;
    assert_eq!(
        client.post(body),
        concat!(
            r#"[{"jsonrpc":"2.0","id":"b","result":"LedgerApi"},"#,
            r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"invalid request"}},"#,
            r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32601,"message":"the method no.such does not exist/is not available"}},"#,
            r#"{"jsonrpc":"2.0","id":1.50,"result":"LedgerApi"}]"#,
            "\n"
        )
    );
    assert_eq!(client.post(r#"[{"method":"ledger.string"}]"#), "");
    let many = format!("[{}1]", "1,".repeat(1_000));
    let message = "batch of 1001 requests; at most 1000 are taken";
    assert_eq!(client.post(&many), failure("null", -32600, message));
}

#[test]
fn later_keys_win_whatever_their_case() {
    let server = Server::on_genesis();
    let mut client = Client::connect(server.http());
    let body = r#"{"id":1,"method":"no.such","ID":2,"Method":"ledger.string","unknown":{"id":3}}"#;
    assert_eq!(client.post(body), "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":\"LedgerApi\"}\n");
}

#[test]
fn sizes_are_bounded() {
    let server = Server::on_genesis();
    let most = 5 << 20;
    let mut client = Client::connect(server.http());
    let padded = |length: usize| {
        let call = r#"{"id":1,"method":"ledger.string"}"#;
        [" ".repeat(length - call.len()).as_str(), call].concat()
    };
    let answer = client.ask("POST", "/", &[JSON], padded(most).as_bytes());
    assert_eq!(answer.status, 200);
    let announced = most + 1;
    let length = announced.to_string();
    let mut client = Client::connect(server.http());
    let answer = client.ask("POST", "/", &[JSON, ("Content-Length", &length)], b"");
    let text = format!("content length too large ({announced}>{most})\n");
    assert_eq!((answer.status, answer.text()), (413, text));
    // Without an announcement, too.
    let mut client = Client::connect(server.http());
    client.send(b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n");
    client.send(b"Transfer-Encoding: chunked\r\n\r\n");
    let chunk = ["100000\r\n".as_bytes(), &vec![b' '; 0x10_0000], b"\r\n"].concat();
    for _ in 0..6 {
        client.send(&chunk);
    }
    assert_eq!(client.read(false).map(|answer| answer.status), Some(413));
    // A head without an end.
    let mut client = Client::connect(server.http());
    client.send(b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Padding: ");
    client.send(&vec![b'x'; 1 << 20]);
    assert_eq!(client.read(false).map(|answer| answer.status), Some(431));
}

#[test]
fn depth_is_bounded() {
    let server = Server::on_genesis();
    let mut client = Client::connect(server.http());
    let deep = |depth: usize| ["[".repeat(depth), "]".repeat(depth)].concat();
    let call = |params: &str| {
        format!(r#"{{"id":1,"method":"ledger.getAccountInfoByAddress","params":[{params}]}}"#)
    };
    let message =
        "invalid argument 0: json: cannot unmarshal array into Go value of type *types.Address";
    assert_eq!(client.post(&call(&deep(9_000))), failure("1", -32602, message));
    let parse_error = failure("null", -32700, "parse error");
    assert_eq!(client.post(&call(&deep(10_000))), parse_error);
    assert_eq!(client.post(&deep(2_000_000)), parse_error);
    let block = |depth: usize| {
        let open = r#"{"nonce":"0000000000000000","descendantBlocks":["#;
        let nested = [open.repeat(depth), "]}".repeat(depth)].concat();
        format!(r#"{{"id":1,"method":"ledger.publishRawTransaction","params":[{nested}]}}"#)
    };
    assert!(client.post(&block(2_000)).contains("\"code\":-32602"));
}

#[test]
fn many_values_are_bounded() {
    let server = Server::on_genesis();
    let mut client = Client::connect(server.http());
    let list = format!("[{}0]", "0,".repeat(100_000));
    let body = format!(r#"{{"id":1,"method":"ledger.publishRawTransaction","params":[{list}]}}"#);
    let message = "invalid argument 0: more than 20000 values";
    assert_eq!(client.post(&body), failure("1", -32602, message));
}

#[test]
fn subscriptions_need_a_websocket() {
    let server = Server::on_genesis();
    let mut client = Client::connect(server.http());
    for (body, code, message) in [
        (
            r#"{"id":1,"method":"ledger.subscribe","params":["momentums"]}"#,
            -32000,
            "notifications not supported",
        ),
        (r#"{"id":1,"method":"any.thing.subscribe"}"#, -32000, "notifications not supported"),
        (
            r#"{"id":1,"method":"ledger.unsubscribe","params":["0x1"]}"#,
            -32000,
            "subscription not found",
        ),
        (
            r#"{"id":1,"method":"ledger.unsubscribe"}"#,
            -32602,
            "missing value for required argument 0",
        ),
    ] {
        assert_eq!(client.post(body), failure("1", code, message), "{body}");
    }
}
