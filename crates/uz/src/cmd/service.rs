//! `uz service`.

use crate::cli::Service;
use crate::context::Context;
use crate::doctor::Verdict;
use crate::outcome::{Answer, Failure, Outcome};
use crate::{folders, unit};
use serde_json::json;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Installs the unit, or prints it.
pub fn run(context: &Context, verb: &Service) -> Outcome {
    let Service::Install { user, print, dry_run } = verb;
    let program = env::current_exe()
        .map_err(|error| Failure::usage("this program's path is unknown").because(error))?;
    let text = unit::text(&program, &context.settings, *user);
    if *print {
        return Ok(Answer::new(json!({ "unit": text }), text));
    }
    let path = folder(*user)?.join(unit::NAME);
    if *dry_run {
        let plan = format!("would write {}:\n\n{text}", path.display());
        return Ok(Answer::new(json!({ "dryRun": true, "path": path, "unit": text }), plan));
    }
    reachable(&program, *user)?;
    let failure = |error: std::io::Error| {
        Failure::io("write", &path, error).fix("run as root, or install for yourself with --user")
    };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failure)?;
    }
    fs::write(&path, &text).map_err(failure)?;
    let scope: &[&str] = if *user { &["--user"] } else { &[] };
    let systemctl = if *user { "systemctl --user" } else { "systemctl" };
    let reloaded = Command::new("systemctl").args(scope).arg("daemon-reload").output();
    if !reloaded.is_ok_and(|output| output.status.success()) {
        context
            .note(&format!("{} tell systemd: {systemctl} daemon-reload", Verdict::Warning.word()));
    }
    let told = format!("written to {}\nstart it with: {systemctl} enable --now uz", path.display());
    Ok(Answer::new(json!({ "path": path, "unit": text }), told))
}

fn folder(user: bool) -> Result<PathBuf, Failure> {
    if !user {
        return Ok(PathBuf::from("/etc/systemd/system"));
    }
    let config = folders::config();
    let base = config.parent().ok_or_else(|| Failure::usage("HOME is not set"))?;
    Ok(base.join("systemd/user"))
}

/// The machine's unit sees no homes.
fn reachable(program: &Path, user: bool) -> Result<(), Failure> {
    let hidden = ["/home", "/root", "/tmp", "/run/user"].iter().any(|dir| program.starts_with(dir));
    if user || !hidden {
        return Ok(());
    }
    let text = format!("the service can't see {}", program.display());
    let fix =
        format!("install -m 755 {} /usr/local/bin/uz, and install with that", program.display());
    Err(Failure::usage(text).fix(fix))
}
