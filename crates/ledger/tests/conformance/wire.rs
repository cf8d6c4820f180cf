//! Protobuf and RLP forms, byte for byte.

use crate::vectors::{NOM, bytes, list};
use ledger::codec::{json, protobuf, rlp};
use ledger::{AccountBlock, DetailedMomentum, Momentum};

#[test]
fn blocks_have_their_bytes() {
    for case in list(&NOM["blocks"]) {
        let block: AccountBlock = json::decode(&case["json"]).expect("a block");
        let (proto, wire) = (bytes(&case["proto"]), bytes(&case["rlp"]));
        assert_eq!(protobuf::encode_account_block(&block), proto, "{}", case["name"]);
        assert_eq!(protobuf::decode_account_block(&proto), Ok(block.clone()), "{}", case["name"]);
        assert_eq!(hex::encode(rlp::encode(&block)), hex::encode(&wire), "{}", case["name"]);
        assert_eq!(rlp::decode(&wire), Ok(block), "{}", case["name"]);
    }
}

#[test]
fn momentums_have_their_bytes() {
    for case in list(&NOM["wireMomentums"]) {
        let momentum: Momentum = json::decode(&case["json"]).expect("a momentum");
        let (proto, wire) = (bytes(&case["proto"]), bytes(&case["rlp"]));
        assert_eq!(protobuf::encode_momentum(&momentum), proto);
        assert_eq!(protobuf::decode_momentum(&proto), Ok(momentum.clone()));
        assert_eq!(hex::encode(rlp::encode(&momentum)), hex::encode(&wire));
        assert_eq!(rlp::decode(&wire), Ok(momentum.clone()));
        assert_eq!(momentum.compute_hash(), momentum.hash);

        let detailed = DetailedMomentum { momentum, account_blocks: Vec::new() };
        let wire = rlp::encode(&detailed);
        assert_eq!(rlp::decode(&wire), Ok(detailed));
    }
}

/// The tail of a later version: prices are left out from the last zero on.
#[test]
fn prices_are_an_optional_tail() {
    let first: Momentum = json::decode(&NOM["wireMomentums"][0]["json"]).expect("a momentum");
    for (fusion, work, more) in [(0, 0, 0), (5, 0, 1), (0, 5, 2), (1050, 1000, 6)] {
        let momentum =
            Momentum { next_fusion_price: fusion, next_work_price: work, ..first.clone() };
        let wire = rlp::encode(&momentum);
        assert_eq!(wire.len(), rlp::encode(&first).len() + more);
        assert_eq!(rlp::decode(&wire), Ok(momentum));
    }
}

#[test]
fn malformed_bytes_are_refused() {
    let wire = bytes(&NOM["blocks"][1]["rlp"]);
    for end in 0..wire.len() {
        assert!(rlp::decode::<AccountBlock>(&wire[..end]).is_err(), "cut at {end}");
    }
    assert!(rlp::decode::<AccountBlock>(&[&wire[..], &[0]].concat()).is_err(), "a byte too many");
    // A list of one more item than a block has.
    let mut longer = vec![0xf9, 0x01, 0x60];
    longer.extend(&wire[3..]);
    longer.push(0x80);
    assert!(rlp::decode::<AccountBlock>(&longer).is_err(), "a field too many");
    // Version 1 as two bytes.
    let mut padded = vec![0xf9, 0x01, 0x61, 0x82, 0x00, 0x01];
    padded.extend(&wire[4..]);
    assert!(rlp::decode::<AccountBlock>(&padded).is_err(), "an integer with a leading zero");
}

#[test]
fn nesting_is_bounded() {
    let mut block: AccountBlock = json::decode(&NOM["blocks"][1]["json"]).expect("a block");
    for _ in 0..2 {
        block = AccountBlock { descendant_blocks: vec![block.clone()], ..block };
    }
    assert_eq!(rlp::decode(&rlp::encode(&block)), Ok(block.clone()));
    block = AccountBlock { descendant_blocks: vec![block.clone()], ..block };
    assert!(rlp::decode::<AccountBlock>(&rlp::encode(&block)).is_err());
    assert!(protobuf::decode_account_block(&protobuf::encode_account_block(&block)).is_err());
}
