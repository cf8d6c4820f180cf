//! Momentums: hashes, write sets, and the accelerator spork's scenario.

use crate::scenario::{Network, call, of, receive, send};
use crate::vectors::{NOM, bytes, hash, list, text};
use ledger::codec::json;
use ledger::contracts::{self, Args, Contract};
use ledger::rules::SporkIds;
use ledger::state::Changes;
use ledger::types::{Amount, Hash, TokenStandard, coins, contract, sha3_256};
use ledger::{AccountBlock, Momentum, Rules, abi::Value as AbiValue};
use serde_json::Value;

fn case(name: &str) -> &'static Value {
    list(&NOM["momentums"])
        .iter()
        .find(|case| text(&case["name"]) == name)
        .unwrap_or_else(|| panic!("no momentum {name}"))
}

/// Hashed fields are those of the vector; keys and signatures are not in it.
fn assert_is(momentum: &Momentum, case: &Value) {
    let recorded: Momentum = json::decode(&case["json"]).expect("a momentum");
    assert_eq!(momentum.hash, recorded.hash, "{}", case["name"]);
    assert_eq!(momentum.content, recorded.content, "{}", case["name"]);
    assert_eq!(momentum.changes_hash, recorded.changes_hash, "{}", case["name"]);
    assert_eq!(Hash(sha3_256(&bytes(&case["preimage"]))), momentum.hash, "{}", case["name"]);
    assert_eq!(momentum.compute_hash(), momentum.hash, "{}", case["name"]);
}

fn assert_writes(changes: &Changes, records: &Value) {
    let ours: Vec<(String, Option<String>)> =
        changes.iter().map(|(key, value)| (hex::encode(key), value.map(hex::encode))).collect();
    let recorded: Vec<(String, Option<String>)> = list(records)
        .iter()
        .map(|record| (text(&record[0]).to_owned(), record[1].as_str().map(str::to_owned)))
        .collect();
    assert_eq!(ours, recorded);
}

#[test]
fn a_transfer_is_confirmed_as_recorded() {
    let mut network = Network::mock(Rules::default());
    let (user1, user2) = (of("user1"), of("user2"));
    let sent = network
        .publish(send(user1, user2, coins(100), TokenStandard::ZNN))
        .expect("a good transfer");
    let (momentum, changes) = network.produce();
    assert_is(&momentum, case("mock momentum 2 (send)"));
    assert_writes(&changes, &case("mock momentum 2 (send)")["writeSet"]);

    network.publish(receive(user2, sent.hash)).expect("a good receive");
    let (momentum, changes) = network.produce();
    assert_is(&momentum, case("mock momentum 3 (receive)"));
    assert_writes(&changes, &case("mock momentum 3 (receive)")["writeSet"]);
}

#[test]
fn a_batch_is_confirmed_as_recorded() {
    let mut network = Network::mock(Rules::default());
    let issued: AccountBlock = json::decode(&NOM["blocks"][3]["json"]).expect("a block");
    let template = AccountBlock {
        data: issued.data,
        ..send(of("user1"), contract::TOKEN, coins(1), TokenStandard::ZNN)
    };
    network.publish(template).expect("a good call");
    assert_is(&network.momentum(), case("IssueToken: momentum 2"));
    assert_is(&network.momentum(), case("IssueToken: momentum 3 (batch)"));
}

fn encoded(contract: &Contract, method: &str, args: Vec<AbiValue>) -> Vec<u8> {
    contract.named(method).expect("a method").encode(&Args(args))
}

#[test]
fn the_accelerator_comes_with_its_spork() {
    let facts = case("accelerator spork scenario");
    let spork_id = hash(&facts["sporkId"]);
    let rules = Rules {
        sporks: SporkIds { accelerator: spork_id, ..Rules::default().sporks },
        ..Rules::default()
    };
    let mut network = Network::mock(rules);
    let recorded = |momentum: &Momentum| {
        assert_eq!(momentum.hash, hash(&facts["momentumHashes"][momentum.height.to_string()]));
    };
    let name = |text: &str| AbiValue::Text(text.as_bytes().to_vec());
    let (spork, user1) = (of("spork"), of("user1"));

    let data = encoded(
        &contracts::spork::CONTRACT,
        "CreateSpork",
        vec![name("spork-accelerator"), name("activate spork for accelerator")],
    );
    let created = network.publish(call(spork, contract::SPORK, data)).expect("a good call");
    assert_eq!(created.hash, spork_id);
    recorded(&network.momentum());
    let data =
        encoded(&contracts::spork::CONTRACT, "ActivateSpork", vec![AbiValue::Hash(spork_id)]);
    network.publish(call(spork, contract::SPORK, data)).expect("a good call");
    for _ in 3..=20 {
        recorded(&network.momentum());
    }

    let data = encoded(
        &contracts::accelerator::CONTRACT,
        "CreateProject",
        vec![
            name("Test Project 1"),
            name("TEST DESCRIPTION"),
            name("test.com"),
            AbiValue::Uint(Amount::from(100)),
            AbiValue::Uint(Amount::from(1000)),
        ],
    );
    let template =
        AccountBlock { data, ..send(user1, contract::ACCELERATOR, coins(1), TokenStandard::ZNN) };
    let project = network.publish(template).expect("a good call");
    assert_eq!(project.hash, hash(&facts["projectId"]));
}

/// A later version's momentum: two prices more under the hash.
#[test]
fn version_two_covers_its_prices() {
    let first = Momentum {
        version: 1,
        chain_identifier: 69,
        previous_hash: Hash([0x11; 32]),
        height: 21,
        timestamp: 1_739_923_400,
        changes_hash: Hash([0x22; 32]),
        ..Momentum::default()
    };
    assert_eq!(
        first.compute_hash().to_string(),
        "908c9cf8ffd8555639c53e5ff9834aaf59aee3aaf30256814ec74f0b2c659855"
    );
    let second = Momentum { version: 2, next_fusion_price: 1050, next_work_price: 1000, ..first };
    assert_eq!(
        second.compute_hash().to_string(),
        "37162a2d269f076a2570e1662e14b38d3961b7d0a99b5e1875125cda65cc48f7"
    );
}
