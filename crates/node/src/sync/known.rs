//! Which peers know which momentums and blocks, so that nothing is sent twice.
//!
//! One table for all peers: a hash's first eight bytes, and a bit for each peer. Half of it is forgotten
//! when the other half is full. Whoever is forgotten to know something is sent it once more.

use super::Peer;
use ledger::types::Hash;
use std::collections::{BTreeMap, HashMap};

/// Peers that have a bit; those beyond are taken to know nothing.
const PEERS_MAX: usize = 256;
/// Hashes in one half of the table, with both halves about 2 MiB.
const HALF_MAX: usize = 16_384;

type Bits = [u64; PEERS_MAX / 64];

/// The table. Its maps are looked up and never walked through, except to clear bits, so their order
/// decides nothing.
#[derive(Debug, Default)]
pub(super) struct Known {
    newer: HashMap<u64, Bits>,
    older: HashMap<u64, Bits>,
    places: BTreeMap<Peer, usize>,
}

fn key(hash: &Hash) -> u64 {
    let mut first = [0; 8];
    first.copy_from_slice(&hash.0[..8]);
    u64::from_be_bytes(first)
}

impl Known {
    /// Gives a new peer a bit.
    pub(super) fn enter(&mut self, peer: Peer) {
        let taken: Vec<usize> = self.places.values().copied().collect();
        if let Some(place) = (0..PEERS_MAX).find(|place| !taken.contains(place)) {
            for bits in self.newer.values_mut().chain(self.older.values_mut()) {
                bits[place / 64] &= !(1 << (place % 64));
            }
            self.places.insert(peer, place);
        }
    }

    pub(super) fn leave(&mut self, peer: Peer) {
        self.places.remove(&peer);
    }

    /// Notes that a peer knows it.
    pub(super) fn mark(&mut self, peer: Peer, hash: &Hash) {
        let Some(place) = self.places.get(&peer) else { return };
        let key = key(hash);
        if !self.newer.contains_key(&key) {
            if self.newer.len() >= HALF_MAX {
                self.older = std::mem::take(&mut self.newer);
            }
            let bits = self.older.get(&key).copied().unwrap_or_default();
            self.newer.insert(key, bits);
        }
        if let Some(bits) = self.newer.get_mut(&key) {
            bits[place / 64] |= 1 << (place % 64);
        }
    }

    pub(super) fn knows(&self, peer: Peer, hash: &Hash) -> bool {
        let Some(place) = self.places.get(&peer) else { return false };
        let key = key(hash);
        let bits = self.newer.get(&key).or_else(|| self.older.get(&key));
        bits.is_some_and(|bits| bits[place / 64] & (1 << (place % 64)) != 0)
    }
}

/// A set that remembers the newest keys.
#[derive(Debug)]
pub(super) struct Recent {
    newer: std::collections::HashSet<u64>,
    older: std::collections::HashSet<u64>,
    half_max: usize,
}

impl Recent {
    /// Remembers at least `half_max` keys, at most twice as many.
    pub(super) fn new(half_max: usize) -> Recent {
        Recent { newer: Default::default(), older: Default::default(), half_max }
    }

    pub(super) fn insert(&mut self, key: u64) {
        if self.newer.len() >= self.half_max {
            self.older = std::mem::take(&mut self.newer);
        }
        self.newer.insert(key);
    }

    pub(super) fn contains(&self, key: u64) -> bool {
        self.newer.contains(&key) || self.older.contains(&key)
    }
}
