//! The tier of `cargo test`: one line for each test program, its whole output when it fails.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::time::Instant;

use anyhow::{Context as _, Result};

use crate::runner::Running;
use crate::shell::{Artifact, Shell, cannot_start};
use crate::tally::Tally;

/// Builds and runs all tests of the workspace.
pub fn run(shell: &Shell, seconds: u64) -> Result<Tally> {
    let Some(programs) = build(shell)? else {
        println!("  FAIL the tests do not build");
        return Ok(Tally::case(false));
    };
    let command = shell.cargo(&["test", "--workspace", "--no-fail-fast", "--color", "never"]);
    let mut running = Running::start(shell.limited(command, seconds))?;
    let mut groups = Groups::new(programs);
    for line in running.lines() {
        groups.line(line?);
    }
    let success = running.child.wait()?.success();
    Ok(groups.end(success))
}

/// Builds the test programs, and gives the name of each by its file name; nothing if that fails.
fn build(shell: &Shell) -> Result<Option<BTreeMap<String, String>>> {
    let args =
        ["test", "-q", "--workspace", "--no-run", "--message-format=json-render-diagnostics"];
    let mut command = shell.cargo(&args);
    let mut child =
        command.stdout(Stdio::piped()).spawn().with_context(|| cannot_start(&command))?;
    let stdout = child.stdout.take().expect("stdout was asked for as a pipe");
    let mut programs = BTreeMap::new();
    for line in BufReader::new(stdout).lines() {
        if let Some(artifact) = Artifact::parse(&line?)
            && let Some(file) = artifact.executable.file_name()
        {
            let name = match artifact.kind.as_str() {
                "lib" => artifact.package,
                kind => format!("{} {kind} {}", artifact.package, artifact.target),
            };
            programs.insert(file.to_string_lossy().into_owned(), name);
        }
    }
    Ok(child.wait()?.success().then_some(programs))
}

/// Splits what `cargo test` prints into groups, one for each test program.
struct Groups {
    programs: BTreeMap<String, String>,
    open: Option<Group>,
    total: Tally,
}

struct Group {
    name: String,
    lines: Vec<String>,
    tally: Option<Tally>,
    start: Instant,
}

impl Groups {
    fn new(programs: BTreeMap<String, String>) -> Groups {
        Groups { programs, open: None, total: Tally::default() }
    }

    fn line(&mut self, line: String) {
        if let Some(name) = self.opened_by(&line) {
            self.close();
            self.open = Some(Group { name, lines: Vec::new(), tally: None, start: Instant::now() });
            return;
        }
        let Some(group) = &mut self.open else { return };
        if let Some(more) = Tally::parse(&line) {
            *group.tally.get_or_insert_default() += more;
        }
        group.lines.push(line);
    }

    /// The name of the group that a line of cargo's opens.
    fn opened_by(&self, line: &str) -> Option<String> {
        if let Some(library) = line.strip_prefix("   Doc-tests ") {
            return Some(format!("{library} examples"));
        }
        let (_, path) = line.strip_prefix("     Running ")?.strip_suffix(')')?.rsplit_once('(')?;
        // A test may print such a line as well; it will not know a program's file name.
        self.programs.get(path.rsplit('/').next()?).cloned()
    }

    fn close(&mut self) {
        let Some(group) = self.open.take() else {
            return;
        };
        // A program that ends without a closing line was stopped in the middle.
        let tally = group.tally.unwrap_or(Tally::case(false));
        if tally.failed > 0 {
            for line in &group.lines {
                println!("       {line}");
            }
        }
        if tally != Tally::default() {
            let mark = if tally.failed > 0 { "FAIL" } else { "ok  " };
            println!(
                "  {mark} {}: {tally} in {:.1} s",
                group.name,
                group.start.elapsed().as_secs_f64()
            );
        }
        self.total += tally;
    }

    fn end(mut self, success: bool) -> Tally {
        self.close();
        if !success && self.total.failed == 0 {
            println!("  FAIL cargo test ended badly, though no test did");
            self.total.failed += 1;
        }
        self.total
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(lines: &[&str], success: bool) -> Tally {
        let programs = [("a-1", "a"), ("b-2", "b test crash")];
        let mut groups =
            Groups::new(programs.map(|(file, name)| (file.to_owned(), name.to_owned())).into());
        for line in lines {
            groups.line((*line).to_owned());
        }
        groups.end(success)
    }

    const A: &str = "     Running unittests src/lib.rs (target/debug/deps/a-1)";
    const B: &str = "     Running tests/crash.rs (target/debug/deps/b-2)";
    const TWO: &str = "test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s";

    #[test]
    fn each_program_counts() {
        let lines = [A, "running 2 tests", TWO, B, "3 passed, 1 failed", "   Doc-tests a", TWO];
        assert_eq!(tally(&lines, false), Tally { passed: 7, failed: 1, skipped: 0 });
    }

    #[test]
    fn a_program_that_stops_in_the_middle_has_failed() {
        assert_eq!(
            tally(&[A, TWO, B, "running 9 tests"], false),
            Tally { passed: 2, failed: 1, skipped: 0 }
        );
        assert_eq!(
            tally(&[A, "running 9 tests", B, TWO], false),
            Tally { passed: 2, failed: 1, skipped: 0 }
        );
    }

    #[test]
    fn a_bad_end_without_a_failed_test_is_a_failure() {
        assert_eq!(tally(&[A, TWO], false), Tally { passed: 2, failed: 1, skipped: 0 });
        assert_eq!(tally(&[A, TWO], true), Tally { passed: 2, failed: 0, skipped: 0 });
    }

    #[test]
    fn a_line_that_only_looks_like_cargos_opens_nothing() {
        let lines = [A, "     Running tests/other.rs (target/debug/deps/other-3)", TWO];
        assert_eq!(tally(&lines, true), Tally { passed: 2, failed: 0, skipped: 0 });
    }
}
