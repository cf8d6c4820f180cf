//! Who is connected, and what each has told and was asked.

use super::known::Known;
use super::questions::{BodiesFor, HashesFor, Questions};
use super::random::Random;
use super::{Action, Offence, Peer, Reason, Remote};
use crate::node::Millis;
use crate::wire::NodeId;
use crate::wire::message::Message;
use ledger::types::Hash;
use std::collections::BTreeMap;

/// How long a new peer may take to send its status.
pub const STATUS_MS: u64 = 5_000;

/// A peer, for operators.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The connection.
    pub peer: Peer,
    /// Its key.
    pub id: NodeId,
    /// The newest height that it announced; `None` before its status.
    pub height: Option<u64>,
    /// How well it behaves, up to [`super::score::POINTS_MAX`]; banned at 0.
    pub score: i64,
    /// Momentums that came from it when they were asked for.
    pub momentums: u64,
    /// Their bytes.
    pub bytes: u64,
    /// How long it took for the newest answer, in milliseconds.
    pub latency_ms: Option<u64>,
}

/// A connection.
#[derive(Debug)]
pub(super) struct Link {
    pub remote: Remote,
    /// Until when its status has to come; `None` once it has.
    pub status_due: Option<Millis>,
    /// The newest height that it announced.
    pub height: u64,
    /// The newest hash that it announced.
    pub newest: Hash,
    /// What it announces does not count until then: it could not show it.
    pub void_until: Option<Millis>,
    /// What it was asked and has not answered.
    pub questions: Questions,
    pub momentums: u64,
    pub bytes: u64,
    pub latency_ms: Option<u64>,
}

impl Link {
    fn new(now: Millis, remote: Remote) -> Link {
        Link {
            remote,
            status_due: Some(now + STATUS_MS),
            height: 0,
            newest: Hash::default(),
            void_until: None,
            questions: Questions::default(),
            momentums: 0,
            bytes: 0,
            latency_ms: None,
        }
    }

    pub(super) fn is_greeted(&self) -> bool {
        self.status_due.is_none()
    }

    /// The height up to which it can be believed to know a chain.
    pub(super) fn claim(&self, now: Millis) -> u64 {
        match self.void_until {
            Some(until) if now < until => 0,
            _ => self.height,
        }
    }

    /// It knows this momentum, as it says.
    pub(super) fn says(&mut self, height: u64, hash: Hash) {
        if height >= self.height {
            (self.height, self.newest) = (height, hash);
        }
    }

    /// What it announces does not count for a while.
    pub(super) fn void(&mut self, until: Millis) {
        self.void_until = Some(until.max(self.void_until.unwrap_or(0)));
    }
}

/// All connections, and what is to be done about them at the end of an event.
#[derive(Debug)]
pub(super) struct Peers {
    links: BTreeMap<Peer, Link>,
    /// Who knows what.
    pub known: Known,
    /// Choices.
    pub random: Random,
    /// Offences that are not yet charged.
    pub blamed: Vec<(Peer, Offence)>,
    /// Connections to end.
    pub parting: Vec<(Peer, Reason, String)>,
}

impl Peers {
    pub(super) fn new(seed: u64) -> Peers {
        Peers {
            links: BTreeMap::new(),
            known: Known::default(),
            random: Random::new(seed),
            blamed: Vec::new(),
            parting: Vec::new(),
        }
    }

    pub(super) fn enter(&mut self, now: Millis, peer: Peer, remote: Remote) {
        self.known.enter(peer);
        self.links.insert(peer, Link::new(now, remote));
    }

    pub(super) fn remove(&mut self, peer: Peer) -> Option<Link> {
        self.known.leave(peer);
        self.links.remove(&peer)
    }

    pub(super) fn get(&self, peer: Peer) -> Option<&Link> {
        self.links.get(&peer)
    }

    pub(super) fn get_mut(&mut self, peer: Peer) -> Option<&mut Link> {
        self.links.get_mut(&peer)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (Peer, &Link)> {
        self.links.iter().map(|(peer, link)| (*peer, link))
    }

    /// Those whose status has come and fits.
    pub(super) fn greeted(&self) -> impl Iterator<Item = (Peer, &Link)> {
        self.all().filter(|(_, link)| link.is_greeted())
    }

    pub(super) fn blame(&mut self, peer: Peer, offence: Offence) {
        self.blamed.push((peer, offence));
    }

    pub(super) fn part(&mut self, peer: Peer, reason: Reason, why: impl Into<String>) {
        self.parting.push((peer, reason, why.into()));
    }

    /// The highest chain that a peer can be believed to know; 0 without peers.
    pub(super) fn best_claim(&self, now: Millis) -> u64 {
        self.greeted().map(|(_, link)| link.claim(now)).max().unwrap_or(0)
    }

    /// Asks for the hashes of `amount` momentums from height `from` on.
    pub(super) fn ask_hashes(
        &mut self,
        now: Millis,
        peer: Peer,
        (from, amount): (u64, u64),
        wanted_for: HashesFor,
        out: &mut Vec<Action>,
    ) {
        if let Some(link) = self.links.get_mut(&peer) {
            link.questions.note_hashes(now, from, amount, wanted_for);
            let message = Message::GetBlockHashesFromNumber { number: from, amount };
            out.push(Action::Send { peers: vec![peer], message });
        }
    }

    /// Asks for momentums.
    pub(super) fn ask_bodies(
        &mut self,
        now: Millis,
        peer: Peer,
        names: Vec<(u64, Hash)>,
        wanted_for: BodiesFor,
        out: &mut Vec<Action>,
    ) {
        if let Some(link) = self.links.get_mut(&peer) {
            let hashes = names.iter().map(|(_, hash)| *hash).collect();
            link.questions.note_bodies(now, names, wanted_for);
            out.push(Action::Send { peers: vec![peer], message: Message::GetBlocks(hashes) });
        }
    }
}
