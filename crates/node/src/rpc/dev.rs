//! `dev`: the levers of a development network. Other networks do not have this namespace.

use super::failure::Failure;
use super::json;
use super::params::{Kind, param};
use super::reading::Reading;
use super::shape::Shape;
use super::{Cost, Method, Namespace, Run, Served, Written};
use crate::service::{Dev, Later, ServiceError};
use serde::Serialize;

/// The namespace.
pub static NAMESPACE: Namespace = Namespace {
    name: "dev",
    doc: "Levers of a development network; other networks do not have this namespace.",
    served: Served::Development,
    methods: &[
        Method {
            name: "mine",
            doc: "Makes momentums now, and gives the newest height.",
            params: &[param("count", Kind::U64, "how many")],
            result: Shape::Number,
            example: "[1]",
            cost: Cost::Cheap,
            run: Run::Write(|reading, args| Ok(written(lever(reading)?.mine(args.number(0))))),
        },
        Method {
            name: "snapshot",
            doc: "Names the ledger as it is now, to return to it, and gives the name.",
            params: &[],
            result: Shape::Number,
            example: "[]",
            cost: Cost::Cheap,
            run: Run::Write(|reading, _| Ok(written(lever(reading)?.snapshot()))),
        },
        Method {
            name: "revert",
            doc: "Returns to a snapshot; it and the later ones are gone then. `false` if there is \
                  none of that name.",
            params: &[param("snapshot", Kind::U64, "the name")],
            result: Shape::Bool,
            example: "[0]",
            cost: Cost::Cheap,
            run: Run::Write(|reading, args| Ok(written(lever(reading)?.revert(args.number(0))))),
        },
        Method {
            name: "increaseTime",
            doc: "Moves the clock forward and makes a momentum there; gives the new time in unix \
                  seconds.",
            params: &[param("seconds", Kind::U64, "how far")],
            result: Shape::Number,
            example: "[10]",
            cost: Cost::Cheap,
            run: Run::Write(|reading, args| {
                Ok(written(lever(reading)?.increase_time(args.number(0))))
            }),
        },
        Method {
            name: "setOnDemand",
            doc: "Whether a momentum is made as soon as a block waits.",
            params: &[param("on", Kind::Bool, "whether")],
            result: Shape::Null,
            example: "[false]",
            cost: Cost::Cheap,
            run: Run::Write(|reading, args| {
                Ok(written(lever(reading)?.set_on_demand(args.bool(0))))
            }),
        },
        Method {
            name: "blockTime",
            doc: "Seconds between two momentums.",
            params: &[],
            result: Shape::Number,
            example: "[]",
            cost: Cost::Cheap,
            run: Run::Read(|reading, _, answer| answer.give(&lever(reading)?.block_time())),
        },
        Method {
            name: "now",
            doc: "The node's clock in unix seconds.",
            params: &[],
            result: Shape::Number,
            example: "[]",
            cost: Cost::Cheap,
            run: Run::Read(|reading, _, answer| answer.give(&reading.service.now())),
        },
    ],
};

fn lever<'a>(reading: &'a Reading<'_>) -> Result<&'a dyn Dev, Failure> {
    reading.service.dev().ok_or_else(|| Failure::of_method("this is no development network"))
}

fn written<T: Serialize + 'static>(later: Later<Result<T, ServiceError>>) -> Written {
    Box::pin(async move {
        let result = later.await?;
        let mut out = Vec::new();
        json::append(&mut out, &result)?;
        Ok(out)
    })
}
