//! `embedded.stake`: staked ZNN.
//!
//! Source: go-zenon `rpc/api/embedded/stake.go`.

use super::failure::Failure;
use super::page::{self, check_size};
use super::params::{Args, Kind, Param, param};
use super::reading::Reading;
use super::rewards;
use super::shape::{Shape, field, object};
use super::{Answer, Cost, Method, Namespace, Run, Served};
use ledger::codec::json::amount::Decimal;
use ledger::contracts::stake::{Stake, of_owner};
use ledger::types::{Address, Amount, Hash, contract};
use serde::Serialize;

const ADDRESS: Param = param("address", Kind::Address, "the account");

object!(
    STAKE,
    "StakeEntry",
    "Staked ZNN.",
    [
        field("amount", Shape::Amount, ""),
        field("weightedAmount", Shape::Amount, "with the bonus for a longer time"),
        field("startTimestamp", Shape::Signed, "unix seconds"),
        field("expirationTimestamp", Shape::Signed, "when it can be taken back"),
        field("address", Shape::Address, ""),
        field("id", Shape::Hash, ""),
    ]
);

object!(
    STAKE_LIST,
    "StakeList",
    "ZNN that an account has staked.",
    [
        field("totalAmount", Shape::Amount, "in all"),
        field("totalWeightedAmount", Shape::Amount, "in all"),
        field("count", Shape::Number, "how many there are in all"),
        field("list", Shape::List(&Shape::Object(&STAKE)), ""),
    ]
);

/// The namespace.
pub static NAMESPACE: Namespace = Namespace {
    name: "embedded.stake",
    doc: "Staked ZNN.",
    served: Served::Everywhere,
    methods: &[
        Method {
            name: "getUncollectedReward",
            doc: "Rewards that an account can collect.",
            params: &[ADDRESS],
            result: Shape::Object(&rewards::DEPOSIT),
            example: r#"["z1qxemdeddedxpyllarxxxxxxxxxxxxxxxsy3fmg"]"#,
            cost: Cost::Cheap,
            run: Run::Read(|reading, args, answer| {
                rewards::uncollected(reading, &contract::STAKE, args, answer)
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
                rewards::history(reading, &contract::STAKE, args, answer)
            }),
        },
        Method {
            name: "getEntriesByAddress",
            doc: "ZNN that an account has staked and not taken back, by end and id.",
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
    ],
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StakeForm {
    amount: Decimal,
    weighted_amount: Decimal,
    start_timestamp: i64,
    expiration_timestamp: i64,
    address: Address,
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
    let mut stakes = of_owner(&reading.account(&contract::STAKE), &args.address(0))?;
    stakes.retain(|stake| stake.revoke_time == 0);
    stakes.sort_by_key(|stake| (stake.expiration_time, stake.id));
    let sum = |of: fn(&Stake) -> Amount| {
        Decimal(stakes.iter().fold(Amount::ZERO, |sum, stake| sum.wrapping_add(of(stake))))
    };
    let form = |stake: &Stake| StakeForm {
        amount: Decimal(stake.amount),
        weighted_amount: Decimal(stake.weighted_amount),
        start_timestamp: stake.start_time,
        expiration_timestamp: stake.expiration_time,
        address: stake.owner,
        id: stake.id,
    };
    answer.give(&StakeList {
        total_amount: sum(|stake| stake.amount),
        total_weighted_amount: sum(|stake| stake.weighted_amount),
        count: stakes.len(),
        list: page::of(&stakes, index, size).iter().map(form).collect(),
    })
}
