//! `uz balance`, `uz account`, `uz block`, `uz momentum`.

use super::receive::waiting;
use crate::cli::{Account, AccountLookup, BlockLookup, MomentumLookup};
use crate::client::Rpc;
use crate::context::Context;
use crate::outcome::{Answer, Code, Failure, Outcome};
use crate::{amount, keys, show, time};
use ledger::types::{Address, Amount, Hash};
use serde_json::{Map, Value, json};

/// What an account holds, and what waits for it.
pub fn balance(context: &Context, account: &Account) -> Outcome {
    let rpc = context.rpc()?;
    let address = keys::looked_at(context, account.address.as_deref(), account.dev)?;
    let info: Value = rpc.get("ledger.getAccountInfoByAddress", json!([address.to_string()]))?;
    let waiting = waiting(&rpc, address)?.len();
    let mut rows = balances(&info);
    if waiting > 0 {
        rows.push(("waiting".to_owned(), format!("{waiting} blocks: uz receive --all")));
    }
    let text = if rows.is_empty() { "nothing".to_owned() } else { show::pairs(rows) };
    let value = json!({
        "address": address.to_string(),
        "balances": plain_balances(&info),
        "waiting": waiting,
    });
    Ok(Answer::new(value, text))
}

/// An account: height, balances, plasma, newest blocks.
pub fn account(context: &Context, lookup: &AccountLookup) -> Outcome {
    let rpc = context.rpc()?;
    let address = keys::looked_at(context, lookup.account.address.as_deref(), lookup.account.dev)?;
    let info: Value = rpc.get("ledger.getAccountInfoByAddress", json!([address.to_string()]))?;
    let plasma: Value = rpc.get("embedded.plasma.get", json!([address.to_string()]))?;
    let blocks = newest(&rpc, address, lookup.blocks)?;
    let mut rows = vec![
        ("address".to_owned(), address.to_string()),
        ("height".to_owned(), info["accountHeight"].to_string()),
        ("plasma".to_owned(), format!("{} of {}", plasma["currentPlasma"], plasma["maxPlasma"])),
    ];
    rows.extend(balances(&info));
    let mut text = show::pairs(rows);
    if !blocks.is_empty() {
        text.push_str("\n\n");
        text.push_str(&show::columns(&block_rows(&blocks)));
    }
    let value = json!({
        "address": address.to_string(),
        "height": info["accountHeight"],
        "balances": plain_balances(&info),
        "plasma": plasma,
        "blocks": blocks,
    });
    Ok(Answer::new(value, text))
}

fn newest(rpc: &Rpc, address: Address, count: u32) -> Result<Vec<Value>, Failure> {
    if count == 0 {
        return Ok(Vec::new());
    }
    let params = json!([address.to_string(), 0, count]);
    let page: Value = rpc.get("ledger.getAccountBlocksByPage", params)?;
    Ok(page["list"].as_array().cloned().unwrap_or_default())
}

fn block_rows(blocks: &[Value]) -> Vec<Vec<String>> {
    let head = ["height", "type", "hash", "amount", "other side"].map(str::to_owned).to_vec();
    let mut rows = vec![head];
    for block in blocks {
        let kind = block["blockType"].as_u64().unwrap_or(0);
        let other = if matches!(kind, 2 | 4) {
            &block["toAddress"]
        } else {
            &block["pairedAccountBlock"]["address"]
        };
        let moved = if matches!(kind, 2 | 4) { block } else { &block["pairedAccountBlock"] };
        rows.push(vec![
            block["height"].to_string(),
            kind_name(kind).to_owned(),
            block["hash"].as_str().unwrap_or_default().to_owned(),
            coins(moved),
            other.as_str().unwrap_or("-").to_owned(),
        ]);
    }
    rows
}

fn kind_name(kind: u64) -> &'static str {
    match kind {
        1 => "genesis",
        2 => "send",
        3 => "receive",
        4 => "contract send",
        5 => "contract receive",
        _ => "?",
    }
}

fn coins(block: &Value) -> String {
    let units = block["amount"].as_str().and_then(|text| Amount::from_str_radix(text, 10).ok());
    match (units, block["token"]["decimals"].as_u64()) {
        (Some(units), _) if units.is_zero() => "-".to_owned(),
        (Some(units), Some(decimals)) => format!(
            "{} {}",
            amount::show(units, u8::try_from(decimals).unwrap_or(u8::MAX)),
            show::printable(block["token"]["symbol"].as_str().unwrap_or_default())
        ),
        _ => "-".to_owned(),
    }
}

/// Symbol and coins of each balance.
fn balances(info: &Value) -> Vec<(String, String)> {
    let Some(map) = info["balanceInfoMap"].as_object() else { return Vec::new() };
    map.iter()
        .map(|(id, entry)| {
            let symbol = entry["token"]["symbol"].as_str().unwrap_or("?");
            let units = entry["balance"].as_str().unwrap_or("0");
            let units = Amount::from_str_radix(units, 10).unwrap_or_default();
            let decimals = entry["token"]["decimals"].as_u64().unwrap_or(0);
            let coins = amount::show(units, u8::try_from(decimals).unwrap_or(u8::MAX));
            (show::printable(symbol), format!("{coins}  {id}"))
        })
        .collect()
}

/// Units by token id.
fn plain_balances(info: &Value) -> Value {
    let map = info["balanceInfoMap"].as_object();
    let plain: Map<String, Value> = map
        .into_iter()
        .flatten()
        .map(|(id, entry)| {
            let token = &entry["token"];
            let fields = json!({
                "balance": entry["balance"],
                "symbol": token["symbol"],
                "decimals": token["decimals"],
            });
            (id.clone(), fields)
        })
        .collect();
    Value::Object(plain)
}

/// An account block.
pub fn block(context: &Context, lookup: &BlockLookup) -> Outcome {
    let hash: Hash = lookup.hash.parse().map_err(|error| {
        Failure::usage(format!("\"{}\" is no hash ({error})", lookup.hash))
            .fix("give 64 hex digits")
    })?;
    let rpc = context.rpc()?;
    let block: Value = rpc.get("ledger.getAccountBlockByHash", json!([hash.to_string()]))?;
    if block.is_null() {
        let failure = Failure::new(Code::NotFound, format!("there is no confirmed block {hash}"));
        return Err(failure.fix("if it was just published, wait for the next momentum"));
    }
    let text = show::value(&block);
    Ok(Answer::new(block, text))
}

/// A momentum.
pub fn momentum(context: &Context, lookup: &MomentumLookup) -> Outcome {
    let rpc = context.rpc()?;
    let (momentum, wanted): (Value, String) = match lookup.which.as_deref() {
        None => (rpc.get("ledger.getFrontierMomentum", json!([]))?, "newest".to_owned()),
        Some(text) => match (text.parse::<u64>(), text.parse::<Hash>()) {
            (Ok(height), _) => {
                let list: Value = rpc.get("ledger.getMomentumsByHeight", json!([height, 1]))?;
                (list["list"][0].clone(), format!("of height {height}"))
            }
            (_, Ok(hash)) => {
                let found = rpc.get("ledger.getMomentumByHash", json!([hash.to_string()]))?;
                (found, format!("{hash}"))
            }
            _ => {
                let failure = Failure::usage(format!("\"{text}\" is neither a height nor a hash"));
                return Err(failure.fix("give a number, or 64 hex digits"));
            }
        },
    };
    if momentum.is_null() {
        let failure = Failure::new(Code::NotFound, format!("there is no momentum {wanted}"));
        return Err(failure.fix("the newest: uz momentum"));
    }
    let seconds = momentum["timestamp"].as_u64().unwrap_or(0);
    let contents = momentum["content"].as_array().map_or(0, Vec::len);
    let field = |name: &str| momentum[name].as_str().unwrap_or("-").to_owned();
    let text = show::pairs([
        ("height".to_owned(), momentum["height"].to_string()),
        ("hash".to_owned(), field("hash")),
        ("previous".to_owned(), field("previousHash")),
        ("time".to_owned(), time::show(seconds)),
        ("producer".to_owned(), field("producer")),
        ("blocks".to_owned(), contents.to_string()),
        ("changes".to_owned(), field("changesHash")),
        ("chain".to_owned(), momentum["chainIdentifier"].to_string()),
    ]);
    Ok(Answer::new(momentum, text))
}
