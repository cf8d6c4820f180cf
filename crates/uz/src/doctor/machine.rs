//! The machine: cores, memory, clock, limits, the user, systemd.

use super::Finding;
use crate::{folders, time};
use std::env;
use std::fs;
use std::process::Command;
use std::thread::available_parallelism;

/// Memory that a node should find free, in KiB.
const MEMORY_KIB_MIN: u64 = 256 * 1024;
/// Open files that a node with many clients needs.
const FILES_MIN: u64 = 4096;
/// 2024-01-01: a clock before that is not set.
const CLOCK_MIN: u64 = 1_704_067_200;

/// All checks of the machine.
pub fn examine() -> Vec<Finding> {
    vec![
        cores(),
        memory(),
        randomness(),
        clock(),
        clock_is_kept(),
        open_files(),
        user(),
        home(),
        systemd(),
        service(),
    ]
}

fn cores() -> Finding {
    match available_parallelism() {
        Ok(cores) if cores.get() >= 2 => Finding::good("cores", format!("{cores}")),
        Ok(cores) => Finding::warning(
            "cores",
            format!("{cores}"),
            "give the machine two: one writes, one answers",
        ),
        Err(error) => {
            Finding::warning("cores", error.to_string(), "none needed if all else is well")
        }
    }
}

fn memory() -> Finding {
    let text = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"));
    let free = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    match free {
        Some(kib) if kib >= MEMORY_KIB_MIN => {
            Finding::good("memory", format!("{} MiB free", kib / 1024))
        }
        Some(kib) => Finding::warning(
            "memory",
            format!("{} MiB free", kib / 1024),
            format!("free some: a node wants {} MiB", MEMORY_KIB_MIN / 1024),
        ),
        None => Finding::warning("memory", "the system does not say", "mount /proc"),
    }
}

fn randomness() -> Finding {
    match getrandom::u64() {
        Ok(_) => Finding::good("randomness", "the system gives random bytes"),
        Err(error) => {
            Finding::bad("randomness", error.to_string(), "no key can be made before it does")
        }
    }
}

fn clock() -> Finding {
    let now = time::now();
    let text = time::show(now);
    if now < CLOCK_MIN {
        return Finding::bad("clock", text, "set it: timedatectl set-ntp true");
    }
    Finding::good("clock", text)
}

fn clock_is_kept() -> Finding {
    let check = "clock kept";
    match output("timedatectl", &["show", "-p", "NTPSynchronized", "--value"]).as_deref() {
        Some("yes") => Finding::good(check, "by NTP"),
        Some("no") => Finding::warning(
            check,
            "nobody sets this machine's clock",
            "timedatectl set-ntp true: a producer must be right to the second",
        ),
        _ => Finding::good(check, "timedatectl does not say"),
    }
}

fn open_files() -> Finding {
    let text = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with("Max open files"));
    let soft = line.and_then(|line| line.split_whitespace().nth(3).map(str::to_owned));
    match soft.as_deref() {
        Some("unlimited") => Finding::good("open files", "unlimited"),
        Some(text) => match text.parse::<u64>() {
            Ok(number) if number >= FILES_MIN => Finding::good("open files", text),
            _ => Finding::warning("open files", text, format!("ulimit -n {FILES_MIN}")),
        },
        None => Finding::warning("open files", "the system does not say", "mount /proc"),
    }
}

fn user() -> Finding {
    match output("id", &["-u"]).as_deref() {
        Some("0") => Finding::warning(
            "user",
            "root",
            "run as another user: uz service install makes one for the node",
        ),
        Some(id) => Finding::good("user", format!("id {id}")),
        None => Finding::good("user", "unknown"),
    }
}

fn home() -> Finding {
    match folders::home() {
        Some(home) => Finding::good("home", folders::show(home)),
        None => Finding::warning(
            "home",
            "HOME is not set",
            "export HOME, or name --data-dir and --wallet-dir",
        ),
    }
}

fn systemd() -> Finding {
    match fs::exists("/run/systemd/system") {
        Ok(true) => Finding::good("systemd", "runs"),
        _ => Finding::good("systemd", "does not run here; uz node runs without it"),
    }
}

fn service() -> Finding {
    let unit = "/etc/systemd/system/uz.service";
    let installed = fs::exists(unit).unwrap_or(false);
    if !installed {
        return Finding::good("service", "not installed");
    }
    match output("systemctl", &["is-active", "uz"]).as_deref() {
        Some("active") => Finding::good("service", "active"),
        Some(state) => Finding::warning(
            "service",
            format!("installed and {state}"),
            "systemctl enable --now uz; its log: journalctl -u uz",
        ),
        None => {
            Finding::warning("service", "installed, and nobody to ask", "systemctl enable --now uz")
        }
    }
}

/// What a program prints, without the end of the line; `None` if it isn't there.
pub fn output(program: &str, args: &[&str]) -> Option<String> {
    let output = Command::new(program).args(args).env("LC_ALL", "C").output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    (!text.is_empty()).then_some(text)
}

/// Whether a variable is set to something.
pub fn is_set(name: &str) -> bool {
    env::var_os(name).is_some_and(|value| !value.is_empty())
}
