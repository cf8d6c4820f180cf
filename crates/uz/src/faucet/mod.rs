//! A faucet: an account that gives coins to whoever does some work for them.
//!
//! 1. [`puzzle`]: the challenge, and what solves it;
//! 2. [`journal`]: what was asked for and what was sent, on disk before anything else happens;
//! 3. [`desk`]: takes requests, keeps the limits;
//! 4. [`payer`]: sends what was asked for, each part once, whatever stops it in between;
//! 5. [`server`]: HTTP in front of the desk.

pub mod desk;
pub mod journal;
pub mod payer;
pub mod puzzle;
pub mod server;

use ledger::types::Amount;
use std::time::Duration;

/// What the faucet gives, and to whom.
#[derive(Clone, Debug)]
pub struct Terms {
    /// ZNN, in smallest units.
    pub znn: Amount,
    /// QSR, in smallest units.
    pub qsr: Amount,
    /// QSR that are fused for the receiver, in smallest units.
    pub fuse: Amount,
    /// Tries that the puzzle takes on average.
    pub difficulty: u64,
    /// Time in which an address gets coins once.
    pub every: Duration,
    /// Requests from one IP address in that time.
    pub per_ip: usize,
    /// Requests that may wait.
    pub queue: usize,
}

impl Terms {
    /// What is sent for a request, in this order.
    pub fn parts(&self) -> Vec<journal::Part> {
        use journal::Part;
        let all = [(Part::Fuse, self.fuse), (Part::Znn, self.znn), (Part::Qsr, self.qsr)];
        all.into_iter().filter(|(_, amount)| !amount.is_zero()).map(|(part, _)| part).collect()
    }
}
