//! `uz devnet`: the levers of a development network, and its accounts.

use crate::cli::Devnet;
use crate::context::Context;
use crate::outcome::{Answer, Code, Failure, Outcome};
use crate::{show, time};
use ledger::rules::BLOCK_TIME_ORIGINAL;
use node::devnet;
use serde_json::{Value, json};

/// One lever.
pub fn run(context: &Context, verb: Devnet) -> Outcome {
    match verb {
        Devnet::Accounts => Ok(accounts()),
        Devnet::Mine { count, dry_run } => {
            pull(context, dry_run, "dev.mine", json!([count]), "height")
        }
        Devnet::Snapshot { dry_run } => {
            pull(context, dry_run, "dev.snapshot", json!([]), "snapshot")
        }
        Devnet::Revert { snapshot, dry_run } => {
            let answer = pull(context, dry_run, "dev.revert", json!([snapshot]), "reverted")?;
            if answer.value["reverted"] == json!(false) {
                let failure =
                    Failure::new(Code::NotFound, format!("there is no snapshot {snapshot}"));
                return Err(failure.fix("make one with: uz devnet snapshot"));
            }
            Ok(answer)
        }
        Devnet::IncreaseTime { duration, dry_run } => {
            let rpc = context.rpc()?;
            let block_time =
                rpc.call("dev.blockTime", json!([])).ok().and_then(|time| time.as_u64());
            let month = time::month(block_time.unwrap_or(BLOCK_TIME_ORIGINAL));
            let seconds = time::duration(&duration, month)
                .map_err(|error| Failure::usage(error.to_string()))?;
            pull(context, dry_run, "dev.increaseTime", json!([seconds]), "timestamp")
        }
        Devnet::OnDemand { state, dry_run } => {
            let on = state == "on";
            pull(context, dry_run, "dev.setOnDemand", json!([on]), "onDemand")
        }
    }
}

/// One call; its answer is told under `name`.
fn pull(context: &Context, dry_run: bool, method: &str, params: Value, name: &str) -> Outcome {
    if dry_run {
        let text = format!("would call {method} with {params}");
        return Ok(Answer::new(
            json!({ "dryRun": true, "method": method, "params": params }),
            text,
        ));
    }
    let rpc = context.rpc()?;
    let answer: Value = match rpc.call(method, params.clone()) {
        Ok(answer) => answer,
        Err(error) if error.is_unknown_method() => {
            let text = format!("{} is no development network", rpc.url());
            let failure = Failure::new(Code::NodeError, text);
            return Err(failure.fix("start one with: uz up, or uz node --dev"));
        }
        Err(error) => return Err(rpc.failure(method, error)),
    };
    // Levers that answer nothing have done what was asked.
    let told = if answer.is_null() { params[0].clone() } else { answer };
    let shown = match (name, told.as_u64()) {
        ("timestamp", Some(seconds)) => time::show(seconds),
        _ => told.to_string(),
    };
    Ok(Answer::new(json!({ name: told }), show::pairs([(name, shown)])))
}

/// The accounts with their keys.
pub fn accounts() -> Answer {
    let keys = devnet::keys();
    let rows: Vec<(u32, String, String)> = (0..=devnet::PILLAR_INDEX)
        .map(|index| {
            let key = keys.key(index).expect("small indexes can be derived");
            (index, key.address().to_string(), hex::encode(key.private_key().expose()))
        })
        .collect();
    let entry = |(index, address, private_key): &(u32, String, String)| json!({ "index": index, "address": address, "privateKey": private_key });
    let (accounts, pillar) = rows.split_at(rows.len() - 1);
    let value = json!({
        "mnemonic": devnet::MNEMONIC,
        "accounts": accounts.iter().map(entry).collect::<Vec<_>>(),
        "pillar": entry(&pillar[0]),
    });
    Answer::new(value, account_text(accounts, &pillar[0]))
}

fn account_text(accounts: &[(u32, String, String)], pillar: &(u32, String, String)) -> String {
    let mut lines = vec!["Available accounts".to_owned(), "==================".to_owned()];
    let (znn, qsr) = (devnet::ACCOUNT_ZNN, devnet::ACCOUNT_QSR);
    for (index, address, _) in accounts {
        lines.push(format!("({index}) {address} ({znn} ZNN, {qsr} QSR)"));
    }
    lines.extend([String::new(), "Private keys".to_owned(), "==================".to_owned()]);
    lines.extend(accounts.iter().map(|(index, _, key)| format!("({index}) {key}")));
    lines.extend([
        String::new(),
        "Wallet".to_owned(),
        "==================".to_owned(),
        format!("Mnemonic:        {}", devnet::MNEMONIC),
        "Derivation path: m/44'/73404'/INDEX'".to_owned(),
        String::new(),
        "Pillar".to_owned(),
        "==================".to_owned(),
        format!("Name:        {} (owner and rewards: account 0)", devnet::PILLAR_NAME),
        format!("Producer:    ({}) {}", pillar.0, pillar.1),
        format!("Private key: {}", pillar.2),
    ]);
    lines.join("\n")
}
