//! The records of the store's tables, written and read.

use super::head::Unwritten;
use super::{Extra, Kept, OpenError, Signed, StoreError, tables};
use ledger::genesis::Genesis;
use ledger::state::Changes;
use ledger::types::{Address, Hash};
use redb::{ReadableDatabase, ReadableTable, WriteTransaction};
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
    write_records(transaction, &genesis.changes)?;
    transaction.open_table(tables::UNDO)?;
    transaction.open_table(tables::JOURNAL)?;
    transaction.open_table(tables::GUARD)?;
    let mut meta = transaction.open_table(tables::META)?;
    meta.insert(tables::META_FORMAT, &tables::FORMAT.to_be_bytes()[..])?;
    meta.insert(tables::META_GENESIS, &genesis.momentum.hash.0[..])?;
    meta.insert(tables::META_CHAIN, &genesis.rules.chain_identifier.to_be_bytes()[..])?;
    Ok(())
}

fn write_records(transaction: &WriteTransaction, changes: &Changes) -> Result<(), StoreError> {
    let mut state = transaction.open_table(tables::STATE)?;
    for (key, value) in changes.iter() {
        match value {
            Some(value) => {
                state.insert(key, value)?;
            }
            None => {
                state.remove(key)?;
            }
        }
    }
    Ok(())
}

/// Writes what a head has that is not on disk.
pub(super) fn write_chain(
    transaction: &WriteTransaction,
    new: &Unwritten<'_>,
) -> Result<(), StoreError> {
    if new.changes.is_empty() {
        return Ok(());
    }
    write_records(transaction, new.changes)?;
    let mut undo = transaction.open_table(tables::UNDO)?;
    undo.retain_in(new.fork + 1.., |_, _| false)?;
    for (height, changes) in new.undos {
        undo.insert(*height, changes.dump().as_slice())?;
    }
    Ok(())
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
