//! `uz docs`: the parts of the documentation that are made from the program, as Markdown.

use crate::cli::{self, Docs};
use crate::contract::methods::note;
use crate::outcome::{Answer, Outcome};
use crate::settings::{Default, TABLE};
use crate::{outcome, time};
use clap::Command;
use ledger::contracts::CONTRACTS;
use ledger::rules::{BLOCK_TIME_ORIGINAL, COUNTED, Rules, TIMED};
use serde_json::json;

/// One part.
pub fn run(docs: &Docs) -> Outcome {
    let text = match docs.part.as_str() {
        "cli" => commands(),
        "config" => settings(),
        "scaling" => scaling(),
        "rpc" => node::rpc::reference::page(),
        "contracts" => contracts(),
        "devnet" => format!("```text\n{}\n```", super::devnet::accounts().text),
        _ => exit_codes(),
    };
    Ok(Answer::new(json!({ "part": docs.part, "markdown": text }), text))
}

/// Every command with its help.
fn commands() -> String {
    let mut command = cli::command();
    command.build();
    let mut sections = Vec::new();
    sections_of(&mut command, "uz", &mut sections);
    sections.join("\n\n")
}

fn sections_of(command: &mut Command, path: &str, sections: &mut Vec<String>) {
    let level = "#".repeat(path.split(' ').count() + 1);
    let help = command.clone().term_width(100).render_help().to_string();
    let help: Vec<&str> = help.lines().map(str::trim_end).collect();
    sections.push(format!("{level} `{path}`\n\n```text\n{}\n```", help.join("\n").trim_end()));
    for sub in command.get_subcommands_mut().filter(|sub| !sub.is_hide_set()) {
        let path = format!("{path} {}", sub.get_name());
        sections_of(sub, &path, sections);
    }
}

/// Every setting.
fn settings() -> String {
    let mut lines = vec![
        "| key | flag | variable | default | znnd | meaning |".to_owned(),
        "|---|---|---|---|---|---|".to_owned(),
    ];
    for setting in &TABLE {
        let code = |text: &str| if text.is_empty() { "-".to_owned() } else { format!("`{text}`") };
        let default = match setting.default {
            Default::Unset => String::new(),
            Default::Fixed(text) => text.to_owned(),
            Default::Found(find) => {
                let (up, node) =
                    (crate::folders::tilde(&find("up")), crate::folders::tilde(&find("node")));
                if up == node { up } else { format!("{up} (up), {node} (others)") }
            }
        };
        lines.push(format!(
            "| `{}` | {} | `{}` | {} | {} | {} |",
            setting.key,
            code(&setting.flag.map(|flag| format!("--{flag}")).unwrap_or_default()),
            setting.env,
            code(&default),
            code(setting.znnd.unwrap_or_default()),
            setting.about.replace('|', "\\|"),
        ));
    }
    lines.join("\n")
}

/// How the constants scale with the block time.
fn scaling() -> String {
    let times = [1, 2, 5, BLOCK_TIME_ORIGINAL];
    let scaled: Vec<Rules> = times
        .iter()
        .map(|seconds| Rules::default().with_block_time(*seconds).expect("these are allowed"))
        .collect();
    let heads: Vec<String> = times.iter().map(|seconds| format!("{seconds} s")).collect();
    let mut lines = vec![
        format!("| constant | what | slots | {} |", heads.join(" | ")),
        format!("|---|---|---|{}", "---|".repeat(times.len())),
    ];
    for constant in &TIMED {
        let slots = constant.seconds(&Rules::default()) / BLOCK_TIME_ORIGINAL;
        let values: Vec<String> =
            scaled.iter().map(|rules| time::show_duration(constant.seconds(rules))).collect();
        let (name, about) = (constant.name, constant.about);
        lines.push(format!("| `{name}` | {about} | {slots} | {} |", values.join(" | ")));
    }
    lines.push(String::new());
    lines.push("| constant | what | counts | value |".to_owned());
    lines.push("|---|---|---|---|".to_owned());
    for constant in &COUNTED {
        let value = (constant.get)(&Rules::default());
        lines.push(format!(
            "| `{}` | {} | {} | {value} |",
            constant.name, constant.about, constant.unit
        ));
    }
    lines.join("\n")
}

/// The contracts' methods as JSON, one on a line: what the explorer reads calls by.
fn contracts() -> String {
    let mut list = Vec::new();
    for contract in CONTRACTS {
        let mut methods = Vec::new();
        for method in contract.methods {
            // Later forms of a method differ in what they do, not in what they are called with.
            if contract.named(method.name).is_some_and(|newest| !std::ptr::eq(newest, method)) {
                continue;
            }
            let selector = ledger::abi::selector(method.name, method.params);
            let selector: String = selector.iter().map(|byte| format!("{byte:02x}")).collect();
            let params: Vec<[String; 2]> = method
                .params
                .iter()
                .map(|param| [param.name.to_owned(), param.kind.name()])
                .collect();
            let about = note(contract.name, method.name).map_or("", |note| note.about);
            let value = json!({
                "name": method.name, "selector": selector, "params": params, "about": about,
            });
            methods.push(format!("    {value}"));
        }
        let (name, address) = (json!(contract.name), json!(contract.address.to_string()));
        list.push(format!(
            "  {{\"name\":{name},\"address\":{address},\"methods\":[\n{}\n  ]}}",
            methods.join(",\n")
        ));
    }
    format!("[\n{}\n]", list.join(",\n"))
}

fn exit_codes() -> String {
    let mut lines = vec!["| exit | code | meaning |".to_owned(), "|---|---|---|".to_owned()];
    lines.push("| 0 | - | done |".to_owned());
    for code in outcome::Code::ALL {
        lines.push(format!("| {} | `{}` | {} |", code.exit(), code.name(), code.about()));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Committed, so that building the pages needs no Rust.
    #[test]
    fn the_explorer_knows_the_contracts() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../web/src/contracts.json");
        let known = std::fs::read_to_string(path).expect("it is committed");
        assert_eq!(
            known.trim_end(),
            contracts(),
            "run: uz docs contracts > web/src/contracts.json, then npm run build in web/"
        );
    }
}
