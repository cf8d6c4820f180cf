//! Whether a momentum is what its hash says, before anyone looks at the ledger.

use ledger::{AccountBlock, DetailedMomentum};

/// Computes all hashes anew: the momentum's, and those of the blocks that its content names, which have
/// to be the blocks that came along, in that order. Signatures and the other fields that no hash covers
/// are the ledger's to check. Tells what is forged.
pub(super) fn momentum(detailed: &DetailedMomentum) -> Result<(), &'static str> {
    let momentum = &detailed.momentum;
    if momentum.compute_hash() != momentum.hash {
        return Err("momentum");
    }
    if momentum.content.len() != detailed.account_blocks.len() {
        return Err("content of a momentum");
    }
    for (header, content) in momentum.content.iter().zip(&detailed.account_blocks) {
        if *header != content.header() {
            return Err("content of a momentum");
        }
        block(content)?;
    }
    Ok(())
}

/// Computes the hashes of a block and its descendants anew.
pub(super) fn block(block: &AccountBlock) -> Result<(), &'static str> {
    if block.compute_hash() != block.hash {
        return Err("block");
    }
    // The reader of messages bounds how deep blocks nest.
    block.descendant_blocks.iter().try_for_each(self::block)
}
