//! How far we are, and whether producers may go on.
//!
//! As the reference: below `min_peers` peers there are not enough; with enough, we are done when none
//! announces a higher momentum. Unlike there, a node that was done stays so while it is one or two
//! momentums behind for a moment, as everyone is once in each slot; and an announcement alone does not
//! stop producers for long, or time after time: a peer that can't show what it announces is not
//! believed, and when several were not, only a chain of which the ledger took something counts. A node
//! that is on the shorter of two chains that parted too long ago stops, as far as it can see; the
//! longer one goes on. Source: go-zenon `protocol/sync.go`, `pillar/manager.go`.

use super::download::Download;
use super::peers::Peers;
use super::protocol::Here;
use super::questions::HashesFor;
use super::{Action, Peer};
use crate::node::Millis;
use crate::service::{SyncInfo, SyncState};
use crate::wire::message::HASHES_MAX;
use ledger::types::HashHeight;
use std::collections::VecDeque;

/// Momentums that a node that was done may be behind: peers' clocks and links differ.
pub const BEHIND_MAX: u64 = 2;
/// How long it may be: longer than a slot.
pub const BEHIND_MS: u64 = 12_000;
/// Announcements that could not be shown are remembered for this long.
const DOUBT_MS: u64 = 10 * 60_000;
/// From this many on, announcements alone stop no producer.
const DOUBTS_MAX: usize = 4;
/// If our newest momentum stays the same for so long, peers are asked whether there is another.
const POLL_MS: u64 = 15_000;
/// How many are asked at one time.
const POLLED: usize = 2;

/// How far we are.
#[derive(Debug)]
pub(super) struct Progress {
    min_peers: usize,
    pub info: SyncInfo,
    /// What was said last, if anything was.
    said: Option<bool>,
    behind_since: Option<Millis>,
    /// When peers announced what they could not show.
    doubts: VecDeque<Millis>,
    head: HashHeight,
    poll_at: Millis,
}

impl Progress {
    pub(super) fn new(min_peers: usize) -> Progress {
        Progress {
            min_peers,
            info: SyncInfo { state: SyncState::Unknown, current_height: 0, target_height: 0 },
            said: None,
            behind_since: None,
            doubts: VecDeque::new(),
            head: HashHeight::ZERO,
            poll_at: 0,
        }
    }

    /// Whether producers were never told anything.
    pub(super) fn is_unsaid(&self) -> bool {
        self.said.is_none()
    }

    /// A peer could not show what it announced.
    pub(super) fn doubt(&mut self, now: Millis) {
        self.doubts.push_back(now);
        if self.doubts.len() > DOUBTS_MAX {
            self.doubts.pop_front();
        }
    }

    pub(super) fn deadlines(&self) -> Vec<Millis> {
        let mut due = vec![self.poll_at];
        due.extend(self.behind_since.map(|since| since + BEHIND_MS));
        due
    }

    /// Asks a few peers whether there is anything new, if nothing came for long.
    pub(super) fn poll(
        &mut self,
        here: &Here<'_>,
        peers: &mut Peers,
        download: &Download,
        out: &mut Vec<Action>,
    ) {
        if here.head != self.head || download.is_active() {
            self.head = here.head;
            self.poll_at = here.now + POLL_MS;
            return;
        }
        if here.now < self.poll_at {
            return;
        }
        self.poll_at = here.now + POLL_MS;
        let mut able: Vec<Peer> = peers
            .greeted()
            .filter(|(_, link)| link.questions.is_free_for_hashes())
            .map(|(peer, _)| peer)
            .collect();
        peers.random.shuffle(&mut able);
        for peer in able.into_iter().take(POLLED) {
            let question = (here.head.height + 1, HASHES_MAX as u64);
            peers.ask_hashes(here.now, peer, question, HashesFor::Poll, out);
        }
    }

    /// Looks at how far we are, and tells producers if that changed.
    pub(super) fn look(
        &mut self,
        here: &Here<'_>,
        peers: &Peers,
        download: &Download,
        out: &mut Vec<Action>,
    ) {
        let current_height = here.head.height;
        let target_height = peers.best_claim(here.now);
        let state = self.state(here, peers, download, target_height);
        self.info = SyncInfo { state, current_height, target_height };
        let synced = state == SyncState::Done;
        if self.said != Some(synced) {
            self.said = Some(synced);
            out.push(Action::Synced(synced));
        }
    }

    fn state(
        &mut self,
        here: &Here<'_>,
        peers: &Peers,
        download: &Download,
        target_height: u64,
    ) -> SyncState {
        let behind = target_height.saturating_sub(here.head.height);
        if behind == 0 {
            self.behind_since = None;
        } else {
            self.behind_since.get_or_insert(here.now);
        }
        let greeted = peers.greeted().count();
        if greeted < self.min_peers {
            return SyncState::NotEnoughPeers;
        }
        let is_longer_stranger = |link: &super::peers::Link| {
            link.height > here.head.height && download.is_stranger(&link.remote.id)
        };
        let strangers = peers.greeted().filter(|(_, link)| is_longer_stranger(link)).count();
        if strangers > 0 && 2 * strangers >= greeted {
            return SyncState::Syncing;
        }
        if behind == 0 {
            return SyncState::Done;
        }
        if self.info.state != SyncState::Done {
            return SyncState::Syncing;
        }
        let since = self.behind_since.unwrap_or(here.now);
        let is_usual = behind <= BEHIND_MAX && here.now < since + BEHIND_MS;
        let doubts = self.doubts.iter().filter(|at| here.now < **at + DOUBT_MS).count();
        let is_doubtful = doubts >= DOUBTS_MAX && !download.is_proven();
        if is_usual || is_doubtful { SyncState::Done } else { SyncState::Syncing }
    }
}
