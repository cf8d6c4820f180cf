//! `uz ledger`: chains in files.

use super::checkpoint;
use crate::cli::Ledger;
use crate::context::Context;
use crate::daemon::plan::{of_genesis, of_network};
use crate::outcome::{Answer, Code, Failure, Outcome};
use crate::recording::{self, Lines};
use crate::{chain, files, show};
use indicatif::{ProgressBar, ProgressStyle};
use ledger::genesis::Genesis;
use ledger::recording::Report;
use ledger::rules::Rules;
use node::network::Network;
use serde_json::json;
use std::path::{Path, PathBuf};

/// One verb.
pub fn run(context: &Context, verb: &Ledger) -> Outcome {
    match verb {
        Ledger::Export { file, dry_run } => export(context, file, *dry_run),
        Ledger::Import { file, dry_run } => import(context, file, *dry_run),
        Ledger::Replay { files, table } => replay(context, files, *table),
        Ledger::Check { genesis: Some(file) } => check_genesis(file),
        Ledger::Check { genesis: None } => check(context),
        Ledger::Checkpoint(options) => checkpoint::run(context, options),
    }
}

/// Where the ledger is.
pub fn data_dir(context: &Context) -> PathBuf {
    context.settings.path("data-dir").expect("it has a default")
}

/// The network of the data folder.
pub fn network(data_dir: &Path) -> Result<Genesis, Failure> {
    match Network::load(data_dir).map_err(of_network)? {
        Some(network) => network.build().map_err(of_network),
        None => {
            let text = format!("{} holds no chain", data_dir.display());
            Err(Failure::new(Code::NotFound, text).fix("name its folder with --data-dir"))
        }
    }
}

fn export(context: &Context, file: &Path, dry_run: bool) -> Outcome {
    let data = data_dir(context);
    let genesis = network(&data)?;
    let plan = format!("the chain in {} to {}", data.display(), file.display());
    if dry_run {
        let text = format!("would write {plan}");
        return Ok(Answer::new(json!({ "dryRun": true, "plan": text }), text));
    }
    let bar = bar(context, "exported");
    let count = chain::export(&data, &genesis, file, &mut |height| bar.set_position(height))?;
    bar.finish_and_clear();
    let text = format!("{count} momentums written to {}", file.display());
    Ok(Answer::new(json!({ "momentums": count, "file": file }), text))
}

fn import(context: &Context, file: &Path, dry_run: bool) -> Outcome {
    let data = data_dir(context);
    let source = chain::Source::open(file)?;
    let network = source.network(file, &data)?;
    if dry_run {
        let text = format!("would add the momentums of {} to {}", file.display(), data.display());
        return Ok(Answer::new(json!({ "dryRun": true, "plan": text }), text));
    }
    network.save(&data).map_err(of_network)?;
    let bar = bar(context, "imported");
    let added =
        chain::import(&data, &network, file, source, &mut |height| bar.set_position(height))?;
    bar.finish_and_clear();
    let (count, height) = (added.momentums, added.height);
    let text = format!("{count} momentums added to {}, newest is {height}", data.display());
    Ok(Answer::new(json!({ "momentums": count, "height": height, "dataDir": data }), text))
}

fn replay(context: &Context, files: &[PathBuf], table: bool) -> Outcome {
    let mut all = Report::default();
    let mut lines = Vec::new();
    for file in files {
        let report = recording::replay(file, &Lines::read(file)?)?;
        if files.len() > 1 {
            lines.push(format!("{}: {report}", file.display()));
            context.note(&format!("{}: {report}", file.display()));
        }
        all.merge(report);
    }
    let mut parts: Vec<String> = all.differences.iter().map(ToString::to_string).collect();
    if table {
        parts.push(methods(&all));
    }
    parts.push(all.to_string());
    let value = json!({
        "momentums": all.momentums,
        "blocks": all.blocks,
        "refused": all.refused,
        "differences": all.differences.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "files": lines,
        "methods": all.methods().iter().map(|(contract, method, counts)| json!({
            "contract": contract, "method": method, "called": counts.called,
            "succeeded": counts.succeeded, "refused": counts.refused,
        })).collect::<Vec<_>>(),
    });
    let answer = Answer::new(value, parts.join("\n"));
    match all.differences.len() {
        0 => Ok(answer),
        count => {
            let text = format!("{count} differences from what was recorded");
            Err(Failure::new(Code::Check, text).detail(answer))
        }
    }
}

/// How often each method was called, and how often refused.
fn methods(report: &Report) -> String {
    let head = ["contract", "method", "called", "accepted", "refused"].map(str::to_owned);
    let mut rows = vec![head.to_vec()];
    rows.extend(report.methods().iter().map(|(contract, method, counts)| {
        vec![
            (*contract).to_owned(),
            (*method).to_owned(),
            counts.called.to_string(),
            counts.succeeded.to_string(),
            counts.refused.to_string(),
        ]
    }));
    show::columns(&rows)
}

/// A genesis file: is it sound, and what is its hash?
fn check_genesis(file: &Path) -> Outcome {
    let text = files::read_packed(file)?;
    let genesis =
        Genesis::from_json(&text, Rules::default()).map_err(|error| of_genesis(file, error))?;
    let hash = genesis.momentum.hash.to_string();
    let shown = show::pairs([
        ("hash", hash.clone()),
        ("chain", genesis.rules.chain_identifier.to_string()),
        ("time", crate::time::show(genesis.rules.genesis_timestamp)),
        ("accounts", genesis.blocks.len().to_string()),
        ("changes", genesis.momentum.changes_hash.to_string()),
    ]);
    let value = json!({
        "hash": hash,
        "changesHash": genesis.momentum.changes_hash.to_string(),
        "chainIdentifier": genesis.rules.chain_identifier,
        "timestamp": genesis.rules.genesis_timestamp,
        "accounts": genesis.blocks.len(),
    });
    Ok(Answer::new(value, shown))
}

/// The chain on disk, executed again from genesis.
fn check(context: &Context) -> Outcome {
    let data = data_dir(context);
    let genesis = network(&data)?;
    let bar = bar(context, "checked");
    let report = chain::check(&data, &genesis, &mut |height| bar.set_position(height))?;
    bar.finish_and_clear();
    let text = format!(
        "{} momentums, {} account blocks, {} keys: all as it should be",
        report.momentums, report.blocks, report.keys
    );
    let value = json!({
        "momentums": report.momentums, "blocks": report.blocks, "keys": report.keys,
    });
    Ok(Answer::new(value, text))
}

/// A count of momentums on standard error.
pub fn bar(context: &Context, what: &str) -> ProgressBar {
    let bar = if context.draws() { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
    let template = format!("{{spinner}} {what} up to momentum {{human_pos}}, {{per_sec}}");
    bar.set_style(ProgressStyle::with_template(&template).expect("it is sound"));
    bar
}
