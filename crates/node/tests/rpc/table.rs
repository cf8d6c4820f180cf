//! What is generated from the table of methods, and what the probes print.

use super::client::Client;
use super::network::Told;
use super::recorded::showcase_until;
use super::server::{MemoryNode, Server, config, genesis_chain};
use node::http::limits::Limits;
use node::rpc::shape::{Object, Shape};
use node::rpc::{NAMESPACES, reference};
use serde_json::Value;
use std::sync::atomic::Ordering;

fn ask(client: &mut Client, method: &str, params: &str) -> Value {
    let body = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{params}}}"#);
    serde_json::from_str(&client.post(&body)).expect("answers are JSON")
}

/// Whether a value has the shape: the same keys in the same order, the same types.
fn check(value: &Value, shape: &Shape, place: &str) {
    let fits = match shape {
        Shape::Null => value.is_null(),
        Shape::Bool => value.is_boolean(),
        Shape::Number => value.is_u64(),
        Shape::Signed => value.is_i64() || value.is_u64(),
        Shape::Text | Shape::Hash | Shape::Address | Shape::Token | Shape::Bytes => {
            value.is_string()
        }
        Shape::Amount => {
            value.as_str().is_some_and(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
        }
        Shape::Any => true,
        Shape::Optional(inner) => {
            if !value.is_null() {
                check(value, inner, place);
            }
            true
        }
        Shape::List(inner) => {
            let list = value.as_array();
            for element in list.into_iter().flatten() {
                check(element, inner, place);
            }
            list.is_some()
        }
        Shape::Map(inner) => {
            let map = value.as_object();
            for element in map.into_iter().flat_map(|map| map.values()) {
                check(element, inner, place);
            }
            map.is_some()
        }
        Shape::Object(object) => {
            check_object(value, object, place);
            true
        }
    };
    assert!(fits, "{place} is {value} instead of {shape:?}");
}

fn check_object(value: &Value, object: &Object, place: &str) {
    let map = value.as_object().unwrap_or_else(|| panic!("{place} is {value}"));
    let keys: Vec<&str> = map.keys().map(String::as_str).collect();
    let expected: Vec<&str> = object.fields.iter().map(|field| field.name).collect();
    assert_eq!(keys, expected, "{place}");
    for field in object.fields {
        check(&value[field.name], &field.shape, &format!("{place}.{}", field.name));
    }
}

#[test]
fn examples_work_and_results_have_their_shapes() {
    let (chain, _) = showcase_until(u64::MAX);
    let node = MemoryNode::in_network(chain, Told::default());
    let server = Server::start(node, config(), Limits::default());
    let mut client = Client::connect(server.http());
    for namespace in NAMESPACES {
        for method in namespace.methods {
            let name = format!("{}.{}", namespace.name, method.name);
            let answer = ask(&mut client, &name, method.example);
            match answer.get("result") {
                Some(result) => check(result, &method.result, &name),
                // Things that the examples name are not all there.
                None => {
                    let message = answer["error"]["message"].as_str().expect("an error has a text");
                    let known = [
                        "data non existent",
                        "parameter must not be null",
                        "this method needs the administrator's token",
                    ];
                    assert!(known.contains(&message), "{name}: {message}");
                }
            }
        }
    }
}

#[test]
fn the_page_names_every_method_and_type() {
    let page = reference::page();
    for namespace in NAMESPACES {
        for method in namespace.methods {
            assert!(page.contains(&format!("### {}.{}\n", namespace.name, method.name)));
        }
    }
    for name in ["PlainAccountBlock", "PillarInfo", "TokenPair", "HashHeight"] {
        assert!(page.contains(&format!("### {name}\n")), "{name}");
    }
}

#[test]
fn the_document_is_whole() {
    let server = Server::on_genesis();
    let document = ask(&mut Client::connect(server.http()), "rpc.discover", "[]");
    let document = &document["result"];
    let methods = document["methods"].as_array().expect("a list");
    let names: Vec<&str> = methods.iter().filter_map(|method| method["name"].as_str()).collect();
    assert!(names.contains(&"ledger.publishRawTransaction") && !names.contains(&"dev.mine"));
    let text = document.to_string();
    for reference in text.split("#/components/schemas/").skip(1) {
        let name = reference.split('"').next().expect("a reference ends");
        assert!(document["components"]["schemas"][name].is_object(), "{name}");
    }
}

#[test]
fn modules_are_those_that_are_served() {
    let modules = |is_dev, namespaces: &[&str]| {
        let mut config = config();
        config.namespaces = namespaces.iter().map(|name| (*name).to_owned()).collect();
        let node = MemoryNode::new(genesis_chain(), is_dev);
        let server = Server::start(node, config, Limits::default());
        let mut client = Client::connect(server.http());
        let answer = ask(&mut client, "rpc.modules", "[]");
        let unserved = ask(&mut client, "dev.now", "[]");
        (answer["result"].to_string(), unserved)
    };
    let (all, dev) = modules(false, &[]);
    assert_eq!(
        all,
        r#"{"embedded.accelerator":"1.0","embedded.bridge":"1.0","embedded.htlc":"1.0","embedded.liquidity":"1.0","embedded.pillar":"1.0","embedded.plasma":"1.0","embedded.sentinel":"1.0","embedded.spork":"1.0","embedded.stake":"1.0","embedded.swap":"1.0","embedded.token":"1.0","ledger":"1.0","network":"1.0","rpc":"1.0","stats":"1.0"}"#
    );
    assert_eq!(dev["error"]["code"], -32601);
    let (some, _) = modules(true, &["ledger"]);
    assert_eq!(some, r#"{"ledger":"1.0","rpc":"1.0"}"#);
    let (with_dev, dev) = modules(true, &["dev"]);
    assert_eq!(with_dev, r#"{"dev":"1.0","rpc":"1.0"}"#);
    assert_eq!(dev["result"], 1_000);
}

#[test]
fn levers_reach_the_node() {
    let node = MemoryNode::new(genesis_chain(), true);
    let server = Server::start(node, config(), Limits::default());
    let mut client = Client::connect(server.http());
    for (method, params, result) in [
        ("dev.mine", "[3]", "4"),
        ("dev.snapshot", "[]", "7"),
        ("dev.revert", "[7]", "true"),
        ("dev.revert", "[8]", "false"),
        ("dev.increaseTime", "[60]", "1060"),
        ("dev.setOnDemand", "[true]", "null"),
        ("dev.blockTime", "[]", "10"),
    ] {
        assert_eq!(ask(&mut client, method, params)["result"].to_string(), result, "{method}");
    }
}

#[test]
fn probes_tell_life_and_readiness() {
    let server = Server::on_genesis();
    let mut client = Client::connect(server.http());
    let mut get = |path: &str| {
        let answer = client.ask("GET", path, &[], b"");
        (answer.status, answer.text())
    };
    assert_eq!(get("/livez"), (200, "ok\n".to_owned()));
    assert_eq!(get("/readyz"), (200, "ok\n".to_owned()));
    server.node.is_ready.store(false, Ordering::Relaxed);
    assert_eq!(get("/readyz"), (503, "the chain is being read\n".to_owned()));
    assert_eq!(get("/livez"), (200, "ok\n".to_owned()));
    assert_eq!(get("/other").0, 404);
    assert_eq!(client.ask("POST", "/livez", &[], b"").status, 405);
}

#[test]
fn metrics_hold_what_the_dashboard_shows() {
    let server = Server::on_genesis();
    let mut client = Client::connect(server.http());
    ask(&mut client, "ledger.getFrontierMomentum", "[]");
    ask(&mut client, "embedded.htlc.getById", r#"["00"]"#);
    ask(&mut client, "embedded.htlc.getById", &format!(r#"["{}"]"#, "00".repeat(32)));
    let page = client.ask("GET", "/metrics", &[], b"").text();
    for line in [
        "uz_height 1",
        r#"uz_rpc_calls_total{method="ledger.getFrontierMomentum",outcome="result"} 1"#,
        r#"uz_rpc_calls_total{method="embedded.htlc.getById",outcome="error"} 2"#,
        r#"uz_rpc_connections{transport="http"} 1"#,
        r#"uz_rpc_seconds_bucket{le="+Inf"} 3"#,
        "uz_rpc_seconds_count 3",
    ] {
        assert!(page.lines().any(|found| found == line), "{line} is not in\n{page}");
    }
    let dashboard = include_str!("../../../../docs/grafana.json");
    let words = dashboard.split(|c: char| !(c.is_ascii_lowercase() || c == '_'));
    for name in words.filter(|word| word.starts_with("uz_") || word.starts_with("process_")) {
        assert!(page.lines().any(|line| line.starts_with(name)), "{name} is not in\n{page}");
    }
}
