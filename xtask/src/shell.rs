//! Where the repository is, how its commands are started, and what they need from the system.

use std::io::{BufRead as _, BufReader, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

/// How `uz` is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// What users run, and what benchmarks measure.
    Release,
    /// What tests run: the same build that `cargo test` makes, so nothing is compiled twice.
    Dev,
}

/// The repository, seen from a command that works in it.
pub struct Shell {
    /// The repository's root folder.
    pub root: PathBuf,
    /// Cargo's target folder.
    pub target: PathBuf,
}

impl Shell {
    /// Finds the repository that this program was built from.
    pub fn open() -> Result<Shell> {
        let manifest = std::env::var_os("CARGO_MANIFEST_DIR")
            .context("xtask is started by ./x or `cargo run -p xtask`")?;
        let root =
            Path::new(&manifest).parent().context("xtask has no parent folder")?.to_path_buf();
        let target = match std::env::var_os("CARGO_TARGET_DIR") {
            Some(dir) => std::path::absolute(dir)?,
            None => root.join("target"),
        };
        Ok(Shell { root, target })
    }

    /// A command in the root folder, with none of the variables that cargo set for xtask itself.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root).stdin(Stdio::null());
        for (name, _) in std::env::vars_os() {
            let own = name.to_str().is_some_and(|name| {
                name.starts_with("CARGO_PKG_")
                    || name.starts_with("CARGO_MANIFEST_")
                    || name == "CARGO_BIN_NAME"
            });
            if own {
                command.env_remove(name);
            }
        }
        command
    }

    /// A cargo command; tests and tools get plain output.
    pub fn cargo(&self, args: &[&str]) -> Command {
        let mut command = self.command("cargo");
        command.args(args);
        command
    }

    /// The command that builds the API documentation, warnings being errors.
    pub fn rustdoc(&self) -> Command {
        let mut command =
            self.cargo(&["doc", "-q", "--workspace", "--no-deps", "--document-private-items"]);
        // Private items are documented too, so links to them lead somewhere.
        command.env("RUSTDOCFLAGS", "-D warnings -A rustdoc::private_intra_doc_links");
        command
    }

    /// Runs `command` with our own output; says whether it ended well.
    pub fn passes(&self, mut command: Command) -> Result<bool> {
        let status = command.status().with_context(|| cannot_start(&command))?;
        Ok(status.success())
    }

    /// Runs `command`, which must end well, and gives what it printed.
    pub fn output(&self, mut command: Command) -> Result<String> {
        let output =
            command.stderr(Stdio::inherit()).output().with_context(|| cannot_start(&command))?;
        ensure!(output.status.success(), "{} ended with {}", shown(&command), output.status);
        String::from_utf8(output.stdout)
            .with_context(|| format!("{} printed something other than text", shown(&command)))
    }

    /// Builds `uz` and says where it is.
    pub fn build_uz(&self, profile: Profile) -> Result<PathBuf> {
        self.require("crates/uz/Cargo.toml", "the program uz")?;
        let mut command = self.cargo(&[
            "build",
            "-p",
            "uz",
            "--bin",
            "uz",
            "--message-format=json-render-diagnostics",
        ]);
        if profile == Profile::Release {
            command.arg("--release");
        }
        let mut child =
            command.stdout(Stdio::piped()).spawn().with_context(|| cannot_start(&command))?;
        let stdout = child.stdout.take().expect("stdout was asked for as a pipe");
        let mut found = None;
        for line in BufReader::new(stdout).lines() {
            if let Some(artifact) = Artifact::parse(&line?)
                && artifact.target == "uz"
            {
                found = Some(artifact.executable);
            }
        }
        ensure!(child.wait()?.success(), "uz does not build");
        found.context("cargo built uz without saying where")
    }

    /// Fails with a clear line when a part of the repository is not there.
    pub fn require(&self, path: &str, what: &str) -> Result<()> {
        ensure!(self.root.join(path).exists(), "{what}: {path} does not exist");
        Ok(())
    }

    /// Makes sure that `program` is here, installing its Debian packages when it is not.
    pub fn ensure(&self, program: &str, packages: &[&str]) -> Result<()> {
        if on_path(program) {
            return Ok(());
        }
        // `./x` says what it installs, and what to run where it may not.
        let status = self
            .command("./x")
            .arg("install")
            .args(packages)
            .status()
            .context("cannot start ./x")?;
        if !status.success() || !on_path(program) {
            bail!("{program} is missing (Debian: {})", packages.join(" "));
        }
        Ok(())
    }

    /// A new empty folder for what a test leaves behind.
    pub fn scratch(&self, name: &str) -> Result<PathBuf> {
        let dir = self.target.join("x").join(name);
        match std::fs::remove_dir_all(&dir) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("cannot empty {}", dir.display()));
            }
            _ => {}
        }
        std::fs::create_dir_all(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
        Ok(dir)
    }

    /// `command` under a limit of time, or itself when a person watches who can end it by Ctrl-C:
    /// `timeout` puts what it runs out of the terminal's reach.
    pub fn limited(&self, command: Command, seconds: u64) -> Command {
        if std::io::stdin().is_terminal() {
            return command;
        }
        let mut limited = Command::new("timeout");
        limited
            .arg("--kill-after=30")
            .arg(seconds.to_string())
            .arg(command.get_program())
            .args(command.get_args());
        if let Some(dir) = command.get_current_dir() {
            limited.current_dir(dir);
        }
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => limited.env(name, value),
                None => limited.env_remove(name),
            };
        }
        limited.stdin(Stdio::null());
        limited
    }
}

/// An executable that cargo said it made.
#[derive(Debug, PartialEq, Eq)]
pub struct Artifact {
    /// The package's name.
    pub package: String,
    /// The target's name, and its sort: `lib`, `bin`, `test`, ...
    pub target: String,
    /// What the target is.
    pub kind: String,
    /// Where the executable is.
    pub executable: PathBuf,
}

impl Artifact {
    /// Reads one line of cargo's JSON messages.
    pub fn parse(line: &str) -> Option<Artifact> {
        let message: Value = serde_json::from_str(line).ok()?;
        let executable = message["executable"].as_str()?;
        let manifest = Path::new(message["manifest_path"].as_str()?);
        Some(Artifact {
            // The folder is named as the crate is: a rule of the house that tidy checks.
            package: manifest.parent()?.file_name()?.to_str()?.to_owned(),
            target: message["target"]["name"].as_str()?.to_owned(),
            kind: message["target"]["kind"][0].as_str()?.to_owned(),
            executable: PathBuf::from(executable),
        })
    }
}

/// Whether the shell would find `program`.
pub fn on_path(program: &str) -> bool {
    let Some(path) = std::env::var_os("PATH") else {
        return false;
    };
    std::env::split_paths(&path).any(|dir| dir.join(program).is_file())
}

/// A command as one would type it.
pub fn shown(command: &Command) -> String {
    std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

/// The first half of an error about a command.
pub fn cannot_start(command: &Command) -> String {
    format!("cannot start {}", shown(command))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn artifacts_are_read_from_cargo_lines() {
        let line = r#"{"reason":"compiler-artifact","manifest_path":"/r/crates/uz/Cargo.toml","target":{"kind":["bin"],"name":"uz"},"executable":"/r/target/debug/uz"}"#;
        let artifact = Artifact::parse(line).expect("a whole message");
        assert_eq!(
            (artifact.package.as_str(), artifact.target.as_str(), artifact.kind.as_str()),
            ("uz", "uz", "bin")
        );
        assert_eq!(artifact.executable, Path::new("/r/target/debug/uz"));
        assert_eq!(Artifact::parse(r#"{"reason":"compiler-artifact","executable":null}"#), None);
        assert_eq!(Artifact::parse("   Compiling uz"), None);
    }

    #[test]
    fn a_program_is_looked_for_on_the_path() {
        assert!(on_path("sh"));
        assert!(!on_path("no-such-program-anywhere"));
    }
}
