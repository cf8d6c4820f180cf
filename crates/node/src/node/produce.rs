//! Own momentums, and what a producer does after one: it answers the calls that wait in the contracts'
//! mailboxes, then calls `Update` of the contracts that are due.
//!
//! Source: go-zenon `pillar/worker*.go`.

use super::{Action, Millis, Node, Work, tell_consensus};
use crate::config::Production;
use crate::producer::Turn;
use crate::store::{Head, StoreError};
use ledger::consensus::slots;
use ledger::contracts::{self, Args, rewards};
use ledger::state::{Account, Chain};
use ledger::types::{AccountHeader, Address, contract};
use ledger::verify::block::SignatureCheck;
use ledger::{AccountBlock, BlockType, DetailedMomentum, Fault, Momentum, Refusal, apply};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Most calls that contracts answer before the node looks at other events.
const RECEIVES_PER_TICK: usize = 64;
/// Most answers of contracts that wait to be confirmed; more calls are answered after the next momentum.
const RECEIVES_WAITING_MAX: usize = 1_000;
/// Most momentums that one event makes on demand; what waits then is taken up by the next tick.
const ON_DEMAND_PER_EVENT: usize = 64;
/// Momentums after which `Update` is called again if the last call has not been answered.
const UPDATE_AGAIN_AFTER: u64 = 10;
/// Milliseconds until a momentum is tried again on demand, if no slot could be had.
const DEMAND_AGAIN_MS: u64 = 1_000;

/// What a producer still has to do.
#[derive(Debug, Default)]
pub(super) struct Chores {
    /// Whether contracts may have calls to answer.
    pub(super) calls_wait: bool,
    /// Whose turn it was when contracts may have to be updated.
    upkeep: Option<Turn>,
    /// Contracts whose next call can't be answered on the newest momentum.
    stuck: BTreeSet<Address>,
    /// Heights at which contracts were called to update.
    called: BTreeMap<Address, u64>,
    /// Own `Update` calls that are not confirmed; alone they are no reason for a momentum.
    calls: BTreeSet<AccountHeader>,
    /// When a momentum may be tried on demand again.
    demand_from: Millis,
}

impl Chores {
    /// Chores of a node that has just come to its newest momentum.
    pub(super) fn new(calls_wait: bool) -> Chores {
        Chores { calls_wait, ..Chores::default() }
    }
}

impl Node {
    /// Does what time asks for.
    pub(super) fn tick(&mut self, now: Millis, out: &mut Vec<Action>) -> Result<(), StoreError> {
        let mut work = Work::default();
        match self.options.production {
            Production::OnDemand => self.produce_on_demand(now, &mut work)?,
            Production::Slots if self.synced => {
                let seconds = self.seconds(now);
                let turn = self.producer.turn(&self.head, seconds);
                self.metrics.slots_missed.add(self.producer.take_missed());
                match turn {
                    Ok(Some(turn)) => self.produce(turn, &mut work)?,
                    Ok(None) => {}
                    Err(Refusal::Fault(fault)) => return Err(fault.into()),
                    Err(refusal) => tracing::warn!(%refusal, "no momentum can be produced"),
                }
            }
            Production::Slots => {}
        }
        self.finish(work, out)?;
        if self.options.production == Production::Slots && self.chores.calls_wait {
            self.answer_calls(RECEIVES_PER_TICK)?;
            if !self.chores.calls_wait {
                self.update_contracts()?;
            }
        }
        Ok(())
    }

    /// Whether a momentum has to be made as soon as it can be.
    pub(super) fn demanded(&self) -> bool {
        self.options.production == Production::OnDemand
            && !self.producer.is_idle()
            && self
                .pool
                .pending()
                .iter()
                .any(|accepted| !self.chores.calls.contains(&accepted.block.header()))
    }

    /// When [`Node::tick`] has something to do on demand.
    pub(super) fn demand_deadline(&self, now: Millis) -> Option<Millis> {
        (self.chores.calls_wait || self.demanded()).then(|| now.max(self.chores.demand_from))
    }

    /// Makes momentums until nothing waits, answers of contracts included.
    pub(super) fn produce_on_demand(
        &mut self,
        now: Millis,
        work: &mut Work,
    ) -> Result<(), StoreError> {
        if now < self.chores.demand_from {
            return Ok(());
        }
        for _ in 0..ON_DEMAND_PER_EVENT {
            self.answer_calls(RECEIVES_WAITING_MAX)?;
            if !self.demanded() {
                break;
            }
            if !self.produce_next(now, work)? {
                self.chores.demand_from = now + DEMAND_AGAIN_MS;
                break;
            }
        }
        Ok(())
    }

    /// Makes a momentum for the running slot, or for the next one that is ours: the node's clock moves
    /// there. `false` if there is no such slot.
    pub(super) fn produce_next(
        &mut self,
        now: Millis,
        work: &mut Work,
    ) -> Result<bool, StoreError> {
        let seconds = self.seconds(now);
        let running = slots::slot_start(self.head.rules(), seconds).unwrap_or(seconds);
        let turn = match self.producer.turn_from(&self.head, running) {
            Ok(Some(turn)) => turn,
            Ok(None) => return Ok(false),
            Err(Refusal::Fault(fault)) => return Err(fault.into()),
            Err(refusal) => {
                tracing::warn!(%refusal, "no momentum can be produced");
                return Ok(false);
            }
        };
        if turn.slot > seconds {
            let ahead = i128::from(turn.slot) * 1000 - i128::from(now);
            self.clock_ahead_ms = i64::try_from(ahead).unwrap_or(i64::MAX);
            work.extra.clock_ahead_ms = Some(self.clock_ahead_ms);
        }
        let before = work.momentums.len();
        self.produce(turn, work)?;
        Ok(work.momentums.len() > before)
    }

    /// Makes, signs and applies a momentum in memory.
    fn produce(&mut self, turn: Turn, work: &mut Work) -> Result<(), StoreError> {
        let most = self.head.rules().momentum_blocks_max;
        let content = self.pool.pending().content(most);
        let proposed = apply::propose_momentum(&self.head, self.pool.pending(), content, turn.slot);
        let (mut momentum, changes) = match proposed {
            Ok(proposed) => proposed,
            Err(Refusal::Fault(fault)) => return Err(fault.into()),
            Err(refusal) => {
                tracing::error!(%refusal, slot = turn.slot, "no momentum can be made");
                return Ok(());
            }
        };
        let signed = match self.producer.sign(turn, &mut momentum) {
            Ok(signed) => signed,
            Err(error) => {
                tracing::error!(%error, slot = turn.slot, "the momentum is not signed");
                return Ok(());
            }
        };
        let applied = match apply::commit(&self.head, &momentum, changes) {
            Ok(applied) => applied,
            Err(Refusal::Fault(fault)) => return Err(fault.into()),
            Err(refusal) => return Err(StoreError(refusal.to_string())),
        };
        work.extra.signed.retain(|(address, _)| *address != signed.0);
        work.extra.signed.push(signed);
        let detailed = self.detailed(momentum)?;
        self.head.push(detailed.momentum.identifier(), applied);
        let gone = self.pool.confirm(&self.head.view(), &detailed.momentum.content)?;
        work.extra.forget(&gone);
        tell_consensus(&self.head)?;
        self.metrics.momentums_produced.add(1);
        for header in &detailed.momentum.content {
            self.chores.calls.remove(header);
        }
        self.chores.calls_wait = true;
        self.chores.stuck.clear();
        self.chores.upkeep = Some(turn);
        work.momentums.push(Arc::new(detailed));
        self.check_sporks()
    }

    /// A momentum of ours with its blocks, which are in the pool.
    fn detailed(&self, momentum: Momentum) -> Result<DetailedMomentum, StoreError> {
        let account_blocks = momentum
            .content
            .iter()
            .map(|header| {
                let accepted = self.pool.pending().get(header)?;
                [&accepted.block]
                    .into_iter()
                    .chain(&accepted.block.descendant_blocks)
                    .find(|block| block.hash == header.hash)
                    .cloned()
            })
            .collect::<Option<Vec<AccountBlock>>>()
            .ok_or_else(|| {
                StoreError("a block that was confirmed is not in the pool".to_owned())
            })?;
        Ok(DetailedMomentum { momentum, account_blocks })
    }

    /// Lets contracts answer at most `most` of the calls that wait in their mailboxes.
    pub(super) fn answer_calls(&mut self, most: usize) -> Result<(), StoreError> {
        let mut made = 0;
        while self.chores.calls_wait && made < most {
            let before = made;
            let waiting: usize =
                contract::ALL.iter().map(|of| self.pool.pending().of(of).len()).sum();
            if waiting < RECEIVES_WAITING_MAX {
                for contract in contract::ALL {
                    made += usize::from(self.answer_call(&contract)?);
                }
            }
            self.chores.calls_wait = made > before;
        }
        Ok(())
    }

    /// Lets a contract answer the next call. `false` if there is none, or it can't be answered.
    fn answer_call(&mut self, contract: &Address) -> Result<bool, StoreError> {
        if self.chores.stuck.contains(contract) {
            return Ok(false);
        }
        let Some(call) = self.next_call(contract)? else { return Ok(false) };
        let answer = apply::auto_receive(&self.head, self.pool.pending(), &call, contract);
        let inserted = answer.and_then(|(accepted, refusal)| {
            if let Some(refusal) = refusal {
                tracing::debug!(call = %call.hash, %refusal, "a contract refuses a call");
            }
            let block = accepted.block.clone();
            self.pool.insert(&self.head.view(), accepted, false)?;
            Ok(block)
        });
        match inserted {
            Ok(block) => {
                self.entered.push(Arc::new(block));
                self.metrics.contract_receives.add(1);
                Ok(true)
            }
            Err(Refusal::Fault(fault)) => Err(fault.into()),
            Err(refusal) => {
                tracing::warn!(%contract, call = %call.hash, %refusal, "a call can't be answered");
                self.chores.stuck.insert(*contract);
                Ok(false)
            }
        }
    }

    /// The next entry of a contract's mailbox, unconfirmed answers counted.
    fn next_call(&self, contract: &Address) -> Result<Option<AccountHeader>, Fault> {
        let view = self.head.view();
        let over = self.pool.pending().top(contract);
        let received = Account::new(*contract, self.head.frontier(), over).sequencer_received()?;
        if received >= view.mailbox_size(contract)? {
            return Ok(None);
        }
        view.mailbox_entry(contract, received + 1)
    }

    /// Calls `Update` of the contracts that are due, with the key that produced last.
    pub(super) fn update_contracts(&mut self) -> Result<(), StoreError> {
        let Some(turn) = self.chores.upkeep.take() else { return Ok(()) };
        let height = self.head.identifier().height;
        for contract in contract::UPDATED {
            let called = self.chores.called.get(&contract).filter(|called| **called <= height);
            if called.is_some_and(|called| height < called + UPDATE_AGAIN_AFTER)
                || !rewards::update_due(&self.head.view(), &contract)?
            {
                continue;
            }
            match self.call_update(turn, contract) {
                Ok(()) => {
                    self.chores.called.insert(contract, height);
                }
                Err(Refusal::Fault(fault)) => return Err(fault.into()),
                // Before its spork a contract has no such method.
                Err(Refusal::ContractMethodNotFound | Refusal::ContractDoesntExist) => {}
                Err(refusal) => {
                    tracing::warn!(%contract, %refusal, "the contract can't be updated");
                }
            }
        }
        Ok(())
    }

    fn call_update(&mut self, turn: Turn, to: Address) -> Result<(), Refusal> {
        let update = contracts::contract_at(&to)
            .and_then(|contract| contract.named("Update"))
            .ok_or(Refusal::ContractMethodNotFound)?;
        let signer = self.producer.signer(turn);
        let template = AccountBlock {
            block_type: BlockType::USER_SEND,
            address: signer.address(),
            to_address: to,
            data: update.encode(&Args(Vec::new())),
            ..AccountBlock::default()
        };
        let (mut block, changes) =
            apply::draft_and_execute(&self.head, self.pool.pending(), template)?;
        block.public_key = signer.public_key().to_vec();
        block.signature = signer.sign(block.hash.as_bytes()).to_vec();
        let accepted =
            apply::seal(&self.head, self.pool.pending(), block, changes, SignatureCheck::Done)?;
        let header = accepted.block.header();
        let block = Arc::new(accepted.block.clone());
        self.pool.insert(&self.head.view(), accepted, false)?;
        self.entered.push(block);
        self.chores.calls.insert(header);
        Ok(())
    }

    /// What changes when momentums were taken back.
    pub(super) fn forget_chores(&mut self) {
        self.chores = Chores::new(!self.producer.is_idle());
    }

    /// A head on what is on disk, in place of one that must not be kept.
    pub(super) fn written_head(&self) -> Head {
        Head::of(self.head.base().clone())
    }
}
