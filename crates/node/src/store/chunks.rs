//! A store's chain as pieces of bounded size, and the way back.
//!
//! The pieces are the records of `state`, `history` and `touched` one after the other, in the order of
//! the tables. What these hold depends on the chain alone, so all stores of a network that are at one
//! height give the same pieces. The journal and the guard are each node's own, and stay.
//!
//! ```text
//! piece  = record…
//! record = table (1 byte: 0 state, 1 history, 2 touched) ‖ height (8 bytes; not for state)
//!          ‖ length of the key (4 bytes) ‖ key (not for touched) ‖ length (4 bytes) ‖ value
//! ```
//!
//! Numbers are big-endian. Nothing is cut off: a node that begins with pieces can check blocks that
//! acknowledge any momentum, hold every election and be asked everything, as one that executed all.

use super::snapshot::Snapshot;
use super::{CACHE_BYTES, OpenError, Reader, StoreError, io, records, refused, shared_of, tables};
use ledger::genesis::Genesis;
use ledger::types::HashHeight;
use redb::{Builder, ConcurrencyMode, Database, ReadableDatabase, ReadableTable};
use std::path::{Path, PathBuf};

/// A piece ends with the record with which it reaches this size.
pub const PIECE_BYTES: usize = 1 << 20;
/// Longest piece that is read: no record comes near the difference.
pub const PIECE_BYTES_MAX: usize = 8 << 20;

const STATE: u8 = 0;
const HISTORY: u8 = 1;
const TOUCHED: u8 = 2;

/// A piece that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the piece of a store is malformed")]
pub struct MalformedPiece;

/// Why a piece was not taken.
#[derive(Debug, thiserror::Error)]
pub enum FillError {
    /// It is none.
    #[error(transparent)]
    Malformed(#[from] MalformedPiece),
    /// The store can't be written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file can't be opened, or is another network's.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The pieces are those of another chain.
    #[error("the pieces end at {found}, and not at {wanted}")]
    OtherChain {
        /// What they hold.
        found: HashHeight,
        /// What was wanted.
        wanted: HashHeight,
    },
}

/// A record of a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Record<'a> {
    State { key: &'a [u8], value: &'a [u8] },
    History { key: &'a [u8], height: u64, value: &'a [u8] },
    Touched { height: u64, value: &'a [u8] },
}

impl<'a> Record<'a> {
    fn write(&self, out: &mut Vec<u8>) {
        let bytes = |bytes: &[u8], out: &mut Vec<u8>| {
            let length = u32::try_from(bytes.len()).expect("records are short");
            out.extend_from_slice(&length.to_be_bytes());
            out.extend_from_slice(bytes);
        };
        match self {
            Record::State { key, value } => {
                out.push(STATE);
                bytes(key, out);
                bytes(value, out);
            }
            Record::History { key, height, value } => {
                out.push(HISTORY);
                out.extend_from_slice(&height.to_be_bytes());
                bytes(key, out);
                bytes(value, out);
            }
            Record::Touched { height, value } => {
                out.push(TOUCHED);
                out.extend_from_slice(&height.to_be_bytes());
                bytes(value, out);
            }
        }
    }

    fn read(rest: &mut &'a [u8]) -> Option<Record<'a>> {
        let (table, bytes) = rest.split_first()?;
        *rest = bytes;
        match *table {
            STATE => Some(Record::State { key: field(rest)?, value: field(rest)? }),
            HISTORY => {
                let height = number(rest)?;
                Some(Record::History { key: field(rest)?, height, value: field(rest)? })
            }
            TOUCHED => Some(Record::Touched { height: number(rest)?, value: field(rest)? }),
            _ => None,
        }
    }
}

fn number(rest: &mut &[u8]) -> Option<u64> {
    let (bytes, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(u64::from_be_bytes(*bytes))
}

fn field<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, after) = rest.split_first_chunk()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (bytes, after) = after.split_at_checked(length)?;
    *rest = after;
    Some(bytes)
}

/// Takes a piece apart without keeping anything: for checks of what comes from outside.
pub fn is_piece(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while !rest.is_empty() {
        if Record::read(&mut rest).is_none() {
            return false;
        }
    }
    true
}

impl Reader {
    /// Gives the chain as it is on disk now, piece by piece. Its newest momentum.
    pub fn pieces<E: From<StoreError>>(
        &self,
        genesis: &Genesis,
        mut take: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<HashHeight, E> {
        // One transaction sees one moment, whatever the writer does meanwhile.
        let database = self.database();
        let transaction = database.begin_read().map_err(StoreError::from)?;
        let mut piece = Vec::with_capacity(PIECE_BYTES + PIECE_BYTES / 8);
        let mut add = |record: Record<'_>| {
            record.write(&mut piece);
            if piece.len() >= PIECE_BYTES {
                take(&piece)?;
                piece.clear();
            }
            Ok::<(), E>(())
        };
        let state = transaction.open_table(tables::STATE).map_err(StoreError::from)?;
        for entry in state.iter().map_err(StoreError::from)? {
            let (key, value) = entry.map_err(StoreError::from)?;
            add(Record::State { key: key.value(), value: value.value() })?;
        }
        let history = transaction.open_table(tables::HISTORY).map_err(StoreError::from)?;
        for entry in history.iter().map_err(StoreError::from)? {
            let (key, value) = entry.map_err(StoreError::from)?;
            let (key, height) = key.value();
            add(Record::History { key, height, value: value.value() })?;
        }
        let touched = transaction.open_table(tables::TOUCHED).map_err(StoreError::from)?;
        for entry in touched.iter().map_err(StoreError::from)? {
            let (height, value) = entry.map_err(StoreError::from)?;
            add(Record::Touched { height: height.value(), value: value.value() })?;
        }
        if !piece.is_empty() {
            take(&piece)?;
        }
        let snapshot = Snapshot::within(transaction, shared_of(genesis))?;
        Ok(snapshot.identifier())
    }
}

/// A store that is put together from pieces.
pub struct Filling {
    database: Database,
    path: PathBuf,
}

impl Filling {
    /// Begins a new file at `path`, in place of whatever was there.
    pub fn begin(path: &Path) -> Result<Filling, OpenError> {
        match std::fs::remove_file(path) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                return Err(io(path, source));
            }
            _ => {}
        }
        let database = Builder::new()
            .set_cache_size(CACHE_BYTES)
            .set_concurrency_mode(ConcurrencyMode::SingleWriter)
            .create(path)
            .map_err(|error| refused(path, error))?;
        Ok(Filling { database, path: path.to_owned() })
    }

    /// Writes the records of a piece.
    pub fn put(&self, piece: &[u8]) -> Result<(), FillError> {
        let mut transaction = self.database.begin_write().map_err(StoreError::from)?;
        transaction.set_two_phase_commit(true);
        transaction.set_quick_repair(true);
        {
            let open = StoreError::from;
            let mut state = transaction.open_table(tables::STATE).map_err(open)?;
            let mut history = transaction.open_table(tables::HISTORY).map_err(open)?;
            let mut touched = transaction.open_table(tables::TOUCHED).map_err(open)?;
            let mut rest = piece;
            while !rest.is_empty() {
                match Record::read(&mut rest).ok_or(MalformedPiece)? {
                    Record::State { key, value } => {
                        state.insert(key, value).map_err(StoreError::from)?;
                    }
                    Record::History { key, height, value } => {
                        history.insert((key, height), value).map_err(StoreError::from)?;
                    }
                    Record::Touched { height, value } => {
                        touched.insert(height, value).map_err(StoreError::from)?;
                    }
                }
            }
        }
        transaction.commit().map_err(StoreError::from)?;
        Ok(())
    }

    /// Makes the file a store, once all pieces are in: its newest momentum is `wanted`, its first one
    /// that of `genesis`. Until then nothing takes it for one.
    pub fn finish(self, genesis: &Genesis, wanted: HashHeight) -> Result<(), FillError> {
        let snapshot = Snapshot::of(&self.database, shared_of(genesis))?;
        let found = snapshot.identifier();
        let begins_alike = {
            use ledger::state::View;
            let first = View::frontier_of(&snapshot).momentum_by_height(1);
            let first = first.map_err(StoreError::from)?;
            first.is_some_and(|momentum| momentum.hash == genesis.momentum.hash)
        };
        if found != wanted || !begins_alike {
            return Err(FillError::OtherChain { found, wanted });
        }
        drop(snapshot);
        let mut transaction = self.database.begin_write().map_err(StoreError::from)?;
        transaction.set_two_phase_commit(true);
        transaction.set_quick_repair(true);
        records::name(&transaction, genesis)?;
        transaction.commit().map_err(StoreError::from)?;
        self.database.close().map_err(StoreError::from)?;
        std::fs::File::open(&self.path)
            .and_then(|file| file.sync_all())
            .map_err(|source| io(&self.path, source))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn pieces_are_taken_apart_or_refused(bytes: Vec<u8>) {
            let _ = is_piece(&bytes);
        }

        #[test]
        fn records_come_back(key: Vec<u8>, height: u64, value: Vec<u8>) {
            let (key, value) = (key.as_slice(), value.as_slice());
            let records = [
                Record::State { key, value },
                Record::History { key, height, value },
                Record::Touched { height, value },
            ];
            let mut bytes = Vec::new();
            records.iter().for_each(|record| record.write(&mut bytes));
            let mut rest = bytes.as_slice();
            for record in records {
                prop_assert_eq!(Record::read(&mut rest), Some(record));
            }
            prop_assert!(rest.is_empty());
            prop_assert!(!is_piece(&bytes[..bytes.len() - 1]) || value.is_empty());
        }
    }
}
