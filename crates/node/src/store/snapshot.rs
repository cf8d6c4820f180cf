//! A chain as of one commit, for any number of readers.

use super::error::StoreError;
use super::tables;
use super::version::{Version, read_keys};
use ledger::consensus::Memo;
use ledger::state::{Chain, Changes, State, Visit, keys};
use ledger::types::HashHeight;
use ledger::{Fault, Rules};
use redb::{ReadOnlyTable, ReadTransaction, ReadableDatabase, ReadableTableMetadata};
use std::ops::Bound;
use std::sync::Arc;

/// What all snapshots of a store share.
#[derive(Debug)]
pub(super) struct Shared {
    /// Rules of the network.
    pub rules: Rules,
    /// Elections and points.
    pub memo: Memo,
}

/// The chain as of one commit. It does not change, and no writer waits for it.
pub struct Snapshot {
    shared: Arc<Shared>,
    state: Frontier,
    history: ReadOnlyTable<(&'static [u8], u64), &'static [u8]>,
    touched: ReadOnlyTable<u64, &'static [u8]>,
    identifier: HashHeight,
}

/// The newest state. What nearly every read begins with is held in memory.
struct Frontier {
    table: ReadOnlyTable<&'static [u8], &'static [u8]>,
    identifier: Option<Vec<u8>>,
    newest_key: Vec<u8>,
    newest: Option<Vec<u8>>,
}

/// A key that a momentum touched, and what it had before, with the height that wrote it.
pub type Before = (Vec<u8>, Option<(u64, Vec<u8>)>);

impl Snapshot {
    pub(super) fn of(
        database: &impl ReadableDatabase,
        shared: Arc<Shared>,
    ) -> Result<Snapshot, StoreError> {
        Snapshot::within(database.begin_read()?, shared)
    }

    /// The chain as one transaction sees it.
    pub(super) fn within(
        transaction: ReadTransaction,
        shared: Arc<Shared>,
    ) -> Result<Snapshot, StoreError> {
        let table = transaction.open_table(tables::STATE)?;
        let history = transaction.open_table(tables::HISTORY)?;
        let touched = transaction.open_table(tables::TOUCHED)?;
        let mut state = Frontier { table, identifier: None, newest_key: Vec::new(), newest: None };
        state.identifier = state.get(&keys::FRONTIER)?;
        let identifier = match &state.identifier {
            Some(bytes) => ledger::codec::protobuf::decode_hash_height(bytes)
                .map_err(|error| StoreError(format!("the frontier does not decode: {error}")))?,
            None => return Err(StoreError("the store has no frontier".to_owned())),
        };
        state.newest = state.get(&keys::entry_by_height(identifier.height))?;
        state.newest_key = keys::entry_by_height(identifier.height);
        Ok(Snapshot { shared, state, history, touched, identifier })
    }

    /// Name of the newest momentum.
    pub fn identifier(&self) -> HashHeight {
        self.identifier
    }

    /// Number of keys in the state.
    pub fn keys(&self) -> Result<u64, StoreError> {
        Ok(self.state.table.len()?)
    }

    /// What momentum `height` touched, and what was there before.
    pub fn before(&self, height: u64) -> Result<Vec<Before>, Fault> {
        let touched = self
            .touched
            .get(height)
            .map_err(fault)?
            .ok_or_else(|| Fault(format!("no record of what momentum {height} touched")))?;
        read_keys(touched.value())?
            .into_iter()
            .map(|key| {
                let before = match self.history.get((key, height)).map_err(fault)? {
                    Some(bytes) => {
                        let version = Version::read(bytes.value())?;
                        Some((version.height, version.value.to_vec()))
                    }
                    None => None,
                };
                Ok((key.to_vec(), before))
            })
            .collect()
    }

    /// The height at which each key of the newest state was written, in key order.
    pub fn for_each_version(
        &self,
        mut visit: impl FnMut(&[u8], Version<'_>) -> bool,
    ) -> Result<(), Fault> {
        for entry in self.state.table.range::<&[u8]>(..).map_err(fault)? {
            let (key, value) = entry.map_err(fault)?;
            if !visit(key.value(), Version::read(value.value())?) {
                break;
            }
        }
        Ok(())
    }
}

impl State for Frontier {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        if key == keys::FRONTIER && self.identifier.is_some() {
            return Ok(self.identifier.clone());
        }
        if key == self.newest_key {
            return Ok(self.newest.clone());
        }
        match self.table.get(key).map_err(fault)? {
            Some(bytes) => Ok(Some(Version::read(bytes.value())?.value.to_vec())),
            None => Ok(None),
        }
    }

    fn scan(&self, prefix: &[u8], visit: &mut Visit<'_>) -> Result<(), Fault> {
        for entry in self.table.range(prefix..).map_err(fault)? {
            let (key, bytes) = entry.map_err(fault)?;
            let key = key.value();
            if !key.starts_with(prefix) || !visit(key, Version::read(bytes.value())?.value) {
                break;
            }
        }
        Ok(())
    }
}

/// The state after an earlier momentum.
struct Earlier<'a> {
    snapshot: &'a Snapshot,
    height: u64,
}

impl Earlier<'_> {
    /// What the key had after the momentum if it was replaced or deleted later: `None` if it was not,
    /// `Some(None)` if the key was not there.
    fn replaced(&self, key: &[u8]) -> Result<Option<Option<Vec<u8>>>, Fault> {
        let range = (key, self.height + 1)..=(key, u64::MAX);
        let Some(entry) = self.snapshot.history.range(range).map_err(fault)?.next() else {
            return Ok(None);
        };
        let (_, bytes) = entry.map_err(fault)?;
        let version = Version::read(bytes.value())?;
        Ok(Some((version.height <= self.height).then(|| version.value.to_vec())))
    }
}

impl State for Earlier<'_> {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        if let Some(bytes) = self.snapshot.state.table.get(key).map_err(fault)? {
            let version = Version::read(bytes.value())?;
            if version.height <= self.height {
                return Ok(Some(version.value.to_vec()));
            }
        }
        Ok(self.replaced(key)?.flatten())
    }

    fn scan(&self, prefix: &[u8], visit: &mut Visit<'_>) -> Result<(), Fault> {
        let mut old = Changes::default();
        let mut from = Bound::Included((prefix.to_vec(), 0));
        loop {
            let start = match &from {
                Bound::Included((key, height)) => Bound::Included((key.as_slice(), *height)),
                Bound::Excluded((key, height)) => Bound::Excluded((key.as_slice(), *height)),
                Bound::Unbounded => Bound::Unbounded,
            };
            let range = self.snapshot.history.range::<(&[u8], u64)>((start, Bound::Unbounded));
            let Some(entry) = range.map_err(fault)?.next() else { break };
            let (position, _) = entry.map_err(fault)?;
            let key = position.value().0.to_vec();
            if !key.starts_with(prefix) {
                break;
            }
            match self.replaced(&key)? {
                Some(Some(value)) => old.put(key.clone(), value),
                Some(None) => old.delete(key.clone()),
                None => {}
            }
            from = Bound::Excluded((key, u64::MAX));
        }
        // Keys that were written once, later, have no history.
        let visible = Visible { snapshot: self.snapshot, height: self.height };
        old.over(&visible).scan(prefix, visit)
    }
}

/// Those entries of the newest state that were there after an earlier momentum already.
struct Visible<'a> {
    snapshot: &'a Snapshot,
    height: u64,
}

impl State for Visible<'_> {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        Earlier { snapshot: self.snapshot, height: self.height }.get(key)
    }

    fn scan(&self, prefix: &[u8], visit: &mut Visit<'_>) -> Result<(), Fault> {
        for entry in self.snapshot.state.table.range(prefix..).map_err(fault)? {
            let (key, bytes) = entry.map_err(fault)?;
            let key = key.value();
            if !key.starts_with(prefix) {
                break;
            }
            let version = Version::read(bytes.value())?;
            if version.height <= self.height && !visit(key, version.value) {
                break;
            }
        }
        Ok(())
    }
}

impl Chain for Snapshot {
    fn rules(&self) -> &Rules {
        &self.shared.rules
    }

    fn frontier(&self) -> &dyn State {
        &self.state
    }

    fn undo(&self, height: u64) -> Result<Arc<Changes>, Fault> {
        let mut undo = Changes::default();
        for (key, before) in self.before(height)? {
            match before {
                Some((_, value)) => undo.put(key, value),
                None => undo.delete(key),
            }
        }
        Ok(Arc::new(undo))
    }

    fn at(&self, height: u64) -> Result<Box<dyn State + '_>, Fault> {
        if height >= self.identifier.height {
            return Ok(Box::new(&self.state));
        }
        Ok(Box::new(Earlier { snapshot: self, height }))
    }

    fn memo(&self) -> &Memo {
        &self.shared.memo
    }
}

fn fault(error: redb::StorageError) -> Fault {
    Fault(error.to_string())
}
