//! `ledger`: account blocks and momentums.
//!
//! Source: go-zenon `rpc/api/ledger.go`.

use super::block_form::{
    BLOCK, BLOCK_LIST, BlockForm, BlockList, DETAILED_LIST, MOMENTUM, MOMENTUM_LIST, MomentumForm,
    MomentumList, forms,
};
use super::failure::{
    FAILED, Failure, HEIGHT_IS_ZERO, PAGE_INDEX_TOO_BIG, PAGE_SIZE_TOO_BIG, PARAM_IS_NULL,
};
use super::page::{self, check_count, check_size};
use super::params::{Args, Kind, Param, param};
use super::reading::Reading;
use super::shape::{Shape, field, object};
use super::token::{TOKEN, TokenForm};
use super::{Answer, Cost, Method, Namespace, Run, Served, Written};
use crate::service::ServiceError;
use ledger::codec::json::amount::Decimal;
use ledger::contracts;
use ledger::types::{Address, TokenStandard, contract};
use ledger::{AccountBlock, Momentum, Refusal};
use serde::{Serialize, Serializer};

/// Pages of unreceived blocks.
const UNRECEIVED_PAGES: u32 = 10;
/// Largest page of unreceived blocks.
const UNRECEIVED_SIZE_MAX: u32 = 50;
/// Unreceived blocks that are looked at.
const UNRECEIVED_MAX: usize = (UNRECEIVED_PAGES * UNRECEIVED_SIZE_MAX) as usize;

const ADDRESS: Param = param("address", Kind::Address, "the account");
const HASH: Param = param("hash", Kind::Hash, "the hash");
const HEIGHT: Param = param("height", Kind::U64, "the lowest height, from 1");
const COUNT: Param = param("count", Kind::U64, "how many, at most 1024");
const INDEX: Param = param("pageIndex", Kind::U32, "the page, from 0");
const SIZE: Param = param("pageSize", Kind::U32, "entries of a page, at most 1024");
const SIZE_50: Param = param("pageSize", Kind::U32, "entries of a page, at most 50");
const INDEX_10: Param = param("pageIndex", Kind::U32, "the page, from 0 to 9");

const OPTIONAL_BLOCK: Shape = Shape::Optional(&Shape::Object(&BLOCK));
const OPTIONAL_MOMENTUM: Shape = Shape::Optional(&Shape::Object(&MOMENTUM));

object!(
    ACCOUNT_INFO,
    "AccountInfo",
    "An account's height and balances.",
    [
        field("address", Shape::Address, ""),
        field("accountHeight", Shape::Number, "number of its blocks"),
        field("balanceInfoMap", Shape::Map(&Shape::Object(&BALANCE)), "by token"),
    ]
);

object!(
    BALANCE,
    "BalanceInfo",
    "A balance.",
    [field("token", Shape::Object(&TOKEN), ""), field("balance", Shape::Amount, ""),]
);

/// The namespace.
pub static NAMESPACE: Namespace = Namespace {
    name: "ledger",
    doc: "Account blocks and momentums. Accounts are shown with their unconfirmed blocks.",
    served: Served::Everywhere,
    methods: &[
        Method {
            name: "publishRawTransaction",
            doc: "Hands in a signed account block. The answer comes once the block is accepted and \
                  on disk.",
            params: &[param("block", Kind::Block, "the signed block")],
            result: Shape::Null,
            example: "[null]",
            cost: Cost::Cheap,
            run: Run::Write(publish),
        },
        Method {
            name: "getUnconfirmedBlocksByAddress",
            doc: "The blocks of an account that no momentum has confirmed, lowest first.",
            params: &[ADDRESS, INDEX, SIZE],
            result: Shape::Object(&BLOCK_LIST),
            example: r#"["z1qxemdeddedxplasmaxxxxxxxxxxxxxxxxsctrp", 0, 10]"#,
            cost: Cost::ByArgument(2),
            run: Run::Read(unconfirmed),
        },
        Method {
            name: "getUnreceivedBlocksByAddress",
            doc: "Sends to an account that it has not received: of the first 500 by hash, those \
                  that no unconfirmed block of it receives.",
            params: &[ADDRESS, INDEX_10, SIZE_50],
            result: Shape::Object(&BLOCK_LIST),
            example: r#"["z1qxemdeddedxplasmaxxxxxxxxxxxxxxxxsctrp", 0, 10]"#,
            cost: Cost::Cheap,
            run: Run::Read(unreceived),
        },
        Method {
            name: "getFrontierAccountBlock",
            doc: "The newest block of an account.",
            params: &[ADDRESS],
            result: OPTIONAL_BLOCK,
            example: r#"["z1qxemdeddedxpyllarxxxxxxxxxxxxxxxsy3fmg"]"#,
            cost: Cost::Cheap,
            run: Run::Read(frontier_block),
        },
        Method {
            name: "getAccountBlockByHash",
            doc: "A confirmed block.",
            params: &[HASH],
            result: OPTIONAL_BLOCK,
            example: r#"["0000000000000000000000000000000000000000000000000000000000000000"]"#,
            cost: Cost::Cheap,
            run: Run::Read(block_by_hash),
        },
        Method {
            name: "getAccountBlocksByHeight",
            doc: "Blocks of an account from a height on, lowest first.",
            params: &[ADDRESS, HEIGHT, COUNT],
            result: Shape::Object(&BLOCK_LIST),
            example: r#"["z1qxemdeddedxpyllarxxxxxxxxxxxxxxxsy3fmg", 1, 5]"#,
            cost: Cost::ByArgument(2),
            run: Run::Read(blocks_by_height),
        },
        Method {
            name: "getAccountBlocksByPage",
            doc: "Blocks of an account, newest first.",
            params: &[ADDRESS, INDEX, SIZE],
            result: Shape::Object(&BLOCK_LIST),
            example: r#"["z1qxemdeddedxpyllarxxxxxxxxxxxxxxxsy3fmg", 0, 5]"#,
            cost: Cost::ByArgument(2),
            run: Run::Read(blocks_by_page),
        },
        Method {
            name: "getAccountInfoByAddress",
            doc: "An account's height and balances.",
            params: &[ADDRESS],
            result: Shape::Object(&ACCOUNT_INFO),
            example: r#"["z1qxemdeddedxpyllarxxxxxxxxxxxxxxxsy3fmg"]"#,
            cost: Cost::Cheap,
            run: Run::Read(account_info),
        },
        Method {
            name: "getFrontierMomentum",
            doc: "The newest momentum.",
            params: &[],
            result: Shape::Object(&MOMENTUM),
            example: "[]",
            cost: Cost::Cheap,
            run: Run::Read(frontier_momentum),
        },
        Method {
            name: "getMomentumBeforeTime",
            doc: "The last momentum before a time.",
            params: &[param("timestamp", Kind::I64, "unix seconds")],
            result: OPTIONAL_MOMENTUM,
            example: "[1893456000]",
            cost: Cost::Cheap,
            run: Run::Read(momentum_before_time),
        },
        Method {
            name: "getMomentumByHash",
            doc: "A momentum.",
            params: &[HASH],
            result: OPTIONAL_MOMENTUM,
            example: r#"["0000000000000000000000000000000000000000000000000000000000000000"]"#,
            cost: Cost::Cheap,
            run: Run::Read(momentum_by_hash),
        },
        Method {
            name: "getMomentumsByHeight",
            doc: "Momentums from a height on, lowest first.",
            params: &[HEIGHT, COUNT],
            result: Shape::Object(&MOMENTUM_LIST),
            example: "[1, 2]",
            cost: Cost::ByArgument(1),
            run: Run::Read(momentums_by_height),
        },
        Method {
            name: "getMomentumsByPage",
            doc: "Momentums, newest first.",
            params: &[INDEX, SIZE],
            result: Shape::Object(&MOMENTUM_LIST),
            example: "[0, 2]",
            cost: Cost::ByArgument(1),
            run: Run::Read(momentums_by_page),
        },
        Method {
            name: "getDetailedMomentumsByHeight",
            doc: "Momentums from a height on with the blocks that they confirm, lowest first.",
            params: &[HEIGHT, COUNT],
            result: Shape::Object(&DETAILED_LIST),
            example: "[1, 1]",
            cost: Cost::Heavy,
            run: Run::Read(detailed_by_height),
        },
        Method {
            name: "string",
            doc: "The name of this namespace's implementation, which the reference gives away too.",
            params: &[],
            result: Shape::Text,
            example: "[]",
            cost: Cost::Cheap,
            run: Run::Read(|_, _, answer| answer.give("LedgerApi")),
        },
    ],
};

fn publish(reading: &Reading<'_>, args: &Args) -> Result<Written, Failure> {
    let published = *args.block(0).ok_or(PARAM_IS_NULL)?;
    let block = published.block;
    let ours = reading.view().rules().chain_identifier;
    if block.chain_identifier != 0 && block.chain_identifier != ours {
        let message = format!(
            "the block has a different network Id ({}) from the node ({ours})",
            block.chain_identifier
        );
        return Err(Failure::new(FAILED, message));
    }
    if !block.token_standard.is_zero() {
        let storage = reading.confirmed(&contract::TOKEN);
        contracts::token::info(&storage, &block.token_standard)?.ok_or(Refusal::DataNonExistent)?;
    }
    let outcome = reading.service.publish(block);
    Ok(Box::pin(async move {
        match outcome.await {
            Ok(()) => Ok(b"null".to_vec()),
            // Below zero was read as too large, for want of another sign.
            Err(ServiceError::Refused(Refusal::BlockAmountTooBig)) if published.negative_amount => {
                Err(Refusal::BlockAmountNegative.into())
            }
            Err(error) => Err(error.into()),
        }
    }))
}

fn unconfirmed(reading: &Reading<'_>, args: &Args, answer: &mut Answer<'_>) -> Result<(), Failure> {
    let (index, size) = (args.number32(1), args.number32(2));
    check_size(size)?;
    let address = args.address(0);
    let account = reading.account(&address);
    let confirmed = reading.confirmed(&address).identifier()?.height;
    let newest = account.identifier()?.height;
    let heights: Vec<u64> = (confirmed + 1..=newest).collect();
    let blocks = page::of(&heights, index, size)
        .iter()
        .filter_map(|height| account.block_by_height(*height).transpose())
        .collect::<Result<Vec<_>, _>>()?;
    answer.give(&BlockList::of(reading, blocks, heights.len() as u64)?)
}

fn unreceived(reading: &Reading<'_>, args: &Args, answer: &mut Answer<'_>) -> Result<(), Failure> {
    let (address, index, size) = (args.address(0), args.number32(1), args.number32(2));
    if size > UNRECEIVED_SIZE_MAX {
        return Err(PAGE_SIZE_TOO_BIG);
    }
    if index >= UNRECEIVED_PAGES {
        return Err(PAGE_INDEX_TOO_BIG);
    }
    let account = reading.account(&address);
    let hashes = reading.view().unreceived(&address, UNRECEIVED_MAX)?;
    let more = hashes.len() == UNRECEIVED_MAX;
    let mut left = Vec::with_capacity(hashes.len());
    for hash in hashes {
        if !account.is_received(&hash)? {
            left.push(hash);
        }
    }
    let blocks = page::of(&left, index, size)
        .iter()
        .filter_map(|hash| reading.view().block_by_hash(hash).transpose())
        .collect::<Result<Vec<_>, _>>()?;
    let list = BlockList::of(reading, blocks, left.len() as u64)?;
    answer.give(&BlockList { more, ..list })
}

fn give_block(
    reading: &Reading<'_>,
    block: Option<AccountBlock>,
    answer: &mut Answer<'_>,
) -> Result<(), Failure> {
    answer.give(&block.map(|block| BlockForm::of(reading, block)).transpose()?)
}

fn frontier_block(
    reading: &Reading<'_>,
    args: &Args,
    answer: &mut Answer<'_>,
) -> Result<(), Failure> {
    give_block(reading, reading.account(&args.address(0)).frontier()?, answer)
}

fn block_by_hash(
    reading: &Reading<'_>,
    args: &Args,
    answer: &mut Answer<'_>,
) -> Result<(), Failure> {
    give_block(reading, reading.view().block_by_hash(&args.hash(0))?, answer)
}

fn blocks_by_height(
    reading: &Reading<'_>,
    args: &Args,
    answer: &mut Answer<'_>,
) -> Result<(), Failure> {
    let (height, count) = (args.number(1), args.number(2));
    if height == 0 {
        return Err(HEIGHT_IS_ZERO);
    }
    check_count(count)?;
    answer.give(&blocks_from(reading, &args.address(0), height, count)?)
}

/// Blocks of an account from `height` on. Heights wrap, as they do in the reference.
fn blocks_from(
    reading: &Reading<'_>,
    address: &Address,
    height: u64,
    count: u64,
) -> Result<BlockList, Failure> {
    let account = reading.account(address);
    let newest = account.identifier()?.height;
    let blocks = (0..count)
        .map(|offset| height.wrapping_add(offset))
        .filter(|height| (1..=newest).contains(height))
        .filter_map(|height| account.block_by_height(height).transpose())
        .collect::<Result<Vec<_>, _>>()?;
    BlockList::of(reading, blocks, newest)
}

fn blocks_by_page(
    reading: &Reading<'_>,
    args: &Args,
    answer: &mut Answer<'_>,
) -> Result<(), Failure> {
    let (index, size) = (args.number32(1), args.number32(2));
    check_size(size)?;
    let address = args.address(0);
    let newest = reading.account(&address).identifier()?.height;
    let mut list = match page::of_heights(newest, index, size) {
        Some((height, count)) => blocks_from(reading, &address, height, count)?,
        None => BlockList { list: Vec::new(), count: newest, more: false },
    };
    list.list.reverse();
    answer.give(&list)
}

#[derive(Serialize)]
struct Balance {
    token: TokenForm,
    balance: Decimal,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AccountInfo {
    address: Address,
    account_height: u64,
    #[serde(serialize_with = "by_text")]
    balance_info_map: Vec<(TokenStandard, Balance)>,
}

/// A map whose keys stand in the order of their texts.
fn by_text<S: Serializer>(
    entries: &[(TokenStandard, Balance)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut entries: Vec<(String, &Balance)> =
        entries.iter().map(|(token, balance)| (token.to_string(), balance)).collect();
    entries.sort_by(|(one, _), (other, _)| one.cmp(other));
    serializer.collect_map(entries)
}

fn account_info(
    reading: &Reading<'_>,
    args: &Args,
    answer: &mut Answer<'_>,
) -> Result<(), Failure> {
    let address = args.address(0);
    let account = reading.account(&address);
    let tokens = reading.confirmed(&contract::TOKEN);
    let mut balance_info_map = Vec::new();
    for (id, balance) in account.balances()? {
        if let Some(token) = contracts::token::info(&tokens, &id)? {
            let balance = Balance { token: TokenForm::of(token), balance: Decimal(balance) };
            balance_info_map.push((id, balance));
        }
    }
    let account_height = account.identifier()?.height;
    answer.give(&AccountInfo { address, account_height, balance_info_map })
}

fn frontier_momentum(
    reading: &Reading<'_>,
    _: &Args,
    answer: &mut Answer<'_>,
) -> Result<(), Failure> {
    answer.give(&MomentumForm::of(reading.frontier()?))
}

fn give_momentum(momentum: Option<Momentum>, answer: &mut Answer<'_>) -> Result<(), Failure> {
    answer.give(&momentum.as_ref().map(MomentumForm::of))
}

fn momentum_before_time(
    reading: &Reading<'_>,
    args: &Args,
    answer: &mut Answer<'_>,
) -> Result<(), Failure> {
    const NANOS: i64 = 1_000_000_000;
    // The reference compares nanoseconds, which wrap where seconds do not fit.
    let asked = args.signed(0).wrapping_mul(NANOS);
    let is_before =
        |momentum: &Momentum| momentum.timestamp.cast_signed().wrapping_mul(NANOS) < asked;
    let view = reading.view();
    let found = match view.momentum_by_height(1)? {
        Some(genesis) if is_before(&genesis) => match reading.frontier()? {
            newest if is_before(newest) => Some(newest.clone()),
            _ => view.momentum_before(args.signed(0).cast_unsigned())?,
        },
        _ => None,
    };
    give_momentum(found, answer)
}

fn momentum_by_hash(
    reading: &Reading<'_>,
    args: &Args,
    answer: &mut Answer<'_>,
) -> Result<(), Failure> {
    give_momentum(reading.view().momentum_by_hash(&args.hash(0))?, answer)
}

fn momentums_from(reading: &Reading<'_>, height: u64, count: u64) -> Result<MomentumList, Failure> {
    if height == 0 {
        return Err(HEIGHT_IS_ZERO);
    }
    check_count(count)?;
    let newest = reading.frontier()?.height;
    let end = height.checked_add(count).unwrap_or(0).min(newest + 1);
    let list = (height..end)
        .filter_map(|height| reading.view().momentum_by_height(height).transpose())
        .collect::<Result<Vec<_>, _>>()?;
    Ok(MomentumList { list, count: newest })
}

fn momentums_by_height(
    reading: &Reading<'_>,
    args: &Args,
    answer: &mut Answer<'_>,
) -> Result<(), Failure> {
    answer.give(&momentums_from(reading, args.number(0), args.number(1))?)
}

fn momentums_by_page(
    reading: &Reading<'_>,
    args: &Args,
    answer: &mut Answer<'_>,
) -> Result<(), Failure> {
    let (index, size) = (args.number32(0), args.number32(1));
    check_size(size)?;
    let newest = reading.frontier()?.height;
    let mut list = match page::of_heights(newest, index, size) {
        Some((height, count)) => momentums_from(reading, height, count)?,
        None => MomentumList { list: Vec::new(), count: newest },
    };
    list.list.reverse();
    answer.give(&list)
}

#[derive(Serialize)]
struct Detailed<'a> {
    blocks: Vec<BlockForm>,
    momentum: MomentumForm<'a>,
}

#[derive(Serialize)]
struct DetailedList<'a> {
    list: Vec<Detailed<'a>>,
    count: u64,
}

fn detailed_by_height(
    reading: &Reading<'_>,
    args: &Args,
    answer: &mut Answer<'_>,
) -> Result<(), Failure> {
    check_count(args.number(1))?;
    let momentums = momentums_from(reading, args.number(0), args.number(1))?;
    let list = momentums
        .list
        .iter()
        .map(|momentum| {
            let blocks = momentum
                .content
                .iter()
                .filter_map(|header| reading.view().block_by_header(header).transpose())
                .collect::<Result<Vec<_>, _>>()?;
            Ok(Detailed { blocks: forms(reading, blocks)?, momentum: MomentumForm::of(momentum) })
        })
        .collect::<Result<Vec<_>, Failure>>()?;
    answer.give(&DetailedList { list, count: momentums.count })
}
