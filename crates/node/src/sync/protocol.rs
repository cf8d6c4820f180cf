//! Takes events to the parts, charges for offences, and says how far we are.

use super::peers::{Peers, Standing};
use super::random::Random;
use super::score::Scores;
use super::{Action, Event, Offence, Peer, Reason, Remote};
use crate::node::Millis;
use crate::service::{Moment, SyncInfo, SyncState};
use crate::wire::NodeId;
use crate::wire::message::{Message, Status, VERSION};
use ledger::Fault;
use ledger::pending::Pending;
use ledger::state::View;
use ledger::types::{Hash, HashHeight};

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
    random: Random,
    peers: Peers,
    scores: Scores,
    /// What was said last, if anything was.
    synced: Option<bool>,
    info: SyncInfo,
}

impl Protocol {
    /// No peers yet. [`Protocol::deadline`] is at once, to say whether the node is synced without any.
    pub fn new(settings: Settings) -> Protocol {
        Protocol {
            settings,
            random: Random::new(settings.seed),
            peers: Peers::default(),
            scores: Scores::default(),
            synced: None,
            info: SyncInfo { state: SyncState::Unknown, current_height: 0, target_height: 0 },
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
        let view = View::frontier_of(moment.chain());
        let head = view.identifier()?;
        let here = Here { now, view, pending: moment.pending(), head };
        self.take(&here, event, out)?;
        self.drive(&here, out)?;
        while self.settle(&here, out) {
            self.drive(&here, out)?;
        }
        self.look_at_state(&here, out);
        Ok(())
    }

    /// When [`Event::Tick`] is due, if nothing happens before.
    pub fn deadline(&self, now: Millis) -> Option<Millis> {
        if self.synced.is_none() {
            return Some(now);
        }
        self.peers.all().filter_map(|(_, link)| link.status_due).min()
    }

    /// How far we are.
    pub fn info(&self) -> SyncInfo {
        self.info
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
            Event::Message { peer, message } => self.message(here, peer, message, out),
            Event::Offence { peer, offence } => {
                self.peers.blame(peer, offence);
                Ok(())
            }
            Event::Gone { peer } => {
                self.forget(peer);
                Ok(())
            }
            Event::Happening(_)
            | Event::Entered(_)
            | Event::Inserted { .. }
            | Event::Admitted { .. }
            | Event::Tick => Ok(()),
        }
    }

    /// Says who we are on the ledger.
    fn connected(
        &mut self,
        here: &Here<'_>,
        peer: Peer,
        remote: Remote,
        out: &mut Vec<Action>,
    ) -> Result<(), Fault> {
        self.peers.enter(here.now, peer, remote);
        let status = Status {
            version: VERSION,
            network: self.network(),
            height: here.head.height,
            newest: here.head.hash,
            genesis: self.settings.genesis,
        };
        out.push(Action::Send { peers: vec![peer], message: Message::Status(status) });
        Ok(())
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
            (false, _) => {
                self.peers.blame(peer, Offence::NoStatus);
                Ok(())
            }
            (true, Message::Status(_)) => {
                self.peers.blame(peer, Offence::ExtraStatus);
                Ok(())
            }
            (
                true,
                Message::NewBlockHashes(_)
                | Message::Tx(_)
                | Message::BlockHashes(_)
                | Message::Blocks(_)
                | Message::NewBlock(_),
            ) => Ok(()),
            // Answered where the connection is handled.
            (
                true,
                Message::GetBlockHashes { .. }
                | Message::GetBlocks(_)
                | Message::GetBlockHashesFromNumber { .. },
            ) => Ok(()),
        }
    }

    /// Compares a peer's status with ours, in the reference's order and with its words.
    fn greeted(
        &mut self,
        _here: &Here<'_>,
        peer: Peer,
        status: &Status,
        _out: &mut Vec<Action>,
    ) -> Result<(), Fault> {
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
            return Ok(());
        }
        if let Some(link) = self.peers.get_mut(peer) {
            link.status_due = None;
            link.knows(status.height, status.newest);
        }
        Ok(())
    }

    /// Does whatever has become possible or due.
    fn drive(&mut self, here: &Here<'_>, _out: &mut Vec<Action>) -> Result<(), Fault> {
        let late = |due: Millis| due <= here.now;
        let silent: Vec<Peer> = self
            .peers
            .all()
            .filter(|(_, link)| link.status_due.is_some_and(late))
            .map(|(peer, _)| peer)
            .collect();
        for peer in silent {
            self.peers.blame(peer, Offence::NoStatus);
        }
        Ok(())
    }

    /// Charges for offences and ends connections. `true` if somebody is gone whose work is left.
    fn settle(&mut self, here: &Here<'_>, out: &mut Vec<Action>) -> bool {
        let mut gone = false;
        for (peer, offence) in std::mem::take(&mut self.peers.blamed) {
            let Some(link) = self.peers.get(peer) else { continue };
            let remote = link.remote.clone();
            let banned = self.scores.charge(here.now, &remote, &offence, out);
            tracing::debug!(peer = %remote.address, id = ?remote.id, %offence, banned, "a peer misbehaves");
            if banned || offence.ends_connection() {
                self.peers.part(peer, Reason::Subprotocol, offence.to_string());
            }
        }
        for (peer, reason, why) in std::mem::take(&mut self.peers.parting) {
            if self.peers.get(peer).is_some() {
                self.forget(peer);
                out.push(Action::Disconnect { peer, reason, why });
                gone = true;
            }
        }
        gone
    }

    /// Drops what is known of a connection.
    fn forget(&mut self, peer: Peer) {
        self.peers.remove(peer);
    }

    fn look_at_state(&mut self, here: &Here<'_>, out: &mut Vec<Action>) {
        let target_height = self.peers.best_claim(here.now);
        let state = if self.peers.greeted().count() < self.settings.min_peers {
            SyncState::NotEnoughPeers
        } else if target_height > here.head.height {
            SyncState::Syncing
        } else {
            SyncState::Done
        };
        self.info = SyncInfo { state, current_height: here.head.height, target_height };
        let synced = state == SyncState::Done;
        if self.synced != Some(synced) {
            self.synced = Some(synced);
            out.push(Action::Synced(synced));
        }
    }
}
