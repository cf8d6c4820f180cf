//! `embedded.accelerator`: projects that ask for funds, their phases, and the votes on both.
//!
//! Source: go-zenon `rpc/api/embedded/accelerator.go`.

use super::failure::Failure;
use super::json::Text;
use super::page;
use super::params::{Args, Kind, Param, param};
use super::reading::Reading;
use super::shape::{Shape, field, object};
use super::token::text;
use super::{Answer, Cost, Method, Namespace, Run, Served};
use ledger::Refusal;
use ledger::codec::json::amount::Decimal;
use ledger::contracts::accelerator::{self, Phase, Project};
use ledger::contracts::votes;
use ledger::state::Account;
use ledger::types::{Address, Hash, contract};
use serde::Serialize;

const ID: Param = param("id", Kind::Hash, "hash of the block that made it");
const NOTHING: &str = r#"["0000000000000000000000000000000000000000000000000000000000000000"]"#;

object!(
    VOTES,
    "VoteBreakdown",
    "How a vote stands.",
    [
        field("id", Shape::Hash, ""),
        field("total", Shape::Number, ""),
        field("yes", Shape::Number, ""),
        field("no", Shape::Number, ""),
    ]
);

object!(
    PHASE_INFO,
    "PhaseInfo",
    "A part of a project.",
    [
        field("id", Shape::Hash, ""),
        field("projectID", Shape::Hash, ""),
        field("name", Shape::Text, ""),
        field("description", Shape::Text, ""),
        field("url", Shape::Text, ""),
        field("znnFundsNeeded", Shape::Amount, ""),
        field("qsrFundsNeeded", Shape::Amount, ""),
        field("creationTimestamp", Shape::Signed, "unix seconds"),
        field("acceptedTimestamp", Shape::Signed, "0 unless accepted"),
        field("status", Shape::Number, "0 voting, 1 active, 2 paid"),
    ]
);

object!(
    PHASE,
    "Phase",
    "A part of a project, and the vote on it.",
    [field("phase", Shape::Object(&PHASE_INFO), ""), field("votes", Shape::Object(&VOTES), ""),]
);

object!(
    PROJECT,
    "Project",
    "A project that asks for funds.",
    [
        field("id", Shape::Hash, ""),
        field("owner", Shape::Address, ""),
        field("name", Shape::Text, ""),
        field("description", Shape::Text, ""),
        field("url", Shape::Text, ""),
        field("znnFundsNeeded", Shape::Amount, ""),
        field("qsrFundsNeeded", Shape::Amount, ""),
        field("creationTimestamp", Shape::Signed, "unix seconds"),
        field("lastUpdateTimestamp", Shape::Signed, "unix seconds"),
        field("status", Shape::Number, "0 voting, 1 active, 2 paid, 3 closed, 4 completed"),
        field("phaseIds", Shape::List(&Shape::Hash), ""),
        field("votes", Shape::Object(&VOTES), ""),
        field("phases", Shape::List(&Shape::Optional(&Shape::Object(&PHASE))), ""),
    ]
);

object!(
    PROJECT_LIST,
    "ProjectList",
    "Some projects.",
    [
        field("count", Shape::Number, "how many there are in all"),
        field("list", Shape::List(&Shape::Object(&PROJECT)), ""),
    ]
);

object!(
    VOTE,
    "PillarVote",
    "A pillar's vote.",
    [
        field("id", Shape::Hash, "what was voted on"),
        field("name", Shape::Text, "the pillar"),
        field("vote", Shape::Number, "0 yes, 1 no, 2 abstain"),
    ]
);

/// The namespace.
pub static NAMESPACE: Namespace = Namespace {
    name: "embedded.accelerator",
    doc: "Projects that ask for funds, their phases, and the votes on both.",
    served: Served::Everywhere,
    methods: &[
        Method {
            name: "getAll",
            doc: "All projects, last changed first.",
            params: &[
                param("pageIndex", Kind::U32, "the page, from 0"),
                param("pageSize", Kind::U32, "entries of a page"),
            ],
            result: Shape::Object(&PROJECT_LIST),
            example: "[0, 10]",
            cost: Cost::Heavy,
            run: Run::Read(all),
        },
        Method {
            name: "getProjectById",
            doc: "A project; `data non existent` if there is none.",
            params: &[ID],
            result: Shape::Object(&PROJECT),
            example: NOTHING,
            cost: Cost::Cheap,
            run: Run::Read(project_by_id),
        },
        Method {
            name: "getPhaseById",
            doc: "A phase; `data non existent` if there is none.",
            params: &[ID],
            result: Shape::Object(&PHASE),
            example: NOTHING,
            cost: Cost::Cheap,
            run: Run::Read(phase_by_id),
        },
        Method {
            name: "getVoteBreakdown",
            doc: "How the vote on a project or phase stands; zeros if there is none.",
            params: &[ID],
            result: Shape::Object(&VOTES),
            example: NOTHING,
            cost: Cost::Cheap,
            run: Run::Read(|reading, args, answer| {
                answer.give(&Votes::on(&reading.account(&contract::ACCELERATOR), args.hash(0))?)
            }),
        },
        Method {
            name: "getPillarVotes",
            doc: "A pillar's votes on some projects or phases, in their order; `null` where it has \
                  not voted.",
            params: &[
                param("name", Kind::Text, "the pillar"),
                param("hashes", Kind::Hashes, "the projects and phases"),
            ],
            result: Shape::List(&Shape::Optional(&Shape::Object(&VOTE))),
            example: r#"["nobody", []]"#,
            cost: Cost::Heavy,
            run: Run::Read(pillar_votes),
        },
    ],
};

#[derive(Serialize)]
struct Votes {
    id: Hash,
    total: u32,
    yes: u32,
    no: u32,
}

impl Votes {
    fn on(storage: &Account<'_>, id: Hash) -> Result<Votes, Failure> {
        let sums = votes::breakdown(storage, &id)?;
        Ok(Votes { id, total: sums.total, yes: sums.yes, no: sums.no })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhaseInfo {
    id: Hash,
    #[serde(rename = "projectID")]
    project_id: Hash,
    #[serde(serialize_with = "text")]
    name: Vec<u8>,
    #[serde(serialize_with = "text")]
    description: Vec<u8>,
    #[serde(serialize_with = "text")]
    url: Vec<u8>,
    znn_funds_needed: Decimal,
    qsr_funds_needed: Decimal,
    creation_timestamp: i64,
    accepted_timestamp: i64,
    status: u8,
}

#[derive(Serialize)]
struct PhaseForm {
    phase: PhaseInfo,
    votes: Votes,
}

impl PhaseForm {
    fn of(storage: &Account<'_>, phase: Phase) -> Result<PhaseForm, Failure> {
        let votes = Votes::on(storage, phase.id)?;
        let phase = PhaseInfo {
            id: phase.id,
            project_id: phase.project_id,
            name: phase.name,
            description: phase.description,
            url: phase.url,
            znn_funds_needed: Decimal(phase.znn_funds_needed),
            qsr_funds_needed: Decimal(phase.qsr_funds_needed),
            creation_timestamp: phase.creation_timestamp,
            accepted_timestamp: phase.accepted_timestamp,
            status: phase.status.number(),
        };
        Ok(PhaseForm { phase, votes })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ProjectForm {
    id: Hash,
    owner: Address,
    #[serde(serialize_with = "text")]
    name: Vec<u8>,
    #[serde(serialize_with = "text")]
    description: Vec<u8>,
    #[serde(serialize_with = "text")]
    url: Vec<u8>,
    znn_funds_needed: Decimal,
    qsr_funds_needed: Decimal,
    creation_timestamp: i64,
    last_update_timestamp: i64,
    status: u8,
    phase_ids: Vec<Hash>,
    votes: Votes,
    phases: Vec<Option<PhaseForm>>,
}

impl ProjectForm {
    fn of(storage: &Account<'_>, project: Project) -> Result<ProjectForm, Failure> {
        let phases = project
            .phase_ids
            .iter()
            .map(|id| {
                let phase = accelerator::phase(storage, id)?;
                phase.map(|phase| PhaseForm::of(storage, phase)).transpose()
            })
            .collect::<Result<Vec<_>, Failure>>()?;
        Ok(ProjectForm {
            id: project.id,
            owner: project.owner,
            name: project.name,
            description: project.description,
            url: project.url,
            znn_funds_needed: Decimal(project.znn_funds_needed),
            qsr_funds_needed: Decimal(project.qsr_funds_needed),
            creation_timestamp: project.creation_timestamp,
            last_update_timestamp: project.last_update_timestamp,
            status: project.status.number(),
            phase_ids: project.phase_ids,
            votes: Votes::on(storage, project.id)?,
            phases,
        })
    }
}

#[derive(Serialize)]
struct ProjectList {
    count: usize,
    list: Vec<ProjectForm>,
}

fn all(reading: &Reading<'_>, args: &Args, answer: &mut Answer<'_>) -> Result<(), Failure> {
    let storage = reading.account(&contract::ACCELERATOR);
    let mut projects = accelerator::projects(&storage)?;
    projects.sort_by_key(|project| std::cmp::Reverse(project.last_update_timestamp));
    let list = page::of(&projects, args.number32(0), args.number32(1))
        .iter()
        .map(|project| ProjectForm::of(&storage, project.clone()))
        .collect::<Result<Vec<_>, _>>()?;
    answer.give(&ProjectList { count: projects.len(), list })
}

fn project_by_id(
    reading: &Reading<'_>,
    args: &Args,
    answer: &mut Answer<'_>,
) -> Result<(), Failure> {
    let storage = reading.account(&contract::ACCELERATOR);
    let project = accelerator::project(&storage, &args.hash(0))?.ok_or(Refusal::DataNonExistent)?;
    answer.give(&ProjectForm::of(&storage, project)?)
}

fn phase_by_id(reading: &Reading<'_>, args: &Args, answer: &mut Answer<'_>) -> Result<(), Failure> {
    let storage = reading.account(&contract::ACCELERATOR);
    let phase = accelerator::phase(&storage, &args.hash(0))?.ok_or(Refusal::DataNonExistent)?;
    answer.give(&PhaseForm::of(&storage, phase)?)
}

#[derive(Serialize)]
struct VoteForm<'a> {
    id: Hash,
    name: Text<'a>,
    vote: u8,
}

fn pillar_votes(
    reading: &Reading<'_>,
    args: &Args,
    answer: &mut Answer<'_>,
) -> Result<(), Failure> {
    let storage = reading.account(&contract::ACCELERATOR);
    let name = args.text(0);
    let found = args
        .hashes(1)
        .iter()
        .map(|id| votes::vote_of(&storage, id, name.as_bytes()))
        .collect::<Result<Vec<_>, _>>()?;
    let list: Vec<Option<VoteForm<'_>>> = found
        .iter()
        .map(|vote| {
            vote.as_ref().map(|vote| VoteForm {
                id: vote.id,
                name: Text(&vote.name),
                vote: vote.vote,
            })
        })
        .collect();
    answer.give(&list)
}
