//! Points: what pillars produced and were given to produce, by tick and by epoch.
//!
//! Source: go-zenon `consensus/points.go`, `consensus/api.go`, `consensus/storage/point.go`.

use super::election::{self, Delegation};
use super::{PillarReader, slots};
use crate::refusal::Refusal;
use crate::state::{Chain, View};
use crate::types::{Address, Amount, Hash};
use std::collections::BTreeMap;
use std::sync::Arc;

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

/// What pillars did in a stretch of the chain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Point {
    /// Hash of the last momentum before the stretch.
    before: Hash,
    /// Hash of the last momentum in it; the same if it is empty.
    end: Hash,
    pillars: BTreeMap<Vec<u8>, PillarStats>,
    total_weight: Amount,
}

/// Statistics of our chain.
pub struct Reader<'a> {
    chain: &'a dyn Chain,
    /// The newest ledger.
    newest: View<'a>,
}

impl<'a> Reader<'a> {
    /// A reader of `chain`.
    pub fn new(chain: &'a dyn Chain) -> Reader<'a> {
        Reader { chain, newest: View::frontier_of(chain) }
    }

    /// The weights of pillars in the last whole tick.
    pub fn pillar_weights(&self) -> Result<BTreeMap<Vec<u8>, Amount>, Refusal> {
        let tick = slots::tick_at(self.chain.rules(), self.newest_timestamp()?);
        let point = self.tick_point(tick.saturating_sub(1))?.ok_or(Refusal::Panic)?;
        Ok(point.pillars.iter().map(|(name, stats)| (name.clone(), stats.weight)).collect())
    }

    fn newest_timestamp(&self) -> Result<u64, Refusal> {
        Ok(self.newest.frontier()?.timestamp)
    }

    /// The point of a tick; `None` if our chain has not reached it.
    fn tick_point(&self, tick: u64) -> Result<Option<Arc<Point>>, Refusal> {
        let (start, end) = slots::tick_bounds(self.chain.rules(), tick);
        if self.newest_timestamp()? < start {
            return Ok(None);
        }
        let last = election::momentum_before(&self.newest, end)?;
        let memo = self.chain.memo();
        if let Some(point) = memo.point(false, tick, &last.hash) {
            return Ok(Some(point));
        }
        let point = Arc::new(self.count_tick(tick)?);
        if self.newest_timestamp()? >= end {
            memo.keep_point(false, tick, last.hash, point.clone());
        }
        Ok(Some(point))
    }

    fn count_tick(&self, tick: u64) -> Result<Point, Refusal> {
        let rules = self.chain.rules();
        let election = election::election_in(self.chain, &self.newest, tick)?;
        let (start, end) = slots::tick_bounds(rules, tick);
        let last = election::momentum_before(&self.newest, end)?;
        let mut point = Point { before: last.hash, end: last.hash, ..Point::default() };

        let first = match tick.checked_sub(1) {
            Some(before) => {
                let end = slots::tick_bounds(rules, before).1;
                election::momentum_before(&self.newest, end)?.height + 1
            }
            // Genesis was produced by nobody.
            None => 2,
        };
        if last.timestamp >= start && first <= last.height {
            let names: BTreeMap<Address, &Vec<u8>> =
                election.slots.iter().map(|(_, producing, name)| (*producing, name)).collect();
            for height in first..=last.height {
                let momentum = self.newest.momentum_by_height(height)?.ok_or(Refusal::Panic)?;
                if height == first {
                    point.before = momentum.previous_hash;
                }
                // A producer who was not elected (our chain was rolled back meanwhile) counts under no
                // name, as in the reference.
                let name = names.get(&momentum.producer()).map_or(&[][..], |name| name.as_slice());
                point.pillars.entry(name.to_vec()).or_default().produced += 1;
            }
        }
        for (_, _, name) in &election.slots {
            point.pillars.entry(name.clone()).or_default().expected += 1;
        }
        for (name, delegation) in election.ballot.iter() {
            point.total_weight = point.total_weight.wrapping_add(delegation.weight);
            let stats = point.pillars.entry(name.clone()).or_default();
            stats.weight = stats.weight.wrapping_add(delegation.weight);
        }
        Ok(point)
    }

    /// The point of an epoch; `None` if our chain has not reached it.
    fn epoch_point(&self, epoch: u64) -> Result<Option<Arc<Point>>, Refusal> {
        let rules = self.chain.rules();
        let (start, end) = slots::epoch_bounds(rules, epoch);
        let newest = self.newest_timestamp()?.cast_signed();
        if newest < start {
            return Ok(None);
        }
        let last = election::momentum_before(&self.newest, end.cast_unsigned())?;
        let memo = self.chain.memo();
        if let Some(point) = memo.point(true, epoch, &last.hash) {
            return Ok(Some(point));
        }
        let point = Arc::new(self.merge_epoch(epoch, last.hash)?);
        if newest >= end {
            memo.keep_point(true, epoch, last.hash, point.clone());
        }
        Ok(Some(point))
    }

    /// Sums of what was produced and expected, averages of the weights over the ticks that are there.
    fn merge_epoch(&self, epoch: u64, last: Hash) -> Result<Point, Refusal> {
        let ticks = slots::ticks_per_epoch(self.chain.rules());
        let first = epoch * ticks;
        self.remember_ballots(first..first + ticks)?;
        let mut merged = Point { before: last, end: last, ..Point::default() };
        let mut present = 0u64;
        for tick in (first..first + ticks).rev() {
            let Some(point) = self.tick_point(tick)? else { continue };
            if point.end != merged.before {
                return Err(Refusal::PointsDontChain);
            }
            present += 1;
            merged.before = point.before;
            for (name, stats) in &point.pillars {
                let sum = merged.pillars.entry(name.clone()).or_default();
                sum.produced = sum.produced.wrapping_add(stats.produced);
                sum.expected = sum.expected.wrapping_add(stats.expected);
                sum.weight = sum.weight.wrapping_add(stats.weight);
            }
        }
        let present = Amount::from(present);
        for stats in merged.pillars.values_mut() {
            stats.weight = stats.weight.checked_div(present).ok_or(Refusal::Panic)?;
            merged.total_weight = merged.total_weight.wrapping_add(stats.weight);
        }
        Ok(merged)
    }

    /// Works out the elections of many ticks in one walk.
    fn remember_ballots(
        &self,
        ticks: core::ops::Range<u64>,
    ) -> Result<Vec<Arc<election::Ballot>>, Refusal> {
        let proofs = ticks
            .map(|tick| election::proof_in(&self.newest, tick))
            .collect::<Result<Vec<_>, _>>()?;
        election::ballots_at(self.chain, &proofs)
    }
}

impl PillarReader for Reader<'_> {
    fn epoch_stats(&self, epoch: u64) -> Result<Option<EpochStats>, Refusal> {
        let Some(point) = self.epoch_point(epoch)? else { return Ok(None) };
        Ok(Some(EpochStats {
            pillars: point.pillars.clone(),
            total_weight: point.total_weight,
            total_blocks: point.pillars.values().map(|stats| u64::from(stats.produced)).sum(),
        }))
    }

    fn delegations_by_epoch(&self, epoch: u64) -> Result<BTreeMap<Vec<u8>, Delegation>, Refusal> {
        let ticks = slots::ticks_per_epoch(self.chain.rules());
        let mut merged: BTreeMap<Vec<u8>, Delegation> = BTreeMap::new();
        for ballot in self.remember_ballots(epoch * ticks..(epoch + 1) * ticks)? {
            for (name, delegation) in ballot.iter() {
                let sum = merged.entry(name.clone()).or_insert_with(|| Delegation {
                    producing: delegation.producing,
                    ..Delegation::default()
                });
                sum.weight = sum.weight.wrapping_add(delegation.weight);
                for (backer, znn) in &delegation.backers {
                    let amount = sum.backers.entry(*backer).or_default();
                    *amount = amount.wrapping_add(*znn);
                }
            }
        }
        // Always the full number, however many ticks there were.
        let ticks = Amount::from(ticks);
        for delegation in merged.values_mut() {
            delegation.weight = delegation.weight.checked_div(ticks).ok_or(Refusal::Panic)?;
            for amount in delegation.backers.values_mut() {
                *amount = amount.checked_div(ticks).ok_or(Refusal::Panic)?;
            }
        }
        Ok(merged)
    }
}
