//! `uz receive`.

use crate::cli::Receive;
use crate::client::Rpc;
use crate::client::block::Intent;
use crate::client::token::{Tokens, units};
use crate::context::Context;
use crate::keys;
use crate::outcome::{Answer, Code, Failure, Outcome};
use crate::submit::submit;
use ledger::types::{Address, Hash};
use serde_json::{Value, json};
use std::thread;
use std::time::Duration;

/// Most blocks that the node lists at once.
const PAGE: u64 = 50;
/// Time between two looks of `--watch`.
const WATCH_EVERY: Duration = Duration::from_secs(1);

/// Receives what was sent to an account.
pub fn run(context: &Context, receive: &Receive) -> Outcome {
    let rpc = context.rpc()?;
    let account = keys::looked_at(context, None, receive.signing.dev)?;
    if receive.watch {
        return watch(context, &rpc, account, receive);
    }
    if let Some(text) = &receive.hash {
        let hash = hash(text)?;
        let sent: Value = rpc.get("ledger.getAccountBlockByHash", json!([text]))?;
        if sent.is_null() {
            let failure =
                Failure::new(Code::NotFound, format!("there is no confirmed block {hash}"));
            return Err(failure.fix("wait for the next momentum, or list: uz account"));
        }
        return one(context, &rpc, receive, &sent);
    }
    let mut waiting = waiting(&rpc, account)?;
    if !receive.all {
        let Some(first) = waiting.first() else { return Ok(nothing()) };
        return one(context, &rpc, receive, first);
    }
    let mut received = Vec::new();
    let mut texts = Vec::new();
    while !waiting.is_empty() {
        for sent in &waiting {
            let answer = one(context, &rpc, receive, sent)?;
            received.push(answer.value);
            texts.push(answer.text);
        }
        if receive.signing.dry_run {
            break;
        }
        waiting = self::waiting(&rpc, account)?;
    }
    if received.is_empty() {
        return Ok(nothing());
    }
    Ok(Answer::new(json!({ "received": received }), texts.join("\n\n")))
}

/// Receives until stopped; each block is an answer of its own.
fn watch(context: &Context, rpc: &Rpc, account: Address, receive: &Receive) -> Outcome {
    context.note(&format!("receiving for {account}; stop with Ctrl-C"));
    loop {
        match waiting(rpc, account) {
            Ok(waiting) => {
                for sent in &waiting {
                    context.print(one(context, rpc, receive, sent)?);
                }
            }
            // The node may come back.
            Err(failure) if failure.code == Code::Unreachable => {
                context.note(&failure.message);
            }
            Err(failure) => return Err(failure),
        }
        thread::sleep(WATCH_EVERY);
    }
}

fn nothing() -> Answer {
    Answer::new(json!({ "received": [] }), "nothing waits")
}

/// Send blocks that wait for the account, oldest first.
pub fn waiting(rpc: &Rpc, account: Address) -> Result<Vec<Value>, Failure> {
    let params = json!([account.to_string(), 0, PAGE]);
    let page: Value = rpc.get("ledger.getUnreceivedBlocksByAddress", params)?;
    let mut blocks = page["list"].as_array().cloned().unwrap_or_default();
    blocks.sort_by_key(|block| block["confirmationDetail"]["momentumHeight"].as_u64());
    Ok(blocks)
}

fn one(context: &Context, rpc: &Rpc, receive: &Receive, sent: &Value) -> Outcome {
    let from = hash(sent["hash"].as_str().unwrap_or_default())?;
    let submitted = submit(context, rpc, &Intent::Receive { from }, &receive.signing)?;
    let token = sent["tokenStandard"].as_str().and_then(|text| text.parse().ok());
    let amount = match (units(&sent["amount"]), token) {
        (Some(amount), Some(token)) => Tokens::new(rpc).show(amount, token),
        _ => "a block".to_owned(),
    };
    let sender = sent["address"].as_str().unwrap_or("?");
    let more = json!({
        "fromBlockHash": from.to_string(),
        "fromAddress": sent["address"],
        "amount": sent["amount"],
        "tokenStandard": sent["tokenStandard"],
    });
    submitted.answer(&format!("{amount} received from {sender}"), Vec::new(), more)
}

fn hash(text: &str) -> Result<Hash, Failure> {
    text.parse().map_err(|error| {
        Failure::usage(format!("\"{text}\" is no hash ({error})")).fix("give 64 hex digits")
    })
}
