//! What was asked for and what was sent, in a file that outlives the process.
//!
//! The file has one JSON object on each line, and is only ever appended to while the faucet runs. A request is
//! there before it is acknowledged, a block before it is published: whatever happens in between, the same
//! block is published again, and no other. A last line that is not whole was never acknowledged, and is left out.

use ledger::AccountBlock;
use ledger::codec::protobuf;
use ledger::types::{Address, Hash};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::net::IpAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Largest file that is read.
const FILE_BYTES_MAX: u64 = 256 << 20;
/// Format of the file.
const FORMAT: u32 = 1;

/// A part of what a request gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// QSR fused for the receiver.
    Fuse,
    /// ZNN.
    Znn,
    /// QSR.
    Qsr,
}

/// A line of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "line", deny_unknown_fields)]
pub enum Line {
    /// The first one: whose file it is.
    Head {
        /// Format of the file.
        format: u32,
        /// Who gives.
        account: Address,
        /// First momentum of the network.
        genesis: Hash,
    },
    /// A request was taken.
    Request {
        /// Its name.
        id: String,
        /// Who gets coins.
        address: Address,
        /// Who asked.
        ip: IpAddr,
        /// When, in unix seconds.
        at: u64,
    },
    /// This block is going to be published.
    Draft {
        /// Name of the request.
        id: String,
        /// Which part it is.
        part: Part,
        /// The signed block: protobuf, hex.
        block: String,
    },
    /// The block can't come into the chain any more: another has its place, or the ledger refuses it.
    Void {
        /// Name of the request.
        id: String,
        /// Which part.
        part: Part,
    },
    /// The block is in the chain, or waits to be.
    Sent {
        /// Name of the request.
        id: String,
        /// Which part.
        part: Part,
    },
    /// Nothing more is sent for a request.
    Failed {
        /// Name of the request.
        id: String,
        /// Why.
        why: String,
    },
}

/// How far a part is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// A block is signed, and may be published.
    Drafted(Box<AccountBlock>),
    /// The block with this hash is in the chain, or waits to be.
    Sent(Hash),
}

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Who gets coins.
    pub address: Address,
    /// Who asked.
    pub ip: IpAddr,
    /// When, in unix seconds.
    pub at: u64,
    /// How far each part is.
    pub parts: BTreeMap<Part, Progress>,
    /// Why nothing more is sent, if so.
    pub failed: Option<String>,
}

impl Entry {
    /// Whether all of these parts are sent.
    pub fn has(&self, parts: &[Part]) -> bool {
        parts.iter().all(|part| matches!(self.parts.get(part), Some(Progress::Sent(_))))
    }

    /// Whether something was, or may have been, sent for it.
    pub fn cost_something(&self) -> bool {
        self.failed.is_none() || !self.parts.is_empty()
    }
}

/// Why the file can't be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The system refuses.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another process has it.
    #[error("{} is in use by another faucet", path.display())]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// A line that can't be understood.
    #[error("{} line {line}: {reason}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// Another account's, or another network's.
    #[error("{} is of another account or network", path.display())]
    Other {
        /// The file.
        path: PathBuf,
    },
}

/// The file, and what it says.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    /// Held while the journal is open.
    _lock: File,
    /// Requests by name.
    pub entries: BTreeMap<String, Entry>,
}

impl Journal {
    /// Opens a faucet's file, and forgets what is done and older than `since`.
    pub fn open(
        path: &Path,
        account: Address,
        genesis: Hash,
        parts: &[Part],
        since: u64,
    ) -> Result<Journal, JournalError> {
        let io = |source| JournalError::Io { path: path.to_owned(), source };
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(io)?;
        }
        let lock = options().open(beside(path, "lock")).map_err(io)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => {
                return Err(JournalError::Busy { path: path.to_owned() });
            }
            Err(fs::TryLockError::Error(error)) => return Err(io(error)),
        }
        let head = Line::Head { format: FORMAT, account, genesis };
        let mut entries = read(path, &head)?;
        entries.retain(|_, entry| {
            let is_done = entry.failed.is_some() || entry.has(parts);
            !is_done || entry.at >= since
        });
        let file = rewrite(path, &head, &entries).map_err(io)?;
        Ok(Journal { path: path.to_owned(), file, _lock: lock, entries })
    }

    /// Writes a line, and takes it as done once it is on disk.
    pub fn write(&mut self, line: Line) -> Result<(), JournalError> {
        let io = |source| JournalError::Io { path: self.path.clone(), source };
        let mut text = serde_json::to_string(&line).expect("lines print as JSON");
        text.push('\n');
        self.file.write_all(text.as_bytes()).and_then(|()| self.file.sync_data()).map_err(io)?;
        take(&mut self.entries, line).map_err(|reason| JournalError::Malformed {
            path: self.path.clone(),
            line: 0,
            reason,
        })
    }
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true).mode(0o600);
    options
}

/// A file beside another.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(ending);
    path.with_file_name(name)
}

fn read(path: &Path, head: &Line) -> Result<BTreeMap<String, Entry>, JournalError> {
    let io = |source| JournalError::Io { path: path.to_owned(), source };
    let mut text = String::new();
    match File::open(path) {
        Ok(file) => {
            let length = file.metadata().map_err(io)?.len();
            if length > FILE_BYTES_MAX {
                return Err(io(io::Error::other(format!("{length} bytes are too many"))));
            }
            let mut bytes = Vec::new();
            file.take(FILE_BYTES_MAX).read_to_end(&mut bytes).map_err(io)?;
            text = String::from_utf8_lossy(&bytes).into_owned();
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(io(error)),
    }
    // What stands behind the last end of a line was never acknowledged.
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    let mut entries = BTreeMap::new();
    for (index, text) in whole.lines().enumerate() {
        let malformed = |reason: String| JournalError::Malformed {
            path: path.to_owned(),
            line: index + 1,
            reason,
        };
        let line: Line =
            serde_json::from_str(text).map_err(|error| malformed(error.to_string()))?;
        match (index, &line) {
            (0, line) if line == head => {}
            (0, _) => return Err(JournalError::Other { path: path.to_owned() }),
            (_, _) => take(&mut entries, line).map_err(malformed)?,
        }
    }
    Ok(entries)
}

/// What a line changes.
fn take(entries: &mut BTreeMap<String, Entry>, line: Line) -> Result<(), String> {
    fn of<'a>(entries: &'a mut BTreeMap<String, Entry>, id: &str) -> Result<&'a mut Entry, String> {
        entries.get_mut(id).ok_or_else(|| format!("there is no request {id:?}"))
    }
    match line {
        Line::Head { .. } => return Err("a second head".to_owned()),
        Line::Request { id, address, ip, at } => {
            let parts = BTreeMap::new();
            entries.insert(id, Entry { address, ip, at, parts, failed: None });
        }
        Line::Draft { id, part, block } => {
            let bytes = hex::decode(block).map_err(|error| error.to_string())?;
            let block =
                protobuf::decode_account_block(&bytes).map_err(|error| error.to_string())?;
            of(entries, &id)?.parts.insert(part, Progress::Drafted(Box::new(block)));
        }
        Line::Void { id, part } => {
            of(entries, &id)?.parts.remove(&part);
        }
        Line::Sent { id, part } => {
            let parts = &mut of(entries, &id)?.parts;
            let hash = match parts.get(&part) {
                Some(Progress::Drafted(block)) => block.hash,
                Some(Progress::Sent(hash)) => *hash,
                None => return Err("a block was sent that was not signed".to_owned()),
            };
            parts.insert(part, Progress::Sent(hash));
        }
        Line::Failed { id, why } => of(entries, &id)?.failed = Some(why),
    }
    Ok(())
}

/// The signed block of a line.
pub fn draft(id: &str, part: Part, block: &AccountBlock) -> Line {
    let block = hex::encode(protobuf::encode_account_block(block));
    Line::Draft { id: id.to_owned(), part, block }
}

/// Writes the file anew with what still matters, whole or not at all.
fn rewrite(path: &Path, head: &Line, entries: &BTreeMap<String, Entry>) -> io::Result<File> {
    let mut lines = vec![head.clone()];
    for (id, entry) in entries {
        let (address, ip, at) = (entry.address, entry.ip, entry.at);
        lines.push(Line::Request { id: id.clone(), address, ip, at });
        for (part, progress) in &entry.parts {
            match progress {
                Progress::Drafted(block) => lines.push(draft(id, *part, block)),
                Progress::Sent(hash) => {
                    // Its hash is all that is still wanted of the block.
                    let block = AccountBlock { hash: *hash, ..AccountBlock::default() };
                    lines.push(draft(id, *part, &block));
                    lines.push(Line::Sent { id: id.clone(), part: *part });
                }
            }
        }
        if let Some(why) = &entry.failed {
            lines.push(Line::Failed { id: id.clone(), why: why.clone() });
        }
    }
    let fresh = beside(path, "new");
    let _ = fs::remove_file(&fresh);
    let mut file = options().open(&fresh)?;
    let mut text = String::new();
    for line in &lines {
        text.push_str(&serde_json::to_string(line).expect("lines print as JSON"));
        text.push('\n');
    }
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&fresh, path)?;
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        File::open(folder)?.sync_all()?;
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARTS: [Part; 2] = [Part::Znn, Part::Qsr];

    fn open(path: &Path, since: u64) -> Result<Journal, JournalError> {
        Journal::open(path, Address([1; 20]), Hash([2; 32]), &PARTS, since)
    }

    fn request(id: &str, at: u64) -> Line {
        let ip = [127, 0, 0, 1].into();
        Line::Request { id: id.to_owned(), address: Address([3; 20]), ip, at }
    }

    fn block(height: u64) -> AccountBlock {
        let mut block = AccountBlock { height, ..AccountBlock::default() };
        block.hash = block.compute_hash();
        block
    }

    #[test]
    fn what_was_written_is_there_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep").join("journal");
        let mut journal = open(&path, 0).unwrap();
        assert!(matches!(open(&path, 0), Err(JournalError::Busy { .. })));
        let (znn, qsr) = (block(5), block(6));
        for line in [
            request("a", 100),
            draft("a", Part::Znn, &znn),
            Line::Sent { id: "a".to_owned(), part: Part::Znn },
            draft("a", Part::Qsr, &block(9)),
            Line::Void { id: "a".to_owned(), part: Part::Qsr },
            draft("a", Part::Qsr, &qsr),
            request("b", 200),
            Line::Failed { id: "b".to_owned(), why: "empty".to_owned() },
        ] {
            journal.write(line).unwrap();
        }
        let before = journal.entries.clone();
        drop(journal);
        // A kill in the middle of a line.
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(b"{\"line\":\"sent\",\"id\":\"a\",\"part").unwrap();
        for since in [0, 150] {
            let journal = open(&path, since).unwrap();
            assert_eq!(journal.entries, before, "{since}");
        }
        // What is done is forgotten in time, what is not done stays.
        let journal = open(&path, 300).unwrap();
        assert_eq!(journal.entries.keys().collect::<Vec<_>>(), ["a"]);
        assert!(!journal.entries["a"].has(&PARTS) && journal.entries["a"].has(&[Part::Znn]));
        assert_eq!(journal.entries["a"].parts[&Part::Znn], Progress::Sent(znn.hash));
        assert_eq!(journal.entries["a"].parts[&Part::Qsr], Progress::Drafted(Box::new(qsr)));
    }

    #[test]
    fn another_faucets_file_and_damage_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        open(&path, 0).unwrap().write(request("a", 1)).unwrap();
        let other = Journal::open(&path, Address([9; 20]), Hash([2; 32]), &PARTS, 0);
        assert!(matches!(other, Err(JournalError::Other { .. })));
        let text = fs::read_to_string(&path).unwrap();
        for (line, damage) in
            [(3, "{\"line\":\"sent\",\"id\":\"x\",\"part\":\"znn\"}\n"), (3, "nothing\n")]
        {
            fs::write(&path, format!("{text}{damage}")).unwrap();
            let error = open(&path, 0).unwrap_err();
            assert!(matches!(error, JournalError::Malformed { line: found, .. } if found == line));
        }
    }
}
