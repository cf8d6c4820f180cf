//! Connections: who may call whom, how frames travel, and how connections break.
//!
//! A connection keeps its frames in order. Frames of different connections overtake one another; whole
//! frames get lost or come twice where the plan says so.

use crate::clock::Time;
use crate::host::Role;
use crate::world::{Violation, What, World, tell};
use node::node::Millis;
use node::sync::{Peer, Remote};
use node::wire::NodeId;
use node::wire::message::FIRST_CODE;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Milliseconds of frames that may wait on a line before its connection breaks.
const BACKLOG_MS_MAX: Time = 20_000;
/// Connections that a node looks for.
const WANTED: usize = 4;

/// Whom a node keeps out, and until when.
#[derive(Clone, Debug, Default)]
pub struct Bans {
    ids: BTreeMap<NodeId, Time>,
    addresses: BTreeMap<String, Time>,
}

/// How far a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Somebody calls.
    Calling,
    /// Frames pass.
    Open,
    /// Nothing passes any more, though neither side knows.
    Stuck,
    /// It is over.
    Over,
}

/// A connection between two parties.
#[derive(Debug)]
pub struct Connection {
    /// Who called, and who was called.
    pub ends: [usize; 2],
    state: State,
    /// Which run of each end it belongs to.
    runs: [u64; 2],
    /// Whether each end knows it.
    known: [bool; 2],
    /// When the newest frame to each end arrives.
    arrives: [Time; 2],
}

impl Connection {
    /// What one side calls it.
    pub fn peer(connection: usize, side: usize) -> Peer {
        (2 * connection + side + 1) as Peer
    }

    /// Which connection and side a name stands for.
    pub fn of_peer(peer: Peer) -> (usize, usize) {
        let index = peer as usize - 1;
        (index / 2, index % 2)
    }
}

impl World {
    /// Whether two parties ever connect: pillars behind sentries know only those.
    fn may_connect(&self, one: usize, other: usize) -> bool {
        let guarded = |party: usize| {
            self.plan.sentries > 0
                && self.hosts.get(party).is_some_and(|host| matches!(host.role, Role::Pillar(_)))
        };
        let sentry =
            |party: usize| self.hosts.get(party).is_some_and(|host| host.role == Role::Sentry);
        let honest = one < self.hosts.len() || other < self.hosts.len();
        honest
            && one != other
            && (!guarded(one) || sentry(other))
            && (!guarded(other) || sentry(one))
    }

    fn is_up(&self, party: usize) -> bool {
        self.hosts.get(party).is_none_or(|host| host.running.is_some())
    }

    fn run_of(&self, party: usize) -> u64 {
        match self.hosts.get(party) {
            Some(host) => host.run,
            None => self.hostiles[party - self.hosts.len()].identities,
        }
    }

    /// The key of a party.
    pub fn id_of(&self, party: usize) -> NodeId {
        match self.hosts.get(party) {
            Some(host) => host.id,
            None => self.hostiles[party - self.hosts.len()].id(),
        }
    }

    /// The host part of a party's address.
    fn address_of(&self, party: usize) -> String {
        match party.checked_sub(self.hosts.len()) {
            None => format!("10.0.{}.{}", party / 200, 1 + party % 200),
            // They have few addresses, and change them less often than their keys.
            Some(index) => {
                format!("10.1.{index}.{}", 1 + self.hostiles[index].identities / 2 % 250)
            }
        }
    }

    /// Whether an honest node lets a party not in.
    pub fn keeps_out(&self, host: usize, other: usize) -> bool {
        let Some(bans) = self.bans.get(host) else { return false };
        let runs = |until: Option<&Time>| until.is_some_and(|until| *until > self.now);
        runs(bans.ids.get(&self.id_of(other))) || runs(bans.addresses.get(&self.address_of(other)))
    }

    /// Those connections of a party that are called or stand.
    pub fn open_connections(&self, party: usize) -> impl Iterator<Item = (usize, usize)> {
        self.lines[party].iter().map(move |index| {
            let ends = self.connections[*index].ends;
            (*index, usize::from(ends[0] != party))
        })
    }

    /// Honest nodes that a node is connected to.
    pub fn honest_peers(&self, host: usize) -> impl Iterator<Item = usize> {
        self.open_connections(host)
            .filter(|(connection, _)| self.connections[*connection].state == State::Open)
            .map(|(connection, side)| self.connections[connection].ends[1 - side])
            .filter(|peer| *peer < self.hosts.len())
    }

    /// Calls somebody, if there are too few connections.
    pub fn dial(&mut self, party: usize) {
        let wait = 1_000 + self.random.below(3_000);
        self.queue.plan(self.now + wait, What::Dial { party });
        if !self.is_up(party) {
            return;
        }
        let others: Vec<usize> = self
            .open_connections(party)
            .map(|(connection, side)| self.connections[connection].ends[1 - side])
            .collect();
        let wanted = if party < self.hosts.len() { WANTED } else { self.hosts.len() };
        if others.len() >= wanted {
            return;
        }
        let candidates: Vec<usize> = (0..self.groups.len())
            .filter(|other| self.may_connect(party, *other) && !others.contains(other))
            .filter(|other| !self.keeps_out(party, *other))
            .collect();
        if candidates.is_empty() {
            return;
        }
        let other = candidates[self.random.below(candidates.len() as u64) as usize];
        if !self.is_up(other)
            || self.keeps_out(other, party)
            || self.groups[party] != self.groups[other]
        {
            return;
        }
        let connection = self.connections.len();
        self.connections.push(Connection {
            ends: [party, other],
            state: State::Calling,
            runs: [party, other].map(|party| self.run_of(party)),
            known: [false; 2],
            arrives: [self.now; 2],
        });
        self.lines[party].push(connection);
        self.lines[other].push(connection);
        let wait = 3 * self.plan.network.latency_ms + self.random.below(100);
        self.queue.plan(self.now + wait, What::Joined { connection });
    }

    /// A connection stands, unless something has come between.
    pub fn join(&mut self, connection: usize) -> Result<(), Violation> {
        let Connection { ends, runs, state, .. } = self.connections[connection];
        let good = state == State::Calling
            && ends.iter().all(|end| self.is_up(*end))
            && ends.map(|end| self.run_of(end)) == runs
            && self.groups[ends[0]] == self.groups[ends[1]]
            && !self.keeps_out(ends[0], ends[1])
            && !self.keeps_out(ends[1], ends[0]);
        if !good {
            self.forget(connection);
            return Ok(());
        }
        self.connections[connection].state = State::Open;
        self.connections[connection].known = [true; 2];
        self.counts.add("connections");
        tell!(self, "{} and {} are connected ({connection})", ends[0], ends[1]);
        for side in [0, 1] {
            let (party, other) = (ends[side], ends[1 - side]);
            let peer = Connection::peer(connection, side);
            if party >= self.hosts.len() {
                self.hostile_joins(party - self.hosts.len(), peer);
                continue;
            }
            let trusted = self.plan.sentries > 0
                && [party, other].iter().any(|party| {
                    self.hosts.get(*party).is_some_and(|host| matches!(host.role, Role::Pillar(_)))
                });
            let remote = Remote {
                id: self.id_of(other),
                name: format!("node-{other}"),
                address: format!("{}:{}", self.address_of(other), 1_024 + connection % 60_000),
                inbound: side == 1,
                trusted,
            };
            // The first may have ended it already.
            if self.connections[connection].known[side] {
                self.act(party, |host, now, effects| host.connected(now, peer, remote, effects))?;
            }
        }
        Ok(())
    }

    /// A frame leaves for whom the sender calls `peer`.
    pub fn transmit(&mut self, peer: Peer, code: u64, payload: Arc<[u8]>) {
        let (connection, side) = Connection::of_peer(peer);
        let Connection { ends, state, .. } = self.connections[connection];
        self.trace.add(peer ^ code << 32);
        self.trace.add_bytes(&payload);
        self.counts.add("messages");
        self.counts.add_many("bytes", payload.len() as u64);
        if !matches!(state, State::Open | State::Stuck) {
            return;
        }
        let network = &self.plan.network;
        let start = self.busy[ends[side]].max(self.now);
        let sent = start + payload.len() as u64 / network.bytes_per_ms;
        self.busy[ends[side]] = sent;
        if sent > self.now + BACKLOG_MS_MAX {
            self.faults.add("lines that were too slow");
            self.sever(connection, None);
            return;
        }
        let way = network.latency_ms + self.random.below(network.jitter_ms + 1);
        let faults = &self.plan.faults;
        let (lost, doubled) = (faults.lost, faults.doubled);
        let mut way = way;
        if self.random.below(10_000) < lost {
            // The handshake is no frame of its own.
            if self.random.below(10) == 0 && code != FIRST_CODE {
                self.faults.add("lost messages");
                return;
            }
            self.faults.add("late messages");
            way += 200 + self.random.below(2_000);
        }
        let times = match self.random.below(10_000) < doubled && code != FIRST_CODE {
            true => {
                self.faults.add("doubled messages");
                2
            }
            false => 1,
        };
        for _ in 0..times {
            let arrives = &mut self.connections[connection].arrives[1 - side];
            *arrives = (*arrives).max(sent + way);
            let payload = payload.clone();
            let what = What::Deliver { connection, side: 1 - side, code, payload };
            self.queue.plan(*arrives, what);
        }
    }

    /// A frame arrives.
    pub fn deliver(
        &mut self,
        connection: usize,
        side: usize,
        code: u64,
        payload: &[u8],
    ) -> Result<(), Violation> {
        let Connection { ends, state, runs, .. } = self.connections[connection];
        let party = ends[side];
        if state != State::Open || self.run_of(party) != runs[side] || !self.is_up(party) {
            return Ok(());
        }
        let peer = Connection::peer(connection, side);
        if party >= self.hosts.len() {
            self.hostile_hears(party - self.hosts.len(), peer, code, payload);
            return Ok(());
        }
        self.act(party, |host, now, effects| host.receive(now, peer, code, payload, effects))
    }

    /// A connection ends, by one side or by itself.
    pub fn sever(&mut self, connection: usize, by: Option<usize>) {
        if self.connections[connection].state == State::Over {
            return;
        }
        self.forget(connection);
        for side in [0, 1] {
            let wait = if by == Some(side) { 0 } else { 1 + self.plan.network.latency_ms };
            self.queue.plan(self.now + wait, What::Gone { connection, side });
        }
    }

    fn forget(&mut self, connection: usize) {
        self.connections[connection].state = State::Over;
        for end in self.connections[connection].ends {
            self.lines[end].retain(|line| *line != connection);
        }
    }

    /// One side learns that a connection is gone.
    pub fn notice_gone(&mut self, connection: usize, side: usize) -> Result<(), Violation> {
        let known = &mut self.connections[connection].known[side];
        if !std::mem::replace(known, false) {
            return Ok(());
        }
        let Connection { ends, runs, .. } = self.connections[connection];
        let party = ends[side];
        if party >= self.hosts.len() || self.run_of(party) != runs[side] || !self.is_up(party) {
            return Ok(());
        }
        let peer = Connection::peer(connection, side);
        self.act(party, |host, now, effects| host.gone(now, peer, effects))
    }

    /// All connections of a party end.
    pub fn cut_off(&mut self, party: usize) {
        let open: Vec<_> = self.open_connections(party).collect();
        for (connection, side) in open {
            self.sever(connection, Some(side));
        }
    }

    /// The parts of the network can't reach one another any more. Some connections break at once, some
    /// just fall silent.
    pub fn split(&mut self, groups: Vec<u8>) {
        self.groups = groups;
        for connection in 0..self.connections.len() {
            let Connection { ends, state, .. } = self.connections[connection];
            if state != State::Open || self.groups[ends[0]] == self.groups[ends[1]] {
                continue;
            }
            if self.random.below(2) == 0 {
                self.sever(connection, None);
            } else {
                self.connections[connection].state = State::Stuck;
                let wait = 5_000 + self.random.below(30_000);
                self.queue.plan(self.now + wait, What::Break { connection });
            }
        }
    }

    /// All can reach one another again.
    pub fn heal(&mut self) {
        self.groups.fill(0);
        for connection in 0..self.connections.len() {
            if self.connections[connection].state == State::Stuck {
                self.sever(connection, None);
            }
        }
    }

    /// A node keeps somebody out.
    pub fn ban(
        &mut self,
        host: usize,
        id: NodeId,
        address: &str,
        until: Millis,
    ) -> Result<(), Violation> {
        let who = (0..self.groups.len()).find(|party| self.id_of(*party) == id);
        tell!(self, "host {host} bans {who:?}");
        self.counts.add("bans");
        let ahead = self.hosts[host].clock.ahead_ms(self.now);
        let until = until.saturating_add_signed(-ahead);
        self.bans[host].ids.insert(id, until);
        if !address.is_empty() {
            self.bans[host].addresses.insert(address.to_owned(), until);
        }
        match who {
            Some(who) if who < self.hosts.len() => {
                Err(Violation(format!("host {host} bans host {who}, which is honest")))
            }
            _ => Ok(()),
        }
    }
}
