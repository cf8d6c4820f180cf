//! The ledger's state: an ordered map from keys to values, and what is laid over it.
//!
//! [`State`] is all that the ledger asks of a store. [`Changes`] is a write set; laid over a state it
//! gives the state after a block ([`Over`]) or, holding old values, an earlier state. [`keys`] names
//! every key, [`View`] reads the state with types, [`Account`] is one account's part of it.

mod account;
mod changes;
pub mod keys;
mod view;

pub use account::Account;
pub use changes::{Changes, patch_dump};
pub use view::{View, at};

use crate::refusal::Fault;
use crate::rules::Rules;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a scan calls with each key and value; `false` ends the scan.
pub type Visit<'v> = dyn FnMut(&[u8], &[u8]) -> bool + 'v;

/// A readable, ordered key-value state.
pub trait State {
    /// The value under `key`.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Fault>;

    /// Visits the entries whose keys begin with `prefix`, in key order.
    fn scan(&self, prefix: &[u8], visit: &mut Visit<'_>) -> Result<(), Fault>;
}

/// A chain of momentums as the ledger sees it: its newest state and the way back.
pub trait Chain {
    /// The rules of the network.
    fn rules(&self) -> &Rules;

    /// The state after the newest momentum.
    fn frontier(&self) -> &dyn State;

    /// What turns the state after momentum `height` into the state before it.
    fn undo(&self, height: u64) -> Result<Arc<Changes>, Fault>;

    /// The state after momentum `height`.
    ///
    /// Keepers may know a shorter way; it must lead to the same state.
    fn at(&self, height: u64) -> Result<Box<dyn State + '_>, Fault> {
        let tip = View::new(self.frontier(), self.rules()).identifier()?.height;
        let undos = (height.saturating_add(1)..=tip)
            .map(|undone| self.undo(undone))
            .collect::<Result<Vec<_>, Fault>>()?;
        Ok(Box::new(Layers::new(self.frontier(), undos)))
    }

    /// Remembered elections and points; results never depend on what it holds.
    fn memo(&self) -> &crate::consensus::Memo;
}

/// A state held in memory.
#[derive(Clone, Default, Debug)]
pub struct MemoryState(BTreeMap<Vec<u8>, Vec<u8>>);

impl MemoryState {
    /// Applies a write set for good.
    pub fn apply(&mut self, changes: &Changes) {
        for (key, value) in changes.iter() {
            match value {
                Some(value) => self.0.insert(key.to_vec(), value.to_vec()),
                None => self.0.remove(key),
            };
        }
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl State for MemoryState {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        Ok(self.0.get(key).cloned())
    }

    fn scan(&self, prefix: &[u8], visit: &mut Visit<'_>) -> Result<(), Fault> {
        for (key, value) in self.0.range(prefix.to_vec()..) {
            if !key.starts_with(prefix) || !visit(key, value) {
                break;
            }
        }
        Ok(())
    }
}

/// `changes` laid over `base`.
pub struct Over<'a> {
    /// What lies below.
    pub base: &'a dyn State,
    /// What hides it.
    pub changes: &'a Changes,
}

impl State for Over<'_> {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        match self.changes.get(key) {
            Some(value) => Ok(value.map(<[u8]>::to_vec)),
            None => self.base.get(key),
        }
    }

    fn scan(&self, prefix: &[u8], visit: &mut Visit<'_>) -> Result<(), Fault> {
        let mut upper = self.changes.range(prefix).peekable();
        let mut go_on = true;
        self.base.scan(prefix, &mut |key, value| {
            while let Some((upper_key, upper_value)) = upper.next_if(|(upper, _)| *upper < key) {
                if let Some(upper_value) = upper_value {
                    go_on = visit(upper_key, upper_value);
                    if !go_on {
                        return false;
                    }
                }
            }
            go_on = match upper.next_if(|(upper, _)| *upper == key) {
                Some((_, Some(upper_value))) => visit(key, upper_value),
                Some((_, None)) => true,
                None => visit(key, value),
            };
            go_on
        })?;
        if go_on {
            for (key, value) in upper {
                if let Some(value) = value
                    && !visit(key, value)
                {
                    break;
                }
            }
        }
        Ok(())
    }
}

impl<S: State + ?Sized> State for &S {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        (**self).get(key)
    }

    fn scan(&self, prefix: &[u8], visit: &mut Visit<'_>) -> Result<(), Fault> {
        (**self).scan(prefix, visit)
    }
}

/// Most write sets that [`Layers`] looks through one by one; more are merged first.
const LAYERS_MAX: usize = 64;

/// Write sets laid over a state; the first hides the later ones. With undo records, lowest height
/// first, this is an earlier state.
pub struct Layers<'a> {
    base: &'a dyn State,
    layers: Vec<Arc<Changes>>,
}

impl<'a> Layers<'a> {
    /// `layers` over `base`.
    pub fn new(base: &'a dyn State, layers: Vec<Arc<Changes>>) -> Layers<'a> {
        if layers.len() <= LAYERS_MAX {
            return Layers { base, layers };
        }
        let mut merged = Changes::default();
        for layer in layers.iter().rev() {
            merged.extend(layer);
        }
        Layers { base, layers: vec![Arc::new(merged)] }
    }
}

impl State for Layers<'_> {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        match self.layers.iter().find_map(|layer| layer.get(key)) {
            Some(value) => Ok(value.map(<[u8]>::to_vec)),
            None => self.base.get(key),
        }
    }

    fn scan(&self, prefix: &[u8], visit: &mut Visit<'_>) -> Result<(), Fault> {
        let mut merged = Changes::default();
        for (key, value) in self.layers.iter().rev().flat_map(|layer| layer.range(prefix)) {
            match value {
                Some(value) => merged.put(key, value),
                None => merged.delete(key),
            }
        }
        merged.over(self.base).scan(prefix, visit)
    }
}

/// An earlier state of a chain.
pub struct Past<'a>(Box<dyn State + 'a>);

impl<'a> Past<'a> {
    /// The state of `chain` after momentum `height`.
    pub fn of(chain: &'a dyn Chain, height: u64) -> Result<Past<'a>, Fault> {
        Ok(Past(chain.at(height)?))
    }
}

impl State for Past<'_> {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        self.0.get(key)
    }

    fn scan(&self, prefix: &[u8], visit: &mut Visit<'_>) -> Result<(), Fault> {
        self.0.scan(prefix, visit)
    }
}
