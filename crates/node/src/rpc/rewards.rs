//! Rewards and deposits, which several contracts keep in the same way.
//!
//! Source: go-zenon `rpc/api/embedded/shared.go`.

use super::Answer;
use super::failure::Failure;
use super::page::check_size;
use super::params::{Args, Kind, Param, param};
use super::reading::Reading;
use super::shape::{Shape, field, object};
use ledger::codec::json::amount::Decimal;
use ledger::contracts::{deposit, rewards};
use ledger::types::Address;
use serde::Serialize;

object!(
    DEPOSIT,
    "RewardDeposit",
    "Rewards that can be collected.",
    [
        field("address", Shape::Address, ""),
        field("znnAmount", Shape::Amount, ""),
        field("qsrAmount", Shape::Amount, ""),
    ]
);

object!(
    HISTORY_ENTRY,
    "RewardHistoryEntry",
    "What was given for one epoch.",
    [
        field("epoch", Shape::Number, ""),
        field("znnAmount", Shape::Amount, ""),
        field("qsrAmount", Shape::Amount, ""),
    ]
);

object!(
    HISTORY,
    "RewardHistoryList",
    "What was given for some epochs, newest first.",
    [
        field("count", Shape::Number, "epochs that rewards were given for"),
        field("list", Shape::List(&Shape::Object(&HISTORY_ENTRY)), ""),
    ]
);

/// Parameters of a page of rewards.
pub const PAGE: &[Param] = &[
    param("address", Kind::Address, "the account"),
    param("pageIndex", Kind::U32, "the page, from 0"),
    param("pageSize", Kind::U32, "entries of a page, at most 1024"),
];

#[derive(Serialize)]
struct Deposit {
    address: Address,
    #[serde(rename = "znnAmount")]
    znn: Decimal,
    #[serde(rename = "qsrAmount")]
    qsr: Decimal,
}

/// What an account can collect from a contract.
pub fn uncollected(
    reading: &Reading<'_>,
    contract: &Address,
    args: &Args,
    answer: &mut Answer<'_>,
) -> Result<(), Failure> {
    let owed = rewards::deposit(&reading.account(contract), &args.address(0))?;
    answer.give(&Deposit { address: owed.address, znn: Decimal(owed.znn), qsr: Decimal(owed.qsr) })
}

/// QSR that an account has deposited with a contract.
pub fn deposited_qsr(
    reading: &Reading<'_>,
    contract: &Address,
    args: &Args,
    answer: &mut Answer<'_>,
) -> Result<(), Failure> {
    answer.give(&Decimal(deposit::deposited(&reading.account(contract), &args.address(0))?))
}

#[derive(Serialize)]
struct Entry {
    epoch: u64,
    #[serde(rename = "znnAmount")]
    znn: Decimal,
    #[serde(rename = "qsrAmount")]
    qsr: Decimal,
}

#[derive(Serialize)]
struct History {
    count: i64,
    list: Vec<Entry>,
}

/// What an account was given by a contract, newest epoch first.
pub fn history(
    reading: &Reading<'_>,
    contract: &Address,
    args: &Args,
    answer: &mut Answer<'_>,
) -> Result<(), Failure> {
    let (address, index, size) = (args.address(0), args.number32(1), args.number32(2));
    check_size(size)?;
    let storage = reading.account(contract);
    let last = rewards::last_epoch(&storage)?;
    let list = epochs(last, index, size)
        .map(|epoch| {
            let given = rewards::history(&storage, epoch, &address)?;
            Ok(Entry { epoch, znn: Decimal(given.znn), qsr: Decimal(given.qsr) })
        })
        .collect::<Result<Vec<_>, Failure>>()?;
    answer.give(&History { count: last + 1, list })
}

/// The epochs of a page, newest first, where `last` is the last one, or -1 if there is none.
pub fn epochs(last: i64, index: u32, size: u32) -> impl Iterator<Item = u64> {
    // The product wraps, as it does in the reference.
    let newest = last - i64::from(index.wrapping_mul(size));
    (0..i64::from(size)).map_while(move |back| u64::try_from(newest - back).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn epochs_are_paged_from_the_last() {
        assert_eq!(epochs(4, 0, 3).collect::<Vec<_>>(), [4, 3, 2]);
        assert_eq!(epochs(4, 1, 3).collect::<Vec<_>>(), [1, 0]);
        assert_eq!(epochs(4, 2, 3).count(), 0);
        assert_eq!(epochs(-1, 0, 3).count(), 0);
    }
}
