//! The SDK's connection, with three of its mistakes corrected on the way.
//!
//! This version of the SDK asks for a block's plasma with the block's type as text, which znnd refuses;
//! it cannot read the empty bytes of genesis and contract blocks, which znnd gives as null; and it wants
//! fields in a contract's descendant blocks that znnd has in other blocks only. Its client trait is made
//! for transports of others, so the rest of it can be tried unmodified.

use serde_json::Value;
use std::sync::Arc;
use znn_sdk_rust::client::exceptions::ClientError;
use znn_sdk_rust::client::interfaces::Client;
use znn_sdk_rust::client::websocket::WsClient;

/// The SDK's own connection, corrected.
pub struct Transport(pub Arc<WsClient>);

impl Client for Transport {
    async fn send_request(&self, method: &str, params: &[Value]) -> Result<Value, ClientError> {
        let mut params = params.to_vec();
        if method == "embedded.plasma.getRequiredPoWForAccountBlock" {
            params.iter_mut().for_each(number_block_type);
        }
        let mut answer = self.0.send_request(method, &params).await?;
        complete(&mut answer);
        Ok(answer)
    }
}

/// Makes a number of `blockType`.
fn number_block_type(param: &mut Value) {
    if let Some(kind) = param.get_mut("blockType")
        && let Some(number) = kind.as_str().and_then(|text| text.parse::<u64>().ok())
    {
        *kind = number.into();
    }
}

/// Makes empty texts of bytes that are null, and adds the fields that descendant blocks lack, at any depth.
fn complete(value: &mut Value) {
    match value {
        Value::Object(object) => {
            if object.contains_key("descendantBlocks") {
                for name in ["token", "confirmationDetail", "pairedAccountBlock"] {
                    object.entry(name).or_insert(Value::Null);
                }
            }
            for (key, value) in object {
                if value.is_null() && matches!(key.as_str(), "data" | "publicKey" | "signature") {
                    *value = Value::String(String::new());
                } else {
                    complete(value);
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(complete),
        _ => {}
    }
}
