//! `uz rpc`.

use crate::cli::RpcCall;
use crate::context::Context;
use crate::outcome::{Answer, Outcome};
use serde_json::{Value, json};

/// Any JSON-RPC method; what is no JSON counts as text.
pub fn run(context: &Context, call: &RpcCall) -> Outcome {
    let params: Vec<Value> = call
        .params
        .iter()
        .map(|text| serde_json::from_str(text).unwrap_or_else(|_| json!(text)))
        .collect();
    let answer: Value = context.rpc()?.get(&call.method, json!(params))?;
    let text = serde_json::to_string_pretty(&answer).expect("JSON prints");
    Ok(Answer::new(answer, text))
}
