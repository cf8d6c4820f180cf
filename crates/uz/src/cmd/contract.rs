//! The contracts' verbs: calls and getters.

use crate::amount;
use crate::cli::Signing;
use crate::client::Rpc;
use crate::client::block::Intent;
use crate::client::token::{self, Tokens};
use crate::context::Context;
use crate::contract::args::{self, Surroundings};
use crate::contract::methods::{self, Attach};
use crate::contract::reads;
use crate::contract::{method, reads::Read};
use crate::outcome::{Answer, Code, Failure, Outcome};
use crate::submit::submit;
use crate::{keys, show, time};
use clap::{ArgMatches, FromArgMatches};
use ledger::contracts::{Contract, Method};
use ledger::rules::{BLOCK_TIME_ORIGINAL, Rules};
use ledger::types::{Amount, TokenStandard};
use serde_json::{Value, json};

/// One verb of a contract.
pub fn run(context: &Context, contract: &'static Contract, matches: &ArgMatches) -> Outcome {
    let (verb, matches) = matches.subcommand().expect("the table asks for a verb");
    if let Some(read) = reads::of(contract.name).find(|read| read.verb == verb) {
        return look(context, read, matches);
    }
    let method = method(contract, verb).expect("the table has no other verbs");
    call(context, contract, method, matches)
}

/// A getter.
fn look(context: &Context, read: &'static Read, matches: &ArgMatches) -> Outcome {
    let rpc = context.rpc()?;
    let dev = matches.try_get_one::<u32>("dev").ok().flatten().copied();
    let account = |named: Option<&str>| keys::looked_at(context, named, dev);
    let params = reads::params(read, matches, &account)?;
    let method = format!("embedded.{}.{}", read.contract, read.method);
    let answer: Value = rpc.get(&method, json!(params))?;
    if answer.is_null() {
        let failure = Failure::new(Code::NotFound, format!("{method} finds nothing"));
        return Err(failure.because(json!(params)));
    }
    let text = show::value(&answer);
    Ok(Answer::new(answer, text))
}

/// A call.
fn call(
    context: &Context,
    contract: &'static Contract,
    method: &'static Method,
    matches: &ArgMatches,
) -> Outcome {
    let signing =
        Signing::from_arg_matches(matches).map_err(|error| Failure::usage(error.to_string()))?;
    let rpc = context.rpc()?;
    let tokens = Tokens::new(&rpc);
    let own = keys::looked_at(context, None, signing.dev)?;
    let around = Surroundings {
        own,
        address: &|text| keys::address(context, text),
        decimals: &|id| tokens.get(id).map(|token| token.decimals),
        now: &|| now(&rpc),
        month_seconds: &|| Ok(time::month(block_time(&rpc)?)),
    };
    let args = args::read(contract.name, method, matches, &around)?;
    let (amount, token) = attached(contract, method, matches, &tokens)?;
    let data = method.encode(&args);
    let intent = Intent::Send { to: contract.address, amount, token, data };
    let submitted = submit(context, &rpc, &intent, &signing)?;
    let name = format!("{}.{}", contract.name, method.name);
    let done = match amount.is_zero() {
        true => format!("{name} called"),
        false => format!("{name} called with {}", tokens.show(amount, token)),
    };
    let created = methods::created(contract.name, method.name, &submitted.block.hash);
    let rows = created.iter().map(|(name, id)| ((*name).to_owned(), id.clone())).collect();
    let mut more = json!({ "contract": contract.name, "method": method.name });
    if let Some((name, id)) = created {
        more[name] = json!(id);
    }
    submitted.answer(&done, rows, more)
}

/// What is sent along.
fn attached(
    contract: &Contract,
    method: &Method,
    matches: &ArgMatches,
    tokens: &Tokens<'_>,
) -> Result<(Amount, TokenStandard), Failure> {
    let text = |id: &str| matches.get_one::<String>(id).map(String::as_str).unwrap_or_default();
    let given =
        |id| token::parse(text(id)).map_err(|error| Failure::usage(format!("--token: {error}")));
    let coins = |token| {
        let decimals = tokens.get(token)?.decimals;
        amount::parse(text("attach-amount"), decimals)
            .map_err(|error| Failure::usage(format!("--amount: {error}")))
    };
    match methods::note(contract.name, method.name).map(|note| &note.attach) {
        None | Some(Attach::Nothing) => Ok((Amount::ZERO, TokenStandard::ZNN)),
        Some(Attach::Fixed(token, amount)) => Ok((amount(&Rules::default()), *token)),
        Some(Attach::Of(token)) => Ok((coins(*token)?, *token)),
        Some(Attach::Any) => {
            let token = given("attach-token")?;
            Ok((coins(token)?, token))
        }
        Some(Attach::TokenAlone) => Ok((Amount::ZERO, given("attach-token")?)),
    }
}

/// The network's time: its newest momentum's.
fn now(rpc: &Rpc) -> Result<u64, Failure> {
    let momentum: Value = rpc.get("ledger.getFrontierMomentum", json!([]))?;
    Ok(momentum["timestamp"].as_u64().unwrap_or(0))
}

/// Seconds in a slot: a development network says, others have the original's.
fn block_time(rpc: &Rpc) -> Result<u64, Failure> {
    match rpc.call("dev.blockTime", json!([])) {
        Ok(answer) => Ok(answer.as_u64().unwrap_or(BLOCK_TIME_ORIGINAL)),
        Err(error) if error.is_unknown_method() => Ok(BLOCK_TIME_ORIGINAL),
        Err(error) => Err(rpc.failure("dev.blockTime", error)),
    }
}
