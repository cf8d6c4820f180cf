//! The spork contract: rule changes that are named, then activated some momentums ahead.
//!
//! Sources: go-zenon `vm/embedded/{definition,implementation}/spork.go`.

use super::no_amount;
use super::{Args, Call, Context, Contract, Method, Record, SIMPLE, Send, Storage, load_record};
use crate::abi::{Kind, Value, param};
use crate::block::AccountBlock;
use crate::refusal::{Fault, Refusal};
use crate::rules::{Era, Rules};
use crate::state::View;
use crate::types::{Amount, Hash, contract};

const SPORK: u8 = 1;

/// The contract.
pub static CONTRACT: Contract = Contract {
    name: "spork",
    address: contract::SPORK,
    since: Era::Origin,
    methods: &[
        Method::new(
            "CreateSpork",
            &[param("name", Kind::Text), param("description", Kind::Text)],
            SIMPLE,
            check_create,
            create,
        )
        .guarded(check_sender)
        .forbids_malformed(),
        Method::new("ActivateSpork", &[param("id", Kind::Hash)], SIMPLE, no_amount, activate)
            .guarded(check_activator),
    ],
};

/// A spork as the contract stores it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spork {
    /// Hash of the send block that created it.
    pub id: Hash,
    /// Name, 5 to 40 bytes.
    pub name: Vec<u8>,
    /// What it is for.
    pub description: Vec<u8>,
    /// Whether it was activated.
    pub activated: bool,
    /// First height at which it holds.
    pub enforcement_height: u64,
}

impl Record for Spork {
    const KINDS: &'static [Kind] =
        &[Kind::Hash, Kind::Text, Kind::Text, Kind::Bool, Kind::Uint(64)];

    fn to_values(&self) -> Vec<Value> {
        vec![
            Value::Hash(self.id),
            Value::Text(self.name.clone()),
            Value::Text(self.description.clone()),
            Value::Bool(self.activated),
            Value::Uint(Amount::from(self.enforcement_height)),
        ]
    }

    fn from_stored(_key: &[u8], fields: &Args) -> Spork {
        Spork {
            id: fields.hash(0),
            name: fields.text(1),
            description: fields.text(2),
            activated: fields.bool(3),
            enforcement_height: fields.uint(4),
        }
    }

    fn key(&self) -> Vec<u8> {
        key(&self.id)
    }
}

fn key(id: &Hash) -> Vec<u8> {
    [&[SPORK], &id.0[..]].concat()
}

/// All sporks, in order of their ids.
pub fn all(storage: &impl Storage) -> Result<Vec<Spork>, Fault> {
    Spork::list(storage, &[SPORK])
}

/// Whether the spork `id` is in force in a state.
pub fn in_force(view: &View<'_>, id: &Hash) -> Result<bool, Fault> {
    let height = view.frontier()?.height;
    // The first momentum's state counts as before any spork, whatever genesis says.
    if height == 1 {
        return Ok(false);
    }
    let spork: Option<Spork> = load_record(&view.account(&contract::SPORK), &key(id))?;
    Ok(spork.is_some_and(|spork| spork.activated && spork.enforcement_height <= height))
}

/// Only two addresses manage sporks; the amount comes before the arguments, as in the reference.
fn check_sender(rules: &Rules, send: &AccountBlock) -> Result<(), Refusal> {
    check_activator(rules, send)?;
    match send.amount.is_zero() {
        true => Ok(()),
        false => Err(Refusal::InvalidTokenOrAmount),
    }
}

fn check_activator(rules: &Rules, send: &AccountBlock) -> Result<(), Refusal> {
    match send.address == rules.spork_address || send.address == rules.community_spork_address {
        true => Ok(()),
        false => Err(Refusal::PermissionDenied),
    }
}

fn check_create(call: &Call<'_>) -> Result<(), Refusal> {
    let (name, description) = (call.args.text(0).len(), call.args.text(1).len());
    let names = call.rules.spork_name_min_length..=call.rules.spork_name_max_length;
    match names.contains(&name) && description <= call.rules.spork_description_max_length {
        true => Ok(()),
        false => Err(Refusal::ForbiddenParam),
    }
}

/// The community's address may act in a window of heights only.
fn check_window(context: &Context<'_>, call: &Call<'_>) -> Result<(), Refusal> {
    let rules = context.rules();
    match call.send.address != rules.community_spork_address
        || rules.community_spork_heights.contain(context.height()?)
    {
        true => Ok(()),
        false => Err(Refusal::PermissionDenied),
    }
}

fn create(context: &mut Context<'_>, call: &Call<'_>) -> Result<Vec<Send>, Refusal> {
    check_window(context, call)?;
    Spork {
        id: call.send.hash,
        name: call.args.text(0),
        description: call.args.text(1),
        activated: false,
        enforcement_height: 0,
    }
    .save(context);
    Ok(Vec::new())
}

fn activate(context: &mut Context<'_>, call: &Call<'_>) -> Result<Vec<Send>, Refusal> {
    check_window(context, call)?;
    let mut spork: Spork =
        load_record(context, &key(&call.args.hash(0)))?.ok_or(Refusal::DataNonExistent)?;
    if spork.activated {
        return Err(Refusal::AlreadyActivated);
    }
    spork.activated = true;
    spork.enforcement_height = context.height()? + context.rules().spork_min_height_delay;
    spork.save(context);
    Ok(Vec::new())
}
