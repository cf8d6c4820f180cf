//! Where requests are taken: the puzzle, the limits, the queue.

use super::Terms;
use super::journal::{Entry, Journal, JournalError, Line, Part, Progress};
use super::puzzle::{Challenge, PuzzleError, Puzzles};
use ledger::AccountBlock;
use ledger::types::Address;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Most requests that are remembered: who asks more often than that in one period is told to wait.
const REMEMBERED_MAX: usize = 100_000;

/// Why a request is not taken.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The puzzle is not solved.
    #[error(transparent)]
    Puzzle(#[from] PuzzleError),
    /// The address had its coins.
    #[error("this address has had its coins; it can ask again in {wait} s")]
    Address {
        /// Seconds until it may ask again.
        wait: u64,
    },
    /// Too many from there.
    #[error("too many requests from this place; it can ask again in {wait} s")]
    Place {
        /// Seconds until one may ask again.
        wait: u64,
    },
    /// Too many wait.
    #[error("{waiting} requests wait already; try again later")]
    Full {
        /// How many.
        waiting: usize,
    },
    /// The journal can't be written.
    #[error("the faucet can't write down what it does: {0}")]
    Journal(#[from] JournalError),
}

/// What one may know of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// So many are before it.
    Waiting(usize),
    /// All parts are sent.
    Sent,
    /// Nothing more is sent.
    Failed(String),
}

/// Requests, on disk and in memory.
pub struct Desk {
    terms: Terms,
    parts: Vec<Part>,
    puzzles: Puzzles,
    journal: Mutex<Journal>,
    /// Told when there is something to send, or nothing more to wait for.
    arrived: Condvar,
}

impl Desk {
    /// A desk with what the journal holds.
    pub fn new(terms: Terms, secret: [u8; 32], journal: Journal) -> Desk {
        Desk {
            parts: terms.parts(),
            puzzles: Puzzles::new(secret, terms.difficulty),
            terms,
            journal: Mutex::new(journal),
            arrived: Condvar::new(),
        }
    }

    /// What is given, and to whom.
    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    // A panic between two changes leaves a journal that is as it is on disk.
    fn lock(&self) -> MutexGuard<'_, Journal> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A challenge for an address.
    pub fn challenge(&self, address: &Address, random: [u8; 16], now: u64) -> Challenge {
        self.puzzles.challenge(address, random, now)
    }

    /// Takes a request, and gives its name. Who sends the same again is told the same.
    pub fn request(
        &self,
        address: Address,
        challenge: &Challenge,
        nonce: &[u8; 8],
        ip: IpAddr,
        now: u64,
    ) -> Result<String, Refusal> {
        let id = challenge.id();
        let ip = place(ip);
        let mut journal = self.lock();
        if journal.entries.get(&id).is_some_and(|entry| entry.address == address) {
            return Ok(id);
        }
        self.puzzles.check(&address, challenge, nonce, now)?;
        let every = self.terms.every.as_secs();
        let since = now.saturating_sub(every);
        journal.entries.retain(|_, entry| entry.at >= since || !self.is_done(entry));
        let recent = || journal.entries.values().filter(|entry| entry.cost_something());
        let wait = |at: u64| at.saturating_add(every).saturating_sub(now).max(1);
        if let Some(entry) = recent().find(|entry| entry.address == address) {
            return Err(Refusal::Address { wait: wait(entry.at) });
        }
        let from_there: Vec<u64> =
            recent().filter(|entry| entry.ip == ip).map(|entry| entry.at).collect();
        if from_there.len() >= self.terms.per_ip {
            let oldest = from_there.iter().min().copied().unwrap_or(now);
            return Err(Refusal::Place { wait: wait(oldest) });
        }
        let waiting = journal.entries.values().filter(|entry| !self.is_done(entry)).count();
        if waiting >= self.terms.queue || journal.entries.len() >= REMEMBERED_MAX {
            return Err(Refusal::Full { waiting });
        }
        journal.write(Line::Request { id: id.clone(), address, ip, at: now })?;
        drop(journal);
        self.arrived.notify_all();
        Ok(id)
    }

    fn is_done(&self, entry: &Entry) -> bool {
        entry.failed.is_some() || entry.has(&self.parts)
    }

    /// What became of a request.
    pub fn state(&self, id: &str) -> Option<(State, Entry)> {
        let journal = self.lock();
        let entry = journal.entries.get(id)?;
        let state = match &entry.failed {
            Some(why) => State::Failed(why.clone()),
            None if entry.has(&self.parts) => State::Sent,
            None => {
                let before = |other: &&Entry| !self.is_done(other) && other.at < entry.at;
                State::Waiting(journal.entries.values().filter(before).count())
            }
        };
        Some((state, entry.clone()))
    }

    /// How many wait, and how many were served lately.
    pub fn counts(&self) -> (usize, usize) {
        let journal = self.lock();
        let waiting = journal.entries.values().filter(|entry| !self.is_done(entry)).count();
        let served = journal.entries.values().filter(|entry| entry.has(&self.parts)).count();
        (waiting, served)
    }

    /// The oldest request that is not done, and its first part that is not sent; waits a while for one.
    pub fn next(&self, patience: Duration) -> Option<Due> {
        let due = |journal: &Journal| {
            let open = journal.entries.iter().filter(|(_, entry)| !self.is_done(entry));
            let (id, entry) = open.min_by_key(|(_, entry)| entry.at)?;
            let sent = |part: &&Part| matches!(entry.parts.get(part), Some(Progress::Sent(_)));
            let part = *self.parts.iter().find(|part| !sent(part))?;
            let draft = match entry.parts.get(&part) {
                Some(Progress::Drafted(block)) => Some(block.clone()),
                _ => None,
            };
            Some(Due { id: id.clone(), address: entry.address, part, draft })
        };
        let journal = self.lock();
        if let Some(found) = due(&journal) {
            return Some(found);
        }
        let waited = self.arrived.wait_timeout(journal, patience);
        let (journal, _) = waited.unwrap_or_else(PoisonError::into_inner);
        due(&journal)
    }

    /// Writes down what was done.
    pub fn note(&self, line: Line) -> Result<(), JournalError> {
        self.lock().write(line)
    }

    /// Wakes whoever waits for something to send.
    pub fn wake(&self) {
        self.arrived.notify_all();
    }
}

/// What is to be sent next.
#[derive(Debug)]
pub struct Due {
    /// Name of the request.
    pub id: String,
    /// Who gets it.
    pub address: Address,
    /// Which part.
    pub part: Part,
    /// The block that was signed for it, if one was.
    pub draft: Option<Box<AccountBlock>>,
}

/// Who asks from one place: an IPv6 host has as many addresses as it likes in its network.
fn place(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V4(ip) => IpAddr::V4(ip),
        IpAddr::V6(ip) => IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() & (u128::MAX << 64))),
    }
}

#[cfg(test)]
mod tests {
    use super::super::journal::draft;
    use super::*;
    use ledger::types::{Amount, Hash};
    use std::path::Path;
    use wallet::pow::Task;

    const DIFFICULTY: u64 = 10;

    fn terms() -> Terms {
        Terms {
            znn: Amount::from(1u64),
            qsr: Amount::ZERO,
            fuse: Amount::ZERO,
            difficulty: DIFFICULTY,
            every: Duration::from_secs(100),
            per_ip: 2,
            queue: 3,
        }
    }

    fn desk(path: &Path, now: u64) -> Desk {
        let since = now.saturating_sub(100);
        let journal =
            Journal::open(path, Address([1; 20]), Hash([2; 32]), &terms().parts(), since).unwrap();
        Desk::new(terms(), [5; 32], journal)
    }

    fn ask(desk: &Desk, who: u8, ip: [u8; 4], now: u64) -> Result<String, Refusal> {
        let address = Address([who; 20]);
        let challenge = desk.challenge(&address, [who; 16], now);
        let nonce = Task::of_data_hash(&challenge.work(&address), DIFFICULTY).search(0, 1_000_000);
        desk.request(address, &challenge, &nonce.unwrap(), ip.into(), now)
    }

    fn send(desk: &Desk) -> String {
        let due = desk.next(Duration::ZERO).unwrap();
        desk.note(draft(&due.id, due.part, &AccountBlock::default())).unwrap();
        desk.note(Line::Sent { id: due.id.clone(), part: due.part }).unwrap();
        due.id
    }

    #[test]
    fn an_address_is_served_once_in_a_period_over_restarts() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let desk = desk(&path, 1_000);
        let id = ask(&desk, 1, [1, 1, 1, 1], 1_000).unwrap();
        assert_eq!(ask(&desk, 1, [1, 1, 1, 1], 1_000).unwrap(), id, "the same request");
        assert_eq!(desk.state(&id).unwrap().0, State::Waiting(0));
        assert_eq!(send(&desk), id);
        assert_eq!(desk.state(&id).unwrap().0, State::Sent);
        assert!(desk.next(Duration::ZERO).is_none());
        let refused = ask(&desk, 1, [2, 2, 2, 2], 1_040).unwrap_err();
        assert!(matches!(refused, Refusal::Address { wait: 60 }), "{refused}");
        drop(desk);
        let desk = self::desk(&path, 1_050);
        let refused = ask(&desk, 1, [2, 2, 2, 2], 1_050).unwrap_err();
        assert!(matches!(refused, Refusal::Address { wait: 50 }), "{refused}");
        ask(&desk, 1, [2, 2, 2, 2], 1_101).unwrap();
    }

    #[test]
    fn a_place_and_the_queue_are_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let desk = desk(&folder.path().join("journal"), 1_000);
        ask(&desk, 1, [1, 1, 1, 1], 1_000).unwrap();
        ask(&desk, 2, [1, 1, 1, 1], 1_010).unwrap();
        let refused = ask(&desk, 3, [1, 1, 1, 1], 1_020).unwrap_err();
        assert!(matches!(refused, Refusal::Place { wait: 80 }), "{refused}");
        ask(&desk, 4, [2, 2, 2, 2], 1_020).unwrap();
        let refused = ask(&desk, 5, [3, 3, 3, 3], 1_020).unwrap_err();
        assert!(matches!(refused, Refusal::Full { waiting: 3 }), "{refused}");
        // Who got nothing may ask again.
        let failed = desk.next(Duration::ZERO).unwrap().id;
        desk.note(Line::Failed { id: failed, why: "empty".to_owned() }).unwrap();
        ask(&desk, 1, [1, 1, 1, 1], 1_030).unwrap();
    }

    #[test]
    fn work_that_was_not_done_counts_for_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let desk = desk(&folder.path().join("journal"), 1_000);
        let address = Address([1; 20]);
        let challenge = desk.challenge(&address, [1; 16], 1_000);
        let task = Task::of_data_hash(&challenge.work(&address), DIFFICULTY);
        let wrong = (0..1_000).find(|nonce| task.search(*nonce, 1).is_none()).unwrap();
        let refused =
            desk.request(address, &challenge, &wrong.to_le_bytes(), [1, 1, 1, 1].into(), 1_000);
        assert!(matches!(refused, Err(Refusal::Puzzle(PuzzleError::Unsolved))));
        assert_eq!(desk.counts(), (0, 0));
    }

    #[test]
    fn a_network_of_ipv6_is_one_place() {
        let one = place("2001:db8:1:2::1".parse().unwrap());
        assert_eq!(one, place("2001:db8:1:2:ffff::9".parse().unwrap()));
        assert_ne!(one, place("2001:db8:1:3::1".parse().unwrap()));
        assert_eq!(place("::ffff:1.2.3.4".parse().unwrap()), place("1.2.3.4".parse().unwrap()));
    }
}
