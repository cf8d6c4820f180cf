//! The world of one seed: machines, network, users and what goes wrong, moved by one queue of events.
//!
//! Everything that is random comes from one generator, and whatever happens goes into one [`Trace`], so
//! a seed replays exactly.

use crate::clock::{Clock, Time};
use crate::counts::Counts;
use crate::disk::Disk;
use crate::founding::{GENESIS_SECONDS, SLOT};
use crate::host::{Effect, Host, Role, Work};
use crate::hostile::Hostile;
use crate::links::{Bans, Connection};
use crate::past::Past;
use crate::plan::{Faults, Plan, SLOT_MS};
use crate::queue::Queue;
use crate::random::Random;
use crate::strikes::Strike;
use crate::trace::Trace;
use crate::users::Users;
use crate::witness::Witness;
use node::service::Happening;
use std::sync::Arc;

/// Milliseconds between two looks at all nodes.
const LOOK_MS: Time = 1_000;
/// Longest that a node may stay behind a peer that it is connected to without any progress.
const STALLED_MS_MAX: Time = 60_000;
/// Time to connect again after the storm.
const RECONNECT_MS: Time = 15_000;
/// Momentums after the net has healed until all nodes agree.
const AGREE_MOMENTUMS: u64 = 3;
/// Longest wait for those momentums.
const STANDSTILL_MS_MAX: Time = 240_000;
/// Where in a slot nodes are compared: its momentum has arrived, the next one is not made yet.
const COMPARE_AT_MS: Time = 6_500;
/// Most work that may wait for one writer.
const WORK_MAX: usize = 64;

/// What must never be.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct Violation(pub String);

/// What happens.
pub enum What {
    /// A node may have something to do.
    Wake { host: usize },
    /// A frame arrives at one side of a connection.
    Deliver { connection: usize, side: usize, code: u64, payload: Arc<[u8]> },
    /// Somebody looks for peers.
    Dial { party: usize },
    /// A connection stands.
    Joined { connection: usize },
    /// A connection that will not come back breaks.
    Break { connection: usize },
    /// One side learns that its connection is gone.
    Gone { connection: usize, side: usize },
    /// A node's writer takes up work.
    Work { host: usize, run: u64, work: Work },
    /// A user does something.
    User { user: usize },
    /// A machine's process starts.
    Start { host: usize },
    /// Something goes wrong.
    Strike(Strike),
    /// A partition ends.
    Heal,
    /// A hostile peer does something.
    Hostile { index: usize },
    /// All nodes are looked at.
    Look,
}

/// What a run gave.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Simulated milliseconds.
    pub simulated_ms: Time,
    /// Hash over everything that happened.
    pub trace: u64,
    /// Faults by kind.
    pub faults: Counts,
    /// Everything else that is counted.
    pub counts: Counts,
}

/// One seed's world.
pub struct World {
    /// What the seed stands for.
    pub plan: Plan,
    /// The only source of chance.
    pub random: Random,
    /// True time.
    pub now: Time,
    /// What is to happen.
    pub queue: Queue<What>,
    /// Honest machines.
    pub hosts: Vec<Host>,
    /// Hostile ones; as parties they come after the honest.
    pub hostiles: Vec<Hostile>,
    /// All connections there ever were.
    pub connections: Vec<Connection>,
    /// The connections of each party that are called or stand.
    pub lines: Vec<Vec<usize>>,
    /// Which part of a partition a party is in.
    pub groups: Vec<u8>,
    /// Until when a party's line is busy.
    pub busy: Vec<Time>,
    /// Whom each honest node keeps out, and until when.
    pub bans: Vec<Bans>,
    /// Who uses the network.
    pub users: Users,
    /// What was seen, and must hold.
    pub witness: Witness,
    /// Faults by kind.
    pub faults: Counts,
    /// Other counts.
    pub counts: Counts,
    /// Hash over everything.
    pub trace: Trace,
    /// Whether faults still happen.
    pub stormy: bool,
    verbose: bool,
    wakes: Vec<Option<Time>>,
    writers: Vec<Time>,
    heights: Vec<u64>,
    stalled: Vec<(u64, Time)>,
}

/// Prints what happens, if the run is to be told.
macro_rules! tell {
    ($world:expr, $($format:tt)*) => {
        $world.tell(format_args!($($format)*))
    };
}
pub(crate) use tell;

impl World {
    /// The world of a plan, before anything has happened.
    pub fn new(seed: u64, plan: Plan, past: &Past, verbose: bool) -> World {
        let mut random = Random::new(seed);
        let now = (GENESIS_SECONDS + past.height * SLOT) * 1000 + random.below(SLOT_MS);
        let mut hosts = Vec::new();
        let roles = (0..plan.pillars)
            .map(Role::Pillar)
            .chain((0..plan.sentries).map(|_| Role::Sentry))
            .chain((0..plan.plain + plan.late).map(|_| Role::Plain));
        for (number, role) in roles.enumerate() {
            let range = plan.faults.clocks_ms;
            let ahead = random.below(2 * range + 1) as i64 - range as i64;
            let drift = if range > 0 { random.below(401) as i64 - 200 } else { 0 };
            let clock = Clock::new(now, ahead, drift);
            let disk = Disk::of(past.image.clone());
            let mut host = Host::new(number, role, clock, disk, past.genesis.clone());
            host.min_peers = plan.min_peers;
            hosts.push(host);
        }
        let late = hosts.len() - plan.late;
        for host in &mut hosts[late..] {
            host.disk = Disk::default();
        }
        let honest = hosts.len();
        let hostiles: Vec<Hostile> = (0..plan.hostile)
            .map(|index| Hostile::new(honest + index, &mut random, past, &plan))
            .collect();
        let parties = honest + hostiles.len();
        World {
            users: Users::new(plan.users),
            witness: Witness::new(past, honest),
            now,
            queue: Queue::default(),
            hosts,
            hostiles,
            connections: Vec::new(),
            lines: vec![Vec::new(); parties],
            groups: vec![0; parties],
            busy: vec![0; parties],
            bans: vec![Bans::default(); honest],
            faults: Counts::default(),
            counts: Counts::default(),
            trace: Trace::default(),
            stormy: true,
            verbose,
            wakes: vec![None; honest],
            writers: vec![0; honest],
            heights: vec![0; honest],
            stalled: vec![(0, 0); honest],
            random,
            plan,
        }
    }

    /// Prints a line, if the run is to be told.
    pub fn tell(&self, what: std::fmt::Arguments<'_>) {
        if self.verbose {
            println!("{:>9.3} {what}", (self.now % 100_000_000) as f64 / 1000.0);
        }
    }

    /// Lets the whole run happen.
    pub fn run(&mut self) -> Result<Outcome, Violation> {
        let began = self.now;
        self.begin();
        let storm_ends = self.now + self.plan.stormy_ms;
        self.run_until(storm_ends)?;
        self.calm()?;
        self.run_until(self.now + RECONNECT_MS)?;
        let base = self.highest();
        let begun = self.now;
        while self.highest() < base + AGREE_MOMENTUMS {
            if self.now - begun > STANDSTILL_MS_MAX {
                return Err(Violation(format!(
                    "no {AGREE_MOMENTUMS} momentums in {STANDSTILL_MS_MAX} ms after the net healed"
                )));
            }
            self.run_until(self.now + 500)?;
        }
        let slot = self.now - self.now % SLOT_MS;
        let compare = [slot, slot + SLOT_MS].into_iter().map(|slot| slot + COMPARE_AT_MS);
        let compare = compare.into_iter().find(|at| *at >= self.now).expect("one is later");
        self.run_until(compare)?;
        self.check_end()?;
        self.trace.add(self.now);
        self.counts.add_many("momentums made", self.witness.made_count());
        Ok(Outcome {
            simulated_ms: self.now - began,
            trace: self.trace.value(),
            faults: std::mem::take(&mut self.faults),
            counts: std::mem::take(&mut self.counts),
        })
    }

    /// Plans what is planned from the beginning.
    fn begin(&mut self) {
        let late = self.hosts.len() - self.plan.late;
        for host in 0..self.hosts.len() {
            let wait = match host < late {
                true => self.random.below(2_000),
                false => self.random.below(self.plan.stormy_ms * 2 / 3),
            };
            self.queue.plan(self.now + wait, What::Start { host });
        }
        for party in 0..self.hosts.len() + self.hostiles.len() {
            let wait = self.random.below(3_000);
            self.queue.plan(self.now + wait, What::Dial { party });
        }
        for index in 0..self.hostiles.len() {
            self.queue.plan(self.now + self.random.below(3_000), What::Hostile { index });
        }
        for user in 0..usize::from(self.plan.users) {
            let wait = self.random.below(2 * self.plan.user_ms);
            self.queue.plan(self.now + wait, What::User { user });
        }
        self.plan_strikes();
        self.queue.plan(self.now + LOOK_MS, What::Look);
    }

    fn run_until(&mut self, end: Time) -> Result<(), Violation> {
        while let Some((at, what)) = self.queue.next(end) {
            assert!(at >= self.now, "time goes forward");
            self.now = at;
            self.happen(what)?;
        }
        self.now = end;
        Ok(())
    }

    fn happen(&mut self, what: What) -> Result<(), Violation> {
        match what {
            What::Wake { host } => {
                if self.wakes[host] == Some(self.now) {
                    self.wakes[host] = None;
                    self.act(host, |host, now, effects| host.tick(now, effects))?;
                }
            }
            What::Deliver { connection, side, code, payload } => {
                self.deliver(connection, side, code, &payload)?;
            }
            What::Dial { party } => self.dial(party),
            What::Joined { connection } => self.join(connection)?,
            What::Break { connection } => self.sever(connection, None),
            What::Gone { connection, side } => self.notice_gone(connection, side)?,
            What::Work { host, run, work } => {
                if self.hosts[host].run == run {
                    self.act(host, |host, now, effects| host.work(now, work, effects))?;
                }
            }
            What::User { user } => self.user_acts(user),
            What::Start { host } => self.start(host)?,
            What::Strike(strike) => self.strike(strike)?,
            What::Heal => self.heal(),
            What::Hostile { index } => self.hostile_acts(index),
            What::Look => self.look()?,
        }
        Ok(())
    }

    /// Lets a node do something, and does what it wants done.
    pub fn act(
        &mut self,
        host: usize,
        act: impl FnOnce(&mut Host, Time, &mut Vec<Effect>),
    ) -> Result<(), Violation> {
        let mut effects = Vec::new();
        act(&mut self.hosts[host], self.now, &mut effects);
        self.do_all(host, effects)
    }

    fn do_all(&mut self, host: usize, effects: Vec<Effect>) -> Result<(), Violation> {
        self.trace.add(self.now ^ (host as u64) << 48);
        for effect in effects {
            self.do_one(host, effect)?;
        }
        self.check_height(host)?;
        self.arm(host);
        Ok(())
    }

    fn do_one(&mut self, host: usize, effect: Effect) -> Result<(), Violation> {
        match effect {
            Effect::Send { peer, code, payload } => self.transmit(peer, code, payload),
            Effect::Close { peer, why } => {
                tell!(self, "host {host} ends connection {peer}: {why}");
                self.counts.add("connections ended by nodes");
                let (connection, side) = Connection::of_peer(peer);
                self.sever(connection, Some(side));
            }
            Effect::Ban { id, address, until } => self.ban(host, id, &address, until)?,
            Effect::Later(work) => {
                let cost = 1 + self.random.below(5) + work.cost_ms();
                let at = self.writers[host].max(self.now) + cost;
                self.writers[host] = at;
                let run = self.hosts[host].run;
                let waiting = self.hosts[host].running.as_ref().map_or(0, |host| host.waiting);
                self.counts.raise("most work waiting", waiting as u64);
                if waiting > WORK_MAX {
                    return Err(Violation(format!("{waiting} pieces of work wait at host {host}")));
                }
                self.queue.plan(at, What::Work { host, run, work });
            }
            Effect::Answered { request, result } => self.user_answered(host, request, result),
            Effect::Happened { own, happening } => {
                match &happening {
                    Happening::Momentum(momentum) => {
                        let hash = momentum.momentum.hash;
                        tell!(
                            self,
                            "host {host} {} momentum {} {} with {} blocks",
                            if own { "makes" } else { "takes" },
                            momentum.momentum.height,
                            &hash.to_string()[..8],
                            momentum.account_blocks.len()
                        );
                        self.trace.add_bytes(&hash.0);
                        self.counts.add("momentums applied");
                    }
                    Happening::Rollback(height) => {
                        tell!(self, "host {host} goes back to {height}");
                        self.counts.add("changes to another fork");
                    }
                }
                self.witness.happened(&self.hosts[host], own, &happening, &mut self.counts)?;
            }
            Effect::PowerLost => {
                self.faults.add("power cuts while writing");
                let image = self.hosts[host].disk.after_cut();
                self.crash(host, image);
            }
            Effect::Stopped(why) => {
                tell!(self, "host {host} stopped: {why}");
                if self.hosts[host].planned_fault.is_none() {
                    return Err(Violation(format!("host {host} stopped by itself: {why}")));
                }
                self.faults.add("disk failures");
                let image = match self.random.below(2) {
                    0 => self.hosts[host].disk.live(),
                    _ => self.hosts[host].disk.after_cut(),
                };
                self.crash(host, image);
            }
        }
        Ok(())
    }

    /// The chain of a node only ever grows while it runs.
    fn check_height(&mut self, host: usize) -> Result<(), Violation> {
        let Some(newest) = self.hosts[host].newest() else { return Ok(()) };
        let before = std::mem::replace(&mut self.heights[host], newest.height);
        if newest.height < before {
            return Err(Violation(format!(
                "host {host} went from height {before} to {}",
                newest.height
            )));
        }
        Ok(())
    }

    /// Wakes a node when something is due.
    fn arm(&mut self, host: usize) {
        let Some(due) = self.hosts[host].deadline(self.now) else { return };
        if self.wakes[host].is_none_or(|at| due < at) {
            self.wakes[host] = Some(due);
            self.queue.plan(due, What::Wake { host });
        }
    }

    /// A machine's process ends without warning; `disk` is what it leaves. It comes back.
    pub fn crash(&mut self, host: usize, disk: Disk) {
        tell!(self, "host {host} is down");
        self.hosts[host].end();
        self.hosts[host].disk = disk;
        self.wakes[host] = None;
        self.cut_off(host);
        let wait = if self.stormy { 500 + self.random.below(30_000) } else { 500 };
        self.queue.plan(self.now + wait, What::Start { host });
    }

    fn start(&mut self, host: usize) -> Result<(), Violation> {
        if self.hosts[host].running.is_some() {
            return Ok(());
        }
        let mut effects = Vec::new();
        self.heights[host] = 0;
        self.writers[host] = self.now;
        let started = self.hosts[host].start(self.now, &mut effects);
        started.map_err(|error| Violation(format!("host {host} can't be started: {error}")))?;
        tell!(self, "host {host} starts at {:?}", self.hosts[host].newest());
        self.counts.add("starts");
        self.witness.started(&self.hosts[host], &mut self.counts)?;
        self.do_all(host, effects)
    }

    /// The height of the longest chain.
    pub fn highest(&self) -> u64 {
        let newest = self.hosts.iter().filter_map(Host::newest);
        newest.map(|newest| newest.height).max().unwrap_or(0)
    }

    /// Looks at all nodes: does everyone who could make progress make some?
    fn look(&mut self) -> Result<(), Violation> {
        self.queue.plan(self.now + LOOK_MS, What::Look);
        self.counts.raise("most events waiting", self.queue.len() as u64);
        for host in 0..self.hosts.len() {
            let Some(newest) = self.hosts[host].newest() else {
                self.stalled[host] = (0, 0);
                continue;
            };
            let best = self.honest_peers(host).filter_map(|peer| self.hosts[peer].newest());
            let best = best.map(|newest| newest.height).max().unwrap_or(0);
            let (height, time) = &mut self.stalled[host];
            if newest.height > *height || best <= newest.height + 1 {
                (*height, *time) = (newest.height, 0);
            } else {
                *time += LOOK_MS;
                if *time > STALLED_MS_MAX {
                    return Err(Violation(format!(
                        "host {host} stands at {} for {} s beside peers at {best}",
                        newest.height,
                        *time / 1000
                    )));
                }
            }
        }
        Ok(())
    }

    /// The storm is over.
    fn calm(&mut self) -> Result<(), Violation> {
        tell!(self, "the storm is over");
        self.stormy = false;
        self.heal();
        self.plan.faults = Faults::none();
        let network = &mut self.plan.network;
        network.latency_ms = network.latency_ms.min(80);
        network.jitter_ms = network.jitter_ms.min(100);
        network.bytes_per_ms = network.bytes_per_ms.max(2_000);
        self.busy.fill(self.now);
        for host in 0..self.hosts.len() {
            self.hosts[host].disk.plan_nothing();
            self.hosts[host].planned_fault = None;
            self.start(host)?;
        }
        Ok(())
    }

    /// What must hold once all is quiet.
    fn check_end(&mut self) -> Result<(), Violation> {
        let newest: Vec<_> = self.hosts.iter().map(Host::newest).collect();
        if newest.iter().any(|name| *name != newest[0]) {
            let names: Vec<String> = newest
                .iter()
                .map(|name| name.map_or("down".to_owned(), |name| name.to_string()))
                .collect();
            return Err(Violation(format!("after the net healed: {}", names.join(", "))));
        }
        self.witness.check_end(&self.hosts, &mut self.counts)
    }
}
