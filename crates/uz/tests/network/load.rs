//! Accounts that hand in blocks, each at one node, and remember what was acknowledged.

use crate::nodes::Node;
use ledger::types::{Address, Amount, Hash, HashHeight, TokenStandard};
use ledger::{AccountBlock, BlockType};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use wallet::KeyPair;

/// Momentums below the newest one that a block names: deeper than any fork here, so that what one side
/// of a partition confirmed stays valid on the other.
const DEPTH: u64 = 20;
/// Pause between two blocks of an account.
const PAUSE: Duration = Duration::from_millis(150);
/// What each block is paid with.
const PLASMA: u64 = 21_000;

/// An account.
pub struct Client {
    key: KeyPair,
    to: Address,
    chain_identifier: u64,
    /// Hashes of blocks whose publication was answered.
    pub acknowledged: Vec<Hash>,
    /// Blocks that were refused.
    pub refused: Vec<String>,
}

impl Client {
    /// An account that sends to another.
    pub fn new(key: KeyPair, to: Address, chain_identifier: u64) -> Client {
        Client { key, to, chain_identifier, acknowledged: Vec::new(), refused: Vec::new() }
    }

    /// Hands in blocks until it is told to stop; a node that does not answer is asked again.
    pub fn work(&mut self, node: &Node, stop: &AtomicBool) {
        while !stop.load(Ordering::Acquire) {
            // A pause makes the load, it waits for nothing.
            std::thread::sleep(PAUSE);
            let Some(block) = self.next_block(node) else { continue };
            let value = serde_json::to_value(&block).expect("blocks print as JSON");
            match node.ask("ledger.publishRawTransaction", &json!([value])) {
                Some(Ok(_)) => self.acknowledged.push(block.hash),
                // Plasma is used up, or the chain was taken back meanwhile.
                Some(Err(refusal)) => self.refused.push(refusal),
                None => {}
            }
        }
    }

    fn next_block(&self, node: &Node) -> Option<AccountBlock> {
        let height = node.height()?;
        let old = height.saturating_sub(DEPTH).max(1);
        let acknowledged = HashHeight::new(hash(&node.momentums(old, 1)?.first()?.hash)?, old);
        let address = self.key.address();
        let newest = node.get("ledger.getFrontierAccountBlock", &json!([address.to_string()]))?;
        let previous = match newest["height"].as_u64() {
            Some(height) => HashHeight::new(hash(newest["hash"].as_str()?)?, height),
            None => HashHeight::ZERO,
        };
        let mut block = AccountBlock {
            version: 1,
            chain_identifier: self.chain_identifier,
            block_type: BlockType::USER_SEND,
            previous_hash: previous.hash,
            height: previous.height + 1,
            momentum_acknowledged: acknowledged,
            address,
            to_address: self.to,
            amount: Amount::from(1u64),
            token_standard: TokenStandard::ZNN,
            fused_plasma: PLASMA,
            ..AccountBlock::default()
        };
        self.key.finish_block(&mut block);
        Some(block)
    }
}

/// Whether a node has confirmed a block.
pub fn is_confirmed(node: &Node, hash: &Hash) -> bool {
    let block = node.get("ledger.getAccountBlockByHash", &json!([hash.to_string()]));
    block.is_some_and(|block| !matches!(block["confirmationDetail"], Value::Null))
}

fn hash(text: &str) -> Option<Hash> {
    text.parse().ok()
}
