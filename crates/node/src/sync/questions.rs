//! What a peer was asked and has not answered.
//!
//! Answers of `eth/61` carry no number. A peer answers its questions one after the other, so hashes
//! belong to the oldest question for hashes; momentums belong to the question that names the first of
//! them. A question whose time is over stays until its answer comes, so that later answers are not taken
//! for it; a peer that owes one for too long is of no use.

use crate::node::Millis;
use ledger::types::Hash;
use std::collections::VecDeque;

/// How long hashes may take.
pub const HASHES_MS: u64 = 5_000;
/// How long momentums may take at the most and at the least, and when nothing is known of the peer.
pub const BODIES_MS_MAX: u64 = 9_000;
const BODIES_MS_MIN: u64 = 3_000;
const BODIES_MS_FIRST: u64 = 5_000;
/// How long an answer may be overdue before the connection is given up.
const OWED_MS_MAX: u64 = 10_000;

/// Questions for momentums that a peer has at one time, so that it never waits for the next one.
pub const BODIES_AT_ONCE: usize = 3;
/// Momentums of a question: the first one, and the fewest to which a slow peer falls.
const CHUNK_FIRST: usize = 32;
const CHUNK_MIN: usize = 4;
/// The most: what one answer holds.
const CHUNK_MAX: usize = crate::wire::message::BLOCKS_MAX;
/// Questions that are answered within this time grow, those that take longer than the other shrink.
const CHUNK_GROWS_MS: u64 = 1_000;
const CHUNK_SHRINKS_MS: u64 = 3_000;

/// What hashes are wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HashesFor {
    /// To find our common past.
    Search(u64),
    /// To go on with a plan.
    Plan(u64),
    /// To learn whether there is anything new.
    Poll,
}

/// What momentums are wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BodiesFor {
    /// A plan.
    Plan(u64),
    /// An announcement.
    Announced,
}

#[derive(Clone, Debug)]
pub(super) struct HashQuestion {
    pub from: u64,
    pub amount: u64,
    pub wanted_for: HashesFor,
    pub asked: Millis,
    pub due: Millis,
    pub is_late: bool,
}

#[derive(Clone, Debug)]
pub(super) struct BodyQuestion {
    /// Heights (0 if unknown) and hashes.
    pub names: Vec<(u64, Hash)>,
    pub wanted_for: BodiesFor,
    pub asked: Millis,
    pub due: Millis,
    pub is_late: bool,
}

/// How fast a peer answers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// Momentums of the next question.
    pub chunk: usize,
    /// Milliseconds that answers take, smoothed; 0 before the first.
    pub answer_ms: u64,
    /// Momentums a second, smoothed; 0 before the first.
    pub rate: u64,
}

/// All questions to one peer.
#[derive(Debug)]
pub(super) struct Questions {
    pub hashes: VecDeque<HashQuestion>,
    pub bodies: VecDeque<BodyQuestion>,
    pub pace: Pace,
}

impl Default for Questions {
    fn default() -> Questions {
        let pace = Pace { chunk: CHUNK_FIRST, answer_ms: 0, rate: 0 };
        Questions { hashes: VecDeque::new(), bodies: VecDeque::new(), pace }
    }
}

impl Questions {
    pub(super) fn note_hashes(
        &mut self,
        now: Millis,
        from: u64,
        amount: u64,
        wanted_for: HashesFor,
    ) {
        let due = now + HASHES_MS;
        let question = HashQuestion { from, amount, wanted_for, asked: now, due, is_late: false };
        self.hashes.push_back(question);
    }

    pub(super) fn note_bodies(
        &mut self,
        now: Millis,
        names: Vec<(u64, Hash)>,
        wanted_for: BodiesFor,
    ) {
        let allowed = match self.pace.answer_ms {
            0 => BODIES_MS_FIRST,
            usual => (4 * usual).clamp(BODIES_MS_MIN, BODIES_MS_MAX),
        };
        let due = now + allowed;
        self.bodies.push_back(BodyQuestion { names, wanted_for, asked: now, due, is_late: false });
    }

    /// Whether it may be asked for momentums of a plan now.
    pub(super) fn has_room(&self) -> bool {
        // Of a peer that never answered one question is enough to lose.
        let most = if self.pace.answer_ms == 0 { 1 } else { BODIES_AT_ONCE };
        self.bodies.len() < most && !self.bodies.iter().any(|question| question.is_late)
    }

    /// Whether it may be asked for hashes of something new.
    pub(super) fn is_free_for_hashes(&self) -> bool {
        self.hashes.is_empty()
    }

    /// The question that momentums answer, of which `first` is the first.
    pub(super) fn take_bodies(&mut self, first: Option<&Hash>) -> Option<BodyQuestion> {
        let Some(first) = first else { return self.bodies.pop_front() };
        let names_it =
            |question: &BodyQuestion| question.names.iter().any(|(_, hash)| hash == first);
        let index = self.bodies.iter().position(names_it)?;
        self.bodies.remove(index)
    }

    /// Learns from an answer to a plan's question that held `found` of `asked` momentums.
    pub(super) fn learn(&mut self, took_ms: u64, asked: usize, found: usize) {
        let pace = &mut self.pace;
        let took_ms = took_ms.max(1);
        let rate = found as u64 * 1000 / took_ms;
        if pace.answer_ms == 0 {
            (pace.answer_ms, pace.rate) = (took_ms, rate);
        } else {
            pace.answer_ms = ((3 * pace.answer_ms + took_ms) / 4).max(1);
            pace.rate = (3 * pace.rate + rate) / 4;
        }
        if took_ms > CHUNK_SHRINKS_MS {
            pace.chunk = (pace.chunk / 2).max(CHUNK_MIN);
        } else if found < asked {
            // It sends no more at once.
            pace.chunk = (found * 2).clamp(CHUNK_MIN, CHUNK_MAX);
        } else if took_ms < CHUNK_GROWS_MS {
            pace.chunk = (pace.chunk * 2).min(CHUNK_MAX);
        }
    }

    /// Marks questions whose time is over, and gives those that were not marked before.
    pub(super) fn expire(&mut self, now: Millis) -> (Vec<HashQuestion>, Vec<BodyQuestion>) {
        let mut hashes = Vec::new();
        for question in self.hashes.iter_mut().filter(|it| !it.is_late && it.due <= now) {
            question.is_late = true;
            hashes.push(question.clone());
        }
        let mut bodies = Vec::new();
        for question in self.bodies.iter_mut().filter(|it| !it.is_late && it.due <= now) {
            question.is_late = true;
            bodies.push(question.clone());
            self.pace.chunk = (self.pace.chunk / 2).max(CHUNK_MIN);
        }
        (hashes, bodies)
    }

    /// Whether it owes an answer for too long.
    pub(super) fn is_hopeless(&self, now: Millis) -> bool {
        self.late().any(|due| due + OWED_MS_MAX <= now)
    }

    fn late(&self) -> impl Iterator<Item = Millis> {
        let hashes = self.hashes.iter().filter(|it| it.is_late).map(|it| it.due);
        let bodies = self.bodies.iter().filter(|it| it.is_late).map(|it| it.due);
        hashes.chain(bodies)
    }

    /// When something has to be done about a question.
    pub(super) fn deadline(&self) -> Option<Millis> {
        let hashes = self.hashes.iter().filter(|it| !it.is_late).map(|it| it.due);
        let bodies = self.bodies.iter().filter(|it| !it.is_late).map(|it| it.due);
        let owed = self.late().map(|due| due + OWED_MS_MAX);
        hashes.chain(bodies).chain(owed).min()
    }
}
