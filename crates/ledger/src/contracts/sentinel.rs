//! The sentinel contract: registration with locked ZNN and QSR, rewards for being there.
//!
//! Sources: go-zenon `vm/embedded/{definition,implementation}/sentinel.go`.

use super::{
    Args, Call, Context, Contract, DOUBLE_WITHDRAW, Method, Record, SIMPLE, Send, Storage, deposit,
    load_record, no_amount, rewards,
};
use crate::abi::{Kind, Value};
use crate::consensus::slots;
use crate::refusal::{Fault, Refusal};
use crate::rules::{Era, Rules};
use crate::types::{Address, Amount, TokenStandard, contract};

const SENTINEL: u8 = 1;

/// The contract.
pub static CONTRACT: Contract = Contract {
    name: "sentinel",
    address: contract::SENTINEL,
    since: Era::Origin,
    methods: &[
        Method::new("Register", &[], SIMPLE, check_register, register),
        Method::new("Revoke", &[], DOUBLE_WITHDRAW, no_amount, revoke),
        Method::new("Update", &[], SIMPLE, no_amount, update),
        deposit::DEPOSIT_QSR,
        deposit::WITHDRAW_QSR,
        rewards::COLLECT_ORIGIN,
        rewards::collect_for(SIMPLE).since(Era::Accelerator),
    ],
};

/// A sentinel as the contract stores it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentinel {
    /// Whose it is.
    pub owner: Address,
    /// When it was registered, in unix seconds.
    pub registration_time: i64,
    /// When it was revoked; 0 if it was not.
    pub revoke_time: i64,
    /// Locked ZNN.
    pub znn: Amount,
    /// Locked QSR.
    pub qsr: Amount,
}

impl Record for Sentinel {
    const KINDS: &'static [Kind] =
        &[Kind::Address, Kind::Int(64), Kind::Int(64), Kind::Uint(256), Kind::Uint(256)];

    fn to_values(&self) -> Vec<Value> {
        vec![
            Value::Address(self.owner),
            Value::Int(self.registration_time),
            Value::Int(self.revoke_time),
            Value::Uint(self.znn),
            Value::Uint(self.qsr),
        ]
    }

    fn from_stored(_key: &[u8], fields: &Args) -> Sentinel {
        Sentinel {
            owner: fields.address(0),
            registration_time: fields.int(1),
            revoke_time: fields.int(2),
            znn: fields.amount(3),
            qsr: fields.amount(4),
        }
    }

    fn key(&self) -> Vec<u8> {
        key(&self.owner)
    }
}

fn key(owner: &Address) -> Vec<u8> {
    [&[SENTINEL], &owner.0[..]].concat()
}

/// The sentinel of an owner, revoked or not.
pub fn by_owner(storage: &impl Storage, owner: &Address) -> Result<Option<Sentinel>, Fault> {
    load_record(storage, &key(owner))
}

/// All sentinels, in order of their owners.
pub fn all(storage: &impl Storage) -> Result<Vec<Sentinel>, Fault> {
    Sentinel::list(storage, &[SENTINEL])
}

/// Whether a sentinel can be revoked at `now`, and the seconds until that changes.
pub fn revoke_window(rules: &Rules, registration_time: i64, now: i64) -> (bool, i64) {
    let (lock, open) = (rules.sentinel_lock_time_window, rules.sentinel_revoke_time_window);
    cycle(now - registration_time, lock, open)
}

/// Where `elapsed` falls in cycles of `lock` seconds shut and `open` seconds open.
pub(super) fn cycle(elapsed: i64, lock: i64, open: i64) -> (bool, i64) {
    let within = elapsed.checked_rem(lock + open).unwrap_or(0);
    if within < lock { (false, lock - within) } else { (true, lock + open - within) }
}

fn check_register(call: &Call<'_>) -> Result<(), Refusal> {
    let fits = call.send.token_standard == TokenStandard::ZNN
        && call.send.amount == call.rules.sentinel_znn_register_amount;
    if fits { Ok(()) } else { Err(Refusal::InvalidTokenOrAmount) }
}

fn register(context: &mut Context<'_>, call: &Call<'_>) -> Result<Vec<Send>, Refusal> {
    let (owner, rules) = (call.send.address, call.rules);
    if by_owner(context, &owner)?.is_some() {
        return Err(Refusal::AlreadyRegistered);
    }
    deposit::consume(context, owner, rules.sentinel_qsr_deposit_amount)?;
    Sentinel {
        owner,
        registration_time: context.now()?,
        revoke_time: 0,
        znn: rules.sentinel_znn_register_amount,
        qsr: rules.sentinel_qsr_deposit_amount,
    }
    .save(context);
    Ok(Vec::new())
}

fn revoke(context: &mut Context<'_>, call: &Call<'_>) -> Result<Vec<Send>, Refusal> {
    let mut sentinel = by_owner(context, &call.send.address)?.ok_or(Refusal::DataNonExistent)?;
    if sentinel.revoke_time != 0 {
        return Err(Refusal::AlreadyRevoked);
    }
    let now = context.now()?;
    if !revoke_window(call.rules, sentinel.registration_time, now).0 {
        return Err(Refusal::RevokeNotDue);
    }
    let sends = vec![
        Send::tokens(sentinel.owner, sentinel.znn, TokenStandard::ZNN),
        Send::tokens(sentinel.owner, sentinel.qsr, TokenStandard::QSR),
    ];
    sentinel.revoke_time = now;
    sentinel.znn = Amount::ZERO;
    sentinel.qsr = Amount::ZERO;
    sentinel.save(context);
    Ok(sends)
}

fn update(context: &mut Context<'_>, _call: &Call<'_>) -> Result<Vec<Send>, Refusal> {
    rewards::gate_update(context)?;
    rewards::each_due_epoch(context, give)?;
    Ok(Vec::new())
}

/// One share for each sentinel that was there for more than 90 % of the epoch.
fn give(context: &mut Context<'_>, rules: &Rules, epoch: u64) -> Result<(), Refusal> {
    let (start, end) = slots::epoch_bounds(rules, epoch);
    let present: Vec<Sentinel> = all(context)?
        .into_iter()
        .filter(|sentinel| {
            rewards::seconds_within((start, end), sentinel.registration_time, sentinel.revoke_time)
                .is_some_and(|seconds| (end - start) * 90 < seconds * 100)
        })
        .collect();
    let count = Amount::from(present.len());
    let (znn, qsr) = rules.sentinel_reward(epoch);
    for sentinel in present {
        rewards::add(context, epoch, &sentinel.owner, znn / count, qsr / count)?;
    }
    Ok(())
}
