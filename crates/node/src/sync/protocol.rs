//! Takes events to the parts, does what is due, and charges for offences.

use super::download::Download;
use super::gossip::Gossip;
use super::inbox::Inbox;
use super::news::News;
use super::peers::{Peers, Standing};
use super::progress::Progress;
use super::questions::BodiesFor;
use super::score::Scores;
use super::sound;
use super::{Action, Event, Offence, Peer, Reason, Remote};
use crate::node::Millis;
use crate::service::{Happening, Moment, SyncInfo};
use crate::wire::NodeId;
use crate::wire::message::{Message, Status, VERSION};
use alloy_rlp::Encodable;
use ledger::pending::Pending;
use ledger::state::View;
use ledger::types::{Hash, HashHeight};
use ledger::{DetailedMomentum, Fault};

/// What a node's side of the protocol is told at its start.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// The network; the wire has room for 32 bits.
    pub chain_identifier: u64,
    /// Hash of its first momentum.
    pub genesis: Hash,
    /// Peers below which there are not enough, and the node does not call itself synced.
    pub min_peers: usize,
    /// Choices that peers should not foresee come from here.
    pub seed: u64,
    /// Most bytes of momentums that are fetched and not applied yet.
    pub buffer_bytes: usize,
}

impl Settings {
    /// Memory for momentums that wait to be applied: seconds of work for the writer.
    pub const BUFFER_BYTES: usize = 16 << 20;
}

/// The ledger at the time of an event.
pub(super) struct Here<'a> {
    pub now: Millis,
    pub view: View<'a>,
    pub pending: &'a Pending,
    /// The newest momentum.
    pub head: HashHeight,
}

/// A node's side of the protocol.
#[derive(Debug)]
pub struct Protocol {
    settings: Settings,
    peers: Peers,
    scores: Scores,
    download: Download,
    news: News,
    inbox: Inbox,
    gossip: Gossip,
    progress: Progress,
    /// Time of the newest event.
    at: Millis,
}

impl Protocol {
    /// No peers yet. [`Protocol::deadline`] is at once, to say whether the node is synced without any.
    pub fn new(settings: Settings) -> Protocol {
        Protocol {
            settings,
            peers: Peers::new(settings.seed),
            scores: Scores::default(),
            download: Download::new(settings.buffer_bytes),
            news: News::default(),
            inbox: Inbox::new(),
            gossip: Gossip::new(),
            progress: Progress::new(settings.min_peers),
            at: 0,
        }
    }

    /// Takes an event; `moment` is the newest ledger. What is to be done is appended to `out`.
    pub fn on(&mut self, now: Millis, event: Event, moment: &dyn Moment, out: &mut Vec<Action>) {
        if let Err(fault) = self.try_on(now, event, moment, out) {
            // The writer meets the same and stops the node.
            tracing::error!(%fault, "can't follow the network");
        }
    }

    fn try_on(
        &mut self,
        now: Millis,
        event: Event,
        moment: &dyn Moment,
        out: &mut Vec<Action>,
    ) -> Result<(), Fault> {
        self.at = now;
        let view = View::frontier_of(moment.chain());
        let head = view.identifier()?;
        let here = Here { now, view, pending: moment.pending(), head };
        if let Event::Happening(Happening::Momentum(momentum)) = &event
            && momentum.momentum.hash != head.hash
        {
            // One of many; what is to be done is done at the last one.
            return Ok(());
        }
        self.take(&here, event, out)?;
        self.drive(&here, out)?;
        while self.settle(&here, out) {
            self.drive(&here, out)?;
        }
        self.progress.look(&here, &self.peers, &self.download, out);
        Ok(())
    }

    /// When [`Event::Tick`] is due, if nothing happens before.
    pub fn deadline(&self, now: Millis) -> Option<Millis> {
        if self.progress.is_unsaid() {
            return Some(now);
        }
        let mut due = self.gossip.deadlines();
        due.extend(self.news.deadlines());
        due.extend(self.download.deadlines(&self.peers));
        due.extend(self.progress.deadlines());
        for (_, link) in self.peers.all() {
            due.extend(
                [link.status_due, link.void_until, link.questions.deadline()].iter().flatten(),
            );
        }
        // What was due at the newest event was looked at.
        due.into_iter().filter(|due| *due > self.at).min()
    }

    /// How far we are.
    pub fn info(&self) -> SyncInfo {
        self.progress.info
    }

    /// The peers, by connection.
    pub fn peers(&self, now: Millis) -> Vec<Standing> {
        self.peers
            .all()
            .map(|(peer, link)| Standing {
                peer,
                id: link.remote.id,
                height: link.is_greeted().then_some(link.height),
                score: self.scores.points(&link.remote.id, now),
                momentums: link.momentums,
                bytes: link.bytes,
                latency_ms: link.latency_ms,
            })
            .collect()
    }

    /// Whether nobody of this key or address should connect.
    pub fn is_banned(&self, id: &NodeId, address: &str, now: Millis) -> bool {
        self.scores.is_banned(id, address, now)
    }

    /// Forgets what a node has done: the operator lifted its ban.
    pub fn pardon(&mut self, id: &NodeId, address: &str) {
        self.scores.pardon(id, address);
    }

    fn take(&mut self, here: &Here<'_>, event: Event, out: &mut Vec<Action>) -> Result<(), Fault> {
        match event {
            Event::Connected { peer, remote } => self.connected(here, peer, remote, out),
            Event::Message { peer, message } => self.message(here, peer, message, out)?,
            Event::Offence { peer, offence } => self.peers.blame(peer, offence),
            Event::Gone { peer } => self.forget(here.now, peer),
            Event::Happening(Happening::Momentum(momentum)) => {
                self.gossip.momentum(here, &mut self.peers, &momentum, out);
                self.inbox.wake_all();
            }
            Event::Happening(Happening::Rollback(_)) | Event::Tick => {}
            Event::Entered(block) => {
                self.inbox.wake_above(&block);
                self.gossip.block(block);
            }
            Event::Inserted { ticket, result } => {
                if !self.download.inserted(here, &mut self.peers, ticket, &result)
                    && let Some(peer) = self.news.inserted(here, &mut self.peers, ticket, &result)
                    && let Some(link) = self.peers.get_mut(peer)
                {
                    // Whatever it announced before, it is on our chain.
                    link.void_until = None;
                    self.download.no_stranger(&link.remote.id);
                }
            }
            Event::Admitted { ticket, results } => {
                self.inbox.admitted(here, &mut self.peers, ticket, &results);
            }
        }
        Ok(())
    }

    /// Says who we are on the ledger.
    fn connected(&mut self, here: &Here<'_>, peer: Peer, remote: Remote, out: &mut Vec<Action>) {
        self.peers.enter(here.now, peer, remote);
        let status = Status {
            version: VERSION,
            network: self.network(),
            height: here.head.height,
            newest: here.head.hash,
            genesis: self.settings.genesis,
        };
        out.push(Action::Send { peers: vec![peer], message: Message::Status(status) });
    }

    /// The chain identifier in the 32 bits that the wire has for it, cut as the reference cuts it.
    fn network(&self) -> u32 {
        (self.settings.chain_identifier & u64::from(u32::MAX)) as u32
    }

    fn message(
        &mut self,
        here: &Here<'_>,
        peer: Peer,
        message: Message,
        out: &mut Vec<Action>,
    ) -> Result<(), Fault> {
        let Some(link) = self.peers.get(peer) else { return Ok(()) };
        match (link.is_greeted(), message) {
            (false, Message::Status(status)) => self.greeted(here, peer, &status, out),
            (false, _) => self.peers.blame(peer, Offence::NoStatus),
            (true, Message::Status(_)) => self.peers.blame(peer, Offence::ExtraStatus),
            (true, Message::NewBlockHashes(hashes)) => {
                self.news.announced(here, &mut self.peers, peer, &hashes)?;
            }
            (true, Message::NewBlock(momentum)) => {
                self.news.arrived(here, &mut self.peers, peer, *momentum)?;
            }
            (true, Message::Tx(blocks)) => {
                self.inbox.arrived(here, &mut self.peers, peer, blocks, out)?;
            }
            (true, Message::BlockHashes(hashes)) => self.hashes(here, peer, &hashes, out)?,
            (true, Message::Blocks(momentums)) => self.bodies(here, peer, momentums)?,
            // Answered where the connection is handled.
            (
                true,
                Message::GetBlockHashes { .. }
                | Message::GetBlocks(_)
                | Message::GetBlockHashesFromNumber { .. },
            ) => {}
        }
        Ok(())
    }

    /// Compares a peer's status with ours, in the reference's order and with its words.
    fn greeted(&mut self, here: &Here<'_>, peer: Peer, status: &Status, out: &mut Vec<Action>) {
        let misfit = if status.genesis != self.settings.genesis {
            let ours = self.settings.genesis;
            Some(format!("Genesis block mismatch - {} (!= {ours})", status.genesis))
        } else if status.network != self.network() {
            Some(format!("NetworkId mismatch - {} (!= {})", status.network, self.network()))
        } else if status.version != VERSION {
            Some(format!("Protocol version mismatch - {} (!= {VERSION})", status.version))
        } else {
            None
        };
        if let Some(why) = misfit {
            self.peers.part(peer, Reason::Subprotocol, why);
            return;
        }
        if let Some(link) = self.peers.get_mut(peer) {
            link.status_due = None;
            link.says(status.height, status.newest);
        }
        self.gossip.welcome(here, &mut self.peers, peer, out);
    }

    fn hashes(
        &mut self,
        here: &Here<'_>,
        peer: Peer,
        hashes: &[Hash],
        out: &mut Vec<Action>,
    ) -> Result<(), Fault> {
        let Some(link) = self.peers.get_mut(peer) else { return Ok(()) };
        let Some(question) = link.questions.hashes.pop_front() else {
            self.peers.blame(peer, Offence::Unasked("hashes"));
            return Ok(());
        };
        link.latency_ms = Some(here.now.saturating_sub(question.asked));
        if hashes.len() as u64 > question.amount {
            self.peers.blame(peer, Offence::BrokenChain);
            return Ok(());
        }
        if question.is_late {
            return Ok(());
        }
        self.download.hashes(here, &mut self.peers, peer, &question, hashes, out)
    }

    fn bodies(
        &mut self,
        here: &Here<'_>,
        peer: Peer,
        momentums: Vec<DetailedMomentum>,
    ) -> Result<(), Fault> {
        let Some(link) = self.peers.get_mut(peer) else { return Ok(()) };
        let first = momentums.first().map(|detailed| detailed.momentum.hash);
        let Some(question) = link.questions.take_bodies(first.as_ref()) else {
            self.peers.blame(peer, Offence::Unasked("momentums"));
            return Ok(());
        };
        let took = here.now.saturating_sub(question.asked);
        link.latency_ms = Some(took);
        let mut bodies = Vec::with_capacity(momentums.len());
        for detailed in momentums {
            let head = &detailed.momentum;
            if !question.names.iter().any(|(_, hash)| *hash == head.hash) {
                self.peers.blame(peer, Offence::Unasked("momentums"));
                continue;
            }
            if let Err(what) = sound::momentum(&detailed) {
                self.peers.blame(peer, Offence::Forged(what));
                break;
            }
            let bytes = detailed.length();
            if let Some(link) = self.peers.get_mut(peer) {
                link.says(head.height, head.hash);
                link.momentums += 1;
                link.bytes += bytes as u64;
            }
            bodies.push((detailed, bytes));
        }
        match question.wanted_for {
            BodiesFor::Plan(_) => {
                if let Some(link) = self.peers.get_mut(peer) {
                    link.questions.learn(took, question.names.len(), bodies.len());
                }
                self.download.bodies(here, &mut self.peers, peer, &question, bodies);
            }
            BodiesFor::Announced => {
                for (detailed, _) in bodies {
                    self.news.arrived(here, &mut self.peers, peer, detailed)?;
                }
                self.news.release(here.now, peer, &question);
            }
        }
        Ok(())
    }

    /// Does whatever has become possible or due.
    fn drive(&mut self, here: &Here<'_>, out: &mut Vec<Action>) -> Result<(), Fault> {
        self.expire(here);
        self.news.drive(here, &mut self.peers, &mut self.download, out)?;
        let ours = here.head.height.max(self.news.inserting_height());
        self.download.drive(here, &mut self.peers, ours, out)?;
        self.inbox.drive(out);
        self.gossip.drive(here, &mut self.peers, out);
        self.progress.poll(here, &mut self.peers, &self.download, out);
        Ok(())
    }

    /// Finds out who does not say or answer anything.
    fn expire(&mut self, here: &Here<'_>) {
        let peers: Vec<Peer> = self.peers.all().map(|(peer, _)| peer).collect();
        for peer in peers {
            let Some(link) = self.peers.get_mut(peer) else { continue };
            if link.status_due.is_some_and(|due| due <= here.now) {
                self.peers.blame(peer, Offence::NoStatus);
                continue;
            }
            let (hashes, bodies) = link.questions.expire(here.now);
            if link.questions.is_hopeless(here.now) {
                self.peers.part(peer, Reason::Useless, "it owes an answer for too long");
            }
            if !hashes.is_empty() {
                self.peers.blame(peer, Offence::SilentHashes);
                self.download.no_hashes(&mut self.peers, here.now, peer);
            }
            for question in bodies {
                self.peers.blame(peer, Offence::SilentBodies);
                self.download.no_bodies(peer, &question);
                self.news.release(here.now, peer, &question);
            }
        }
    }

    /// Charges for offences and ends connections. `true` if somebody is gone whose work is left.
    fn settle(&mut self, here: &Here<'_>, out: &mut Vec<Action>) -> bool {
        let mut gone = false;
        for (peer, offence) in std::mem::take(&mut self.peers.blamed) {
            let Some(link) = self.peers.get(peer) else { continue };
            let remote = &link.remote;
            if matches!(
                offence,
                Offence::FalseClaim { .. } | Offence::BrokenChain | Offence::SilentHashes
            ) {
                self.progress.doubt(here.now);
            }
            let banned = self.scores.charge(here.now, remote, &offence, out);
            let address = &remote.address;
            tracing::debug!(address, id = ?remote.id, %offence, banned, "a peer misbehaves");
            if banned || offence.ends_connection() {
                self.peers.part(peer, Reason::Subprotocol, offence.to_string());
            }
        }
        for (peer, reason, why) in std::mem::take(&mut self.peers.parting) {
            if self.peers.get(peer).is_some() {
                self.forget(here.now, peer);
                out.push(Action::Disconnect { peer, reason, why });
                gone = true;
            }
        }
        gone
    }

    /// Drops what is known of a connection.
    fn forget(&mut self, now: Millis, peer: Peer) {
        let Some(link) = self.peers.remove(peer) else { return };
        self.download.forget(&mut self.peers, now, peer, &link);
        self.news.forget(now, peer, &link.questions.bodies);
        self.inbox.forget(peer);
    }
}
