//! `rpc`: what this server offers. `rpc.discover` is an addition to what the reference has.

use super::failure::Failure;
use super::openrpc;
use super::params::Args;
use super::reading::Reading;
use super::shape::Shape;
use super::{Answer, Cost, Method, Namespace, Run, Served};
use std::collections::BTreeMap;

/// The namespace.
pub static NAMESPACE: Namespace = Namespace {
    name: "rpc",
    doc: "What this server offers.",
    served: Served::Always,
    methods: &[
        Method {
            name: "modules",
            doc: "The namespaces that are served, each with its version.",
            params: &[],
            result: Shape::Map(&Shape::Text),
            example: "[]",
            cost: Cost::Cheap,
            run: Run::Read(modules),
        },
        Method {
            name: "discover",
            doc: "The methods that are served as an OpenRPC document.",
            params: &[],
            result: Shape::Any,
            example: "[]",
            cost: Cost::Heavy,
            run: Run::Read(|reading, _, answer| {
                answer.give(&openrpc::document(reading.namespaces))
            }),
        },
    ],
};

fn modules(reading: &Reading<'_>, _: &Args, answer: &mut Answer<'_>) -> Result<(), Failure> {
    let modules: BTreeMap<&str, &str> =
        reading.namespaces.iter().map(|namespace| (namespace.name, "1.0")).collect();
    answer.give(&modules)
}
