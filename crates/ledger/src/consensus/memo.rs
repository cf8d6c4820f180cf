//! What consensus remembers. Results never depend on it: every entry is named by the hash of the
//! momentum that it follows from.

use super::election::{Ballot, Election};
use super::points::Point;
use crate::types::Hash;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// More than two epochs of ticks on the original network.
const BALLOTS_MAX: usize = 700;
/// As many points of ticks, and some of epochs.
const POINTS_MAX: usize = 1_000;

/// The elections that the newest momentums and a short fork need.
const ELECTIONS_MAX: usize = 30;

/// Remembered elections and points.
#[derive(Default, Debug)]
pub struct Memo(Mutex<Inner>);

#[derive(Default, Debug)]
struct Inner {
    ballots: Bounded<Hash, Arc<Ballot>>,
    elections: Bounded<(u64, Hash), Arc<Election>>,
    seats: Bounded<Hash, Arc<Vec<usize>>>,
    points: Bounded<(bool, u64, Hash), Arc<Point>>,
}

impl Memo {
    // A thread that panicked while it held the lock left whole entries behind, or none.
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn ballot(&self, proof: &Hash) -> Option<Arc<Ballot>> {
        self.inner().ballots.map.get(proof).cloned()
    }

    pub(super) fn keep_ballot(&self, proof: Hash, ballot: Arc<Ballot>) {
        self.inner().ballots.insert(proof, ballot, BALLOTS_MAX);
    }

    pub(super) fn election(&self, tick: u64, proof: &Hash) -> Option<Arc<Election>> {
        self.inner().elections.map.get(&(tick, *proof)).cloned()
    }

    pub(super) fn keep_election(&self, tick: u64, proof: Hash, election: Arc<Election>) {
        self.inner().elections.insert((tick, proof), election, ELECTIONS_MAX);
    }

    /// Places in the ballot of those who fill the slots.
    pub(super) fn seats(&self, proof: &Hash) -> Option<Arc<Vec<usize>>> {
        self.inner().seats.map.get(proof).cloned()
    }

    pub(super) fn keep_seats(&self, proof: Hash, seats: Arc<Vec<usize>>) {
        self.inner().seats.insert(proof, seats, ELECTIONS_MAX);
    }

    pub(super) fn point(&self, of_epoch: bool, number: u64, end: &Hash) -> Option<Arc<Point>> {
        self.inner().points.map.get(&(of_epoch, number, *end)).cloned()
    }

    pub(super) fn keep_point(&self, of_epoch: bool, number: u64, end: Hash, point: Arc<Point>) {
        self.inner().points.insert((of_epoch, number, end), point, POINTS_MAX);
    }
}

/// A map that forgets its oldest entries.
#[derive(Debug)]
struct Bounded<K, V> {
    map: BTreeMap<K, V>,
    order: VecDeque<K>,
}

impl<K, V> Default for Bounded<K, V> {
    fn default() -> Bounded<K, V> {
        Bounded { map: BTreeMap::new(), order: VecDeque::new() }
    }
}

impl<K: Ord + Clone, V> Bounded<K, V> {
    fn insert(&mut self, key: K, value: V, most: usize) {
        if self.map.insert(key.clone(), value).is_none() {
            self.order.push_back(key);
        }
        while self.order.len() > most {
            if let Some(oldest) = self.order.pop_front() {
                self.map.remove(&oldest);
            }
        }
    }
}
