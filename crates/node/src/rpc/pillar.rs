//! `embedded.pillar`: pillars, their weights and what they produced, delegations.
//!
//! The reference works weights and statistics out in the background, at most every five minutes, and
//! shows zeros until it has; here they are those of the newest momentum, worked out once for each.
//! Source: go-zenon `rpc/api/embedded/pillar.go`.

use super::failure::Failure;
use super::json::Text;
use super::page::{self, PAGE_SIZE_MAX, check_size};
use super::params::{Args, Kind, Param, param};
use super::reading::Reading;
use super::rewards;
use super::shape::{Shape, field, object};
use super::token::text;
use super::{Answer, Cost, Method, Namespace, Run, Served};
use ledger::codec::json::amount::Decimal;
use ledger::consensus::{PillarReader, PillarStats, Reader, slots};
use ledger::contracts::pillar::{self, EpochHistory, Pillar};
use ledger::contracts::rewards::last_epoch;
use ledger::types::{Address, Amount, Hash, TokenStandard, contract};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

const ADDRESS: Param = param("address", Kind::Address, "the account");
const INDEX: Param = param("pageIndex", Kind::U32, "the page, from 0");
const SIZE: Param = param("pageSize", Kind::U32, "entries of a page, at most 1024");

object!(
    STATS,
    "PillarStats",
    "What a pillar did in the current epoch.",
    [
        field("producedMomentums", Shape::Number, ""),
        field("expectedMomentums", Shape::Number, "slots that it was given"),
    ]
);

object!(
    PILLAR,
    "PillarInfo",
    "A pillar.",
    [
        field("name", Shape::Text, ""),
        field("rank", Shape::Number, "place by weight, from 0"),
        field("type", Shape::Number, "1 registered with a legacy key, 2 other"),
        field("ownerAddress", Shape::Address, ""),
        field("producerAddress", Shape::Address, "signs momentums"),
        field("withdrawAddress", Shape::Address, "gets the rewards"),
        field("isRevocable", Shape::Bool, "whether it can be revoked now"),
        field("revokeCooldown", Shape::Signed, "seconds until that changes"),
        field("revokeTimestamp", Shape::Signed, "0 unless revoked"),
        field("giveMomentumRewardPercentage", Shape::Number, "share of its backers"),
        field("giveDelegateRewardPercentage", Shape::Number, "share of its backers"),
        field("currentStats", Shape::Object(&STATS), ""),
        field("weight", Shape::Amount, "ZNN that back it"),
    ]
);

object!(
    PILLAR_LIST,
    "PillarInfoList",
    "Some pillars.",
    [
        field("count", Shape::Number, "how many there are in all"),
        field("list", Shape::List(&Shape::Object(&PILLAR)), ""),
    ]
);

object!(
    DELEGATED,
    "DelegatedPillar",
    "The pillar that an account backs.",
    [
        field("name", Shape::Text, ""),
        field("status", Shape::Number, "1 active, 2 not"),
        field("weight", Shape::Amount, "ZNN of the account"),
    ]
);

object!(
    EPOCH,
    "PillarEpochHistory",
    "What a pillar did in an epoch.",
    [
        field("name", Shape::Text, ""),
        field("epoch", Shape::Number, ""),
        field("giveBlockRewardPercentage", Shape::Number, ""),
        field("giveDelegateRewardPercentage", Shape::Number, ""),
        field("producedBlockNum", Shape::Signed, ""),
        field("expectedBlockNum", Shape::Signed, ""),
        field("weight", Shape::Amount, ""),
    ]
);

object!(
    EPOCH_LIST,
    "PillarEpochHistoryList",
    "What pillars did in epochs.",
    [
        field("count", Shape::Number, "how many there are in all"),
        field("list", Shape::List(&Shape::Object(&EPOCH)), ""),
    ]
);

/// The namespace.
pub static NAMESPACE: Namespace = Namespace {
    name: "embedded.pillar",
    doc: "Pillars, what they produced, and who backs them.",
    served: Served::Everywhere,
    methods: &[
        Method {
            name: "getDepositedQsr",
            doc: "QSR that an account has deposited for a registration.",
            params: &[ADDRESS],
            result: Shape::Amount,
            example: r#"["z1qxemdeddedxpyllarxxxxxxxxxxxxxxxsy3fmg"]"#,
            cost: Cost::Cheap,
            run: Run::Read(|reading, args, answer| {
                rewards::deposited_qsr(reading, &contract::PILLAR, args, answer)
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
                rewards::uncollected(reading, &contract::PILLAR, args, answer)
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
                rewards::history(reading, &contract::PILLAR, args, answer)
            }),
        },
        Method {
            name: "getQsrRegistrationCost",
            doc: "QSR that the next pillar costs.",
            params: &[],
            result: Shape::Amount,
            example: "[]",
            cost: Cost::Cheap,
            run: Run::Read(|reading, _, answer| {
                let storage = reading.account(&contract::PILLAR);
                answer.give(&Decimal(pillar::next_cost(&storage, reading.view().rules())?))
            }),
        },
        Method {
            name: "getAll",
            doc: "The active pillars, heaviest first.",
            params: &[INDEX, SIZE],
            result: Shape::Object(&PILLAR_LIST),
            example: "[0, 10]",
            cost: Cost::Heavy,
            run: Run::Read(all),
        },
        Method {
            name: "getByOwner",
            doc: "The active pillars of an owner.",
            params: &[param("address", Kind::Address, "the owner")],
            result: Shape::List(&Shape::Object(&PILLAR)),
            example: r#"["z1qxemdeddedxpyllarxxxxxxxxxxxxxxxsy3fmg"]"#,
            cost: Cost::Heavy,
            run: Run::Read(by_owner),
        },
        Method {
            name: "getByName",
            doc: "The active pillar with a name.",
            params: &[param("name", Kind::Text, "the name")],
            result: Shape::Optional(&Shape::Object(&PILLAR)),
            example: r#"["nobody"]"#,
            cost: Cost::Heavy,
            run: Run::Read(by_name),
        },
        Method {
            name: "checkNameAvailability",
            doc: "Whether no pillar, revoked ones included, has a name.",
            params: &[param("name", Kind::Text, "the name")],
            result: Shape::Bool,
            example: r#"["nobody"]"#,
            cost: Cost::Cheap,
            run: Run::Read(|reading, args, answer| {
                let storage = reading.account(&contract::PILLAR);
                let taken = pillar::by_name(&storage, args.text(0).as_bytes())?.is_some();
                answer.give(&!taken)
            }),
        },
        Method {
            name: "getDelegatedPillar",
            doc: "The pillar that an account backs.",
            params: &[ADDRESS],
            result: Shape::Optional(&Shape::Object(&DELEGATED)),
            example: r#"["z1qxemdeddedxpyllarxxxxxxxxxxxxxxxsy3fmg"]"#,
            cost: Cost::Cheap,
            run: Run::Read(delegated),
        },
        Method {
            name: "getPillarEpochHistory",
            doc: "What a pillar did, newest epoch first.",
            params: &[param("name", Kind::Text, "the pillar"), INDEX, SIZE],
            result: Shape::Object(&EPOCH_LIST),
            example: r#"["nobody", 0, 10]"#,
            cost: Cost::ByArgument(2),
            run: Run::Read(epoch_history),
        },
        Method {
            name: "getPillarsHistoryByEpoch",
            doc: "What all pillars did in an epoch, by name.",
            params: &[param("epoch", Kind::U64, "the epoch"), INDEX, SIZE],
            result: Shape::Object(&EPOCH_LIST),
            example: "[0, 0, 10]",
            cost: Cost::Heavy,
            run: Run::Read(history_by_epoch),
        },
    ],
};

/// Weights and statistics of all pillars after one momentum.
#[derive(Default)]
pub struct Standing(Mutex<Option<(Hash, Arc<Numbers>)>>);

/// What consensus says of the pillars.
#[derive(Default)]
struct Numbers {
    weights: BTreeMap<Vec<u8>, Amount>,
    stats: BTreeMap<Vec<u8>, PillarStats>,
}

impl Standing {
    /// The numbers after the newest momentum, worked out unless they are those of the last time.
    fn numbers(&self, reading: &Reading<'_>) -> Result<Arc<Numbers>, Failure> {
        let newest = reading.frontier()?;
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((hash, numbers)) = &*kept
            && *hash == newest.hash
        {
            return Ok(numbers.clone());
        }
        let reader = Reader::new(reading.chain());
        let epoch = slots::epoch_at(reading.view().rules(), newest.timestamp);
        let stats = reader.epoch_stats(epoch)?.map(|stats| stats.pillars).unwrap_or_default();
        let numbers = Arc::new(Numbers { weights: reader.pillar_weights()?, stats });
        *kept = Some((newest.hash, numbers.clone()));
        Ok(numbers)
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Stats {
    produced_momentums: u32,
    expected_momentums: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PillarForm {
    #[serde(serialize_with = "text")]
    name: Vec<u8>,
    rank: usize,
    r#type: u8,
    owner_address: Address,
    producer_address: Address,
    withdraw_address: Address,
    is_revocable: bool,
    revoke_cooldown: i64,
    revoke_timestamp: i64,
    give_momentum_reward_percentage: u8,
    give_delegate_reward_percentage: u8,
    current_stats: Stats,
    weight: Decimal,
}

#[derive(Serialize)]
struct PillarList<'a> {
    count: usize,
    list: &'a [PillarForm],
}

/// All active pillars in order.
fn ranked(reading: &Reading<'_>) -> Result<Vec<PillarForm>, Failure> {
    let numbers = reading.standing.numbers(reading)?;
    let now = reading.now()?;
    let mut pillars: Vec<(Pillar, Amount)> = pillar::active(&reading.account(&contract::PILLAR))?
        .into_iter()
        .map(|pillar| {
            let weight = numbers.weights.get(&pillar.name).copied().unwrap_or_default();
            (pillar, weight)
        })
        .collect();
    pillars.sort_by(|(one, heavy), (other, light)| {
        light.cmp(heavy).then_with(|| one.name.cmp(&other.name))
    });
    let rules = reading.view().rules();
    let forms = pillars.into_iter().enumerate().map(|(rank, (pillar, weight))| {
        let (is_revocable, revoke_cooldown) =
            pillar::revoke_window(rules, pillar.registration_time, now);
        let stats = numbers.stats.get(&pillar.name);
        PillarForm {
            rank,
            r#type: pillar.pillar_type,
            owner_address: pillar.stake_address,
            producer_address: pillar.producing_address,
            withdraw_address: pillar.reward_address,
            is_revocable,
            revoke_cooldown,
            revoke_timestamp: pillar.revoke_time,
            give_momentum_reward_percentage: pillar.give_block_percent,
            give_delegate_reward_percentage: pillar.give_delegate_percent,
            current_stats: Stats {
                produced_momentums: stats.map_or(0, |stats| stats.produced),
                expected_momentums: stats.map_or(0, |stats| stats.expected),
            },
            weight: Decimal(weight),
            name: pillar.name,
        }
    });
    Ok(forms.collect())
}

fn all(reading: &Reading<'_>, args: &Args, answer: &mut Answer<'_>) -> Result<(), Failure> {
    check_size(args.number32(1))?;
    let pillars = ranked(reading)?;
    let list = page::of(&pillars, args.number32(0), args.number32(1));
    answer.give(&PillarList { count: pillars.len(), list })
}

/// The pillars that the look-ups see: the first page.
fn first_page(reading: &Reading<'_>) -> Result<Vec<PillarForm>, Failure> {
    let mut pillars = ranked(reading)?;
    pillars.truncate(PAGE_SIZE_MAX as usize);
    Ok(pillars)
}

fn by_owner(reading: &Reading<'_>, args: &Args, answer: &mut Answer<'_>) -> Result<(), Failure> {
    let owner = args.address(0);
    let mut pillars = first_page(reading)?;
    pillars.retain(|pillar| pillar.owner_address == owner);
    answer.give(&pillars)
}

fn by_name(reading: &Reading<'_>, args: &Args, answer: &mut Answer<'_>) -> Result<(), Failure> {
    let name = args.text(0);
    let pillars = first_page(reading)?;
    answer.give(&pillars.iter().find(|pillar| pillar.name == name.as_bytes()))
}

#[derive(Serialize)]
struct Delegated {
    #[serde(serialize_with = "text")]
    name: Vec<u8>,
    status: u8,
    weight: Decimal,
}

fn delegated(reading: &Reading<'_>, args: &Args, answer: &mut Answer<'_>) -> Result<(), Failure> {
    let address = args.address(0);
    let storage = reading.account(&contract::PILLAR);
    let Some(delegation) = pillar::delegation_of(&storage, &address)? else {
        return answer.give(&());
    };
    let pillar = pillar::by_name(&storage, &delegation.name)?;
    let status = if pillar.is_some_and(|pillar| pillar.is_active()) { 1 } else { 2 };
    let weight = Decimal(reading.confirmed(&address).balance(&TokenStandard::ZNN)?);
    answer.give(&Delegated { name: delegation.name, status, weight })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EpochForm<'a> {
    name: Text<'a>,
    epoch: u64,
    give_block_reward_percentage: u8,
    give_delegate_reward_percentage: u8,
    produced_block_num: i32,
    expected_block_num: i32,
    weight: Decimal,
}

impl EpochForm<'_> {
    fn of(history: &EpochHistory) -> EpochForm<'_> {
        EpochForm {
            name: Text(&history.name),
            epoch: history.epoch,
            give_block_reward_percentage: history.give_block_percent,
            give_delegate_reward_percentage: history.give_delegate_percent,
            produced_block_num: history.produced,
            expected_block_num: history.expected,
            weight: Decimal(history.weight),
        }
    }
}

#[derive(Serialize)]
struct EpochList<'a> {
    count: i64,
    list: Vec<EpochForm<'a>>,
}

fn epoch_history(
    reading: &Reading<'_>,
    args: &Args,
    answer: &mut Answer<'_>,
) -> Result<(), Failure> {
    let (name, index, size) = (args.text(0), args.number32(1), args.number32(2));
    check_size(size)?;
    let storage = reading.account(&contract::PILLAR);
    let last = last_epoch(&storage)?;
    let histories = rewards::epochs(last, index, size)
        .map(|epoch| {
            let found = pillar::epoch_history(&storage, epoch)?
                .into_iter()
                .find(|history| history.name == name.as_bytes());
            Ok(found.unwrap_or_else(|| EpochHistory {
                epoch,
                name: name.clone().into_bytes(),
                give_block_percent: 0,
                give_delegate_percent: 0,
                produced: 0,
                expected: 0,
                weight: Amount::ZERO,
            }))
        })
        .collect::<Result<Vec<_>, Failure>>()?;
    let list = histories.iter().map(EpochForm::of).collect();
    answer.give(&EpochList { count: last + 1, list })
}

fn history_by_epoch(
    reading: &Reading<'_>,
    args: &Args,
    answer: &mut Answer<'_>,
) -> Result<(), Failure> {
    let (epoch, index, size) = (args.number(0), args.number32(1), args.number32(2));
    check_size(size)?;
    let histories = pillar::epoch_history(&reading.account(&contract::PILLAR), epoch)?;
    let list = page::of(&histories, index, size).iter().map(EpochForm::of).collect();
    answer.give(&EpochList { count: histories.len() as i64, list })
}
