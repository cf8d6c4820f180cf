//! The newest chain as the writer sees it: a snapshot, and what is applied on it but not yet written.
//!
//! Momentums, and rollbacks of them, are laid over the snapshot in memory and reach the disk in one
//! transaction ([`super::Store::commit`]), so that a fork is changed whole or not at all, and a long
//! import pays one sync for many momentums.

use super::past::Pasts;
use super::snapshot::Snapshot;
use ledger::apply::Applied;
use ledger::consensus::Memo;
use ledger::state::{Chain, Changes, State, View, Visit};
use ledger::types::HashHeight;
use ledger::{Fault, Rules};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The newest chain, partly not yet on disk.
pub struct Head {
    state: Ahead,
    /// Undo records of the momentums that are not yet on disk.
    undos: BTreeMap<u64, Arc<Changes>>,
    /// Heights up to this one are the snapshot's.
    fork: u64,
    pasts: Pasts,
    identifier: HashHeight,
}

struct Ahead {
    base: Arc<Snapshot>,
    changes: Changes,
}

/// What a [`Head`] has that its snapshot has not.
pub struct Unwritten<'a> {
    /// Records to write into the state.
    pub changes: &'a Changes,
    /// Undo records to write.
    pub undos: &'a BTreeMap<u64, Arc<Changes>>,
    /// Undo records above this height are void, unless they are written anew.
    pub fork: u64,
}

impl Head {
    /// The chain of a snapshot.
    pub fn of(base: Arc<Snapshot>) -> Head {
        let identifier = base.identifier();
        Head {
            pasts: base.pasts().clone(),
            state: Ahead { base, changes: Changes::default() },
            undos: BTreeMap::new(),
            fork: identifier.height,
            identifier,
        }
    }

    /// The snapshot below.
    pub fn base(&self) -> &Arc<Snapshot> {
        &self.state.base
    }

    /// Name of the newest momentum.
    pub fn identifier(&self) -> HashHeight {
        self.identifier
    }

    /// The newest state with types.
    pub fn view(&self) -> View<'_> {
        View::frontier_of(self)
    }

    /// Whether all is on disk.
    pub fn is_written(&self) -> bool {
        self.state.changes.is_empty()
    }

    /// What is not on disk.
    pub fn unwritten(&self) -> Unwritten<'_> {
        Unwritten { changes: &self.state.changes, undos: &self.undos, fork: self.fork }
    }

    /// Makes an applied momentum the newest.
    pub fn push(&mut self, name: HashHeight, applied: Applied) {
        assert_eq!(name.height, self.identifier.height + 1, "momentums follow one another");
        let undo = Arc::new(applied.undo);
        self.pasts.note(name.height, undo.clone());
        self.undos.insert(name.height, undo);
        if self.state.changes.is_empty() {
            self.state.changes = applied.changes;
        } else {
            self.state.changes.extend(&applied.changes);
        }
        self.identifier = name;
    }

    /// Takes momentums back until `height` is the newest.
    pub fn roll_back(&mut self, height: u64) -> Result<(), Fault> {
        if height >= self.identifier.height {
            return Ok(());
        }
        let back = self.past(height)?;
        self.state.changes.extend(&back);
        self.undos.retain(|undone, _| *undone <= height);
        self.fork = self.fork.min(height);
        self.pasts = Pasts::default();
        self.identifier = self.view().identifier()?;
        assert_eq!(self.identifier.height, height, "undo records lead to the height asked for");
        Ok(())
    }

    pub(super) fn pasts(&self) -> &Pasts {
        &self.pasts
    }
}

impl State for Ahead {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        match self.changes.get(key) {
            Some(value) => Ok(value.map(<[u8]>::to_vec)),
            None => self.base.frontier().get(key),
        }
    }

    fn scan(&self, prefix: &[u8], visit: &mut Visit<'_>) -> Result<(), Fault> {
        if self.changes.is_empty() {
            return self.base.frontier().scan(prefix, visit);
        }
        self.changes.over(self.base.frontier()).scan(prefix, visit)
    }
}

impl Chain for Head {
    fn rules(&self) -> &Rules {
        self.state.base.rules()
    }

    fn frontier(&self) -> &dyn State {
        &self.state
    }

    fn undo(&self, height: u64) -> Result<Arc<Changes>, Fault> {
        match self.undos.get(&height) {
            Some(undo) => Ok(undo.clone()),
            None if height <= self.fork => self.state.base.undo(height),
            None => Err(Fault(format!("no undo record of momentum {height}"))),
        }
    }

    fn past(&self, height: u64) -> Result<Arc<Changes>, Fault> {
        self.pasts.past(self.identifier.height, height, |height| self.undo(height))
    }

    fn memo(&self) -> &Memo {
        self.state.base.memo()
    }
}
