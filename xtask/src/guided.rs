//! `./x fuzz`: each target under libFuzzer, coverage-guided, on stable Rust.
//!
//! The compiler's coverage pass is switched on by plain code generation flags; a target triple is named
//! so that they do not reach build scripts. New inputs that reach new code join the working corpus in
//! the target folder; the kept one in `fuzz/corpus` is only read.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::shell::{Artifact, Shell, cannot_start};

const TRIPLE: &str = "x86_64-unknown-linux-gnu";
const COVERAGE: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table -Ccodegen-units=1";

/// Fuzzes `targets` (all if none is named) for so many seconds each; `false` when one failed.
pub fn run(shell: &Shell, args: &[String]) -> Result<bool> {
    shell.require("fuzz/Cargo.toml", "fuzz targets")?;
    let (seconds, named) = match args.split_first() {
        Some((first, rest)) if first.parse::<u64>().is_ok() => (first.clone(), rest),
        _ => ("60".to_owned(), args),
    };
    // libFuzzer itself is C++.
    shell.ensure("c++", &["g++"])?;
    let targets = match named {
        [] => names(shell)?,
        named => named.to_vec(),
    };
    let home = shell.target.join("fuzz");
    let program = build(shell, &home)?;
    let mut failed = Vec::new();
    for name in &targets {
        let grown = home.join("corpus").join(name);
        let failures = home.join("failures");
        std::fs::create_dir_all(&grown)?;
        std::fs::create_dir_all(&failures)?;
        println!("== {name}: {seconds} seconds");
        let mut command = Command::new(&program);
        command
            .env("FUZZ_TARGET", name)
            .arg(format!("-max_total_time={seconds}"))
            .arg("-print_final_stats=1")
            .arg("-close_fd_mask=1")
            .arg(format!("-artifact_prefix={}/{name}-", failures.display()))
            .arg(&grown);
        let kept = shell.root.join("fuzz/corpus").join(name);
        if kept.exists() {
            command.arg(kept);
        }
        if !shell.passes(command)? {
            failed.push(name.as_str());
        }
    }
    if !failed.is_empty() {
        println!("inputs that failed are in {}", home.join("failures").display());
    }
    println!("{} passed, {} failed", targets.len() - failed.len(), failed.len());
    Ok(failed.is_empty())
}

/// The names of all targets, as the plain driver lists them.
fn names(shell: &Shell) -> Result<Vec<String>> {
    let list = shell.output(shell.cargo(&["run", "-q", "-p", "fuzz", "--", "--list"]))?;
    Ok(list.lines().map(str::to_owned).collect())
}

fn build(shell: &Shell, home: &Path) -> Result<std::path::PathBuf> {
    let mut command = shell.cargo(&[
        "build",
        "-p",
        "fuzz",
        "--features",
        "guided",
        "--bin",
        "guided",
        "--target",
        TRIPLE,
        "--message-format=json-render-diagnostics",
    ]);
    command.env("RUSTFLAGS", COVERAGE).env("CARGO_TARGET_DIR", home);
    let output = command
        .stderr(std::process::Stdio::inherit())
        .output()
        .with_context(|| cannot_start(&command))?;
    if !output.status.success() {
        bail!("the fuzz targets do not build");
    }
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(Artifact::parse)
        .find(|artifact| artifact.target == "guided")
        .map(|artifact| artifact.executable)
        .context("cargo built the fuzz targets without saying where")
}
