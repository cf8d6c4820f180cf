//! The command line: parse, then one match.

mod amount;
mod archive;
mod chain;
mod cli;
mod client;
mod cmd;
mod context;
mod contract;
mod daemon;
mod doctor;
mod faucet;
mod files;
mod folders;
mod founding;
mod keys;
mod networks;
mod outcome;
mod recording;
mod settings;
mod show;
mod submit;
mod time;
mod unit;

use clap::error::ErrorKind;
use clap::{ArgMatches, FromArgMatches};
use cli::{Cli, Global, Verb};
use context::Context;
use outcome::{Failure, Outcome};
use settings::Settings;
use std::env;
use std::process::ExitCode;

fn main() -> ExitCode {
    let matches = match cli::command().try_get_matches() {
        Ok(matches) => matches,
        Err(error) => return usage(&error),
    };
    let global = Global::from_arg_matches(&matches).expect("the table has the global flags");
    let outcome = run(&global, &matches);
    context::print(global.json, &outcome);
    match outcome {
        Ok(_) => ExitCode::SUCCESS,
        Err(failure) => ExitCode::from(failure.code.exit()),
    }
}

/// One command.
fn run(global: &Global, matches: &ArgMatches) -> Outcome {
    let (name, sub) = matches.subcommand().expect("the table asks for a command");
    let settings = Settings::resolve(defaults_of(name, sub), deepest(matches))?;
    let context = Context::new(global, settings);
    if let Some(contract) = contract::named(name) {
        return cmd::contract::run(&context, contract, sub);
    }
    let cli = Cli::from_arg_matches(matches).map_err(|error| Failure::usage(error.to_string()))?;
    match cli.verb {
        Verb::Up(up) => cmd::up::run(&context, &up),
        Verb::Node(node) => cmd::node::run(&context, &node),
        Verb::Network(verb) => cmd::network::run(&context, &verb),
        Verb::Faucet(verb) => cmd::faucet::run(&context, &verb),
        Verb::Devnet(verb) => cmd::devnet::run(&context, verb),
        Verb::Doctor => cmd::doctor::run(&context),
        Verb::Ledger(verb) => cmd::ledger::run(&context, &verb),
        Verb::Backup(backup) => cmd::backup::save(&context, &backup),
        Verb::Restore(restore) => cmd::backup::restore(&context, &restore),
        Verb::Service(verb) => cmd::service::run(&context, &verb),
        Verb::Status(status) => cmd::status::run(&context, &status),
        Verb::Config(verb) => cmd::config::run(&context, verb),
        Verb::Wallet(verb) => cmd::wallet::run(&context, verb),
        Verb::Send(send) => cmd::send::run(&context, &send),
        Verb::Receive(receive) => cmd::receive::run(&context, &receive),
        Verb::Balance(account) => cmd::lookup::balance(&context, &account),
        Verb::Account(lookup) => cmd::lookup::account(&context, &lookup),
        Verb::Block(lookup) => cmd::lookup::block(&context, &lookup),
        Verb::Momentum(lookup) => cmd::lookup::momentum(&context, &lookup),
        Verb::Rpc(call) => cmd::rpc::run(&context, &call),
        Verb::Completions(completions) => cmd::manual::completions(&completions),
        Verb::Man(man) => cmd::manual::man(&man),
        Verb::Docs(docs) => cmd::docs::run(&docs),
    }
}

/// The command whose defaults hold; `config … --for` shows those of another.
fn defaults_of<'a>(name: &'a str, sub: &'a ArgMatches) -> &'a str {
    let below = sub.subcommand().map(|(_, below)| below).filter(|_| name == "config");
    below.and_then(|below| below.get_one::<String>("verb")).map_or(name, String::as_str)
}

/// The matches of the last verb on the line, which hold its own flags and the global ones.
fn deepest(matches: &ArgMatches) -> &ArgMatches {
    match matches.subcommand() {
        Some((_, sub)) => deepest(sub),
        None => matches,
    }
}

/// A line that is no command, or a call for help.
fn usage(error: &clap::Error) -> ExitCode {
    let helps = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    if helps {
        // A reader that has gone away is nobody's error.
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    let json = env::args_os().any(|arg| arg == "--json");
    let asks = error.kind() != ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
    if json && asks {
        let text = error.render().to_string();
        // What is wrong stands before the usage.
        let wrong = text.split("\n\nUsage:").next().unwrap_or_default();
        let words: Vec<&str> = wrong.trim_start_matches("error: ").split_whitespace().collect();
        let message = words.join(" ");
        let failure = Failure::usage(message).fix("see --help of the command");
        context::print(true, &Err(failure));
    } else {
        let _ = error.print();
    }
    ExitCode::from(outcome::Code::Usage.exit())
}
