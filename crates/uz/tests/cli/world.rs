//! The program in folders of its own, and a development network on free ports.

use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;

/// Where a program finds nothing of anybody's.
pub struct World {
    folder: TempDir,
    node: Option<String>,
    password: Option<&'static str>,
}

/// How a command ended.
pub struct Ended {
    pub exit: i32,
    pub out: String,
    pub err: String,
}

impl World {
    pub fn new() -> World {
        World { folder: tempfile::tempdir().unwrap(), node: None, password: None }
    }

    pub fn with_password(mut self, password: &'static str) -> World {
        self.password = Some(password);
        self
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_uz"));
        command.args(args).env_clear().env("HOME", self.folder.path()).stdin(Stdio::null());
        if let Some(node) = &self.node {
            command.env("UZ_NODE", node);
        }
        if let Some(password) = self.password {
            command.env("UZ_PASSWORD", password);
        }
        command
    }

    /// Runs a line whose words are separated by spaces.
    pub fn run(&self, line: &str) -> Ended {
        self.run_args(&line.split_whitespace().collect::<Vec<_>>())
    }

    pub fn run_args(&self, args: &[&str]) -> Ended {
        ended(self.command(args).output().unwrap())
    }

    pub fn run_with_input(&self, line: &str, input: &str) -> Ended {
        use std::io::Write;
        let args: Vec<&str> = line.split_whitespace().collect();
        let mut child = self
            .command(&args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        ended(child.wait_with_output().unwrap())
    }

    /// Runs a line with `--json` and gives its result.
    pub fn get(&self, line: &str) -> Value {
        let ended = self.run(&format!("{line} --json"));
        assert_eq!(ended.exit, 0, "{line}: {}{}", ended.out, ended.err);
        let envelope: Value = serde_json::from_str(&ended.out).unwrap();
        assert_eq!(envelope["ok"], true, "{line}: {}", ended.out);
        envelope["result"].clone()
    }

    /// Runs a line with `--json` that must fail, and gives its error and exit code.
    pub fn fail(&self, line: &str) -> (Value, i32) {
        let ended = self.run(&format!("{line} --json"));
        assert_ne!(ended.exit, 0, "{line} did not fail: {}", ended.out);
        let envelope: Value = serde_json::from_str(&ended.out)
            .unwrap_or_else(|_| panic!("{line}: {}{}", ended.out, ended.err));
        assert_eq!(envelope["ok"], false, "{line}");
        (envelope["error"].clone(), ended.exit)
    }

    pub fn start(&self, line: &str) -> Running {
        let args: Vec<&str> = line.split_whitespace().collect();
        let mut child =
            self.command(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut first = String::new();
        out.read_line(&mut first).unwrap();
        let ready = serde_json::from_str::<Value>(&first).ok();
        match ready {
            Some(ready) if ready["ok"] == true => Running { child, ready: ready["result"].clone() },
            _ => panic!("{line}: {first}{}", ended(child.wait_with_output().unwrap()).err),
        }
    }
}

fn ended(output: Output) -> Ended {
    Ended {
        exit: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A node that runs.
pub struct Running {
    child: Child,
    /// What it told when it was ready.
    pub ready: Value,
}

impl Running {
    /// Ctrl-C, and how it ended.
    pub fn interrupt(mut self) -> i32 {
        let id = self.child.id().to_string();
        let told = Command::new("kill").args(["-INT", &id]).status().unwrap();
        assert!(told.success());
        self.child.wait().unwrap().code().unwrap_or(-1)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A development network that makes momentums on demand, and a world that asks it.
pub struct Devnet {
    pub world: World,
    pub running: Running,
}

impl Devnet {
    pub fn start() -> Devnet {
        let mut world = World::new().with_password("secret");
        let running = world.start("up --json --on-demand --rpc-addr 0 --ws-addr 0");
        world.node = running.ready["http"].as_str().map(str::to_owned);
        Devnet { world, running }
    }

    pub fn get(&self, line: &str) -> Value {
        self.world.get(line)
    }

    pub fn fail(&self, line: &str) -> (Value, i32) {
        self.world.fail(line)
    }

    /// Sends a call and waits for the contract's answer.
    pub fn call(&self, line: &str) -> Value {
        let answer = self.get(&format!("{line} --wait"));
        assert_eq!(answer["accepted"], true, "{line}: {answer}");
        answer
    }

    /// What an account holds of a token, in smallest units.
    pub fn balance(&self, account: &str, token: &str) -> u128 {
        let balances = self.get(&format!("balance {account}"))["balances"].clone();
        let entries = balances.as_object().unwrap();
        let of_token = |(id, entry): (&String, &Value)| {
            (id == token || entry["symbol"] == token).then(|| entry["balance"].clone())
        };
        let found = entries.iter().find_map(of_token);
        found.map_or(0, |units| units.as_str().unwrap().parse().unwrap())
    }
}

/// Whether a folder has a file whose name ends so.
pub fn has_file(folder: &Path, end: &str) -> bool {
    std::fs::read_dir(folder)
        .unwrap()
        .any(|entry| entry.unwrap().file_name().to_string_lossy().ends_with(end))
}
