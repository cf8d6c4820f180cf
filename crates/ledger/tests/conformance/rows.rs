//! Chains in rows: user blocks are inputs, contract blocks and momentums are to come out the same.

use crate::scenario::Network;
use crate::vectors::{address, amount, hash, number, text, token};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ledger::types::{AccountHeader, HashHeight};
use ledger::{AccountBlock, BlockType, Momentum};
use serde_json::Value;
use std::collections::BTreeMap;

/// The rows of a chain, by the momentum that confirms them.
pub struct Rows<'a>(BTreeMap<u64, Vec<&'a Value>>);

impl<'a> Rows<'a> {
    pub fn new(rows: &'a [Value]) -> Rows<'a> {
        let mut by_momentum: BTreeMap<u64, Vec<&Value>> = BTreeMap::new();
        for row in rows {
            by_momentum.entry(number(&row[0])).or_default().push(row);
        }
        Rows(by_momentum)
    }

    /// Publishes and answers what the momentum at `height` confirms, and produces it.
    pub fn play(&self, network: &mut Network, height: u64) -> Momentum {
        let rows = self.0.get(&height).map_or(&[][..], Vec::as_slice);
        for row in rows {
            match number(&row[1]) {
                2 | 3 => publish(network, row),
                // The receive block brings its descendants.
                4 => {}
                5 => answer(network, row, rows),
                other => panic!("a block of type {other}"),
            }
        }
        let content = rows.iter().map(|row| header(row)).collect();
        let (momentum, _) = network.produce_with(content);
        assert_eq!(momentum.height, height);
        momentum
    }
}

fn header(row: &Value) -> AccountHeader {
    AccountHeader { address: address(&row[2]), height: number(&row[3]), hash: hash(&row[11]) }
}

fn publish(network: &mut Network, row: &Value) {
    let acknowledged = number(&row[9]);
    let momentum =
        network.chain.view().momentum_by_height(acknowledged).expect("sound").expect("it exists");
    let template = AccountBlock {
        block_type: BlockType(number(&row[1])),
        address: address(&row[2]),
        to_address: address(&row[4]),
        amount: amount(&row[5]),
        token_standard: token(&row[6]),
        data: STANDARD.decode(text(&row[7])).expect("base64"),
        from_block_hash: match text(&row[8]) {
            "" => ledger::types::Hash::ZERO,
            _ => hash(&row[8]),
        },
        momentum_acknowledged: HashHeight::new(momentum.hash, acknowledged),
        fused_plasma: number(&row[10]),
        ..AccountBlock::default()
    };
    let block = network.publish(template).unwrap_or_else(|refusal| panic!("{row}: {refusal}"));
    assert_eq!(block.header(), header(row), "{row}");
    assert_eq!(block.changes_hash, hash(&row[12]), "{row}");
}

fn answer(network: &mut Network, row: &Value, rows: &[&Value]) {
    let contract = address(&row[2]);
    let call = network.next_call(&contract).unwrap_or_else(|| panic!("{row} answers nothing"));
    assert_eq!(call.hash, hash(&row[8]), "{row}");
    let (block, refusal) = network.answer(&call, &contract);
    assert_eq!(STANDARD.encode(&block.data), text(&row[7]), "{row}: {refusal:?}");
    for descendant in &block.descendant_blocks {
        let row = rows
            .iter()
            .find(|row| address(&row[2]) == contract && number(&row[3]) == descendant.height)
            .unwrap_or_else(|| panic!("{row}: a descendant too many: {descendant:?}"));
        assert_eq!(descendant.to_address, address(&row[4]), "{row}");
        assert_eq!(descendant.amount, amount(&row[5]), "{row}");
        assert_eq!(descendant.token_standard, token(&row[6]), "{row}");
        assert_eq!(STANDARD.encode(&descendant.data), text(&row[7]), "{row}");
        assert_eq!(descendant.header(), header(row), "{row}");
    }
    assert_eq!(block.changes_hash, hash(&row[12]), "{row}: {refusal:?}");
    assert_eq!(block.header(), header(row), "{row}");
}
