//! What pillars and their backers get for an epoch, and what is kept about it.
//!
//! Source: go-zenon `vm/embedded/implementation/pillars.go` (`computeDetailedPillarReward`).

use super::{Pillar, all};
use crate::abi::{Kind, Value};
use crate::consensus::{EpochStats, PillarStats};
use crate::contracts::{Args, Context, Record, Storage, rewards};
use crate::refusal::{Fault, Refusal};
use crate::rules::Rules;
use crate::types::{Amount, Wide, narrow, wide};
use std::collections::BTreeMap;

const HISTORY: u8 = 5;

/// What is kept about a pillar's epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EpochHistory {
    /// The epoch.
    pub epoch: u64,
    /// Name of the pillar.
    pub name: Vec<u8>,
    /// Its terms at the time of the update.
    pub give_block_percent: u8,
    /// Its terms at the time of the update.
    pub give_delegate_percent: u8,
    /// Momentums produced.
    pub produced: i32,
    /// Slots given.
    pub expected: i32,
    /// Averaged weight.
    pub weight: Amount,
}

impl Record for EpochHistory {
    const KINDS: &'static [Kind] =
        &[Kind::Uint(8), Kind::Uint(8), Kind::Int(32), Kind::Int(32), Kind::Uint(256)];

    fn to_values(&self) -> Vec<Value> {
        vec![
            Value::Uint(Amount::from(self.give_block_percent)),
            Value::Uint(Amount::from(self.give_delegate_percent)),
            Value::Int(i64::from(self.produced)),
            Value::Int(i64::from(self.expected)),
            Value::Uint(self.weight),
        ]
    }

    fn from_stored(key: &[u8], fields: &Args) -> EpochHistory {
        let epoch = key.get(1..9).and_then(|bytes| bytes.try_into().ok());
        let int32 = |index| i32::try_from(fields.int(index)).expect("the table says 32 bits");
        EpochHistory {
            epoch: epoch.map(u64::from_le_bytes).unwrap_or_default(),
            name: key.get(9..).unwrap_or_default().to_vec(),
            give_block_percent: fields.uint8(0),
            give_delegate_percent: fields.uint8(1),
            produced: int32(2),
            expected: int32(3),
            weight: fields.amount(4),
        }
    }

    fn key(&self) -> Vec<u8> {
        [&[HISTORY], &self.epoch.to_le_bytes()[..], &self.name].concat()
    }
}

/// What is kept about all pillars in an epoch, in order of their names.
pub fn epoch_history(storage: &impl Storage, epoch: u64) -> Result<Vec<EpochHistory>, Fault> {
    EpochHistory::list(storage, &[&[HISTORY], &epoch.to_le_bytes()[..]].concat())
}

/// A pillar's reward before it is split with the backers.
struct Reward {
    delegation: Amount,
    block: Amount,
    produced: i32,
    expected: i32,
    weight: Amount,
}

pub(super) fn give(context: &mut Context<'_>, rules: &Rules, epoch: u64) -> Result<(), Refusal> {
    // The reference looks into statistics that may not be there.
    let stats = context.pillars().epoch_stats(epoch)?.ok_or(Refusal::Panic)?;
    let rewards = rewards_of(rules, epoch, &stats)?;
    let pillars = all(context)?;
    let registered = pillars.len();
    let pillars: Vec<Pillar> =
        pillars.into_iter().filter(|pillar| rewards.contains_key(&pillar.name)).collect();

    for pillar in &pillars {
        let reward = &rewards[&pillar.name];
        EpochHistory {
            epoch,
            name: pillar.name.clone(),
            give_block_percent: pillar.give_block_percent,
            give_delegate_percent: pillar.give_delegate_percent,
            produced: reward.produced,
            expected: reward.expected,
            weight: reward.weight,
        }
        .save(context);
    }

    let mut to_backers = BTreeMap::new();
    for pillar in &pillars {
        let reward = &rewards[&pillar.name];
        let total = reward.block.wrapping_add(reward.delegation);
        let given = (percent_of(reward.block, pillar.give_block_percent)
            + percent_of(reward.delegation, pillar.give_delegate_percent))
            / Wide::from(100u64);
        let given = narrow(given).ok_or(Refusal::Panic)?;
        let kept = total.checked_sub(given).ok_or(Refusal::Panic)?;
        rewards::add(context, epoch, &pillar.reward_address, kept, Amount::ZERO)?;
        to_backers.insert(pillar.name.clone(), (pillar, given));
    }
    // A name without a pillar gets nothing, and then nobody does. Statistics can hold such a name, the
    // empty one, for momentums of a producer that was not elected.
    if to_backers.len() != rewards.len() {
        let (given, all) = (to_backers.len(), rewards.len());
        return Err(Refusal::RewardsNotDistributed { given, all, registered });
    }

    let delegations = context.pillars().delegations_by_epoch(epoch).map_err(|_| Refusal::Panic)?;
    for (name, delegation) in delegations {
        let Some((pillar, given)) = to_backers.get(&name) else {
            return Err(Refusal::NoAmountForBackers(name));
        };
        let sum =
            delegation.backers.values().fold(Amount::ZERO, |sum, amount| sum.wrapping_add(*amount));
        if sum.is_zero() {
            rewards::add(context, epoch, &pillar.reward_address, *given, Amount::ZERO)?;
            continue;
        }
        for (backer, amount) in &delegation.backers {
            let part = rewards::share(*given, *amount, sum)?;
            rewards::add(context, epoch, backer, part, Amount::ZERO)?;
        }
    }
    Ok(())
}

fn percent_of(amount: Amount, percent: u8) -> Wide {
    wide(amount) * Wide::from(percent)
}

fn rewards_of(
    rules: &Rules,
    epoch: u64,
    stats: &EpochStats,
) -> Result<BTreeMap<Vec<u8>, Reward>, Refusal> {
    let expected: u64 = stats.pillars.values().map(|pillar| u64::from(pillar.expected)).sum();
    let (per_delegation, per_block) = rules.pillar_reward_per_momentum(epoch);
    stats
        .pillars
        .iter()
        .map(|(name, pillar)| {
            let reward = reward_of(pillar, stats.total_weight, expected, per_delegation, per_block);
            Ok((name.clone(), reward?))
        })
        .collect()
}

/// `delegation = perDelegation * totalExpected * produced / expected * weight / totalWeight`, rounded
/// down after each division, and `block = perBlock * produced`.
fn reward_of(
    pillar: &PillarStats,
    total_weight: Amount,
    total_expected: u64,
    per_delegation: Amount,
    per_block: Amount,
) -> Result<Reward, Refusal> {
    let mut reward = Reward {
        delegation: Amount::ZERO,
        block: Amount::ZERO,
        produced: 0,
        expected: 0,
        weight: pillar.weight,
    };
    if pillar.expected == 0 {
        return Ok(reward);
    }
    if !total_weight.is_zero() {
        let product = wide(per_delegation)
            * Wide::from(pillar.produced)
            * wide(pillar.weight)
            * Wide::from(total_expected);
        let delegation = product / Wide::from(pillar.expected) / wide(total_weight);
        reward.delegation = narrow(delegation).ok_or(Refusal::Panic)?;
    }
    reward.block = per_block.wrapping_mul(Amount::from(pillar.produced));
    reward.produced = pillar.produced.cast_signed();
    reward.expected = pillar.expected.cast_signed();
    Ok(reward)
}
