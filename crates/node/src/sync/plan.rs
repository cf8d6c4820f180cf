//! What is to be fetched: hashes that follow one of our momentums, and for each whether its momentum is
//! wanted, asked for, or here.
//!
//! The hashes come from one peer after the other, the guides. Each list of hashes begins with the last
//! one that was known before, and each momentum has to stand on the one before, so a guide that makes
//! hashes up, or changes over to another chain, is found out. The momentums come from anyone.

use super::Peer;
use crate::node::Millis;
use ledger::DetailedMomentum;
use ledger::types::{Hash, HashHeight};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Hashes that are known ahead of the momentums: some seconds of work, in half a mebibyte.
pub const HASHES_AHEAD: usize = 8_192;

#[derive(Debug)]
pub(super) enum State {
    Wanted,
    Asked {
        by: Peer,
        /// Another peer that was asked because the first takes long.
        again: Option<Peer>,
        at: Millis,
    },
    Here {
        momentum: Box<DetailedMomentum>,
        from: Peer,
        bytes: usize,
    },
}

#[derive(Debug)]
pub(super) struct Slot {
    pub hash: Hash,
    /// Whose list the hash comes from.
    pub guide: Peer,
    pub state: State,
}

/// A momentum that fits none of its neighbours: the guide's hashes are no chain.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Misfit {
    pub guide: Peer,
}

#[derive(Debug)]
pub(super) struct Plan {
    /// Names its questions; hashes that were asked for before a change of guide carry an older one.
    pub id: u64,
    pub epoch: u64,
    /// What the lowest slot stands on.
    pub below: HashHeight,
    pub slots: VecDeque<Slot>,
    /// Heights of slots that are wanted.
    pub wanted: BTreeSet<u64>,
    pub guide: Option<Peer>,
    /// Peers that went another way at our newest hash.
    pub astray: BTreeSet<Peer>,
    /// Peers that had nothing of what they were asked for, until when they are not asked.
    pub lacking: BTreeMap<Peer, Millis>,
    /// Height up to which hashes are asked for.
    pub asked_to: u64,
    /// Questions for hashes that are out.
    pub asking: usize,
    /// Bytes of the momentums that are here.
    pub bytes: usize,
    /// Slots that are asked for.
    pub asked: usize,
    /// Whether the ledger took something of it.
    pub is_proven: bool,
}

impl Plan {
    pub(super) fn new(id: u64, below: HashHeight, guide: Peer) -> Plan {
        Plan {
            id,
            epoch: id,
            below,
            slots: VecDeque::new(),
            wanted: BTreeSet::new(),
            guide: Some(guide),
            astray: BTreeSet::new(),
            lacking: BTreeMap::new(),
            asked_to: below.height,
            asking: 0,
            bytes: 0,
            asked: 0,
            is_proven: false,
        }
    }

    /// The highest name that is known.
    pub(super) fn tip(&self) -> HashHeight {
        let height = self.below.height + self.slots.len() as u64;
        HashHeight::new(self.slots.back().map_or(self.below.hash, |slot| slot.hash), height)
    }

    /// Adds hashes on top, lowest first.
    pub(super) fn extend(&mut self, hashes: &[Hash], guide: Peer) {
        for hash in hashes {
            self.slots.push_back(Slot { hash: *hash, guide, state: State::Wanted });
            self.wanted.insert(self.tip().height);
        }
    }

    fn index(&self, height: u64) -> Option<usize> {
        let index = usize::try_from(height.checked_sub(self.below.height + 1)?).ok()?;
        (index < self.slots.len()).then_some(index)
    }

    /// The slot at `height`, if it has this hash.
    pub(super) fn slot_mut(&mut self, height: u64, hash: &Hash) -> Option<&mut Slot> {
        let index = self.index(height)?;
        self.slots.get_mut(index).filter(|slot| slot.hash == *hash)
    }

    /// Takes the lowest slot out; what it stands on is the next one's matter.
    pub(super) fn pop(&mut self) -> Option<Slot> {
        let slot = self.slots.pop_front()?;
        self.below = HashHeight::new(slot.hash, self.below.height + 1);
        match slot.state {
            State::Wanted => {
                self.wanted.remove(&self.below.height);
            }
            State::Asked { .. } => self.asked -= 1,
            State::Here { bytes, .. } => self.bytes -= bytes,
        }
        Some(slot)
    }

    /// Marks up to `most` wanted slots as asked for, lowest first, none above `top`.
    pub(super) fn ask(&mut self, by: Peer, at: Millis, most: usize, top: u64) -> Vec<(u64, Hash)> {
        let heights: Vec<u64> = self.wanted.range(..=top).take(most).copied().collect();
        let mut names = Vec::with_capacity(heights.len());
        for height in heights {
            self.wanted.remove(&height);
            let Some(index) = self.index(height) else { continue };
            self.slots[index].state = State::Asked { by, again: None, at };
            self.asked += 1;
            names.push((height, self.slots[index].hash));
        }
        names
    }

    /// The lowest slots, up to `most`, that have all been asked of the same peer and of no other:
    /// marked as asked of `again` as well.
    pub(super) fn ask_again(&mut self, again: Peer, most: usize) -> Vec<(u64, Hash)> {
        let mut names = Vec::new();
        let mut first = None;
        for (slot, height) in self.slots.iter_mut().zip(self.below.height + 1..).take(most) {
            let State::Asked { by, again: second @ None, .. } = &mut slot.state else { break };
            if *first.get_or_insert(*by) != *by {
                break;
            }
            *second = Some(again);
            names.push((height, slot.hash));
        }
        names
    }

    /// Since when the lowest slot is asked for, and of whom, if of one peer alone.
    pub(super) fn front_asked(&self) -> Option<(Peer, Millis)> {
        match self.slots.front()?.state {
            State::Asked { by, again: None, at } => Some((by, at)),
            State::Asked { .. } | State::Wanted | State::Here { .. } => None,
        }
    }

    /// A peer does not bring these: they are wanted again, unless another was asked too.
    pub(super) fn release(&mut self, peer: Peer, names: &[(u64, Hash)]) {
        for (height, hash) in names {
            let Some(slot) = self.slot_mut(*height, hash) else { continue };
            match &mut slot.state {
                State::Asked { by, again, .. } if *by == peer => match again.take() {
                    Some(other) => *by = other,
                    None => {
                        slot.state = State::Wanted;
                        self.asked -= 1;
                        self.wanted.insert(*height);
                    }
                },
                State::Asked { again, .. } if *again == Some(peer) => *again = None,
                State::Asked { .. } | State::Wanted | State::Here { .. } => {}
            }
        }
    }

    /// Puts a momentum, whose hashes were computed anew, into its slot.
    pub(super) fn fill(
        &mut self,
        from: Peer,
        momentum: DetailedMomentum,
        height: u64,
        bytes: usize,
    ) -> Result<(), Misfit> {
        let Some(index) = self.index(height) else { return Ok(()) };
        let previous = match index.checked_sub(1) {
            Some(before) => self.slots[before].hash,
            None => self.below.hash,
        };
        let slot = &mut self.slots[index];
        let head = &momentum.momentum;
        if slot.hash != head.hash {
            return Ok(());
        }
        if head.height != height || head.previous_hash != previous {
            return Err(Misfit { guide: slot.guide });
        }
        match slot.state {
            State::Here { .. } => return Ok(()),
            State::Wanted => {
                self.wanted.remove(&height);
            }
            State::Asked { .. } => self.asked -= 1,
        }
        slot.state = State::Here { momentum: Box::new(momentum), from, bytes };
        self.bytes += bytes;
        Ok(())
    }

    /// How many of the lowest slots are here, at most `most`, and their bytes.
    pub(super) fn ready(&self, most: usize) -> (usize, usize) {
        let mut total = 0;
        let mut count = 0;
        for slot in self.slots.iter().take(most) {
            let State::Here { bytes, .. } = slot.state else { break };
            total += bytes;
            count += 1;
        }
        (count, total)
    }
}
