//! A chain kept in memory: the smallest keeper of the ledger, for replays, checks and tests.

use crate::apply::{self, Applied};
use crate::consensus::{self, Memo};
use crate::genesis::Genesis;
use crate::momentum::DetailedMomentum;
use crate::pending::{Accepted, Inserted, Pending};
use crate::refusal::{Fault, Refusal};
use crate::rules::Rules;
use crate::state::{Chain, Changes, MemoryState, State, View};
use crate::types::HashHeight;
use crate::verify::block::SignatureCheck;
use crate::{AccountBlock, BlockType};
use std::sync::Arc;

/// A chain in memory, with its unconfirmed blocks.
#[derive(Debug)]
pub struct MemoryChain {
    rules: Rules,
    state: MemoryState,
    /// Undo records of the momentums from height 2 on.
    undo: Vec<Arc<Changes>>,
    memo: Memo,
    /// Unconfirmed blocks.
    pub pending: Pending,
}

impl MemoryChain {
    /// A chain that holds genesis alone.
    pub fn new(genesis: &Genesis) -> MemoryChain {
        let mut state = MemoryState::default();
        state.apply(&genesis.changes);
        MemoryChain {
            rules: genesis.rules.clone(),
            state,
            undo: Vec::new(),
            memo: Memo::default(),
            pending: Pending::default(),
        }
    }

    /// Changes the rules from here on, as the reference's tests do with its constants.
    pub fn set_rules(&mut self, rules: Rules) {
        self.rules = rules;
        self.memo = Memo::default();
    }

    /// A view of the newest ledger.
    pub fn view(&self) -> View<'_> {
        View::frontier_of(self)
    }

    /// Name of the newest momentum.
    pub fn identifier(&self) -> Result<HashHeight, Fault> {
        self.view().identifier()
    }

    /// Checks and executes a block and adds it to the unconfirmed ones.
    pub fn publish(
        &mut self,
        block: AccountBlock,
        check: SignatureCheck,
        forced: bool,
    ) -> Result<Inserted, Refusal> {
        let accepted = apply::apply_block(self, &self.pending, block, check)?;
        self.accept(accepted, forced)
    }

    /// Adds a block that has passed all checks to the unconfirmed ones.
    pub fn accept(&mut self, accepted: Accepted, forced: bool) -> Result<Inserted, Refusal> {
        let mut pending = core::mem::take(&mut self.pending);
        let outcome = pending.insert(&self.view(), accepted, forced);
        self.pending = pending;
        outcome
    }

    /// Checks and applies a momentum with its blocks, as they come from a peer or a file.
    pub fn insert(&mut self, detailed: &DetailedMomentum, now: u64) -> Result<(), Refusal> {
        for block in &detailed.account_blocks {
            if block.block_type == BlockType::CONTRACT_SEND
                || self.pending.get(&block.header()).is_some()
            {
                continue;
            }
            self.publish(block.clone(), SignatureCheck::Now, true)?;
        }
        let applied = apply::apply_momentum(self, &self.pending, detailed, now)?;
        self.commit(detailed, applied)
    }

    /// Makes an applied momentum the newest.
    pub fn commit(&mut self, detailed: &DetailedMomentum, applied: Applied) -> Result<(), Refusal> {
        self.state.apply(&applied.changes);
        self.undo.push(Arc::new(applied.undo));
        let mut pending = core::mem::take(&mut self.pending);
        let confirmed = pending.confirm(&self.view(), &detailed.momentum.content);
        self.pending = pending;
        confirmed?;
        consensus::on_momentum(self)
    }

    /// Takes momentums back until `height` is the newest; unconfirmed blocks are dropped.
    pub fn rollback(&mut self, height: u64) -> Result<(), Fault> {
        while self.identifier()?.height > height {
            let undo =
                self.undo.pop().ok_or_else(|| Fault("genesis can't be taken back".to_owned()))?;
            self.state.apply(&undo);
        }
        self.pending.clear();
        Ok(())
    }
}

impl Chain for MemoryChain {
    fn rules(&self) -> &Rules {
        &self.rules
    }

    fn frontier(&self) -> &dyn State {
        &self.state
    }

    fn undo(&self, height: u64) -> Result<Arc<Changes>, Fault> {
        usize::try_from(height)
            .ok()
            .and_then(|height| height.checked_sub(2))
            .and_then(|index| self.undo.get(index))
            .cloned()
            .ok_or_else(|| Fault(format!("no undo record of momentum {height}")))
    }

    fn memo(&self) -> &Memo {
        &self.memo
    }
}
