//! The levers of a development network: mining, snapshots, time.
//!
//! A snapshot is a height and the blocks that were unconfirmed there; undo records lead back to it, so
//! it costs nothing and is exact. It does not outlive the process.

use super::{Action, Answer, Millis, Node, Ticket, Work};
use crate::config::Production;
use crate::pool::Pool;
use crate::service::{Happening, ServiceError};
use crate::store::StoreError;
use ledger::types::HashHeight;

/// Most momentums that one call mines.
const MINE_MAX: u64 = 100_000;
/// Momentums that reach the disk together while mining.
const MINE_BATCH: usize = 64;
/// Farthest that the node's clock can be moved ahead of the system's: two hundred years, so that every
/// time fits into 64 bits in any unit.
const AHEAD_SECONDS_MAX: u64 = 200 * 365 * 24 * 3600;
/// Most snapshots that are kept.
const SNAPSHOTS_MAX: usize = 1_000;

/// A lever of a development network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lever {
    /// Makes this many momentums now.
    Mine(u64),
    /// Names the ledger of this moment.
    Snapshot,
    /// Returns to a snapshot.
    Revert(u64),
    /// Moves the clock forward by seconds, and makes a momentum there.
    IncreaseTime(u64),
    /// Whether a momentum is made as soon as a block waits.
    SetOnDemand(bool),
}

/// The snapshots that can be returned to.
#[derive(Debug, Default)]
pub(super) struct Snapshots {
    last: u64,
    list: Vec<Saved>,
}

#[derive(Debug)]
struct Saved {
    name: u64,
    newest: HashHeight,
    pool: Pool,
    clock_ahead_ms: i64,
}

impl Node {
    /// Pulls a lever, and answers.
    pub(super) fn pull(
        &mut self,
        now: Millis,
        ticket: Ticket,
        lever: Lever,
        out: &mut Vec<Action>,
    ) -> Result<(), StoreError> {
        let answer = if !self.options.dev {
            Err(ServiceError::Dev("this is not a development network".to_owned()))
        } else {
            match lever {
                Lever::Mine(count) => self.mine(now, count, out)?,
                Lever::Snapshot => self.save(),
                Lever::Revert(name) => self.revert(name, out)?.map(Answer::Reverted),
                Lever::IncreaseTime(by) => self.increase_time(now, by, out)?,
                Lever::SetOnDemand(on) => {
                    self.options.production =
                        if on { Production::OnDemand } else { Production::Slots };
                    let mut work = Work::default();
                    if on {
                        self.produce_on_demand(now, &mut work)?;
                    }
                    self.finish(work, out)?;
                    Ok(Answer::Done)
                }
            }
        };
        out.push(Action::Answer(ticket, answer));
        Ok(())
    }

    fn mine(
        &mut self,
        now: Millis,
        count: u64,
        out: &mut Vec<Action>,
    ) -> Result<Result<Answer, ServiceError>, StoreError> {
        if count > MINE_MAX {
            return Ok(Err(ServiceError::Dev(format!(
                "{count} momentums at once are too many, the most is {MINE_MAX}"
            ))));
        }
        let mut work = Work::default();
        for _ in 0..count {
            self.answer_calls(usize::MAX)?;
            self.update_contracts()?;
            if !self.produce_next(now, &mut work)? {
                self.finish(work, out)?;
                return Ok(Err(no_slot()));
            }
            if work.momentums.len() >= MINE_BATCH {
                self.finish(std::mem::take(&mut work), out)?;
            }
        }
        self.finish(work, out)?;
        Ok(Ok(Answer::Height(self.identifier().height)))
    }

    fn increase_time(
        &mut self,
        now: Millis,
        seconds: u64,
        out: &mut Vec<Action>,
    ) -> Result<Result<Answer, ServiceError>, StoreError> {
        let most = i64::try_from(AHEAD_SECONDS_MAX * 1000).expect("two hundred years fit");
        let ahead = i64::try_from(seconds)
            .ok()
            .and_then(|seconds| seconds.checked_mul(1000))
            .and_then(|more| self.clock_ahead_ms.checked_add(more))
            .filter(|ahead| *ahead <= most);
        let Some(ahead) = ahead else {
            return Ok(Err(ServiceError::Dev(format!(
                "{seconds} seconds are too many: the clock can be at most {AHEAD_SECONDS_MAX} \
                 seconds ahead"
            ))));
        };
        self.clock_ahead_ms = ahead;
        let mut work = Work::default();
        work.extra.clock_ahead_ms = Some(ahead);
        let made = self.produce_next(now, &mut work)?;
        self.finish(work, out)?;
        Ok(if made { Ok(Answer::Time(self.seconds(now))) } else { Err(no_slot()) })
    }

    fn save(&mut self) -> Result<Answer, ServiceError> {
        if self.snapshots.list.len() >= SNAPSHOTS_MAX {
            return Err(ServiceError::Dev(format!(
                "{SNAPSHOTS_MAX} snapshots are kept, the most that there can be: return to one"
            )));
        }
        self.snapshots.last += 1;
        self.snapshots.list.push(Saved {
            name: self.snapshots.last,
            newest: self.head.identifier(),
            pool: self.pool.clone(),
            clock_ahead_ms: self.clock_ahead_ms,
        });
        Ok(Answer::Snapshot(self.snapshots.last))
    }

    fn revert(
        &mut self,
        name: u64,
        out: &mut Vec<Action>,
    ) -> Result<Result<bool, ServiceError>, StoreError> {
        let Some(index) = self.snapshots.list.iter().position(|saved| saved.name == name) else {
            return Ok(Ok(false));
        };
        let saved = self.snapshots.list.swap_remove(index);
        self.snapshots.list.retain(|other| other.name < name);
        let HashHeight { hash, height } = saved.newest;
        let there = self.head.view().momentum_height(&hash)? == Some(height);
        if !there {
            return Ok(Ok(false));
        }
        let changed = self.head.identifier().height != height;
        self.head.roll_back(height)?;
        let mut work = Work::default();
        let (gone, entered) = self.pool.return_to(saved.pool);
        work.extra.journal_remove = gone;
        work.extra.journal_put = entered;
        let slot = self.head.view().frontier()?.timestamp;
        work.extra.signed = self.producer.forget_after(slot);
        self.clock_ahead_ms = saved.clock_ahead_ms;
        work.extra.clock_ahead_ms = Some(self.clock_ahead_ms);
        self.forget_chores();
        self.finish(work, out)?;
        if changed {
            self.metrics.rollbacks.add(1);
            out.push(Action::Happening(Happening::Rollback(height)));
            self.note_newest()?;
        }
        Ok(Ok(true))
    }
}

fn no_slot() -> ServiceError {
    ServiceError::Dev("no slot of the coming elections belongs to this node's keys".to_owned())
}
