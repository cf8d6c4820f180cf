//! Fetches what a longer chain has: hashes first, momentums from several peers at once, batches to the
//! node.
//!
//! ```text
//! search ──► plan: hashes (one guide at a time) ──► momentums (anyone) ──► batches ──► node
//! ```
//!
//! Nothing here outlives a restart, and nothing need: a search begins at what the store holds. When
//! something goes wrong (a guide that lies, a refused momentum, no progress) the plan is dropped and the
//! next search begins, without whoever was at fault.

use super::guilt;
use super::peers::{Link, Peers};
use super::plan::{HASHES_AHEAD, Misfit, Plan, State};
use super::protocol::Here;
use super::questions::{BodiesFor, BodyQuestion, HashQuestion, HashesFor};
use super::search::{Search, Step};
use super::{Action, Offence, Peer};
use crate::node::{Millis, Ticket};
use crate::service::ServiceError;
use crate::wire::NodeId;
use crate::wire::message::HASHES_MAX;
use ledger::types::{Hash, HashHeight};
use ledger::{DetailedMomentum, Fault};
use std::collections::{BTreeMap, VecDeque};

/// Peers that are asked for our common past at one time: the first good answer decides, so one that is
/// silent costs nothing.
const SEARCHES_MAX: usize = 3;
/// Questions for hashes that the guide has at one time.
const HASH_QUESTIONS_MAX: usize = 4;
/// Momentums of a batch, as the reference.
pub const BATCH_MAX: usize = 256;
/// A batch is not held up for more once it has these bytes.
const BATCH_BYTES: usize = 4 << 20;
/// Batches that the node has at one time: one that it works on, and the next.
const BATCHES_MAX: usize = 2;
/// Momentums that the second batch has at least, so that each sync of the disk is worth it.
const BATCH_SECOND_MIN: usize = 128;
/// What a momentum takes, before any was seen.
const MOMENTUM_BYTES_FIRST: usize = 2 << 10;
/// The lowest momentums of a plan are fetched even if memory is short: without them nothing goes on.
const URGENT: u64 = 8;
/// Without progress for so long, another peer leads.
const PROGRESS_MS: u64 = 15_000;
/// How long what a peer announces does not count after it could not show it.
const VOID_MS: u64 = 30_000;
/// The same for a peer whose chain left ours too long ago.
const STRANGER_MS: u64 = 5 * 60_000;
/// How long a peer that had none of the momentums it was asked for is not asked again.
const LACKING_MS: u64 = 20_000;
/// Another peer is asked for the lowest momentums after this time, or twice what the first one usually
/// takes.
const AGAIN_MS: u64 = 1_000;
/// Pause after what is nobody's fault: a full queue, a clock that is behind, a chain that moved.
const PAUSE_MS: u64 = 500;
const PAUSE_CLOCK_MS: u64 = 5_000;
/// Nodes on other chains that are remembered, to tell the operator once about each.
const STRANGERS_MAX: usize = 64;

/// A batch that the node has.
#[derive(Debug)]
struct Batch {
    ticket: Ticket,
    plan: u64,
    first: u64,
    suppliers: Vec<Peer>,
    bytes: usize,
}

/// The download, at most one at a time.
#[derive(Debug)]
pub(super) struct Download {
    buffer_bytes: usize,
    searches: Vec<Search>,
    plan: Option<Plan>,
    batches: VecDeque<Batch>,
    /// Newest name of a plan, a search or an epoch of one.
    names: u64,
    /// Even numbers; new momentums have odd ones.
    tickets: u64,
    /// No search begins before.
    pause_until: Millis,
    /// When something was applied last, or the plan began.
    progress_at: Millis,
    /// What a momentum takes, smoothed.
    momentum_bytes: usize,
    /// Nodes whose chain left ours too deep, and where.
    strangers: BTreeMap<NodeId, u64>,
}

impl Download {
    pub(super) fn new(buffer_bytes: usize) -> Download {
        Download {
            buffer_bytes,
            searches: Vec::new(),
            plan: None,
            batches: VecDeque::new(),
            names: 0,
            tickets: 0,
            pause_until: 0,
            progress_at: 0,
            momentum_bytes: MOMENTUM_BYTES_FIRST,
            strangers: BTreeMap::new(),
        }
    }

    /// Whether a plan is being worked on.
    pub(super) fn is_active(&self) -> bool {
        self.plan.is_some() || !self.batches.is_empty()
    }

    /// Whether the ledger took something of the plan.
    pub(super) fn is_proven(&self) -> bool {
        self.plan.as_ref().is_some_and(|plan| plan.is_proven)
    }

    /// Whether the chain of a node left ours too long ago.
    pub(super) fn is_stranger(&self, id: &NodeId) -> bool {
        self.strangers.contains_key(id)
    }

    /// A node has shown that it follows our chain.
    pub(super) fn no_stranger(&mut self, id: &NodeId) {
        self.strangers.remove(id);
    }

    /// When there may be something to do, if nothing happens before.
    pub(super) fn deadlines(&self, peers: &Peers) -> Vec<Millis> {
        let mut due = Vec::new();
        if !self.is_active() {
            due.push(self.pause_until);
        }
        if let Some(plan) = &self.plan {
            if self.batches.is_empty() {
                due.push(self.progress_at + PROGRESS_MS);
            }
            if let Some((by, at)) = plan.front_asked()
                && let Some(link) = peers.get(by)
            {
                due.push(at + again_after(link));
            }
            due.extend(plan.lacking.values().copied());
        }
        due
    }

    /// Does whatever has become possible or due. `ours` is the height that the node has or will have in
    /// a moment.
    pub(super) fn drive(
        &mut self,
        here: &Here<'_>,
        peers: &mut Peers,
        ours: u64,
        out: &mut Vec<Action>,
    ) -> Result<(), Fault> {
        self.look_at_ground(here)?;
        self.look_at_progress(here, peers);
        self.begin(here, peers, ours, out);
        self.extend(here, peers, out);
        self.fetch(here, peers, out);
        self.fetch_again(here, peers, out);
        self.hand_over(here, out);
        self.finish(here, peers);
        Ok(())
    }

    /// Drops what our chain has by now, and the plan if our chain went another way.
    fn look_at_ground(&mut self, here: &Here<'_>) -> Result<(), Fault> {
        if !self.batches.is_empty() {
            return Ok(());
        }
        let Some(plan) = &mut self.plan else { return Ok(()) };
        let ours = |name: HashHeight| -> Result<bool, Fault> {
            Ok(here.view.momentum_height(&name.hash)? == Some(name.height))
        };
        if !ours(plan.below)? {
            self.plan = None;
            return Ok(());
        }
        while let Some(slot) = plan.slots.front()
            && plan.below.height < here.head.height
            && ours(HashHeight::new(slot.hash, plan.below.height + 1))?
        {
            plan.pop();
        }
        Ok(())
    }

    /// Takes the lead from a peer under which nothing goes on.
    fn look_at_progress(&mut self, here: &Here<'_>, peers: &mut Peers) {
        if !self.batches.is_empty() {
            // The node is at work.
            self.progress_at = here.now;
            return;
        }
        let Some(plan) = &self.plan else { return };
        if here.now >= self.progress_at + PROGRESS_MS {
            let guide = plan.slots.front().map(|slot| slot.guide).or(plan.guide);
            tracing::info!(height = plan.below.height, "no progress: another peer leads");
            self.fail(here, peers, guide);
        }
    }

    /// Asks who may know more than we do for our common past.
    fn begin(&mut self, here: &Here<'_>, peers: &mut Peers, ours: u64, out: &mut Vec<Action>) {
        if self.is_active() || here.now < self.pause_until {
            return;
        }
        let searching: Vec<Peer> = self.searches.iter().map(|search| search.peer).collect();
        let mut able: Vec<Peer> = peers
            .greeted()
            .filter(|(peer, link)| {
                link.claim(here.now) > ours
                    && link.questions.is_free_for_hashes()
                    && !searching.contains(peer)
            })
            .map(|(peer, _)| peer)
            .collect();
        peers.random.shuffle(&mut able);
        able.truncate(SEARCHES_MAX - searching.len().min(SEARCHES_MAX));
        for peer in able {
            self.names += 1;
            let (search, from, amount) = Search::begin(self.names, peer, here.head.height);
            self.searches.push(search);
            let wanted_for = HashesFor::Search(self.names);
            peers.ask_hashes(here.now, peer, (from, amount), wanted_for, out);
        }
    }

    /// Asks the guide for the hashes that come next, or looks for another guide.
    fn extend(&mut self, here: &Here<'_>, peers: &mut Peers, out: &mut Vec<Action>) {
        let Some(plan) = &mut self.plan else { return };
        let leads = |link: &Link| link.is_greeted() && link.height > plan.tip().height;
        let guide = plan.guide.filter(|guide| peers.get(*guide).is_some_and(leads));
        let guide = match guide {
            Some(guide) => Some(guide),
            None if plan.asking > 0 => None,
            None => {
                let able: Vec<Peer> = peers
                    .greeted()
                    .filter(|(peer, link)| {
                        link.claim(here.now) > plan.tip().height
                            && link.questions.is_free_for_hashes()
                            && !plan.astray.contains(peer)
                    })
                    .map(|(peer, _)| peer)
                    .collect();
                let chosen = peers.random.below(able.len());
                able.get(chosen).copied()
            }
        };
        plan.guide = guide;
        let Some(guide) = guide else { return };
        if plan.asking == 0 {
            plan.asked_to = plan.tip().height;
        }
        let top = peers.get(guide).map_or(0, |link| link.height);
        let step = HASHES_MAX as u64 - 1;
        while plan.asking < HASH_QUESTIONS_MAX
            && plan.asked_to < top
            && plan.slots.len() + plan.asking * HASHES_MAX < HASHES_AHEAD
        {
            // The first hash is one that we know by then.
            let question = (plan.asked_to, HASHES_MAX as u64);
            peers.ask_hashes(here.now, guide, question, HashesFor::Plan(plan.epoch), out);
            plan.asking += 1;
            plan.asked_to += step;
        }
    }

    /// Gives wanted momentums to peers that have room, the lowest to the fastest.
    fn fetch(&mut self, here: &Here<'_>, peers: &mut Peers, out: &mut Vec<Action>) {
        let Some(plan) = self.plan.as_mut().filter(|plan| !plan.wanted.is_empty()) else { return };
        let mut able: Vec<(Peer, u64, u64, usize)> = peers
            .greeted()
            .filter(|(peer, link)| {
                link.questions.has_room()
                    && plan.lacking.get(peer).is_none_or(|until| *until <= here.now)
            })
            .map(|(peer, link)| {
                let pace = link.questions.pace;
                (peer, link.height, pace.rate, pace.chunk)
            })
            .collect();
        able.sort_by_key(|(peer, _, rate, _)| (std::cmp::Reverse(*rate), *peer));
        let handed: usize = self.batches.iter().map(|batch| batch.bytes).sum();
        while !plan.wanted.is_empty() && !able.is_empty() {
            able.retain(|(peer, top, _, chunk)| {
                let held = plan.bytes + handed + plan.asked * self.momentum_bytes;
                let fits = self.buffer_bytes.saturating_sub(held) / self.momentum_bytes.max(1);
                let (most, top) = match fits {
                    0 => {
                        // A fork needs all momentums up to one above our newest in one batch.
                        let needed = here.head.height.max(plan.below.height + URGENT) + 1;
                        (*chunk, (*top).min(needed))
                    }
                    fits => ((*chunk).min(fits), *top),
                };
                let names = plan.ask(*peer, here.now, most, top);
                if names.is_empty() {
                    return false;
                }
                peers.ask_bodies(here.now, *peer, names, BodiesFor::Plan(plan.id), out);
                peers.get(*peer).is_some_and(|link| link.questions.has_room())
            });
        }
    }

    /// Asks another peer for the lowest momentums if they take too long: all others wait for them.
    fn fetch_again(&mut self, here: &Here<'_>, peers: &mut Peers, out: &mut Vec<Action>) {
        let Some(plan) = &mut self.plan else { return };
        let Some((by, at)) = plan.front_asked() else { return };
        if peers.get(by).is_some_and(|link| here.now < at + again_after(link)) {
            return;
        }
        let height = plan.below.height + 1;
        let other = peers
            .greeted()
            .filter(|(peer, link)| {
                *peer != by
                    && link.height >= height
                    && link.questions.has_room()
                    && plan.lacking.get(peer).is_none_or(|until| *until <= here.now)
            })
            .max_by_key(|(peer, link)| (link.questions.pace.rate, std::cmp::Reverse(*peer)))
            .map(|(peer, link)| (peer, link.questions.pace.chunk));
        if let Some((peer, chunk)) = other {
            let names = plan.ask_again(peer, chunk);
            peers.ask_bodies(here.now, peer, names, BodiesFor::Plan(plan.id), out);
        }
    }

    /// Gives the node what is complete.
    fn hand_over(&mut self, here: &Here<'_>, out: &mut Vec<Action>) {
        while self.batches.len() < BATCHES_MAX {
            let Some(plan) = &mut self.plan else { return };
            // Our newest momentums are taken back only for a longer chain.
            let needed = match self.batches.is_empty() {
                true => (here.head.height + 1).saturating_sub(plan.below.height).max(1),
                false => BATCH_SECOND_MIN as u64,
            };
            let needed = usize::try_from(needed).unwrap_or(usize::MAX);
            let (count, bytes) = plan.ready(BATCH_MAX.max(needed));
            if count < needed && (self.batches.is_empty() || bytes < BATCH_BYTES) {
                return;
            }
            self.tickets += 2;
            let ticket = self.tickets;
            let first = plan.below.height + 1;
            let mut batch = Batch { ticket, plan: plan.id, first, suppliers: Vec::new(), bytes: 0 };
            let mut momentums = Vec::with_capacity(count);
            while momentums.len() < count
                && (batch.bytes < BATCH_BYTES || momentums.len() < needed)
                && let Some(slot) = plan.pop()
                && let State::Here { momentum, from, bytes } = slot.state
            {
                momentums.push(*momentum);
                batch.suppliers.push(from);
                batch.bytes += bytes;
            }
            self.batches.push_back(batch);
            out.push(Action::Insert { ticket, momentums });
        }
    }

    /// Ends a plan that has led as far as it could.
    fn finish(&mut self, here: &Here<'_>, peers: &mut Peers) {
        let Some(plan) = &self.plan else { return };
        if !self.batches.is_empty() {
            return;
        }
        if plan.guide.is_none() && plan.asking == 0 && plan.tip().height <= here.head.height {
            self.plan = None;
            return;
        }
        // Nobody is left who could bring the next one.
        let next = plan.below.height + 1;
        let is_wanted = plan.wanted.first() == Some(&next);
        let able = |(peer, link): (Peer, &Link)| {
            link.height >= next && plan.lacking.get(&peer).is_none_or(|until| *until <= here.now)
        };
        if is_wanted && !peers.greeted().any(able) {
            let guide = plan.slots.front().map(|slot| slot.guide);
            self.fail(here, peers, guide);
        }
    }

    /// Drops the plan, and does not believe its guide for a while.
    fn fail(&mut self, here: &Here<'_>, peers: &mut Peers, guide: Option<Peer>) {
        self.plan = None;
        if let Some(guide) = guide
            && let Some(link) = peers.get_mut(guide)
        {
            link.void(here.now + VOID_MS);
            let height = link.height;
            peers.blame(guide, Offence::FalseClaim { height });
        }
    }

    /// Hashes that were asked for.
    pub(super) fn hashes(
        &mut self,
        here: &Here<'_>,
        peers: &mut Peers,
        peer: Peer,
        question: &HashQuestion,
        hashes: &[Hash],
        out: &mut Vec<Action>,
    ) -> Result<(), Fault> {
        match question.wanted_for {
            HashesFor::Search(id) => self.found(here, peers, peer, id, hashes, out),
            HashesFor::Plan(epoch) => {
                self.guided(here, peers, peer, epoch, hashes);
                Ok(())
            }
            HashesFor::Poll => {
                let link = peers.get_mut(peer);
                if let Some(link) = link.filter(|_| !hashes.is_empty()) {
                    link.height = link.height.max(question.from + hashes.len() as u64 - 1);
                }
                Ok(())
            }
        }
    }

    /// An answer to a search.
    fn found(
        &mut self,
        here: &Here<'_>,
        peers: &mut Peers,
        peer: Peer,
        id: u64,
        hashes: &[Hash],
        out: &mut Vec<Action>,
    ) -> Result<(), Fault> {
        let Some(index) = self.searches.iter().position(|search| search.id == id) else {
            return Ok(());
        };
        let mut search = self.searches.swap_remove(index);
        let Some(link) = peers.get_mut(peer) else { return Ok(()) };
        match search.answer(&here.view, hashes)? {
            Step::Broken => {
                link.void(here.now + VOID_MS);
                peers.blame(peer, Offence::BrokenChain);
            }
            Step::Ask { from, amount } => {
                self.searches.push(search);
                let wanted_for = HashesFor::Search(id);
                peers.ask_hashes(here.now, peer, (from, amount), wanted_for, out);
            }
            Step::TooDeep { common } => {
                link.void(here.now + STRANGER_MS);
                let id = link.remote.id;
                if self.strangers.len() < STRANGERS_MAX
                    && self.strangers.insert(id, common).is_none()
                {
                    tracing::warn!(
                        peer = %link.remote.address, ?id, height = link.height, ours = here.head.height,
                        common, "a peer follows a chain that left ours too long ago to change over"
                    );
                }
            }
            Step::Common { below, hashes, end, is_all } => {
                link.height = link.height.max(end);
                if is_all && end < link.height {
                    // It has less than it announced.
                    let height = std::mem::replace(&mut link.height, end);
                    if end <= search.ours {
                        link.void(here.now + VOID_MS);
                        peers.blame(peer, Offence::FalseClaim { height });
                    }
                }
                if end > here.head.height && !hashes.is_empty() && !self.is_active() {
                    self.names += 1;
                    let mut plan = Plan::new(self.names, below, peer);
                    plan.extend(&hashes, peer);
                    self.plan = Some(plan);
                    self.progress_at = here.now;
                    self.searches.clear();
                }
            }
        }
        Ok(())
    }

    /// Hashes from the guide, which begin (or end) with the newest one that is known.
    fn guided(
        &mut self,
        here: &Here<'_>,
        peers: &mut Peers,
        peer: Peer,
        epoch: u64,
        hashes: &[Hash],
    ) {
        let Some(plan) = self.plan.as_mut().filter(|plan| plan.epoch == epoch) else { return };
        let Some(link) = peers.get_mut(peer) else { return };
        plan.asking -= 1;
        let tip = plan.tip();
        let mut rising = hashes.to_vec();
        if rising.first() != Some(&tip.hash) {
            rising.reverse();
        }
        if rising.first() != Some(&tip.hash) {
            // It changed over to another chain, or it never had this one.
            plan.astray.insert(peer);
            self.leave_guide();
            return;
        }
        plan.extend(&rising[1..], peer);
        let end = plan.tip().height;
        link.height = link.height.max(end);
        if rising.len() < HASHES_MAX && end < link.height {
            let height = std::mem::replace(&mut link.height, end);
            if rising.len() == 1 {
                link.void(here.now + VOID_MS);
                peers.blame(peer, Offence::FalseClaim { height });
            }
            self.leave_guide();
        }
    }

    /// Ignores what the guide still has to say.
    fn leave_guide(&mut self) {
        self.names += 1;
        if let Some(plan) = &mut self.plan {
            plan.epoch = self.names;
            plan.asking = 0;
            plan.guide = None;
        }
    }

    /// A peer does not answer a question for hashes, or is gone.
    pub(super) fn no_hashes(&mut self, peers: &mut Peers, now: Millis, peer: Peer) {
        self.searches.retain(|search| search.peer != peer);
        if self.plan.as_ref().is_some_and(|plan| plan.guide == Some(peer)) {
            self.leave_guide();
        }
        if let Some(link) = peers.get_mut(peer) {
            link.void(now + VOID_MS);
        }
    }

    /// Momentums that were asked for; their hashes were computed anew.
    pub(super) fn bodies(
        &mut self,
        here: &Here<'_>,
        peers: &mut Peers,
        peer: Peer,
        question: &BodyQuestion,
        momentums: Vec<(DetailedMomentum, usize)>,
    ) {
        let BodiesFor::Plan(id) = question.wanted_for else { return };
        let Some(plan) = self.plan.as_mut().filter(|plan| plan.id == id) else { return };
        if momentums.is_empty() {
            plan.lacking.insert(peer, here.now + LACKING_MS);
        }
        let mut misfit = None;
        for (momentum, bytes) in momentums {
            self.momentum_bytes = ((7 * self.momentum_bytes + bytes) / 8).max(1);
            let name = question.names.iter().find(|(_, hash)| *hash == momentum.momentum.hash);
            let Some((height, _)) = name else { continue };
            if let Err(found) = plan.fill(peer, momentum, *height, bytes) {
                misfit.get_or_insert(found);
            }
        }
        plan.release(peer, &question.names);
        if let Some(Misfit { guide }) = misfit {
            self.plan = None;
            if let Some(link) = peers.get_mut(guide) {
                link.void(here.now + VOID_MS);
                peers.blame(guide, Offence::BrokenChain);
            }
        }
    }

    /// A momentum that came unasked, its hashes computed anew: taken if the plan wants it.
    pub(super) fn offer(&mut self, from: Peer, momentum: &DetailedMomentum, bytes: usize) {
        let Some(plan) = &mut self.plan else { return };
        let head = &momentum.momentum;
        if plan.wanted.contains(&head.height) && plan.slot_mut(head.height, &head.hash).is_some() {
            // That it does not fit is found out again when the guide is asked for it.
            let _ = plan.fill(from, momentum.clone(), head.height, bytes);
        }
    }

    /// A peer does not answer a question for momentums, or is gone.
    pub(super) fn no_bodies(&mut self, peer: Peer, question: &BodyQuestion) {
        if let BodiesFor::Plan(id) = question.wanted_for
            && let Some(plan) = self.plan.as_mut().filter(|plan| plan.id == id)
        {
            plan.release(peer, &question.names);
        }
    }

    /// What came of a batch. `true` if the ticket was one of ours.
    pub(super) fn inserted(
        &mut self,
        here: &Here<'_>,
        peers: &mut Peers,
        ticket: Ticket,
        result: &Result<u64, ServiceError>,
    ) -> bool {
        let Some(index) = self.batches.iter().position(|batch| batch.ticket == ticket) else {
            return false;
        };
        let batch = self.batches.remove(index).expect("just found there");
        let error = match result {
            Ok(_) => {
                self.progress_at = here.now;
                if let Some(plan) = self.plan.as_mut().filter(|plan| plan.id == batch.plan) {
                    plan.is_proven = true;
                }
                return true;
            }
            Err(error) => error,
        };
        if self.plan.as_ref().is_none_or(|plan| plan.id != batch.plan) {
            // A batch before it failed.
            return true;
        }
        let guide = self.plan.as_ref().and_then(|plan| plan.guide);
        self.plan = None;
        self.pause_until = here.now + PAUSE_MS;
        match error {
            ServiceError::Momentum { height, refusal } if guilt::of_momentum(refusal) => {
                let supplier = height
                    .checked_sub(batch.first)
                    .and_then(|index| usize::try_from(index).ok())
                    .and_then(|index| batch.suppliers.get(index).copied());
                tracing::warn!(height, %refusal, "a peer's momentum is refused");
                let why = refusal.to_string();
                if let Some(supplier) = supplier {
                    let offence = Offence::InvalidMomentum { height: *height, why };
                    peers.blame(supplier, offence);
                }
                // Without its help nobody would have asked for it.
                if guide != supplier {
                    self.fail(here, peers, guide);
                }
                self.pause_until = here.now;
            }
            ServiceError::Momentum { height, refusal } => {
                tracing::warn!(height, %refusal, "a momentum can't be applied now");
                self.pause_until = here.now + PAUSE_CLOCK_MS;
            }
            // Our chain moved in the meantime.
            ServiceError::Fork(why) => tracing::debug!(why, "a batch fits no more"),
            ServiceError::Refused(_)
            | ServiceError::Dev(_)
            | ServiceError::Stopping
            | ServiceError::Store(_)
            | ServiceError::Busy { .. } => tracing::debug!(%error, "a batch was not taken"),
        }
        true
    }

    /// Drops what is known of a connection.
    pub(super) fn forget(&mut self, peers: &mut Peers, now: Millis, peer: Peer, link: &Link) {
        self.no_hashes(peers, now, peer);
        for question in &link.questions.bodies {
            self.no_bodies(peer, question);
        }
        if let Some(plan) = &mut self.plan {
            plan.lacking.remove(&peer);
            plan.astray.remove(&peer);
        }
    }
}

/// When another peer is asked for the same.
fn again_after(link: &Link) -> u64 {
    AGAIN_MS.max(2 * link.questions.pace.answer_ms)
}
