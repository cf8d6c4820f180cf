//! A chain as of one commit, for any number of readers.

use super::error::StoreError;
use super::past::Pasts;
use super::tables;
use ledger::consensus::Memo;
use ledger::state::{Chain, Changes, State, Visit, keys};
use ledger::types::HashHeight;
use ledger::{Fault, Rules};
use redb::{ReadOnlyTable, ReadTransaction, ReadableDatabase, ReadableTableMetadata};
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
    undo: ReadOnlyTable<u64, &'static [u8]>,
    pasts: Pasts,
    identifier: HashHeight,
}

/// The newest state. What nearly every read begins with is held in memory.
struct Frontier {
    table: ReadOnlyTable<&'static [u8], &'static [u8]>,
    identifier: Option<Vec<u8>>,
    newest_key: Vec<u8>,
    newest: Option<Vec<u8>>,
}

impl Snapshot {
    pub(super) fn of(
        database: &impl ReadableDatabase,
        shared: Arc<Shared>,
        pasts: Pasts,
    ) -> Result<Snapshot, StoreError> {
        let transaction: ReadTransaction = database.begin_read()?;
        let table = transaction.open_table(tables::STATE)?;
        let undo = transaction.open_table(tables::UNDO)?;
        let mut state = Frontier { table, identifier: None, newest_key: Vec::new(), newest: None };
        state.identifier = state.get(&keys::FRONTIER)?;
        let identifier = match &state.identifier {
            Some(bytes) => ledger::codec::protobuf::decode_hash_height(bytes)
                .map_err(|error| StoreError(format!("the frontier does not decode: {error}")))?,
            None => return Err(StoreError("the store has no frontier".to_owned())),
        };
        state.newest = state.get(&keys::entry_by_height(identifier.height))?;
        state.newest_key = keys::entry_by_height(identifier.height);
        Ok(Snapshot { shared, state, undo, pasts, identifier })
    }

    /// Name of the newest momentum.
    pub fn identifier(&self) -> HashHeight {
        self.identifier
    }

    /// Number of keys in the state.
    pub fn keys(&self) -> Result<u64, StoreError> {
        Ok(self.state.table.len()?)
    }

    pub(super) fn pasts(&self) -> &Pasts {
        &self.pasts
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
            Some(value) => Ok(Some(value.value().to_vec())),
            None => Ok(None),
        }
    }

    fn scan(&self, prefix: &[u8], visit: &mut Visit<'_>) -> Result<(), Fault> {
        for entry in self.table.range(prefix..).map_err(fault)? {
            let (key, value) = entry.map_err(fault)?;
            if !key.value().starts_with(prefix) || !visit(key.value(), value.value()) {
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
        self.pasts.undo(height, || {
            let bytes = self
                .undo
                .get(height)
                .map_err(fault)?
                .ok_or_else(|| Fault(format!("no undo record of momentum {height}")))?;
            Changes::from_dump(bytes.value())
                .ok_or_else(|| Fault(format!("the undo record of momentum {height} is damaged")))
        })
    }

    fn past(&self, height: u64) -> Result<Arc<Changes>, Fault> {
        self.pasts.past(self.identifier.height, height, |height| self.undo(height))
    }

    fn memo(&self) -> &Memo {
        &self.shared.memo
    }
}

fn fault(error: redb::StorageError) -> Fault {
    Fault(error.to_string())
}
