//! The rules of the house, as code. Each rule is one case; what breaks it is shown as `file:line: rule: what`.
//!
//! A rule looks at the repository's files as git sees them (committed, or new and not ignored) and at what
//! cargo says of the crates. Rules about code look at it without comments and texts ([`source`]).

mod crates;
mod ledger;
mod rust;
mod source;
mod text;

use std::fmt;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::shell::Shell;
use crate::tally::Tally;

/// Files over this many bytes are data that no rule reads.
const READ_BYTES_MAX: u64 = 2 << 20;

/// What the rules look at.
pub struct House {
    files: Vec<File>,
    /// Paths of the other files: data, and what is too large to be read.
    data: Vec<String>,
    /// What `cargo metadata --no-deps` says.
    metadata: Value,
}

/// A file of the repository that holds text.
pub struct File {
    /// Its path from the root, with `/`.
    pub path: String,
    /// What it holds.
    pub text: String,
}

impl House {
    /// Files of Rust source.
    fn rust(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| file.path.ends_with(".rs"))
    }
}

/// A rule, and how it is checked.
struct Rule {
    name: &'static str,
    check: fn(&House, &mut Findings),
}

const RULES: &[Rule] = &[
    Rule { name: "every file says what it is", check: rust::heads },
    Rule { name: "no file over 800 lines", check: rust::length },
    Rule { name: "names name a subject", check: rust::names },
    Rule { name: "nothing unfinished", check: rust::unfinished },
    Rule { name: "no places of one machine", check: text::places },
    Rule { name: "links lead somewhere", check: text::links },
    Rule { name: "crates share the workspace's versions and lints", check: crates::manifests },
    Rule { name: "each dependency has its reason", check: crates::reasons },
    Rule { name: "crates depend downwards", check: crates::arrows },
    Rule { name: "the ledger is pure", check: ledger::pure },
    Rule { name: "the ledger does not panic", check: ledger::calm },
    Rule { name: "the ledger does not narrow", check: ledger::narrowing },
];

/// What a rule found.
#[derive(Default)]
pub struct Findings(Vec<Finding>);

/// One place that breaks a rule.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    path: String,
    line: usize,
    what: String,
}

impl Findings {
    /// Notes that `what` is wrong at a line, counted from 1.
    fn add(&mut self, file: &File, line: usize, what: impl fmt::Display) {
        self.0.push(Finding { path: file.path.clone(), line, what: what.to_string() });
    }
}

/// Checks all rules.
pub fn run(shell: &Shell, _seconds: u64) -> Result<Tally> {
    let house = open(shell)?;
    let mut tally = Tally::default();
    for rule in RULES {
        let mut findings = Findings::default();
        (rule.check)(&house, &mut findings);
        let ok = findings.0.is_empty();
        println!("  {} {}", if ok { "ok  " } else { "FAIL" }, rule.name);
        for Finding { path, line, what } in findings.0 {
            println!("       {path}:{line}: {}: {what}", rule.name);
        }
        tally += Tally::case(ok);
    }
    Ok(tally)
}

/// The paths that git has or would take, from the root.
pub fn committed(shell: &Shell) -> Result<Vec<String>> {
    let mut git = shell.command("git");
    git.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"]);
    let list = shell.output(git)?;
    let paths = list.split('\0').filter(|path| !path.is_empty()).map(str::to_owned);
    // A file that was removed without telling git is still listed.
    Ok(paths.filter(|path| shell.root.join(path).is_file()).collect())
}

fn open(shell: &Shell) -> Result<House> {
    let (mut files, mut data) = (Vec::new(), Vec::new());
    for path in committed(shell)? {
        let whole = shell.root.join(&path);
        let bytes = std::fs::metadata(&whole).with_context(|| path.clone())?.len();
        if bytes > READ_BYTES_MAX {
            data.push(path);
            continue;
        }
        let content = std::fs::read(&whole).with_context(|| path.clone())?;
        match String::from_utf8(content) {
            Ok(text) => files.push(File { path, text }),
            Err(_) => data.push(path),
        }
    }
    let metadata =
        shell.output(shell.cargo(&["metadata", "--no-deps", "--format-version", "1"]))?;
    let metadata = serde_json::from_str(&metadata).context("cargo metadata")?;
    Ok(House { files, data, metadata })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `check` says of a house with these files, as `path:line: what`.
    pub fn said(check: fn(&House, &mut Findings), files: &[(&str, &str)]) -> Vec<String> {
        said_with(check, files, Value::Null)
    }

    /// The same, with what cargo says of the crates.
    pub fn said_with(
        check: fn(&House, &mut Findings),
        files: &[(&str, &str)],
        metadata: Value,
    ) -> Vec<String> {
        let files =
            files.iter().map(|(path, text)| File { path: (*path).into(), text: (*text).into() });
        let mut findings = Findings::default();
        check(&House { files: files.collect(), data: Vec::new(), metadata }, &mut findings);
        findings
            .0
            .into_iter()
            .map(|Finding { path, line, what }| format!("{path}:{line}: {what}"))
            .collect()
    }
}
