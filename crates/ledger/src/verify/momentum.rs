//! Checks of a momentum, in the reference's order.
//!
//! Source: go-zenon `verifier/momentum.go`.

use super::signature;
use crate::consensus;
use crate::momentum::{DetailedMomentum, Momentum};
use crate::refusal::Refusal;
use crate::state::{Chain, View};
use crate::types::{Address, Hash, HashHeight};
use std::collections::BTreeMap;

/// Seconds by which a momentum's timestamp may be ahead of our clock.
pub const FUTURE_SECONDS_MAX: u64 = 10;

/// All checks before the content is applied. `now` is the keeper's clock in unix seconds.
pub fn before_application(
    chain: &dyn Chain,
    detailed: &DetailedMomentum,
    now: u64,
) -> Result<(), Refusal> {
    let momentum = &detailed.momentum;
    if momentum.height == 1 {
        return Err(Refusal::MomentumIsGenesis);
    }
    if momentum.previous_hash.is_zero() {
        return Err(Refusal::MomentumPreviousHashMissing);
    }
    let before = View::frontier_of(chain);
    if momentum.previous() != before.identifier()? {
        return Err(Refusal::MomentumPreviousMissing);
    }
    let expected = chain.rules().chain_identifier;
    match momentum.chain_identifier {
        0 => return Err(Refusal::MomentumChainIdentifierMissing),
        received if received == expected => {}
        received => return Err(Refusal::MomentumOfOtherChain { expected, received }),
    }
    match momentum.version {
        0 => return Err(Refusal::MomentumVersionMissing),
        1 => {}
        _ => return Err(Refusal::MomentumVersionInvalid),
    }
    if momentum.timestamp == 0 {
        return Err(Refusal::MomentumTimestampMissing);
    }
    if momentum.timestamp > now.saturating_add(FUTURE_SECONDS_MAX) {
        return Err(Refusal::MomentumTimestampFuture);
    }
    if before.frontier()?.timestamp >= momentum.timestamp {
        return Err(Refusal::MomentumTimestampNotRising);
    }
    if !momentum.data.is_empty() {
        return Err(Refusal::MomentumDataMustBeZero);
    }
    content(&before, detailed)
}

/// The blocks are those of the content, and each account's blocks stand on one another.
fn content(before: &View<'_>, detailed: &DetailedMomentum) -> Result<(), Refusal> {
    let content = &detailed.momentum.content;
    if content.len() > before.rules().momentum_blocks_max {
        return Err(Refusal::MomentumContentTooBig);
    }
    let blocks: BTreeMap<HashHeight, _> =
        detailed.account_blocks.iter().map(|block| (block.identifier(), block)).collect();
    if blocks.len() != content.len() {
        return Err(Refusal::MomentumContentSize);
    }
    let mut heads: BTreeMap<Address, HashHeight> = BTreeMap::new();
    for header in content {
        // The reference looks into the block before it asks whether there is one.
        let block = blocks.get(&header.identifier()).ok_or(Refusal::Panic)?;
        if block.is_batched() {
            continue;
        }
        let expected = match heads.get(&header.address) {
            Some(head) => *head,
            None => before.account(&header.address).identifier()?,
        };
        let got = block.previous();
        if got != expected {
            return Err(Refusal::Gap { expected, got });
        }
        heads.insert(header.address, block.identifier());
    }
    Ok(())
}

/// All checks after the content is applied; `changes_hash` is what applying gave.
pub fn after_application(
    chain: &dyn Chain,
    momentum: &Momentum,
    changes_hash: Hash,
) -> Result<(), Refusal> {
    if changes_hash != momentum.changes_hash {
        return Err(Refusal::MomentumChangesHashInvalid);
    }
    if momentum.compute_hash() != momentum.hash {
        return Err(Refusal::MomentumHashInvalid);
    }
    if momentum.signature.is_empty() {
        return Err(Refusal::MomentumSignatureMissing);
    }
    if momentum.public_key.is_empty() {
        return Err(Refusal::MomentumPublicKeyMissing);
    }
    if momentum.public_key.len() != signature::PUBLIC_KEY_LEN {
        return Err(internal(Refusal::PublicKeyLength(momentum.public_key.len())));
    }
    if !signature::verify(&momentum.public_key, momentum.hash.as_bytes(), &momentum.signature) {
        return Err(Refusal::MomentumSignatureInvalid);
    }
    let elected = consensus::election::producer_at(chain, momentum.timestamp).map_err(internal)?;
    if elected != momentum.producer() {
        return Err(Refusal::MomentumProducerInvalid);
    }
    Ok(())
}

fn internal(refusal: Refusal) -> Refusal {
    match refusal {
        Refusal::Fault(fault) => Refusal::Fault(fault),
        refusal => Refusal::Internal(Box::new(refusal)),
    }
}
