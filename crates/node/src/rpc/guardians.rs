//! Guardians and changes that wait, which the bridge and the liquidity contract keep in the same way.
//!
//! Sources: go-zenon `rpc/api/embedded/{bridge,liquidity}.go`, `vm/embedded/definition/common.go`.

use super::Answer;
use super::failure::Failure;
use super::json::Text;
use super::reading::Reading;
use super::shape::{Shape, field, object};
use ledger::contracts::guardians;
use ledger::types::{Address, Hash};
use serde::Serialize;

object!(
    SECURITY,
    "SecurityInfo",
    "A contract's guardians, and how long changes wait.",
    [
        field("guardians", Shape::List(&Shape::Address), "who can vote for an administrator"),
        field("guardiansVotes", Shape::List(&Shape::Address), "whom each votes for"),
        field("administratorDelay", Shape::Number, "momentums"),
        field("softDelay", Shape::Number, "momentums"),
    ]
);

object!(
    CHALLENGE,
    "TimeChallengeInfo",
    "A change that waits, or the last one that came true.",
    [
        field("MethodName", Shape::Text, ""),
        field("ParamsHash", Shape::Hash, "what was asked for; zero once it came true"),
        field("ChallengeStartHeight", Shape::Number, "height at which it was first asked for"),
    ]
);

object!(
    CHALLENGE_LIST,
    "TimeChallengesList",
    "Changes that wait.",
    [field("count", Shape::Number, ""), field("list", Shape::List(&Shape::Object(&CHALLENGE)), ""),]
);

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Security {
    guardians: Vec<Address>,
    guardians_votes: Vec<Address>,
    administrator_delay: u64,
    soft_delay: u64,
}

/// A contract's guardians and delays.
pub fn security(
    reading: &Reading<'_>,
    contract: &Address,
    answer: &mut Answer<'_>,
) -> Result<(), Failure> {
    let stored = guardians::security(&reading.account(contract), reading.view().rules())?;
    answer.give(&Security {
        guardians: stored.guardians,
        guardians_votes: stored.guardians_votes,
        administrator_delay: stored.administrator_delay,
        soft_delay: stored.soft_delay,
    })
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Challenge<'a> {
    method_name: Text<'a>,
    params_hash: Hash,
    challenge_start_height: u64,
}

#[derive(Serialize)]
struct Challenges<'a> {
    count: usize,
    list: Vec<Challenge<'a>>,
}

/// The changes by these methods that wait.
pub fn challenges(
    reading: &Reading<'_>,
    contract: &Address,
    methods: &[&str],
    answer: &mut Answer<'_>,
) -> Result<(), Failure> {
    let stored = guardians::challenges(&reading.account(contract), methods)?;
    let list: Vec<Challenge<'_>> = stored
        .iter()
        .map(|challenge| Challenge {
            method_name: Text(&challenge.method),
            params_hash: challenge.params_hash,
            challenge_start_height: challenge.start_height,
        })
        .collect();
    answer.give(&Challenges { count: list.len(), list })
}
