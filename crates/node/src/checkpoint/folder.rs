//! A checkpoint on disk: `checkpoints/HEIGHT/` in the data folder, with `checkpoint.json`, `pieces` (all
//! hashes) and a file for each piece.
//!
//! It is made from the node's own ledger, or fetched; in both cases it is then there for others.

use super::{Checkpoint, PIECES_MAX, SIGNATURES_MAX, Signature};
use crate::backup;
use crate::store::chunks::{FillError, Filling, PIECE_BYTES_MAX};
use crate::store::{FILE, OpenError, StoreError, sync_folder};
use ledger::genesis::Genesis;
use ledger::types::{Hash, HashHeight};
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Name of the folder of all checkpoints in a data folder.
pub const FOLDER: &str = "checkpoints";
const ABOUT: &str = "checkpoint.json";
const PIECES: &str = "pieces";
/// Most bytes of `checkpoint.json`.
const ABOUT_BYTES_MAX: u64 = 64 << 10;
/// How long a node that serves checkpoints does not look for a newer one.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// Why a checkpoint can't be made, read or used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The system refused.
    #[error("{path}: {source}", path = .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is not what it should be.
    #[error("{path} is no checkpoint of this network: {reason}", path = .path.display())]
    Malformed {
        /// The folder.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The ledger can't be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The ledger can't be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The pieces make no ledger.
    #[error(transparent)]
    Fill(#[from] FillError),
    /// There is a ledger already.
    #[error("{path} exists already", path = .0.display())]
    Exists(PathBuf),
    /// A piece is missing or damaged.
    #[error("piece {0} is missing or damaged")]
    Piece(usize),
}

/// `checkpoint.json`.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct About {
    chain_identifier: u64,
    genesis: String,
    height: u64,
    hash: String,
    manifest: String,
    signatures: Vec<Signature>,
}

/// A checkpoint's folder.
#[derive(Clone, Debug)]
pub struct Folder {
    path: PathBuf,
    checkpoint: Checkpoint,
}

fn io_at(path: &Path) -> impl Fn(io::Error) -> FolderError + use<> {
    let path = path.to_owned();
    move |source| FolderError::Io { path: path.clone(), source }
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), FolderError> {
    // A file of the right name is always whole.
    let unfinished = path.with_extension("part");
    let mut file = File::create(&unfinished).map_err(io_at(&unfinished))?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(io_at(&unfinished))?;
    fs::rename(&unfinished, path).map_err(io_at(path))
}

fn read(path: &Path, most: u64) -> Result<Vec<u8>, FolderError> {
    let file = File::open(path).map_err(io_at(path))?;
    let mut bytes = Vec::new();
    file.take(most + 1).read_to_end(&mut bytes).map_err(io_at(path))?;
    if bytes.len() as u64 > most {
        let reason = "a file is too long".to_owned();
        return Err(FolderError::Malformed { path: path.to_owned(), reason });
    }
    Ok(bytes)
}

impl Folder {
    /// Makes a checkpoint of the ledger in `data_dir`, which a node may be using. Nobody has signed it.
    pub fn make(data_dir: &Path, genesis: &Genesis) -> Result<Folder, FolderError> {
        let all = data_dir.join(FOLDER);
        let unfinished = all.join("new");
        match fs::remove_dir_all(&unfinished) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                return Err(FolderError::Io { path: unfinished, source });
            }
            _ => {}
        }
        fs::create_dir_all(&unfinished).map_err(io_at(&unfinished))?;
        let reader = backup::open(data_dir, genesis)?;
        let mut pieces = Vec::new();
        let newest = reader.pieces(genesis, |piece| {
            write(&unfinished.join(name(pieces.len())), piece)?;
            pieces.push(Hash::of(piece));
            Ok::<(), FolderError>(())
        })?;
        let checkpoint = Checkpoint { newest, pieces, signatures: Vec::new() };
        let made = Folder { path: unfinished, checkpoint };
        made.describe(genesis)?;
        let path = all.join(newest.height.to_string());
        if path.exists() {
            fs::remove_dir_all(&path).map_err(io_at(&path))?;
        }
        fs::rename(&made.path, &path).map_err(io_at(&path))?;
        sync_folder(&all).map_err(io_at(&all))?;
        Ok(Folder { path, ..made })
    }

    /// Begins, or goes on with, the folder of a checkpoint that is fetched.
    pub fn begin(
        data_dir: &Path,
        genesis: &Genesis,
        checkpoint: Checkpoint,
    ) -> Result<Folder, FolderError> {
        let path = data_dir.join(FOLDER).join(checkpoint.newest.height.to_string());
        fs::create_dir_all(&path).map_err(io_at(&path))?;
        let folder = Folder { path, checkpoint };
        folder.describe(genesis)?;
        Ok(folder)
    }

    /// Writes all but the pieces.
    fn describe(&self, genesis: &Genesis) -> Result<(), FolderError> {
        let all: Vec<u8> = self.checkpoint.pieces.iter().flat_map(|hash| hash.0).collect();
        write(&self.path.join(PIECES), &all)?;
        let about = About {
            chain_identifier: genesis.rules.chain_identifier,
            genesis: genesis.momentum.hash.to_string(),
            height: self.checkpoint.newest.height,
            hash: self.checkpoint.newest.hash.to_string(),
            manifest: self.checkpoint.manifest().to_string(),
            signatures: self.checkpoint.signatures.clone(),
        };
        let text = serde_json::to_vec_pretty(&about).expect("text and numbers are JSON");
        write(&self.path.join(ABOUT), &text)
    }

    /// Reads the folder at `path`.
    pub fn open(path: &Path, genesis: &Genesis) -> Result<Folder, FolderError> {
        let malformed = |reason: &str| FolderError::Malformed {
            path: path.to_owned(),
            reason: reason.to_owned(),
        };
        let text = read(&path.join(ABOUT), ABOUT_BYTES_MAX)?;
        let about: About =
            serde_json::from_slice(&text).map_err(|error| malformed(&error.to_string()))?;
        let all = read(&path.join(PIECES), (PIECES_MAX * 32) as u64)?;
        let hashes = all.chunks(32).map(Hash::from_slice).collect::<Option<Vec<_>>>();
        let pieces = hashes.ok_or_else(|| malformed("its list of pieces is cut off"))?;
        let hash = about.hash.parse().map_err(|_| malformed("its hash is none"))?;
        let newest = HashHeight::new(hash, about.height);
        let mut signatures = about.signatures;
        signatures.truncate(SIGNATURES_MAX);
        let checkpoint = Checkpoint { newest, pieces, signatures };
        if about.genesis != genesis.momentum.hash.to_string()
            || about.chain_identifier != genesis.rules.chain_identifier
        {
            return Err(malformed("it is another network's"));
        }
        if about.manifest != checkpoint.manifest().to_string() {
            return Err(malformed("its list of pieces is not the one that was made"));
        }
        Ok(Folder { path: path.to_owned(), checkpoint })
    }

    /// The checkpoints of a data folder, highest first. What can't be read is left out.
    pub fn all(data_dir: &Path, genesis: &Genesis) -> Vec<Folder> {
        let Ok(entries) = fs::read_dir(data_dir.join(FOLDER)) else { return Vec::new() };
        let mut folders: Vec<Folder> = entries
            .filter_map(Result::ok)
            .filter(|entry| entry.file_name().to_string_lossy().parse::<u64>().is_ok())
            .filter_map(|entry| Folder::open(&entry.path(), genesis).ok())
            .collect();
        folders.sort_by_key(|folder| std::cmp::Reverse(folder.checkpoint.newest.height));
        folders
    }

    /// What it holds.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Adds a signer's word, in place of an earlier one of the same key.
    pub fn sign(&mut self, genesis: &Genesis, signature: Signature) -> Result<(), FolderError> {
        let signatures = &mut self.checkpoint.signatures;
        signatures.retain(|other| other.public_key != signature.public_key);
        signatures.push(signature);
        self.describe(genesis)
    }

    /// A piece, if it is here and whole.
    pub fn piece(&self, index: usize) -> Option<Vec<u8>> {
        let wanted = self.checkpoint.pieces.get(index)?;
        let bytes = read(&self.path.join(name(index)), PIECE_BYTES_MAX as u64).ok()?;
        (Hash::of(&bytes) == *wanted).then_some(bytes)
    }

    /// Keeps a piece whose hash was checked.
    pub fn keep(&self, index: usize, bytes: &[u8]) -> Result<(), FolderError> {
        write(&self.path.join(name(index)), bytes)
    }

    /// Puts the pieces together to the ledger of `data_dir`, which must have none.
    pub fn build(&self, data_dir: &Path, genesis: &Genesis) -> Result<(), FolderError> {
        let to = data_dir.join(FILE);
        if to.exists() {
            return Err(FolderError::Exists(to));
        }
        let unfinished = to.with_extension("checkpoint");
        let filling = Filling::begin(&unfinished)?;
        for index in 0..self.checkpoint.pieces.len() {
            let piece = self.piece(index).ok_or(FolderError::Piece(index))?;
            filling.put(&piece)?;
        }
        filling.finish(genesis, self.checkpoint.newest)?;
        fs::rename(&unfinished, &to).map_err(io_at(&to))?;
        sync_folder(data_dir).map_err(io_at(data_dir))
    }
}

fn name(index: usize) -> String {
    format!("{index:05}.piece")
}

/// The checkpoint that a node has for others: the newest one that somebody has signed.
pub struct Shelf {
    data_dir: PathBuf,
    genesis: Genesis,
    newest: Mutex<Option<(Instant, Option<Arc<Folder>>)>>,
}

impl Shelf {
    /// The checkpoints of a data folder.
    pub fn new(data_dir: &Path, genesis: &Genesis) -> Shelf {
        Shelf { data_dir: data_dir.to_owned(), genesis: genesis.clone(), newest: Mutex::default() }
    }

    /// The one to give away. Reads the disk now and then.
    pub fn newest(&self) -> Option<Arc<Folder>> {
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, folder)) = &*newest
            && at.elapsed() < LOOK_EVERY
        {
            return folder.clone();
        }
        let is_whole = |folder: &Folder| {
            let count = folder.checkpoint.pieces.len();
            (0..count).all(|index| folder.path.join(name(index)).exists())
        };
        let folder = Folder::all(&self.data_dir, &self.genesis)
            .into_iter()
            .find(|folder| !folder.checkpoint.signatures.is_empty() && is_whole(folder))
            .map(Arc::new);
        *newest = Some((Instant::now(), folder.clone()));
        folder
    }
}
