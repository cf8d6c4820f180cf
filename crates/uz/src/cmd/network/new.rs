//! `uz network new`.

use crate::cli::network::New;
use crate::founding::{self, Host, PASSWORD_FILE, Seat, Wish};
use crate::outcome::{Answer, Code, Failure, Outcome};
use crate::{keys, time};
use ledger::rules::BLOCK_TIME_ORIGINAL;
use node::network::is_name;
use serde_json::{Value, json};
use std::path::Path;

/// Bounds of a random number that names a network: none of those that are in use.
const CHAIN_IDS: (u64, u64) = (10_000, 1 << 31);

/// Makes a network.
pub fn run(new: &New) -> Outcome {
    let wish = wish(new)?;
    if new.dry_run {
        let seats = founding::seats(&wish)?;
        let lines: Vec<String> = seats
            .iter()
            .map(|seat| format!("{}{}", seat.folder.display(), at(seat, " at ")))
            .collect();
        let text = format!("would make the network {}:\n{}", wish.name, lines.join("\n"));
        let value = json!({ "dryRun": true, "name": wish.name, "nodes": values(&seats) });
        return Ok(Answer::new(value, text));
    }
    let founded = founding::found(&wish)?;
    let genesis = founded.network.build().map_err(crate::daemon::plan::of_network)?;
    let file = wish.folder.join(node::network::FILE_NAME);
    let hash = genesis.momentum.hash.to_string();
    let mut text = format!(
        "Network:     {} (chain id {}, {} pillars, a momentum every {} s)\nGenesis:     {hash}\n\
         File:        {}\n\nStart its nodes:\n",
        wish.name,
        wish.chain_identifier,
        wish.pillars,
        wish.block_time,
        file.display()
    );
    for seat in &founded.seats {
        let config = word(&seat.folder.join("config.toml"));
        let line = format!("  uz node --config {config:<40}{}", at(seat, " # "));
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text.push_str(&format!(
        "\nWhoever joins needs the network file alone:\n  uz node --network {}\n",
        word(&file)
    ));
    let keys = wish.folder.join("keys");
    let (from, signed) = (word(&keys), signed_by(&keys, wish.password.is_none()));
    text.push_str(&format!(
        "\nIts treasury:\n  uz send z1… 100 --wallet-dir {from} --from treasury{signed}\n"
    ));
    if let Some(url) = &founded.network.faucet {
        let address = url.trim_start_matches("http://");
        let key = word(&keys.join("faucet"));
        text.push_str(&format!(
            "\nGive coins away:\n  uz faucet serve --node http://{} --key {key}{signed} --addr {address}\n",
            founded.seats[0].rpc
        ));
    }
    text.push_str(
        "\nSporks are the key's that keys/spork holds. Keep keys/ and each owner's key safe.",
    );
    let value = json!({
        "name": wish.name,
        "file": file,
        "genesis": hash,
        "chainIdentifier": wish.chain_identifier,
        "blockTime": wish.block_time,
        "bootnodes": founded.network.bootnodes,
        "faucet": founded.network.faucet,
        "nodes": values(&founded.seats),
        "keys": keys,
    });
    Ok(Answer::new(value, text))
}

fn wish(new: &New) -> Result<Wish, Failure> {
    if !is_name(&new.name) {
        return Err(Failure::usage(format!("\"{}\" can't name a network", new.name))
            .fix("give letters, digits, \"-\", \"_\" and \".\""));
    }
    if new.znnd && new.block_time != BLOCK_TIME_ORIGINAL {
        return Err(Failure::usage("znnd knows no other block time than 10 s")
            .fix("leave out --block-time or --znnd"));
    }
    let hosts: Result<Vec<Host>, String> = new.host.iter().map(|text| text.parse()).collect();
    let hosts = hosts.map_err(|error| Failure::usage(format!("--host: {error}")))?;
    let password = new.keys_password_file.as_deref().map(keys::password_in).transpose()?;
    Ok(Wish {
        folder: new.output.clone(),
        name: new.name.clone(),
        pillars: new.pillars,
        block_time: new.block_time,
        chain_identifier: match new.chain_id {
            Some(id) => id,
            None => random_id()?,
        },
        timestamp: time::now(),
        faucet: new.faucet.then(|| new.faucet_url.clone()),
        hosts,
        port: new.port,
        znnd: new.znnd,
        sentries: new.sentries,
        password,
    })
}

fn random_id() -> Result<u64, Failure> {
    let number = getrandom::u64()
        .map_err(|error| Failure::new(Code::Failed, "no randomness").because(error))?;
    let (least, most) = CHAIN_IDS;
    Ok(least + number % (most - least))
}

fn signed_by(keys: &Path, own: bool) -> String {
    match own {
        true => format!(" --password-file {}", word(&keys.join(PASSWORD_FILE))),
        false => String::new(),
    }
}

/// Where others reach a node, if they do.
fn at(seat: &Seat, before: &str) -> String {
    seat.address.map(|address| format!("{before}{address}")).unwrap_or_default()
}

/// A path as a word of a shell's line.
fn word(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "/._-+,:@".contains(letter);
    match !text.is_empty() && text.chars().all(plain) {
        true => text,
        false => format!("'{}'", text.replace('\'', "'\\''")),
    }
}

fn values(seats: &[Seat]) -> Vec<Value> {
    let value = |seat: &Seat| {
        json!({
            "folder": seat.folder, "config": seat.folder.join("config.toml"),
            "address": seat.address, "http": format!("http://{}", seat.rpc),
            "ws": format!("ws://{}", seat.ws),
        })
    };
    seats.iter().map(value).collect()
}
