//! New momentums: announced by hash, or sent whole.
//!
//! One that stands on our newest momentum goes to the node at once. One that is ahead waits for those
//! between, which the download fetches, as its sender must have them. Announced ones that do not arrive
//! by themselves are fetched. Source: go-zenon `protocol/fetcher/fetcher.go`.

use super::download::Download;
use super::guilt;
use super::peers::Peers;
use super::protocol::Here;
use super::questions::{BodiesFor, BodyQuestion};
use super::sound;
use super::{Action, Offence, Peer};
use crate::node::{Millis, Ticket};
use crate::service::ServiceError;
use alloy_rlp::Encodable;
use ledger::types::{Hash, HashHeight};
use ledger::{DetailedMomentum, Fault};
use std::collections::{BTreeMap, VecDeque};

/// An announced momentum is asked for if it does not arrive by itself within this time (the reference's
/// 500 ms less its 100 ms of slack).
pub const ARRIVE_MS: u64 = 400;
/// How far below our newest height a momentum may still be of interest.
pub const BEHIND_MAX: u64 = 7;
/// How far above it.
pub const AHEAD_MAX: u64 = 32;
/// Announcements of one peer that are open at one time.
const ANNOUNCED_BY_PEER_MAX: usize = 256;
/// Announcements that are open in all: hashes, and who announced them.
const ANNOUNCED_MAX: usize = 2_048;
/// Peers that are remembered for an announcement; the others are not needed.
const ANNOUNCERS_MAX: usize = 8;
/// Momentums of one peer that wait.
const WAITING_BY_PEER_MAX: usize = 64;
/// Bytes of all momentums that wait.
const WAITING_BYTES_MAX: usize = 8 << 20;
/// Insertions that are not answered: a fork may bring several momentums for one height.
const INSERTING_MAX: usize = 8;
/// After a full queue the node is asked again.
const PAUSE_MS: u64 = 250;

#[derive(Debug)]
struct Announced {
    by: Vec<Peer>,
    /// When it is asked for.
    due: Millis,
    /// Of whom it is asked now.
    asked: Option<Peer>,
}

#[derive(Debug)]
struct Waiting {
    momentum: DetailedMomentum,
    from: Peer,
    bytes: usize,
}

/// What is new.
#[derive(Debug, Default)]
pub(super) struct News {
    announced: BTreeMap<Hash, Announced>,
    /// By height and hash.
    waiting: BTreeMap<(u64, Hash), Waiting>,
    waiting_bytes: usize,
    inserting: BTreeMap<Ticket, (HashHeight, Peer)>,
    tickets: u64,
    pause_until: Millis,
}

impl News {
    /// The highest momentum that is on its way into the ledger.
    pub(super) fn inserting_height(&self) -> u64 {
        self.inserting.values().map(|(name, _)| name.height).max().unwrap_or(0)
    }

    pub(super) fn deadlines(&self) -> Vec<Millis> {
        let mut due: Vec<Millis> = self
            .announced
            .values()
            .filter(|announced| announced.asked.is_none())
            .map(|announced| announced.due)
            .collect();
        due.push(self.pause_until);
        due
    }

    /// A peer says that there are new momentums.
    pub(super) fn announced(
        &mut self,
        here: &Here<'_>,
        peers: &mut Peers,
        peer: Peer,
        hashes: &[Hash],
    ) -> Result<(), Fault> {
        let mut open = self.announced.values().filter(|it| it.by.contains(&peer)).count();
        for hash in hashes {
            peers.known.mark(peer, hash);
            if let Some(height) = here.view.momentum_height(hash)? {
                if let Some(link) = peers.get_mut(peer) {
                    link.says(height, *hash);
                }
                continue;
            }
            if self.inserting.values().any(|(name, _)| name.hash == *hash) {
                continue;
            }
            if let Some(announced) = self.announced.get_mut(hash) {
                if announced.by.len() < ANNOUNCERS_MAX && !announced.by.contains(&peer) {
                    announced.by.push(peer);
                    open += 1;
                }
                continue;
            }
            if open >= ANNOUNCED_BY_PEER_MAX {
                peers.blame(peer, Offence::TooMuch);
                break;
            }
            if self.announced.len() >= ANNOUNCED_MAX {
                break;
            }
            open += 1;
            let due = here.now + ARRIVE_MS;
            self.announced.insert(*hash, Announced { by: vec![peer], due, asked: None });
        }
        Ok(())
    }

    /// A whole momentum.
    pub(super) fn arrived(
        &mut self,
        here: &Here<'_>,
        peers: &mut Peers,
        peer: Peer,
        momentum: DetailedMomentum,
    ) -> Result<(), Fault> {
        if let Err(what) = sound::momentum(&momentum) {
            peers.blame(peer, Offence::Forged(what));
            return Ok(());
        }
        let name = momentum.momentum.identifier();
        peers.known.mark(peer, &name.hash);
        if let Some(link) = peers.get_mut(peer) {
            link.says(name.height, name.hash);
        }
        // Those who announced it have it too.
        for other in self.announced.remove(&name.hash).map(|it| it.by).unwrap_or_default() {
            if let Some(link) = peers.get_mut(other) {
                link.says(name.height, name.hash);
            }
        }
        let is_near = name.height.saturating_add(BEHIND_MAX) >= here.head.height
            && name.height <= here.head.height + AHEAD_MAX;
        // At or below our newest height it is of use only to a longer chain, which is fetched as one.
        if !is_near || name.height <= here.head.height {
            return Ok(());
        }
        let key = (name.height, name.hash);
        if self.waiting.contains_key(&key) || self.is_inserting(&name) {
            return Ok(());
        }
        let bytes = momentum.length();
        let of_peer = self.waiting.values().filter(|waiting| waiting.from == peer).count();
        if of_peer >= WAITING_BY_PEER_MAX {
            peers.blame(peer, Offence::TooMuch);
            return Ok(());
        }
        // The highest ones can wait longest to be fetched again.
        while self.waiting_bytes + bytes > WAITING_BYTES_MAX
            && let Some((key, _)) = self.waiting.last_key_value()
        {
            let key = *key;
            self.drop_waiting(&key);
        }
        self.waiting_bytes += bytes;
        self.waiting.insert(key, Waiting { momentum, from: peer, bytes });
        Ok(())
    }

    fn is_inserting(&self, name: &HashHeight) -> bool {
        self.inserting.values().any(|(inserting, _)| inserting == name)
    }

    fn drop_waiting(&mut self, key: &(u64, Hash)) -> Option<Waiting> {
        let waiting = self.waiting.remove(key)?;
        self.waiting_bytes -= waiting.bytes;
        Some(waiting)
    }

    /// Gives the node what stands on its newest momentum, and asks for what did not arrive.
    pub(super) fn drive(
        &mut self,
        here: &Here<'_>,
        peers: &mut Peers,
        download: &mut Download,
        out: &mut Vec<Action>,
    ) -> Result<(), Fault> {
        while let Some((key, _)) = self.waiting.first_key_value()
            && key.0 <= here.head.height
        {
            let key = *key;
            self.drop_waiting(&key);
        }
        self.insert(here, out);
        for ((_, _), waiting) in &self.waiting {
            download.offer(waiting.from, &waiting.momentum, waiting.bytes);
        }
        self.ask(here, peers, out)
    }

    fn insert(&mut self, here: &Here<'_>, out: &mut Vec<Action>) {
        if here.now < self.pause_until {
            return;
        }
        let next = here.head.height + 1;
        let ready: Vec<(u64, Hash)> = self
            .waiting
            .range((next, Hash::default())..(next + 1, Hash::default()))
            .filter(|(_, waiting)| waiting.momentum.momentum.previous() == here.head)
            .map(|(key, _)| *key)
            .collect();
        for key in ready {
            if self.inserting.len() >= INSERTING_MAX {
                return;
            }
            let Some(waiting) = self.drop_waiting(&key) else { continue };
            self.tickets += 2;
            // Even ones are the download's.
            let ticket = self.tickets + 1;
            let name = waiting.momentum.momentum.identifier();
            self.inserting.insert(ticket, (name, waiting.from));
            out.push(Action::Insert { ticket, momentums: vec![waiting.momentum] });
        }
    }

    /// Asks for announced momentums whose time is over.
    fn ask(
        &mut self,
        here: &Here<'_>,
        peers: &mut Peers,
        out: &mut Vec<Action>,
    ) -> Result<(), Fault> {
        let due: Vec<Hash> = self
            .announced
            .iter()
            .filter(|(_, announced)| announced.asked.is_none() && announced.due <= here.now)
            .map(|(hash, _)| *hash)
            .collect();
        let mut questions: BTreeMap<Peer, Vec<(u64, Hash)>> = BTreeMap::new();
        for hash in due {
            let is_here = here.view.momentum_height(&hash)?.is_some()
                || self.waiting.keys().any(|(_, waiting)| *waiting == hash)
                || self.inserting.values().any(|(name, _)| name.hash == hash);
            let Some(announced) = self.announced.get_mut(&hash) else { continue };
            announced.by.retain(|peer| peers.get(*peer).is_some());
            let able: Vec<Peer> = announced
                .by
                .iter()
                .copied()
                .filter(|peer| peers.get(*peer).is_some_and(|link| link.questions.has_room()))
                .collect();
            if is_here || announced.by.is_empty() {
                self.announced.remove(&hash);
            } else if able.is_empty() {
                announced.due = here.now + ARRIVE_MS;
            } else {
                let chosen = able[peers.random.below(able.len())];
                announced.asked = Some(chosen);
                questions.entry(chosen).or_default().push((0, hash));
            }
        }
        for (peer, names) in questions {
            peers.ask_bodies(here.now, peer, names, BodiesFor::Announced, out);
        }
        Ok(())
    }

    /// A peer did not bring these: another one that announced them is asked, if there is one.
    pub(super) fn release(&mut self, now: Millis, peer: Peer, question: &BodyQuestion) {
        for (_, hash) in &question.names {
            let Some(announced) = self.announced.get_mut(hash) else { continue };
            if announced.asked == Some(peer) {
                announced.asked = None;
                announced.due = now;
                announced.by.retain(|by| *by != peer);
            }
        }
    }

    /// What came of an insertion: whose momentum was taken, if it was.
    pub(super) fn inserted(
        &mut self,
        here: &Here<'_>,
        peers: &mut Peers,
        ticket: Ticket,
        result: &Result<u64, ServiceError>,
    ) -> Option<Peer> {
        let (name, from) = self.inserting.remove(&ticket)?;
        match result {
            Ok(_) => return Some(from),
            Err(ServiceError::Momentum { height, refusal }) if guilt::of_momentum(refusal) => {
                tracing::warn!(height, %refusal, "a peer's new momentum is refused");
                let why = refusal.to_string();
                peers.blame(from, Offence::InvalidMomentum { height: *height, why });
            }
            Err(error) => {
                tracing::debug!(momentum = %name, %error, "a new momentum was not taken");
                self.pause_until = here.now + PAUSE_MS;
            }
        }
        None
    }

    /// Drops what is known of a connection.
    pub(super) fn forget(&mut self, now: Millis, peer: Peer, questions: &VecDeque<BodyQuestion>) {
        for question in questions {
            self.release(now, peer, question);
        }
        for announced in self.announced.values_mut() {
            announced.by.retain(|by| *by != peer);
        }
    }
}
