//! A store opened for reading alone, which another process may be writing; and copies of it.

use super::snapshot::{Shared, Snapshot};
use super::{CACHE_BYTES, FILE, Kept, OpenError, StoreError, records, refused, shared_of, tables};
use ledger::genesis::Genesis;
use ledger::types::HashHeight;
use redb::{
    Builder, ConcurrencyMode, Database, Key, ReadOnlyDatabase, ReadTransaction, ReadableDatabase,
    ReadableTable, TableDefinition, Value,
};
use std::path::Path;
use std::sync::Arc;

/// Records that a copy writes in one transaction.
const COPY_BATCH: usize = 10_000;

/// A store that another process may have open, for reading alone.
pub struct Reader {
    database: ReadOnlyDatabase,
    shared: Arc<Shared>,
}

impl Reader {
    /// Opens the store in `folder`.
    pub fn open(folder: &Path, genesis: &Genesis) -> Result<Reader, OpenError> {
        Reader::open_file(&folder.join(FILE), genesis)
    }

    /// Opens a store's file.
    pub fn open_file(path: &Path, genesis: &Genesis) -> Result<Reader, OpenError> {
        if !path.exists() {
            return Err(OpenError::Missing(path.to_owned()));
        }
        let damaged = |reason: String| OpenError::Damaged { path: path.to_owned(), reason };
        let database = Builder::new()
            .set_cache_size(CACHE_BYTES)
            .set_concurrency_mode(ConcurrencyMode::SingleWriter)
            .open_read_only(path)
            .map_err(|error| refused(path, error))?;
        let reader = Reader { database, shared: shared_of(genesis) };
        let found = reader
            .meta(|meta| records::identify(meta, path, genesis))
            .map_err(|error| damaged(error.0))??;
        match found {
            Some(()) => Ok(reader),
            None => Err(damaged("it was never filled".to_owned())),
        }
    }

    fn meta<R>(
        &self,
        read: impl FnOnce(&redb::ReadOnlyTable<&'static str, &'static [u8]>) -> R,
    ) -> Result<R, StoreError> {
        let transaction = self.database.begin_read()?;
        Ok(read(&transaction.open_table(tables::META)?))
    }

    pub(super) fn database(&self) -> &ReadOnlyDatabase {
        &self.database
    }

    /// The chain as it is on disk now.
    pub fn snapshot(&self) -> Result<Snapshot, StoreError> {
        Snapshot::of(&self.database, self.shared.clone())
    }

    /// What is on disk besides the chain.
    pub fn kept(&self) -> Result<Kept, StoreError> {
        records::kept(&self.database)
    }

    /// Writes all that is there now into a new store at `path`. Gives its newest momentum.
    pub fn copy_to(&self, path: &Path, genesis: &Genesis) -> Result<HashHeight, StoreError> {
        // One transaction sees one moment, whatever the writer does meanwhile.
        let source = self.database.begin_read()?;
        let target = Builder::new()
            .set_cache_size(CACHE_BYTES)
            .set_concurrency_mode(ConcurrencyMode::SingleWriter)
            .create(path)?;
        copy(&source, &target, tables::STATE)?;
        copy(&source, &target, tables::HISTORY)?;
        copy(&source, &target, tables::TOUCHED)?;
        copy(&source, &target, tables::JOURNAL)?;
        copy(&source, &target, tables::GUARD)?;
        // Last, so that a copy that was cut off is no store.
        copy(&source, &target, tables::META)?;
        let copied = Snapshot::of(&target, shared_of(genesis))?.identifier();
        target.close()?;
        Ok(copied)
    }
}

fn copy<K: Key + 'static, V: Value + 'static>(
    source: &ReadTransaction,
    target: &Database,
    definition: TableDefinition<'static, K, V>,
) -> Result<(), StoreError> {
    let source = source.open_table(definition)?;
    let mut entries = source.iter()?.peekable();
    loop {
        let mut transaction = target.begin_write()?;
        transaction.set_two_phase_commit(true);
        transaction.set_quick_repair(true);
        {
            let mut table = transaction.open_table(definition)?;
            for entry in entries.by_ref().take(COPY_BATCH) {
                let (key, value) = entry?;
                table.insert(key.value(), value.value())?;
            }
        }
        transaction.commit()?;
        if entries.peek().is_none() {
            return Ok(());
        }
    }
}
