//! Remembered ways back to earlier states, within a bound.
//!
//! A block stands on the state of the momentum that it acknowledges, which is seldom the newest. Ways
//! back are made of undo records; both are remembered here, by height. They hold for one line of
//! momentums: a rollback starts with a new memory.

use ledger::Fault;
use ledger::state::Changes;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Most records (keys with values) that are remembered of undo records, and of ways back.
const RECORDS_MAX: usize = 30_000;

/// Undo records and ways back.
#[derive(Clone, Debug, Default)]
pub(super) struct Pasts(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    undo: Shelf,
    /// Height of the newest momentum from which the ways lead back.
    tip: u64,
    ways: Shelf,
}

/// Write sets by height, the lowest of which are forgotten first.
#[derive(Debug, Default)]
struct Shelf {
    sets: BTreeMap<u64, Arc<Changes>>,
    records: usize,
}

impl Shelf {
    fn keep(&mut self, height: u64, set: Arc<Changes>) {
        self.records += set.len();
        if let Some(before) = self.sets.insert(height, set) {
            self.records -= before.len();
        }
        while self.records > RECORDS_MAX && self.sets.len() > 1 {
            if let Some((_, lowest)) = self.sets.pop_first() {
                self.records -= lowest.len();
            }
        }
    }
}

impl Pasts {
    // What a thread that panicked left behind is whole: entries are added in one step.
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers the undo record of a momentum that was just made the newest.
    pub(super) fn note(&self, height: u64, undo: Arc<Changes>) {
        self.inner().undo.keep(height, undo);
    }

    /// The undo record of `height`, read if it is not remembered.
    pub(super) fn undo(
        &self,
        height: u64,
        read: impl FnOnce() -> Result<Changes, Fault>,
    ) -> Result<Arc<Changes>, Fault> {
        if let Some(found) = self.inner().undo.sets.get(&height) {
            return Ok(found.clone());
        }
        let undo = Arc::new(read()?);
        self.inner().undo.keep(height, undo.clone());
        Ok(undo)
    }

    /// What turns the state after `tip` into the state after `height`.
    pub(super) fn past(
        &self,
        tip: u64,
        height: u64,
        undo: impl Fn(u64) -> Result<Arc<Changes>, Fault>,
    ) -> Result<Arc<Changes>, Fault> {
        let mut from = tip;
        let mut way = Arc::new(Changes::default());
        {
            let mut inner = self.inner();
            if inner.tip < tip {
                inner.tip = tip;
                inner.ways = Shelf::default();
            }
            if inner.tip == tip
                && let Some((nearest, found)) = inner.ways.sets.range(height..).next()
            {
                from = *nearest;
                way = found.clone();
            }
        }
        if from > height {
            let mut longer = Changes::clone(&way);
            for undone in ((height + 1)..=from).rev() {
                longer.extend(&*undo(undone)?);
            }
            way = Arc::new(longer);
            let mut inner = self.inner();
            if inner.tip == tip {
                inner.ways.keep(height, way.clone());
            }
        }
        Ok(way)
    }
}
