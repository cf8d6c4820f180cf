//! A copy of a ledger in one file, made while the node runs or stands still, and the way back.
//!
//! The copy is a store itself, as of one moment: state, way back, unconfirmed blocks. It is written
//! under another name and renamed once it is whole.

use crate::store::{FILE, OpenError, Reader, Store, StoreError, sync_folder};
use ledger::genesis::Genesis;
use ledger::types::HashHeight;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// Why a backup can't be made or restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The ledger can't be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The ledger can't be read, or the copy not be written.
    #[error("the copy failed: {0}")]
    Store(#[from] StoreError),
    /// There is something already.
    #[error("{path} exists already: move it away first", path = .0.display())]
    Exists(PathBuf),
    /// The system refused.
    #[error("{path}: {source}", path = .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Copies the ledger in `folder`, which a node may be using, to the new file `to`. Gives its newest
/// momentum.
pub fn back_up(folder: &Path, genesis: &Genesis, to: &Path) -> Result<HashHeight, BackupError> {
    if to.exists() {
        return Err(BackupError::Exists(to.to_owned()));
    }
    let reader = open(folder, genesis)?;
    let unfinished = unfinished(to);
    remove(&unfinished)?;
    let newest = reader.copy_to(&unfinished, genesis)?;
    put_in_place(&unfinished, to)?;
    Ok(newest)
}

/// Puts the backup `from` into `folder`, which must hold no ledger. Gives its newest momentum.
pub fn restore(from: &Path, genesis: &Genesis, folder: &Path) -> Result<HashHeight, BackupError> {
    let to = folder.join(FILE);
    if to.exists() {
        return Err(BackupError::Exists(to));
    }
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| BackupError::Io { path, source }
    };
    std::fs::create_dir_all(folder).map_err(io(folder))?;
    let reader = Reader::open_file(from, genesis)?;
    let newest = reader.snapshot()?.identifier();
    let unfinished = unfinished(&to);
    std::fs::copy(from, &unfinished).map_err(io(from))?;
    put_in_place(&unfinished, &to)?;
    Ok(newest)
}

/// Opens the ledger for reading; one that was not closed properly is recovered first.
pub fn open(folder: &Path, genesis: &Genesis) -> Result<Reader, OpenError> {
    match Reader::open(folder, genesis) {
        Err(OpenError::NotClosed(_)) => {
            drop(Store::open(folder, genesis)?);
            Reader::open(folder, genesis)
        }
        result => result,
    }
}

fn unfinished(to: &Path) -> PathBuf {
    let mut name = to.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    to.with_file_name(name)
}

fn remove(path: &Path) -> Result<(), BackupError> {
    match std::fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(BackupError::Io { path: path.to_owned(), source })
        }
        _ => Ok(()),
    }
}

fn put_in_place(unfinished: &Path, to: &Path) -> Result<(), BackupError> {
    let io = |source| BackupError::Io { path: to.to_owned(), source };
    File::open(unfinished).and_then(|file| file.sync_all()).map_err(io)?;
    std::fs::rename(unfinished, to).map_err(io)?;
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty());
    sync_folder(folder.unwrap_or(Path::new("."))).map_err(io)
}
