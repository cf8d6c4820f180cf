//! The addresses of nodes that this one has met, kept in the data folder: a start finds its network again
//! even if no bootstrap node answers.

use crate::service::{Ban, PeersError, Whom};
use crate::wire::{Endpoint, NodeId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

/// Name of the file in the data folder.
pub const FILE_NAME: &str = "peers.json";
/// Most nodes that are kept.
const NODES_MAX: usize = 2_000;
/// Most addresses of one node.
const ADDRESSES_MAX: usize = 4;
/// Seconds after which a node that was not met again is forgotten.
const AGE_MAX: u64 = 30 * 86_400;
/// Calls in a row that fail before a node is forgotten.
const FAILURES_MAX: u32 = 16;
/// Largest file that is read.
const FILE_BYTES_MAX: u64 = 4 << 20;
const FORMAT: u32 = 1;

/// Nodes that an operator may add.
const ADDED_MAX: usize = 256;

/// The book.
#[derive(Debug)]
pub struct Book {
    path: Option<PathBuf>,
    nodes: BTreeMap<NodeId, Entry>,
    /// Nodes that the operator added.
    added: Vec<Endpoint>,
    /// Those of them that nobody has looked at yet.
    fresh: Vec<Endpoint>,
    bans: Vec<Ban>,
    changed: bool,
}

#[derive(Clone, Debug)]
struct Entry {
    addresses: Vec<Endpoint>,
    seen: u64,
    failures: u32,
}

#[derive(Serialize, Deserialize)]
struct Page {
    format: u32,
    nodes: Vec<Line>,
    #[serde(default)]
    added: Vec<String>,
    #[serde(default)]
    bans: Vec<BanLine>,
}

#[derive(Serialize, Deserialize)]
struct BanLine {
    whom: String,
    until: Option<u64>,
    why: String,
}

#[derive(Serialize, Deserialize)]
struct Line {
    addresses: Vec<String>,
    seen: u64,
    #[serde(default)]
    failures: u32,
}

impl Book {
    /// The book in a file, or one that is not kept. A file that can't be read is told and replaced.
    pub fn open(path: Option<PathBuf>, now: u64) -> Book {
        let mut book = Book {
            path,
            nodes: BTreeMap::new(),
            added: Vec::new(),
            fresh: Vec::new(),
            bans: Vec::new(),
            changed: false,
        };
        let Some(path) = &book.path else { return book };
        match read(path) {
            Ok(Some(page)) => book.fill(page, now),
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(file = %path.display(), %error, "known peers can't be read");
            }
        }
        book
    }

    fn fill(&mut self, page: Page, now: u64) {
        let added = page.added.iter().take(ADDED_MAX);
        self.added = added.filter_map(|text| text.parse().ok()).collect();
        self.bans = page.bans.iter().filter_map(BanLine::read).collect();
        for line in page.nodes.into_iter().take(NODES_MAX) {
            if now.saturating_sub(line.seen) > AGE_MAX {
                continue;
            }
            let addresses = line.addresses.iter().take(ADDRESSES_MAX);
            let addresses: Vec<Endpoint> = addresses.filter_map(|text| text.parse().ok()).collect();
            if let Some(first) = addresses.first() {
                let id = first.id();
                let entry = Entry { addresses, seen: line.seen, failures: line.failures };
                self.nodes.insert(id, entry);
            }
        }
    }

    /// A connection to this address stood at `now`.
    pub fn met(&mut self, endpoint: &Endpoint, now: u64) {
        let entry = self.nodes.entry(endpoint.id()).or_insert_with(|| Entry {
            addresses: Vec::new(),
            seen: now,
            failures: 0,
        });
        (entry.seen, entry.failures) = (now, 0);
        entry.addresses.retain(|address| address != endpoint);
        entry.addresses.insert(0, endpoint.clone());
        entry.addresses.truncate(ADDRESSES_MAX);
        self.changed = true;
        if self.nodes.len() > NODES_MAX {
            let oldest = self.nodes.iter().min_by_key(|(_, entry)| entry.seen);
            if let Some(oldest) = oldest.map(|(id, _)| *id) {
                self.nodes.remove(&oldest);
            }
        }
    }

    /// A call to this node failed.
    pub fn failed(&mut self, id: &NodeId) {
        let Some(entry) = self.nodes.get_mut(id) else { return };
        entry.failures += 1;
        if entry.failures > FAILURES_MAX {
            self.nodes.remove(id);
        }
        self.changed = true;
    }

    /// Forgets a node. `false` if it was not known.
    pub fn forget(&mut self, id: &NodeId) -> bool {
        let known = self.nodes.remove(id).is_some();
        self.changed |= known;
        known
    }

    /// Number of nodes.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether no node is known.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Keeps a node that the operator adds.
    pub fn add(&mut self, endpoint: Endpoint) -> Result<(), PeersError> {
        self.remove(&endpoint.id());
        if self.added.len() == ADDED_MAX {
            return Err(PeersError::Full(ADDED_MAX));
        }
        self.added.push(endpoint.clone());
        self.fresh.push(endpoint);
        self.changed = true;
        Ok(())
    }

    /// Lets go of a node that the operator added. `false` if there is none.
    pub fn remove(&mut self, id: &NodeId) -> bool {
        let before = self.added.len();
        self.added.retain(|endpoint| endpoint.id() != *id);
        self.fresh.retain(|endpoint| endpoint.id() != *id);
        self.changed |= self.added.len() < before;
        self.added.len() < before
    }

    /// Nodes that the operator added.
    pub fn added(&self) -> impl Iterator<Item = &Endpoint> {
        self.added.iter()
    }

    /// Nodes that were added since this was last asked for.
    pub fn take_fresh(&mut self) -> Vec<Endpoint> {
        std::mem::take(&mut self.fresh)
    }

    /// The bans that were kept.
    pub fn bans(&self) -> &[Ban] {
        &self.bans
    }

    /// Keeps these bans in place of those before.
    pub fn keep_bans(&mut self, bans: Vec<Ban>) {
        self.changed |= self.bans != bans;
        self.bans = bans;
    }

    /// All nodes, those that were met last first, each with the address that worked last.
    pub fn newest(&self) -> Vec<Endpoint> {
        let mut entries: Vec<&Entry> = self.nodes.values().collect();
        entries.sort_by_key(|entry| (entry.failures, u64::MAX - entry.seen));
        entries.iter().filter_map(|entry| entry.addresses.first()).cloned().collect()
    }

    /// Writes what changed. The file is there whole or not at all.
    pub fn save(&mut self) {
        let Some(path) = &self.path else { return };
        if !std::mem::take(&mut self.changed) {
            return;
        }
        let nodes = self
            .nodes
            .values()
            .map(|entry| Line {
                addresses: entry.addresses.iter().map(ToString::to_string).collect(),
                seen: entry.seen,
                failures: entry.failures,
            })
            .collect();
        let text = serde_json::to_vec(&Page {
            format: FORMAT,
            nodes,
            added: self.added.iter().map(ToString::to_string).collect(),
            bans: self.bans.iter().map(BanLine::of).collect(),
        })
        .expect("it prints as JSON");
        let draft = path.with_extension("json.new");
        let write = || -> io::Result<()> {
            let mut file = File::create(&draft)?;
            file.write_all(&text)?;
            file.sync_all()?;
            fs::rename(&draft, path)
        };
        if let Err(error) = write() {
            tracing::warn!(file = %path.display(), %error, "known peers can't be written");
        }
    }
}

impl BanLine {
    fn of(ban: &Ban) -> BanLine {
        let whom = match ban.whom {
            Whom::Node(id) => id.to_string(),
            Whom::Address(ip) => ip.to_string(),
        };
        BanLine { whom, until: ban.until, why: ban.why.clone() }
    }

    fn read(&self) -> Option<Ban> {
        let address = self.whom.parse().map(Whom::Address).ok();
        let whom = address.or_else(|| self.whom.parse().map(Whom::Node).ok())?;
        Some(Ban { whom, until: self.until, why: self.why.clone() })
    }
}

fn read(path: &Path) -> io::Result<Option<Page>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut text = Vec::new();
    file.take(FILE_BYTES_MAX).read_to_end(&mut text)?;
    let page: Page = serde_json::from_slice(&text).map_err(io::Error::other)?;
    if page.format != FORMAT {
        return Err(io::Error::other(format!("its format is {}, known is {FORMAT}", page.format)));
    }
    Ok(Some(page))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{IpAddr, Ipv4Addr};

    fn endpoint(byte: u8) -> Endpoint {
        let ip = IpAddr::V4(Ipv4Addr::new(10, 0, 0, byte));
        Endpoint::Enode { id: NodeId([byte; 64]), ip, tcp: 35995, udp: 35995 }
    }

    #[test]
    fn what_was_met_is_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = || Some(folder.path().join(FILE_NAME));
        let mut book = Book::open(path(), 1_000);
        book.met(&endpoint(1), 1_000);
        book.met(&endpoint(2), 2_000);
        book.failed(&NodeId([2; 64]));
        book.add(endpoint(3)).unwrap();
        let bans = [Whom::Node(NodeId([4; 64])), Whom::Address([10, 0, 0, 4].into())]
            .map(|whom| Ban { whom, until: Some(9), why: "noise".to_owned() });
        book.keep_bans(bans.to_vec());
        book.save();
        let again = Book::open(path(), 3_000);
        assert_eq!(again.newest(), [endpoint(1), endpoint(2)]);
        assert_eq!(again.added().collect::<Vec<_>>(), [&endpoint(3)]);
        assert_eq!(again.bans(), bans);
        assert!(Book::open(path(), 2_000 + AGE_MAX + 1).newest().is_empty());
        fs::write(folder.path().join(FILE_NAME), b"{").unwrap();
        assert!(Book::open(path(), 3_000).newest().is_empty());
    }

    #[test]
    fn the_book_is_bounded_and_drops_who_is_gone() {
        let mut book = Book::open(None, 0);
        for number in 0..NODES_MAX as u64 + 10 {
            let mut id = [0; 64];
            id[..8].copy_from_slice(&number.to_be_bytes());
            let ip = IpAddr::V4(Ipv4Addr::LOCALHOST);
            book.met(&Endpoint::Enode { id: NodeId(id), ip, tcp: 1, udp: 1 }, number);
        }
        assert_eq!(book.newest().len(), NODES_MAX);
        book.met(&endpoint(1), 5_000);
        for _ in 0..=FAILURES_MAX {
            book.failed(&NodeId([1; 64]));
        }
        assert!(!book.newest().contains(&endpoint(1)));
    }
}
