//! The records of the store's tables, written and read.

use super::head::{Head, Step};
use super::version::{Version, read_keys, write_keys};
use super::{Extra, Kept, OpenError, Signed, StoreError, tables};
use ledger::genesis::Genesis;
use ledger::types::{Address, Hash};
use redb::{ReadableDatabase, ReadableTable, Table, WriteTransaction};
use std::path::Path;

/// Whether the file belongs to `genesis`; `None` if it is new.
pub(super) fn identify(
    meta: &impl ReadableTable<&'static str, &'static [u8]>,
    path: &Path,
    genesis: &Genesis,
) -> Result<Option<()>, OpenError> {
    let damaged = |reason: String| OpenError::Damaged { path: path.to_owned(), reason };
    let read = |name: &str| -> Result<Option<Vec<u8>>, OpenError> {
        let value = meta.get(name).map_err(|error| damaged(error.to_string()))?;
        Ok(value.map(|value| value.value().to_vec()))
    };
    let Some(format) = read(tables::META_FORMAT)? else { return Ok(None) };
    let format = format
        .try_into()
        .map(u32::from_be_bytes)
        .map_err(|_| damaged("its format is not a number".to_owned()))?;
    if format > tables::FORMAT {
        let path = path.to_owned();
        return Err(OpenError::NewerFormat { path, found: format, known: tables::FORMAT });
    }
    let found = read(tables::META_GENESIS)?
        .and_then(|bytes| Hash::from_slice(&bytes))
        .ok_or_else(|| damaged("it does not name its genesis".to_owned()))?;
    let wanted = genesis.momentum.hash;
    if found != wanted {
        return Err(OpenError::OtherGenesis { path: path.to_owned(), found, wanted });
    }
    Ok(Some(()))
}

/// Fills a new file.
pub(super) fn fill(transaction: &WriteTransaction, genesis: &Genesis) -> Result<(), StoreError> {
    let mut state = transaction.open_table(tables::STATE)?;
    let mut bytes = Vec::new();
    for (key, value) in genesis.changes.iter() {
        if let Some(value) = value {
            Version { height: genesis.momentum.height, value }.write(&mut bytes);
            state.insert(key, bytes.as_slice())?;
        }
    }
    transaction.open_table(tables::HISTORY)?;
    transaction.open_table(tables::TOUCHED)?;
    name(transaction, genesis)
}

/// Says what the file is, and makes the tables that are each node's own.
pub(super) fn name(transaction: &WriteTransaction, genesis: &Genesis) -> Result<(), StoreError> {
    transaction.open_table(tables::JOURNAL)?;
    transaction.open_table(tables::GUARD)?;
    let mut meta = transaction.open_table(tables::META)?;
    meta.insert(tables::META_FORMAT, &tables::FORMAT.to_be_bytes()[..])?;
    meta.insert(tables::META_GENESIS, &genesis.momentum.hash.0[..])?;
    meta.insert(tables::META_CHAIN, &genesis.rules.chain_identifier.to_be_bytes()[..])?;
    Ok(())
}

/// Writes what a head has that is not on disk: takes momentums back down to its fork, then adds its
/// steps.
pub(super) fn write_chain(transaction: &WriteTransaction, head: &Head) -> Result<(), StoreError> {
    if head.is_written() {
        return Ok(());
    }
    let mut tables = Tables {
        state: transaction.open_table(tables::STATE)?,
        history: transaction.open_table(tables::HISTORY)?,
        touched: transaction.open_table(tables::TOUCHED)?,
    };
    for height in (head.fork() + 1..=head.base().identifier().height).rev() {
        tables.take_back(height)?;
    }
    for step in head.steps() {
        tables.add(step)?;
    }
    Ok(())
}

struct Tables<'t> {
    state: Table<'t, &'static [u8], &'static [u8]>,
    history: Table<'t, (&'static [u8], u64), &'static [u8]>,
    touched: Table<'t, u64, &'static [u8]>,
}

impl Tables<'_> {
    fn add(&mut self, step: &Step) -> Result<(), StoreError> {
        let height = step.name.height;
        let mut bytes = Vec::new();
        for (key, value) in step.changes.iter() {
            let old = match value {
                Some(value) => {
                    Version { height, value }.write(&mut bytes);
                    self.state.insert(key, bytes.as_slice())?
                }
                None => self.state.remove(key)?,
            };
            if let Some(old) = old {
                self.history.insert((key, height), old.value())?;
            }
        }
        let touched = write_keys(step.changes.iter().map(|(key, _)| key));
        self.touched.insert(height, touched.as_slice())?;
        Ok(())
    }

    fn take_back(&mut self, height: u64) -> Result<(), StoreError> {
        let touched = self
            .touched
            .remove(height)?
            .ok_or_else(|| StoreError(format!("momentum {height} can't be taken back")))?;
        for key in read_keys(touched.value())? {
            match self.history.remove((key, height))? {
                Some(old) => self.state.insert(key, old.value())?,
                None => self.state.remove(key)?,
            };
        }
        Ok(())
    }
}

/// Writes what goes with it.
pub(super) fn write_extra(transaction: &WriteTransaction, extra: &Extra) -> Result<(), StoreError> {
    if !extra.journal_put.is_empty() || !extra.journal_remove.is_empty() {
        let mut journal = transaction.open_table(tables::JOURNAL)?;
        for number in &extra.journal_remove {
            journal.remove(number)?;
        }
        for (number, block) in &extra.journal_put {
            journal.insert(number, block.as_slice())?;
        }
    }
    if !extra.signed.is_empty() {
        let mut guard = transaction.open_table(tables::GUARD)?;
        for (address, signed) in &extra.signed {
            guard.insert(&address.0[..], (signed.slot, &signed.hash.0[..]))?;
        }
    }
    if let Some(ahead) = extra.clock_ahead_ms {
        let mut meta = transaction.open_table(tables::META)?;
        meta.insert(tables::META_CLOCK, &ahead.to_be_bytes()[..])?;
    }
    Ok(())
}

/// Reads what is there besides the chain.
pub(super) fn kept(database: &impl ReadableDatabase) -> Result<Kept, StoreError> {
    let transaction = database.begin_read()?;
    let mut kept = Kept::default();
    for entry in transaction.open_table(tables::JOURNAL)?.iter()? {
        let (number, block) = entry?;
        kept.journal.push((number.value(), block.value().to_vec()));
    }
    for entry in transaction.open_table(tables::GUARD)?.iter()? {
        let (address, signed) = entry?;
        let (slot, hash) = signed.value();
        let address = Address::from_slice(address.value());
        let (Some(address), Some(hash)) = (address, Hash::from_slice(hash)) else {
            return Err(StoreError("a guard record is malformed".to_owned()));
        };
        kept.signed.push((address, Signed { slot, hash }));
    }
    if let Some(ahead) = transaction.open_table(tables::META)?.get(tables::META_CLOCK)? {
        kept.clock_ahead_ms = ahead
            .value()
            .try_into()
            .map(i64::from_be_bytes)
            .map_err(|_| StoreError("the clock's record is malformed".to_owned()))?;
    }
    Ok(kept)
}
