//! `embedded.liquidity`: locked liquidity tokens and their rewards.
//!
//! Source: go-zenon `rpc/api/embedded/liquidity.go`.

use super::failure::Failure;
use super::json::Text;
use super::page::{self, check_size};
use super::params::{Args, Kind, Param, param};
use super::reading::Reading;
use super::shape::{Shape, field, object};
use super::{Answer, Cost, Method, Namespace, Run, Served, guardians, rewards};
use ledger::codec::json::amount::Decimal;
use ledger::contracts::liquidity::{self, LiquidityStake};
use ledger::types::{Address, Amount, Hash, TokenStandard, contract};
use serde::Serialize;

const ADDRESS: Param = param("address", Kind::Address, "the account");

object!(
    TUPLE,
    "TokenTuple",
    "A token that can be locked.",
    [
        field("tokenStandard", Shape::Token, ""),
        field("znnPercentage", Shape::Number, "share of the ZNN, in hundredths of a percent"),
        field("qsrPercentage", Shape::Number, "share of the QSR, in hundredths of a percent"),
        field("minAmount", Shape::Amount, "least amount in one entry"),
    ]
);

object!(
    INFO,
    "LiquidityInfo",
    "Settings of the contract.",
    [
        field("administrator", Shape::Address, "zero in an emergency"),
        field("isHalted", Shape::Bool, ""),
        field("znnReward", Shape::Amount, "added to each epoch's rewards"),
        field("qsrReward", Shape::Amount, "added to each epoch's rewards"),
        field("tokenTuples", Shape::List(&Shape::Object(&TUPLE)), ""),
    ]
);

object!(
    STAKE,
    "LiquidityStakeEntry",
    "Locked tokens.",
    [
        field("amount", Shape::Amount, ""),
        field("tokenStandard", Shape::Token, ""),
        field("weightedAmount", Shape::Amount, "with the bonus for a longer time"),
        field("startTime", Shape::Signed, "unix seconds"),
        field("revokeTime", Shape::Signed, "0 unless taken back"),
        field("expirationTime", Shape::Signed, "when they can be taken back"),
        field("stakeAddress", Shape::Address, ""),
        field("id", Shape::Hash, ""),
    ]
);

object!(
    STAKE_LIST,
    "LiquidityStakeList",
    "Tokens that an account has locked.",
    [
        field("totalAmount", Shape::Amount, "in all"),
        field("totalWeightedAmount", Shape::Amount, "in all"),
        field("count", Shape::Number, "how many there are in all"),
        field("list", Shape::List(&Shape::Object(&STAKE)), ""),
    ]
);

/// The namespace.
pub static NAMESPACE: Namespace = Namespace {
    name: "embedded.liquidity",
    doc: "Locked liquidity tokens and their rewards.",
    served: Served::Everywhere,
    methods: &[
        Method {
            name: "getLiquidityInfo",
            doc: "Settings of the contract.",
            params: &[],
            result: Shape::Object(&INFO),
            example: "[]",
            cost: Cost::Cheap,
            run: Run::Read(info),
        },
        Method {
            name: "getSecurityInfo",
            doc: "Guardians, and how long changes wait.",
            params: &[],
            result: Shape::Object(&guardians::SECURITY),
            example: "[]",
            cost: Cost::Cheap,
            run: Run::Read(|reading, _, answer| {
                guardians::security(reading, &contract::LIQUIDITY, answer)
            }),
        },
        Method {
            name: "getLiquidityStakeEntriesByAddress",
            doc: "Tokens that an account has locked and not taken back, by end and id.",
            params: &[
                ADDRESS,
                param("pageIndex", Kind::U32, "the page, from 0"),
                param("pageSize", Kind::U32, "entries of a page, at most 1024"),
            ],
            result: Shape::Object(&STAKE_LIST),
            example: r#"["z1qxemdeddedxpyllarxxxxxxxxxxxxxxxsy3fmg", 0, 10]"#,
            cost: Cost::Cheap,
            run: Run::Read(entries),
        },
        Method {
            name: "getUncollectedReward",
            doc: "Rewards that an account can collect.",
            params: &[ADDRESS],
            result: Shape::Object(&rewards::DEPOSIT),
            example: r#"["z1qxemdeddedxpyllarxxxxxxxxxxxxxxxsy3fmg"]"#,
            cost: Cost::Cheap,
            run: Run::Read(|reading, args, answer| {
                rewards::uncollected(reading, &contract::LIQUIDITY, args, answer)
            }),
        },
        Method {
            name: "getFrontierRewardByPage",
            doc: "What an account was given, newest epoch first.",
            params: rewards::PAGE,
            result: Shape::Object(&rewards::HISTORY),
            example: r#"["z1qxemdeddedxpyllarxxxxxxxxxxxxxxxsy3fmg", 0, 10]"#,
            cost: Cost::ByArgument(2),
            run: Run::Read(|reading, args, answer| {
                rewards::history(reading, &contract::LIQUIDITY, args, answer)
            }),
        },
        Method {
            name: "getTimeChallengesInfo",
            doc: "Changes that wait.",
            params: &[],
            result: Shape::Object(&guardians::CHALLENGE_LIST),
            example: "[]",
            cost: Cost::Cheap,
            run: Run::Read(|reading, _, answer| {
                let methods = [
                    "NominateGuardians",
                    "SetTokenTuple",
                    "ChangeAdministrator",
                    "SetAdditionalReward",
                ];
                guardians::challenges(reading, &contract::LIQUIDITY, &methods, answer)
            }),
        },
    ],
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Tuple<'a> {
    token_standard: Text<'a>,
    znn_percentage: u32,
    qsr_percentage: u32,
    min_amount: Decimal,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Info<'a> {
    administrator: Address,
    is_halted: bool,
    znn_reward: Decimal,
    qsr_reward: Decimal,
    token_tuples: Vec<Tuple<'a>>,
}

fn info(reading: &Reading<'_>, _: &Args, answer: &mut Answer<'_>) -> Result<(), Failure> {
    let stored = liquidity::info(&reading.account(&contract::LIQUIDITY), reading.view().rules())?;
    answer.give(&Info {
        administrator: stored.administrator,
        is_halted: stored.is_halted,
        znn_reward: Decimal(stored.znn_reward),
        qsr_reward: Decimal(stored.qsr_reward),
        token_tuples: stored
            .token_tuples
            .iter()
            .map(|tuple| Tuple {
                token_standard: Text(&tuple.token_standard),
                znn_percentage: tuple.znn_percentage,
                qsr_percentage: tuple.qsr_percentage,
                min_amount: Decimal(tuple.min_amount),
            })
            .collect(),
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StakeForm {
    amount: Decimal,
    token_standard: TokenStandard,
    weighted_amount: Decimal,
    start_time: i64,
    revoke_time: i64,
    expiration_time: i64,
    stake_address: Address,
    id: Hash,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StakeList {
    total_amount: Decimal,
    total_weighted_amount: Decimal,
    count: usize,
    list: Vec<StakeForm>,
}

fn entries(reading: &Reading<'_>, args: &Args, answer: &mut Answer<'_>) -> Result<(), Failure> {
    let (index, size) = (args.number32(1), args.number32(2));
    check_size(size)?;
    let mut stakes =
        liquidity::stakes_of(&reading.account(&contract::LIQUIDITY), &args.address(0))?;
    stakes.retain(|stake| stake.revoke_time == 0);
    stakes.sort_by_key(|stake| (stake.expiration_time, stake.id));
    let sum = |of: fn(&LiquidityStake) -> Amount| {
        Decimal(stakes.iter().fold(Amount::ZERO, |sum, stake| sum.wrapping_add(of(stake))))
    };
    let form = |stake: &LiquidityStake| StakeForm {
        amount: Decimal(stake.amount),
        token_standard: stake.token_standard,
        weighted_amount: Decimal(stake.weighted_amount),
        start_time: stake.start_time,
        revoke_time: stake.revoke_time,
        expiration_time: stake.expiration_time,
        stake_address: stake.owner,
        id: stake.id,
    };
    answer.give(&StakeList {
        total_amount: sum(|stake| stake.amount),
        total_weighted_amount: sum(|stake| stake.weighted_amount),
        count: stakes.len(),
        list: page::of(&stakes, index, size).iter().map(form).collect(),
    })
}
