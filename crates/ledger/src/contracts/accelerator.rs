//! The accelerator contract: projects that pillars vote on, paid phase by phase.
//!
//! Sources: go-zenon `vm/embedded/{definition,implementation}/accelerator.go`.

mod update;

use super::{
    Args, Call, Context, Contract, Method, Record, SIMPLE, Send, Storage, WITHDRAW, donate,
    load_record, no_amount, votes,
};
use crate::abi::{Kind, Param, Value, param};
use crate::refusal::{Fault, Refusal};
use crate::rules::Era;
use crate::types::{Address, Amount, Hash, TokenStandard, contract};
use regex::bytes::Regex;
use std::sync::LazyLock;

/// The reference counts its prefixes from the eleventh constant of a block on.
const PROJECT: u8 = 12;
const PHASE: u8 = 13;

const CREATE: &[Param] = &[
    param("name", Kind::Text),
    param("description", Kind::Text),
    param("url", Kind::Text),
    param("znnFundsNeeded", Kind::Uint(256)),
    param("qsrFundsNeeded", Kind::Uint(256)),
];

const PHASED: &[Param] =
    &[param("id", Kind::Hash), CREATE[0], CREATE[1], CREATE[2], CREATE[3], CREATE[4]];

/// The contract.
pub static CONTRACT: Contract = Contract {
    name: "accelerator",
    address: contract::ACCELERATOR,
    since: Era::Origin,
    methods: &[
        donate::DONATE,
        Method::new("CreateProject", CREATE, SIMPLE, check_create, create).since(Era::Accelerator),
        // What is sent along with a phase is not looked at, and stays with the contract.
        Method::new("AddPhase", PHASED, SIMPLE, check_phase, add_phase).since(Era::Accelerator),
        Method::new("UpdatePhase", PHASED, SIMPLE, check_phase, update_phase)
            .since(Era::Accelerator),
        Method::new("Update", &[], WITHDRAW, no_amount, update::update).since(Era::Accelerator),
        votes::BY_NAME.since(Era::Accelerator),
        votes::BY_PRODUCER.since(Era::Accelerator),
    ],
};

/// Where a project or a phase stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Pillars vote on it.
    Voting,
    /// A project that may have phases.
    Active,
    /// A phase that was paid.
    Paid,
    /// A project whose time for votes is over.
    Closed,
    /// A project that got all that it asked.
    Completed,
}

impl Status {
    /// The number in stored tuples and answers.
    pub fn number(self) -> u8 {
        match self {
            Status::Voting => 0,
            Status::Active => 1,
            Status::Paid => 2,
            Status::Closed => 3,
            Status::Completed => 4,
        }
    }

    /// Reads the number; the contract stores no other ones.
    fn of(number: u8) -> Status {
        match number {
            0 => Status::Voting,
            1 => Status::Active,
            2 => Status::Paid,
            4 => Status::Completed,
            _ => Status::Closed,
        }
    }

    fn value(self) -> Value {
        Value::Uint(Amount::from(self.number()))
    }
}

/// A project as the contract stores it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// Hash of the send block.
    pub id: Hash,
    /// Who gets the funds.
    pub owner: Address,
    /// Name.
    pub name: Vec<u8>,
    /// What it is for.
    pub description: Vec<u8>,
    /// Where it is described.
    pub url: Vec<u8>,
    /// ZNN that it asks in all.
    pub znn_funds_needed: Amount,
    /// QSR that it asks in all.
    pub qsr_funds_needed: Amount,
    /// When it was created, in unix seconds.
    pub creation_timestamp: i64,
    /// When it last changed.
    pub last_update_timestamp: i64,
    /// Where it stands.
    pub status: Status,
    /// Its phases, oldest first.
    pub phase_ids: Vec<Hash>,
}

impl Record for Project {
    const KINDS: &'static [Kind] = &[
        Kind::Hash,
        Kind::Address,
        Kind::Text,
        Kind::Text,
        Kind::Text,
        Kind::Uint(256),
        Kind::Uint(256),
        Kind::Int(64),
        Kind::Int(64),
        Kind::Uint(8),
        Kind::List(&Kind::Hash),
    ];

    fn to_values(&self) -> Vec<Value> {
        vec![
            Value::Hash(self.id),
            Value::Address(self.owner),
            Value::Text(self.name.clone()),
            Value::Text(self.description.clone()),
            Value::Text(self.url.clone()),
            Value::Uint(self.znn_funds_needed),
            Value::Uint(self.qsr_funds_needed),
            Value::Int(self.creation_timestamp),
            Value::Int(self.last_update_timestamp),
            self.status.value(),
            Value::List(self.phase_ids.iter().copied().map(Value::Hash).collect()),
        ]
    }

    fn from_stored(_key: &[u8], fields: &Args) -> Project {
        Project {
            id: fields.hash(0),
            owner: fields.address(1),
            name: fields.text(2),
            description: fields.text(3),
            url: fields.text(4),
            znn_funds_needed: fields.amount(5),
            qsr_funds_needed: fields.amount(6),
            creation_timestamp: fields.int(7),
            last_update_timestamp: fields.int(8),
            status: Status::of(fields.uint8(9)),
            phase_ids: fields.hashes(10),
        }
    }

    fn key(&self) -> Vec<u8> {
        project_key(&self.id)
    }
}

fn project_key(id: &Hash) -> Vec<u8> {
    [&[PROJECT], &id.0[..]].concat()
}

/// A phase as the contract stores it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phase {
    /// Hash of the send block.
    pub id: Hash,
    /// The project.
    pub project_id: Hash,
    /// Name.
    pub name: Vec<u8>,
    /// What it is for.
    pub description: Vec<u8>,
    /// Where it is described.
    pub url: Vec<u8>,
    /// ZNN that it asks.
    pub znn_funds_needed: Amount,
    /// QSR that it asks.
    pub qsr_funds_needed: Amount,
    /// When it was created, in unix seconds.
    pub creation_timestamp: i64,
    /// When it was paid; 0 if it was not.
    pub accepted_timestamp: i64,
    /// Where it stands.
    pub status: Status,
}

impl Record for Phase {
    const KINDS: &'static [Kind] = &[
        Kind::Hash,
        Kind::Hash,
        Kind::Text,
        Kind::Text,
        Kind::Text,
        Kind::Uint(256),
        Kind::Uint(256),
        Kind::Int(64),
        Kind::Int(64),
        Kind::Uint(8),
    ];

    fn to_values(&self) -> Vec<Value> {
        vec![
            Value::Hash(self.id),
            Value::Hash(self.project_id),
            Value::Text(self.name.clone()),
            Value::Text(self.description.clone()),
            Value::Text(self.url.clone()),
            Value::Uint(self.znn_funds_needed),
            Value::Uint(self.qsr_funds_needed),
            Value::Int(self.creation_timestamp),
            Value::Int(self.accepted_timestamp),
            self.status.value(),
        ]
    }

    fn from_stored(_key: &[u8], fields: &Args) -> Phase {
        Phase {
            id: fields.hash(0),
            project_id: fields.hash(1),
            name: fields.text(2),
            description: fields.text(3),
            url: fields.text(4),
            znn_funds_needed: fields.amount(5),
            qsr_funds_needed: fields.amount(6),
            creation_timestamp: fields.int(7),
            accepted_timestamp: fields.int(8),
            status: Status::of(fields.uint8(9)),
        }
    }

    fn key(&self) -> Vec<u8> {
        phase_key(&self.id)
    }
}

fn phase_key(id: &Hash) -> Vec<u8> {
    [&[PHASE], &id.0[..]].concat()
}

/// All projects, in order of their ids.
pub fn projects(storage: &impl Storage) -> Result<Vec<Project>, Fault> {
    Project::list(storage, &[PROJECT])
}

/// The project with this id.
pub fn project(storage: &impl Storage, id: &Hash) -> Result<Option<Project>, Fault> {
    load_record(storage, &project_key(id))
}

/// The phase with this id.
pub fn phase(storage: &impl Storage, id: &Hash) -> Result<Option<Phase>, Fault> {
    load_record(storage, &phase_key(id))
}

/// The last phase of a project.
pub fn current_phase(storage: &impl Storage, project: &Project) -> Result<Option<Phase>, Fault> {
    match project.phase_ids.last() {
        Some(id) => phase(storage, id),
        None => Ok(None),
    }
}

/// The phases of a project that are stored.
fn phases(storage: &impl Storage, project: &Project) -> Result<Vec<Phase>, Fault> {
    let stored = project.phase_ids.iter().map(|id| phase(storage, id));
    stored.filter_map(Result::transpose).collect()
}

static URL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"^([Hh][Tt][Tt][Pp][Ss]?://)?[a-zA-Z0-9]{2,60}\.[a-zA-Z]{1,6}",
        r"([-a-zA-Z0-9()@:%_+.~#?&/=]{0,100})$"
    ))
    .expect("the pattern is well formed")
});

/// The texts and funds in a call whose name is argument `first`.
fn check_terms(call: &Call<'_>, first: usize) -> Result<(), Refusal> {
    let (args, rules) = (call.args, call.rules);
    if !(1..=rules.project_name_length_max).contains(&args.text(first).len()) {
        return Err(Refusal::InvalidName);
    }
    if !(1..=rules.project_description_length_max).contains(&args.text(first + 1).len()) {
        return Err(Refusal::InvalidDescription);
    }
    if !URL.is_match(&args.text(first + 2)) {
        return Err(Refusal::ForbiddenParam);
    }
    let fits = args.amount(first + 3) <= rules.project_znn_maximum_funds
        && args.amount(first + 4) <= rules.project_qsr_maximum_funds;
    if fits { Ok(()) } else { Err(Refusal::AcceleratorInvalidFunds) }
}

fn check_create(call: &Call<'_>) -> Result<(), Refusal> {
    check_terms(call, 0)?;
    let paid = call.send.token_standard == TokenStandard::ZNN
        && call.send.amount == call.rules.project_creation_amount;
    if paid { Ok(()) } else { Err(Refusal::InvalidTokenOrAmount) }
}

fn check_phase(call: &Call<'_>) -> Result<(), Refusal> {
    check_terms(call, 1)
}

/// The contract ends some time after genesis.
fn check_running(context: &Context<'_>) -> Result<(), Refusal> {
    let rules = context.rules();
    let genesis = i64::try_from(rules.genesis_timestamp).map_err(|_| Refusal::Panic)?;
    match genesis + rules.accelerator_duration < context.now()? {
        true => Err(Refusal::AcceleratorEnded),
        false => Ok(()),
    }
}

fn create(context: &mut Context<'_>, call: &Call<'_>) -> Result<Vec<Send>, Refusal> {
    check_running(context)?;
    let now = context.now()?;
    Project {
        id: call.send.hash,
        owner: call.send.address,
        name: call.args.text(0),
        description: call.args.text(1),
        url: call.args.text(2),
        znn_funds_needed: call.args.amount(3),
        qsr_funds_needed: call.args.amount(4),
        creation_timestamp: now,
        last_update_timestamp: now,
        status: Status::Voting,
        phase_ids: Vec::new(),
    }
    .save(context);
    votes::open(context, &call.send.hash);
    Ok(Vec::new())
}

/// The sender's project that a call names.
fn own_project(context: &Context<'_>, call: &Call<'_>) -> Result<Project, Refusal> {
    let project = project(context, &call.args.hash(0))?.ok_or(Refusal::DataNonExistent)?;
    match project.owner == call.send.address {
        true => Ok(project),
        false => Err(Refusal::PermissionDenied),
    }
}

/// The phase that a call describes.
fn described_phase(
    context: &Context<'_>,
    call: &Call<'_>,
    project: &Project,
) -> Result<Phase, Refusal> {
    Ok(Phase {
        id: call.send.hash,
        project_id: project.id,
        name: call.args.text(1),
        description: call.args.text(2),
        url: call.args.text(3),
        znn_funds_needed: call.args.amount(4),
        qsr_funds_needed: call.args.amount(5),
        creation_timestamp: context.now()?,
        accepted_timestamp: 0,
        status: Status::Voting,
    })
}

fn add_phase(context: &mut Context<'_>, call: &Call<'_>) -> Result<Vec<Send>, Refusal> {
    check_running(context)?;
    let mut project = own_project(context, call)?;
    if project.status != Status::Active {
        return Err(Refusal::PermissionDenied);
    }
    if current_phase(context, &project)?.is_some_and(|phase| phase.status != Status::Paid) {
        return Err(Refusal::PermissionDenied);
    }
    let phase = described_phase(context, call, &project)?;
    phase.save(context);
    project.phase_ids.push(phase.id);
    project.last_update_timestamp = phase.creation_timestamp;
    project.save(context);
    votes::open(context, &phase.id);
    check_funds(context, &project)?;
    Ok(Vec::new())
}

/// A changed phase takes the place of the last one, and the vote begins anew.
fn update_phase(context: &mut Context<'_>, call: &Call<'_>) -> Result<Vec<Send>, Refusal> {
    check_running(context)?;
    let mut project = own_project(context, call)?;
    let old = current_phase(context, &project)?.ok_or(Refusal::DataNonExistent)?;
    if old.status != Status::Voting {
        return Err(Refusal::PermissionDenied);
    }
    let phase = described_phase(context, call, &project)?;
    phase.save(context);
    project.phase_ids.pop();
    project.phase_ids.push(phase.id);
    project.save(context);
    check_funds(context, &project)?;
    votes::close(context, &old.id)?;
    votes::open(context, &phase.id);
    old.delete(context);
    Ok(Vec::new())
}

/// Phases ask no more than their project, which asks no more than is allowed.
fn check_funds(context: &Context<'_>, project: &Project) -> Result<(), Refusal> {
    let rules = context.rules();
    let (znn, qsr) = asked(context, project)?;
    // A sum within bounds has each of its parts within bounds.
    let fits = znn.is_some_and(|znn| znn <= project.znn_funds_needed)
        && qsr.is_some_and(|qsr| qsr <= project.qsr_funds_needed)
        && project.znn_funds_needed <= rules.project_znn_maximum_funds
        && project.qsr_funds_needed <= rules.project_qsr_maximum_funds;
    if fits { Ok(()) } else { Err(Refusal::AcceleratorInvalidFunds) }
}

/// (ZNN, QSR) that the phases of a project ask in all; `None` beyond 256 bits.
fn asked(
    storage: &impl Storage,
    project: &Project,
) -> Result<(Option<Amount>, Option<Amount>), Fault> {
    let zero = (Some(Amount::ZERO), Some(Amount::ZERO));
    Ok(phases(storage, project)?.iter().fold(zero, |(znn, qsr), phase| {
        (
            znn.and_then(|znn| znn.checked_add(phase.znn_funds_needed)),
            qsr.and_then(|qsr| qsr.checked_add(phase.qsr_funds_needed)),
        )
    }))
}
