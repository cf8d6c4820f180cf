//! Checks of an account block, in the reference's order: the first that fails names the refusal.
//!
//! [`before_execution`] needs no signature and also guards blocks that are being drafted;
//! [`after_execution`] checks hash, signature and descendants of the executed block. Source: go-zenon
//! `verifier/account_block.go`.

use super::{pow, signature};
use crate::block::{AccountBlock, BlockType};
use crate::refusal::{Fault, Refusal};
use crate::state::{Account, View};
use crate::types::{Address, HashHeight};

/// Checks that need no state: height and previous hash fit together.
pub fn place(block: &AccountBlock) -> Result<(), Refusal> {
    if block.height == 0 {
        return Err(Refusal::BlockHeightMissing);
    }
    if block.height == 1 && !block.previous_hash.is_zero() {
        return Err(Refusal::BlockPreviousMustBeZero);
    }
    if block.height != 1 && block.previous_hash.is_zero() {
        return Err(Refusal::BlockPreviousHashMissing);
    }
    if block.momentum_acknowledged.is_zero() {
        return Err(Refusal::BlockMomentumMissing);
    }
    Ok(())
}

/// Why no account state stands at the block's previous: the best that can be told.
pub fn missing_previous(frontier: &View<'_>, block: &AccountBlock) -> Result<Refusal, Refusal> {
    let confirmed = frontier.account(&block.address);
    let identifier = confirmed.identifier()?;
    if identifier.is_zero() {
        // The reference looks into a confirmed block that isn't there; clients see its panic's text.
        return Ok(Refusal::Panic);
    }
    if identifier.height > block.height - 1 {
        return Ok(match confirmed.block_by_hash(&block.previous_hash)? {
            Some(_) => Refusal::BlockCementedOnTop,
            None => Refusal::BlockCementedOther,
        });
    }
    Ok(Refusal::BlockPreviousMissing)
}

/// What the checks look at besides the block.
pub struct Surroundings<'a> {
    /// The ledger as of the acknowledged momentum.
    pub acknowledged: &'a View<'a>,
    /// The account as of the block's previous.
    pub account: &'a Account<'a>,
    /// The newest ledger; absent for descendants, which are checked with their parent.
    pub frontier: Option<&'a View<'a>>,
}

impl Surroundings<'_> {
    /// Reads the acknowledged ledger.
    ///
    /// What is not there yet but is by now reads as an empty value in the reference, which it then
    /// fails to decode.
    fn read<T>(
        &self,
        read: impl Fn(&View<'_>) -> Result<Option<T>, Fault>,
    ) -> Result<Option<T>, Refusal> {
        match (read(self.acknowledged)?, self.frontier) {
            (None, Some(frontier)) if read(frontier)?.is_some() => Err(Refusal::Panic),
            (found, _) => Ok(found),
        }
    }
}

/// All checks before the block is executed.
pub fn before_execution(block: &AccountBlock, around: &Surroundings<'_>) -> Result<(), Refusal> {
    version(block)?;
    chain_identifier(block, around)?;
    block_type(block)?;
    amounts(block)?;
    work(block, around)?;
    previous(block, around)?;
    momentum_acknowledged(block, around)?;
    from_block(block, around)?;
    sequencer(block, around)
}

fn version(block: &AccountBlock) -> Result<(), Refusal> {
    match block.version {
        1 => Ok(()),
        0 => Err(Refusal::BlockVersionMissing),
        _ => Err(Refusal::BlockVersionInvalid),
    }
}

fn chain_identifier(block: &AccountBlock, around: &Surroundings<'_>) -> Result<(), Refusal> {
    let expected = around.acknowledged.rules().chain_identifier;
    match block.chain_identifier {
        0 => Err(Refusal::BlockChainIdentifierMissing),
        received if received == expected => Ok(()),
        received => Err(Refusal::BlockOfOtherChain { expected, received }),
    }
}

fn block_type(block: &AccountBlock) -> Result<(), Refusal> {
    let (contract, user) = match block.block_type {
        BlockType(0) => return Err(Refusal::BlockTypeMissing),
        BlockType::GENESIS_RECEIVE => return Err(Refusal::BlockTypeGenesis),
        BlockType::USER_SEND | BlockType::USER_RECEIVE => (false, true),
        BlockType::CONTRACT_SEND | BlockType::CONTRACT_RECEIVE => (true, false),
        _ => return Err(Refusal::BlockTypeUnsupported),
    };
    if block.address.is_embedded() && !contract {
        return Err(Refusal::BlockTypeNotForContract);
    }
    if !block.address.is_embedded() && !user {
        return Err(Refusal::BlockTypeNotForUser);
    }
    Ok(())
}

fn amounts(block: &AccountBlock) -> Result<(), Refusal> {
    if block.is_send() {
        if block.amount.bit_len() > 255 {
            return Err(Refusal::BlockAmountTooBig);
        }
        if !block.amount.is_zero() && block.token_standard.is_zero() {
            return Err(Refusal::BlockTokenMissing);
        }
        if !block.from_block_hash.is_zero() {
            return Err(Refusal::BlockFromHashMustBeZero);
        }
        return Ok(());
    }
    if !block.amount.is_zero() {
        return Err(Refusal::BlockAmountMustBeZero);
    }
    if !block.token_standard.is_zero() {
        return Err(Refusal::BlockTokenMustBeZero);
    }
    if !block.to_address.is_zero() {
        return Err(Refusal::BlockToAddressMustBeZero);
    }
    if block.from_block_hash.is_zero() {
        return Err(Refusal::BlockFromHashMissing);
    }
    Ok(())
}

fn work(block: &AccountBlock, around: &Surroundings<'_>) -> Result<(), Refusal> {
    if block.difficulty == 0 {
        return Ok(());
    }
    // Descendants carry no difficulty that could pass, so they need no frontier height.
    let height = match around.frontier {
        Some(frontier) => frontier.identifier()?.height,
        None => 0,
    };
    let signed = around.acknowledged.rules().pow_signed_difficulty.contain(height);
    if block.address.is_embedded() || !pow::check(block, signed) {
        return Err(Refusal::BlockPowInvalid);
    }
    Ok(())
}

fn previous(block: &AccountBlock, around: &Surroundings<'_>) -> Result<(), Refusal> {
    if block.height == 0 {
        return Err(Refusal::BlockHeightMissing);
    }
    if block.height == 1 && !block.previous_hash.is_zero() {
        return Err(Refusal::BlockPreviousMustBeZero);
    }
    if block.height != 1 && block.previous_hash.is_zero() {
        return Err(Refusal::BlockPreviousHashMissing);
    }
    if block.height == 1 || block.address.is_embedded() {
        return Ok(());
    }
    if around.account.identifier()? != block.previous() {
        return Err(Refusal::BlockPreviousMissing);
    }
    Ok(())
}

fn momentum_acknowledged(block: &AccountBlock, around: &Surroundings<'_>) -> Result<(), Refusal> {
    if block.is_batched() {
        return Ok(());
    }
    let acknowledged = block.momentum_acknowledged;
    if block.is_contract_receive() {
        if block
            .descendant_blocks
            .iter()
            .any(|descendant| descendant.momentum_acknowledged != acknowledged)
        {
            return Err(Refusal::BlockMomentumOfBatchDiffers);
        }
        let confirmed = around.read(|view| view.confirmation_height(&block.from_block_hash))?;
        if confirmed.unwrap_or(0) != acknowledged.height {
            return Err(Refusal::BlockMomentumOfAutoReceive);
        }
        return Ok(());
    }
    let previous = block.previous();
    if previous != HashHeight::ZERO {
        // The account's newest block is the previous one: `previous` has just compared them.
        let below = around.account.block_by_height(previous.height)?.ok_or(Refusal::Panic)?;
        if below.momentum_acknowledged.height > acknowledged.height {
            return Err(Refusal::BlockMomentumOlder);
        }
    }
    Ok(())
}

fn from_block(block: &AccountBlock, around: &Surroundings<'_>) -> Result<(), Refusal> {
    if block.is_send() {
        return Ok(());
    }
    let send = around
        .read(|view| view.block_by_hash(&block.from_block_hash))?
        .ok_or(Refusal::BlockFromUnknown)?;
    if block.address != send.to_address {
        // Older chains hold receives of sends that were meant for others; from some height on they
        // are refused. The reference asks for the newest height, not for the acknowledged one.
        let height = match around.frontier {
            Some(frontier) => frontier.identifier()?.height,
            None => u64::MAX,
        };
        if height >= around.acknowledged.rules().receiver_check_height {
            return Err(Refusal::BlockFromReceiverMismatch);
        }
    }
    if around.account.is_received(&block.from_block_hash)? {
        return Err(Refusal::BlockFromReceived);
    }
    Ok(())
}

fn sequencer(block: &AccountBlock, around: &Surroundings<'_>) -> Result<(), Refusal> {
    if !block.is_contract_receive() {
        return Ok(());
    }
    let received = around.account.sequencer_received()?;
    let size = around.read(|view| {
        let size = view.mailbox_size(&block.address)?;
        Ok((size != 0).then_some(size))
    })?;
    if received == size.unwrap_or(0) {
        return Err(Refusal::SequencerNothing);
    }
    let next = around.read(|view| view.mailbox_entry(&block.address, received + 1))?;
    let send = around.acknowledged.block_by_hash(&block.from_block_hash)?;
    match (next, send) {
        (Some(next), Some(send)) if next == send.header() => Ok(()),
        (None, _) => Err(Refusal::SequencerNothing),
        _ => Err(Refusal::SequencerNotNext),
    }
}

/// Whether [`after_execution`] has to check the signature, or someone just did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureCheck {
    /// Check it.
    Now,
    /// The caller has checked this very block's signature over its hash.
    Done,
}

/// All checks after the block is executed.
pub fn after_execution(
    block: &AccountBlock,
    around: &Surroundings<'_>,
    check: SignatureCheck,
) -> Result<(), Refusal> {
    if block.hash.is_zero() {
        return Err(Refusal::BlockHashMissing);
    }
    if block.compute_hash() != block.hash {
        return Err(Refusal::BlockHashInvalid);
    }
    signed(block, check)?;
    if !block.is_contract_receive() && !block.descendant_blocks.is_empty() {
        return Err(Refusal::BlockDescendantsMustBeEmpty);
    }
    for descendant in &block.descendant_blocks {
        before_execution(descendant, around)
            .map_err(|refusal| Refusal::Descendant(Box::new(refusal)))?;
    }
    Ok(())
}

fn signed(block: &AccountBlock, check: SignatureCheck) -> Result<(), Refusal> {
    if block.address.is_embedded() {
        if !block.public_key.is_empty() {
            return Err(Refusal::BlockPublicKeyMustBeZero);
        }
        if !block.signature.is_empty() {
            return Err(Refusal::BlockSignatureMustBeZero);
        }
        return Ok(());
    }
    if block.signature.is_empty() {
        return Err(Refusal::BlockSignatureMissing);
    }
    if block.public_key.is_empty() {
        return Err(Refusal::BlockPublicKeyMissing);
    }
    if check == SignatureCheck::Now
        && !signature::verify(&block.public_key, block.hash.as_bytes(), &block.signature)
    {
        return Err(Refusal::BlockSignatureInvalid);
    }
    if Address::of_public_key(&block.public_key) != block.address {
        return Err(Refusal::BlockPublicKeyOfOther);
    }
    Ok(())
}
