//! Plasma and proof of work.

use crate::scenario::{Network, call, of, send};
use crate::vectors::{NOM, address, amount, bytes, hash, list, number, text};
use ledger::contracts::{self, Args};
use ledger::types::{Amount, TokenStandard, contract};
use ledger::verify::{plasma, pow};
use ledger::{AccountBlock, Rules, abi::Value as AbiValue};

#[test]
fn fused_qsr_give_plasma() {
    for case in list(&NOM["plasma"]["fusedToPlasma"]) {
        assert_eq!(plasma::of_fused(&amount(&case["amount"])), number(&case["plasma"]), "{case}");
    }
    assert_eq!(plasma::of_fused(&Amount::MAX), plasma::BLOCK_MAX);
}

#[test]
fn work_gives_plasma() {
    for case in list(&NOM["plasma"]["difficultyToPlasma"]) {
        let (difficulty, gives) = (number(&case["difficulty"]), number(&case["plasma"]));
        assert_eq!(plasma::of_difficulty(difficulty), gives, "{case}");
        let needed = plasma::difficulty_for(gives).expect("work can give it");
        assert!(needed <= difficulty && plasma::of_difficulty(needed) == gives, "{case}");
    }
    assert!(plasma::difficulty_for(plasma::WORK_MAX + 1).is_err());
    assert_eq!(plasma::of_difficulty(u64::MAX), plasma::WORK_MAX);
}

#[test]
fn blocks_need_plasma() {
    let network = Network::mock(Rules::default());
    let view = network.chain.view();
    let base = |block: &AccountBlock| plasma::base(&view, block).expect("a known kind of block");
    let (user1, user2) = (of("user1"), of("user2"));
    let empty = send(user1, user2, Amount::ZERO, TokenStandard::ZERO);
    for case in list(&NOM["plasma"]["base"]) {
        let block = match text(&case["case"]) {
            "receive or empty send to user" => empty.clone(),
            "send with 10 data bytes" => AccountBlock { data: vec![7; 10], ..empty.clone() },
            "Fuse call" => {
                let fuse = contracts::plasma::CONTRACT.named("Fuse").expect("a method");
                let data = fuse.encode(&Args(vec![AbiValue::Address(user2)]));
                call(user1, contract::PLASMA, data)
            }
            other => panic!("unknown case {other}"),
        };
        assert_eq!(base(&block), number(&case["plasma"]), "{case}");
        if let Some(difficulty) = case["requiredDifficultyWithoutPlasma"].as_u64() {
            assert_eq!(plasma::difficulty_for(base(&block)), Ok(difficulty));
        }
    }
    assert_eq!(base(&crate::scenario::receive(user1, ledger::types::Hash::ZERO)), 21_000);
}

#[test]
fn work_is_checked() {
    for case in list(&NOM["pow"]) {
        let data_hash = hash(&case["dataHash"]);
        if !case["address"].is_null() {
            let made = pow::data_hash(&address(&case["address"]), &hash(&case["previousHash"]));
            assert_eq!(made, data_hash, "{case}");
        }
        let nonce: [u8; 8] = bytes(&case["nonce"]).try_into().expect("a nonce has 8 bytes");
        let threshold = pow::threshold(number(&case["difficulty"]));
        assert_eq!(threshold.to_string(), text(&case["threshold"]), "{case}");
        let valid = pow::value(&nonce, &data_hash) >= threshold;
        assert_eq!(Some(valid), case["valid"].as_bool(), "{case}");
    }
}

/// The reference turns difficulties into signed numbers: from 2^63 on nearly any nonce passes. A network
/// can switch that off.
#[test]
fn difficulties_above_the_sign_pass_only_where_the_rules_say() {
    let block = AccountBlock { difficulty: 1 << 63, ..AccountBlock::default() };
    assert!(pow::check(&block, true));
    assert!(!pow::check(&block, false));
}
