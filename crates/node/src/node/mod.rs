//! One node as events in, actions out: no clock, no socket and no thread, so that many of them run in a
//! simulation. The only thing that it reaches for is its store.
//!
//! [`Node::on`] takes an event and the system's time, and appends what is to be done outside;
//! [`Node::deadline`] says when to send [`Event::Tick`] if nothing happens before. Everything that an
//! [`Action`] announces is on disk by then.
//!
//! - here: the node itself, publishing, what happens after a failure;
//! - `import`: momentums from outside, and forks;
//! - `produce`: own momentums, contracts' answers, upkeep of contracts;
//! - `dev`: the levers of a development network.

mod dev;
mod import;
mod produce;

use crate::config::Production;
use crate::flaws::{self, Flaw};
use crate::metrics::Metrics;
use crate::pool::{Limits, Pool};
use crate::producer::{Producer, ProducerKey};
use crate::service::{Happening, ServiceError};
use crate::store::{Extra, Head, Snapshot, Store, StoreError};
use ledger::block::AccountBlock;
use ledger::codec::protobuf;
use ledger::contracts::spork;
use ledger::pending::{Inserted, Pending};
use ledger::state::Chain;
use ledger::types::{Address, HashHeight, contract};
use ledger::verify::block::SignatureCheck;
use ledger::{DetailedMomentum, Refusal, apply, consensus};
use std::sync::Arc;
use std::time::Instant;

pub use dev::Lever;
pub use import::ROLLBACK_MAX;

/// The system's time in milliseconds since 1970.
pub type Millis = u64;

/// Names a question, so that its answer finds back.
pub type Ticket = u64;

/// What happens to a node.
#[derive(Debug)]
pub enum Event {
    /// Blocks are handed in. They are answered together, once they are on disk.
    Publish(Vec<Publication>),
    /// Momentums that follow one another arrive, from a peer or a file.
    Momentums {
        /// Who asks.
        ticket: Ticket,
        /// The momentums, lowest first.
        momentums: Vec<DetailedMomentum>,
        /// Whether the signatures of their blocks have been checked.
        check: SignatureCheck,
    },
    /// Time has passed.
    Tick,
    /// Whether the newest momentum of the network is here; producers wait for it.
    Synced(bool),
    /// A lever of a development network is pulled.
    Dev {
        /// Who asks.
        ticket: Ticket,
        /// Which.
        lever: Lever,
    },
}

/// A block that is handed in.
#[derive(Clone, Debug)]
pub struct Publication {
    /// Who asks.
    pub ticket: Ticket,
    /// The block.
    pub block: AccountBlock,
    /// Whether its signature over its hash has been checked.
    pub check: SignatureCheck,
}

/// What a node wants done.
#[derive(Debug)]
pub enum Action {
    /// A question is answered.
    Answer(Ticket, Result<Answer, ServiceError>),
    /// The ledger changed.
    Happening(Happening),
    /// A block came into the pool that was not there before: peers may not know it.
    Entered(Arc<AccountBlock>),
}

/// An answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Done.
    Done,
    /// The newest height.
    Height(u64),
    /// Name of a snapshot.
    Snapshot(u64),
    /// Whether there was something to return to.
    Reverted(bool),
    /// The node's time in unix seconds.
    Time(u64),
}

/// How a node behaves.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// When momentums are made.
    pub production: Production,
    /// Whether the levers of a development network are there.
    pub dev: bool,
    /// Whether no other node makes momentums.
    pub alone: bool,
    /// How many blocks may wait.
    pub limits: Limits,
}

/// Why a node writes no more.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stop {
    /// The disk failed.
    #[error("the store failed: {0}")]
    Store(StoreError),
    /// The network switched on something that this version does not know.
    #[error(
        "the spork {name} is enforced from momentum {height} on and this version does not implement \
         it: use a newer version"
    )]
    Spork {
        /// Name of the spork.
        name: String,
        /// Height of the newest momentum.
        height: u64,
    },
}

/// The ledger after one momentum, with the blocks that were unconfirmed at one point in time.
pub struct Moment {
    snapshot: Arc<Snapshot>,
    pending: Pending,
}

impl crate::service::Moment for Moment {
    fn chain(&self) -> &dyn Chain {
        &*self.snapshot
    }

    fn pending(&self) -> &Pending {
        &self.pending
    }
}

/// What was worked out in memory, and goes to disk with the head.
#[derive(Debug, Default)]
struct Work {
    extra: Extra,
    /// Momentums on top of what is on disk.
    momentums: Vec<Arc<DetailedMomentum>>,
}

/// One node.
pub struct Node {
    store: Store,
    /// The newest chain; all of it is on disk between events.
    head: Head,
    pool: Pool,
    producer: Producer,
    options: Options,
    /// What the node's clock is ahead of the system's, in milliseconds.
    clock_ahead_ms: i64,
    synced: bool,
    chores: produce::Chores,
    /// Blocks of ours that came into the pool during this event.
    entered: Vec<Arc<AccountBlock>>,
    snapshots: dev::Snapshots,
    stopped: Option<Stop>,
    metrics: Arc<Metrics>,
}

impl Node {
    /// A node on an opened store, at the system's time `now`.
    pub fn new(
        store: Store,
        keys: Vec<ProducerKey>,
        options: Options,
        now: Millis,
        metrics: Arc<Metrics>,
    ) -> Result<Node, StoreError> {
        let kept = store.kept()?;
        let head = Head::of(Arc::new(store.snapshot()?));
        let clock_ahead_ms = if options.dev { kept.clock_ahead_ms } else { 0 };
        let seconds = seconds(now, clock_ahead_ms);
        let producer = Producer::new(keys, &kept.signed, options.alone, head.rules(), seconds);
        let mut node = Node {
            store,
            head,
            pool: Pool::default(),
            chores: produce::Chores::new(!producer.is_idle()),
            entered: Vec::new(),
            producer,
            options,
            clock_ahead_ms,
            synced: options.alone,
            snapshots: dev::Snapshots::default(),
            stopped: None,
            metrics,
        };
        node.recover(kept.journal)?;
        node.check_sporks()?;
        node.note_newest()?;
        Ok(node)
    }

    /// Applies the journal of the last run again. What no longer applies is dropped.
    fn recover(&mut self, journal: Vec<(u64, Vec<u8>)>) -> Result<(), StoreError> {
        let mut extra = Extra::default();
        for (number, bytes) in journal {
            let block = protobuf::decode_account_block(&bytes)
                .map_err(|error| StoreError(format!("journal entry {number}: {error}")))?;
            let header = block.header();
            // The signature was checked before the block came to the journal.
            match self.admit(block, SignatureCheck::Done) {
                Ok((block, _)) => self.pool.note(number, &block, bytes.len()),
                Err(Refusal::Fault(fault)) => return Err(fault.into()),
                Err(refusal) => {
                    tracing::warn!(
                        account = %header.address, height = header.height, hash = %header.hash,
                        %refusal, "an unconfirmed block does not apply any more and is dropped"
                    );
                    extra.journal_remove.push(number);
                }
            }
        }
        self.commit(&extra)
    }

    /// What the ledger is now.
    pub fn moment(&self) -> Moment {
        Moment { snapshot: self.head.base().clone(), pending: self.pool.pending().clone() }
    }

    /// Name of the newest momentum that is on disk.
    pub fn identifier(&self) -> HashHeight {
        self.head.base().identifier()
    }

    /// The node's clock, in unix seconds, when the system's is `now`.
    pub fn seconds(&self, now: Millis) -> u64 {
        seconds(now, self.clock_ahead_ms)
    }

    /// What the node's clock is ahead of the system's, in milliseconds.
    pub fn clock_ahead_ms(&self) -> i64 {
        self.clock_ahead_ms
    }

    /// Why the node writes no more, if so.
    pub fn stopped(&self) -> Option<&Stop> {
        self.stopped.as_ref()
    }

    /// The addresses with whose keys this node makes momentums.
    pub fn producers(&self) -> impl Iterator<Item = Address> {
        self.producer.addresses()
    }

    /// A key of ours that is barred from producing, if there is one.
    pub fn barred(&self) -> Option<Address> {
        self.producer.barred()
    }

    /// The system's time at which [`Event::Tick`] is due.
    pub fn deadline(&self, now: Millis) -> Option<Millis> {
        if self.stopped.is_some() {
            return None;
        }
        if self.options.production == Production::OnDemand {
            return self.demand_deadline(now);
        }
        if self.chores.calls_wait {
            return Some(now);
        }
        if !self.synced {
            return None;
        }
        let slot = self.producer.next_slot(self.head.rules(), self.seconds(now))?;
        let at = i128::from(slot) * 1000 - i128::from(self.clock_ahead_ms);
        Some(u64::try_from(at.max(0)).unwrap_or(u64::MAX))
    }

    /// Takes an event. What is to be done outside is appended to `out`.
    pub fn on(&mut self, now: Millis, event: Event, out: &mut Vec<Action>) {
        if let Some(stop) = &self.stopped {
            refuse(event, &ServiceError::Store(stop.to_string()), out);
            return;
        }
        let result = match event {
            Event::Publish(blocks) => self.publish(now, blocks, out),
            Event::Momentums { ticket, momentums, check } => {
                self.import(now, ticket, momentums, check, out)
            }
            Event::Tick => self.tick(now, out),
            Event::Synced(synced) => {
                self.synced = synced;
                Ok(())
            }
            Event::Dev { ticket, lever } => self.pull(now, ticket, lever, out),
        };
        self.metrics.pending_blocks.set(self.pool.pending().len() as u64);
        let entered = std::mem::take(&mut self.entered);
        match result {
            Ok(()) => out.extend(entered.into_iter().map(Action::Entered)),
            Err(error) => self.stop(Stop::Store(error)),
        }
    }

    fn stop(&mut self, stop: Stop) {
        tracing::error!("stopped: {stop}");
        self.metrics.store_failed.set(u64::from(matches!(stop, Stop::Store(_))));
        self.stopped.get_or_insert(stop);
    }

    /// Executes blocks, writes those that are accepted to the journal with one sync, and answers.
    fn publish(
        &mut self,
        now: Millis,
        blocks: Vec<Publication>,
        out: &mut Vec<Action>,
    ) -> Result<(), StoreError> {
        let mut accepted = Vec::with_capacity(blocks.len());
        let mut fresh = Vec::new();
        let mut work = Work::default();
        for Publication { ticket, block, check } in blocks {
            if self.pool.is_full(&self.options.limits) {
                let waiting = self.pool.journaled();
                out.push(Action::Answer(ticket, Err(ServiceError::Busy { waiting })));
                continue;
            }
            match self.admit(block, check) {
                Ok((block, inserted)) => {
                    self.metrics.blocks_accepted.add(1);
                    accepted.push(ticket);
                    if inserted == Inserted::Known {
                        continue;
                    }
                    if inserted == Inserted::Replaced {
                        work.extra.forget(&self.pool.sweep([block.address]));
                    }
                    if !block.is_contract_receive() {
                        work.extra.journal_put.push(self.pool.enter(&block));
                    }
                    fresh.push(Arc::new(block));
                }
                Err(Refusal::Fault(fault)) => {
                    let error = StoreError::from(fault);
                    let tickets = accepted.into_iter().chain([ticket]);
                    fail(tickets, &error, out);
                    return Err(error);
                }
                Err(refusal) => {
                    self.metrics.blocks_refused.add(1);
                    out.push(Action::Answer(ticket, Err(refusal.into())));
                }
            }
        }
        // Whoever publishes on such a network expects the block to be confirmed when the answer comes,
        // and its calls to be answered.
        let mut result = match self.options.production {
            Production::OnDemand => self.produce_on_demand(now, &mut work),
            Production::Slots => Ok(()),
        };
        if result.is_ok() {
            self.metrics.journal_commits.add(u64::from(work.momentums.is_empty()));
            result = self.finish(work, out);
        }
        match result {
            Ok(()) => {
                out.extend(fresh.into_iter().map(Action::Entered));
                let done = |ticket| Action::Answer(ticket, Ok(Answer::Done));
                out.extend(accepted.into_iter().map(done));
                Ok(())
            }
            Err(error) => {
                fail(accepted, &error, out);
                Err(error)
            }
        }
    }

    /// Checks and executes a block, and adds it to the pool.
    fn admit(
        &mut self,
        block: AccountBlock,
        check: SignatureCheck,
    ) -> Result<(AccountBlock, Inserted), Refusal> {
        let check = if flaws::has(Flaw::SkippedCheck) { SignatureCheck::Done } else { check };
        let accepted = apply::apply_block(&self.head, self.pool.pending(), block, check)?;
        let block = accepted.block.clone();
        let inserted = self.pool.insert(&self.head.view(), accepted, false)?;
        Ok((block, inserted))
    }

    /// Applies blocks again whose ground has moved. Those that the journal holds and that no longer
    /// apply are removed from it.
    fn readmit(&mut self, blocks: Vec<AccountBlock>, extra: &mut Extra) -> Result<(), StoreError> {
        for block in blocks {
            let header = block.header();
            if block.is_contract_receive() {
                // They stand on momentums that are gone, and are made again.
                continue;
            }
            match self.admit(block, SignatureCheck::Done) {
                Ok(_) => {}
                Err(Refusal::Fault(fault)) => return Err(fault.into()),
                Err(refusal) => tracing::warn!(
                    account = %header.address, height = header.height, hash = %header.hash, %refusal,
                    "a block does not apply after the chain was taken back, and is dropped"
                ),
            }
        }
        // Blocks that were confirmed before must outlive a crash now, and come before those on top.
        let (gone, entered) = self.pool.enter_all();
        extra.journal_remove.extend(gone);
        extra.journal_put.extend(entered);
        self.forget_chores();
        Ok(())
    }

    /// Writes what is not on disk.
    fn commit(&mut self, extra: &Extra) -> Result<(), StoreError> {
        let head = Head::of(self.head.base().clone());
        let began = Instant::now();
        let written = self.store.commit(std::mem::replace(&mut self.head, head), extra);
        self.metrics.commits.add(began.elapsed());
        self.head = written?;
        Ok(())
    }

    /// Writes what was worked out in memory, and tells of it.
    fn finish(&mut self, work: Work, out: &mut Vec<Action>) -> Result<(), StoreError> {
        self.commit(&work.extra)?;
        for momentum in work.momentums {
            self.metrics.momentums.add(1);
            self.metrics.blocks_confirmed.add(momentum.account_blocks.len() as u64);
            out.push(Action::Happening(Happening::Momentum(momentum)));
        }
        self.note_newest()
    }

    fn note_newest(&self) -> Result<(), StoreError> {
        let newest = self.head.view();
        let newest = newest.frontier()?;
        self.metrics.height.set(newest.height);
        self.metrics.timestamp_seconds.set(newest.timestamp);
        self.metrics.store_bytes.set(self.store.health().length());
        Ok(())
    }

    /// Stops at a spork that is enforced and unknown: what follows can't be checked here.
    fn check_sporks(&mut self) -> Result<(), StoreError> {
        let height = self.head.identifier().height;
        let view = self.head.view();
        let unknown = spork::all(&view.account(&contract::SPORK))?.into_iter().find(|spork| {
            spork.activated
                && spork.enforcement_height <= height
                && !self.head.rules().implements(&spork.id)
        });
        if let Some(spork) = unknown {
            let name = String::from_utf8_lossy(spork.name.as_ref()).into_owned();
            self.stop(Stop::Spork { name, height });
        }
        Ok(())
    }
}

/// The node's clock in unix seconds.
fn seconds(now: Millis, ahead_ms: i64) -> u64 {
    now.saturating_add_signed(ahead_ms) / 1000
}

fn fail(tickets: impl IntoIterator<Item = Ticket>, error: &StoreError, out: &mut Vec<Action>) {
    let answer = || Err(ServiceError::Store(error.to_string()));
    out.extend(tickets.into_iter().map(|ticket| Action::Answer(ticket, answer())));
}

/// Answers every question of an event with a refusal.
fn refuse(event: Event, error: &ServiceError, out: &mut Vec<Action>) {
    let tickets: Vec<Ticket> = match event {
        Event::Publish(blocks) => blocks.iter().map(|block| block.ticket).collect(),
        Event::Momentums { ticket, .. } | Event::Dev { ticket, .. } => vec![ticket],
        Event::Tick | Event::Synced(_) => Vec::new(),
    };
    out.extend(tickets.into_iter().map(|ticket| Action::Answer(ticket, Err(error.clone()))));
}

/// Tells consensus of a new momentum.
fn tell_consensus(chain: &dyn Chain) -> Result<(), StoreError> {
    match consensus::on_momentum(chain) {
        Ok(()) => Ok(()),
        Err(Refusal::Fault(fault)) => Err(fault.into()),
        // Elections that can't be held yet are held when they are asked for.
        Err(refusal) => {
            tracing::debug!(%refusal, "nothing to work out for the next election");
            Ok(())
        }
    }
}
