//! No reader of outside bytes panics: they read or refuse.

use crate::forms::{blocks, momentums};
use crate::vectors::mock_config;
use ledger::codec::{base64, json, protobuf, rlp};
use ledger::contracts::CONTRACTS;
use ledger::genesis::{Genesis, GenesisConfig};
use ledger::recording::{Recording, change_rules};
use ledger::state::Changes;
use ledger::types::{AccountHeader, Address, Hash, HashHeight, TokenStandard};
use ledger::verify::signature;
use ledger::{AccountBlock, DetailedMomentum, Momentum, Rules};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

/// Gives the bytes to every reader of bytes.
fn read_all(bytes: &[u8]) {
    let _ = protobuf::decode_account_block(bytes);
    let _ = protobuf::decode_momentum(bytes);
    let _ = protobuf::decode_account_header(bytes);
    let _ = protobuf::decode_hash_height(bytes);
    let _ = rlp::decode::<AccountBlock>(bytes);
    let _ = rlp::decode::<Momentum>(bytes);
    let _ = rlp::decode::<DetailedMomentum>(bytes);
    let _ = rlp::decode::<AccountHeader>(bytes);
    let _ = rlp::decode::<HashHeight>(bytes);
    let _ = Changes::from_dump(bytes);
    let _ = base64::decode_or_offset(bytes);
    let _ = GenesisConfig::from_json(bytes);
    let _ = Recording::begin(bytes);
    let _ = signature::verify(
        bytes.get(..32).unwrap_or_default(),
        b"",
        bytes.get(32..).unwrap_or_default(),
    );
    for method in CONTRACTS.into_iter().flat_map(|contract| contract.methods) {
        let _ = method.decode(bytes);
    }
    if let Ok(text) = core::str::from_utf8(bytes) {
        read_all_texts(text);
    }
}

/// Gives the text to every reader of texts.
fn read_all_texts(text: &str) {
    let _ = text.parse::<Hash>();
    let _ = text.parse::<Address>();
    let _ = text.parse::<TokenStandard>();
    let _ = json::parse::<AccountBlock>(text);
    let _ = json::parse::<DetailedMomentum>(text);
    let _ = change_rules(&mut Rules::default(), text);
    if let Ok(value) = serde_json::from_str(text) {
        let _ = json::decode_published(&value);
    }
}

/// Changes some bytes.
fn change(mut bytes: Vec<u8>, changes: &[(Index, u8)]) -> Vec<u8> {
    for (at, to) in changes {
        let at = at.index(bytes.len());
        bytes[at] = *to;
    }
    bytes
}

/// Changes some bytes and cuts some off.
fn spoil(bytes: Vec<u8>, changes: &[(Index, u8)], cut: Index) -> Vec<u8> {
    let mut bytes = change(bytes, changes);
    bytes.truncate(cut.index(bytes.len()) + 1);
    bytes
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in vec(any::<u8>(), 0..400)) {
        read_all(&bytes);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,100}") {
        read_all(text.as_bytes());
    }

    #[test]
    fn spoiled_blocks_are_read_or_refused(
        block in blocks(),
        changes in vec(any::<(Index, u8)>(), 0..4),
        cut: Index,
    ) {
        let text = serde_json::to_vec(&block).expect("blocks can be written");
        for bytes in [protobuf::encode_account_block(&block), rlp::encode(&block), text] {
            read_all(&spoil(bytes, &changes, cut));
        }
    }

    #[test]
    fn spoiled_momentums_are_read_or_refused(
        momentum in momentums(),
        changes in vec(any::<(Index, u8)>(), 0..4),
        cut: Index,
    ) {
        let text = serde_json::to_vec(&momentum).expect("momentums can be written");
        for bytes in [protobuf::encode_momentum(&momentum), rlp::encode(&momentum), text] {
            read_all(&spoil(bytes, &changes, cut));
        }
    }

    #[test]
    fn spoiled_configurations_are_built_or_refused(
        changes in vec(any::<(Index, u8)>(), 1..4),
    ) {
        let text = mock_config().to_json().into_bytes();
        let _ = Genesis::from_json(&change(text, &changes), Rules::default());
    }
}

#[test]
fn deep_nesting_is_refused() {
    for open in ["[", "{\"descendantBlocks\":[", "{\"a\":"] {
        read_all_texts(&open.repeat(10_000));
    }
    // Lists in lists: 10,000 headers of RLP, and of protobuf's field 13.
    read_all(&[0xc1; 10_000]);
    read_all(&[0x6a, 0x7f].repeat(5_000));
}

/// A length far beyond the input takes no memory.
#[test]
fn promised_lengths_are_checked() {
    read_all(&[0xff; 9]);
    read_all(&[&[0xbf][..], &u64::MAX.to_be_bytes()].concat());
    read_all(&[0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]);
    read_all(&[1, 0xff, 0xff, 0xff, 0xff, 0x7f]);
}
