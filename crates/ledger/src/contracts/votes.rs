//! Votes of pillars on accelerator projects and phases.
//!
//! Sources: go-zenon `vm/embedded/{definition,implementation}/common.go`.

use super::{Args, Call, Context, Method, Record, SIMPLE, Send, Storage, load_record, pillar};
use crate::abi::{Kind, Value, param};
use crate::refusal::{Fault, Refusal};
use crate::types::{Amount, Hash, contract, sha3_256};

const VOTE: u8 = 133;
const VOTABLE: u8 = 134;

const YES: u8 = 0;
const NO: u8 = 1;
/// 0 yes, 1 no, 2 abstain; from here on there is no vote.
const NOT_VALID: u8 = 3;

/// `VoteByName`
pub(super) const BY_NAME: Method = Method::new(
    "VoteByName",
    &[param("id", Kind::Hash), param("name", Kind::Text), param("vote", Kind::Uint(8))],
    SIMPLE,
    |call| check(call, 2),
    by_name,
);

/// `VoteByProdAddress`
pub(super) const BY_PRODUCER: Method = Method::new(
    "VoteByProdAddress",
    &[param("id", Kind::Hash), param("vote", Kind::Uint(8))],
    SIMPLE,
    |call| check(call, 1),
    by_producer,
);

/// A pillar's vote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vote {
    /// What is voted on.
    pub id: Hash,
    /// Pillar name.
    pub name: Vec<u8>,
    /// 0 yes, 1 no, 2 abstain.
    pub vote: u8,
}

impl Record for Vote {
    const KINDS: &'static [Kind] = &[Kind::Hash, Kind::Text, Kind::Uint(8)];

    fn to_values(&self) -> Vec<Value> {
        vec![
            Value::Hash(self.id),
            Value::Text(self.name.clone()),
            Value::Uint(Amount::from(self.vote)),
        ]
    }

    fn from_stored(_key: &[u8], fields: &Args) -> Vote {
        Vote { id: fields.hash(0), name: fields.text(1), vote: fields.uint8(2) }
    }

    fn key(&self) -> Vec<u8> {
        vote_key(&self.id, &self.name)
    }
}

fn vote_key(id: &Hash, name: &[u8]) -> Vec<u8> {
    [&[VOTE], &id.0[..], &sha3_256(name)[..20]].concat()
}

fn votable_key(id: &Hash) -> Vec<u8> {
    [&[VOTABLE], &id.0[..]].concat()
}

/// The votes on `id`, in the order of their keys.
pub fn votes_on(storage: &impl Storage, id: &Hash) -> Result<Vec<Vote>, Fault> {
    Vote::list(storage, &[&[VOTE], &id.0[..]].concat())
}

/// The vote of the pillar `name` on `id`.
pub fn vote_of(storage: &impl Storage, id: &Hash, name: &[u8]) -> Result<Option<Vote>, Fault> {
    load_record(storage, &vote_key(id, name))
}

/// How a vote stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Breakdown {
    /// All votes.
    pub total: u32,
    /// Votes for.
    pub yes: u32,
    /// Votes against.
    pub no: u32,
}

/// How the vote on `id` stands.
pub fn breakdown(storage: &impl Storage, id: &Hash) -> Result<Breakdown, Fault> {
    let mut sums = Breakdown::default();
    for vote in votes_on(storage, id)? {
        sums.total += 1;
        match vote.vote {
            YES => sums.yes += 1,
            NO => sums.no += 1,
            _ => {}
        }
    }
    Ok(sums)
}

/// Makes `id` something that can be voted on.
pub(super) fn open(context: &mut Context<'_>, id: &Hash) {
    context.store(&votable_key(id), crate::abi::encode_tuple(&[Value::Bool(true)]));
}

/// Ends the vote on `id`: its votes and the mark are deleted.
pub(super) fn close(context: &mut Context<'_>, id: &Hash) -> Result<(), Fault> {
    for vote in votes_on(context, id)? {
        vote.delete(context);
    }
    context.remove(&votable_key(id));
    Ok(())
}

fn check(call: &Call<'_>, vote: usize) -> Result<(), Refusal> {
    if call.args.uint8(vote) >= NOT_VALID {
        return Err(Refusal::ForbiddenParam);
    }
    call.no_amount()
}

fn by_name(context: &mut Context<'_>, call: &Call<'_>) -> Result<Vec<Send>, Refusal> {
    let name = call.args.text(1);
    cast(context, call.args.hash(0), call.args.uint8(2), |pillar| {
        pillar.name == name && pillar.stake_address == call.send.address
    })
}

fn by_producer(context: &mut Context<'_>, call: &Call<'_>) -> Result<Vec<Send>, Refusal> {
    cast(context, call.args.hash(0), call.args.uint8(1), |pillar| {
        pillar.producing_address == call.send.address
    })
}

fn cast(
    context: &mut Context<'_>,
    id: Hash,
    vote: u8,
    votes_for: impl Fn(&pillar::Pillar) -> bool,
) -> Result<Vec<Send>, Refusal> {
    if context.load(&votable_key(&id))?.is_none() {
        return Err(Refusal::DataNonExistent);
    }
    let pillars = pillar::active(&context.moment().account(&contract::PILLAR))?;
    let pillar =
        pillars.into_iter().find(|pillar| votes_for(pillar)).ok_or(Refusal::ForbiddenParam)?;
    Vote { id, name: pillar.name, vote }.save(context);
    Ok(Vec::new())
}
