//! `embedded.spork`: changes of the rules that are switched on by governance.
//!
//! Source: go-zenon `rpc/api/embedded/spork.go`.

use super::failure::Failure;
use super::json::Text;
use super::page::{self, check_size};
use super::params::{Args, Kind, param};
use super::reading::Reading;
use super::shape::{Shape, field, object};
use super::{Answer, Cost, Method, Namespace, Run, Served};
use ledger::contracts::spork;
use ledger::types::{Hash, contract};
use serde::Serialize;

object!(
    SPORK,
    "Spork",
    "A change of the rules.",
    [
        field("id", Shape::Hash, ""),
        field("name", Shape::Text, ""),
        field("description", Shape::Text, ""),
        field("activated", Shape::Bool, "whether it was switched on"),
        field("enforcementHeight", Shape::Number, "first height at which it holds"),
    ]
);

object!(
    SPORK_LIST,
    "SporkList",
    "Some sporks.",
    [
        field("count", Shape::Number, "how many there are in all"),
        field("list", Shape::List(&Shape::Object(&SPORK)), ""),
    ]
);

/// The namespace.
pub static NAMESPACE: Namespace = Namespace {
    name: "embedded.spork",
    doc: "Changes of the rules that are switched on by governance.",
    served: Served::Everywhere,
    methods: &[Method {
        name: "getAll",
        doc: "All sporks, by id.",
        params: &[
            param("pageIndex", Kind::U32, "the page, from 0"),
            param("pageSize", Kind::U32, "entries of a page, at most 1024"),
        ],
        result: Shape::Object(&SPORK_LIST),
        example: "[0, 10]",
        cost: Cost::Cheap,
        run: Run::Read(all),
    }],
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SporkForm<'a> {
    id: Hash,
    name: Text<'a>,
    description: Text<'a>,
    activated: bool,
    enforcement_height: u64,
}

#[derive(Serialize)]
struct SporkList<'a> {
    count: usize,
    list: Vec<SporkForm<'a>>,
}

fn all(reading: &Reading<'_>, args: &Args, answer: &mut Answer<'_>) -> Result<(), Failure> {
    let (index, size) = (args.number32(0), args.number32(1));
    check_size(size)?;
    let sporks = spork::all(&reading.account(&contract::SPORK))?;
    let list = page::of(&sporks, index, size)
        .iter()
        .map(|spork| SporkForm {
            id: spork.id,
            name: Text(&spork.name),
            description: Text(&spork.description),
            activated: spork.activated,
            enforcement_height: spork.enforcement_height,
        })
        .collect();
    answer.give(&SporkList { count: sporks.len(), list })
}
