//! `embedded.sentinel`: sentinels.
//!
//! Source: go-zenon `rpc/api/embedded/sentinel.go`.

use super::failure::Failure;
use super::page::{self, check_size};
use super::params::{Args, Kind, Param, param};
use super::reading::Reading;
use super::rewards;
use super::shape::{Shape, field, object};
use super::{Answer, Cost, Method, Namespace, Run, Served};
use ledger::contracts::sentinel::{self, Sentinel};
use ledger::types::{Address, contract};
use serde::Serialize;

const ADDRESS: Param = param("address", Kind::Address, "the account");

object!(
    SENTINEL,
    "SentinelInfo",
    "A sentinel.",
    [
        field("owner", Shape::Address, ""),
        field("registrationTimestamp", Shape::Signed, "unix seconds"),
        field("isRevocable", Shape::Bool, "whether it can be revoked now"),
        field("revokeCooldown", Shape::Signed, "seconds until that changes"),
        field("active", Shape::Bool, "whether it was not revoked"),
    ]
);

object!(
    SENTINEL_LIST,
    "SentinelInfoList",
    "Some sentinels.",
    [
        field("count", Shape::Number, "how many there are in all"),
        field("list", Shape::List(&Shape::Object(&SENTINEL)), ""),
    ]
);

/// The namespace.
pub static NAMESPACE: Namespace = Namespace {
    name: "embedded.sentinel",
    doc: "Sentinels.",
    served: Served::Everywhere,
    methods: &[
        Method {
            name: "getByOwner",
            doc: "The sentinel of an owner, revoked or not.",
            params: &[param("owner", Kind::Address, "the owner")],
            result: Shape::Optional(&Shape::Object(&SENTINEL)),
            example: r#"["z1qxemdeddedxpyllarxxxxxxxxxxxxxxxsy3fmg"]"#,
            cost: Cost::Cheap,
            run: Run::Read(by_owner),
        },
        Method {
            name: "getAllActive",
            doc: "The sentinels that are not revoked, by owner.",
            params: &[
                param("pageIndex", Kind::U32, "the page, from 0"),
                param("pageSize", Kind::U32, "entries of a page, at most 1024"),
            ],
            result: Shape::Object(&SENTINEL_LIST),
            example: "[0, 10]",
            cost: Cost::Heavy,
            run: Run::Read(all_active),
        },
        Method {
            name: "getDepositedQsr",
            doc: "QSR that an account has deposited for a registration.",
            params: &[ADDRESS],
            result: Shape::Amount,
            example: r#"["z1qxemdeddedxpyllarxxxxxxxxxxxxxxxsy3fmg"]"#,
            cost: Cost::Cheap,
            run: Run::Read(|reading, args, answer| {
                rewards::deposited_qsr(reading, &contract::SENTINEL, args, answer)
            }),
        },
        Method {
            name: "getUncollectedReward",
            doc: "Rewards that an account can collect.",
            params: &[ADDRESS],
            result: Shape::Object(&rewards::DEPOSIT),
            example: r#"["z1qxemdeddedxpyllarxxxxxxxxxxxxxxxsy3fmg"]"#,
            cost: Cost::Cheap,
            run: Run::Read(|reading, args, answer| {
                rewards::uncollected(reading, &contract::SENTINEL, args, answer)
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
                rewards::history(reading, &contract::SENTINEL, args, answer)
            }),
        },
    ],
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SentinelForm {
    owner: Address,
    registration_timestamp: i64,
    is_revocable: bool,
    revoke_cooldown: i64,
    active: bool,
}

impl SentinelForm {
    fn of(reading: &Reading<'_>, sentinel: &Sentinel) -> Result<SentinelForm, Failure> {
        let rules = reading.view().rules();
        let (is_revocable, revoke_cooldown) =
            sentinel::revoke_window(rules, sentinel.registration_time, reading.now()?);
        Ok(SentinelForm {
            owner: sentinel.owner,
            registration_timestamp: sentinel.registration_time,
            is_revocable,
            revoke_cooldown,
            active: sentinel.revoke_time == 0,
        })
    }
}

#[derive(Serialize)]
struct SentinelList {
    count: usize,
    list: Vec<SentinelForm>,
}

fn by_owner(reading: &Reading<'_>, args: &Args, answer: &mut Answer<'_>) -> Result<(), Failure> {
    let storage = reading.account(&contract::SENTINEL);
    let sentinel = sentinel::by_owner(&storage, &args.address(0))?;
    let form = sentinel.map(|sentinel| SentinelForm::of(reading, &sentinel)).transpose()?;
    answer.give(&form)
}

fn all_active(reading: &Reading<'_>, args: &Args, answer: &mut Answer<'_>) -> Result<(), Failure> {
    let (index, size) = (args.number32(0), args.number32(1));
    check_size(size)?;
    let mut sentinels = sentinel::all(&reading.account(&contract::SENTINEL))?;
    sentinels.retain(|sentinel| sentinel.revoke_time == 0);
    let list = page::of(&sentinels, index, size)
        .iter()
        .map(|sentinel| SentinelForm::of(reading, sentinel))
        .collect::<Result<Vec<_>, _>>()?;
    answer.give(&SentinelList { count: sentinels.len(), list })
}
