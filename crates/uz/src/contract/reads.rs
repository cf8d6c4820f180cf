//! The getters of the contracts' RPC namespaces as verbs.

use clap::{Arg, ArgMatches, Command};
use ledger::types::{Address, Hash};
use serde_json::{Value, json};

use crate::client::token;
use crate::outcome::Failure;
use What::{AddressOf, HashOf, ListOf, Number, Page, Token, Words};

/// A parameter of a getter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// An account's address; the signing account if none is given.
    AddressOf,
    /// A hash with this name.
    HashOf(&'static str),
    /// A text with this name.
    Words(&'static str),
    /// A number with this name.
    Number(&'static str),
    /// Hashes with this name.
    ListOf(&'static str),
    /// A token.
    Token,
    /// Number and size of a page.
    Page,
}

/// One getter.
pub struct Read {
    /// The contract.
    pub contract: &'static str,
    /// The verb.
    pub verb: &'static str,
    /// The method in the contract's namespace.
    pub method: &'static str,
    /// Its parameters.
    pub params: &'static [What],
    /// What it shows.
    pub about: &'static str,
}

/// Entries on a page unless told.
const PAGE_SIZE: &str = "50";

const fn read(
    contract: &'static str,
    verb: &'static str,
    method: &'static str,
    params: &'static [What],
    about: &'static str,
) -> Read {
    Read { contract, verb, method, params, about }
}

/// All getters.
#[rustfmt::skip]
pub static READS: &[Read] = &[
    read("plasma", "info", "get", &[AddressOf], "Plasma and fused QSR of an account"),
    read("plasma", "list", "getEntriesByAddress", &[AddressOf, Page], "What an account has fused, with ids"),

    read("pillar", "list", "getAll", &[Page], "All pillars, heaviest first"),
    read("pillar", "info", "getByName", &[Words("name")], "One pillar"),
    read("pillar", "owned", "getByOwner", &[AddressOf], "Pillars of an owner"),
    read("pillar", "delegated", "getDelegatedPillar", &[AddressOf], "Whom an account delegates to"),
    read("pillar", "name-available", "checkNameAvailability", &[Words("name")], "Whether a name is free"),
    read("pillar", "cost", "getQsrRegistrationCost", &[], "QSR that the next pillar costs, in smallest units"),
    read("pillar", "deposited", "getDepositedQsr", &[AddressOf], "QSR that an account has deposited"),
    read("pillar", "rewards", "getUncollectedReward", &[AddressOf], "Rewards to collect"),
    read("pillar", "reward-history", "getFrontierRewardByPage", &[AddressOf, Page], "Rewards by epoch"),
    read("pillar", "history", "getPillarEpochHistory", &[Words("name"), Page], "A pillar's record by epoch"),
    read("pillar", "epoch", "getPillarsHistoryByEpoch", &[Number("epoch"), Page], "All pillars' record in an epoch"),

    read("token", "list", "getAll", &[Page], "All tokens"),
    read("token", "info", "getByZts", &[Token], "One token"),
    read("token", "owned", "getByOwner", &[AddressOf, Page], "Tokens of an owner"),

    read("sentinel", "list", "getAllActive", &[Page], "All active sentinels"),
    read("sentinel", "info", "getByOwner", &[AddressOf], "The sentinel of an owner"),
    read("sentinel", "deposited", "getDepositedQsr", &[AddressOf], "QSR that an account has deposited"),
    read("sentinel", "rewards", "getUncollectedReward", &[AddressOf], "Rewards to collect"),
    read("sentinel", "reward-history", "getFrontierRewardByPage", &[AddressOf, Page], "Rewards by epoch"),

    read("stake", "list", "getEntriesByAddress", &[AddressOf, Page], "An account's stakes, with ids"),
    read("stake", "rewards", "getUncollectedReward", &[AddressOf], "Rewards to collect"),
    read("stake", "reward-history", "getFrontierRewardByPage", &[AddressOf, Page], "Rewards by epoch"),

    read("swap", "list", "getAssets", &[], "Assets of all legacy keys"),
    read("swap", "info", "getAssetsByKeyIdHash", &[HashOf("key-id-hash")], "Assets of one legacy key"),
    read("swap", "legacy-pillars", "getLegacyPillars", &[], "Pillars that legacy keys may register"),

    read("spork", "list", "getAll", &[Page], "All sporks"),

    read("liquidity", "info", "getLiquidityInfo", &[], "State of the program"),
    read("liquidity", "security", "getSecurityInfo", &[], "Guardians and delays"),
    read("liquidity", "list", "getLiquidityStakeEntriesByAddress", &[AddressOf, Page], "An account's liquidity stakes, with ids"),
    read("liquidity", "rewards", "getUncollectedReward", &[AddressOf], "Rewards to collect"),
    read("liquidity", "reward-history", "getFrontierRewardByPage", &[AddressOf, Page], "Rewards by epoch"),
    read("liquidity", "challenges", "getTimeChallengesInfo", &[], "Changes that wait for their time"),

    read("accelerator", "list", "getAll", &[Page], "All projects with their phases and votes"),
    read("accelerator", "project", "getProjectById", &[HashOf("id")], "One project"),
    read("accelerator", "phase", "getPhaseById", &[HashOf("id")], "One phase"),
    read("accelerator", "votes", "getVoteBreakdown", &[HashOf("id")], "Votes on a project or phase"),
    read("accelerator", "pillar-votes", "getPillarVotes", &[Words("name"), ListOf("ids")], "How a pillar voted"),

    read("htlc", "info", "getById", &[HashOf("id")], "One contract"),
    read("htlc", "proxy", "getProxyUnlockStatus", &[AddressOf], "Whether others may unlock for an account"),

    read("bridge", "info", "getBridgeInfo", &[], "State of the bridge"),
    read("bridge", "security", "getSecurityInfo", &[], "Guardians and delays"),
    read("bridge", "orchestrator", "getOrchestratorInfo", &[], "What orchestrators follow"),
    read("bridge", "challenges", "getTimeChallengesInfo", &[], "Changes that wait for their time"),
    read("bridge", "network", "getNetworkInfo", &[Number("network-class"), Number("chain-id")], "One network"),
    read("bridge", "list", "getAllNetworks", &[Page], "All networks"),
    read("bridge", "fee", "getFeeTokenPair", &[Token], "Fees that a token has brought"),
    read("bridge", "wrap", "getWrapTokenRequestById", &[HashOf("id")], "One wrap request"),
    read("bridge", "wraps", "getAllWrapTokenRequests", &[Page], "All wrap requests, newest first"),
    read("bridge", "wraps-to", "getAllWrapTokenRequestsByToAddress", &[Words("to"), Page], "Wrap requests to an address"),
    read("bridge", "wraps-to-network", "getAllWrapTokenRequestsByToAddressNetworkClassAndChainId", &[Words("to"), Number("network-class"), Number("chain-id"), Page], "Wrap requests to an address of a network"),
    read("bridge", "unsigned-wraps", "getAllUnsignedWrapTokenRequests", &[Page], "Wrap requests without a signature, oldest first"),
    read("bridge", "unwrap", "getUnwrapTokenRequestByHashAndLog", &[HashOf("transaction-hash"), Number("log-index")], "One announcement"),
    read("bridge", "unwraps", "getAllUnwrapTokenRequests", &[Page], "All announcements, newest first"),
    read("bridge", "unwraps-to", "getAllUnwrapTokenRequestsByToAddress", &[Words("to"), Page], "Announcements to an address"),
];

/// The getters of a contract.
pub fn of(contract: &str) -> impl Iterator<Item = &'static Read> {
    READS.iter().filter(move |read| read.contract == contract)
}

/// The verb of a getter.
pub fn command(read: &'static Read) -> Command {
    let mut command = Command::new(read.verb).about(read.about);
    for what in read.params {
        command = match *what {
            AddressOf => command.arg(
                Arg::new("address")
                    .value_name("ADDRESS")
                    .help("The account: an address, the name of a key file, or the one of --from"),
            ),
            HashOf(name) => command.arg(positional(name).help("64 hex digits")),
            Words(name) => command.arg(positional(name)),
            Number(name) => command.arg(positional(name).value_parser(clap::value_parser!(u64))),
            ListOf(name) => command.arg(positional(name).num_args(1..)),
            Token => command.arg(positional("token").help("ZNN, QSR or an id as zts1…")),
            Page => command
                .arg(
                    Arg::new("page")
                        .long("page")
                        .value_name("NUMBER")
                        .help("Which page, from 0")
                        .default_value("0")
                        .value_parser(clap::value_parser!(u32)),
                )
                .arg(
                    Arg::new("count")
                        .long("count")
                        .value_name("NUMBER")
                        .help("Entries on a page, at most 1024")
                        .default_value(PAGE_SIZE)
                        .value_parser(clap::value_parser!(u32).range(1..=1024)),
                ),
        };
    }
    crate::cli::looking(command)
}

fn positional(name: &'static str) -> Arg {
    Arg::new(name).value_name(name.to_ascii_uppercase()).required(true)
}

/// The parameters of the call. `account` finds the address that a text, or nothing, means.
pub fn params(
    read: &Read,
    matches: &ArgMatches,
    account: &dyn Fn(Option<&str>) -> Result<Address, Failure>,
) -> Result<Vec<Value>, Failure> {
    let text = |name: &str| matches.get_one::<String>(name).map(String::as_str).unwrap_or_default();
    let mut params = Vec::new();
    for what in read.params {
        match *what {
            AddressOf => {
                let given = matches.get_one::<String>("address").map(String::as_str);
                params.push(json!(account(given)?.to_string()));
            }
            HashOf(name) => params.push(json!(hash(name, text(name))?)),
            Words(name) => params.push(json!(text(name))),
            Number(name) => params.push(json!(matches.get_one::<u64>(name))),
            ListOf(name) => {
                let given = matches.get_many::<String>(name).into_iter().flatten();
                let hashes: Result<Vec<String>, Failure> =
                    given.map(|text| hash(name, text)).collect();
                params.push(json!(hashes?));
            }
            Token => {
                let token = token::parse(text("token")).map_err(Failure::usage)?;
                params.push(json!(token.to_string()));
            }
            Page => {
                params.push(json!(matches.get_one::<u32>("page")));
                params.push(json!(matches.get_one::<u32>("count")));
            }
        }
    }
    Ok(params)
}

fn hash(name: &str, text: &str) -> Result<String, Failure> {
    match text.parse::<Hash>() {
        Ok(hash) => Ok(hash.to_string()),
        Err(error) => {
            let message = format!("{name} is \"{text}\", which is no hash ({error})");
            Err(Failure::usage(message).fix("give 64 hex digits"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_getter_is_of_a_contract_and_has_its_own_verb() {
        for read in READS {
            assert!(super::super::named(read.contract).is_some(), "{}", read.contract);
            let same = of(read.contract).filter(|other| other.verb == read.verb).count();
            assert_eq!(same, 1, "{} {}", read.contract, read.verb);
        }
    }

    #[test]
    fn parameters_come_in_order() {
        let read = of("pillar").find(|read| read.verb == "history").unwrap();
        let matches = command(read).try_get_matches_from(["history", "x", "--page", "2"]).unwrap();
        let params = params(read, &matches, &|_| Err(Failure::usage("unused"))).unwrap();
        assert_eq!(params, [json!("x"), json!(2), json!(50)]);
    }

    #[test]
    fn a_hash_that_is_none_is_refused() {
        let read = of("htlc").find(|read| read.verb == "info").unwrap();
        let matches = command(read).try_get_matches_from(["info", "12"]).unwrap();
        let refused = params(read, &matches, &|_| Err(Failure::usage("unused"))).unwrap_err();
        assert_eq!(refused.message, "id is \"12\", which is no hash (error hex hash size 2)");
    }
}
