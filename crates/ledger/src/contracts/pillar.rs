//! The pillar contract: who may produce, who backs whom.
//!
//! Rewards stand in [`rewards`]. Sources: go-zenon `vm/embedded/{definition,implementation}/pillars.go`.

mod epoch;

use super::{
    Args, Call, Context, Contract, Method, Record, SIMPLE, Send, Storage, WITHDRAW, deposit,
    load_record, no_amount, rewards, sentinel, swap,
};
use crate::abi::{Kind, Param, Value, param};
use crate::refusal::{Fault, Refusal};
use crate::rules::{Era, Rules};
use crate::types::{Address, Amount, Hash, TokenStandard, contract, sha3_256};
use regex::bytes::Regex;
use std::sync::LazyLock;

pub use epoch::{EpochHistory, epoch_history};

const PILLAR: u8 = 1;
const PRODUCING: u8 = 2;
const LEGACY: u8 = 3;
const DELEGATION: u8 = 4;

/// A pillar registered with a legacy key.
pub const LEGACY_TYPE: u8 = 1;
/// Any other pillar.
pub const NORMAL_TYPE: u8 = 2;

const REGISTER: &[Param] = &[
    param("name", Kind::Text),
    param("producerAddress", Kind::Address),
    param("rewardAddress", Kind::Address),
    param("giveBlockRewardPercentage", Kind::Uint(8)),
    param("giveDelegateRewardPercentage", Kind::Uint(8)),
];

const REGISTER_LEGACY: &[Param] = &[
    REGISTER[0],
    REGISTER[1],
    REGISTER[2],
    REGISTER[3],
    REGISTER[4],
    param("publicKey", Kind::Text),
    param("signature", Kind::Text),
];

const NAME_ONLY: &[Param] = &[param("name", Kind::Text)];

/// The contract.
pub static CONTRACT: Contract = Contract {
    name: "pillar",
    address: contract::PILLAR,
    since: Era::Origin,
    methods: &[
        // A registration also burns QSR.
        Method::new("Register", REGISTER, 2 * SIMPLE, check_register, register),
        Method::new(
            "RegisterLegacy",
            REGISTER_LEGACY,
            2 * SIMPLE,
            check_register_legacy,
            register_legacy,
        ),
        Method::new("Revoke", NAME_ONLY, WITHDRAW, check_name_alone, revoke),
        Method::new("UpdatePillar", REGISTER, SIMPLE, check_update_pillar, update_pillar),
        Method::new("Delegate", NAME_ONLY, SIMPLE, check_name_alone, delegate),
        Method::new("Undelegate", &[], SIMPLE, no_amount, undelegate),
        Method::new("Update", &[], SIMPLE, no_amount, update),
        deposit::DEPOSIT_QSR,
        deposit::WITHDRAW_QSR,
        rewards::COLLECT_ORIGIN,
        rewards::collect_for(SIMPLE).since(Era::Accelerator),
    ],
};

/// A pillar as the contract stores it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pillar {
    /// Name, unique for ever.
    pub name: Vec<u8>,
    /// Signs momentums.
    pub producing_address: Address,
    /// Gets the rewards.
    pub reward_address: Address,
    /// Owns the pillar.
    pub stake_address: Address,
    /// Locked ZNN.
    pub amount: Amount,
    /// When it was registered, in unix seconds.
    pub registration_time: i64,
    /// When it was revoked; 0 if it was not.
    pub revoke_time: i64,
    /// Percent of the production rewards that backers get.
    pub give_block_percent: u8,
    /// Percent of the delegation rewards that backers get.
    pub give_delegate_percent: u8,
    /// [`LEGACY_TYPE`] or [`NORMAL_TYPE`].
    pub pillar_type: u8,
}

impl Pillar {
    /// Whether it was not revoked.
    pub fn is_active(&self) -> bool {
        self.revoke_time == 0
    }
}

impl Record for Pillar {
    const KINDS: &'static [Kind] = &[
        Kind::Text,
        Kind::Address,
        Kind::Address,
        Kind::Address,
        Kind::Uint(256),
        Kind::Int(64),
        Kind::Int(64),
        Kind::Uint(8),
        Kind::Uint(8),
        Kind::Uint(8),
    ];

    fn to_values(&self) -> Vec<Value> {
        vec![
            Value::Text(self.name.clone()),
            Value::Address(self.producing_address),
            Value::Address(self.reward_address),
            Value::Address(self.stake_address),
            Value::Uint(self.amount),
            Value::Int(self.registration_time),
            Value::Int(self.revoke_time),
            Value::Uint(Amount::from(self.give_block_percent)),
            Value::Uint(Amount::from(self.give_delegate_percent)),
            Value::Uint(Amount::from(self.pillar_type)),
        ]
    }

    fn from_stored(_key: &[u8], fields: &Args) -> Pillar {
        Pillar {
            name: fields.text(0),
            producing_address: fields.address(1),
            reward_address: fields.address(2),
            stake_address: fields.address(3),
            amount: fields.amount(4),
            registration_time: fields.int(5),
            revoke_time: fields.int(6),
            give_block_percent: fields.uint8(7),
            give_delegate_percent: fields.uint8(8),
            pillar_type: fields.uint8(9),
        }
    }

    fn key(&self) -> Vec<u8> {
        key(&self.name)
    }
}

fn key(name: &[u8]) -> Vec<u8> {
    [&[PILLAR], &sha3_256(name)[..]].concat()
}

/// Which pillar an address produces for, or has produced for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Producing {
    /// The address.
    pub address: Address,
    /// Name of the pillar.
    pub name: Vec<u8>,
}

impl Record for Producing {
    const KINDS: &'static [Kind] = &[Kind::Text];

    fn to_values(&self) -> Vec<Value> {
        vec![Value::Text(self.name.clone())]
    }

    fn from_stored(key: &[u8], fields: &Args) -> Producing {
        Producing {
            address: key.get(1..).and_then(Address::from_slice).unwrap_or_default(),
            name: fields.text(0),
        }
    }

    fn key(&self) -> Vec<u8> {
        [&[PRODUCING], &self.address.0[..]].concat()
    }
}

/// Whom an address backs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DelegationRecord {
    /// The address.
    pub backer: Address,
    /// Name of the pillar.
    pub name: Vec<u8>,
}

impl Record for DelegationRecord {
    const KINDS: &'static [Kind] = &[Kind::Text];

    fn to_values(&self) -> Vec<Value> {
        vec![Value::Text(self.name.clone())]
    }

    fn from_stored(key: &[u8], fields: &Args) -> DelegationRecord {
        DelegationRecord {
            backer: key.get(1..).and_then(Address::from_slice).unwrap_or_default(),
            name: fields.text(0),
        }
    }

    fn key(&self) -> Vec<u8> {
        delegation_key(&self.backer)
    }
}

fn delegation_key(backer: &Address) -> Vec<u8> {
    [&[DELEGATION], &backer.0[..]].concat()
}

/// How many legacy pillars a legacy key may register.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LegacySlots {
    /// Names the key.
    pub key_id_hash: Hash,
    /// Pillars left.
    pub count: u8,
}

impl Record for LegacySlots {
    const KINDS: &'static [Kind] = &[Kind::Uint(8)];

    fn to_values(&self) -> Vec<Value> {
        vec![Value::Uint(Amount::from(self.count))]
    }

    fn from_stored(key: &[u8], fields: &Args) -> LegacySlots {
        LegacySlots {
            key_id_hash: key.get(1..).and_then(Hash::from_slice).unwrap_or_default(),
            count: fields.uint8(0),
        }
    }

    fn key(&self) -> Vec<u8> {
        [&[LEGACY], &self.key_id_hash.0[..]].concat()
    }
}

/// The pillar called `name`, revoked or not.
pub fn by_name(storage: &impl Storage, name: &[u8]) -> Result<Option<Pillar>, Fault> {
    load_record(storage, &key(name))
}

/// All pillars ever, in order of their names' hashes.
pub fn all(storage: &impl Storage) -> Result<Vec<Pillar>, Fault> {
    Pillar::list(storage, &[PILLAR])
}

/// The pillars that are not revoked, in order of their names' hashes.
pub fn active(storage: &impl Storage) -> Result<Vec<Pillar>, Fault> {
    Ok(all(storage)?.into_iter().filter(Pillar::is_active).collect())
}

/// All delegations, in order of the backers.
pub fn delegations(storage: &impl Storage) -> Result<Vec<DelegationRecord>, Fault> {
    DelegationRecord::list(storage, &[DELEGATION])
}

/// Whom `backer` backs.
pub fn delegation_of(
    storage: &impl Storage,
    backer: &Address,
) -> Result<Option<DelegationRecord>, Fault> {
    load_record(storage, &delegation_key(backer))
}

/// All legacy keys that have pillars left, in order of their hashes.
pub fn legacy_slots(storage: &impl Storage) -> Result<Vec<LegacySlots>, Fault> {
    LegacySlots::list(storage, &[LEGACY])
}

/// QSR that the next pillar costs: a base, and more for each normal pillar that is active.
pub fn next_cost(storage: &impl Storage, rules: &Rules) -> Result<Amount, Fault> {
    let normal = active(storage)?.iter().filter(|pillar| pillar.pillar_type == NORMAL_TYPE).count();
    let more = rules.pillar_qsr_stake_increase_amount.wrapping_mul(Amount::from(normal));
    Ok(rules.pillar_qsr_stake_base_amount.wrapping_add(more))
}

/// Whether a pillar can be revoked at `now`, and the seconds until that changes.
pub fn revoke_window(rules: &Rules, registration_time: i64, now: i64) -> (bool, i64) {
    sentinel::cycle(
        now - registration_time,
        rules.pillar_epoch_lock_time,
        rules.pillar_epoch_revoke_time,
    )
}

static NAME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^([a-zA-Z0-9]+[-._]?)*[a-zA-Z0-9]$").expect("the pattern is well formed")
});

fn check_name(rules: &Rules, name: &[u8]) -> Result<(), Refusal> {
    let fits = (1..=rules.pillar_name_length_max).contains(&name.len()) && NAME.is_match(name);
    if fits { Ok(()) } else { Err(Refusal::InvalidName) }
}

fn check_name_alone(call: &Call<'_>) -> Result<(), Refusal> {
    check_name(call.rules, &call.args.text(0))?;
    call.no_amount()
}

fn check_terms(call: &Call<'_>) -> Result<(), Refusal> {
    check_name(call.rules, &call.args.text(0))?;
    match call.args.uint8(3) <= 100 && call.args.uint8(4) <= 100 {
        true => Ok(()),
        false => Err(Refusal::ForbiddenParam),
    }
}

fn check_stake(call: &Call<'_>) -> Result<(), Refusal> {
    let fits = call.send.token_standard == TokenStandard::ZNN
        && call.send.amount == call.rules.pillar_stake_amount;
    if fits { Ok(()) } else { Err(Refusal::InvalidTokenOrAmount) }
}

fn check_register(call: &Call<'_>) -> Result<(), Refusal> {
    check_terms(call)?;
    check_stake(call)
}

fn check_register_legacy(call: &Call<'_>) -> Result<(), Refusal> {
    check_terms(call)?;
    legacy_key(call)?;
    check_stake(call)
}

fn legacy_key(call: &Call<'_>) -> Result<Hash, Refusal> {
    let (key, signature) = (call.args.text(5), call.args.text(6));
    swap::check_signature(swap::Purpose::LegacyPillar, &call.send.address, &key, &signature)
}

fn check_update_pillar(call: &Call<'_>) -> Result<(), Refusal> {
    check_terms(call)?;
    call.no_amount()
}

fn register(context: &mut Context<'_>, call: &Call<'_>) -> Result<Vec<Send>, Refusal> {
    let cost = next_cost(context, call.rules)?;
    enter(context, call, NORMAL_TYPE, cost)
}

fn register_legacy(context: &mut Context<'_>, call: &Call<'_>) -> Result<Vec<Send>, Refusal> {
    let slots_key = [&[LEGACY], &legacy_key(call)?.0[..]].concat();
    let mut slots: LegacySlots =
        load_record(context, &slots_key)?.ok_or(Refusal::NotEnoughSlots)?;
    slots.count = slots.count.wrapping_sub(1);
    if slots.count == 0 {
        slots.delete(context);
    } else {
        slots.save(context);
    }
    enter(context, call, LEGACY_TYPE, call.rules.pillar_qsr_stake_base_amount)
}

/// Writes a new pillar and burns what it costs.
fn enter(
    context: &mut Context<'_>,
    call: &Call<'_>,
    pillar_type: u8,
    cost: Amount,
) -> Result<Vec<Send>, Refusal> {
    let (name, producing_address) = (call.args.text(0), call.args.address(1));
    if by_name(context, &name)?.is_some() {
        return Err(Refusal::NotUnique);
    }
    check_producing(context, &producing_address, &name)?;
    Pillar {
        name: name.clone(),
        producing_address,
        reward_address: call.args.address(2),
        stake_address: call.send.address,
        amount: call.rules.pillar_stake_amount,
        registration_time: context.now()?,
        revoke_time: 0,
        give_block_percent: call.args.uint8(3),
        give_delegate_percent: call.args.uint8(4),
        pillar_type,
    }
    .save(context);
    Producing { address: producing_address, name }.save(context);
    deposit::consume(context, call.send.address, cost)?;
    Ok(vec![Send::burn(TokenStandard::QSR, cost)])
}

/// An address produces for one pillar, for ever.
fn check_producing(context: &Context<'_>, producing: &Address, name: &[u8]) -> Result<(), Refusal> {
    let key = [&[PRODUCING], &producing.0[..]].concat();
    match load_record::<Producing>(context, &key)? {
        Some(taken) if taken.name != name => Err(Refusal::NotUnique),
        _ => Ok(()),
    }
}

fn revoke(context: &mut Context<'_>, call: &Call<'_>) -> Result<Vec<Send>, Refusal> {
    let mut pillar = by_name(context, &call.args.text(0))?.ok_or(Refusal::DataNonExistent)?;
    if !pillar.is_active() {
        return Err(Refusal::NotActive);
    }
    if pillar.stake_address != call.send.address {
        return Err(Refusal::PermissionDenied);
    }
    let now = context.now()?;
    if !revoke_window(call.rules, pillar.registration_time, now).0 {
        return Err(Refusal::RevokeNotDue);
    }
    pillar.revoke_time = now;
    pillar.amount = Amount::ZERO;
    pillar.save(context);
    Ok(vec![Send::tokens(pillar.stake_address, call.rules.pillar_stake_amount, TokenStandard::ZNN)])
}

fn update_pillar(context: &mut Context<'_>, call: &Call<'_>) -> Result<Vec<Send>, Refusal> {
    let (name, producing) = (call.args.text(0), call.args.address(1));
    let mut pillar = by_name(context, &name)?.ok_or(Refusal::DataNonExistent)?;
    if pillar.stake_address != call.send.address {
        return Err(Refusal::PermissionDenied);
    }
    if !pillar.is_active() {
        return Err(Refusal::NotActive);
    }
    if producing != pillar.producing_address {
        check_producing(context, &producing, &name)?;
        pillar.producing_address = producing;
        Producing { address: producing, name }.save(context);
    }
    pillar.reward_address = call.args.address(2);
    pillar.give_block_percent = call.args.uint8(3);
    pillar.give_delegate_percent = call.args.uint8(4);
    pillar.save(context);
    Ok(Vec::new())
}

fn delegate(context: &mut Context<'_>, call: &Call<'_>) -> Result<Vec<Send>, Refusal> {
    let name = call.args.text(0);
    let pillar = by_name(context, &name)?.ok_or(Refusal::DataNonExistent)?;
    if !pillar.is_active() {
        return Err(Refusal::NotActive);
    }
    DelegationRecord { backer: call.send.address, name }.save(context);
    Ok(Vec::new())
}

fn undelegate(context: &mut Context<'_>, call: &Call<'_>) -> Result<Vec<Send>, Refusal> {
    let delegation = delegation_of(context, &call.send.address)?.ok_or(Refusal::DataNonExistent)?;
    delegation.delete(context);
    Ok(Vec::new())
}

fn update(context: &mut Context<'_>, _call: &Call<'_>) -> Result<Vec<Send>, Refusal> {
    rewards::gate_update(context)?;
    rewards::each_due_epoch(context, epoch::give)?;
    Ok(Vec::new())
}
