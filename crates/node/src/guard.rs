//! What a producer has signed, kept outside of the data folder and of its backups.
//!
//! One file per network and key, locked as long as the node runs, so that two nodes on one machine
//! can't produce with one key. It holds the newest slot that was signed, twice (two sectors, written in
//! turn, each with a checksum), so a write that a power cut tears leaves the other record in place.

use crate::store::{Signed, sync_folder};
use ledger::types::{Address, Hash, sha3_256};
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// Where the newest slot that a producer has signed is kept besides the store.
pub trait Guard: Send {
    /// The newest slot, if any was signed.
    fn newest(&self) -> Option<Signed>;

    /// Keeps a slot for good before it is signed.
    fn record(&mut self, signed: Signed) -> io::Result<()>;

    /// Forgets slots after `slot`, as a development network does when it returns to a snapshot.
    fn forget_after(&mut self, slot: u64) -> io::Result<()>;
}

/// Why a guard file can't be used.
#[derive(Debug, thiserror::Error)]
pub enum GuardError {
    /// Another node has it.
    #[error(
        "another node on this machine produces momentums with the key of {address} ({path} is \
         locked): two nodes with one key would sign one slot twice",
        path = .path.display()
    )]
    InUse {
        /// Address of the key.
        address: Address,
        /// The file.
        path: PathBuf,
    },
    /// Neither record can be read.
    #[error(
        "{path} is damaged, so it is unknown which slots were signed: if no other node uses this key, \
         and the system's clock was not set back, remove the file",
        path = .0.display()
    )]
    Damaged(PathBuf),
    /// The system refused.
    #[error("{path}: {source}", path = .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Length of a record: slot, hash, first 24 bytes of the checksum.
const RECORD: usize = 64;
/// Distance of the two records: they never share a sector.
const SECTOR: u64 = 4096;

/// A guard in a locked file.
#[derive(Debug)]
pub struct GuardFile {
    file: File,
    newest: Option<Signed>,
    /// Which of the two places is written next.
    turn: u64,
}

impl GuardFile {
    /// Opens and locks the guard of a key in `folder`.
    pub fn open(folder: &Path, genesis: &Hash, address: &Address) -> Result<GuardFile, GuardError> {
        let io = |path: &Path| {
            let path = path.to_owned();
            move |source| GuardError::Io { path, source }
        };
        std::fs::create_dir_all(folder).map_err(io(folder))?;
        let network: String = genesis.to_string().chars().take(16).collect();
        let path = folder.join(format!("{address}-{network}.guard"));
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(io(&path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(GuardError::InUse { address: *address, path });
            }
            Err(TryLockError::Error(source)) => return Err(GuardError::Io { path, source }),
        }
        sync_folder(folder).map_err(io(folder))?;
        let length = file.metadata().map_err(io(&path))?.len();
        let records = [0, 1].map(|place| read(&file, place));
        let newest = records.iter().flatten().max_by_key(|signed| signed.slot).copied();
        if newest.is_none() && length > 0 {
            return Err(GuardError::Damaged(path));
        }
        // The older record, or the torn one, is overwritten first.
        let turn = u64::from(newest.is_some() && records[0] == newest);
        Ok(GuardFile { file, newest, turn })
    }

    fn write(&mut self, signed: Signed) -> io::Result<()> {
        self.file.write_all_at(&encode(signed), self.turn * SECTOR)?;
        self.file.sync_all()?;
        self.turn = 1 - self.turn;
        self.newest = Some(signed);
        Ok(())
    }
}

impl Guard for GuardFile {
    fn newest(&self) -> Option<Signed> {
        self.newest
    }

    fn record(&mut self, signed: Signed) -> io::Result<()> {
        self.write(signed)
    }

    fn forget_after(&mut self, slot: u64) -> io::Result<()> {
        if let Some(signed) = self.newest.filter(|signed| signed.slot > slot) {
            // Both places, for the newest slot of the two counts.
            let older = Signed { slot, ..signed };
            self.write(older)?;
            self.write(older)?;
        }
        Ok(())
    }
}

fn encode(signed: Signed) -> [u8; RECORD] {
    let mut record = [0; RECORD];
    record[..8].copy_from_slice(&signed.slot.to_be_bytes());
    record[8..40].copy_from_slice(&signed.hash.0);
    let checksum = sha3_256(&record[..40]);
    record[40..].copy_from_slice(&checksum[..24]);
    record
}

/// The record at a place, if there is one and it is whole.
fn read(file: &File, place: u64) -> Option<Signed> {
    let mut record = [0; RECORD];
    file.read_exact_at(&mut record, place * SECTOR).ok()?;
    let signed = Signed {
        slot: u64::from_be_bytes(record[..8].try_into().expect("8 bytes")),
        hash: Hash::from_slice(&record[8..40])?,
    };
    (encode(signed) == record).then_some(signed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed(slot: u64) -> Signed {
        Signed { slot, hash: Hash::of(&slot.to_be_bytes()) }
    }

    fn open(folder: &Path) -> Result<GuardFile, GuardError> {
        GuardFile::open(folder, &Hash::of(b"genesis"), &Address::of_public_key(&[1; 32]))
    }

    #[test]
    fn the_newest_slot_is_there_after_opening_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut guard = open(folder.path()).unwrap();
        assert_eq!(guard.newest(), None);
        for slot in [10, 20, 30] {
            guard.record(signed(slot)).unwrap();
            drop(guard);
            guard = open(folder.path()).unwrap();
            assert_eq!(guard.newest(), Some(signed(slot)));
        }
        guard.forget_after(15).unwrap();
        drop(guard);
        assert_eq!(open(folder.path()).unwrap().newest().unwrap().slot, 15);
    }

    #[test]
    fn a_second_node_with_the_key_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let _first = open(folder.path()).unwrap();
        assert!(matches!(open(folder.path()), Err(GuardError::InUse { .. })));
    }

    #[test]
    fn a_torn_record_leaves_the_one_before() {
        let folder = tempfile::tempdir().unwrap();
        let mut guard = open(folder.path()).unwrap();
        guard.record(signed(10)).unwrap();
        guard.record(signed(20)).unwrap();
        let place = (1 - guard.turn) * SECTOR;
        guard.file.write_all_at(&[0xee; 9], place).unwrap();
        drop(guard);
        let guard = open(folder.path()).unwrap();
        assert_eq!(guard.newest(), Some(signed(10)));
        // What is written next must not be the record that is whole.
        guard.file.write_all_at(&[0xee; 9], guard.turn * SECTOR).unwrap();
        drop(guard);
        assert_eq!(open(folder.path()).unwrap().newest(), Some(signed(10)));
    }

    #[test]
    fn two_torn_records_stop_the_node() {
        let folder = tempfile::tempdir().unwrap();
        let mut guard = open(folder.path()).unwrap();
        guard.record(signed(10)).unwrap();
        guard.file.write_all_at(&[0xee; 9], 0).unwrap();
        drop(guard);
        assert!(matches!(open(folder.path()), Err(GuardError::Damaged(_))));
    }
}
