//! Who may produce when, and what pillars have done.
//!
//! All of it is read off the newest chain: an election stands on the state at the end of the tick before
//! last, points count what each pillar produced. [`Memo`] remembers what was worked out. Sources:
//! go-zenon `consensus/*.go`.

pub mod election;
pub mod gorand;
mod memo;
mod points;
pub mod slots;

pub use election::{Delegation, Election};
pub use memo::Memo;
pub use points::{EpochStats, PillarStats, Reader};

use crate::refusal::Refusal;
use crate::state::{Chain, View};
use std::collections::BTreeMap;

/// What contracts ask of consensus.
pub trait PillarReader {
    /// Statistics of an epoch; `None` if it has not begun on our chain.
    fn epoch_stats(&self, epoch: u64) -> Result<Option<EpochStats>, Refusal>;

    /// Delegations by pillar name, averaged over the elections of an epoch.
    fn delegations_by_epoch(&self, epoch: u64) -> Result<BTreeMap<Vec<u8>, Delegation>, Refusal>;
}

/// Tells consensus that a momentum was just made the newest: what elections will ask for at the end of
/// a tick is worked out while the state is at hand.
pub fn on_momentum(chain: &dyn Chain) -> Result<(), Refusal> {
    let view = View::frontier_of(chain);
    let newest = view.frontier()?;
    let Some(before) = newest.height.checked_sub(1).filter(|height| *height > 0) else {
        return Ok(());
    };
    let Some(below) = view.momentum_by_height(before)? else { return Ok(()) };
    let rules = chain.rules();
    if slots::tick_at(rules, below.timestamp) < slots::tick_at(rules, newest.timestamp) {
        election::ballots_at(chain, &[below.identifier()])?;
    }
    Ok(())
}
