//! Markdown pages that can't go stale: their commands run as tests, and parts of them are generated.
//!
//! A fenced block whose info string is `sh test` is run by bash as it stands, in a scratch folder that the blocks
//! of one page share, with `uz` on the path and an empty home. `sh test node` also has a new local network
//! running, at the default ports, that the page's blocks share. What a block leaves running in the background
//! goes on until the page's end. A block marked `expect` (`json expect`, `text
//! expect`) right after it is what it must print: `...` stands for any text within a line, and for any lines
//! when alone on one.
//!
//! What stands between `<!-- generated: COMMAND -->` and `<!-- /generated -->` is what the command prints;
//! its first word is `uz` or `./x`.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::shell::{Profile, Shell, cannot_start};
use crate::tally::Tally;
use crate::tidy::committed;

const GENERATED: &str = "<!-- generated: ";
const GENERATED_END: &str = "<!-- /generated -->";

/// Where `uz up` answers JSON-RPC when nothing else is said.
const RPC_PORT: u16 = 35997;
/// Seconds that one block may take.
const BLOCK_SECONDS: u64 = 120;

/// A fenced block of a page.
#[derive(Debug, PartialEq, Eq)]
struct Block {
    /// The line of its opening fence, from 1.
    line: usize,
    /// The words after the fence.
    info: Vec<String>,
    /// What it holds.
    text: String,
}

impl Block {
    fn is(&self, word: &str) -> bool {
        self.info.iter().any(|own| own == word)
    }
}

/// A block to run, and what it must print.
#[derive(Debug, PartialEq, Eq)]
struct Case {
    line: usize,
    script: String,
    node: bool,
    expected: Option<String>,
}

/// Runs every marked block of every page.
pub fn run_blocks(shell: &Shell, _seconds: u64) -> Result<Tally> {
    let scratch = shell.scratch("pages")?;
    let mut tally = Tally::default();
    let mut uz = None;
    for page in pages(shell)? {
        let text = read(shell, &page)?;
        let cases = match cases(&blocks(&text)) {
            Ok(cases) if cases.is_empty() => continue,
            Ok(cases) => cases,
            Err(fault) => {
                println!("  FAIL {page}:{fault}");
                tally += Tally::case(false);
                continue;
            }
        };
        if uz.is_none() {
            uz = Some(shell.build_uz(Profile::Dev)?);
        }
        let uz = uz.as_deref().expect("built just above");
        tally += run_page(shell, &page, &cases, uz, &scratch.join(page.replace('/', "-")))?;
    }
    Ok(tally)
}

fn run_page(shell: &Shell, page: &str, cases: &[Case], uz: &Path, dir: &Path) -> Result<Tally> {
    let (work, home) = (dir.join("work"), dir.join("home"));
    fs::create_dir_all(&work)?;
    fs::create_dir_all(&home)?;
    let mut tally = Tally::default();
    let _leftovers = Leftovers(home.clone());
    let _network = match cases.iter().any(|case| case.node) {
        true => Some(Network::start(shell, uz, &dir.join("network"), &home)?),
        false => None,
    };
    for case in cases {
        let mut command = shell.command("bash");
        command.args(["-eu", "-o", "pipefail", "-c", &case.script]).current_dir(&work);
        command.env("HOME", &home).env("NO_COLOR", "1").env("PATH", path_with(uz)?);
        for name in ["XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"] {
            command.env_remove(name);
        }
        let mut command = shell.limited(command, BLOCK_SECONDS);
        let output = command.output().with_context(|| cannot_start(&command))?;
        let stdout = String::from_utf8_lossy(&output.stdout);
        let fits = case.expected.as_ref().is_none_or(|expected| fits(expected, &stdout));
        let ok = output.status.success() && fits;
        println!("  {} {page}:{}", if ok { "ok  " } else { "FAIL" }, case.line);
        if !ok {
            println!("       {}; it printed:", output.status);
            for line in stdout.lines().chain(String::from_utf8_lossy(&output.stderr).lines()) {
                println!("       {line}");
            }
        }
        tally += Tally::case(ok);
    }
    Ok(tally)
}

/// Processes that the blocks of a page left running, known by their home; they end with this value.
struct Leftovers(PathBuf);

impl Leftovers {
    fn processes(&self) -> Vec<String> {
        let home = format!("HOME={}", self.0.display());
        let of_page = |folder: &Path| {
            let environment = fs::read(folder.join("environ")).unwrap_or_default();
            environment.split(|byte| *byte == 0).any(|entry| entry == home.as_bytes())
        };
        let folders = fs::read_dir("/proc").into_iter().flatten().flatten();
        let folders = folders.map(|entry| entry.path()).filter(|folder| of_page(folder));
        folders
            .filter_map(|folder| folder.file_name()?.to_str().map(str::to_owned))
            .filter(|name| name.parse::<u32>().is_ok())
            .collect()
    }
}

impl Drop for Leftovers {
    fn drop(&mut self) {
        // Their ports must be free for the next page.
        for _ in 0..50 {
            let processes = self.processes();
            if processes.is_empty() {
                return;
            }
            let mut kill = Command::new("kill");
            let _ = kill.arg("-KILL").args(&processes).stderr(Stdio::null()).status();
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
    }
}

/// The search path with the folder of `uz` before the rest.
fn path_with(uz: &Path) -> Result<std::ffi::OsString> {
    let own = uz.parent().context("uz lies in no folder")?.to_path_buf();
    let rest = std::env::var_os("PATH").unwrap_or_default();
    Ok(std::env::join_paths(std::iter::once(own).chain(std::env::split_paths(&rest)))?)
}

/// A local network that ends with this value.
struct Network(Child);

impl Network {
    /// The network keeps its chain below `home`, where the blocks of the page find it.
    fn start(shell: &Shell, uz: &Path, dir: &Path, home: &Path) -> Result<Network> {
        if TcpListener::bind(("127.0.0.1", RPC_PORT)).is_err() {
            bail!(
                "port {RPC_PORT} is taken, and the pages' commands need it: stop what listens there"
            );
        }
        fs::create_dir_all(dir)?;
        let log = fs::File::create(dir.join("log"))?;
        let mut command = shell.command(&uz.to_string_lossy());
        command.arg("up").env("HOME", home);
        for name in ["XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"] {
            command.env_remove(name);
        }
        command.stdout(log.try_clone()?).stderr(log);
        let network = Network(command.spawn().with_context(|| cannot_start(&command))?);
        let body = r#"{"jsonrpc":"2.0","id":1,"method":"ledger.getFrontierMomentum","params":[]}"#;
        let mut asking = shell.command("curl");
        asking.args([
            "-sf",
            "--retry",
            "60",
            "--retry-connrefused",
            "--retry-delay",
            "1",
            "-d",
            body,
        ]);
        asking.arg(format!("http://127.0.0.1:{RPC_PORT}")).stdout(Stdio::null());
        if !shell.passes(asking)? {
            bail!("uz up did not answer; see {}", dir.join("log").display());
        }
        Ok(network)
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        // As Ctrl-C would; a network that does not end by itself would hold the port, so it is killed
        // after a while.
        let pid = self.0.id().to_string();
        let stop = format!(
            "kill -INT {pid}; for _ in $(seq 50); do kill -0 {pid} || exit 0; sleep 0.1; done; kill -9 {pid}"
        );
        let mut stopping = Command::new("sh");
        stopping.args(["-c", &stop]).stderr(Stdio::null());
        if let Ok(mut stopping) = stopping.spawn() {
            // A process that has ended stays until it is waited for.
            let _ = self.0.wait();
            let _ = stopping.wait();
        }
    }
}

/// Compares generated parts with what their commands print now.
pub fn check_generated(shell: &Shell, _seconds: u64) -> Result<Tally> {
    generate(shell, true)
}

/// Brings the generated parts of all pages up to date, or only checks them.
pub fn generate(shell: &Shell, check: bool) -> Result<Tally> {
    let mut tally = Tally::default();
    for page in pages(shell)? {
        let text = read(shell, &page)?;
        let fresh =
            regenerate(&text, |words| generated(shell, words)).with_context(|| page.clone())?;
        let Some(fresh) = fresh else { continue };
        let ok = fresh == text || !check;
        if fresh != text && !check {
            fs::write(shell.root.join(&page), fresh)?;
            println!("  wrote {page}");
        }
        if !ok {
            println!("  FAIL {page}: its generated part is out of date; run ./x doc");
        }
        tally += Tally::case(ok);
    }
    Ok(tally)
}

/// What a generating command prints.
fn generated(shell: &Shell, words: &[&str]) -> Result<String> {
    let Some((first, rest)) = words.split_first() else {
        bail!("a generated part names no command")
    };
    let mut command = match *first {
        "./x" => shell.command("./x"),
        "uz" => shell.command(&shell.build_uz(Profile::Dev)?.to_string_lossy()),
        other => bail!("a generated part comes from uz or ./x, not from \"{other}\""),
    };
    command.args(rest);
    shell.output(command)
}

/// `text` with each generated part replaced; nothing when it has none.
fn regenerate(text: &str, run: impl Fn(&[&str]) -> Result<String>) -> Result<Option<String>> {
    let mut fresh = String::new();
    let mut found = false;
    let mut fenced = false;
    let mut lines = text.split_inclusive('\n');
    while let Some(line) = lines.next() {
        fresh.push_str(line);
        fenced ^= line.starts_with("```");
        let Some(command) = line.strip_prefix(GENERATED).filter(|_| !fenced) else {
            continue;
        };
        let command = command
            .trim_end()
            .strip_suffix("-->")
            .context("a generated part's first line ends with -->")?;
        let words: Vec<&str> = command.split_whitespace().collect();
        if !lines.by_ref().any(|line| line.trim_end() == GENERATED_END) {
            bail!("\"{}\" has no {GENERATED_END}", line.trim_end());
        }
        found = true;
        fresh.push_str(run(&words)?.trim_end());
        fresh.push('\n');
        fresh.push_str(GENERATED_END);
        fresh.push('\n');
    }
    Ok(found.then_some(fresh))
}

/// Committed pages, sorted.
fn pages(shell: &Shell) -> Result<Vec<String>> {
    let mut pages: Vec<String> =
        committed(shell)?.into_iter().filter(|path| path.ends_with(".md")).collect();
    pages.sort();
    Ok(pages)
}

fn read(shell: &Shell, page: &str) -> Result<String> {
    let path: PathBuf = shell.root.join(page);
    fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
}

/// The fenced blocks of a page.
fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for (index, line) in text.lines().enumerate() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(info), None) => {
                let info = info.split_whitespace().map(str::to_owned).collect();
                open = Some(Block { line: index + 1, info, text: String::new() });
            }
            (None, Some(block)) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, None) => {}
        }
    }
    blocks
}

/// The blocks to run. The error names the line of a block whose marks make no sense.
fn cases(blocks: &[Block]) -> Result<Vec<Case>, String> {
    let mut cases: Vec<Case> = Vec::new();
    let mut after_test = false;
    for block in blocks {
        if block.is("test") {
            if !block.is("sh") {
                return Err(format!("{}: only sh blocks can be tests", block.line));
            }
            cases.push(Case {
                line: block.line,
                script: block.text.clone(),
                node: block.is("node"),
                expected: None,
            });
        } else if block.is("expect") {
            let case = cases.last_mut().filter(|_| after_test);
            let case = case
                .ok_or_else(|| format!("{}: no test stands before what is expected", block.line))?;
            case.expected = Some(block.text.clone());
        }
        after_test = block.is("test");
    }
    Ok(cases)
}

/// Whether `found` is what `expected` describes.
fn fits(expected: &str, found: &str) -> bool {
    let expected: Vec<&str> = expected.lines().map(str::trim_end).collect();
    let found: Vec<&str> = found.lines().map(str::trim_end).collect();
    lines_fit(&expected, &found)
}

fn lines_fit(expected: &[&str], found: &[&str]) -> bool {
    match expected.split_first() {
        None => found.is_empty(),
        Some((&"...", rest)) => (0..=found.len()).any(|skipped| lines_fit(rest, &found[skipped..])),
        Some((first, rest)) => match found.split_first() {
            Some((line, more)) => line_fits(first, line) && lines_fit(rest, more),
            None => false,
        },
    }
}

fn line_fits(expected: &str, found: &str) -> bool {
    match expected.split_once("...") {
        None => expected == found,
        Some((start, rest)) => found.strip_prefix(start).is_some_and(|tail| {
            tail.char_indices()
                .map(|(at, _)| at)
                .chain([tail.len()])
                .any(|at| line_fits(rest, &tail[at..]))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "# Page\n```sh test node\nuz balance\n```\nprints\n```text expect\nZNN ...\n```\n```sh\nrm -rf /\n```\n";

    #[test]
    fn only_marked_blocks_are_cases() {
        let cases = cases(&blocks(PAGE)).expect("the marks make sense");
        let case = Case {
            line: 2,
            script: "uz balance\n".into(),
            node: true,
            expected: Some("ZNN ...\n".into()),
        };
        assert_eq!(cases, [case]);
    }

    #[test]
    fn marks_without_sense_are_named() {
        assert_eq!(
            cases(&blocks("```json test\n```\n")),
            Err("1: only sh blocks can be tests".into())
        );
        let lonely = "```sh test\n```\n```sh\n```\n```text expect\n```\n";
        assert_eq!(cases(&blocks(lonely)), Err("5: no test stands before what is expected".into()));
    }

    #[test]
    fn expectations_have_holes() {
        assert!(fits("a\n", "a\n"));
        assert!(fits("height ... of ...\n", "height 12 of z1q\n"));
        assert!(fits("a\n...\nz\n", "a\nb\nc\nz\n"));
        assert!(fits("a\n...\n", "a\n"));
        assert!(!fits("a\n", "a\nb\n"));
        assert!(!fits("a\nb\n", "a\n"));
        assert!(!fits("height ... of z2\n", "height 12 of z1q\n"));
        assert!(fits("...é\n", "éé\n"));
    }

    #[test]
    fn generated_parts_are_replaced() {
        let page = "x\n<!-- generated: ./x test --list -->\nold\n<!-- /generated -->\ny\n";
        let fresh =
            regenerate(page, |words| Ok(format!("{}\n", words.join("+")))).expect("well formed");
        let wanted =
            "x\n<!-- generated: ./x test --list -->\n./x+test+--list\n<!-- /generated -->\ny\n";
        assert_eq!(fresh.as_deref(), Some(wanted));
        assert_eq!(
            regenerate("no parts\n", |_| bail!("not asked for")).expect("well formed"),
            None
        );
        assert!(regenerate("<!-- generated: uz -->\nno end\n", |_| Ok(String::new())).is_err());
    }

    #[test]
    fn an_example_of_the_marks_is_not_a_part() {
        let page = "```\n<!-- generated: uz x -->\n```\n";
        assert_eq!(regenerate(page, |_| bail!("not asked for")).expect("nothing to do"), None);
    }
}
