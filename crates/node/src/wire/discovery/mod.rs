//! Finding nodes by UDP, as the reference's network does it: discovery version 4, a Kademlia without
//! values.
//!
//! 1. [`packet`]: the four packets;
//! 2. [`table`]: known nodes by distance;
//! 3. [`rates`]: how much an address may ask;
//! 4. here: [`Discovery`], packets and time in, packets out. It knows no socket and no clock.
//!
//! Two nodes that have heard each other's pings and pongs are *bonded*, and only those are asked and
//! answered. So nobody gets the long answers of a question sent to an address that did not ask: unlike
//! the reference, which remembers the key alone, we also want the question to come from the address
//! that the bond was made with. A lookup asks the three nearest nodes it knows for nearer ones until
//! there are none. Source: go-zenon `p2p/discover/{udp,table}.go`.

pub mod packet;
pub mod rates;
pub mod table;

use crate::node::Millis;
use crate::wire::{Endpoint, NodeId};
use k256::ecdsa::SigningKey;
use packet::{NEIGHBOURS_MAX, Packet, Place, Received, Told, VERSION};
use rates::Rates;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::{IpAddr, SocketAddr};
use table::{Added, BUCKET_NODES_MAX, Point, Table, distance, point};

/// How long an answer may take.
const ANSWER_TIME: Millis = 500;
/// How long our packets matter, in seconds.
const EXPIRATION: u64 = 20;
/// How long a bond lasts.
const BOND_TIME: Millis = 24 * 3600 * 1000;
/// Bonds that are remembered.
const BONDS_MAX: usize = 2048;
/// Bonds that are being made.
const BONDING_MAX: usize = 16;
/// Nodes that wait for their bond to be made.
const QUEUE_MAX: usize = 128;
/// Questions of a lookup at once.
const ALPHA: usize = 3;
/// Unanswered packets after which a node is forgotten.
const FAILURES_MAX: u32 = 5;
/// Pause between lookups while few nodes are known, and once the table is fuller.
const LOOKUP_SOON: Millis = 5_000;
const LOOKUP_LATER: Millis = 60_000;
/// Nodes from which on the table counts as fuller.
const NODES_ENOUGH: usize = BUCKET_NODES_MAX;
/// Pause between pings of a node in the table.
const CHECK_EVERY: Millis = 10_000;
/// The same after one did not answer.
const CHECK_SOON: Millis = 1_000;

/// A node that discovery deals with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    /// Who.
    pub id: NodeId,
    /// Its address.
    pub ip: IpAddr,
    /// Port of discovery.
    pub udp: u16,
    /// Port of connections; 0 if it takes none.
    pub tcp: u16,
}

impl Node {
    fn address(&self) -> SocketAddr {
        SocketAddr::new(self.ip, self.udp)
    }

    fn place(&self) -> Place {
        Place { ip: Some(self.ip), udp: self.udp, tcp: self.tcp }
    }
}

/// A packet to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Send {
    /// Where to.
    pub to: SocketAddr,
    /// What.
    pub bytes: Vec<u8>,
}

/// What discovery is told.
pub struct Settings {
    /// The node's key.
    pub key: SigningKey,
    /// Who and where we are.
    pub us: Node,
    /// Whom to ask first.
    pub bootnodes: Vec<Node>,
    /// Whom never to tell of.
    pub private: BTreeSet<NodeId>,
    /// Where choices begin that nobody should foresee.
    pub seed: u64,
}

/// One node's discovery.
pub struct Discovery {
    settings: Settings,
    table: Table,
    bonds: BTreeMap<NodeId, Bond>,
    waiting: Vec<Waiting>,
    queue: VecDeque<(Node, bool)>,
    lookup: Option<Lookup>,
    lookups: u64,
    rates: Rates,
    random: u64,
    next_lookup: Millis,
    next_check: Millis,
}

#[derive(Clone, Copy, Debug)]
struct Bond {
    node: Node,
    since: Millis,
    failures: u32,
}

/// A packet that should come.
#[derive(Debug)]
struct Waiting {
    node: Node,
    what: What,
    until: Millis,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    /// A pong of this ping. `pinged`: the node has pinged us, so the bond is whole then. `instead`: who
    /// gets the node's place in the table if none comes.
    Pong { token: [u8; 32], pinged: bool, instead: Option<Node> },
    /// Its ping, after its pong. Most that know us already send none.
    Ping,
    /// Neighbours; so many came.
    Neighbours { nodes: usize },
}

/// A search for the nodes nearest to a point.
struct Lookup {
    id: NodeId,
    target: Point,
    /// The nearest, in order.
    nearest: Vec<Node>,
    asked: BTreeSet<NodeId>,
    /// Those that it waits for to be bonded.
    bonding: BTreeSet<NodeId>,
}

impl Lookup {
    fn push(&mut self, node: Node) {
        if self.nearest.iter().all(|known| known.id != node.id) {
            self.nearest.push(node);
            self.nearest.sort_by_key(|node| distance(&self.target, &point(&node.id)));
            self.nearest.truncate(BUCKET_NODES_MAX);
        }
    }
}

impl Discovery {
    /// Begins at the system's time `now`.
    pub fn new(settings: Settings, now: Millis) -> Discovery {
        Discovery {
            table: Table::new(&settings.us.id),
            bonds: BTreeMap::new(),
            waiting: Vec::new(),
            queue: VecDeque::new(),
            lookup: None,
            lookups: 0,
            rates: Rates::new(now),
            random: settings.seed,
            next_lookup: now,
            next_check: now + CHECK_EVERY,
            settings,
        }
    }

    /// Nodes that take connections, in random order.
    pub fn found(&mut self, most: usize) -> Vec<Endpoint> {
        let mut nodes: Vec<Node> =
            self.table.nodes().filter(|node| node.tcp != 0).copied().collect();
        for at in (1..nodes.len()).rev() {
            nodes.swap(at, self.below(at + 1));
        }
        nodes.truncate(most);
        let endpoint =
            |node: Node| Endpoint::Enode { id: node.id, ip: node.ip, tcp: node.tcp, udp: node.udp };
        nodes.into_iter().map(endpoint).collect()
    }

    /// How many nodes the table holds.
    pub fn known(&self) -> usize {
        self.table.len()
    }

    /// Tells where others reach us.
    pub fn set_address(&mut self, ip: IpAddr) {
        self.settings.us.ip = ip;
    }

    /// When [`Discovery::tick`] is due.
    pub fn deadline(&self) -> Millis {
        let answers = self.waiting.iter().map(|waiting| waiting.until).min();
        let lookup = if self.lookup.is_none() { self.next_lookup } else { Millis::MAX };
        answers.unwrap_or(Millis::MAX).min(lookup).min(self.next_check)
    }

    /// A packet came.
    pub fn packet(&mut self, now: Millis, from: SocketAddr, bytes: &[u8], out: &mut Vec<Send>) {
        let from = SocketAddr::new(from.ip().to_canonical(), from.port());
        if !self.rates.take(now, from.ip()) {
            return;
        }
        let Ok(Received { packet, from: id, hash }) = Packet::open(bytes) else { return };
        let expired = match packet.expiration().checked_mul(1000) {
            Some(until) => until < now,
            None => true,
        };
        if expired || id == self.settings.us.id {
            return;
        }
        match packet {
            Packet::Ping { version: VERSION, from: place, .. } => {
                let node = Node { id, ip: from.ip(), udp: from.port(), tcp: place.tcp };
                self.pinged(now, node, hash, out);
            }
            Packet::Ping { .. } => {}
            Packet::Pong { token, .. } => self.ponged(now, id, from, &token, out),
            Packet::FindNode { target, .. } => self.asked(now, id, from, &target, out),
            Packet::Neighbours { nodes, .. } => self.told(now, id, from, &nodes, out),
        }
        self.go_on(now, out);
    }

    /// Time has passed.
    pub fn tick(&mut self, now: Millis, out: &mut Vec<Send>) {
        // A clock that was put back must not stop everything.
        self.next_lookup = self.next_lookup.min(now + LOOKUP_LATER);
        self.next_check = self.next_check.min(now + CHECK_EVERY);
        for waiting in &mut self.waiting {
            waiting.until = waiting.until.min(now + ANSWER_TIME);
        }
        let (due, waiting) = std::mem::take(&mut self.waiting)
            .into_iter()
            .partition::<Vec<_>, _>(|waiting| waiting.until <= now);
        self.waiting = waiting;
        for waiting in due {
            self.missed(now, waiting, out);
        }
        if now >= self.next_check {
            self.next_check = now + CHECK_EVERY;
            self.bonds.retain(|_, bond| now.saturating_sub(bond.since) < BOND_TIME);
            if let Some(node) = self.doubtful()
                && !self.is_bonding(&node.id)
            {
                self.ping(now, node, true, None, out);
            }
        }
        if self.lookup.is_none() && now >= self.next_lookup {
            self.begin(now, out);
        }
        self.go_on(now, out);
    }

    fn pinged(&mut self, now: Millis, node: Node, token: [u8; 32], out: &mut Vec<Send>) {
        let to = node.place();
        let pong = Packet::Pong { to, token: token.to_vec(), expiration: now / 1000 + EXPIRATION };
        self.send(node.address(), &pong, out);
        if let Some(at) = self.find(&node.id, node.ip, |what| *what == What::Ping) {
            let bonded = self.waiting.swap_remove(at).node;
            self.bonded(now, Node { tcp: node.tcp, ..bonded }, out);
        } else if let Some(at) =
            self.find(&node.id, node.ip, |what| matches!(what, What::Pong { .. }))
        {
            // Both sides pinged at once.
            if let What::Pong { pinged, .. } = &mut self.waiting[at].what {
                *pinged = true;
            }
        } else if !self.is_bonded(&node.id, node.ip) {
            self.bond(now, node, true, out);
        }
    }

    fn ponged(
        &mut self,
        now: Millis,
        id: NodeId,
        from: SocketAddr,
        token: &[u8],
        out: &mut Vec<Send>,
    ) {
        let ours = |what: &What| matches!(what, What::Pong { token: ours, .. } if ours == token);
        let Some(at) = self.find(&id, from.ip(), ours) else { return };
        let waiting = self.waiting.swap_remove(at);
        match waiting.what {
            What::Pong { pinged: false, .. } if !self.is_bonded(&id, from.ip()) => {
                // It gets the time to ping us, so that it answers what we ask next.
                let until = now + ANSWER_TIME;
                self.waiting.push(Waiting { node: waiting.node, what: What::Ping, until });
            }
            _ => self.bonded(now, waiting.node, out),
        }
    }

    fn asked(
        &mut self,
        now: Millis,
        id: NodeId,
        from: SocketAddr,
        target: &NodeId,
        out: &mut Vec<Send>,
    ) {
        if !self.is_bonded(&id, from.ip()) {
            return;
        }
        let private = &self.settings.private;
        let mut nodes = self.table.closest(&point(target), BUCKET_NODES_MAX + private.len());
        nodes.retain(|node| !private.contains(&node.id));
        nodes.truncate(BUCKET_NODES_MAX);
        for part in nodes.chunks(NEIGHBOURS_MAX) {
            let nodes = part.iter().map(|node| Told { place: node.place(), id: node.id }).collect();
            let packet = Packet::Neighbours { nodes, expiration: now / 1000 + EXPIRATION };
            self.send(from, &packet, out);
        }
    }

    fn told(
        &mut self,
        now: Millis,
        id: NodeId,
        from: SocketAddr,
        told: &[Told],
        out: &mut Vec<Send>,
    ) {
        let ours = |what: &What| matches!(what, What::Neighbours { .. });
        let Some(at) = self.find(&id, from.ip(), ours) else { return };
        let What::Neighbours { nodes } = &mut self.waiting[at].what else { return };
        let room = BUCKET_NODES_MAX.saturating_sub(*nodes);
        *nodes += told.len();
        if *nodes >= BUCKET_NODES_MAX {
            self.waiting.swap_remove(at);
        }
        if let Some(bond) = self.bonds.get_mut(&id) {
            bond.failures = 0;
        }
        for told in told.iter().take(room) {
            let Some(node) = believable(told, from.ip()) else { continue };
            if node.id == self.settings.us.id {
                continue;
            }
            if let Some(bond) = self.bonds.get(&node.id).copied() {
                if let Some(lookup) = &mut self.lookup {
                    lookup.push(bond.node);
                }
            } else if self.bond(now, node, false, out)
                && let Some(lookup) = &mut self.lookup
            {
                lookup.bonding.insert(node.id);
            }
        }
    }

    /// What was waited for did not come.
    fn missed(&mut self, now: Millis, waiting: Waiting, out: &mut Vec<Send>) {
        let id = waiting.node.id;
        match waiting.what {
            What::Ping => self.bonded(now, waiting.node, out),
            What::Pong { instead, .. } => {
                self.failed(&id);
                self.next_check = self.next_check.min(now + CHECK_SOON);
                if let Some(lookup) = &mut self.lookup {
                    lookup.bonding.remove(&id);
                }
                if let Some(instead) = instead {
                    self.table.remove(&id);
                    self.table.add(instead);
                }
            }
            What::Neighbours { nodes: 0 } => self.failed(&id),
            What::Neighbours { .. } => {}
        }
    }

    /// Whom to ping now: one that did not answer lately, or else any.
    fn doubtful(&mut self) -> Option<Node> {
        let failures = |node: &&Node| self.bonds.get(&node.id).map_or(0, |bond| bond.failures);
        let failed = self.table.nodes().filter(|node| failures(node) > 0).max_by_key(failures);
        if let Some(node) = failed {
            return Some(*node);
        }
        let at = self.below(self.table.len());
        self.table.nodes().nth(at).copied()
    }

    fn failed(&mut self, id: &NodeId) {
        if let Some(bond) = self.bonds.get_mut(id) {
            bond.failures += 1;
            if bond.failures >= FAILURES_MAX {
                self.bonds.remove(id);
                self.table.remove(id);
            }
        }
    }

    /// Begins to bond with a node, or lets it wait; whether it does.
    fn bond(&mut self, now: Millis, node: Node, pinged: bool, out: &mut Vec<Send>) -> bool {
        if self.is_bonding(&node.id) || self.queue.iter().any(|(queued, _)| queued.id == node.id) {
            return true;
        }
        if self.bonding() < BONDING_MAX {
            self.ping(now, node, pinged, None, out);
            return true;
        }
        let room = self.queue.len() < QUEUE_MAX;
        if room {
            self.queue.push_back((node, pinged));
        }
        room
    }

    fn bonded(&mut self, now: Millis, node: Node, out: &mut Vec<Send>) {
        if !self.bonds.contains_key(&node.id) && self.bonds.len() >= BONDS_MAX {
            let oldest = self.bonds.iter().min_by_key(|(_, bond)| bond.since).map(|(id, _)| *id);
            if let Some(oldest) = oldest {
                self.bonds.remove(&oldest);
                self.table.remove(&oldest);
            }
        }
        self.bonds.insert(node.id, Bond { node, since: now, failures: 0 });
        if let Added::IfGone(oldest) = self.table.add(node)
            && !self.is_bonding(&oldest.id)
            && self.bonding() < BONDING_MAX
        {
            self.ping(now, oldest, true, Some(node), out);
        }
        if let Some(lookup) = &mut self.lookup
            && lookup.bonding.remove(&node.id)
        {
            lookup.push(node);
        }
    }

    /// Begins a lookup: of ourselves first, then of anything; whom we were told of is bonded with first.
    fn begin(&mut self, now: Millis, out: &mut Vec<Send>) {
        if self.table.len() < NODES_ENOUGH {
            for node in self.settings.bootnodes.clone() {
                if !self.is_bonded(&node.id, node.ip) && node.id != self.settings.us.id {
                    self.bond(now, node, false, out);
                }
            }
        }
        let pause = if self.table.len() < NODES_ENOUGH { LOOKUP_SOON } else { LOOKUP_LATER };
        self.next_lookup = now + pause;
        if self.table.is_empty() {
            // As soon as the first is bonded.
            self.next_lookup = now + 2 * ANSWER_TIME;
            return;
        }
        let id = match self.lookups.is_multiple_of(4) {
            true => self.settings.us.id,
            false => {
                let mut id = [0; 64];
                for part in id.chunks_mut(8) {
                    part.copy_from_slice(&self.next().to_le_bytes());
                }
                NodeId(id)
            }
        };
        self.lookups += 1;
        let target = point(&id);
        let nearest = self.table.closest(&target, BUCKET_NODES_MAX);
        let (asked, bonding) = (BTreeSet::new(), BTreeSet::new());
        self.lookup = Some(Lookup { id, target, nearest, asked, bonding });
    }

    /// Does what is possible now: bonds with those that wait, asks on.
    fn go_on(&mut self, now: Millis, out: &mut Vec<Send>) {
        while self.bonding() < BONDING_MAX
            && let Some((node, pinged)) = self.queue.pop_front()
        {
            self.ping(now, node, pinged, None, out);
        }
        let asking = |what: &What| matches!(what, What::Neighbours { .. });
        let mut busy = self.waiting.iter().filter(|waiting| asking(&waiting.what)).count();
        let Some(mut lookup) = self.lookup.take() else { return };
        while busy < ALPHA {
            let next = lookup.nearest.iter().find(|node| !lookup.asked.contains(&node.id)).copied();
            let Some(node) = next else { break };
            lookup.asked.insert(node.id);
            busy += 1;
            let packet =
                Packet::FindNode { target: lookup.id, expiration: now / 1000 + EXPIRATION };
            self.send(node.address(), &packet, out);
            let what = What::Neighbours { nodes: 0 };
            self.waiting.push(Waiting { node, what, until: now + ANSWER_TIME });
        }
        if busy > 0 || !lookup.bonding.is_empty() {
            self.lookup = Some(lookup);
        }
    }

    fn ping(
        &mut self,
        now: Millis,
        node: Node,
        pinged: bool,
        instead: Option<Node>,
        out: &mut Vec<Send>,
    ) {
        let packet = Packet::Ping {
            version: VERSION,
            from: self.settings.us.place(),
            to: Place { tcp: 0, ..node.place() },
            expiration: now / 1000 + EXPIRATION,
        };
        let token = self.send(node.address(), &packet, out);
        let what = What::Pong { token, pinged, instead };
        self.waiting.push(Waiting { node, what, until: now + ANSWER_TIME });
    }

    fn send(&self, to: SocketAddr, packet: &Packet, out: &mut Vec<Send>) -> [u8; 32] {
        let (bytes, hash) = packet.seal(&self.settings.key);
        out.push(Send { to, bytes });
        hash
    }

    fn find(&self, id: &NodeId, ip: IpAddr, what: impl Fn(&What) -> bool) -> Option<usize> {
        self.waiting.iter().position(|waiting| {
            waiting.node.id == *id && waiting.node.ip == ip && what(&waiting.what)
        })
    }

    fn is_bonded(&self, id: &NodeId, ip: IpAddr) -> bool {
        self.bonds.get(id).is_some_and(|bond| bond.node.ip == ip)
    }

    fn is_bonding(&self, id: &NodeId) -> bool {
        let bonding = |what: &What| matches!(what, What::Pong { .. } | What::Ping);
        self.waiting.iter().any(|waiting| waiting.node.id == *id && bonding(&waiting.what))
    }

    fn bonding(&self) -> usize {
        let bonding = |what: &What| matches!(what, What::Pong { .. } | What::Ping);
        self.waiting.iter().filter(|waiting| bonding(&waiting.what)).count()
    }

    /// The next number (SplitMix64).
    fn next(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }
}

/// A node as somebody at `from` tells of it, if it can be there: nobody else's loopback is ours, and the
/// rest of the world can't know our local network.
fn believable(told: &Told, from: IpAddr) -> Option<Node> {
    let Place { ip, udp, tcp } = told.place;
    let ip = ip?;
    let wrong = ip.is_multicast()
        || ip.is_unspecified()
        || udp == 0
        || (ip.is_loopback() && !from.is_loopback())
        || (!is_global(ip) && is_global(from));
    (!wrong).then_some(Node { id: told.id, ip, udp, tcp })
}

/// Whether an address is reachable from everywhere.
pub(crate) fn is_global(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            let [first, second, ..] = ip.octets();
            // Between a provider and its customers.
            let shared = first == 100 && second & 0xc0 == 64;
            let near = ip.is_private() || ip.is_loopback() || ip.is_link_local();
            !(shared || near || ip.is_unspecified())
        }
        IpAddr::V6(ip) => {
            !(ip.is_loopback()
                || ip.is_unspecified()
                || ip.is_unique_local()
                || ip.is_unicast_link_local())
        }
    }
}
