//! The work behind `./x`: one function per verb, found from the match in [`run`].
//!
//! `./x` itself only makes sure that cargo and a linker are there. What a verb needs beyond that (a
//! Node interpreter for the SDK tier, say) is asked for where it is used, by [`Shell::ensure`].

mod guided;
mod pages;
mod runner;
mod shell;
mod tally;
mod tidy;
mod tiers;
mod unit;

use std::os::unix::process::CommandExt as _;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};

use crate::shell::{Profile, Shell};

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("x: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Runs one verb; `false` means that what was checked is not in order.
fn run() -> Result<bool> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let Some((verb, rest)) = args.split_first() else {
        bail!("no verb given; ./x alone lists them");
    };
    let shell = Shell::open()?;
    match verb.as_str() {
        "build" => build(&shell, rest),
        "up" => up(&shell, rest),
        "test" => runner::test(&shell, rest),
        "lint" => runner::test(&shell, &["lint".to_owned()]),
        "bench" => bench(&shell, rest),
        "fuzz" => guided::run(&shell, rest),
        "doc" => doc(&shell, rest),
        other => bail!("no verb \"{other}\"; ./x alone lists them"),
    }
}

fn build(shell: &Shell, args: &[String]) -> Result<bool> {
    let profile = match args {
        [] => Profile::Release,
        [flag] if flag == "--dev" => Profile::Dev,
        _ => bail!("build takes --dev or nothing, not \"{}\"", args.join(" ")),
    };
    let uz = shell.build_uz(profile)?;
    let bytes =
        std::fs::metadata(&uz).with_context(|| format!("cannot read {}", uz.display()))?.len();
    println!("{}  {}.{} MiB", uz.display(), bytes >> 20, ((bytes & 0xf_ffff) * 10) >> 20);
    Ok(true)
}

fn up(shell: &Shell, args: &[String]) -> Result<bool> {
    let uz = shell.build_uz(Profile::Release)?;
    // The node takes our place, so that signals and its exit code are its own.
    let error = std::process::Command::new(&uz).arg("up").args(args).exec();
    Err(error).with_context(|| format!("cannot start {}", uz.display()))
}

/// Benchmarks measure the release build; the peer to compare with is one of their own arguments.
fn bench(shell: &Shell, args: &[String]) -> Result<bool> {
    shell.require("bench/Cargo.toml", "benchmarks")?;
    let uz = shell.build_uz(Profile::Release)?;
    let mut command = shell.cargo(&["run", "-q", "--release", "-p", "bench", "--"]);
    command.args(args).env("UZ", uz);
    shell.passes(command)
}

fn doc(shell: &Shell, args: &[String]) -> Result<bool> {
    let check = match args {
        [] => false,
        [flag] if flag == "--check" => true,
        _ => bail!("doc takes --check or nothing, not \"{}\"", args.join(" ")),
    };
    let rustdoc = shell.passes(shell.rustdoc())?;
    let tally = pages::generate(shell, check)?;
    println!("generated pages: {tally}");
    Ok(rustdoc && tally.failed == 0)
}
