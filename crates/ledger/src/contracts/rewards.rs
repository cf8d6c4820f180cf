//! Rewards that contracts owe: deposits and their history, the gates of updates, and collecting.
//!
//! Sources: go-zenon `vm/embedded/{definition,implementation}/common.go`.

use super::{
    Args, Call, Context, Method, Record, SIMPLE, Send, Storage, WITHDRAW, load_record, no_amount,
};
use crate::abi::{Kind, Value};
use crate::consensus::slots;
use crate::refusal::{Fault, Refusal};
use crate::rules::Rules;
use crate::state::View;
use crate::types::{Address, Amount, TokenStandard};

const DEPOSIT: u8 = 128;
const LAST_UPDATE: [u8; 1] = [129];
const LAST_EPOCH: [u8; 1] = [131];
const HISTORY: u8 = 132;

/// `CollectReward` before the accelerator spork.
pub(super) const COLLECT_ORIGIN: Method =
    Method::new("CollectReward", &[], SIMPLE + WITHDRAW, no_amount, collect);

/// `CollectReward` with another price.
pub(super) const fn collect_for(plasma: u64) -> Method {
    Method::new("CollectReward", &[], plasma, no_amount, collect)
}

/// What an address can collect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RewardDeposit {
    /// Whose it is.
    pub address: Address,
    /// ZNN.
    pub znn: Amount,
    /// QSR.
    pub qsr: Amount,
}

impl Record for RewardDeposit {
    const KINDS: &'static [Kind] = &[Kind::Uint(256), Kind::Uint(256)];

    fn to_values(&self) -> Vec<Value> {
        vec![Value::Uint(self.znn), Value::Uint(self.qsr)]
    }

    fn from_stored(key: &[u8], fields: &Args) -> RewardDeposit {
        RewardDeposit {
            address: key.get(1..).and_then(Address::from_slice).unwrap_or_default(),
            znn: fields.amount(0),
            qsr: fields.amount(1),
        }
    }

    fn key(&self) -> Vec<u8> {
        [&[DEPOSIT], &self.address.0[..]].concat()
    }
}

/// What an address was given for one epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RewardHistory {
    /// The epoch.
    pub epoch: u64,
    /// Who was given.
    pub address: Address,
    /// ZNN.
    pub znn: Amount,
    /// QSR.
    pub qsr: Amount,
}

impl Record for RewardHistory {
    const KINDS: &'static [Kind] = RewardDeposit::KINDS;

    fn to_values(&self) -> Vec<Value> {
        vec![Value::Uint(self.znn), Value::Uint(self.qsr)]
    }

    fn from_stored(key: &[u8], fields: &Args) -> RewardHistory {
        let epoch = key.get(21..).and_then(|bytes| bytes.try_into().ok());
        RewardHistory {
            epoch: epoch.map(u64::from_le_bytes).unwrap_or_default(),
            address: key.get(1..21).and_then(Address::from_slice).unwrap_or_default(),
            znn: fields.amount(0),
            qsr: fields.amount(1),
        }
    }

    fn key(&self) -> Vec<u8> {
        [&[HISTORY], &self.address.0[..], &self.epoch.to_le_bytes()].concat()
    }
}

/// What `address` can collect; zeros if nothing.
pub fn deposit(storage: &impl Storage, address: &Address) -> Result<RewardDeposit, Fault> {
    let none = RewardDeposit { address: *address, znn: Amount::ZERO, qsr: Amount::ZERO };
    Ok(load_record(storage, &none.key())?.unwrap_or(none))
}

/// What `address` was given for `epoch`; zeros if nothing.
pub fn history(
    storage: &impl Storage,
    epoch: u64,
    address: &Address,
) -> Result<RewardHistory, Fault> {
    let none = RewardHistory { epoch, address: *address, znn: Amount::ZERO, qsr: Amount::ZERO };
    Ok(load_record(storage, &none.key())?.unwrap_or(none))
}

/// Height of a contract's last effective `Update`.
pub fn last_update(storage: &impl Storage) -> Result<u64, Fault> {
    Ok(load_record::<LastUpdate>(storage, &LAST_UPDATE)?.map_or(0, |last| last.0))
}

/// Last epoch that a contract has given rewards for; -1 if none.
pub fn last_epoch(storage: &impl Storage) -> Result<i64, Fault> {
    Ok(load_record::<LastEpoch>(storage, &LAST_EPOCH)?.map_or(-1, |last| last.0))
}

/// Whether an `Update` of `contract` would be effective now, so that a producer should call it.
pub fn update_due(view: &View<'_>, contract: &Address) -> Result<bool, Fault> {
    let last = last_update(&view.account(contract))?;
    Ok(last + view.rules().update_min_num_momentums <= view.frontier()?.height)
}

struct LastUpdate(u64);

impl Record for LastUpdate {
    const KINDS: &'static [Kind] = &[Kind::Uint(64)];

    fn to_values(&self) -> Vec<Value> {
        vec![Value::Uint(Amount::from(self.0))]
    }

    fn from_stored(_key: &[u8], fields: &Args) -> LastUpdate {
        LastUpdate(fields.uint(0))
    }

    fn key(&self) -> Vec<u8> {
        LAST_UPDATE.to_vec()
    }
}

struct LastEpoch(i64);

impl Record for LastEpoch {
    const KINDS: &'static [Kind] = &[Kind::Int(64)];

    fn to_values(&self) -> Vec<Value> {
        vec![Value::Int(self.0)]
    }

    fn from_stored(_key: &[u8], fields: &Args) -> LastEpoch {
        LastEpoch(fields.int(0))
    }

    fn key(&self) -> Vec<u8> {
        LAST_EPOCH.to_vec()
    }
}

/// Lets an `Update` through if the last one is long enough ago.
pub(super) fn gate_update(context: &mut Context<'_>) -> Result<(), Refusal> {
    let height = context.height()?;
    if last_update(context)? + context.rules().update_min_num_momentums > height {
        return Err(Refusal::UpdateTooRecent);
    }
    LastUpdate(height).save(context);
    Ok(())
}

/// Moves on to the next epoch if it is over for long enough, and gives its number.
pub(super) fn next_epoch(context: &mut Context<'_>) -> Result<Option<u64>, Refusal> {
    let next = last_epoch(context)? + 1;
    let epoch = u64::try_from(next).map_err(|_| Refusal::Panic)?;
    let (_, end) = slots::epoch_bounds(context.rules(), epoch);
    if context.now()? < end + context.rules().reward_time_limit {
        return Ok(None);
    }
    LastEpoch(next).save(context);
    Ok(Some(epoch))
}

/// Gives a reward. Both records are written even when nothing is added.
pub(super) fn add(
    context: &mut Context<'_>,
    epoch: u64,
    address: &Address,
    znn: Amount,
    qsr: Amount,
) -> Result<(), Refusal> {
    let mut owed = deposit(context, address)?;
    owed.znn = owed.znn.wrapping_add(znn);
    owed.qsr = owed.qsr.wrapping_add(qsr);
    owed.save(context);
    let mut given = history(context, epoch, address)?;
    given.znn = given.znn.wrapping_add(znn);
    given.qsr = given.qsr.wrapping_add(qsr);
    given.save(context);
    Ok(())
}

/// `total * part / whole`, rounded down.
pub(super) fn share(total: Amount, part: Amount, whole: Amount) -> Result<Amount, Refusal> {
    use crate::types::{narrow, wide};
    let quotient = (wide(total) * wide(part)).checked_div(wide(whole)).ok_or(Refusal::Panic)?;
    narrow(quotient).ok_or(Refusal::Panic)
}

/// The seconds of `[start, end)` in which something that began at `from` and ended at `revoked`
/// (0 if it has not) was there.
pub(super) fn seconds_within((start, end): (i64, i64), from: i64, revoked: i64) -> Option<i64> {
    let start = start.max(from);
    let end = if revoked == 0 { end } else { end.min(revoked) };
    (start < end).then(|| end - start)
}

fn collect(context: &mut Context<'_>, call: &Call<'_>) -> Result<Vec<Send>, Refusal> {
    let to = call.send.address;
    let owed = deposit(context, &to)?;
    if owed.znn.is_zero() && owed.qsr.is_zero() {
        return Err(Refusal::NothingToWithdraw);
    }
    let sends = [(TokenStandard::ZNN, owed.znn), (TokenStandard::QSR, owed.qsr)]
        .into_iter()
        .filter(|(_, amount)| !amount.is_zero())
        // Both sends name ZNN as the token they carry, with amount 0.
        .map(|(token, amount)| Send::mint(token, amount, to, TokenStandard::ZNN))
        .collect();
    owed.delete(context);
    Ok(sends)
}

/// Runs `give` for each epoch that is due.
pub(super) fn each_due_epoch(
    context: &mut Context<'_>,
    mut give: impl FnMut(&mut Context<'_>, &Rules, u64) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    let rules = context.rules();
    while let Some(epoch) = next_epoch(context)? {
        give(context, rules, epoch)?;
    }
    Ok(())
}
