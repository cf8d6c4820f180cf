//! `embedded.htlc`: amounts locked by a hash and a time.
//!
//! Source: go-zenon `rpc/api/embedded/htlc.go`.

use super::failure::Failure;
use super::params::{Args, Kind, param};
use super::reading::Reading;
use super::shape::{Shape, field, object};
use super::{Answer, Cost, Method, Namespace, Run, Served};
use ledger::Refusal;
use ledger::codec::json::Base64;
use ledger::codec::json::amount::Decimal;
use ledger::contracts::htlc;
use ledger::types::{Address, Hash, TokenStandard, contract};
use serde::Serialize;

object!(
    HTLC,
    "HtlcInfo",
    "An amount locked by a hash and a time.",
    [
        field("id", Shape::Hash, ""),
        field("timeLocked", Shape::Address, "who gets it back after the time"),
        field("hashLocked", Shape::Address, "who gets it for the preimage"),
        field("tokenStandard", Shape::Token, ""),
        field("amount", Shape::Amount, ""),
        field("expirationTime", Shape::Signed, "unix seconds"),
        field("hashType", Shape::Number, "0 SHA3-256, 1 SHA-256"),
        field("keyMaxSize", Shape::Number, "longest preimage in bytes"),
        field("hashLock", Shape::Bytes, "the hash"),
    ]
);

/// The namespace.
pub static NAMESPACE: Namespace = Namespace {
    name: "embedded.htlc",
    doc: "Amounts locked by a hash and a time.",
    served: Served::Everywhere,
    methods: &[
        Method {
            name: "getById",
            doc: "A lock; `data non existent` if there is none.",
            params: &[param("id", Kind::Hash, "hash of the block that made it")],
            result: Shape::Object(&HTLC),
            example: r#"["0000000000000000000000000000000000000000000000000000000000000000"]"#,
            cost: Cost::Cheap,
            run: Run::Read(by_id),
        },
        Method {
            name: "getProxyUnlockStatus",
            doc: "Whether others may unlock for an account.",
            params: &[param("address", Kind::Address, "the account")],
            result: Shape::Bool,
            example: r#"["z1qxemdeddedxpyllarxxxxxxxxxxxxxxxsy3fmg"]"#,
            cost: Cost::Cheap,
            run: Run::Read(|reading, args, answer| {
                let storage = reading.account(&contract::HTLC);
                answer.give(&htlc::proxy_unlock_allowed(&storage, &args.address(0))?)
            }),
        },
    ],
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct HtlcForm<'a> {
    id: Hash,
    time_locked: Address,
    hash_locked: Address,
    token_standard: TokenStandard,
    amount: Decimal,
    expiration_time: i64,
    hash_type: u8,
    key_max_size: u8,
    hash_lock: Base64<'a>,
}

fn by_id(reading: &Reading<'_>, args: &Args, answer: &mut Answer<'_>) -> Result<(), Failure> {
    let lock = htlc::by_id(&reading.account(&contract::HTLC), &args.hash(0))?
        .ok_or(Refusal::DataNonExistent)?;
    answer.give(&HtlcForm {
        id: lock.id,
        time_locked: lock.time_locked,
        hash_locked: lock.hash_locked,
        token_standard: lock.token_standard,
        amount: Decimal(lock.amount),
        expiration_time: lock.expiration_time,
        hash_type: lock.hash_type,
        key_max_size: lock.key_max_size,
        hash_lock: Base64(&lock.hash_lock),
    })
}
