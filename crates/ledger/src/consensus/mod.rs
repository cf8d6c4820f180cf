//! Who may produce when, and what pillars have done.

use crate::refusal::Refusal;
use crate::types::{Address, Amount};
use std::collections::BTreeMap;

/// A pillar's delegations at one moment, or averaged over an epoch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delegation {
    /// Address that produces for the pillar.
    pub producing: Address,
    /// Sum over the backers.
    pub weight: Amount,
    /// ZNN of each backer.
    pub backers: BTreeMap<Address, Amount>,
}

/// What one pillar did in an epoch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PillarStats {
    /// Momentums produced.
    pub produced: u32,
    /// Slots given.
    pub expected: u32,
    /// Averaged weight.
    pub weight: Amount,
}

/// What all pillars did in an epoch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EpochStats {
    /// By pillar name (bytes as the ledger holds them).
    pub pillars: BTreeMap<Vec<u8>, PillarStats>,
    /// Sum of the weights.
    pub total_weight: Amount,
    /// Sum of the produced momentums.
    pub total_blocks: u64,
}

/// What contracts ask of consensus.
pub trait PillarReader {
    /// Statistics of an epoch; `None` if it has not begun on our chain.
    fn epoch_stats(&self, epoch: u64) -> Result<Option<EpochStats>, Refusal>;

    /// Delegations by pillar name, averaged over the elections of an epoch.
    fn delegations_by_epoch(&self, epoch: u64) -> Result<BTreeMap<Vec<u8>, Delegation>, Refusal>;
}

/// Remembered elections and points.
#[derive(Default, Debug)]
pub struct Memo;
