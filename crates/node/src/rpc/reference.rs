//! The table of methods as a page for client developers.

use super::params::Kind;
use super::session::TOPICS;
use super::shape::{Object, Shape};
use super::{Method, NAMESPACES, Namespace};
use std::collections::BTreeMap;
use std::fmt::Write;

/// The page: namespaces, methods, subscriptions, types.
pub fn page() -> String {
    let mut page = String::new();
    let mut objects = BTreeMap::new();
    for namespace in NAMESPACES {
        write_namespace(&mut page, namespace, &mut objects);
    }
    write_topics(&mut page);
    write_objects(&mut page, objects);
    page
}

/// Objects by name.
type Objects = BTreeMap<&'static str, &'static Object>;

fn write_namespace(page: &mut String, namespace: &Namespace, objects: &mut Objects) {
    line(page, &format!("## {}\n\n{}\n", namespace.name, namespace.doc));
    for method in namespace.methods {
        write_method(page, namespace, method, objects);
    }
}

fn write_method(page: &mut String, namespace: &Namespace, method: &Method, objects: &mut Objects) {
    let name = format!("{}.{}", namespace.name, method.name);
    line(page, &format!("### {name}\n\n{}\n", method.doc));
    if !method.params.is_empty() {
        line(page, "| parameter | type | |\n|---|---|---|");
        for param in method.params {
            line(page, &format!("| `{}` | {} | {} |", param.name, kind(param.kind), param.doc));
        }
        line(page, "");
    }
    line(page, &format!("Result: {}.\n", describe(&method.result)));
    collect(&method.result, objects);
    let params = method.example;
    line(page, "```sh test node");
    line(
        page,
        &format!(
            "curl -s -H 'content-type: application/json' \\\n  -d \
             '{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"{name}\",\"params\":{params}}}' \\\n  \
             http://127.0.0.1:35997"
        ),
    );
    line(page, "```\n");
}

fn write_topics(page: &mut String) {
    line(
        page,
        "## Subscriptions\n\nOver WebSocket: `ledger.subscribe` takes the kind and its arguments and \
         gives an id; `ledger.unsubscribe` takes the id. Notifications come as \
         `{\"jsonrpc\":\"2.0\",\"method\":\"ledger.subscription\",\
         \"params\":{\"subscription\":id,\"result\":[…]}}` when a momentum is new.\n",
    );
    line(page, "| kind | arguments | |\n|---|---|---|");
    for topic in &TOPICS {
        let arguments: Vec<String> =
            topic.params.iter().skip(1).map(|param| format!("`{}`", param.name)).collect();
        line(page, &format!("| `{}` | {} | {} |", topic.name, arguments.join(", "), topic.doc));
    }
    line(page, "");
}

fn write_objects(page: &mut String, objects: Objects) {
    line(page, "## Types\n");
    for (name, object) in objects {
        line(page, &format!("### {name}\n\n{}\n\n| key | type | |\n|---|---|---|", object.doc));
        for field in object.fields {
            line(
                page,
                &format!("| `{}` | {} | {} |", field.name, describe(&field.shape), field.doc),
            );
        }
        line(page, "");
    }
}

fn collect(shape: &Shape, objects: &mut Objects) {
    match shape {
        Shape::List(inner) | Shape::Map(inner) | Shape::Optional(inner) => collect(inner, objects),
        Shape::Object(object) => {
            if objects.insert(object.name, object).is_none() {
                for field in object.fields {
                    collect(&field.shape, objects);
                }
            }
        }
        Shape::Null
        | Shape::Bool
        | Shape::Number
        | Shape::Signed
        | Shape::Text
        | Shape::Amount
        | Shape::Hash
        | Shape::Address
        | Shape::Token
        | Shape::Bytes
        | Shape::Any => {}
    }
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Address => "address",
        Kind::Hash => "hash",
        Kind::Token => "token id",
        Kind::U32 => "number below 2^32",
        Kind::U64 => "number below 2^64",
        Kind::I64 => "number",
        Kind::Bool => "`true` or `false`",
        Kind::Text | Kind::SubscriptionId => "text",
        Kind::Hashes => "list of hashes",
        Kind::Block => "AccountBlock",
        Kind::PlasmaQuery => "object: `address`, `blockType`, `toAddress`, `data` (base64)",
    }
}

fn describe(shape: &Shape) -> String {
    match shape {
        Shape::Null => "`null`".to_owned(),
        Shape::Bool => "`true` or `false`".to_owned(),
        Shape::Number | Shape::Signed => "number".to_owned(),
        Shape::Text => "text".to_owned(),
        Shape::Amount => "amount".to_owned(),
        Shape::Hash => "hash".to_owned(),
        Shape::Address => "address".to_owned(),
        Shape::Token => "token id".to_owned(),
        Shape::Bytes => "base64".to_owned(),
        Shape::List(inner) => format!("list of {}", describe(inner)),
        Shape::Map(inner) => format!("map to {}", describe(inner)),
        Shape::Optional(inner) => format!("{} or `null`", describe(inner)),
        Shape::Object(object) => object.name.to_owned(),
        Shape::Any => "any JSON".to_owned(),
    }
}

fn line(page: &mut String, text: &str) {
    writeln!(page, "{text}").expect("a string takes all text");
}
