//! `uz completions` and `uz man`: made from the table of commands.

use crate::cli::{self, Completions, Man};
use crate::outcome::{Answer, Code, Failure, Outcome};
use clap::Command;
use serde_json::json;
use std::fs;
use std::path::Path;

/// A shell's completions, as text.
pub fn completions(completions: &Completions) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(completions.shell, &mut cli::command(), "uz", &mut script);
    let script = String::from_utf8(script)
        .map_err(|error| Failure::new(Code::Failed, "the script is no text").because(error))?;
    let value = json!({ "shell": completions.shell.to_string(), "script": script });
    Ok(Answer::new(value, script))
}

/// A page for each command.
pub fn man(man: &Man) -> Outcome {
    fs::create_dir_all(&man.dir).map_err(|error| Failure::io("make", &man.dir, error))?;
    let mut command = cli::command();
    command.build();
    let mut written = Vec::new();
    pages(&command, "uz", &man.dir, &mut written)?;
    let text = format!("{} pages written to {}", written.len(), man.dir.display());
    Ok(Answer::new(json!({ "dir": man.dir, "pages": written }), text))
}

fn pages(
    command: &Command,
    name: &str,
    dir: &Path,
    written: &mut Vec<String>,
) -> Result<(), Failure> {
    let mut page = Vec::new();
    let renamed = command.clone().name(name.to_owned()).bin_name(name.replace('-', " "));
    let failure = |error: &dyn std::fmt::Display| Failure::io("write the pages to", dir, error);
    clap_mangen::Man::new(renamed).render(&mut page).map_err(|error| failure(&error))?;
    let file = format!("{name}.1");
    fs::write(dir.join(&file), page).map_err(|error| failure(&error))?;
    written.push(file);
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
        pages(sub, &format!("{name}-{}", sub.get_name()), dir, written)?;
    }
    Ok(())
}
