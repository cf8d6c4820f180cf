//! `uz send`.

use crate::cli::Send;
use crate::client::block::Intent;
use crate::client::token::{self, Tokens};
use crate::context::Context;
use crate::contract::args;
use crate::outcome::{Failure, Outcome};
use crate::submit::submit;
use crate::{amount, keys};
use serde_json::json;

/// Sends tokens.
pub fn run(context: &Context, send: &Send) -> Outcome {
    let rpc = context.rpc()?;
    let tokens = Tokens::new(&rpc);
    let to = keys::address(context, &send.to)?;
    let id = token::parse(&send.token).map_err(Failure::usage)?;
    let amount = amount::parse(&send.amount, tokens.get(id)?.decimals)
        .map_err(|error| Failure::usage(error.to_string()))?;
    let data = match &send.data {
        None => Vec::new(),
        Some(text) => args::bytes(text).ok_or_else(|| {
            Failure::usage(format!("--data is \"{text}\", which it can't be"))
                .fix("give text: and any text, hex digits, or base64")
        })?,
    };
    let intent = Intent::Send { to, amount, token: id, data };
    let submitted = submit(context, &rpc, &intent, &send.signing)?;
    let done = format!("{} sent to {to}", tokens.show(amount, id));
    let more = json!({
        "toAddress": to.to_string(),
        "amount": amount.to_string(),
        "tokenStandard": id.to_string(),
    });
    submitted.answer(&done, Vec::new(), more)
}
