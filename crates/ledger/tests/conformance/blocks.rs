//! Hashes, preimages, write sets and signatures of single blocks.

use crate::scenario::{Network, call, of, receive, send};
use crate::vectors::{NOM, address, bytes, hash, list, text, token};
use ledger::codec::json;
use ledger::contracts::{self, Args};
use ledger::state::{Changes, patch_dump};
use ledger::types::{Amount, Hash, TokenStandard, coins, contract, sha3_256};
use ledger::verify::signature;
use ledger::{AccountBlock, Rules, abi};
use serde_json::Value;

fn case(name: &str) -> &'static Value {
    list(&NOM["blocks"])
        .iter()
        .find(|case| text(&case["name"]) == name)
        .unwrap_or_else(|| panic!("no block {name}"))
}

#[test]
fn hashes_cover_the_preimage() {
    for case in list(&NOM["blocks"]) {
        let block: AccountBlock = json::decode(&case["json"]).expect("a block");
        let preimage = bytes(&case["preimage"]);
        assert_eq!(preimage.len(), AccountBlock::PREIMAGE_LEN);
        assert_eq!(Hash(sha3_256(&preimage)), block.hash, "{}", case["name"]);
        assert_eq!(block.compute_hash(), block.hash, "{}", case["name"]);
    }
}

#[test]
fn signatures_are_valid_and_cover_the_hash() {
    let mut signed = 0;
    for case in list(&NOM["blocks"]) {
        let block: AccountBlock = json::decode(&case["json"]).expect("a block");
        if block.signature.is_empty() {
            continue;
        }
        signed += 1;
        assert_eq!(of(text(&case["signer"])), block.address);
        assert!(signature::verify(&block.public_key, &block.hash.0, &block.signature));
        assert!(!signature::verify(&block.public_key, &Hash::of(b"").0, &block.signature));
    }
    assert!(signed > 0);
}

/// Records of a vector as a write set.
fn write_set(records: &Value) -> Changes {
    let mut changes = Changes::default();
    for record in list(records) {
        changes.put(bytes(&record[0]), bytes(&record[1]));
    }
    changes
}

#[test]
fn a_transfer_writes_what_the_reference_writes() {
    let mut network = Network::mock(Rules::default());
    let (user1, user2) = (of("user1"), of("user2"));
    let sent = case("user send 100 ZNN user1->user2");
    let template = send(user1, user2, coins(100), TokenStandard::ZNN);
    let (block, changes) = network.draft(template.clone()).expect("a good transfer");
    assert_eq!(changes, write_set(&sent["vmChanges"]));
    assert_eq!(changes.dump(), bytes(&sent["vmChangesDump"]));
    assert_eq!(Changes::from_dump(&changes.dump()), Some(changes));
    let recorded: AccountBlock = json::decode(&sent["json"]).expect("a block");
    assert_eq!(block.changes_hash, recorded.changes_hash);
    // Ed25519 is deterministic, so even the signature is the same.
    assert_eq!(network.publish(template).expect("a good transfer"), recorded);

    network.momentum();
    let received = case("user receive");
    let template = receive(user2, recorded.hash);
    let (_, changes) = network.draft(template).expect("a good receive");
    // The vector's receive takes another transfer, whose hash is in the key.
    let keys = |changes: &Changes| changes.iter().map(|(key, _)| key[0]).collect::<Vec<_>>();
    assert_eq!(keys(&changes), keys(&write_set(&received["vmChanges"])));
    assert_eq!(
        hex::encode(write_set(&received["vmChanges"]).dump()),
        text(&received["vmChangesDump"])
    );
}

#[test]
fn issuing_a_token_makes_the_recorded_batch() {
    let mut network = Network::mock(Rules::default());
    let issued = case("IssueToken call by user1 at height 2 of the mock chain");
    let recorded: AccountBlock = json::decode(&issued["json"]).expect("a block");
    let method = contracts::token::CONTRACT.named("IssueToken").expect("a method");
    let args = method.decode(&recorded.data).expect("good arguments");
    assert_eq!(method.encode(&args), recorded.data);
    let template = AccountBlock {
        data: recorded.data.clone(),
        ..send(of("user1"), contract::TOKEN, coins(1), TokenStandard::ZNN)
    };
    assert_eq!(network.publish(template).expect("a good call"), recorded);
    assert_eq!(TokenStandard::of_issue(&recorded.hash), token(&issued["derivedTokenStandard"]));

    network.produce();
    let next = network.next_call(&contract::TOKEN).expect("a call waits");
    let (answer, refusal) = network.answer(&next, &contract::TOKEN);
    assert_eq!(refusal, None);
    let recorded = json::decode(&case("contract receive of that call with one descendant")["json"]);
    assert_eq!(Ok(answer), recorded);
}

#[test]
fn dumps_of_patches_are_byte_exact() {
    for case in list(&NOM["patchDump"]) {
        let records: Vec<(Vec<u8>, Option<Vec<u8>>)> = case["patch"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|record| {
                let value = (!record[1].is_null()).then(|| bytes(&record[1]));
                (bytes(&record[0]), value)
            })
            .collect();
        let dump =
            patch_dump(records.iter().map(|(key, value)| (key.as_slice(), value.as_deref())));
        assert_eq!(hex::encode(&dump), text(&case["dump"]));
        assert_eq!(Hash::of(&dump), hash(&case["hash"]));
        let read = Changes::from_dump(&dump).expect("a good dump");
        assert_eq!(read.dump(), dump);
        for end in 1..dump.len() {
            // A cut between records is a shorter dump; any other is none.
            if let Some(short) = Changes::from_dump(&dump[..end]) {
                assert_eq!(short.dump(), dump[..end]);
            }
        }
    }
}

#[test]
fn calls_without_amount_carry_no_token() {
    let mut network = Network::mock(Rules::default());
    let selector = abi::encode_call("Undelegate", &[], &Args::default().0);
    let block = network.publish(call(of("user1"), contract::PILLAR, selector)).expect("a call");
    assert_eq!((block.amount, block.token_standard), (Amount::ZERO, TokenStandard::ZERO));
    assert_eq!(block.to_address, address(&NOM["address"]["contracts"][1]["address"]));
}
