//! A budget that fills again with time.

use crate::node::Millis;

/// What may be spent: `rate` a second, and `burst` at once.
#[derive(Clone, Debug)]
pub(super) struct Bucket {
    rate: u64,
    burst: u64,
    /// What is left, in thousandths; at most `1000 * burst`.
    left: u64,
    at: Option<Millis>,
}

impl Bucket {
    pub(super) fn new(rate: u64, burst: u64) -> Bucket {
        Bucket { rate, burst, left: burst.saturating_mul(1000), at: None }
    }

    /// Takes `cost` if that much is left.
    pub(super) fn take(&mut self, now: Millis, cost: u64) -> bool {
        let passed = now.saturating_sub(self.at.unwrap_or(now));
        self.at = Some(now);
        let full = self.burst.saturating_mul(1000);
        self.left = self.left.saturating_add(passed.saturating_mul(self.rate)).min(full);
        let cost = cost.saturating_mul(1000);
        let enough = self.left >= cost;
        if enough {
            self.left -= cost;
        }
        enough
    }
}
