//! The contracts' tables against the reference's: selectors, plasma and eras of all methods, and the
//! encoding of calls.

use ledger::abi::{self, Kind, Value};
use ledger::contracts::{Args, CONTRACTS, Contract, Method};
use ledger::rules::Era;
use ledger::types::{Address, Amount, Hash, TokenStandard};
use serde_json::Value as Json;
use std::collections::BTreeSet;

fn vectors(name: &str) -> Vec<Json> {
    let text = include_str!("vectors/nom.json");
    let all: Json = serde_json::from_str(text).expect("vectors are JSON");
    all[name].as_array().expect("a list of vectors").clone()
}

fn text<'a>(vector: &'a Json, field: &str) -> &'a str {
    vector[field].as_str().unwrap_or_else(|| panic!("{field} in {vector}"))
}

fn signature(method: &Method) -> String {
    abi::signature(method.name, method.params)
}

fn era(letter: &str) -> Era {
    match letter {
        "O" => Era::Origin,
        "A" => Era::Accelerator,
        "B" => Era::Bridge,
        "H" => Era::Htlc,
        other => panic!("unknown era {other}"),
    }
}

fn contract(name: &str) -> &'static Contract {
    CONTRACTS.into_iter().find(|contract| contract.name == name).expect("the contract exists")
}

#[test]
fn every_method_has_the_references_selector_plasma_and_era() {
    let mut seen = BTreeSet::new();
    for vector in vectors("selectors") {
        let contract = contract(text(&vector, "contract"));
        assert_eq!(contract.address.to_string(), text(&vector, "address"));
        let wanted = text(&vector, "method");
        let forms: Vec<&Method> =
            contract.methods.iter().filter(|method| signature(method) == wanted).collect();
        let first = forms.first().unwrap_or_else(|| panic!("{} has no {wanted}", contract.name));
        let selector = abi::selector(first.name, first.params);
        assert_eq!(hex::encode(selector), text(&vector, "id"), "{wanted}");
        assert_eq!(contract.since.max(first.since), era(text(&vector, "from")), "{wanted}");
        // Either one number, or a form per era: `O 126000 / A 52500`.
        match vector["plasma"].as_u64() {
            Some(plasma) => assert!(forms.iter().all(|form| form.plasma == plasma), "{wanted}"),
            None => {
                let prices = text(&vector, "plasma").split(" / ").map(|form| {
                    let (letter, plasma) = form.split_once(' ').expect("an era and a price");
                    (era(letter), plasma.parse().expect("a price"))
                });
                let ours: Vec<(Era, u64)> =
                    forms.iter().map(|form| (form.since, form.plasma)).collect();
                assert_eq!(ours, prices.collect::<Vec<_>>(), "{wanted}");
            }
        }
        seen.insert((contract.name, wanted.to_owned()));
    }
    let ours: BTreeSet<_> = CONTRACTS
        .into_iter()
        .flat_map(|contract| {
            contract.methods.iter().map(|method| (contract.name, signature(method)))
        })
        .collect();
    assert_eq!(seen, ours);
}

#[test]
fn a_method_is_found_from_its_era_on() {
    for contract in CONTRACTS {
        for method in contract.methods {
            let data = abi::selector(method.name, method.params);
            let found = contract.method(method.since, &data).expect("it exists in its era");
            assert_eq!((found.name, found.plasma), (method.name, method.plasma));
        }
    }
    let bridge_only = abi::selector(
        "LiquidityStake",
        contract("liquidity").named("LiquidityStake").expect("it exists").params,
    );
    assert!(contract("liquidity").method(Era::Accelerator, &bridge_only).is_none());
    let update = abi::selector("Update", &[]);
    let (origin, bridge) = (
        contract("liquidity").method(Era::Origin, &update).expect("from genesis on"),
        contract("liquidity").method(Era::Htlc, &update).expect("for ever"),
    );
    assert!(origin.since < bridge.since, "the bridge spork brings another Update");
}

#[test]
fn calls_are_encoded_and_decoded_as_by_the_reference() {
    let methods: Vec<&Method> =
        CONTRACTS.into_iter().flat_map(|contract| contract.methods).collect();
    for vector in vectors("abi") {
        let wanted = text(&vector, "method");
        let method = methods.iter().find(|method| signature(method) == wanted);
        let method = method.unwrap_or_else(|| panic!("no {wanted}"));
        let given = vector["args"].as_array().expect("arguments");
        let args: Vec<Value> =
            method.params.iter().zip(given).map(|(param, json)| value(param.kind, json)).collect();
        let data = hex::decode(text(&vector, "data")).expect("data is hex");
        assert_eq!(hex::encode(method.encode(&Args(args.clone()))), hex::encode(&data), "{wanted}");
        assert_eq!(method.decode(&data).expect("it decodes").0, args, "{wanted}");
    }
}

/// A vector's argument: numbers are decimal text, addresses, tokens, hashes and bytes are hex.
fn value(kind: Kind, json: &Json) -> Value {
    let bytes = || hex::decode(json.as_str().expect("hex text")).expect("hex");
    match kind {
        Kind::Uint(_) => Value::Uint(number(json).parse::<Amount>().expect("a number")),
        Kind::Int(_) => Value::Int(number(json).parse().expect("a number")),
        Kind::Bool => Value::Bool(json.as_bool().expect("a truth value")),
        Kind::Address => Value::Address(Address::from_slice(&bytes()).expect("20 bytes")),
        Kind::TokenStandard => {
            Value::TokenStandard(TokenStandard::from_slice(&bytes()).expect("10 bytes"))
        }
        Kind::Hash => Value::Hash(Hash::from_slice(&bytes()).expect("32 bytes")),
        Kind::Text => Value::Text(json.as_str().expect("text").as_bytes().to_vec()),
        Kind::Bytes => Value::Bytes(bytes()),
        Kind::List(element) => {
            let elements = json.as_array().expect("a list");
            Value::List(elements.iter().map(|json| value(*element, json)).collect())
        }
    }
}

fn number(json: &Json) -> String {
    json.as_str().map_or_else(|| json.to_string(), str::to_owned)
}
