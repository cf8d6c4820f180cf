//! Momentums from outside: they follow our newest one, or take its place if they are a longer fork.
//!
//! Source of the fork rule: go-zenon `protocol/chain_bridge.go`. Unlike the reference, a fork whose
//! valid part is not longer than our chain leaves ours in place.

use super::{Action, Answer, Millis, Node, Ticket, Work, tell_consensus};
use crate::flaws::{self, Flaw};
use crate::service::{Happening, ServiceError};
use crate::store::StoreError;
use ledger::types::HashHeight;
use ledger::verify::block::SignatureCheck;
use ledger::{AccountBlock, BlockType, DetailedMomentum, Fault, Refusal, apply};
use std::sync::Arc;

/// Most momentums of ours that a fork may take back.
pub const ROLLBACK_MAX: u64 = 30;

/// Where momentums from outside go.
enum Place {
    /// We have all of them.
    Known,
    /// From this index on they follow our newest momentum.
    Follow(usize),
    /// From this index on they stand on an older momentum of ours, at this height.
    Fork(usize, u64),
}

impl Node {
    /// Applies momentums and writes them in one transaction. The answer is the newest height, or why
    /// the first refused one was refused; those before it stay.
    pub(super) fn import(
        &mut self,
        now: Millis,
        ticket: Ticket,
        momentums: Vec<DetailedMomentum>,
        check: SignatureCheck,
        out: &mut Vec<Action>,
    ) -> Result<(), StoreError> {
        let answer = match self.place(&momentums)? {
            Ok(Place::Known) => Ok(()),
            Ok(Place::Follow(start)) => self.follow(now, momentums, start, check, out)?,
            Ok(Place::Fork(start, height)) => {
                self.change_over(now, momentums, start, height, check, out)?
            }
            Err(error) => Err(error),
        };
        let height = self.head.identifier().height;
        out.push(Action::Answer(ticket, answer.map(|()| Answer::Height(height))));
        Ok(())
    }

    fn place(
        &self,
        momentums: &[DetailedMomentum],
    ) -> Result<Result<Place, ServiceError>, StoreError> {
        let view = self.head.view();
        let mut start = 0;
        for detailed in momentums {
            let ours = view.momentum_by_height(detailed.momentum.height)?;
            if ours.is_none_or(|ours| ours.hash != detailed.momentum.hash) {
                break;
            }
            start += 1;
        }
        let (Some(first), Some(last)) = (momentums.get(start), momentums.last()) else {
            return Ok(Ok(Place::Known));
        };
        let newest = self.head.identifier();
        let below = first.momentum.previous();
        if below == newest {
            return Ok(Ok(Place::Follow(start)));
        }
        let ours = view.momentum_by_height(below.height)?;
        let ours = ours.map_or(HashHeight::ZERO, |momentum| momentum.identifier());
        if ours != below || below.height == 0 {
            return Ok(Err(ServiceError::Fork(format!(
                "can't link momentums to insert. First momentum Prev is {below} but he have {ours}"
            ))));
        }
        if newest.height - below.height > ROLLBACK_MAX {
            return Ok(Err(ServiceError::Fork(format!(
                "can't rollback to {below}. Too far. Frontier is {newest}. Wanted to be able to \
                 insert {}",
                first.momentum.identifier()
            ))));
        }
        let equal = flaws::has(Flaw::WrongFork) && last.momentum.height == newest.height;
        if last.momentum.height <= newest.height && !equal {
            return Ok(Err(ServiceError::Fork(
                "won't insert side-chain which is not longer".to_owned(),
            )));
        }
        Ok(Ok(Place::Fork(start, below.height)))
    }

    fn follow(
        &mut self,
        now: Millis,
        momentums: Vec<DetailedMomentum>,
        start: usize,
        check: SignatureCheck,
        out: &mut Vec<Action>,
    ) -> Result<Result<(), ServiceError>, StoreError> {
        let mut work = Work::default();
        let answer = self.apply_all(self.seconds(now), momentums, start, check, &mut work)?;
        self.finish(work, out)?;
        Ok(answer)
    }

    /// Takes our newest momentums back and puts the fork in their place, if it turns out longer.
    fn change_over(
        &mut self,
        now: Millis,
        momentums: Vec<DetailedMomentum>,
        start: usize,
        height: u64,
        check: SignatureCheck,
        out: &mut Vec<Action>,
    ) -> Result<Result<(), ServiceError>, StoreError> {
        let newest = self.head.identifier();
        let pool = self.pool.clone();
        let mut work = Work::default();
        let waiting = self.take_back(height)?;
        let answer = self.apply_all(self.seconds(now), momentums, start, check, &mut work)?;
        let height_now = self.head.identifier().height;
        let equal = flaws::has(Flaw::WrongFork) && height_now == newest.height;
        if height_now <= newest.height && !equal {
            self.head = self.written_head();
            self.pool = pool;
            return Ok(answer);
        }
        self.readmit(waiting, &mut work.extra)?;
        tracing::info!(from = %newest, height, to = %self.head.identifier(), "changed over to a fork");
        self.metrics.rollbacks.add(1);
        // It is told of before the momentums on top, but not unless all of it is on disk.
        let told = out.len();
        let finished = self.finish(work, out);
        if out.len() > told {
            out.insert(told, Action::Happening(Happening::Rollback(height)));
        }
        finished?;
        Ok(answer)
    }

    /// Takes momentums back until `height` is the newest, in memory. Gives the blocks that are
    /// unconfirmed then, lowest first for each account.
    pub(super) fn take_back(&mut self, height: u64) -> Result<Vec<AccountBlock>, StoreError> {
        let view = self.head.view();
        let mut blocks = Vec::new();
        for undone in height + 1..=self.head.identifier().height {
            let momentum = view
                .momentum_by_height(undone)?
                .ok_or_else(|| Fault(format!("momentum {undone} is missing")))?;
            blocks.extend(view.detailed(momentum)?.account_blocks);
        }
        blocks.retain(|block| !block.is_batched() && !block.is_contract_receive());
        blocks.extend(self.pool.take());
        self.head.roll_back(height)?;
        Ok(blocks)
    }

    /// Applies momentums in memory, until one is refused.
    fn apply_all(
        &mut self,
        now: u64,
        momentums: Vec<DetailedMomentum>,
        start: usize,
        check: SignatureCheck,
        work: &mut Work,
    ) -> Result<Result<(), ServiceError>, StoreError> {
        for detailed in momentums.into_iter().skip(start) {
            let height = detailed.momentum.height;
            let pool = self.pool.clone();
            match self.apply_one(&detailed, now, check) {
                Ok(gone) => work.extra.forget(&gone),
                Err(Refusal::Fault(fault)) => return Err(fault.into()),
                Err(refusal) => {
                    // Its blocks may have pushed others out.
                    self.pool = pool;
                    return Ok(Err(ServiceError::Momentum { height, refusal }));
                }
            }
            self.producer.look_at(&detailed.momentum);
            work.momentums.push(Arc::new(detailed));
            self.check_sporks()?;
            if self.stopped.is_some() {
                break;
            }
        }
        Ok(Ok(()))
    }

    /// Applies one momentum in memory. Gives the numbers to remove from the journal.
    fn apply_one(
        &mut self,
        detailed: &DetailedMomentum,
        now: u64,
        check: SignatureCheck,
    ) -> Result<Vec<u64>, Refusal> {
        for block in &detailed.account_blocks {
            if block.block_type == BlockType::CONTRACT_SEND {
                continue;
            }
            if let Some(ours) = self.pool.pending().get(&block.header()) {
                if is_same_copy(&ours.block, block) {
                    continue;
                }
                let accepted =
                    apply::apply_block(&self.head, self.pool.pending(), block.clone(), check)?;
                self.pool.replace(accepted);
                continue;
            }
            let check = if flaws::has(Flaw::SkippedCheck) { SignatureCheck::Done } else { check };
            let accepted =
                apply::apply_block(&self.head, self.pool.pending(), block.clone(), check)?;
            self.pool.insert(&self.head.view(), accepted, true)?;
        }
        let applied = apply::apply_momentum(&self.head, self.pool.pending(), detailed, now)?;
        self.head.push(detailed.momentum.identifier(), applied);
        let view = self.head.view();
        let gone = self.pool.confirm(&view, &detailed.momentum.content)?;
        tell_consensus(&self.head).map_err(|error| Fault(error.0))?;
        Ok(gone)
    }
}

/// Whether two blocks with one hash are also equal in what the hash does not cover and every node
/// stores as it comes. The momentum's write set holds these bytes, so with another copy than its
/// producer's the momentum would be refused; anyone who relays a block can alter them. (The plasma
/// fields are worked out by each node.)
fn is_same_copy(ours: &AccountBlock, theirs: &AccountBlock) -> bool {
    ours.changes_hash == theirs.changes_hash
        && ours.public_key == theirs.public_key
        && ours.signature == theirs.signature
}
