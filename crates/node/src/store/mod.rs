//! What a node keeps on disk: the ledger's state, the way back, unconfirmed blocks, and what its
//! producers have signed, in one redb file.
//!
//! Every change is one transaction with two-phase commit, synced before it is acknowledged, so a file
//! holds whole momentums at any time. Readers take a [`Snapshot`]; the writer works on a [`Head`] and
//! writes it with [`Store::commit`]. After a failure of the disk nothing is written ([`disk`]).
//!
//! Read [`tables`] for the layout.

pub mod chunks;
mod disk;
mod error;
mod head;
mod reader;
mod records;
mod snapshot;
pub mod tables;
mod version;

pub use disk::{Disk, Health};
pub use error::{OpenError, StoreError};
pub use head::{Head, Step};
pub use reader::Reader;
pub use snapshot::{Before, Snapshot};
pub use version::Version;

use crate::flaws::{self, Flaw};
use ledger::consensus::Memo;
use ledger::genesis::Genesis;
use ledger::types::{Address, Hash};
use redb::backends::FileBackend;
use redb::{Builder, ConcurrencyMode, Database, DatabaseError, StorageBackend, WriteTransaction};
use snapshot::Shared;
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Name of the store's file in a data folder.
pub const FILE: &str = "ledger.redb";

/// Memory for pages of the file, in bytes.
const CACHE_BYTES: usize = 32 << 20;

/// What a producer signed last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signed {
    /// Start of the slot in unix seconds.
    pub slot: u64,
    /// Hash of the momentum.
    pub hash: Hash,
}

/// What goes to disk together with a head. All of it, or nothing.
#[derive(Debug, Default)]
pub struct Extra {
    /// Blocks to add to the journal, with their numbers.
    pub journal_put: Vec<(u64, Vec<u8>)>,
    /// Numbers to remove from the journal.
    pub journal_remove: Vec<u64>,
    /// What producers sign with this.
    pub signed: Vec<(Address, Signed)>,
    /// What the node's clock is ahead of the system's, in milliseconds.
    pub clock_ahead_ms: Option<i64>,
}

impl Extra {
    /// Takes blocks out of the journal, also those that would only come in with this.
    pub fn forget(&mut self, numbers: &[u64]) {
        for number in numbers {
            match self.journal_put.iter().position(|(put, _)| put == number) {
                Some(index) => {
                    self.journal_put.swap_remove(index);
                }
                None => self.journal_remove.push(*number),
            }
        }
    }

    fn is_empty(&self) -> bool {
        self.journal_put.is_empty()
            && self.journal_remove.is_empty()
            && self.signed.is_empty()
            && self.clock_ahead_ms.is_none()
    }
}

/// What an opened store holds besides the chain.
#[derive(Debug, Default)]
pub struct Kept {
    /// Unconfirmed blocks, encoded, in order of acceptance.
    pub journal: Vec<(u64, Vec<u8>)>,
    /// What producers signed last.
    pub signed: Vec<(Address, Signed)>,
    /// What the node's clock was ahead of the system's, in milliseconds.
    pub clock_ahead_ms: i64,
}

/// The store of a running node.
pub struct Store {
    database: Database,
    health: Health,
    shared: Arc<Shared>,
}

impl Store {
    /// Opens the store in `folder`, or makes one that holds genesis.
    pub fn open(folder: &Path, genesis: &Genesis) -> Result<Store, OpenError> {
        let path = folder.join(FILE);
        std::fs::create_dir_all(folder).map_err(|source| io(folder, source))?;
        if !path.exists() {
            Store::found(folder, &path, genesis)?;
        }
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .open(&path)
            .map_err(|source| io(&path, source))?;
        Store::on_file(file, &path, genesis)
    }

    /// Makes the file under another name first, so that a file of the right name is always whole.
    fn found(folder: &Path, path: &Path, genesis: &Genesis) -> Result<(), OpenError> {
        let unfinished = path.with_extension("new");
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(&unfinished)
            .map_err(|source| io(&unfinished, source))?;
        drop(Store::on_file(file, &unfinished, genesis)?);
        std::fs::rename(&unfinished, path).map_err(|source| io(path, source))?;
        sync_folder(folder).map_err(|source| io(folder, source))
    }

    fn on_file(file: File, path: &Path, genesis: &Genesis) -> Result<Store, OpenError> {
        let device = FileBackend::new(file).map_err(|error| refused(path, error))?;
        Store::open_on(Box::new(device), path, genesis)
    }

    /// Opens the store on any device; `path` is what errors call it.
    pub fn open_on(
        device: Box<dyn StorageBackend>,
        path: &Path,
        genesis: &Genesis,
    ) -> Result<Store, OpenError> {
        let disk = Disk::new(device).map_err(|source| io(path, source))?;
        let health = disk.health();
        let database = Builder::new()
            .set_cache_size(CACHE_BYTES)
            .set_concurrency_mode(ConcurrencyMode::SingleWriter)
            .create_with_backend(disk)
            .map_err(|error| refused(path, error))?;
        let shared = shared_of(genesis);
        let store = Store { database, health, shared };
        store.identify(path, genesis)?;
        Ok(store)
    }

    /// Checks whose file this is, or makes it that of `genesis` if it is new.
    fn identify(&self, path: &Path, genesis: &Genesis) -> Result<(), OpenError> {
        let damaged = |error: StoreError| OpenError::Damaged {
            path: path.to_owned(),
            reason: error.to_string(),
        };
        let transaction = self.begin().map_err(damaged)?;
        let is_new = {
            let meta = transaction.open_table(tables::META).map_err(|e| damaged(e.into()))?;
            records::identify(&meta, path, genesis)?.is_none()
        };
        if is_new {
            records::fill(&transaction, genesis).map_err(damaged)?;
            self.end(transaction).map_err(damaged)
        } else {
            transaction.abort().map_err(|error| damaged(error.into()))
        }
    }

    /// The chain as it is on disk.
    pub fn snapshot(&self) -> Result<Snapshot, StoreError> {
        Snapshot::of(&self.database, self.shared.clone())
    }

    /// What is on disk besides the chain.
    pub fn kept(&self) -> Result<Kept, StoreError> {
        records::kept(&self.database)
    }

    /// Writes what `head` has that is not on disk, and `extra`, in one synced transaction. Gives the
    /// head on the new snapshot.
    pub fn commit(&self, head: Head, extra: &Extra) -> Result<Head, StoreError> {
        if head.is_written() && extra.is_empty() {
            return Ok(head);
        }
        let mut transaction = self.begin()?;
        if flaws::has(Flaw::UnsyncedWrite) && head.is_written() {
            transaction = self.unsynced(transaction)?;
        }
        records::write_chain(&transaction, &head)?;
        records::write_extra(&transaction, extra)?;
        self.end(transaction)?;
        if head.is_written() {
            return Ok(head);
        }
        let snapshot = self.snapshot()?;
        assert_eq!(snapshot.identifier(), head.identifier(), "what was written is what is read");
        Ok(Head::of(Arc::new(snapshot)))
    }

    /// Where to ask how the disk is.
    pub fn health(&self) -> &Health {
        &self.health
    }

    fn begin(&self) -> Result<WriteTransaction, StoreError> {
        self.check()?;
        let mut transaction = self.database.begin_write()?;
        transaction.set_two_phase_commit(true);
        // With the allocator's state in each commit, opening after a crash reads no more than a
        // clean start does, however long the chain is.
        transaction.set_quick_repair(true);
        Ok(transaction)
    }

    /// A transaction in its place that is not synced.
    fn unsynced(&self, transaction: WriteTransaction) -> Result<WriteTransaction, StoreError> {
        transaction.abort()?;
        let mut transaction = self.database.begin_write()?;
        let set = transaction.set_durability(redb::Durability::None);
        set.map_err(|error| StoreError(error.to_string()))?;
        Ok(transaction)
    }

    fn end(&self, transaction: WriteTransaction) -> Result<(), StoreError> {
        transaction.commit()?;
        self.check()
    }

    fn check(&self) -> Result<(), StoreError> {
        match self.health.failure() {
            Some(reason) => Err(StoreError(reason.to_owned())),
            None => Ok(()),
        }
    }
}

fn shared_of(genesis: &Genesis) -> Arc<Shared> {
    Arc::new(Shared { rules: genesis.rules.clone(), memo: Memo::default() })
}

/// Makes a rename in `folder` durable.
pub(crate) fn sync_folder(folder: &Path) -> std::io::Result<()> {
    File::open(folder)?.sync_all()
}

fn io(path: &Path, source: std::io::Error) -> OpenError {
    OpenError::Io { path: path.to_owned(), source }
}

fn refused(path: &Path, error: DatabaseError) -> OpenError {
    let path: PathBuf = path.to_owned();
    match error {
        DatabaseError::DatabaseAlreadyOpen | DatabaseError::LockProtocolMismatch => {
            OpenError::InUse(path)
        }
        DatabaseError::RepairAborted => OpenError::NotClosed(path),
        DatabaseError::Storage(redb::StorageError::Io(source))
            if source.kind() != std::io::ErrorKind::InvalidData =>
        {
            OpenError::Io { path, source }
        }
        error => OpenError::Damaged { path, reason: error.to_string() },
    }
}
