//! What the liquidity and bridge contracts share: an administrator, guardians who can replace him in an
//! emergency, and changes that come true only when they are asked for again after a delay.
//!
//! Sources: go-zenon `vm/embedded/{definition,implementation}/common.go`, and the methods that
//! `implementation/bridge.go` and `liquidity.go` have both.

use super::{Args, Call, Context, Method, Record, SIMPLE, Send, Storage, load_record, no_amount};
use crate::abi::{Kind, Param, Value, param};
use crate::refusal::{Fault, Refusal};
use crate::rules::Rules;
use crate::types::{Address, Amount, Hash, sha3_256, sha3_256_of};
use std::collections::BTreeMap;

const CHALLENGE: u8 = 135;
const SECURITY: [u8; 1] = [136];

const NOMINATE_GUARDIANS: &str = "NominateGuardians";
const CHANGE_ADMINISTRATOR: &str = "ChangeAdministrator";

const ADMINISTRATOR: &[Param] = &[param("administrator", Kind::Address)];
const PROPOSED: &[Param] = &[param("address", Kind::Address)];
const GUARDIANS: &[Param] = &[param("guardians", Kind::List(&Kind::Address))];

/// Guardians, and how long changes wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Security {
    /// Who can vote for a new administrator, in order of their texts.
    pub guardians: Vec<Address>,
    /// Whom each guardian votes for; zero if nobody.
    pub guardians_votes: Vec<Address>,
    /// Momentums that a change of administrator or guardians waits.
    pub administrator_delay: u64,
    /// Momentums that other changes wait.
    pub soft_delay: u64,
}

impl Record for Security {
    const KINDS: &'static [Kind] =
        &[Kind::List(&Kind::Address), Kind::List(&Kind::Address), Kind::Uint(64), Kind::Uint(64)];

    fn to_values(&self) -> Vec<Value> {
        let list = |addresses: &[Address]| {
            Value::List(addresses.iter().copied().map(Value::Address).collect())
        };
        vec![
            list(&self.guardians),
            list(&self.guardians_votes),
            Value::Uint(Amount::from(self.administrator_delay)),
            Value::Uint(Amount::from(self.soft_delay)),
        ]
    }

    fn from_stored(_key: &[u8], fields: &Args) -> Security {
        Security {
            guardians: fields.addresses(0),
            guardians_votes: fields.addresses(1),
            administrator_delay: fields.uint(2),
            soft_delay: fields.uint(3),
        }
    }

    fn key(&self) -> Vec<u8> {
        SECURITY.to_vec()
    }
}

/// A contract's guardians and delays; none and the network's until they are set.
pub fn security(storage: &impl Storage, rules: &Rules) -> Result<Security, Fault> {
    Ok(load_record(storage, &SECURITY)?.unwrap_or_else(|| Security {
        guardians: Vec::new(),
        guardians_votes: Vec::new(),
        administrator_delay: rules.min_administrator_delay,
        soft_delay: rules.min_soft_delay,
    }))
}

/// The security record, if there are enough guardians.
pub(super) fn initialized(context: &Context<'_>) -> Result<Security, Refusal> {
    let security = security(context, context.rules())?;
    match security.guardians.len() < context.rules().min_guardians {
        true => Err(Refusal::SecurityNotInitialized),
        false => Ok(security),
    }
}

/// A change that waits, or the last one that came true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// Name of the method.
    pub method: Vec<u8>,
    /// Hash of what was asked for; zero once it came true.
    pub params_hash: Hash,
    /// Height at which it was first asked for.
    pub start_height: u64,
}

impl Record for Challenge {
    const KINDS: &'static [Kind] = &[Kind::Text, Kind::Hash, Kind::Uint(64)];

    fn to_values(&self) -> Vec<Value> {
        vec![
            Value::Text(self.method.clone()),
            Value::Hash(self.params_hash),
            Value::Uint(Amount::from(self.start_height)),
        ]
    }

    fn from_stored(_key: &[u8], fields: &Args) -> Challenge {
        Challenge {
            method: fields.text(0),
            params_hash: fields.hash(1),
            start_height: fields.uint(2),
        }
    }

    fn key(&self) -> Vec<u8> {
        challenge_key(&self.method)
    }
}

fn challenge_key(method: &[u8]) -> Vec<u8> {
    [&[CHALLENGE], &sha3_256(method)[..]].concat()
}

/// The change by `method` that waits, or the last one that came true.
pub fn challenge(storage: &impl Storage, method: &str) -> Result<Option<Challenge>, Fault> {
    load_record(storage, &challenge_key(method.as_bytes()))
}

/// The challenges of these methods, in their order, without those that never began.
pub fn challenges(storage: &impl Storage, methods: &[&str]) -> Result<Vec<Challenge>, Fault> {
    let stored = methods.iter().map(|method| challenge(storage, method));
    stored.filter_map(Result::transpose).collect()
}

/// Whether a change may come true now: it was asked for before, more than `delay` momentums ago, and
/// nothing else by this method since. Otherwise it begins to wait.
pub(super) fn passes(
    context: &mut Context<'_>,
    method: &str,
    params_hash: [u8; 32],
    delay: u64,
) -> Result<bool, Refusal> {
    let params_hash = Hash(params_hash);
    let height = context.height()?;
    let mut waiting = challenge(context, method)?.unwrap_or(Challenge {
        method: method.as_bytes().to_vec(),
        params_hash: Hash::ZERO,
        start_height: 0,
    });
    let asked_before = waiting.params_hash == params_hash;
    if asked_before {
        if waiting.start_height.wrapping_add(delay) >= height {
            return Err(Refusal::TimeChallengeNotDue);
        }
        waiting.params_hash = Hash::ZERO;
    } else {
        waiting.params_hash = params_hash;
        waiting.start_height = height;
    }
    waiting.save(context);
    Ok(asked_before)
}

/// The record of a contract that has an administrator.
pub(super) trait Administered: Sized {
    /// Whether the contract's `ChangeAdministrator` asks for guardians before it asks who calls.
    const GUARDIANS_BEFORE_CALLER: bool;

    /// Reads it.
    fn read(context: &Context<'_>) -> Result<Self, Refusal>;

    /// Writes it.
    fn write(&self, context: &mut Context<'_>);

    /// Who administers the contract; zero in an emergency.
    fn administrator(&mut self) -> &mut Address;

    /// Stops what an emergency stops.
    fn stop(&mut self);

    /// Reads it for a call that only the administrator may make.
    fn for_administrator(context: &Context<'_>, call: &Call<'_>) -> Result<Self, Refusal> {
        let mut info = Self::read(context)?;
        match *info.administrator() == call.send.address {
            true => Ok(info),
            false => Err(Refusal::PermissionDenied),
        }
    }
}

/// `ChangeAdministrator`
pub(super) const fn change_administrator<A: Administered>() -> Method {
    Method::new(CHANGE_ADMINISTRATOR, ADMINISTRATOR, SIMPLE, check_address, change::<A>)
}

/// `ProposeAdministrator`
pub(super) const fn propose_administrator<A: Administered>() -> Method {
    Method::new("ProposeAdministrator", PROPOSED, SIMPLE, check_address, propose::<A>)
}

/// `NominateGuardians`
pub(super) const fn nominate_guardians<A: Administered>() -> Method {
    Method::new(NOMINATE_GUARDIANS, GUARDIANS, SIMPLE, check_guardians, nominate::<A>)
}

/// `Emergency`
pub(super) const fn emergency<A: Administered>() -> Method {
    Method::new("Emergency", &[], SIMPLE, no_amount, give_up::<A>)
}

fn check_address(call: &Call<'_>) -> Result<(), Refusal> {
    call.no_amount()?;
    match call.args.address(0).is_zero() {
        true => Err(Refusal::ForbiddenParam),
        false => Ok(()),
    }
}

fn check_guardians(call: &Call<'_>) -> Result<(), Refusal> {
    call.no_amount()?;
    let guardians = call.args.addresses(0);
    if guardians.len() < call.rules.min_guardians {
        return Err(Refusal::InvalidGuardians);
    }
    match guardians.iter().any(Address::is_zero) {
        true => Err(Refusal::ForbiddenParam),
        false => Ok(()),
    }
}

fn change<A: Administered>(
    context: &mut Context<'_>,
    call: &Call<'_>,
) -> Result<Vec<Send>, Refusal> {
    if A::GUARDIANS_BEFORE_CALLER {
        initialized(context)?;
    }
    let mut info = A::for_administrator(context, call)?;
    let delay = initialized(context)?.administrator_delay;
    let address = call.args.address(0);
    if passes(context, CHANGE_ADMINISTRATOR, sha3_256(&address.0), delay)? {
        *info.administrator() = address;
        info.write(context);
    }
    Ok(Vec::new())
}

/// Guardians are sorted by their texts, whose alphabet is not in the order of its values. One may be
/// named twice.
fn nominate<A: Administered>(
    context: &mut Context<'_>,
    call: &Call<'_>,
) -> Result<Vec<Send>, Refusal> {
    A::for_administrator(context, call)?;
    let mut security = security(context, context.rules())?;
    let mut guardians = call.args.addresses(0);
    guardians.sort_by_cached_key(Address::to_string);
    let parts: Vec<&[u8]> = guardians.iter().map(|guardian| &guardian.0[..]).collect();
    let params_hash = sha3_256_of(&parts);
    if passes(context, NOMINATE_GUARDIANS, params_hash, security.administrator_delay)? {
        security.guardians_votes = vec![Address::ZERO; guardians.len()];
        security.guardians = guardians;
        security.save(context);
    }
    Ok(Vec::new())
}

/// In an emergency, whom more than half of the guardians vote for becomes administrator.
fn propose<A: Administered>(
    context: &mut Context<'_>,
    call: &Call<'_>,
) -> Result<Vec<Send>, Refusal> {
    let mut info = A::read(context)?;
    if !info.administrator().is_zero() {
        return Err(Refusal::NotEmergency);
    }
    let mut security = security(context, context.rules())?;
    // One who is named twice has one vote.
    let place = security.guardians.iter().position(|guardian| *guardian == call.send.address);
    let place = place.ok_or(Refusal::NotGuardian)?;
    let vote = security.guardians_votes.get_mut(place).ok_or(Refusal::Panic)?;
    *vote = call.args.address(0);
    if let Some(elected) = elected(&security) {
        *info.administrator() = elected;
        info.write(context);
        security.guardians_votes.fill(Address::ZERO);
    }
    security.save(context);
    Ok(Vec::new())
}

/// Whom more than half of the guardians vote for. Counts and half are 8-bit numbers in the reference:
/// with 512 guardians one vote is a majority.
fn elected(security: &Security) -> Option<Address> {
    let half = security.guardians.len() / 2 % 256;
    let mut counts: BTreeMap<Address, usize> = BTreeMap::new();
    security.guardians_votes.iter().copied().filter(|vote| !vote.is_zero()).find(|vote| {
        let count = counts.entry(*vote).or_default();
        *count = (*count + 1) % 256;
        *count > half
    })
}

/// The administrator steps down for good.
fn give_up<A: Administered>(
    context: &mut Context<'_>,
    call: &Call<'_>,
) -> Result<Vec<Send>, Refusal> {
    initialized(context)?;
    let mut info = A::for_administrator(context, call)?;
    *info.administrator() = Address::ZERO;
    info.stop();
    info.write(context);
    Ok(Vec::new())
}

#[cfg(test)]
mod tests {
    use super::{Security, elected};
    use crate::types::Address;

    fn user(number: u8) -> Address {
        Address([number; 20])
    }

    fn votes(guardians: usize, votes: &[u8]) -> Security {
        let mut guardians_votes: Vec<Address> = votes.iter().copied().map(user).collect();
        guardians_votes.resize(guardians, Address::ZERO);
        let guardians = vec![user(1); guardians];
        Security { guardians, guardians_votes, administrator_delay: 0, soft_delay: 0 }
    }

    #[test]
    fn more_than_half_of_the_guardians_elect() {
        assert_eq!(elected(&votes(5, &[])), None);
        assert_eq!(elected(&votes(5, &[2, 3, 2])), None);
        assert_eq!(elected(&votes(5, &[2, 3, 2, 3, 2])), Some(user(2)));
        assert_eq!(elected(&votes(4, &[2, 2])), None);
        assert_eq!(elected(&votes(4, &[2, 0, 2, 2])), Some(user(2)));
    }

    #[test]
    fn counts_and_half_wrap_at_eight_bits() {
        assert_eq!(elected(&votes(511, &[2; 255])), None);
        assert_eq!(elected(&votes(512, &[2])), Some(user(2)));
        // 256 votes count as none.
        assert_eq!(elected(&votes(511, &[2; 256])), None);
    }
}
