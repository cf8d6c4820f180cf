//! `embedded.plasma`: plasma of accounts, fused QSR, and the work that a block needs.
//!
//! Source: go-zenon `rpc/api/embedded/plasma.go`.

use super::failure::{FAILED, Failure};
use super::page::{self, check_size};
use super::params::{Args, Kind, Param, param};
use super::reading::Reading;
use super::shape::{Shape, field, object};
use super::{Answer, Cost, Method, Namespace, Run, Served};
use ledger::AccountBlock;
use ledger::block::BlockType;
use ledger::codec::json::amount::Decimal;
use ledger::contracts::plasma::{Fusion, fused_amount, fusions_of};
use ledger::types::{Address, Amount, Hash, contract};
use ledger::verify::plasma;
use serde::Serialize;

const ADDRESS: Param = param("address", Kind::Address, "the account");

object!(
    PLASMA,
    "PlasmaInfo",
    "An account's plasma.",
    [
        field("currentPlasma", Shape::Number, "what it can spend now"),
        field("maxPlasma", Shape::Number, "what its fused QSR give"),
        field("qsrAmount", Shape::Amount, "QSR fused for it"),
    ]
);

object!(
    FUSION,
    "FusionEntry",
    "QSR that were fused.",
    [
        field("qsrAmount", Shape::Amount, ""),
        field("beneficiary", Shape::Address, "who gets the plasma"),
        field("expirationHeight", Shape::Number, "height from which they can be taken back"),
        field("id", Shape::Hash, ""),
    ]
);

object!(
    FUSION_LIST,
    "FusionEntryList",
    "QSR that an account has fused.",
    [
        field("qsrAmount", Shape::Amount, "in all"),
        field("count", Shape::Number, "how many there are in all"),
        field("list", Shape::List(&Shape::Object(&FUSION)), ""),
    ]
);

object!(
    REQUIRED,
    "RequiredPoW",
    "The plasma that a block needs.",
    [
        field("availablePlasma", Shape::Number, "what the account has"),
        field("basePlasma", Shape::Number, "what the block needs"),
        field("requiredDifficulty", Shape::Number, "difficulty of the work for the rest"),
    ]
);

/// The namespace.
pub static NAMESPACE: Namespace = Namespace {
    name: "embedded.plasma",
    doc: "Plasma of accounts, and the work that a block needs.",
    served: Served::Everywhere,
    methods: &[
        Method {
            name: "get",
            doc: "An account's plasma.",
            params: &[ADDRESS],
            result: Shape::Object(&PLASMA),
            example: r#"["z1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqsggv2f"]"#,
            cost: Cost::Cheap,
            run: Run::Read(get),
        },
        Method {
            name: "getEntriesByAddress",
            doc: "QSR that an account has fused, by height and beneficiary.",
            params: &[
                ADDRESS,
                param("pageIndex", Kind::U32, "the page, from 0"),
                param("pageSize", Kind::U32, "entries of a page, at most 1024"),
            ],
            result: Shape::Object(&FUSION_LIST),
            example: r#"["z1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqsggv2f", 0, 10]"#,
            cost: Cost::Cheap,
            run: Run::Read(entries),
        },
        Method {
            name: "getRequiredPoWForAccountBlock",
            doc: "The plasma that a block needs, and the work for what the account lacks.",
            params: &[param("query", Kind::PlasmaQuery, "the block that is to be made")],
            result: Shape::Object(&REQUIRED),
            example: r#"[{"address": "z1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqsggv2f", "blockType": 3}]"#,
            cost: Cost::Cheap,
            run: Run::Read(required_work),
        },
    ],
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PlasmaForm {
    current_plasma: u64,
    max_plasma: u64,
    qsr_amount: Decimal,
}

/// What an account can spend on top of its unconfirmed blocks.
fn available(reading: &Reading<'_>, address: &Address) -> Result<u64, Failure> {
    let left = plasma::available(reading.view(), &reading.account(address))?;
    left.ok_or(Failure::of_method("got negative available plasma"))
}

fn get(reading: &Reading<'_>, args: &Args, answer: &mut Answer<'_>) -> Result<(), Failure> {
    let address = args.address(0);
    let fused = fused_amount(&reading.confirmed(&contract::PLASMA), &address)?;
    answer.give(&PlasmaForm {
        current_plasma: available(reading, &address)?,
        max_plasma: plasma::of_fused(&fused),
        qsr_amount: Decimal(fused),
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FusionForm {
    qsr_amount: Decimal,
    beneficiary: Address,
    expiration_height: u64,
    id: Hash,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FusionList {
    qsr_amount: Decimal,
    count: usize,
    list: Vec<FusionForm>,
}

fn entries(reading: &Reading<'_>, args: &Args, answer: &mut Answer<'_>) -> Result<(), Failure> {
    let (index, size) = (args.number32(1), args.number32(2));
    check_size(size)?;
    let mut fusions = fusions_of(&reading.account(&contract::PLASMA), &args.address(0))?;
    fusions.sort_by_cached_key(|fusion| (fusion.expiration_height, fusion.beneficiary.to_string()));
    let sum = fusions.iter().fold(Amount::ZERO, |sum, fusion| sum.wrapping_add(fusion.amount));
    let form = |fusion: &Fusion| FusionForm {
        qsr_amount: Decimal(fusion.amount),
        beneficiary: fusion.beneficiary,
        expiration_height: fusion.expiration_height,
        id: fusion.id,
    };
    answer.give(&FusionList {
        qsr_amount: Decimal(sum),
        count: fusions.len(),
        list: page::of(&fusions, index, size).iter().map(form).collect(),
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Required {
    available_plasma: u64,
    base_plasma: u64,
    required_difficulty: u64,
}

fn required_work(
    reading: &Reading<'_>,
    args: &Args,
    answer: &mut Answer<'_>,
) -> Result<(), Failure> {
    let query = *args.plasma_query(0);
    if query.to_address.is_none() && query.block_type == BlockType::USER_SEND {
        return Err(Failure::new(FAILED, "toAddress is nil"));
    }
    let block = AccountBlock {
        block_type: query.block_type,
        address: query.address,
        to_address: query.to_address.unwrap_or_default(),
        data: query.data,
        momentum_acknowledged: reading.frontier()?.identifier(),
        ..AccountBlock::default()
    };
    let available_plasma = available(reading, &query.address)?;
    let base_plasma = plasma::base(reading.view(), &block)?;
    let required_difficulty = match base_plasma.checked_sub(available_plasma) {
        Some(lacking) => plasma::difficulty_for(lacking)?,
        None => 0,
    };
    answer.give(&Required { available_plasma, base_plasma, required_difficulty })
}
