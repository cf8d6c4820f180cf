//! The table of methods as an OpenRPC document.

use super::Namespace;
use super::params::{Kind, Param};
use super::shape::{Object, Shape};
use serde_json::{Map, Value, json};

/// The document of some namespaces.
pub fn document(namespaces: &[&Namespace]) -> Value {
    let mut schemas = Map::new();
    let mut methods = Vec::new();
    for namespace in namespaces {
        for method in namespace.methods {
            let params: Vec<Value> = method.params.iter().map(content).collect();
            methods.push(json!({
                "name": format!("{}.{}", namespace.name, method.name),
                "summary": method.doc,
                "paramStructure": "by-position",
                "params": params,
                "result": { "name": "result", "schema": schema(&method.result, &mut schemas) },
                "tags": [{ "name": namespace.name, "description": namespace.doc }],
            }));
        }
    }
    json!({
        "openrpc": "1.3.2",
        "info": {
            "title": "Network of Momentum node",
            "version": env!("CARGO_PKG_VERSION"),
        },
        "methods": methods,
        "components": { "schemas": schemas },
    })
}

fn content(param: &Param) -> Value {
    json!({
        "name": param.name,
        "description": param.doc,
        "required": param.kind != Kind::Block,
        "schema": param_schema(param.kind),
    })
}

fn param_schema(kind: Kind) -> Value {
    match kind {
        Kind::Address => ADDRESS.to_schema(),
        Kind::Hash => HASH.to_schema(),
        Kind::Token => TOKEN.to_schema(),
        Kind::U32 => json!({ "type": "integer", "minimum": 0, "maximum": u32::MAX }),
        Kind::U64 => json!({ "type": "integer", "minimum": 0, "maximum": u64::MAX }),
        Kind::I64 => json!({ "type": "integer" }),
        Kind::Bool => json!({ "type": "boolean" }),
        Kind::Text | Kind::SubscriptionId => json!({ "type": "string" }),
        Kind::Hashes => json!({ "type": "array", "items": HASH.to_schema() }),
        Kind::Block => json!({ "type": ["object", "null"] }),
        Kind::PlasmaQuery => json!({
            "type": "object",
            "properties": {
                "address": ADDRESS.to_schema(),
                "blockType": { "type": "integer", "minimum": 0 },
                "toAddress": { "anyOf": [ADDRESS.to_schema(), { "type": "null" }] },
                "data": { "type": "string", "contentEncoding": "base64" },
            },
        }),
    }
}

/// A string with a pattern.
struct Patterned {
    title: &'static str,
    pattern: &'static str,
}

const ADDRESS: Patterned = Patterned { title: "Address", pattern: "^z1[02-9ac-hj-np-z]{38}$" };
const HASH: Patterned = Patterned { title: "Hash", pattern: "^[0-9a-fA-F]{64}$" };
const TOKEN: Patterned = Patterned { title: "Token", pattern: "^zts1[02-9ac-hj-np-z]{22}$" };
const AMOUNT: Patterned = Patterned { title: "Amount", pattern: "^[0-9]+$" };

impl Patterned {
    fn to_schema(&self) -> Value {
        json!({ "title": self.title, "type": "string", "pattern": self.pattern })
    }
}

/// The schema of a shape; objects go to `schemas` under their names.
fn schema(shape: &Shape, schemas: &mut Map<String, Value>) -> Value {
    match shape {
        Shape::Null => json!({ "type": "null" }),
        Shape::Bool => json!({ "type": "boolean" }),
        Shape::Number => json!({ "type": "integer", "minimum": 0 }),
        Shape::Signed => json!({ "type": "integer" }),
        Shape::Text => json!({ "type": "string" }),
        Shape::Amount => AMOUNT.to_schema(),
        Shape::Hash => HASH.to_schema(),
        Shape::Address => ADDRESS.to_schema(),
        Shape::Token => TOKEN.to_schema(),
        Shape::Bytes => json!({ "type": "string", "contentEncoding": "base64" }),
        Shape::List(inner) => json!({ "type": "array", "items": schema(inner, schemas) }),
        Shape::Map(inner) => {
            json!({ "type": "object", "additionalProperties": schema(inner, schemas) })
        }
        Shape::Optional(inner) => json!({ "anyOf": [schema(inner, schemas), { "type": "null" }] }),
        Shape::Object(object) => {
            name_object(object, schemas);
            json!({ "$ref": format!("#/components/schemas/{}", object.name) })
        }
        Shape::Any => json!(true),
    }
}

fn name_object(object: &Object, schemas: &mut Map<String, Value>) {
    if schemas.contains_key(object.name) {
        return;
    }
    // A place for the name first: objects hold each other.
    schemas.insert(object.name.to_owned(), Value::Null);
    let mut properties = Map::new();
    for field in object.fields {
        let mut value = schema(&field.shape, schemas);
        if let (Some(value), false) = (value.as_object_mut(), field.doc.is_empty()) {
            value.insert("description".to_owned(), json!(field.doc));
        }
        properties.insert(field.name.to_owned(), value);
    }
    let required: Vec<&str> = object.fields.iter().map(|field| field.name).collect();
    let whole = json!({
        "type": "object",
        "description": object.doc,
        "properties": properties,
        "required": required,
    });
    schemas.insert(object.name.to_owned(), whole);
}
