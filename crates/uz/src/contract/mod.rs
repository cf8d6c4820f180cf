//! One command per embedded contract, generated: each method of the ABI tables is a verb with named
//! arguments, and each getter of its RPC namespace is another.
//!
//! What the ABI can't say stands in three tables: [`methods`] (what a call is for, what is sent along),
//! [`reads`] (the getters) and the naming rules of [`args`].

pub mod args;
pub mod methods;
pub mod reads;

use crate::cli;
use clap::{Arg, ArgAction, Command};
use ledger::contracts::{CONTRACTS, Contract, Method};
use ledger::rules::Rules;
use ledger::types::TokenStandard;
use methods::{Attach, Note};

/// The contract whose command is called `name`.
pub fn named(name: &str) -> Option<&'static Contract> {
    CONTRACTS.iter().copied().find(|contract| contract.name == name)
}

/// The newest form of each of a contract's methods, in the order of its table.
pub fn methods_of(contract: &Contract) -> Vec<&'static Method> {
    let mut found: Vec<&'static Method> = Vec::new();
    for method in contract.methods {
        match found.iter_mut().find(|known| known.name == method.name) {
            Some(known) => *known = method,
            None => found.push(method),
        }
    }
    found
}

/// The method whose verb is `verb`.
pub fn method(contract: &Contract, verb: &str) -> Option<&'static Method> {
    methods_of(contract).into_iter().find(|method| kebab(method.name) == verb)
}

/// The command of a contract with all its verbs.
pub fn command(contract: &'static Contract) -> Command {
    let mut command = Command::new(contract.name)
        .about(about(contract.name))
        .long_about(format!(
            "{}\n\nThe contract lives at {}.",
            about(contract.name),
            contract.address
        ))
        .subcommand_required(true)
        .arg_required_else_help(true);
    for read in reads::of(contract.name) {
        command = command.subcommand(reads::command(read));
    }
    for method in methods_of(contract) {
        command = command.subcommand(verb(contract, method));
    }
    command
}

fn about(contract: &str) -> &'static str {
    match contract {
        "plasma" => "Fuse QSR for plasma, with which blocks are paid",
        "pillar" => "Run a pillar, or delegate to one",
        "token" => "Issue, mint, burn and look up tokens",
        "sentinel" => "Run a sentinel",
        "swap" => "Retrieve the assets of legacy keys",
        "stake" => "Stake ZNN for QSR",
        "spork" => "Create and activate sporks, and look them up",
        "liquidity" => "Stake liquidity tokens; administer the liquidity program",
        "accelerator" => "Projects, phases and votes of Accelerator-Z",
        "htlc" => "Hash time locked contracts: lock, unlock, reclaim",
        "bridge" => "Wrap and unwrap tokens of other networks; administer the bridge",
        _ => "Calls of an embedded contract",
    }
}

/// The verb of a method.
fn verb(contract: &'static Contract, method: &'static Method) -> Command {
    let note = methods::note(contract.name, method.name);
    let mut command = Command::new(kebab(method.name));
    if let Some(alias) = alias(contract, method) {
        command = command.visible_alias(alias);
    }
    for param in method.params {
        command = command.arg(args::arg(contract.name, method, param));
    }
    command = command.args(attached(note));
    let plasma = format!("Needs {} plasma{}.", method.plasma, sent_along(note));
    // The flags of signing bring a description of their own along.
    cli::signing(command).about(note.map_or("", |note| note.about)).after_help(plasma)
}

/// What the help says about what is sent along.
fn sent_along(note: Option<&Note>) -> String {
    match note.map(|note| &note.attach) {
        Some(Attach::Fixed(token, amount)) => {
            let amount =
                crate::amount::show(amount(&Rules::default()), crate::amount::COIN_DECIMALS);
            format!("; sent along: {amount} {}", symbol(*token))
        }
        Some(Attach::Of(token)) => format!("; --amount is of {}", symbol(*token)),
        _ => String::new(),
    }
}

fn symbol(token: TokenStandard) -> &'static str {
    if token == TokenStandard::QSR { "QSR" } else { "ZNN" }
}

/// The arguments for what is sent along, where the contract leaves a choice.
fn attached(note: Option<&Note>) -> Vec<Arg> {
    let amount = Arg::new("attach-amount")
        .long("amount")
        .value_name("COINS")
        .required(true)
        .action(ArgAction::Set);
    let token = Arg::new("attach-token").long("token").value_name("TOKEN");
    match note.map(|note| &note.attach) {
        Some(Attach::Of(token)) => {
            vec![amount.help(format!("{} to send along", symbol(*token)))]
        }
        Some(Attach::Any) => vec![
            amount.help("Amount to send along, in coins"),
            token.help("Its token: ZNN, QSR or an id").default_value("ZNN"),
        ],
        Some(Attach::TokenAlone) => {
            vec![token.help("The token that is meant: ZNN, QSR or an id").required(true)]
        }
        Some(Attach::Nothing | Attach::Fixed(..)) | None => Vec::new(),
    }
}

/// A shorter verb: the method's name without the contract's, if no other verb has it.
fn alias(contract: &Contract, method: &Method) -> Option<String> {
    let mut suffix = contract.name.to_owned();
    suffix[..1].make_ascii_uppercase();
    let short = method.name.strip_suffix(&suffix).filter(|short| !short.is_empty())?;
    let short = kebab(short);
    let taken = methods_of(contract).iter().any(|other| kebab(other.name) == short)
        || reads::of(contract.name).any(|read| read.verb == short);
    (!taken).then_some(short)
}

/// `NominateGuardians` as `nominate-guardians`; capitals in a row are one word.
pub fn kebab(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut text = String::with_capacity(name.len() + 4);
    for (index, letter) in chars.iter().enumerate() {
        let before_is_lower = index > 0
            && (chars[index - 1].is_ascii_lowercase() || chars[index - 1].is_ascii_digit());
        let starts_word = index > 0
            && chars[index - 1].is_ascii_uppercase()
            && chars.get(index + 1).is_some_and(char::is_ascii_lowercase);
        if letter.is_ascii_uppercase() && (before_is_lower || starts_word) {
            text.push('-');
        }
        text.push(letter.to_ascii_lowercase());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_become_verbs() {
        for (name, verb) in [
            ("Fuse", "fuse"),
            ("CancelFuse", "cancel-fuse"),
            ("ChangeTssECDSAPubKey", "change-tss-ecdsa-pub-key"),
            ("durationInSec", "duration-in-sec"),
            ("keyIdHash", "key-id-hash"),
        ] {
            assert_eq!(kebab(name), verb);
        }
    }

    #[test]
    fn every_method_is_a_verb() {
        for contract in CONTRACTS {
            let command = command(contract);
            let verbs: BTreeSet<&str> = command.get_subcommands().map(Command::get_name).collect();
            for method in contract.methods {
                let verb = kebab(method.name);
                assert!(verbs.contains(verb.as_str()), "{} {}", contract.name, method.name);
                let note = methods::note(contract.name, method.name);
                assert!(note.is_some(), "{} {} has no note", contract.name, method.name);
            }
            command.debug_assert();
        }
    }

    #[test]
    fn every_note_is_of_a_method() {
        for note in methods::NOTES {
            let contract = named(note.contract).expect("notes name contracts");
            let known = contract.methods.iter().any(|method| method.name == note.method);
            assert!(known, "{} {}", note.contract, note.method);
        }
    }

    #[test]
    fn short_verbs_shadow_nothing() {
        let token = named("token").unwrap();
        let alias_of = |verb| alias(token, method(token, verb).unwrap());
        assert_eq!(alias_of("issue-token").as_deref(), Some("issue"));
        let pillar = named("pillar").unwrap();
        // `update` is another method.
        assert_eq!(alias(pillar, method(pillar, "update-pillar").unwrap()), None);
    }
}
