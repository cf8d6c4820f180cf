//! Who may be connected: one connection for each key, so many at most, nobody who is banned; on a node
//! that hides behind others only those.

use crate::node::Millis;
use crate::service::{Ban, Whom};
use crate::sync::Reason;
use crate::wire::NodeId;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// Bans that are kept at most; beyond, the one that ends first goes.
const BANS_MAX: usize = 4_096;
/// Connections from one address at most, trusted ones aside; loopback is not counted.
const PER_HOST_MAX: usize = 8;
/// How long after a first connection with a node a second one may take its place: both sides may have
/// called at the same time, and have to agree on which one stays.
const CROSSING_MS: u64 = 10_000;

/// Why the operator's bans are.
pub const BY_OPERATOR: &str = "by the operator";

/// The rules.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Our key.
    pub me: NodeId,
    /// Keys for which there is always room.
    pub trusted: BTreeSet<NodeId>,
    /// Whether others are let in.
    pub only_trusted: bool,
    /// Most connections, trusted ones aside.
    pub most: usize,
}

/// Decides who may be connected.
#[derive(Debug)]
pub struct Gate(Mutex<Inner>);

#[derive(Debug)]
struct Inner {
    rules: Rules,
    inside: BTreeMap<NodeId, Entry>,
    bans: BTreeMap<Whom, Closed>,
    last: u64,
}

#[derive(Debug)]
struct Entry {
    number: u64,
    host: Option<IpAddr>,
    inbound: bool,
    since: Millis,
    left: Arc<Notify>,
}

#[derive(Clone, Debug)]
struct Closed {
    until: Millis,
    why: String,
}

/// The right to be connected, until dropped.
#[derive(Debug)]
pub struct Pass {
    gate: Arc<Gate>,
    id: NodeId,
    number: u64,
    left: Arc<Notify>,
}

impl Pass {
    /// Waits until another connection has taken this one's place.
    pub async fn taken(&self) {
        self.left.notified().await;
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        let mut inner = self.gate.lock();
        if inner.inside.get(&self.id).is_some_and(|entry| entry.number == self.number) {
            inner.inside.remove(&self.id);
        }
    }
}

impl Gate {
    /// A gate with nobody inside.
    pub fn new(rules: Rules) -> Arc<Gate> {
        let inner = Inner { rules, inside: BTreeMap::new(), bans: BTreeMap::new(), last: 0 };
        Arc::new(Gate(Mutex::new(inner)))
    }

    /// Lets a node in, or says why not.
    pub fn enter(
        self: &Arc<Gate>,
        id: NodeId,
        address: &str,
        inbound: bool,
        now: Millis,
    ) -> Result<Pass, Reason> {
        let host = host(address);
        let mut inner = self.lock();
        if id == inner.rules.me {
            return Err(Reason::Myself);
        }
        let trusted = inner.rules.trusted.contains(&id);
        if !trusted && (inner.rules.only_trusted || inner.is_banned(&id, host, now)) {
            return Err(Reason::Useless);
        }
        let mut left = None;
        if let Some(entry) = inner.inside.get(&id) {
            // Of two connections that cross, both sides keep the one that the smaller key made.
            let ours = inner.rules.me < id;
            let better = inbound != ours && entry.inbound == ours;
            if !better || now > entry.since.saturating_add(CROSSING_MS) {
                return Err(Reason::AlreadyConnected);
            }
            left = Some(entry.left.clone());
        } else if !trusted {
            let others = inner.inside.keys().filter(|id| !inner.rules.trusted.contains(id));
            let from_host = inner.inside.values().filter(|entry| entry.host == host).count();
            if others.count() >= inner.rules.most
                || (inbound
                    && host.is_some_and(|ip| !ip.is_loopback())
                    && from_host >= PER_HOST_MAX)
            {
                return Err(Reason::TooManyPeers);
            }
        }
        if let Some(left) = left {
            left.notify_one();
        }
        inner.last += 1;
        let (number, left) = (inner.last, Arc::new(Notify::new()));
        let entry = Entry { number, host, inbound, since: now, left: left.clone() };
        inner.inside.insert(id, entry);
        Ok(Pass { gate: self.clone(), id, number, left })
    }

    /// Whether a node would not be let in, so that calling it makes no sense.
    pub fn is_closed_to(&self, id: &NodeId, now: Millis) -> bool {
        let inner = self.lock();
        let trusted = inner.rules.trusted.contains(id);
        *id == inner.rules.me
            || inner.inside.contains_key(id)
            || (!trusted && (inner.rules.only_trusted || inner.is_banned(id, None, now)))
    }

    /// Number of nodes inside.
    pub fn inside(&self) -> usize {
        self.lock().inside.len()
    }

    /// Whether there is always room for this node.
    pub fn trusts(&self, id: &NodeId) -> bool {
        self.lock().rules.trusted.contains(id)
    }

    /// Trusts a node from now on, or no more.
    pub fn trust(&self, id: NodeId, on: bool) {
        let trusted = &mut self.lock().rules.trusted;
        match on {
            true => trusted.insert(id),
            false => trusted.remove(&id),
        };
    }

    /// Keeps a node or an address out until then.
    pub fn ban(&self, whom: Whom, until: Millis, why: String) {
        let mut inner = self.lock();
        inner.bans.insert(whom, Closed { until, why });
        if inner.bans.len() > BANS_MAX {
            let first = inner.bans.iter().min_by_key(|(_, closed)| closed.until);
            if let Some(first) = first.map(|(whom, _)| *whom) {
                inner.bans.remove(&first);
            }
        }
    }

    /// Keeps out whom an earlier run kept out.
    pub fn restore(&self, ban: &Ban) {
        let until = ban.until.map_or(Millis::MAX, |until| until.saturating_mul(1000));
        self.ban(ban.whom, until, ban.why.clone());
    }

    /// Keeps a peer that misbehaved out until then, and others at its address; many nodes may be on
    /// this machine, so loopback addresses stay open.
    pub fn ban_peer(&self, id: NodeId, address: &str, until: Millis) {
        let why = "misbehaved".to_owned();
        self.ban(Whom::Node(id), until, why.clone());
        if let Some(ip) = host(address).filter(|ip| !ip.is_loopback()) {
            self.ban(Whom::Address(ip), until, why);
        }
    }

    /// Ends a ban. `false` if there was none.
    pub fn unban(&self, whom: &Whom) -> bool {
        self.lock().bans.remove(whom).is_some()
    }

    /// The bans in force.
    pub fn bans(&self, now: Millis) -> Vec<Ban> {
        let mut inner = self.lock();
        inner.bans.retain(|_, closed| closed.until > now);
        let ban = |(whom, closed): (&Whom, &Closed)| Ban {
            whom: *whom,
            until: (closed.until < Millis::MAX).then_some(closed.until / 1000),
            why: closed.why.clone(),
        };
        inner.bans.iter().map(ban).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn is_banned(&self, id: &NodeId, host: Option<IpAddr>, now: Millis) -> bool {
        let in_force = |whom| self.bans.get(&whom).is_some_and(|closed| closed.until > now);
        in_force(Whom::Node(*id)) || host.is_some_and(|ip| in_force(Whom::Address(ip)))
    }
}

/// The host in an address, `IP:PORT` or a multiaddr. A relayed address has none: the relay is not to
/// blame.
pub fn host(address: &str) -> Option<IpAddr> {
    if address.contains("/p2p-circuit") {
        return None;
    }
    if let Ok(ip) = address.parse() {
        return Some(ip);
    }
    let host = match address.strip_prefix('/') {
        Some(rest) => rest.split('/').nth(1)?,
        None => address.rsplit_once(':').map_or(address, |(host, _)| host),
    };
    host.trim_matches(['[', ']']).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(byte: u8) -> NodeId {
        NodeId([byte; 64])
    }

    fn gate(most: usize, only_trusted: bool) -> Arc<Gate> {
        let trusted = BTreeSet::from([id(9)]);
        Gate::new(Rules { me: id(5), trusted, only_trusted, most })
    }

    #[test]
    fn one_connection_for_each_key_and_room_for_so_many() {
        let gate = gate(2, false);
        let first = gate.enter(id(1), "10.0.0.1:1", true, 0).unwrap();
        assert_eq!(gate.enter(id(1), "10.0.0.1:2", true, 0).unwrap_err(), Reason::AlreadyConnected);
        assert_eq!(gate.enter(id(5), "10.0.0.1:2", true, 0).unwrap_err(), Reason::Myself);
        let _second = gate.enter(id(2), "10.0.0.2:1", true, 0).unwrap();
        assert_eq!(gate.enter(id(3), "10.0.0.3:1", true, 0).unwrap_err(), Reason::TooManyPeers);
        let _trusted = gate.enter(id(9), "10.0.0.3:1", true, 0).unwrap();
        drop(first);
        gate.enter(id(3), "10.0.0.3:1", true, 0).unwrap();
    }

    #[test]
    fn a_hidden_node_lets_in_only_whom_it_trusts() {
        let gate = gate(2, true);
        assert_eq!(gate.enter(id(1), "10.0.0.1:1", true, 0).unwrap_err(), Reason::Useless);
        assert!(gate.is_closed_to(&id(1), 0) && !gate.is_closed_to(&id(9), 0));
        gate.enter(id(9), "10.0.0.1:1", true, 0).unwrap();
    }

    #[test]
    fn bans_end() {
        let gate = gate(9, false);
        let address = Whom::Address("10.0.0.2".parse().unwrap());
        gate.ban(Whom::Node(id(1)), 100, String::new());
        gate.ban(address, 100, String::new());
        assert!(gate.enter(id(1), "10.0.0.1:1", true, 99).is_err());
        assert!(gate.enter(id(2), "10.0.0.2:7", true, 99).is_err());
        gate.enter(id(1), "10.0.0.1:1", true, 100).unwrap();
        assert!(gate.unban(&address));
        gate.enter(id(2), "10.0.0.2:7", true, 99).unwrap();
        assert!(gate.bans(100).is_empty());
    }

    #[tokio::test]
    async fn of_two_that_cross_both_sides_keep_the_same() {
        // We are the smaller key: our call stays, theirs is refused.
        let ours = gate(9, false).enter(id(7), "10.0.0.1:1", false, 0).unwrap();
        assert!(ours.gate.enter(id(7), "10.0.0.1:2", true, 1).is_err());
        // Theirs came first: our call takes its place.
        let gate = gate(9, false);
        let theirs = gate.enter(id(7), "10.0.0.1:2", true, 0).unwrap();
        let ours = gate.enter(id(7), "10.0.0.1:1", false, 1).unwrap();
        theirs.taken().await;
        drop(theirs);
        assert_eq!(gate.inside(), 1);
        drop(ours);
        // They are the smaller key: the other way around.
        let ours = gate.enter(id(2), "10.0.0.1:1", false, 0).unwrap();
        let _theirs = gate.enter(id(2), "10.0.0.1:2", true, 1).unwrap();
        ours.taken().await;
        // Long after the first, a second one is no crossing.
        let _ours = gate.enter(id(3), "10.0.0.1:1", false, 0).unwrap();
        assert!(gate.enter(id(3), "10.0.0.1:2", true, 60_000).is_err());
    }

    #[test]
    fn hosts_are_found_in_every_kind_of_address() {
        let ip = |text: &str| Some(text.parse::<IpAddr>().unwrap());
        assert_eq!(host("10.1.2.3:35995"), ip("10.1.2.3"));
        assert_eq!(host("[fe80::1]:35995"), ip("fe80::1"));
        assert_eq!(host("fe80::1"), ip("fe80::1"));
        assert_eq!(host("/ip4/10.1.2.3/tcp/35995/p2p/16Uiu2HAm"), ip("10.1.2.3"));
        assert_eq!(host("/ip4/10.1.2.3/tcp/1/p2p/X/p2p-circuit/p2p/Y"), None);
    }
}
