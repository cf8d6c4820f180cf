//! The liquidity contract: funds for trading liquidity, and rewards for those who lock its tokens.
//!
//! Rewards stand in [`epoch`]. Sources: go-zenon
//! `vm/embedded/{definition,implementation}/liquidity.go`.

mod epoch;

use super::guardians::{self, Administered};
use super::{
    Args, Call, Context, Contract, DOUBLE_WITHDRAW, Method, Record, SIMPLE, Send, Storage,
    WITHDRAW, donate, load_record, no_amount, rewards, spork, stake,
};
use crate::abi::{self, Kind, Value, param};
use crate::block::AccountBlock;
use crate::refusal::{Fault, Refusal};
use crate::rules::{Era, Rules};
use crate::types::{Address, Amount, Hash, TokenStandard, contract, sha3_256_of};
use std::collections::BTreeSet;

const INFO: [u8; 1] = [1];
const STAKE: u8 = 2;

const SET_TOKEN_TUPLE: &str = "SetTokenTuple";
const SET_ADDITIONAL_REWARD: &str = "SetAdditionalReward";

/// The methods whose changes wait, in the order in which they are listed.
pub const CHALLENGED: [&str; 4] =
    ["NominateGuardians", SET_TOKEN_TUPLE, "ChangeAdministrator", SET_ADDITIONAL_REWARD];

/// The contract.
pub static CONTRACT: Contract = Contract {
    name: "liquidity",
    address: contract::LIQUIDITY,
    since: Era::Origin,
    methods: &[
        Method::new("Update", &[], SIMPLE, no_amount, epoch::update_origin),
        donate::DONATE,
        Method::new(
            "Fund",
            &[param("znnReward", Kind::Uint(256)), param("qsrReward", Kind::Uint(256))],
            SIMPLE,
            anything,
            fund,
        )
        .guarded(check_sender)
        .since(Era::Accelerator),
        Method::new("BurnZnn", &[param("burnAmount", Kind::Uint(256))], SIMPLE, anything, burn_znn)
            .guarded(check_sender)
            .since(Era::Accelerator),
        Method::new(
            SET_TOKEN_TUPLE,
            &[
                param("tokenStandards", Kind::List(&Kind::Text)),
                param("znnPercentages", Kind::List(&Kind::Uint(32))),
                param("qsrPercentages", Kind::List(&Kind::Uint(32))),
                param("minAmounts", Kind::List(&Kind::Uint(256))),
            ],
            SIMPLE,
            check_tuples,
            set_tuples,
        )
        .since(Era::Bridge),
        Method::new(
            "LiquidityStake",
            &[param("durationInSec", Kind::Int(64))],
            SIMPLE,
            |call| stake::check_duration(call.rules, call.args.int(0)),
            lock,
        )
        .since(Era::Bridge),
        Method::new(
            "CancelLiquidityStake",
            &[param("id", Kind::Hash)],
            WITHDRAW,
            no_amount,
            cancel,
        )
        .since(Era::Bridge),
        Method::new("UnlockLiquidityStakeEntries", &[], SIMPLE, no_amount, unlock)
            .since(Era::Bridge),
        Method::new("Update", &[], SIMPLE, no_amount, epoch::update).since(Era::Bridge),
        rewards::collect_for(DOUBLE_WITHDRAW).since(Era::Bridge),
        Method::new("SetIsHalted", &[param("isHalted", Kind::Bool)], SIMPLE, no_amount, set_halted)
            .since(Era::Bridge),
        Method::new(
            SET_ADDITIONAL_REWARD,
            &[param("znnReward", Kind::Uint(256)), param("qsrReward", Kind::Uint(256))],
            SIMPLE,
            no_amount,
            set_additional_reward,
        )
        .since(Era::Bridge),
        guardians::change_administrator::<Info>().since(Era::Bridge),
        guardians::propose_administrator::<Info>().since(Era::Bridge),
        guardians::nominate_guardians::<Info>().since(Era::Bridge),
        guardians::emergency::<Info>().since(Era::Bridge),
    ],
};

/// Settings of the contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Info {
    /// Who changes them; zero in an emergency.
    pub administrator: Address,
    /// Whether locked tokens earn nothing.
    pub is_halted: bool,
    /// ZNN that the contract adds to each epoch's rewards.
    pub znn_reward: Amount,
    /// QSR that the contract adds to each epoch's rewards.
    pub qsr_reward: Amount,
    /// Tokens that can be locked.
    pub token_tuples: Vec<TokenTuple>,
}

impl Record for Info {
    const KINDS: &'static [Kind] =
        &[Kind::Address, Kind::Bool, Kind::Uint(256), Kind::Uint(256), Kind::List(&Kind::Bytes)];

    fn to_values(&self) -> Vec<Value> {
        let tuples = self.token_tuples.iter().map(|tuple| Value::Bytes(tuple.to_bytes()));
        vec![
            Value::Address(self.administrator),
            Value::Bool(self.is_halted),
            Value::Uint(self.znn_reward),
            Value::Uint(self.qsr_reward),
            Value::List(tuples.collect()),
        ]
    }

    fn from_stored(_key: &[u8], fields: &Args) -> Info {
        let tuples = fields.byte_strings(4);
        Info {
            administrator: fields.address(0),
            is_halted: fields.bool(1),
            znn_reward: fields.amount(2),
            qsr_reward: fields.amount(3),
            // The contract has written them itself, so each one decodes.
            token_tuples: tuples.iter().filter_map(|bytes| TokenTuple::read(bytes)).collect(),
        }
    }

    fn key(&self) -> Vec<u8> {
        INFO.to_vec()
    }
}

impl Administered for Info {
    const GUARDIANS_BEFORE_CALLER: bool = true;

    fn read(context: &Context<'_>) -> Result<Info, Refusal> {
        Ok(info(context, context.rules())?)
    }

    fn write(&self, context: &mut Context<'_>) {
        self.save(context);
    }

    fn administrator(&mut self) -> &mut Address {
        &mut self.administrator
    }

    fn stop(&mut self) {
        self.is_halted = true;
    }
}

/// The settings; the network's until they are set.
pub fn info(storage: &impl Storage, rules: &Rules) -> Result<Info, Fault> {
    Ok(load_record(storage, &INFO)?.unwrap_or_else(|| Info {
        administrator: rules.initial_bridge_administrator,
        is_halted: false,
        znn_reward: Amount::ZERO,
        qsr_reward: Amount::ZERO,
        token_tuples: Vec::new(),
    }))
}

/// A token that can be locked, and its share of the rewards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenTuple {
    /// Text of the token's id as it was given; only the usual form ever equals a token.
    pub token_standard: Vec<u8>,
    /// Share of the ZNN, in hundredths of a percent.
    pub znn_percentage: u32,
    /// Share of the QSR, in hundredths of a percent.
    pub qsr_percentage: u32,
    /// Least amount in one entry.
    pub min_amount: Amount,
}

impl TokenTuple {
    const KINDS: &'static [Kind] = &[Kind::Text, Kind::Uint(32), Kind::Uint(32), Kind::Uint(256)];

    fn to_bytes(&self) -> Vec<u8> {
        abi::encode_tuple(&[
            Value::Text(self.token_standard.clone()),
            Value::Uint(Amount::from(self.znn_percentage)),
            Value::Uint(Amount::from(self.qsr_percentage)),
            Value::Uint(self.min_amount),
        ])
    }

    fn read(bytes: &[u8]) -> Option<TokenTuple> {
        let fields = Args(abi::decode_tuple(TokenTuple::KINDS, bytes).ok()?);
        Some(TokenTuple {
            token_standard: fields.text(0),
            znn_percentage: fields.uint32(1),
            qsr_percentage: fields.uint32(2),
            min_amount: fields.amount(3),
        })
    }
}

/// Locked tokens as the contract stores them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiquidityStake {
    /// Locked amount; 0 once taken back.
    pub amount: Amount,
    /// The token.
    pub token_standard: TokenStandard,
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

impl Record for LiquidityStake {
    const KINDS: &'static [Kind] = &[
        Kind::Uint(256),
        Kind::TokenStandard,
        Kind::Uint(256),
        Kind::Int(64),
        Kind::Int(64),
        Kind::Int(64),
    ];

    fn to_values(&self) -> Vec<Value> {
        vec![
            Value::Uint(self.amount),
            Value::TokenStandard(self.token_standard),
            Value::Uint(self.weighted_amount),
            Value::Int(self.start_time),
            Value::Int(self.revoke_time),
            Value::Int(self.expiration_time),
        ]
    }

    fn from_stored(key: &[u8], fields: &Args) -> LiquidityStake {
        LiquidityStake {
            amount: fields.amount(0),
            token_standard: fields.token(1),
            weighted_amount: fields.amount(2),
            start_time: fields.int(3),
            revoke_time: fields.int(4),
            expiration_time: fields.int(5),
            owner: key.get(1..21).and_then(Address::from_slice).unwrap_or_default(),
            id: key.get(21..).and_then(Hash::from_slice).unwrap_or_default(),
        }
    }

    fn key(&self) -> Vec<u8> {
        stake_key(&self.owner, &self.id)
    }
}

fn stake_key(owner: &Address, id: &Hash) -> Vec<u8> {
    [&[STAKE], &owner.0[..], &id.0].concat()
}

/// All locked tokens, in order of owners and ids, those taken back included.
pub fn stakes(storage: &impl Storage) -> Result<Vec<LiquidityStake>, Fault> {
    LiquidityStake::list(storage, &[STAKE])
}

/// The locked tokens of an owner, in order of their ids, those taken back included.
pub fn stakes_of(storage: &impl Storage, owner: &Address) -> Result<Vec<LiquidityStake>, Fault> {
    LiquidityStake::list(storage, &[&[STAKE], &owner.0[..]].concat())
}

/// Only the spork address spends the contract's funds.
fn check_sender(rules: &Rules, send: &AccountBlock) -> Result<(), Refusal> {
    match send.address == rules.spork_address {
        true => Ok(()),
        false => Err(Refusal::PermissionDenied),
    }
}

/// What is sent along with a call that spends funds is not looked at.
fn anything(_call: &Call<'_>) -> Result<(), Refusal> {
    Ok(())
}

/// Fund and BurnZnn exist in every later era too, but do nothing without this spork.
fn spends(context: &Context<'_>) -> Result<bool, Fault> {
    spork::in_force(context.moment(), &context.rules().sporks.accelerator)
}

fn fund(context: &mut Context<'_>, call: &Call<'_>) -> Result<Vec<Send>, Refusal> {
    if !spends(context)? {
        return Ok(Vec::new());
    }
    let given =
        [(TokenStandard::ZNN, call.args.amount(0)), (TokenStandard::QSR, call.args.amount(1))];
    for (token, amount) in given {
        if context.balance(&token)? < amount {
            return Err(Refusal::InvalidTokenOrAmount);
        }
    }
    let donations = given.into_iter().map(|(token, amount)| Send {
        to: contract::ACCELERATOR,
        amount,
        token,
        data: donate::encode(),
    });
    Ok(donations.collect())
}

fn burn_znn(context: &mut Context<'_>, call: &Call<'_>) -> Result<Vec<Send>, Refusal> {
    if !spends(context)? {
        return Ok(Vec::new());
    }
    let amount = call.args.amount(0);
    match context.balance(&TokenStandard::ZNN)? < amount {
        true => Err(Refusal::InvalidTokenOrAmount),
        false => Ok(vec![Send::burn(TokenStandard::ZNN, amount)]),
    }
}

/// The tuples that a call lists.
fn listed(call: &Call<'_>) -> Option<Vec<TokenTuple>> {
    let tokens = call.args.byte_strings(0);
    let (znn, qsr) = (call.args.uints32(1), call.args.uints32(2));
    let least = call.args.amounts(3);
    if [znn.len(), qsr.len(), least.len()] != [tokens.len(); 3] {
        return None;
    }
    let tuples = tokens.into_iter().zip(znn).zip(qsr).zip(least);
    Some(
        tuples
            .map(|(((token_standard, znn_percentage), qsr_percentage), min_amount)| TokenTuple {
                token_standard,
                znn_percentage,
                qsr_percentage,
                min_amount,
            })
            .collect(),
    )
}

fn check_tuples(call: &Call<'_>) -> Result<(), Refusal> {
    call.no_amount()?;
    let tuples = listed(call).ok_or(Refusal::ForbiddenParam)?;
    if tuples.is_empty() {
        return Ok(());
    }
    let mut seen = BTreeSet::new();
    // The sums wrap at 32 bits, so shares above the whole pass as well.
    let (mut znn, mut qsr) = (0u32, 0u32);
    for tuple in &tuples {
        let token = TokenStandard::from_text(&tuple.token_standard)?;
        if token.is_zero() || !seen.insert(token) {
            return Err(Refusal::ForbiddenParam);
        }
        znn = znn.wrapping_add(tuple.znn_percentage);
        qsr = qsr.wrapping_add(tuple.qsr_percentage);
    }
    let rules = call.rules;
    let whole = znn == rules.liquidity_znn_total_percentages
        && qsr == rules.liquidity_qsr_total_percentages;
    if whole { Ok(()) } else { Err(Refusal::InvalidPercentages) }
}

fn set_tuples(context: &mut Context<'_>, call: &Call<'_>) -> Result<Vec<Send>, Refusal> {
    let delay = guardians::initialized(context)?.soft_delay;
    let mut info = Info::for_administrator(context, call)?;
    info.token_tuples = listed(call).ok_or(Refusal::ForbiddenParam)?;
    let encoded: Vec<Vec<u8>> = info.token_tuples.iter().map(TokenTuple::to_bytes).collect();
    let parts: Vec<&[u8]> = encoded.iter().map(Vec::as_slice).collect();
    if guardians::passes(context, SET_TOKEN_TUPLE, sha3_256_of(&parts), delay)? {
        info.save(context);
    }
    Ok(Vec::new())
}

fn lock(context: &mut Context<'_>, call: &Call<'_>) -> Result<Vec<Send>, Refusal> {
    let token_standard = call.send.token_standard;
    let name = token_standard.to_string();
    let tuples = info(context, call.rules)?.token_tuples;
    let tuple = tuples.iter().find(|tuple| tuple.token_standard == name.as_bytes());
    if call.send.amount < tuple.ok_or(Refusal::InvalidToken)?.min_amount {
        return Err(Refusal::InvalidTokenOrAmount);
    }
    let duration = call.args.int(0);
    let now = context.now()?;
    LiquidityStake {
        amount: call.send.amount,
        token_standard,
        weighted_amount: call.send.amount.wrapping_mul(weight(call.rules, duration)?),
        start_time: now,
        revoke_time: 0,
        expiration_time: now + duration,
        owner: call.send.address,
        id: call.send.hash,
    }
    .save(context);
    Ok(Vec::new())
}

/// The weight of a staking time; the reference looks it up without a check.
fn weight(rules: &Rules, duration: i64) -> Result<Amount, Refusal> {
    let units = duration.checked_div(rules.stake_time_unit_sec).ok_or(Refusal::Panic)?;
    let units = usize::try_from(units).map_err(|_| Refusal::Panic)?;
    let weight = rules.liquidity_stake_weights.get(units).ok_or(Refusal::Panic)?;
    u64::try_from(*weight).map(Amount::from).map_err(|_| Refusal::Panic)
}

fn cancel(context: &mut Context<'_>, call: &Call<'_>) -> Result<Vec<Send>, Refusal> {
    let key = stake_key(&call.send.address, &call.args.hash(0));
    let mut stake: LiquidityStake = load_record(context, &key)?.ok_or(Refusal::DataNonExistent)?;
    let now = context.now()?;
    if stake.expiration_time > now {
        return Err(Refusal::RevokeNotDue);
    }
    let amount = core::mem::take(&mut stake.amount);
    stake.revoke_time = now;
    stake.save(context);
    Ok(vec![Send::tokens(stake.owner, amount, stake.token_standard)])
}

/// The administrator lets everybody take back one token: the one that the call names without an amount.
fn unlock(context: &mut Context<'_>, call: &Call<'_>) -> Result<Vec<Send>, Refusal> {
    Info::for_administrator(context, call)?;
    let now = context.now()?;
    for mut stake in stakes(context)? {
        if stake.token_standard == call.send.token_standard && stake.expiration_time > now {
            stake.expiration_time = now;
            stake.save(context);
        }
    }
    Ok(Vec::new())
}

fn set_halted(context: &mut Context<'_>, call: &Call<'_>) -> Result<Vec<Send>, Refusal> {
    let mut info = Info::for_administrator(context, call)?;
    info.is_halted = call.args.bool(0);
    info.save(context);
    Ok(Vec::new())
}

fn set_additional_reward(context: &mut Context<'_>, call: &Call<'_>) -> Result<Vec<Send>, Refusal> {
    let mut info = Info::for_administrator(context, call)?;
    let (znn, qsr) = (call.args.amount(0), call.args.amount(1));
    let params_hash = sha3_256_of(&[&znn.to_be_bytes::<32>(), &qsr.to_be_bytes::<32>()]);
    let delay = guardians::security(context, call.rules)?.soft_delay;
    if guardians::passes(context, SET_ADDITIONAL_REWARD, params_hash, delay)? {
        info.znn_reward = znn;
        info.qsr_reward = qsr;
        info.save(context);
    }
    Ok(Vec::new())
}
