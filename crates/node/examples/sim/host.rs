//! An honest node: ledger, protocol, disk and clock, and what it wants done in the network.
//!
//! A [`Host`] outlives its process: [`Host::start`] opens what is on the disk, [`Host::end`] drops the
//! node as a crash does. What it does in the world comes back as [`Effect`]s.

use crate::clock::{Clock, Time};
use crate::disk::{Disk, Fault};
use crate::founding;
use ledger::genesis::Genesis;
use ledger::state::View;
use ledger::types::HashHeight;
use ledger::verify::block::SignatureCheck;
use ledger::{AccountBlock, DetailedMomentum};
use node::config::Production;
use node::metrics::Metrics;
use node::node::{Action as NodeAction, Event as NodeEvent, Moment, Node, Options, Publication};
use node::node::{Millis, Ticket};
use node::pool::Limits;
use node::producer::ProducerKey;
use node::service::{Happening, Moment as _, ServiceError};
use node::store::Store;
use node::sync::serve::{self, Allowance};
use node::sync::{Action, Event, Offence, Peer, Protocol, Remote, Settings};
use node::wire::NodeId;
use node::wire::message::{FIRST_CODE, Message};
use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::sync::Arc;

/// What a node is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Makes momentums with this pillar's key.
    Pillar(u8),
    /// Stands between a pillar and the others.
    Sentry,
    /// Follows.
    Plain,
}

/// What a node wants done.
#[derive(Debug)]
pub enum Effect {
    /// A message leaves for a peer.
    Send {
        /// To whom.
        peer: Peer,
        /// Code of the frame.
        code: u64,
        /// Its payload.
        payload: Arc<[u8]>,
    },
    /// A connection ends.
    Close {
        /// Which.
        peer: Peer,
        /// Why, for the log.
        why: String,
    },
    /// Somebody is kept out.
    Ban {
        /// Whose key.
        id: NodeId,
        /// The address, if nobody of it is let in.
        address: String,
        /// Until when, by the node's clock.
        until: Millis,
    },
    /// The node takes this up a moment later.
    Later(Work),
    /// A user's question is answered.
    Answered {
        /// Which.
        request: u64,
        /// How.
        result: Result<(), ServiceError>,
    },
    /// The ledger changed.
    Happened {
        /// Whether this node made it.
        own: bool,
        /// What.
        happening: Happening,
    },
    /// The power went while the node worked.
    PowerLost,
    /// The node stopped by itself.
    Stopped(String),
}

/// What the writer's queue holds.
#[derive(Debug)]
pub enum Work {
    /// Momentums from the protocol.
    Insert {
        /// Names the answer.
        ticket: Ticket,
        /// The momentums.
        momentums: Vec<DetailedMomentum>,
    },
    /// Blocks from the protocol.
    Admit {
        /// Names the answer.
        ticket: Ticket,
        /// The blocks.
        blocks: Vec<AccountBlock>,
    },
    /// A user's block.
    Publish {
        /// Names the answer.
        request: u64,
        /// The block.
        block: Box<AccountBlock>,
    },
}

impl Work {
    /// Milliseconds that it takes.
    pub fn cost_ms(&self) -> u64 {
        match self {
            Work::Insert { momentums, .. } => momentums.len() as u64,
            Work::Admit { blocks, .. } => blocks.len() as u64 / 8,
            Work::Publish { .. } => 1,
        }
    }
}

/// Whom a node's answer is for.
enum Asked {
    Insert(Ticket),
    Admit { group: u64, index: usize },
    User(u64),
}

/// Blocks that were handed in together, and what came of each so far.
struct Group {
    ticket: Ticket,
    results: Vec<Option<Result<(), ServiceError>>>,
}

/// A node's process.
pub struct Running {
    /// The ledger.
    pub node: Node,
    /// Its side of the peer protocol.
    pub protocol: Protocol,
    /// Work that waits for the writer.
    pub waiting: usize,
    asked: BTreeMap<Ticket, Asked>,
    groups: BTreeMap<u64, Group>,
    tickets: Ticket,
    allowances: BTreeMap<Peer, Allowance>,
}

/// A machine with a node on it.
pub struct Host {
    /// Its number among all.
    pub number: usize,
    /// What it is for.
    pub role: Role,
    /// Its key.
    pub id: NodeId,
    /// Its clock.
    pub clock: Clock,
    /// Its disk.
    pub disk: Disk,
    /// The process, if it runs.
    pub running: Option<Running>,
    /// Peers below which it does not call itself synced.
    pub min_peers: usize,
    /// Counts the starts; what belongs to an earlier process is not delivered.
    pub run: u64,
    /// The fault that its disk will have.
    pub planned_fault: Option<Fault>,
    /// Names of the newest momentum that the disk may hold after the last end.
    pub left: Vec<HashHeight>,
    genesis: Arc<Genesis>,
}

enum Step {
    Node(NodeEvent),
    Protocol(Event),
}

impl Host {
    /// A machine that is switched off.
    pub fn new(number: usize, role: Role, clock: Clock, disk: Disk, genesis: Arc<Genesis>) -> Host {
        Host {
            number,
            role,
            id: identity(number as u64),
            clock,
            disk,
            running: None,
            min_peers: 1,
            run: 0,
            planned_fault: None,
            left: Vec::new(),
            genesis,
        }
    }

    /// Starts the process on what is on the disk.
    pub fn start(&mut self, at: Time, effects: &mut Vec<Effect>) -> Result<(), String> {
        let now = self.clock.read(at);
        let store = Store::open_on(Box::new(self.disk.clone()), Path::new("disk"), &self.genesis)
            .map_err(|error| error.to_string())?;
        let keys = match self.role {
            Role::Pillar(index) => {
                let signer = Box::new(founding::pillar_key(index));
                vec![ProducerKey { signer, guard: None }]
            }
            Role::Sentry | Role::Plain => Vec::new(),
        };
        let options = Options {
            production: Production::Slots,
            dev: false,
            alone: false,
            limits: Limits::default(),
        };
        let metrics = Arc::new(Metrics::default());
        let node =
            Node::new(store, keys, options, now, metrics).map_err(|error| error.to_string())?;
        let protocol = Protocol::new(Settings {
            chain_identifier: self.genesis.rules.chain_identifier,
            genesis: self.genesis.momentum.hash,
            min_peers: self.min_peers,
            seed: at ^ (self.number as u64) << 32,
            buffer_bytes: Settings::BUFFER_BYTES,
        });
        self.run += 1;
        self.running = Some(Running {
            node,
            protocol,
            waiting: 0,
            asked: BTreeMap::new(),
            groups: BTreeMap::new(),
            tickets: 0,
            allowances: BTreeMap::new(),
        });
        self.handle(now, Step::Protocol(Event::Tick), effects);
        Ok(())
    }

    /// Ends the process without warning.
    pub fn end(&mut self) {
        self.planned_fault = None;
        self.running = None;
    }

    /// The ledger as readers see it.
    pub fn moment(&self) -> Option<Moment> {
        self.running.as_ref().map(|running| running.node.moment())
    }

    /// Name of the newest momentum.
    pub fn newest(&self) -> Option<HashHeight> {
        self.running.as_ref().map(|running| running.node.identifier())
    }

    /// Whether a block is confirmed or waits.
    pub fn has(&self, block: &AccountBlock) -> bool {
        let Some(moment) = self.moment() else { return false };
        let view = View::frontier_of(moment.chain());
        moment.pending().get(&block.header()).is_some()
            || view.confirmation_height(&block.hash).is_ok_and(|height| height.is_some())
    }

    /// When something is due, if nothing happens before.
    pub fn deadline(&self, at: Time) -> Option<Time> {
        let running = self.running.as_ref()?;
        let now = self.clock.read(at);
        let due = [running.node.deadline(now), running.protocol.deadline(now)];
        let due = due.into_iter().flatten().min()?;
        // Work that is always due must not hold up the time of the others.
        Some(self.clock.when(due, at).max(at + 1))
    }

    /// Lets whatever is due happen.
    pub fn tick(&mut self, at: Time, effects: &mut Vec<Effect>) {
        let now = self.clock.read(at);
        let Some(running) = &self.running else { return };
        if running.node.deadline(now).is_some_and(|due| due <= now) {
            self.handle(now, Step::Node(NodeEvent::Tick), effects);
        }
        let Some(running) = &self.running else { return };
        if running.protocol.deadline(now).is_some_and(|due| due <= now) {
            self.handle(now, Step::Protocol(Event::Tick), effects);
        }
    }

    /// A connection stands.
    pub fn connected(&mut self, at: Time, peer: Peer, remote: Remote, effects: &mut Vec<Effect>) {
        if let Some(running) = &mut self.running {
            running.allowances.insert(peer, Allowance::default());
        }
        let event = Event::Connected { peer, remote };
        self.handle(self.clock.read(at), Step::Protocol(event), effects);
    }

    /// A connection is gone.
    pub fn gone(&mut self, at: Time, peer: Peer, effects: &mut Vec<Effect>) {
        if let Some(running) = &mut self.running {
            running.allowances.remove(&peer);
        }
        self.handle(self.clock.read(at), Step::Protocol(Event::Gone { peer }), effects);
    }

    /// A frame comes.
    pub fn receive(
        &mut self,
        at: Time,
        peer: Peer,
        code: u64,
        payload: &[u8],
        effects: &mut Vec<Effect>,
    ) {
        let now = self.clock.read(at);
        let Some(running) = &mut self.running else { return };
        let message = match code.checked_sub(FIRST_CODE) {
            Some(code) => Message::decode(code, payload).map_err(|error| error.to_string()),
            None => Err(format!("frame {code}")),
        };
        let event = match message {
            Err(what) => Event::Offence { peer, offence: Offence::Malformed(what) },
            Ok(message) if message.is_request() => {
                let allowance = running.allowances.entry(peer).or_default();
                if allowance.take(now, &message) {
                    let moment = running.node.moment();
                    match serve::answer(&moment, &message) {
                        Ok(answer) => effects.push(send(peer, &answer)),
                        Err(fault) => effects.push(Effect::Stopped(fault.0)),
                    }
                    return;
                }
                Event::Offence { peer, offence: Offence::Flood }
            }
            Ok(message) => Event::Message { peer, message },
        };
        self.handle(now, Step::Protocol(event), effects);
    }

    /// The writer takes up what waited.
    pub fn work(&mut self, at: Time, work: Work, effects: &mut Vec<Effect>) {
        let Some(running) = &mut self.running else { return };
        running.waiting -= 1;
        let check = SignatureCheck::Now;
        let event = match work {
            Work::Insert { ticket, momentums } => {
                let ticket = running.ask(Asked::Insert(ticket));
                NodeEvent::Momentums { ticket, momentums, check }
            }
            Work::Admit { ticket, blocks } => {
                let group = running.tickets + 1;
                let results = vec![None; blocks.len()];
                running.groups.insert(group, Group { ticket, results });
                let blocks = blocks.into_iter().enumerate().map(|(index, block)| {
                    let ticket = running.ask(Asked::Admit { group, index });
                    Publication { ticket, block, check }
                });
                NodeEvent::Publish(blocks.collect())
            }
            Work::Publish { request, block } => {
                let ticket = running.ask(Asked::User(request));
                NodeEvent::Publish(vec![Publication { ticket, block: *block, check }])
            }
        };
        self.handle(self.clock.read(at), Step::Node(event), effects);
    }

    /// Takes a step, and those that follow from it at once.
    fn handle(&mut self, now: Millis, step: Step, effects: &mut Vec<Effect>) {
        let mut steps = VecDeque::from([step]);
        while let Some(step) = steps.pop_front() {
            let more = match step {
                Step::Node(event) => self.tell_node(now, event, effects, &mut steps),
                Step::Protocol(event) => {
                    self.tell_protocol(now, event, effects, &mut steps);
                    true
                }
            };
            if !more {
                return;
            }
        }
    }

    /// Gives the node an event; `false` if it is the last.
    fn tell_node(
        &mut self,
        now: Millis,
        event: NodeEvent,
        effects: &mut Vec<Effect>,
        steps: &mut VecDeque<Step>,
    ) -> bool {
        let Some(running) = &mut self.running else { return false };
        let own = matches!(event, NodeEvent::Tick);
        let before = running.node.identifier();
        let mut out = Vec::new();
        running.node.on(now, event, &mut out);
        let after = running.node.identifier();
        self.left = vec![before, after];
        if self.planned_fault == Some(Fault::Cut) && self.disk.struck() {
            // Nobody has seen what the node did after the power was gone.
            effects.push(Effect::PowerLost);
            return false;
        }
        for action in out {
            match action {
                NodeAction::Answer(ticket, answer) => {
                    running.answered(ticket, answer, effects, steps)
                }
                NodeAction::Happening(happening) => {
                    effects.push(Effect::Happened { own, happening: happening.clone() });
                    steps.push_back(Step::Protocol(Event::Happening(happening)));
                }
                NodeAction::Entered(block) => {
                    steps.push_back(Step::Protocol(Event::Entered(block)));
                }
            }
        }
        if let Some(stop) = running.node.stopped() {
            effects.push(Effect::Stopped(stop.to_string()));
            return false;
        }
        self.left = vec![after];
        true
    }

    fn tell_protocol(
        &mut self,
        now: Millis,
        event: Event,
        effects: &mut Vec<Effect>,
        steps: &mut VecDeque<Step>,
    ) {
        let Some(running) = &mut self.running else { return };
        let mut out = Vec::new();
        let moment = running.node.moment();
        running.protocol.on(now, event, &moment, &mut out);
        for action in out {
            match action {
                Action::Send { peers, message } => {
                    let code = FIRST_CODE + message.code();
                    let payload: Arc<[u8]> = message.encode().into();
                    effects.extend(peers.into_iter().map(|peer| Effect::Send {
                        peer,
                        code,
                        payload: payload.clone(),
                    }));
                }
                Action::Disconnect { peer, reason, why } => {
                    effects.push(Effect::Close { peer, why: format!("{reason:?}: {why}") });
                }
                Action::Ban { id, address, until } => {
                    effects.push(Effect::Ban { id, address, until });
                }
                Action::Insert { ticket, momentums } => {
                    running.waiting += 1;
                    effects.push(Effect::Later(Work::Insert { ticket, momentums }));
                }
                Action::Admit { ticket, blocks } => {
                    running.waiting += 1;
                    effects.push(Effect::Later(Work::Admit { ticket, blocks }));
                }
                Action::Synced(synced) => steps.push_back(Step::Node(NodeEvent::Synced(synced))),
            }
        }
    }

    /// Plans a fault of the disk.
    pub fn plan_fault(&mut self, after: u64, fault: Fault, seed: u64) {
        self.planned_fault = Some(fault);
        self.disk.plan(after, fault, seed);
    }
}

impl Running {
    fn ask(&mut self, asked: Asked) -> Ticket {
        self.tickets += 1;
        self.asked.insert(self.tickets, asked);
        self.tickets
    }

    fn answered(
        &mut self,
        ticket: Ticket,
        answer: Result<node::node::Answer, ServiceError>,
        effects: &mut Vec<Effect>,
        steps: &mut VecDeque<Step>,
    ) {
        match self.asked.remove(&ticket).expect("an answer is to a question") {
            Asked::Insert(ticket) => {
                let result = answer.map(|answer| match answer {
                    node::node::Answer::Height(height) => height,
                    other => unreachable!("asked for a height, answered {other:?}"),
                });
                steps.push_back(Step::Protocol(Event::Inserted { ticket, result }));
            }
            Asked::User(request) => {
                effects.push(Effect::Answered { request, result: answer.map(|_| ()) });
            }
            Asked::Admit { group: name, index } => {
                let group = self.groups.get_mut(&name).expect("its answers are not complete");
                group.results[index] = Some(answer.map(|_| ()));
                if group.results.iter().all(Option::is_some) {
                    let group = self.groups.remove(&name).expect("it was there just now");
                    let results = group.results.into_iter().flatten().collect();
                    let event = Event::Admitted { ticket: group.ticket, results };
                    steps.push_back(Step::Protocol(event));
                }
            }
        }
    }
}

/// A message for a peer.
fn send(peer: Peer, message: &Message) -> Effect {
    Effect::Send { peer, code: FIRST_CODE + message.code(), payload: message.encode().into() }
}

/// The key of machine `number`.
pub fn identity(number: u64) -> NodeId {
    let mut id = [0; 64];
    id[..8].copy_from_slice(&(number + 1).to_be_bytes());
    id[32..40].copy_from_slice(&number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    NodeId(id)
}
