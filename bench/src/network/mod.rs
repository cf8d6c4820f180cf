//! Nodes that talk to each other, all on loopback in one run: how fast one follows another from genesis, how
//! fast news reaches all, what many peers cost.
//!
//! 1. [`chain`]: the chains that are served;
//! 2. [`nodes`]: nodes of `uz` and of a peer as processes;
//! 3. [`light`]: peers that the benchmark plays itself;
//! 4. [`sync`], [`spread`], [`crowd`], [`tip`]: what is measured.

mod chain;
mod crowd;
mod light;
mod nodes;
mod pillar;
mod spread;
mod sync;
mod tip;

use crate::table::Table;
use anyhow::{Context as _, Result, bail};
use std::path::{Path, PathBuf};

/// What there is to measure, in order.
const PARTS: &[&str] = &["sync", "spread", "crowd", "tip"];
/// Runs of which the median counts.
const RUNS: usize = 3;

/// What the arguments say.
pub struct Options {
    check: bool,
    /// Runs of each measurement of which the median counts.
    runs: usize,
    /// Starts a node of the peer.
    peer: Option<String>,
    /// What is measured; all if empty.
    parts: Vec<String>,
    /// The program.
    uz: PathBuf,
}

impl Options {
    fn wants(&self, part: &str) -> bool {
        self.parts.is_empty() || self.parts.iter().any(|wanted| wanted == part)
    }
}

/// Measures as the arguments say. `false` if a goal was to be met and is not.
pub fn run(uz: &Path, args: &[String]) -> Result<bool> {
    let options = options(uz, args)?;
    let scratch = crate::scratch()?;
    let outcome = measure(&options, &scratch);
    std::fs::remove_dir_all(&scratch)?;
    let table = outcome?;
    print!("{table}");
    Ok(!options.check || table.missed() == 0)
}

fn measure(options: &Options, scratch: &Path) -> Result<Table> {
    let mut table = Table::default();
    if options.wants("sync") {
        let recorded = chain::recorded(&options.uz, &scratch.join("recorded"))?;
        sync::measure(options, &recorded, &scratch.join("sync-recorded"), &mut table)?;
        let full = chain::full(&scratch.join("full"))?;
        sync::measure(options, &full, &scratch.join("sync-full"), &mut table)?;
    }
    if options.wants("spread") {
        spread::measure(options, &scratch.join("spread"), &mut table)?;
    }
    if options.wants("crowd") {
        crowd::measure(options, &scratch.join("crowd"), &mut table)?;
    }
    if options.wants("tip") {
        tip::measure(options, &scratch.join("tip"), &mut table)?;
    }
    Ok(table)
}

fn options(uz: &Path, args: &[String]) -> Result<Options> {
    let mut options =
        Options { check: false, runs: RUNS, peer: None, parts: Vec::new(), uz: uz.to_owned() };
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        if arg == "--check" {
            options.check = true;
            continue;
        }
        let value = args.next().with_context(|| format!("{arg} needs a value"))?;
        match arg.as_str() {
            "--runs" => options.runs = value.parse::<usize>()?.max(1),
            "--peer-node" => options.peer = Some(value.clone()),
            "--part" if PARTS.contains(&value.as_str()) => options.parts.push(value.clone()),
            "--part" => bail!("there is no part \"{value}\": {}", PARTS.join(", ")),
            _ => bail!("no option \"{arg}\""),
        }
    }
    Ok(options)
}

/// The one in the middle.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The value below which `share` of all are.
fn quantile(mut values: Vec<f64>, share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let at = (values.len() as f64 * share).ceil() as usize;
    values[at.clamp(1, values.len()) - 1]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_values_that_were_measured() {
        let hundred: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        assert_eq!(quantile(hundred.clone(), 0.99), 99.0);
        assert_eq!(quantile(hundred.clone(), 0.5), 50.0);
        assert_eq!(quantile(vec![7.0], 0.99), 7.0);
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
    }

    #[test]
    fn arguments_are_understood() {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let options = super::options(Path::new("uz"), &words("--check --runs 5 --part sync"));
        let options = options.unwrap();
        assert!(options.check && options.wants("sync") && !options.wants("tip"));
        assert_eq!(options.runs, 5);
        assert!(super::options(Path::new("uz"), &words("--part none")).is_err());
        assert!(super::options(Path::new("uz"), &words("--runs")).is_err());
    }
}
