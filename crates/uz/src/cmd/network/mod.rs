//! `uz network`: networks that are made or known, and the node's place in its own.

mod new;
mod peers;

use crate::cli::network::Network;
use crate::context::Context;
use crate::networks;
use crate::outcome::{Answer, Failure, Outcome};
use crate::show;
use node::network::is_name;
use serde_json::{Value, json};
use std::path::Path;

/// One verb.
pub fn run(context: &Context, verb: &Network) -> Outcome {
    match verb {
        Network::New(new) => new::run(new),
        Network::Add { file, called, dry_run } => add(file, called.as_deref(), *dry_run),
        Network::Ls => ls(),
        Network::Info => peers::info(context),
        Network::Peers => peers::peers(context),
        Network::Bans => peers::bans(context),
        Network::AddPeer { endpoint, dry_run } => peers::add(context, endpoint, *dry_run),
        Network::RemovePeer { whom, dry_run } => peers::remove(context, whom, *dry_run),
        Network::Ban { whom, duration, dry_run } => {
            peers::ban(context, whom, duration.as_deref(), *dry_run)
        }
        Network::Unban { whom, dry_run } => peers::unban(context, whom, *dry_run),
    }
}

/// Keeps a network file under a name.
fn add(file: &Path, called: Option<&str>, dry_run: bool) -> Outcome {
    let network = networks::read(file)?;
    let genesis = network.build().map_err(crate::daemon::plan::of_network)?;
    let name = called.or(network.name.as_deref()).ok_or_else(|| {
        Failure::usage(format!("{} says no name", file.display())).fix("give one with --called")
    })?;
    if !is_name(name) {
        return Err(Failure::usage(format!("\"{name}\" can't name a network"))
            .fix("give letters, digits, \"-\", \"_\" and \".\""));
    }
    if dry_run {
        let text = format!("would keep {} as {name}", file.display());
        return Ok(Answer::new(json!({ "dryRun": true, "name": name }), text));
    }
    let path = networks::keep(&network, name)?;
    let hash = genesis.momentum.hash.to_string();
    let text = show::pairs([
        ("network", name.to_owned()),
        ("genesis", hash.clone()),
        ("file", path.display().to_string()),
        ("join it", format!("uz node --network {name}")),
    ]);
    Ok(Answer::new(json!({ "name": name, "genesis": hash, "path": path }), text))
}

/// The networks that are known by name.
fn ls() -> Outcome {
    let mut rows =
        vec![["name", "chain", "block time", "genesis", "bootnodes"].map(str::to_owned).to_vec()];
    let mut values: Vec<Value> = Vec::new();
    for networks::Known { name, network } in networks::list()? {
        let told = network.and_then(|network| {
            let genesis = network.build().map_err(crate::daemon::plan::of_network)?;
            Ok((network, genesis))
        });
        match told {
            Ok((network, genesis)) => {
                let chain = genesis.rules.chain_identifier;
                let hash = genesis.momentum.hash.to_string();
                rows.push(vec![
                    name.clone(),
                    chain.to_string(),
                    format!("{} s", network.block_time),
                    format!("{}…", &hash[..16]),
                    network.bootnodes.len().to_string(),
                ]);
                values.push(json!({
                    "name": name, "chainIdentifier": chain, "blockTime": network.block_time,
                    "genesis": hash, "bootnodes": network.bootnodes, "faucet": network.faucet,
                }));
            }
            Err(failure) => {
                let why = failure.cause.unwrap_or(failure.message);
                rows.push(vec![name.clone(), "-".into(), "-".into(), why.clone()]);
                values.push(json!({ "name": name, "error": why }));
            }
        }
    }
    let text = match values.is_empty() {
        true => "none; add one with: uz network add FILE".to_owned(),
        false => show::columns(&rows),
    };
    Ok(Answer::new(json!({ "networks": values }), text))
}
