//! Why a store can't be opened, and why it can't be used any more.

use ledger::Fault;
use ledger::types::Hash;
use std::path::PathBuf;

/// Why a store can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it.
    #[error(
        "{path} is in use by another process: stop that one, or choose another data folder",
        path = .0.display()
    )]
    InUse(PathBuf),
    /// It holds another network. The first sentences are the reference's.
    #[error(
        "The genesis state is incorrect. You can fix the problem by removing the database manually. \
         ({path} holds the network with genesis {found}, this node was started for {wanted}: \
         choose another data folder, or move this one away)",
        path = .path.display()
    )]
    OtherGenesis {
        /// The file.
        path: PathBuf,
        /// Genesis in the file.
        found: Hash,
        /// Genesis that was asked for.
        wanted: Hash,
    },
    /// A newer version wrote it.
    #[error(
        "{path} has format {found}, and this version knows formats up to {known}: \
         use the version that wrote it, or a newer one",
        path = .path.display()
    )]
    NewerFormat {
        /// The file.
        path: PathBuf,
        /// Format of the file.
        found: u32,
        /// Newest format that is known.
        known: u32,
    },
    /// It is not a store, or damaged.
    #[error(
        "{path} is damaged: {reason}; restore a backup, or move the file away and import the chain again",
        path = .path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found.
        reason: String,
    },
    /// There is none, and none was to be made.
    #[error("{path} does not exist: there is no ledger in this folder", path = .0.display())]
    Missing(PathBuf),
    /// The last user did not close it, and this one must not write.
    #[error(
        "{path} was not closed properly: start the node once to recover it",
        path = .0.display()
    )]
    NotClosed(PathBuf),
    /// The system refused.
    #[error("{path}: {source}", path = .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// Why nothing is written any more.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct StoreError(pub String);

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> StoreError {
        StoreError(fault.0)
    }
}

macro_rules! store_errors {
    ($($name:ident)*) => {
        $(impl From<redb::$name> for StoreError {
            fn from(error: redb::$name) -> StoreError {
                StoreError(error.to_string())
            }
        })*
    };
}

store_errors!(StorageError TableError TransactionError CommitError DatabaseError);
