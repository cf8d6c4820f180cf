//! `./x test`: runs tiers, shows each one's cases and time, and ends with one line of totals.
//!
//! The last line is `N passed, N failed`, alone and not indented; whatever tiers print is indented, so
//! that no other line can be taken for it.

use std::io::{BufRead as _, BufReader, PipeReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::shell::{Profile, Shell, cannot_start, shown};
use crate::tally::Tally;
use crate::tiers::{Step, TIERS, Tier, list};

/// Lines shown of a check that failed; its first faults tell most.
const LINES_SHOWN_MAX: usize = 300;

/// What became of a tier.
struct Outcome {
    tier: &'static Tier,
    tally: Tally,
    took: Duration,
    /// Why it did not run, or did not end well; empty when there is nothing to say.
    note: String,
}

/// Runs the tiers that `args` ask for; `true` when nothing failed.
pub fn test(shell: &Shell, args: &[String]) -> Result<bool> {
    if args == ["--list"] {
        print!("{}", list());
        return Ok(true);
    }
    let chosen = choose(args)?;
    let mut outcomes = Vec::new();
    for tier in chosen {
        outcomes.push(run_tier(shell, tier));
    }
    let total = print_table(&outcomes);
    println!("{} passed, {} failed", total.passed, total.failed);
    Ok(total.failed == 0 && total.passed > 0)
}

/// The tiers named; without names those of every day, and with `--long` all.
fn choose(args: &[String]) -> Result<Vec<&'static Tier>> {
    let mut long = false;
    let mut names = Vec::new();
    for arg in args {
        match arg.as_str() {
            "--long" => long = true,
            flag if flag.starts_with('-') => bail!("test takes --long or --list, not \"{flag}\""),
            name if TIERS.iter().any(|tier| tier.name == name) => names.push(name),
            name => {
                let known: Vec<&str> = TIERS.iter().map(|tier| tier.name).collect();
                bail!("no tier \"{name}\"; there are: {}", known.join(" "));
            }
        }
    }
    let wanted = |tier: &&Tier| match names.is_empty() {
        true => long || !tier.long,
        false => names.contains(&tier.name),
    };
    Ok(TIERS.iter().filter(wanted).collect())
}

fn run_tier(shell: &Shell, tier: &'static Tier) -> Outcome {
    println!("== {}: {} (budget {} min)", tier.name, tier.about, tier.minutes);
    let start = Instant::now();
    let mut tally = Tally::default();
    let mut note = String::new();
    match tier.since.filter(|path| !shell.root.join(path).exists()) {
        Some(path) => {
            tally.skipped += 1;
            note = format!("no {path} yet");
        }
        None => {
            if let Err(error) = run_steps(shell, tier, &mut tally) {
                tally.failed += 1;
                note = format!("{error:#}");
            }
        }
    }
    if !note.is_empty() {
        println!("  {}: {note}", tier.name);
    }
    let outcome = Outcome { tier, tally, took: start.elapsed(), note };
    println!("  {tally}; {} of {} minutes\n", minutes(outcome.took), tier.minutes);
    outcome
}

/// Runs a tier's steps. A step that fails its cases does not stop the next one; one that cannot run does.
fn run_steps(shell: &Shell, tier: &Tier, tally: &mut Tally) -> Result<()> {
    for need in tier.needs {
        shell.ensure(need.program, need.packages)?;
    }
    let seconds = tier.minutes * 60 * 2;
    let mut setting = None;
    for step in tier.steps {
        if !matches!(step, Step::Own(_)) && setting.is_none() {
            setting = Some(Setting::of(shell, tier)?);
        }
        *tally += match (step, &setting) {
            (Step::Own(run), _) => run(shell, seconds)?,
            (Step::Command(words), Some(setting)) => {
                let command = setting.command(shell, words, None)?;
                run_counted(shell.limited(command, seconds))?
            }
            (Step::EachFile { dir, run }, Some(setting)) => {
                each_file(shell, setting, dir, run, seconds)?
            }
            (_, None) => unreachable!("made just above"),
        };
    }
    Ok(())
}

/// What a tier's commands share: the program, built once, and an empty folder.
struct Setting {
    uz: Option<PathBuf>,
    scratch: PathBuf,
}

impl Setting {
    fn of(shell: &Shell, tier: &Tier) -> Result<Setting> {
        let uz = match shell.root.join("crates/uz/Cargo.toml").exists() {
            true => Some(shell.build_uz(Profile::Dev)?),
            false => None,
        };
        Ok(Setting { uz, scratch: shell.scratch(tier.name)? })
    }

    /// A row's command: `uz` and `{file}` replaced, its variables set.
    fn command(&self, shell: &Shell, words: &[&str], file: Option<&Path>) -> Result<Command> {
        let (first, rest) = words.split_first().context("a command without words")?;
        let mut command = match (*first, &self.uz) {
            ("uz", Some(uz)) => shell.command(&uz.to_string_lossy()),
            ("uz", None) => bail!("there is no uz to run"),
            (program, _) => shell.command(program),
        };
        for word in rest {
            match (*word, file) {
                ("{file}", Some(file)) => command.arg(file),
                (word, _) => command.arg(word),
            };
        }
        if let Some(uz) = &self.uz {
            command.env("UZ", uz);
        }
        command.env("X_SCRATCH", &self.scratch);
        Ok(command)
    }
}

/// Runs a command, shows its lines indented, and adds up its closing lines.
fn run_counted(command: Command) -> Result<Tally> {
    let mut tally = Tally::default();
    let mut running = Running::start(command)?;
    for line in running.lines() {
        let line = line?;
        println!("  {line}");
        if let Some(more) = Tally::parse(&line) {
            tally += more;
        }
    }
    let status = running.child.wait()?;
    if !status.success() && tally.failed == 0 {
        println!("  {} ended with {status}", running.shown);
        tally.failed += 1;
    }
    if tally == Tally::default() {
        bail!("{} counted no case", running.shown);
    }
    Ok(tally)
}

fn each_file(
    shell: &Shell,
    setting: &Setting,
    dir: &str,
    run: &[&str],
    seconds: u64,
) -> Result<Tally> {
    let mut files = Vec::new();
    for entry in
        std::fs::read_dir(shell.root.join(dir)).with_context(|| format!("cannot list {dir}"))?
    {
        let path = entry?.path();
        if path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    if files.is_empty() {
        bail!("{dir} has no file");
    }
    let mut tally = Tally::default();
    for file in &files {
        let command = setting.command(shell, run, Some(file))?;
        let mut running = Running::start(shell.limited(command, seconds))?;
        let mut lines = Vec::new();
        for line in running.lines() {
            lines.push(line?);
        }
        let ok = running.child.wait()?.success();
        tally += Tally::case(ok);
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        // All of it when something is wrong, the last line otherwise.
        let shown = if ok { lines.len().saturating_sub(1) } else { 0 };
        println!("  {} {name}", if ok { "ok  " } else { "FAIL" });
        for line in &lines[shown..] {
            println!("       {line}");
        }
    }
    Ok(tally)
}

/// A command whose two outputs come through one pipe, in the order in which they were written.
pub struct Running {
    /// The process.
    pub child: Child,
    /// The command as typed.
    pub shown: String,
    output: Option<PipeReader>,
}

impl Running {
    /// Starts `command`.
    pub fn start(mut command: Command) -> Result<Running> {
        let (output, writer) = std::io::pipe()?;
        command.stdout(writer.try_clone()?).stderr(writer);
        let child = command.spawn().with_context(|| cannot_start(&command))?;
        // Dropping the command closes our copies of the writing end: the pipe ends with the process.
        Ok(Running { child, shown: shown(&command), output: Some(output) })
    }

    /// Its lines as they come; bytes that are not text are replaced.
    pub fn lines(&mut self) -> impl Iterator<Item = std::io::Result<String>> + use<> {
        let output = self.output.take().map(BufReader::new);
        output.into_iter().flat_map(|reader| reader.split(b'\n')).map(|line| {
            let line = line?;
            Ok(String::from_utf8_lossy(&line).trim_end_matches('\r').to_owned())
        })
    }
}

/// `cargo fmt` and `cargo clippy`, one case each.
pub fn cargo_lints(shell: &Shell, seconds: u64) -> Result<Tally> {
    let mut tally =
        named_case(shell, "fmt", shell.cargo(&["fmt", "--all", "--check", "--", "-l"]), seconds)?;
    let clippy = ["clippy", "-q", "--workspace", "--all-targets", "--", "-D", "warnings"];
    tally += named_case(shell, "clippy", shell.cargo(&clippy), seconds)?;
    Ok(tally)
}

/// The API documentation, as one case.
pub fn rustdoc(shell: &Shell, seconds: u64) -> Result<Tally> {
    named_case(shell, "rustdoc", shell.rustdoc(), seconds)
}

/// A command that is one case: shown only when it fails.
fn named_case(shell: &Shell, name: &str, command: Command, seconds: u64) -> Result<Tally> {
    let mut running = Running::start(shell.limited(command, seconds))?;
    let lines = running.lines().collect::<std::io::Result<Vec<String>>>()?;
    let ok = running.child.wait()?.success();
    println!("  {} {name}", if ok { "ok  " } else { "FAIL" });
    if !ok {
        for line in lines.iter().take(LINES_SHOWN_MAX) {
            println!("       {line}");
        }
        if let Some(more) = lines.len().checked_sub(LINES_SHOWN_MAX + 1) {
            println!("       and {} more lines", more + 1);
        }
    }
    Ok(Tally::case(ok))
}

fn print_table(outcomes: &[Outcome]) -> Tally {
    let mut total = Tally::default();
    println!(
        "{:<12}{:>7}{:>8}{:>8}{:>9}{:>10}{:>8}",
        "tier", "cases", "passed", "failed", "skipped", "minutes", "budget"
    );
    for Outcome { tier, tally, took, note } in outcomes {
        let over = took.as_secs() > tier.minutes * 60;
        println!(
            "{:<12}{:>7}{:>8}{:>8}{:>9}{:>10}{:>8}  {}{note}",
            tier.name,
            tally.ran(),
            tally.passed,
            tally.failed,
            tally.skipped,
            minutes(*took),
            tier.minutes,
            if over { "over its budget " } else { "" },
        );
        total += *tally;
    }
    total
}

/// Minutes with one decimal.
fn minutes(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() / 60.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(args: &[&str]) -> Vec<&'static str> {
        let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
        choose(&args).expect("known tiers").iter().map(|tier| tier.name).collect()
    }

    #[test]
    fn tiers_are_chosen_by_name_or_by_length() {
        assert!(names(&[]).contains(&"unit"));
        assert!(!names(&[]).contains(&"fuzz-long"));
        assert!(names(&["--long"]).contains(&"fuzz-long"));
        assert_eq!(names(&["docs", "lint"]), ["lint", "docs"]);
        assert_eq!(names(&["fuzz-long"]), ["fuzz-long"]);
        assert!(choose(&["nothing".to_owned()]).is_err());
        assert!(choose(&["--short".to_owned()]).is_err());
    }

    fn sh(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn closing_lines_are_added_up() {
        let tally = run_counted(sh("echo '2 passed, 0 failed'; echo '1 passed, 0 failed' >&2"))
            .expect("it ran");
        assert_eq!(tally, Tally { passed: 3, failed: 0, skipped: 0 });
    }

    #[test]
    fn a_bad_end_is_a_failure() {
        let tally = run_counted(sh("echo '2 passed, 0 failed'; exit 3")).expect("it ran");
        assert_eq!(tally, Tally { passed: 2, failed: 1, skipped: 0 });
    }

    #[test]
    fn counting_nothing_is_an_error() {
        assert!(run_counted(sh("echo all is well")).is_err());
        assert!(run_counted(sh("echo '0 passed, 0 failed'")).is_err());
    }
}
