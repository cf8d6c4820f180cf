//! Peers that mean harm. Each has a few habits, and otherwise answers truthfully, so that it is listened
//! to. Some hold pillars' keys, and sign momentums that break one rule each.

use crate::broken;
use crate::counts::Counts;
use crate::disk::Disk;
use crate::founding::{GENESIS_SECONDS, SLOT, key, pillar_key, signed, transfer};
use crate::host::identity;
use crate::links::Connection;
use crate::past::{Past, lone_node};
use crate::plan::Plan;
use crate::random::Random;
use crate::world::{What, World};
use ledger::state::View;
use ledger::types::Hash;
use ledger::{AccountBlock, DetailedMomentum};
use node::node::{Event, Moment, Node};
use node::service::Moment as _;
use node::sync::{Peer, serve};
use node::wire::NodeId;
use node::wire::message::{
    ASKED_MAX, BLOCKS_MAX, FIRST_CODE, HASHES_MAX, Message, Status, VERSION,
};
use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

/// Frames that a hostile peer remembers, to say them again.
const TAPE_MAX: usize = 200;
/// Momentums that a deep fork goes back.
pub const DEEP: u64 = 45;

/// What a hostile peer does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Habit {
    /// Sends bytes that mean nothing, under any code.
    Garbage,
    /// Sends parts of messages.
    Halves,
    /// Is of another network, genesis or version, or never says.
    Stranger,
    /// Claims heights that nobody has.
    Boasts,
    /// Sends momentums that break one rule.
    BrokenMomentums,
    /// Sends blocks that their owners never signed.
    ForgedBlocks,
    /// Knows hashes, and gives no bodies.
    Withholds,
    /// Answers every question for hashes with more hashes.
    Endless,
    /// Announces and asks for what is not there.
    Unknown,
    /// Sends the same blocks again and again.
    FloodsBlocks,
    /// Announces without end.
    FloodsHashes,
    /// Asks without end, for as much as possible.
    FloodsQuestions,
    /// Says again what it heard, much later.
    Replays,
    /// Sends answers that nobody asked for.
    Unasked,
    /// Answers nothing at all.
    Silent,
    /// Leaves whenever it is asked.
    Leaves,
    /// Has a chain of its own that stands deeper than anyone goes back.
    DeepFork,
}

const HABITS: [(Habit, &str); 17] = [
    (Habit::Garbage, "garbage"),
    (Habit::Halves, "parts of messages"),
    (Habit::Stranger, "strangers"),
    (Habit::Boasts, "false heights"),
    (Habit::BrokenMomentums, "broken momentums"),
    (Habit::ForgedBlocks, "forged blocks"),
    (Habit::Withholds, "withheld bodies"),
    (Habit::Endless, "endless hashes"),
    (Habit::Unknown, "unknown hashes"),
    (Habit::FloodsBlocks, "floods of blocks"),
    (Habit::FloodsHashes, "floods of announcements"),
    (Habit::FloodsQuestions, "floods of questions"),
    (Habit::Replays, "replayed messages"),
    (Habit::Unasked, "answers nobody asked for"),
    (Habit::Silent, "questions left open"),
    (Habit::Leaves, "departures"),
    (Habit::DeepFork, "deep forks"),
];

impl Habit {
    fn name(self) -> &'static str {
        HABITS.iter().find(|(habit, _)| *habit == self).expect("all are listed").1
    }
}

/// A hostile peer.
pub struct Hostile {
    party: usize,
    /// How many keys it has had so far.
    pub identities: u64,
    habits: Vec<Habit>,
    peers: BTreeSet<Peer>,
    tape: VecDeque<(u64, Arc<[u8]>)>,
    rival: Option<Node>,
}

impl Hostile {
    /// A peer with some habits.
    pub fn new(party: usize, random: &mut Random, past: &Past, plan: &Plan) -> Hostile {
        let mut habits: Vec<Habit> = (0..1 + random.below(3))
            .map(|_| HABITS[random.below(HABITS.len() as u64) as usize].0)
            .collect();
        // Who has nothing yet follows whatever chain it hears of first, as deep as it may be.
        habits.retain(|habit| *habit != Habit::DeepFork || past.height > DEEP && plan.late == 0);
        let rival = habits.contains(&Habit::DeepFork).then(|| {
            let below = Past::of(plan.pillars, past.height - DEEP);
            let now = (GENESIS_SECONDS + below.height * SLOT) * 1000;
            let disk = Disk::of(below.image.clone());
            lone_node(&below.genesis, plan.pillars, &disk, now)
        });
        let (peers, tape) = (BTreeSet::new(), VecDeque::new());
        Hostile { party, identities: 0, habits, peers, tape, rival }
    }

    /// Its key, for now.
    pub fn id(&self) -> NodeId {
        identity(1_000 * (1 + self.party as u64) + self.identities)
    }

    fn has(&self, habit: Habit) -> bool {
        self.habits.contains(&habit)
    }
}

/// What a hostile peer wants done.
struct Out<'a> {
    frames: Vec<(Peer, u64, Arc<[u8]>)>,
    leave: Vec<Peer>,
    faults: &'a mut Counts,
}

impl Out<'_> {
    fn say(&mut self, peer: Peer, message: &Message) {
        self.frames.push((peer, FIRST_CODE + message.code(), message.encode().into()));
    }
}

impl World {
    /// The ledger of some node that is up; hostile peers know everything.
    fn any_moment(&mut self) -> Option<Moment> {
        let first = self.random.below(self.hosts.len() as u64) as usize;
        let count = self.hosts.len();
        (0..count).find_map(|step| self.hosts[(first + step) % count].moment())
    }

    fn with_hostile(
        &mut self,
        index: usize,
        act: impl FnOnce(&mut Hostile, &Moment, &mut Random, u64, &mut Out<'_>),
    ) {
        let Some(moment) = self.any_moment() else { return };
        let mut out = Out { frames: Vec::new(), leave: Vec::new(), faults: &mut self.faults };
        act(&mut self.hostiles[index], &moment, &mut self.random, self.now, &mut out);
        let Out { frames, leave, .. } = out;
        for (peer, code, payload) in frames {
            self.transmit(peer, code, payload);
        }
        for peer in leave {
            let (connection, side) = Connection::of_peer(peer);
            self.sever(connection, Some(side));
        }
    }

    /// A hostile peer has a connection.
    pub fn hostile_joins(&mut self, index: usize, peer: Peer) {
        self.with_hostile(index, |hostile, moment, random, _, out| {
            hostile.peers.insert(peer);
            hostile.greet(peer, moment, random, out);
        });
    }

    /// A hostile peer hears something.
    pub fn hostile_hears(&mut self, index: usize, peer: Peer, code: u64, payload: &[u8]) {
        self.with_hostile(index, |hostile, moment, random, now, out| {
            hostile.tape.push_back((code, payload.into()));
            if hostile.tape.len() > TAPE_MAX {
                hostile.tape.pop_front();
            }
            let message = code.checked_sub(FIRST_CODE).map(|code| Message::decode(code, payload));
            if let Some(Ok(message)) = message
                && message.is_request()
            {
                hostile.answer(peer, &message, moment, random, now, out);
            }
        });
    }

    /// A hostile peer does something by itself.
    pub fn hostile_acts(&mut self, index: usize) {
        let wait = 100 + self.random.below(3_000);
        self.queue.plan(self.now + wait, What::Hostile { index });
        let party = self.hosts.len() + index;
        let open: BTreeSet<Peer> = self
            .open_connections(party)
            .map(|(connection, side)| Connection::peer(connection, side))
            .collect();
        self.hostiles[index].peers.retain(|peer| open.contains(peer));
        let everywhere = (0..self.hosts.len()).all(|host| self.keeps_out(host, party));
        if everywhere || self.random.below(200) == 0 {
            self.cut_off(party);
            self.hostiles[index].identities += 1;
            self.faults.add("new identities");
        }
        let victim = self.random.below(self.plan.users.into()) as u8;
        let pillars = self.plan.pillars;
        self.with_hostile(index, |hostile, moment, random, now, out| {
            let Some(peer) = choose(&hostile.peers, random) else { return };
            let Some(habit) = pick(&hostile.habits, random) else { return };
            hostile.do_harm(habit, peer, moment, (victim, pillars), random, now, out);
        });
    }
}

fn choose(peers: &BTreeSet<Peer>, random: &mut Random) -> Option<Peer> {
    let index = random.below(peers.len() as u64) as usize;
    peers.iter().nth(index).copied()
}

fn pick<T: Copy>(list: &[T], random: &mut Random) -> Option<T> {
    let index = random.below(list.len() as u64) as usize;
    list.get(index).copied()
}

fn noise(random: &mut Random, most: u64) -> Vec<u8> {
    (0..random.below(most)).map(|_| random.next() as u8).collect()
}

fn any_hash(random: &mut Random) -> Hash {
    Hash::of(&random.next().to_be_bytes())
}

fn newest(moment: &Moment) -> Option<DetailedMomentum> {
    let view = View::frontier_of(moment.chain());
    let momentum = view.frontier().ok()?.clone();
    view.detailed(momentum).ok()
}

impl Hostile {
    /// Says who it is.
    fn greet(&self, peer: Peer, moment: &Moment, random: &mut Random, out: &mut Out<'_>) {
        let rival = self.rival.as_ref().map(Node::moment);
        let view = View::frontier_of(rival.as_ref().unwrap_or(moment).chain());
        let newest = view.identifier().expect("the state is sound");
        let mut status = Status {
            version: VERSION,
            network: view.rules().chain_identifier as u32,
            height: newest.height,
            newest: newest.hash,
            genesis: view.rules().genesis.hash,
        };
        if self.has(Habit::Stranger) {
            out.faults.add(Habit::Stranger.name());
            match random.below(5) {
                0 => status.version = random.below(100) as u32,
                1 => status.network = random.next() as u32,
                2 => status.genesis = any_hash(random),
                3 => return,
                _ => out.say(peer, &Message::NewBlockHashes(vec![newest.hash])),
            }
        }
        if self.has(Habit::Boasts) || self.has(Habit::Endless) {
            out.faults.add(Habit::Boasts.name());
            status.height += [1, 40, 100_000, u64::MAX - newest.height][random.below(4) as usize];
            if random.below(2) == 0 {
                status.newest = any_hash(random);
            }
        }
        out.say(peer, &Message::Status(status));
        if self.has(Habit::Stranger) {
            out.say(peer, &Message::Status(status));
        }
    }

    /// Answers a question, more or less.
    fn answer(
        &mut self,
        peer: Peer,
        question: &Message,
        moment: &Moment,
        random: &mut Random,
        now: u64,
        out: &mut Out<'_>,
    ) {
        if self.has(Habit::Silent) && random.below(3) > 0 {
            out.faults.add(Habit::Silent.name());
            return;
        }
        if self.has(Habit::Leaves) {
            out.faults.add(Habit::Leaves.name());
            out.leave.push(peer);
            return;
        }
        let hashes_asked = !matches!(question, Message::GetBlocks(_));
        if self.has(Habit::Endless) && hashes_asked {
            out.faults.add(Habit::Endless.name());
            let count = [1, 100, HASHES_MAX][random.below(3) as usize];
            let hashes = (0..count).map(|_| any_hash(random)).collect();
            out.say(peer, &Message::BlockHashes(hashes));
            return;
        }
        if self.has(Habit::Withholds) && !hashes_asked {
            out.faults.add(Habit::Withholds.name());
            if random.below(2) == 0 {
                out.say(peer, &Message::Blocks(Vec::new()));
            }
            return;
        }
        let rival = self.rival(now).map(|node| node.moment());
        let Ok(mut answer) = serve::answer(rival.as_ref().unwrap_or(moment), question) else {
            return;
        };
        if let (Message::Blocks(blocks), true) = (&mut answer, self.has(Habit::BrokenMomentums))
            && let Some(block) = pick_mut(blocks, random)
        {
            out.faults.add(Habit::BrokenMomentums.name());
            broken::spoil(block, random);
        }
        out.say(peer, &answer);
    }

    /// The chain of its own, up to now.
    fn rival(&mut self, now: u64) -> Option<&Node> {
        let node = self.rival.as_mut()?;
        let view_time = |node: &Node| {
            let moment = node.moment();
            let view = View::frontier_of(moment.chain());
            view.frontier().expect("the state is sound").timestamp
        };
        while (view_time(node) + SLOT) * 1000 <= now {
            let due = (view_time(node) + SLOT) * 1000;
            let before = node.identifier();
            node.on(due, Event::Tick, &mut Vec::new());
            if node.identifier() == before {
                // The slot that ran when it started is left out.
                node.on(due + SLOT * 1000, Event::Tick, &mut Vec::new());
            }
            if node.identifier() == before {
                break;
            }
        }
        self.rival.as_ref()
    }

    #[expect(clippy::too_many_arguments, reason = "one row for each habit; all of it is at hand")]
    fn do_harm(
        &mut self,
        habit: Habit,
        peer: Peer,
        moment: &Moment,
        (victim, pillars): (u8, u8),
        random: &mut Random,
        now: u64,
        out: &mut Out<'_>,
    ) {
        match habit {
            Habit::Garbage => {
                let code = [random.below(16), FIRST_CODE + random.below(9), random.next()]
                    [random.below(3) as usize];
                out.frames.push((peer, code, noise(random, 300).into()));
            }
            Habit::Halves => {
                let Some((code, payload)) = self.any_frame(random) else { return };
                let end = random.below(payload.len() as u64 + 1) as usize;
                out.frames.push((peer, code, payload[..end].into()));
            }
            Habit::Stranger | Habit::Boasts => self.greet(peer, moment, random, out),
            Habit::BrokenMomentums => {
                let Some(momentum) = broken::momentum(moment, pillars, now, random) else { return };
                out.say(peer, &Message::NewBlock(Box::new(momentum)));
            }
            Habit::ForgedBlocks => {
                let Some(block) = forged(moment, victim, random) else { return };
                out.say(peer, &Message::Tx(vec![block]));
            }
            Habit::Unknown => {
                let hashes: Vec<Hash> =
                    (0..1 + random.below(20)).map(|_| any_hash(random)).collect();
                let hash = hashes[0];
                let message = match random.below(4) {
                    0 => Message::NewBlockHashes(hashes),
                    1 => Message::GetBlockHashes { hash, amount: 1 + random.below(512) },
                    2 => Message::GetBlocks(hashes),
                    _ => Message::GetBlockHashesFromNumber {
                        number: random.next() >> random.below(64),
                        amount: random.next() >> random.below(64),
                    },
                };
                out.say(peer, &message);
            }
            Habit::FloodsBlocks => {
                let Some(block) = newest(moment).and_then(|it| it.account_blocks.first().cloned())
                else {
                    return;
                };
                for _ in 0..random.below(30) {
                    out.say(peer, &Message::Tx(vec![block.clone(); 1 + random.below(8) as usize]));
                }
            }
            Habit::FloodsHashes => {
                for _ in 0..random.below(60) {
                    let count =
                        [1, ASKED_MAX as u64, ASKED_MAX as u64 + 50][random.below(3) as usize];
                    let hashes = (0..count).map(|_| any_hash(random)).collect();
                    out.say(peer, &Message::NewBlockHashes(hashes));
                }
            }
            Habit::FloodsQuestions => {
                let view = View::frontier_of(moment.chain());
                let hash = view.identifier().expect("the state is sound").hash;
                for _ in 0..random.below(60) {
                    let message = match random.below(3) {
                        0 => Message::GetBlockHashes { hash, amount: u64::MAX },
                        1 => Message::GetBlockHashesFromNumber { number: 0, amount: u64::MAX },
                        _ => Message::GetBlocks(vec![hash; BLOCKS_MAX]),
                    };
                    out.say(peer, &message);
                }
            }
            Habit::Replays => {
                for _ in 0..1 + random.below(10) {
                    let Some((code, payload)) = self.any_frame(random) else { return };
                    out.frames.push((peer, code, payload));
                }
            }
            Habit::Unasked => {
                let Some(momentum) = newest(moment) else { return };
                let message = match random.below(3) {
                    0 => Message::Blocks(vec![momentum]),
                    1 => Message::BlockHashes(vec![momentum.momentum.hash; 9]),
                    _ => Message::BlockHashes(Vec::new()),
                };
                out.say(peer, &message);
            }
            Habit::DeepFork => {
                let Some(momentum) = self.rival(now).and_then(|node| newest(&node.moment())) else {
                    return;
                };
                out.say(peer, &Message::NewBlock(Box::new(momentum)));
            }
            // These show when it is asked.
            Habit::Withholds | Habit::Endless | Habit::Silent | Habit::Leaves => return,
        }
        out.faults.add(habit.name());
    }

    fn any_frame(&self, random: &mut Random) -> Option<(u64, Arc<[u8]>)> {
        let index = random.below(self.tape.len() as u64) as usize;
        self.tape.get(index).cloned()
    }
}

fn pick_mut<'a, T>(list: &'a mut [T], random: &mut Random) -> Option<&'a mut T> {
    let index = random.below(list.len() as u64) as usize;
    list.get_mut(index)
}

/// A block that its owner never signed.
fn forged(moment: &Moment, victim: u8, random: &mut Random) -> Option<AccountBlock> {
    let (chain, pending) = (moment.chain(), moment.pending());
    let template = transfer(victim, &key(100).address(), 1 + random.below(1_000));
    let mut block = signed(&key(victim), chain, pending, template);
    match random.below(3) {
        0 => {
            let byte = random.below(block.signature.len() as u64) as usize;
            block.signature[byte] ^= 1 << random.below(8);
        }
        1 => {
            block.public_key = pillar_key(90).public_key().to_vec();
            block.signature = pillar_key(90).sign(block.hash.as_bytes()).to_vec();
        }
        _ => {
            // Signed, and changed afterwards.
            let again = transfer(victim, &key(101).address(), 1_001);
            let other = signed(&key(victim), chain, pending, again);
            block.signature = other.signature;
        }
    }
    Some(block)
}
