//! Where a peer's chain leaves ours.
//!
//! Up to [`ROLLBACK_MAX`] momentums can be taken back, so first the peer is asked for the hashes from
//! there on: in almost all cases that is the answer, and already the first piece of a plan. Only if
//! nothing of it is ours the rest of our chain is halved, to tell the operator how far back it is;
//! following such a peer is impossible. Unlike the reference's, whose test is turned round (go-zenon
//! `protocol/downloader/downloader.go`), this search finds the newest momentum that both have.

use super::Peer;
use crate::node::ROLLBACK_MAX;
use crate::wire::message::HASHES_MAX;
use ledger::Fault;
use ledger::state::View;
use ledger::types::{Hash, HashHeight};

/// A search at one peer.
#[derive(Debug)]
pub(super) struct Search {
    /// Names its questions.
    pub id: u64,
    pub peer: Peer,
    /// Our height when it began.
    pub ours: u64,
    pub stage: Stage,
}

#[derive(Debug)]
pub(super) enum Stage {
    /// The hashes from this height on were asked for.
    Top(u64),
    /// `low` is common, `high` is not; the hash between was asked for.
    Halving { low: u64, high: u64 },
}

/// What an answer led to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The newest momentum that both have, and the hashes above it, lowest first; they end at the height
    /// `end`, and the peer has no more if `is_all`.
    Common { below: HashHeight, hashes: Vec<Hash>, end: u64, is_all: bool },
    /// Another question.
    Ask { from: u64, amount: u64 },
    /// The chains part after this height, deeper than anyone may take back.
    TooDeep { common: u64 },
    /// These are no hashes of a chain of this network.
    Broken,
}

impl Search {
    /// A search that begins with the question that is given back.
    pub(super) fn begin(id: u64, peer: Peer, ours: u64) -> (Search, u64, u64) {
        let from = ours.saturating_sub(ROLLBACK_MAX).max(1);
        (Search { id, peer, ours, stage: Stage::Top(from) }, from, HASHES_MAX as u64)
    }

    /// Takes an answer.
    pub(super) fn answer(&mut self, view: &View<'_>, hashes: &[Hash]) -> Result<Step, Fault> {
        match self.stage {
            Stage::Top(from) => self.top(view, from, hashes),
            Stage::Halving { low, high } => {
                let middle = low + (high - low) / 2;
                let [hash] = hashes else { return Ok(Step::Broken) };
                match view.momentum_height(hash)? {
                    Some(height) if height == middle => Ok(self.halve(middle, high)),
                    Some(_) => Ok(Step::Broken),
                    None => Ok(self.halve(low, middle)),
                }
            }
        }
    }

    fn top(&mut self, view: &View<'_>, from: u64, hashes: &[Hash]) -> Result<Step, Fault> {
        let (Some(first), Some(last)) = (hashes.first(), hashes.last()) else {
            return Ok(Step::Broken);
        };
        // The reference answers with the highest one first, others may not.
        let mut rising = hashes.to_vec();
        if view.momentum_height(first)? != Some(from) {
            if view.momentum_height(last)? != Some(from) {
                // All nodes of a network have its genesis.
                return Ok(if from == 1 { Step::Broken } else { self.halve(1, from) });
            }
            rising.reverse();
        }
        let mut common = 0;
        let mut below = HashHeight::ZERO;
        for (hash, height) in rising.iter().zip(from..) {
            if view.momentum_height(hash)? != Some(height) {
                break;
            }
            common += 1;
            below = HashHeight::new(*hash, height);
        }
        let end = from + rising.len() as u64 - 1;
        let is_all = rising.len() < HASHES_MAX;
        Ok(Step::Common { below, hashes: rising.split_off(common), end, is_all })
    }

    fn halve(&mut self, low: u64, high: u64) -> Step {
        if high - low <= 1 {
            return Step::TooDeep { common: low };
        }
        self.stage = Stage::Halving { low, high };
        Step::Ask { from: low + (high - low) / 2, amount: 1 }
    }
}
