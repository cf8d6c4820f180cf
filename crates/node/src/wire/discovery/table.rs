//! Known nodes by their distance from us, as Kademlia keeps them: buckets of sixteen, the one that was
//! heard last in front.
//!
//! The distance of two nodes is the XOR of the Keccak-256 of their ids; a bucket holds those whose
//! distances have the same highest bit. Source: go-zenon `p2p/discover/table.go`.

use super::{Node, is_global};
use crate::wire::NodeId;
use ledger::types::keccak256;
use std::net::IpAddr;

/// Most nodes of a bucket, and of an answer.
pub const BUCKET_NODES_MAX: usize = 16;
/// Most nodes of one network (the first three bytes of an IPv4 address, the first eight of an IPv6 one)
/// in a bucket, so that whoever has many ports does not become all that we know. Addresses that are
/// not reachable from everywhere are not counted.
const NETWORK_BUCKET_MAX: usize = 2;
/// The same for the whole table.
const NETWORK_TABLE_MAX: usize = 10;

/// A place in the space of distances.
pub type Point = [u8; 32];

/// Where an id lies.
pub fn point(id: &NodeId) -> Point {
    keccak256(&id.0)
}

/// The distance of two points; compares as a number.
pub fn distance(one: &Point, other: &Point) -> Point {
    std::array::from_fn(|index| one[index] ^ other[index])
}

/// What came of [`Table::add`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// It is in the table now.
    Yes,
    /// There would be room if this node, which was not heard for longest, were gone.
    IfGone(Node),
    /// There is no room.
    No,
}

/// The table.
#[derive(Debug)]
pub struct Table {
    us: Point,
    buckets: Vec<Vec<Node>>,
}

impl Table {
    /// An empty table of the node `us`.
    pub fn new(us: &NodeId) -> Table {
        Table { us: point(us), buckets: vec![Vec::new(); 256] }
    }

    /// How many nodes it holds.
    pub fn len(&self) -> usize {
        self.buckets.iter().map(Vec::len).sum()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.buckets.iter().all(Vec::is_empty)
    }

    /// All nodes.
    pub fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.buckets.iter().flatten()
    }

    /// Takes a node that answered, or moves it to the front.
    pub fn add(&mut self, node: Node) -> Added {
        let Some(index) = self.index(&node.id) else { return Added::No };
        if let Some(at) = self.buckets[index].iter().position(|known| known.id == node.id) {
            self.buckets[index].remove(at);
            self.buckets[index].insert(0, node);
            return Added::Yes;
        }
        if let Some(of_node) = network(node.ip) {
            let same = |known: &&Node| network(known.ip) == Some(of_node);
            let in_bucket = self.buckets[index].iter().filter(same).count();
            if in_bucket >= NETWORK_BUCKET_MAX
                || self.nodes().filter(same).count() >= NETWORK_TABLE_MAX
            {
                return Added::No;
            }
        }
        let bucket = &mut self.buckets[index];
        match bucket.last() {
            Some(oldest) if bucket.len() >= BUCKET_NODES_MAX => Added::IfGone(*oldest),
            _ => {
                bucket.insert(0, node);
                Added::Yes
            }
        }
    }

    /// Forgets a node.
    pub fn remove(&mut self, id: &NodeId) {
        if let Some(index) = self.index(id) {
            self.buckets[index].retain(|node| node.id != *id);
        }
    }

    /// The nodes nearest to a point, nearest first.
    pub fn closest(&self, target: &Point, most: usize) -> Vec<Node> {
        let mut nodes: Vec<(Point, Node)> =
            self.nodes().map(|node| (distance(target, &point(&node.id)), *node)).collect();
        nodes.sort_unstable_by_key(|(distance, _)| *distance);
        nodes.into_iter().take(most).map(|(_, node)| node).collect()
    }

    /// The bucket of an id; our own has none.
    fn index(&self, id: &NodeId) -> Option<usize> {
        let distance = distance(&self.us, &point(id));
        let byte = distance.iter().position(|byte| *byte != 0)?;
        Some(255 - (byte * 8 + distance[byte].leading_zeros() as usize))
    }
}

/// The network of an address that is reachable from everywhere.
fn network(ip: IpAddr) -> Option<[u8; 8]> {
    if !is_global(ip) {
        return None;
    }
    let mut network = [0; 8];
    match ip {
        IpAddr::V4(ip) => network[..3].copy_from_slice(&ip.octets()[..3]),
        IpAddr::V6(ip) => network.copy_from_slice(&ip.octets()[..8]),
    }
    Some(network)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(byte: u8, ip: [u8; 4]) -> Node {
        Node { id: NodeId([byte; 64]), ip: ip.into(), udp: 1, tcp: 1 }
    }

    #[test]
    fn the_nearest_come_first() {
        let mut table = Table::new(&NodeId([0; 64]));
        assert_eq!(table.add(node(0, [10, 0, 0, 1])), Added::No);
        for byte in 1..=200 {
            table.add(node(byte, [10, 0, 0, byte]));
        }
        let mut all: Vec<Node> = table.nodes().copied().collect();
        let target = point(&all[3].id);
        all.sort_by_key(|node| distance(&target, &point(&node.id)));
        let near = table.closest(&target, 16);
        assert_eq!(near, all[..16]);
        assert!(table.buckets.iter().all(|bucket| bucket.len() <= BUCKET_NODES_MAX));
    }

    #[test]
    fn a_full_bucket_keeps_those_that_answer() {
        let mut table = Table::new(&NodeId([0; 64]));
        let mut full = None;
        for byte in 1..=255 {
            if let Added::IfGone(oldest) = table.add(node(byte, [10, 0, 0, byte])) {
                full = Some((node(byte, [10, 0, 0, byte]), oldest));
                break;
            }
        }
        let (refused, oldest) = full.expect("half of all nodes belong into one bucket");
        assert_eq!(table.add(oldest), Added::Yes);
        assert!(matches!(table.add(refused), Added::IfGone(other) if other != oldest));
        table.remove(&oldest.id);
        assert_eq!(table.add(refused), Added::Yes);
    }

    #[test]
    fn no_network_fills_the_table() {
        let mut table = Table::new(&NodeId([0; 64]));
        for byte in 1..=200 {
            table.add(node(byte, [8, 8, 8, byte]));
        }
        assert!((1..=NETWORK_TABLE_MAX).contains(&table.len()), "{}", table.len());
    }
}
