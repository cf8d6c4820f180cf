//! What peers may not do, what it costs them, and who is banned for it.
//!
//! A node begins with [`POINTS_MAX`] points. Offences take some, time gives them back, and at none the
//! node's key is banned for a while, for longer each time. An address from which several keys were
//! banned is banned itself. Trusted nodes lose points and connections, but are never banned. Records
//! outlive connections, so that nobody is forgiven by calling again.

use super::{Action, Offence, Remote};
use crate::node::Millis;
use crate::wire::NodeId;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

/// Points of a node that has done nothing wrong for long enough.
pub const POINTS_MAX: i64 = 100;
/// Milliseconds after which a point comes back: all of them in ten minutes.
const POINT_MS: u64 = 6_000;
/// The first ban of a key: long enough for a sync to get past the peer.
const BAN_MS: u64 = 30 * 60_000;
/// Each ban is twice as long as the one before, this many times.
const BANS_DOUBLED_MAX: u32 = 5;
/// How long a key's earlier bans are remembered.
const MEMORY_MS: u64 = 24 * 3_600_000;
/// Keys that are banned from one address before the address is: a household may share one.
const HOST_KEYS_MAX: u32 = 3;
/// Keys that are remembered, connected or not. Who can make more than this many has an address to lose.
const NODES_MAX: usize = 2_048;
/// Addresses that are remembered.
const HOSTS_MAX: usize = 1_024;

impl Offence {
    /// Points that it costs.
    pub fn cost(&self) -> i64 {
        match self {
            // Nobody does these by mistake: what was sent was checked by no one.
            Offence::Forged(_) | Offence::InvalidMomentum { .. } => 100,
            Offence::Malformed(_) | Offence::ExtraStatus | Offence::BrokenChain => 50,
            // May be a peer that changed over to another chain just now.
            Offence::FalseClaim { .. } => 34,
            Offence::NoStatus | Offence::SilentHashes | Offence::InvalidBlock(_) => 20,
            Offence::SilentBodies => 15,
            Offence::Flood => 10,
            Offence::TooMuch => 5,
            // May be an answer that comes very late.
            Offence::Unasked(_) => 2,
        }
    }

    /// Whether the connection is of no more use, whatever the score.
    pub fn ends_connection(&self) -> bool {
        match self {
            Offence::Malformed(_) | Offence::ExtraStatus | Offence::NoStatus => true,
            Offence::Forged(_)
            | Offence::InvalidMomentum { .. }
            | Offence::BrokenChain
            | Offence::FalseClaim { .. }
            | Offence::SilentHashes
            | Offence::SilentBodies
            | Offence::InvalidBlock(_)
            | Offence::Flood
            | Offence::TooMuch
            | Offence::Unasked(_) => false,
        }
    }
}

/// The address without its port: whoever can change the port can't change it. `None` where many share
/// one: on this machine, or behind a relay.
pub fn host_of(address: &str) -> Option<String> {
    let ip = if let Ok(address) = address.parse::<SocketAddr>() {
        address.ip()
    } else if let Ok(ip) = address.parse::<IpAddr>() {
        ip
    } else {
        if address.contains("p2p-circuit") {
            return None;
        }
        let mut parts = address.split('/').skip_while(|part| !matches!(*part, "ip4" | "ip6"));
        parts.nth(1)?.parse().ok()?
    };
    (!ip.to_canonical().is_loopback()).then(|| ip.to_canonical().to_string())
}

#[derive(Clone, Copy, Debug)]
struct Record {
    /// Points at time `at`.
    points: i64,
    at: Millis,
    banned_until: Millis,
    /// Bans within [`MEMORY_MS`] of one another.
    bans: u32,
}

impl Record {
    fn new(now: Millis) -> Record {
        Record { points: POINTS_MAX, at: now, banned_until: 0, bans: 0 }
    }

    fn recover(&mut self, now: Millis) {
        let back = now.saturating_sub(self.at) / POINT_MS;
        self.points = self.points.saturating_add(i64::try_from(back).unwrap_or(POINTS_MAX));
        self.points = self.points.min(POINTS_MAX);
        self.at = self.at.saturating_add(back.saturating_mul(POINT_MS));
        if now > self.banned_until.saturating_add(MEMORY_MS) {
            self.bans = 0;
        }
    }

    fn points(mut self, now: Millis) -> i64 {
        self.recover(now);
        self.points
    }

    /// Bans until the time that is given back.
    fn ban(&mut self, now: Millis) -> Millis {
        self.banned_until = now + (BAN_MS << self.bans.min(BANS_DOUBLED_MAX));
        self.bans += 1;
        // Whoever comes back after a ban is on probation.
        self.points = POINTS_MAX / 2;
        self.banned_until
    }
}

/// The standing of nodes and addresses.
#[derive(Debug, Default)]
pub(super) struct Scores {
    nodes: BTreeMap<NodeId, Record>,
    hosts: BTreeMap<String, Record>,
}

impl Scores {
    /// Points of a node.
    pub(super) fn points(&self, id: &NodeId, now: Millis) -> i64 {
        self.nodes.get(id).map_or(POINTS_MAX, |record| record.points(now))
    }

    pub(super) fn is_banned(&self, id: &NodeId, address: &str, now: Millis) -> bool {
        let banned = |record: &Record| now < record.banned_until;
        self.nodes.get(id).is_some_and(banned)
            || host_of(address).and_then(|host| self.hosts.get(&host)).is_some_and(banned)
    }

    /// Takes the points of an offence. `true` if the node is banned now.
    pub(super) fn charge(
        &mut self,
        now: Millis,
        remote: &Remote,
        offence: &Offence,
        out: &mut Vec<Action>,
    ) -> bool {
        let record = note(&mut self.nodes, remote.id, now, NODES_MAX);
        record.recover(now);
        record.points = (record.points - offence.cost()).max(0);
        if record.points > 0 || remote.trusted {
            return false;
        }
        let until = record.ban(now);
        // An empty address bans the key alone.
        let mut address = String::new();
        if let Some(host) = host_of(&remote.address) {
            let record = note(&mut self.hosts, host.clone(), now, HOSTS_MAX);
            record.recover(now);
            record.bans += 1;
            record.banned_until = record.banned_until.max(now);
            if record.bans >= HOST_KEYS_MAX {
                record.banned_until = until;
                address = host;
            }
        }
        out.push(Action::Ban { id: remote.id, address, until });
        true
    }

    /// Forgets what a node has done.
    pub(super) fn pardon(&mut self, id: &NodeId, address: &str) {
        self.nodes.remove(id);
        if let Some(host) = host_of(address) {
            self.hosts.remove(&host);
        }
    }
}

/// The record of `key`, a new one if there is none; the one that needs it least makes room.
fn note<K: Ord + Clone>(
    records: &mut BTreeMap<K, Record>,
    key: K,
    now: Millis,
    most: usize,
) -> &mut Record {
    if records.len() >= most && !records.contains_key(&key) {
        let least = records
            .iter()
            .min_by_key(|(_, record)| (record.banned_until > now, record.bans, record.at))
            .map(|(key, _)| key.clone());
        if let Some(least) = least {
            records.remove(&least);
        }
    }
    records.entry(key).or_insert_with(|| Record::new(now))
}
