//! Genesis from its JSON configuration.

use crate::block::AccountBlock;
use crate::momentum::Momentum;
use crate::rules::Rules;
use crate::state::Changes;

/// The first momentum of a network, and the state that it gives.
#[derive(Clone, Debug)]
pub struct Genesis {
    /// The network's rules, with what genesis fixes filled in.
    pub rules: Rules,
    /// The first momentum.
    pub momentum: Momentum,
    /// Its blocks, in content order.
    pub blocks: Vec<AccountBlock>,
    /// What turns the empty state into the first one, frontier records included.
    pub changes: Changes,
}
