//! The newest chain as the writer sees it: a snapshot, and what is applied on it but not yet written.
//!
//! Momentums, and rollbacks of them, are laid over the snapshot in memory and reach the disk in one
//! transaction ([`super::Store::commit`]), so that a fork is changed whole or not at all, and a long
//! import pays one sync for many momentums.

use super::snapshot::Snapshot;
use ledger::apply::Applied;
use ledger::consensus::Memo;
use ledger::state::{Chain, Changes, Layers, State, View, Visit};
use ledger::types::HashHeight;
use ledger::{Fault, Rules};
use std::sync::Arc;

/// The newest chain, partly not yet on disk.
pub struct Head {
    state: Ahead,
    /// Momentums that are not on disk, lowest first.
    steps: Vec<Step>,
    /// Momentums up to this height are the snapshot's.
    fork: u64,
    identifier: HashHeight,
}

/// The newest state.
struct Ahead {
    base: Arc<Snapshot>,
    /// What all steps and rollbacks have changed.
    changes: Changes,
}

/// A momentum that is not on disk.
pub struct Step {
    /// Its name.
    pub name: HashHeight,
    /// What it writes.
    pub changes: Changes,
    undo: Arc<Changes>,
}

impl Head {
    /// The chain of a snapshot.
    pub fn of(base: Arc<Snapshot>) -> Head {
        let identifier = base.identifier();
        let state = Ahead { base, changes: Changes::default() };
        Head { state, steps: Vec::new(), fork: identifier.height, identifier }
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
        self.steps.is_empty() && self.fork == self.state.base.identifier().height
    }

    /// Momentums on disk above this height are taken back.
    pub fn fork(&self) -> u64 {
        self.fork
    }

    /// Momentums that are not on disk, lowest first; they stand on the fork.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Makes an applied momentum the newest.
    pub fn push(&mut self, name: HashHeight, applied: Applied) {
        assert_eq!(name.height, self.identifier.height + 1, "momentums follow one another");
        self.identifier = name;
        self.state.changes.extend(&applied.changes);
        let undo = Arc::new(applied.undo);
        self.steps.push(Step { name, changes: applied.changes, undo });
    }

    /// Takes momentums back until `height` is the newest.
    pub fn roll_back(&mut self, height: u64) -> Result<(), Fault> {
        while self.steps.last().is_some_and(|step| step.name.height > height) {
            let step = self.steps.pop().expect("there is one");
            self.state.changes.extend(&step.undo);
        }
        while self.fork > height {
            let undo = self.state.base.undo(self.fork)?;
            self.state.changes.extend(&undo);
            self.fork -= 1;
        }
        self.identifier = self.view().identifier()?;
        assert!(self.identifier.height <= height, "undo records lead to the height asked for");
        Ok(())
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
        if height <= self.fork {
            return self.state.base.undo(height);
        }
        usize::try_from(height - self.fork - 1)
            .ok()
            .and_then(|index| self.steps.get(index))
            .map(|step| step.undo.clone())
            .ok_or_else(|| Fault(format!("no undo record of momentum {height}")))
    }

    fn at(&self, height: u64) -> Result<Box<dyn State + '_>, Fault> {
        let Some(above) = height.checked_sub(self.fork) else {
            return self.state.base.at(height);
        };
        let index = usize::try_from(above).unwrap_or(usize::MAX).min(self.steps.len());
        if index == self.steps.len() {
            return Ok(Box::new(&self.state));
        }
        if index == 0 {
            return self.state.base.at(height);
        }
        let undos = self.steps[index..].iter().map(|step| step.undo.clone()).collect();
        Ok(Box::new(Layers::new(&self.state, undos)))
    }

    fn memo(&self) -> &Memo {
        self.state.base.memo()
    }
}
