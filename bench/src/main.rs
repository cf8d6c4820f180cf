//! Benchmarks: `uz`, and beside it in the same run a peer, against stated goals.
//!
//! `bench [OPTIONS]` measures a node by itself ([`alone`]), `bench network [OPTIONS]` nodes that talk to each
//! other ([`network`]). `UZ` names the program. See `bench/README.md` for the options and for how to put a
//! peer beside it; without one the ratios stay empty.

mod alone;
mod blocks;
mod load;
mod network;
mod process;
mod server;
mod table;

use anyhow::{Context as _, Result};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The recorded chain that is served: under the original network's constants, with contracts in use.
const CHAIN: &str = "own-TestProduction.jsonl.zst";

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<bool> {
    let uz = PathBuf::from(std::env::var_os("UZ").context("UZ names the program to measure")?);
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.split_first() {
        Some((verb, rest)) if verb == "network" => network::run(&uz, rest),
        _ => alone::run(&uz, &args),
    }
}

/// A folder of this run alone.
fn scratch() -> Result<PathBuf> {
    let scratch = std::env::temp_dir().join(format!("uz-bench-{}", std::process::id()));
    std::fs::create_dir_all(&scratch)?;
    Ok(scratch)
}

fn recorded_chain() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    root.join("crates/ledger/tests/recordings").join(CHAIN)
}
