//! The stake contract: ZNN locked for months earn QSR.
//!
//! Sources: go-zenon `vm/embedded/{definition,implementation}/stake.go`.

use super::{
    Args, Call, Context, Contract, Method, Record, SIMPLE, Send, Storage, WITHDRAW, load_record,
    no_amount, rewards,
};
use crate::abi::{Kind, Value, param};
use crate::consensus::slots;
use crate::refusal::{Fault, Refusal};
use crate::rules::{Era, Rules};
use crate::types::{Address, Amount, Hash, TokenStandard, contract};

const STAKE: u8 = 1;

/// The contract.
pub static CONTRACT: Contract = Contract {
    name: "stake",
    address: contract::STAKE,
    since: Era::Origin,
    methods: &[
        Method::new("Stake", &[param("durationInSec", Kind::Int(64))], SIMPLE, check_stake, stake),
        Method::new("Cancel", &[param("id", Kind::Hash)], WITHDRAW, no_amount, cancel),
        Method::new("Update", &[], SIMPLE, no_amount, update),
        rewards::COLLECT_ORIGIN,
        rewards::collect_for(SIMPLE).since(Era::Accelerator),
    ],
};

/// A stake as the contract stores it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stake {
    /// Locked ZNN; 0 once taken back.
    pub amount: Amount,
    /// Amount with the bonus for a longer time.
    pub weighted_amount: Amount,
    /// When it began, in unix seconds.
    pub start_time: i64,
    /// When it was taken back; 0 if it was not.
    pub revoke_time: i64,
    /// When it can be taken back.
    pub expiration_time: i64,
    /// Whose it is.
    pub owner: Address,
    /// Hash of the send block.
    pub id: Hash,
}

impl Record for Stake {
    const KINDS: &'static [Kind] =
        &[Kind::Uint(256), Kind::Uint(256), Kind::Int(64), Kind::Int(64), Kind::Int(64)];

    fn to_values(&self) -> Vec<Value> {
        vec![
            Value::Uint(self.amount),
            Value::Uint(self.weighted_amount),
            Value::Int(self.start_time),
            Value::Int(self.revoke_time),
            Value::Int(self.expiration_time),
        ]
    }

    fn from_stored(key: &[u8], fields: &Args) -> Stake {
        Stake {
            amount: fields.amount(0),
            weighted_amount: fields.amount(1),
            start_time: fields.int(2),
            revoke_time: fields.int(3),
            expiration_time: fields.int(4),
            owner: key.get(1..21).and_then(Address::from_slice).unwrap_or_default(),
            id: key.get(21..).and_then(Hash::from_slice).unwrap_or_default(),
        }
    }

    fn key(&self) -> Vec<u8> {
        key(&self.owner, &self.id)
    }
}

fn key(owner: &Address, id: &Hash) -> Vec<u8> {
    [&[STAKE], &owner.0[..], &id.0].concat()
}

/// The stakes of an owner, in order of their ids, those taken back included.
pub fn of_owner(storage: &impl Storage, owner: &Address) -> Result<Vec<Stake>, Fault> {
    Stake::list(storage, &[&[STAKE], &owner.0[..]].concat())
}

/// Whether `duration` is a whole number of staking units within bounds.
pub(super) fn check_duration(rules: &Rules, duration: i64) -> Result<(), Refusal> {
    let fits = (rules.stake_time_min_sec..=rules.stake_time_max_sec).contains(&duration)
        && duration.checked_rem(rules.stake_time_unit_sec) == Some(0);
    if fits { Ok(()) } else { Err(Refusal::InvalidStakingPeriod) }
}

fn check_stake(call: &Call<'_>) -> Result<(), Refusal> {
    if call.send.amount < call.rules.stake_min_amount
        || call.send.token_standard != TokenStandard::ZNN
    {
        return Err(Refusal::InvalidTokenOrAmount);
    }
    check_duration(call.rules, call.args.int(0))
}

fn stake(context: &mut Context<'_>, call: &Call<'_>) -> Result<Vec<Send>, Refusal> {
    let duration = call.args.int(0);
    // `check_duration` has made sure that this is from 1 to some dozens.
    let units =
        u64::try_from(9 + duration / call.rules.stake_time_unit_sec).map_err(|_| Refusal::Panic)?;
    let now = context.now()?;
    Stake {
        amount: call.send.amount,
        weighted_amount: rewards::share(
            call.send.amount,
            Amount::from(units),
            Amount::from(10u64),
        )?,
        start_time: now,
        revoke_time: 0,
        expiration_time: now + duration,
        owner: call.send.address,
        id: call.send.hash,
    }
    .save(context);
    Ok(Vec::new())
}

fn cancel(context: &mut Context<'_>, call: &Call<'_>) -> Result<Vec<Send>, Refusal> {
    let key = key(&call.send.address, &call.args.hash(0));
    let mut stake: Stake = load_record(context, &key)?.ok_or(Refusal::DataNonExistent)?;
    let now = context.now()?;
    if stake.expiration_time > now {
        return Err(Refusal::RevokeNotDue);
    }
    let amount = core::mem::take(&mut stake.amount);
    stake.revoke_time = now;
    stake.save(context);
    Ok(vec![Send::tokens(stake.owner, amount, TokenStandard::ZNN)])
}

fn update(context: &mut Context<'_>, _call: &Call<'_>) -> Result<Vec<Send>, Refusal> {
    rewards::gate_update(context)?;
    rewards::each_due_epoch(context, give)?;
    Ok(Vec::new())
}

/// QSR by weighted amount and time. Stakes taken back before the end of the epoch leave the list.
fn give(context: &mut Context<'_>, rules: &Rules, epoch: u64) -> Result<(), Refusal> {
    let bounds = slots::epoch_bounds(rules, epoch);
    let stakes: Vec<(Stake, Amount)> = Stake::list(context, &[STAKE])?
        .into_iter()
        .map(|stake| {
            let seconds =
                rewards::seconds_within(bounds, stake.start_time, stake.revoke_time).unwrap_or(0);
            let seconds = Amount::from(u64::try_from(seconds).unwrap_or(0));
            let weight = stake.weighted_amount.wrapping_mul(seconds);
            (stake, weight)
        })
        .collect();
    let sum = stakes.iter().fold(Amount::ZERO, |sum, (_, weight)| sum.wrapping_add(*weight));
    if sum.is_zero() {
        return Ok(());
    }
    let total = rules.stake_reward(epoch);
    for (stake, weight) in stakes {
        let qsr = rewards::share(total, weight, sum)?;
        rewards::add(context, epoch, &stake.owner, Amount::ZERO, qsr)?;
        if stake.revoke_time != 0 && stake.revoke_time < bounds.1 {
            stake.delete(context);
        }
    }
    Ok(())
}
