//! One node with its protocol, and peers that answer as a test likes.

use crate::disk::Disk;
use crate::world::{GENESIS_SECONDS, SLOT, Setup, Sim};
use ledger::DetailedMomentum;
use ledger::types::{Hash, HashHeight};
use ledger::verify::block::SignatureCheck;
use node::node::{Action as NodeAction, Answer, Event as NodeEvent, Millis, Publication};
use node::service::{ServiceError, SyncState};
use node::sync::{Action, Event, Peer, Protocol, Reason, Remote, Settings, serve};
use node::wire::NodeId;
use node::wire::message::{Message, Status, VERSION};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

pub const CHAIN: u32 = 321;

/// How a peer answers a question of the node: with these messages, after this many milliseconds.
pub type Answerer = Box<dyn FnMut(&Message) -> Vec<(Millis, Message)>>;

/// What happened to a peer.
#[derive(Debug, Default)]
pub struct Seen {
    pub messages: Vec<Message>,
    pub parted: Option<(Reason, String)>,
}

pub struct Desk {
    pub sim: Sim,
    pub protocol: Protocol,
    pub peers: BTreeMap<Peer, Seen>,
    pub bans: Vec<(NodeId, String)>,
    /// What producers were told last.
    pub synced: Option<bool>,
    /// How often producers were told to stop.
    pub stops: usize,
    pub inserts: Vec<usize>,
    answerers: BTreeMap<Peer, Answerer>,
    /// Messages on their way to the node.
    coming: BTreeMap<(Millis, u64), (Peer, Message)>,
    order: u64,
}

/// A chain of a producer, to take momentums from.
pub fn producer(slots: u64) -> Sim {
    let mut producer = Sim::new(Setup::single());
    for slot in 0..slots {
        if slot % 7 == 0 {
            let block = producer.send(0, 1, slot + 1);
            producer.publish(block).unwrap();
        }
        producer.run_slots(1);
    }
    producer
}

/// The same producer's chain up to `height`, and then another way for `slots` slots, after `skipped`
/// empty ones.
pub fn fork(of: &Sim, height: u64, skipped: u64, slots: u64) -> Sim {
    let mut fork = Sim::new(Setup { pillars: Vec::new(), ..Setup::single() });
    fork.now = of.now;
    let mut common = of.momentums_above(1);
    common.truncate(usize::try_from(height).unwrap() - 1);
    let newest = common.last().map_or(GENESIS_SECONDS, |last| last.momentum.timestamp);
    if !common.is_empty() {
        fork.insert(common).unwrap();
    }
    let disk = fork.disk.live();
    let mut fork = Sim::on(Setup::single(), disk, (newest + skipped * SLOT) * 1000);
    fork.run_slots(slots);
    fork
}

pub fn id(peer: Peer) -> NodeId {
    let mut id = [0; 64];
    id[..8].copy_from_slice(&peer.to_be_bytes());
    NodeId(id)
}

/// Answers from a moment, as an honest peer does.
pub fn honest(moment: Arc<node::node::Moment>) -> Answerer {
    Box::new(move |question| match question.is_request() {
        true => vec![(10, serve::answer(&*moment, question).unwrap())],
        false => Vec::new(),
    })
}

/// Never answers.
pub fn silent() -> Answerer {
    Box::new(|_| Vec::new())
}

impl Desk {
    pub fn new(min_peers: usize) -> Desk {
        let follower = Setup { pillars: Vec::new(), alone: false, ..Setup::single() };
        Desk::on(Sim::on(follower, Disk::default(), GENESIS_SECONDS * 1000), min_peers)
    }

    pub fn on(sim: Sim, min_peers: usize) -> Desk {
        let genesis = sim.read(|view, _| view.momentum_by_height(1).unwrap().unwrap().hash);
        let protocol = Protocol::new(Settings {
            chain_identifier: CHAIN.into(),
            genesis,
            min_peers,
            seed: 7,
            buffer_bytes: 4 << 20,
        });
        Desk {
            sim,
            protocol,
            peers: BTreeMap::new(),
            bans: Vec::new(),
            synced: None,
            stops: 0,
            inserts: Vec::new(),
            answerers: BTreeMap::new(),
            coming: BTreeMap::new(),
            order: 0,
        }
    }

    pub fn genesis(&self) -> Hash {
        self.sim.read(|view, _| view.momentum_by_height(1).unwrap().unwrap().hash)
    }

    pub fn status(&self, name: HashHeight) -> Status {
        Status {
            version: VERSION,
            network: CHAIN,
            height: name.height,
            newest: name.hash,
            genesis: self.genesis(),
        }
    }

    /// A connection without a status yet.
    pub fn connect(&mut self, peer: Peer) {
        self.connect_as(
            peer,
            id(peer),
            &format!("10.0.{}.{}:35995", peer / 250, peer % 250),
            false,
        );
    }

    pub fn connect_as(&mut self, peer: Peer, id: NodeId, address: &str, trusted: bool) {
        let remote = Remote {
            id,
            name: "a peer".to_owned(),
            address: address.to_owned(),
            inbound: true,
            trusted,
        };
        self.peers.insert(peer, Seen::default());
        self.event(Event::Connected { peer, remote });
    }

    /// A peer that has said its height and answers.
    pub fn join(&mut self, peer: Peer, name: HashHeight, answerer: Answerer) {
        self.connect(peer);
        self.answerers.insert(peer, answerer);
        let status = self.status(name);
        self.say(peer, Message::Status(status));
    }

    /// An honest peer with a producer's chain.
    pub fn join_honest(&mut self, peer: Peer, chain: &Sim) {
        let moment = Arc::new(chain.node.moment());
        self.join(peer, chain.node.identifier(), honest(moment));
    }

    pub fn leave(&mut self, peer: Peer) {
        self.answerers.remove(&peer);
        self.coming.retain(|_, (from, _)| *from != peer);
        self.event(Event::Gone { peer });
    }

    pub fn say(&mut self, peer: Peer, message: Message) {
        self.event(Event::Message { peer, message });
    }

    /// Gives the protocol an event, and does all that follows at once.
    pub fn event(&mut self, event: Event) {
        let mut events = VecDeque::from([event]);
        while let Some(event) = events.pop_front() {
            let mut out = Vec::new();
            let moment = self.sim.node.moment();
            self.protocol.on(self.sim.now, event, &moment, &mut out);
            for action in out {
                self.act(action, &mut events);
            }
        }
    }

    fn act(&mut self, action: Action, events: &mut VecDeque<Event>) {
        match action {
            Action::Send { peers, message } => {
                for peer in peers {
                    self.deliver(peer, message.clone());
                }
            }
            Action::Disconnect { peer, reason, why } => {
                self.answerers.remove(&peer);
                self.coming.retain(|_, (from, _)| *from != peer);
                self.peers.get_mut(&peer).unwrap().parted = Some((reason, why));
                events.push_back(Event::Gone { peer });
            }
            Action::Ban { id, address, .. } => self.bans.push((id, address)),
            Action::Insert { ticket, momentums } => {
                self.inserts.push(momentums.len());
                let check = SignatureCheck::Now;
                let result = self.node(NodeEvent::Momentums { ticket, momentums, check }, events);
                let result = result.into_iter().next().unwrap().1.map(|answer| match answer {
                    Answer::Height(height) => height,
                    other => panic!("{other:?}"),
                });
                events.push_back(Event::Inserted { ticket, result });
            }
            Action::Admit { ticket, blocks } => {
                let publications = blocks.into_iter().zip(0..).map(|(block, ticket)| Publication {
                    ticket,
                    block,
                    check: SignatureCheck::Now,
                });
                let mut answers = self.node(NodeEvent::Publish(publications.collect()), events);
                answers.sort_by_key(|(ticket, _)| *ticket);
                let results = answers.into_iter().map(|(_, result)| result.map(|_| ())).collect();
                events.push_back(Event::Admitted { ticket, results });
            }
            Action::Synced(synced) => {
                self.stops += usize::from(self.synced == Some(true) && !synced);
                self.synced = Some(synced);
            }
        }
    }

    fn deliver(&mut self, peer: Peer, message: Message) {
        let now = self.sim.now;
        if let Some(answerer) = self.answerers.get_mut(&peer) {
            for (after, answer) in answerer(&message) {
                self.order += 1;
                self.coming.insert((now + after, self.order), (peer, answer));
            }
        }
        self.peers.get_mut(&peer).unwrap().messages.push(message);
    }

    fn node(
        &mut self,
        event: NodeEvent,
        events: &mut VecDeque<Event>,
    ) -> Vec<(u64, Result<Answer, ServiceError>)> {
        let mut out = Vec::new();
        self.sim.node.on(self.sim.now, event, &mut out);
        let mut answers = Vec::new();
        for action in out {
            match action {
                NodeAction::Answer(ticket, answer) => answers.push((ticket, answer)),
                NodeAction::Happening(happening) => {
                    events.push_back(Event::Happening(happening));
                }
                NodeAction::Entered(block) => events.push_back(Event::Entered(block)),
            }
        }
        answers
    }

    /// Lets time pass, with all messages and deadlines on the way.
    pub fn run(&mut self, ms: Millis) {
        let end = self.sim.now + ms;
        let mut turns = 0;
        loop {
            let message = self.coming.first_key_value().map(|((at, _), _)| *at);
            let deadline = self.protocol.deadline(self.sim.now);
            let next = [message, deadline].into_iter().flatten().min();
            let Some(next) = next.filter(|next| *next <= end) else { break };
            self.sim.now = self.sim.now.max(next);
            turns += 1;
            assert!(turns < 100_000, "it does not come to rest");
            if message.is_some_and(|at| at <= self.sim.now) {
                let (_, (peer, message)) = self.coming.pop_first().unwrap();
                self.say(peer, message);
            } else {
                self.event(Event::Tick);
            }
        }
        self.sim.now = end;
    }

    /// Lets time pass until the node has this height; how long it took.
    pub fn run_to(&mut self, height: u64, ms_max: Millis) -> Millis {
        let began = self.sim.now;
        while self.sim.height() < height {
            assert!(
                self.sim.now < began + ms_max,
                "at height {} of {height}: {:?}",
                self.sim.height(),
                self.protocol.peers(self.sim.now),
            );
            self.run(50);
        }
        self.sim.now - began
    }

    /// Hands a block in at this node, as its own clients do.
    pub fn publish(&mut self, block: ledger::AccountBlock) {
        let mut events = VecDeque::new();
        let publication = Publication { ticket: 0, block, check: SignatureCheck::Now };
        let answers = self.node(NodeEvent::Publish(vec![publication]), &mut events);
        answers[0].1.clone().unwrap();
        for event in events {
            self.event(event);
        }
    }

    /// What a peer was sent since the last look.
    pub fn received(&mut self, peer: Peer) -> Vec<Message> {
        std::mem::take(&mut self.peers.get_mut(&peer).unwrap().messages)
    }

    pub fn parted(&self, peer: Peer) -> Option<&str> {
        self.peers[&peer].parted.as_ref().map(|(_, why)| why.as_str())
    }

    pub fn score(&self, peer: Peer) -> i64 {
        let standing = self.protocol.peers(self.sim.now);
        standing.iter().find(|standing| standing.peer == peer).unwrap().score
    }

    pub fn is_banned(&self, peer: Peer) -> bool {
        self.bans.iter().any(|(banned, _)| *banned == id(peer))
    }

    pub fn state(&self) -> SyncState {
        self.protocol.info().state
    }
}

/// The momentum of a chain at a height.
pub fn momentum(chain: &Sim, height: u64) -> DetailedMomentum {
    chain.momentums_above(height - 1).remove(0)
}
