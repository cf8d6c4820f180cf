//! Discovery: packets that the reference made, and whole networks without a socket.

use k256::ecdsa::SigningKey;
use node::wire::discovery::packet::{NEIGHBOURS_MAX, PACKET_BYTES_MAX, Packet, Place, Told};
use node::wire::discovery::{Discovery, Node, Send, Settings};
use node::wire::{Endpoint, NodeId};
use serde::Deserialize;
use std::collections::{BTreeSet, VecDeque};
use std::net::{IpAddr, SocketAddr};

/// Some time after 1970.
const START: u64 = 1_900_000_000_000;

#[derive(Deserialize)]
struct Recorded {
    key: String,
    id: String,
    packets: Vec<RecordedPacket>,
}

#[derive(Deserialize)]
struct RecordedPacket {
    name: String,
    packet: String,
}

#[test]
fn packets_are_the_reference_s_byte_for_byte() {
    let recorded: Recorded = serde_json::from_str(include_str!("data/discovery.json")).unwrap();
    let key = SigningKey::from_slice(&hex::decode(&recorded.key).unwrap()).unwrap();
    for RecordedPacket { name, packet } in &recorded.packets {
        let bytes = hex::decode(packet).unwrap();
        let received = Packet::open(&bytes).unwrap();
        assert_eq!(received.from, recorded.id.parse().unwrap());
        assert_eq!(hex::encode(received.packet.seal(&key).0), *packet, "{name}");
        for index in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[index] ^= 1;
            assert!(Packet::open(&damaged).is_err(), "{name}: byte {index}");
            assert!(Packet::open(&bytes[..index]).is_err());
        }
    }
    let packets: Vec<Packet> = recorded
        .packets
        .iter()
        .map(|packet| Packet::open(&hex::decode(&packet.packet).unwrap()).unwrap().packet)
        .collect();
    let Packet::Neighbours { nodes, .. } = &packets[3] else { panic!("neighbours") };
    assert_eq!(nodes.len(), NEIGHBOURS_MAX);
    assert_eq!(nodes[3].place.ip, Some("2001:db8::3".parse().unwrap()));
    let Packet::Ping { from, .. } = packets[4] else { panic!("a ping") };
    assert_eq!(from, Place { ip: None, udp: 0, tcp: 0 });
}

#[test]
fn fields_may_be_neither_missing_nor_added() {
    // A find node without its expiration, one with an addition, and one with bytes behind it.
    let target = |rest: &[u8], after: &[u8]| {
        let body = [&[0xb8, 64][..], &[1; 64], rest].concat();
        [&[0xf8, body.len() as u8][..], &body, after].concat()
    };
    assert!(Packet::decode(3, &target(&[5], &[])).is_ok());
    assert!(Packet::decode(3, &target(&[], &[])).is_err());
    assert!(Packet::decode(3, &target(&[5, 5], &[])).is_err());
    assert!(Packet::decode(3, &target(&[5], &[5])).is_err());
    assert!(Packet::decode(5, &target(&[5], &[])).is_err());
}

#[test]
fn the_longest_neighbours_fit_into_a_packet() {
    let ip = Some("2001:db8::ffff".parse().unwrap());
    let place = Place { ip, udp: u16::MAX, tcp: u16::MAX };
    let nodes = vec![Told { place, id: NodeId([255; 64]) }; NEIGHBOURS_MAX];
    let packet = Packet::Neighbours { nodes, expiration: u64::MAX };
    let (bytes, _) = packet.seal(&key(1));
    assert!(bytes.len() < PACKET_BYTES_MAX, "{}", bytes.len());
    assert_eq!(Packet::open(&bytes).unwrap().packet, packet);
}

fn key(number: u16) -> SigningKey {
    let mut bytes = [1; 32];
    bytes[..2].copy_from_slice(&number.to_be_bytes());
    SigningKey::from_slice(&bytes).unwrap()
}

fn node(number: u16) -> Node {
    let id = node::wire::rlpx::handshake::node_id(&key(number).verifying_key().into());
    let [high, low] = number.to_be_bytes();
    Node { id, ip: IpAddr::from([10, 0, high, low]), udp: 30303, tcp: 30303 }
}

fn address(number: u16) -> SocketAddr {
    SocketAddr::new(node(number).ip, 30303)
}

fn discovery(number: u16, bootnodes: Vec<Node>, private: BTreeSet<NodeId>) -> Discovery {
    let settings =
        Settings { key: key(number), us: node(number), bootnodes, private, seed: number.into() };
    Discovery::new(settings, START)
}

/// Nodes whose packets take no time.
struct Network {
    nodes: Vec<Discovery>,
    now: u64,
}

impl Network {
    fn new(count: u16) -> Network {
        let nodes = (0..count).map(|number| discovery(number, vec![node(0)], BTreeSet::new()));
        Network { nodes: nodes.collect(), now: START }
    }

    /// Lets time pass, but for those that are `gone`.
    fn run(&mut self, until: u64, gone: &[u16]) {
        while self.now < until {
            let mut packets: VecDeque<(u16, Send)> = VecDeque::new();
            for number in 0..self.nodes.len() as u16 {
                let node = &mut self.nodes[usize::from(number)];
                let mut out = Vec::new();
                if !gone.contains(&number) && node.deadline() <= self.now {
                    node.tick(self.now, &mut out);
                }
                packets.extend(out.into_iter().map(|send| (number, send)));
            }
            while let Some((from, Send { to, bytes })) = packets.pop_front() {
                let IpAddr::V4(ip) = to.ip() else { panic!("addresses are made above") };
                let to = u16::from_be_bytes([ip.octets()[2], ip.octets()[3]]);
                let Some(node) = self.nodes.get_mut(usize::from(to)) else { continue };
                if gone.contains(&to) {
                    continue;
                }
                let mut out = Vec::new();
                node.packet(self.now, address(from), &bytes, &mut out);
                packets.extend(out.into_iter().map(|send| (to, send)));
            }
            self.now += 100;
        }
    }
}

#[test]
fn all_find_many_others_by_one_bootnode_and_forget_those_that_leave() {
    let mut network = Network::new(24);
    network.run(START + 60_000, &[]);
    for (number, node) in network.nodes.iter_mut().enumerate() {
        assert!(node.known() >= 16, "{number} knows {}", node.known());
        assert_eq!(node.found(5).len(), 5);
        let found: BTreeSet<Endpoint> = node.found(100).into_iter().collect();
        assert_eq!(found.len(), node.known());
    }
    let gone: Vec<u16> = (8..24).collect();
    network.run(START + 8 * 60_000, &gone);
    for node in &network.nodes[..8] {
        assert!(node.known() == 7, "still {}", node.known());
    }
}

/// One node, and somebody who makes packets by hand: number 100.
struct Asker {
    node: Discovery,
}

impl Asker {
    fn new(private: &BTreeSet<NodeId>) -> Asker {
        Asker { node: discovery(0, Vec::new(), private.clone()) }
    }

    fn say(&mut self, from: SocketAddr, packet: &Packet) -> Vec<Send> {
        let mut out = Vec::new();
        self.node.packet(START, from, &packet.seal(&key(100)).0, &mut out);
        out
    }

    fn ping(&mut self, from: SocketAddr, expiration: u64, version: u64) -> Vec<Send> {
        let place = Place { ip: None, udp: 0, tcp: 7 };
        self.say(from, &Packet::Ping { version, from: place, to: place, expiration })
    }

    fn bond(&mut self) {
        let out = self.ping(address(100), START / 1000 + 20, 4);
        assert_eq!(out.len(), 2, "a pong and a ping");
        let token = Packet::open(&out[1].bytes).unwrap().hash.to_vec();
        let to = Place { ip: None, udp: 0, tcp: 0 };
        self.say(address(100), &Packet::Pong { to, token, expiration: START / 1000 + 20 });
    }

    fn ask(&mut self, target: &NodeId) -> Vec<Told> {
        let packet = Packet::FindNode { target: *target, expiration: START / 1000 + 20 };
        let mut told = Vec::new();
        for send in self.say(address(100), &packet) {
            match Packet::open(&send.bytes).unwrap().packet {
                Packet::Neighbours { nodes, .. } => told.extend(nodes),
                other => panic!("{other:?}"),
            }
        }
        told
    }
}

#[test]
fn questions_are_answered_after_bonding_and_to_the_same_address_alone() {
    let mut asker = Asker::new(&BTreeSet::new());
    assert!(asker.ask(&node(1).id).is_empty());
    asker.bond();
    let told = asker.ask(&node(1).id);
    assert_eq!(told.len(), 1);
    assert_eq!((told[0].id, told[0].place.tcp), (node(100).id, 7));
    let packet = Packet::FindNode { target: node(1).id, expiration: START / 1000 + 20 };
    assert!(asker.say(address(101), &packet).is_empty());
}

#[test]
fn nobody_is_told_of_private_nodes() {
    let mut asker = Asker::new(&BTreeSet::from([node(100).id]));
    asker.bond();
    assert_eq!(asker.node.known(), 1);
    assert!(asker.ask(&node(100).id).is_empty());
}

#[test]
fn old_foreign_and_forged_packets_are_not_answered() {
    let mut asker = Asker::new(&BTreeSet::new());
    assert!(asker.ping(address(100), START / 1000 - 1, 4).is_empty());
    assert!(asker.ping(address(100), START / 1000 + 20, 3).is_empty());
    let place = Place { ip: None, udp: 0, tcp: 0 };
    let far = Packet::Pong { to: place, token: vec![0; 32], expiration: u64::MAX };
    assert!(asker.say(address(100), &far).is_empty());
    // A pong that does not name our ping makes no bond.
    let out = asker.ping(address(100), START / 1000 + 20, 4);
    assert_eq!(out.len(), 2);
    let forged = Packet::Pong { to: place, token: vec![0; 32], expiration: START / 1000 + 20 };
    asker.say(address(100), &forged);
    assert!(asker.ask(&node(1).id).is_empty());
    assert_eq!(asker.node.known(), 0);
}

#[test]
fn a_flood_of_pings_of_one_address_is_not_answered_for_ever() {
    let mut asker = Asker::new(&BTreeSet::new());
    let answered: usize =
        (0..1000).map(|_| asker.ping(address(100), START / 1000 + 20, 4).len()).sum();
    assert!(answered <= 60, "{answered}");
}
