//! `embedded.bridge`: tokens that leave for other networks and come back.
//!
//! Source: go-zenon `rpc/api/embedded/bridge.go`.

use super::bridge_form::{
    BRIDGE, FEES, NETWORK, NETWORK_LIST, NetworkForm, ORCHESTRATOR, UNWRAP, UNWRAP_LIST,
    UnwrapForm, WRAP, WRAP_LIST, WrapForm, give_fees, give_info, give_orchestrator,
};
use super::failure::Failure;
use super::page::{self, check_size};
use super::params::{Args, Kind, Param, param};
use super::reading::Reading;
use super::shape::Shape;
use super::{Answer, Cost, Method, Namespace, Run, Served, guardians};
use ledger::Refusal;
use ledger::contracts::bridge::networks;
use ledger::contracts::bridge::requests::{self, UnwrapRequest, WrapRequest};
use ledger::types::contract;
use serde::Serialize;

const INDEX: Param = param("pageIndex", Kind::U32, "the page, from 0");
const SIZE: Param = param("pageSize", Kind::U32, "entries of a page");
const CLASS: Param = param("networkClass", Kind::U32, "class of the network");
const CHAIN: Param = param("chainId", Kind::U32, "the network's number within the class");
const TO: Param = param("toAddress", Kind::Text, "the receiver; empty for all");

/// The namespace.
pub static NAMESPACE: Namespace = Namespace {
    name: "embedded.bridge",
    doc: "Tokens that leave for other networks and come back.",
    served: Served::Everywhere,
    methods: &[
        Method {
            name: "getBridgeInfo",
            doc: "Settings of the contract.",
            params: &[],
            result: Shape::Object(&BRIDGE),
            example: "[]",
            cost: Cost::Cheap,
            run: Run::Read(|reading, _, answer| give_info(reading, answer)),
        },
        Method {
            name: "getSecurityInfo",
            doc: "Guardians, and how long changes wait.",
            params: &[],
            result: Shape::Object(&guardians::SECURITY),
            example: "[]",
            cost: Cost::Cheap,
            run: Run::Read(|reading, _, answer| {
                guardians::security(reading, &contract::BRIDGE, answer)
            }),
        },
        Method {
            name: "getOrchestratorInfo",
            doc: "Settings of the signers.",
            params: &[],
            result: Shape::Object(&ORCHESTRATOR),
            example: "[]",
            cost: Cost::Cheap,
            run: Run::Read(|reading, _, answer| give_orchestrator(reading, answer)),
        },
        Method {
            name: "getTimeChallengesInfo",
            doc: "Changes that wait.",
            params: &[],
            result: Shape::Object(&guardians::CHALLENGE_LIST),
            example: "[]",
            cost: Cost::Cheap,
            run: Run::Read(|reading, _, answer| {
                let methods = [
                    "NominateGuardians",
                    "ChangeTssECDSAPubKey",
                    "ChangeAdministrator",
                    "SetTokenPair",
                ];
                guardians::challenges(reading, &contract::BRIDGE, &methods, answer)
            }),
        },
        Method {
            name: "getNetworkInfo",
            doc: "A network and its tokens; an empty one if there is none.",
            params: &[CLASS, CHAIN],
            result: Shape::Object(&NETWORK),
            example: "[2, 1]",
            cost: Cost::Cheap,
            run: Run::Read(network),
        },
        Method {
            name: "getAllNetworks",
            doc: "All networks, by class and number.",
            params: &[INDEX, param("pageSize", Kind::U32, "entries of a page, at most 1024")],
            result: Shape::Object(&NETWORK_LIST),
            example: "[0, 10]",
            cost: Cost::Cheap,
            run: Run::Read(all_networks),
        },
        Method {
            name: "getWrapTokenRequestById",
            doc: "Tokens that left; `data non existent` if there are none.",
            params: &[param("id", Kind::Hash, "hash of the block that sent them")],
            result: Shape::Object(&WRAP),
            example: r#"["0000000000000000000000000000000000000000000000000000000000000000"]"#,
            cost: Cost::Cheap,
            run: Run::Read(wrap_by_id),
        },
        Method {
            name: "getAllWrapTokenRequests",
            doc: "All tokens that left, newest first.",
            params: &[INDEX, SIZE],
            result: Shape::Object(&WRAP_LIST),
            example: "[0, 10]",
            cost: Cost::Heavy,
            run: Run::Read(|reading, args, answer| {
                give_wraps(reading, |_| true, (args.number32(0), args.number32(1)), answer)
            }),
        },
        Method {
            name: "getAllWrapTokenRequestsByToAddress",
            doc: "Tokens that left for a receiver, newest first.",
            params: &[TO, INDEX, SIZE],
            result: Shape::Object(&WRAP_LIST),
            example: r#"["", 0, 10]"#,
            cost: Cost::Heavy,
            run: Run::Read(wraps_to),
        },
        Method {
            name: "getAllWrapTokenRequestsByToAddressNetworkClassAndChainId",
            doc: "Tokens that left for a receiver in a network, newest first.",
            params: &[TO, CLASS, CHAIN, INDEX, SIZE],
            result: Shape::Object(&WRAP_LIST),
            example: r#"["", 2, 1, 0, 10]"#,
            cost: Cost::Heavy,
            run: Run::Read(wraps_to_network),
        },
        Method {
            name: "getAllUnsignedWrapTokenRequests",
            doc: "Tokens that left and that the signers have not signed for, oldest first; the list \
                  is `null` if there are none.",
            params: &[INDEX, SIZE],
            result: Shape::Object(&WRAP_LIST),
            example: "[0, 10]",
            cost: Cost::Heavy,
            run: Run::Read(unsigned_wraps),
        },
        Method {
            name: "getUnwrapTokenRequestByHashAndLog",
            doc: "Tokens that came back; `data non existent` if there are none.",
            params: &[
                param("txHash", Kind::Hash, "the transaction there"),
                param("logIndex", Kind::U32, "the event within the transaction"),
            ],
            result: Shape::Object(&UNWRAP),
            example: r#"["0000000000000000000000000000000000000000000000000000000000000000", 0]"#,
            cost: Cost::Cheap,
            run: Run::Read(unwrap_by_event),
        },
        Method {
            name: "getAllUnwrapTokenRequests",
            doc: "All tokens that came back, by transaction.",
            params: &[INDEX, SIZE],
            result: Shape::Object(&UNWRAP_LIST),
            example: "[0, 10]",
            cost: Cost::Heavy,
            run: Run::Read(|reading, args, answer| {
                let all = requests::unwraps(&reading.account(&contract::BRIDGE))?;
                give_unwraps(reading, &all, (args.number32(0), args.number32(1)), answer)
            }),
        },
        Method {
            name: "getAllUnwrapTokenRequestsByToAddress",
            doc: "Tokens that came back to a receiver, newest first.",
            params: &[TO, INDEX, SIZE],
            result: Shape::Object(&UNWRAP_LIST),
            example: r#"["", 0, 10]"#,
            cost: Cost::Heavy,
            run: Run::Read(unwraps_to),
        },
        Method {
            name: "getFeeTokenPair",
            doc: "Fees taken in a token.",
            params: &[param("zts", Kind::Token, "the token")],
            result: Shape::Object(&FEES),
            example: r#"["zts1znnxxxxxxxxxxxxx9z4ulx"]"#,
            cost: Cost::Cheap,
            run: Run::Read(|reading, args, answer| give_fees(reading, &args.token(0), answer)),
        },
    ],
};

fn network(reading: &Reading<'_>, args: &Args, answer: &mut Answer<'_>) -> Result<(), Failure> {
    let storage = reading.account(&contract::BRIDGE);
    let network = networks::network(&storage, args.number32(0), args.number32(1))?;
    match &network {
        Some(network) => answer.give(&NetworkForm::of(network)),
        None => answer.give(&NetworkForm::missing()),
    }
}

#[derive(Serialize)]
struct List<T> {
    count: usize,
    list: T,
}

fn all_networks(
    reading: &Reading<'_>,
    args: &Args,
    answer: &mut Answer<'_>,
) -> Result<(), Failure> {
    check_size(args.number32(1))?;
    let networks = networks::networks(&reading.account(&contract::BRIDGE))?;
    let list: Vec<NetworkForm<'_>> = page::of(&networks, args.number32(0), args.number32(1))
        .iter()
        .map(NetworkForm::of)
        .collect();
    answer.give(&List { count: networks.len(), list })
}

fn wrap_by_id(reading: &Reading<'_>, args: &Args, answer: &mut Answer<'_>) -> Result<(), Failure> {
    let storage = reading.account(&contract::BRIDGE);
    let request = requests::wrap_by_id(&storage, &args.hash(0))?.ok_or(Refusal::DataNonExistent)?;
    answer.give(&WrapForm::of(reading, &request)?)
}

/// A page of the requests that `wanted` picks.
fn give_wraps(
    reading: &Reading<'_>,
    wanted: impl Fn(&WrapRequest) -> bool,
    (index, size): (u32, u32),
    answer: &mut Answer<'_>,
) -> Result<(), Failure> {
    let mut requests = requests::wraps(&reading.account(&contract::BRIDGE))?;
    requests.retain(wanted);
    let list = page::of(&requests, index, size)
        .iter()
        .map(|request| WrapForm::of(reading, request))
        .collect::<Result<Vec<_>, _>>()?;
    answer.give(&List { count: requests.len(), list })
}

fn wraps_to(reading: &Reading<'_>, args: &Args, answer: &mut Answer<'_>) -> Result<(), Failure> {
    let to = args.text(0);
    let wanted = |request: &WrapRequest| to.is_empty() || request.to_address == to.as_bytes();
    give_wraps(reading, wanted, (args.number32(1), args.number32(2)), answer)
}

fn wraps_to_network(
    reading: &Reading<'_>,
    args: &Args,
    answer: &mut Answer<'_>,
) -> Result<(), Failure> {
    let (to, class, chain) = (args.text(0), args.number32(1), args.number32(2));
    let wanted = |request: &WrapRequest| {
        request.network_class == class
            && request.chain_id == chain
            && (to.is_empty() || request.to_address == to.as_bytes())
    };
    give_wraps(reading, wanted, (args.number32(3), args.number32(4)), answer)
}

fn unsigned_wraps(
    reading: &Reading<'_>,
    args: &Args,
    answer: &mut Answer<'_>,
) -> Result<(), Failure> {
    let mut requests = requests::wraps(&reading.account(&contract::BRIDGE))?;
    requests.retain(|request| request.signature.is_empty());
    requests.reverse();
    // The reference has no list at all where it found nothing.
    let list = (!requests.is_empty())
        .then(|| {
            page::of(&requests, args.number32(0), args.number32(1))
                .iter()
                .map(|request| WrapForm::of(reading, request))
                .collect::<Result<Vec<_>, _>>()
        })
        .transpose()?;
    answer.give(&List { count: requests.len(), list })
}

fn unwrap_by_event(
    reading: &Reading<'_>,
    args: &Args,
    answer: &mut Answer<'_>,
) -> Result<(), Failure> {
    let storage = reading.account(&contract::BRIDGE);
    let request = requests::unwrap_by_event(&storage, &args.hash(0), args.number32(1))?
        .ok_or(Refusal::DataNonExistent)?;
    answer.give(&UnwrapForm::of(reading, &request)?)
}

fn give_unwraps(
    reading: &Reading<'_>,
    requests: &[UnwrapRequest],
    (index, size): (u32, u32),
    answer: &mut Answer<'_>,
) -> Result<(), Failure> {
    let list = page::of(requests, index, size)
        .iter()
        .map(|request| UnwrapForm::of(reading, request))
        .collect::<Result<Vec<_>, _>>()?;
    answer.give(&List { count: requests.len(), list })
}

fn unwraps_to(reading: &Reading<'_>, args: &Args, answer: &mut Answer<'_>) -> Result<(), Failure> {
    let mut requests = requests::unwraps(&reading.account(&contract::BRIDGE))?;
    let to = args.text(0);
    if !to.is_empty() {
        requests.retain(|request| request.to_address.to_text()[..] == to[..]);
        requests.sort_by_key(|request| std::cmp::Reverse(request.registration_height));
    }
    give_unwraps(reading, &requests, (args.number32(1), args.number32(2)), answer)
}
