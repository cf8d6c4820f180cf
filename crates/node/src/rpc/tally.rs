//! What is counted about a method: calls, failures, time.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Upper bounds of the classes of time, in microseconds; one class more has no bound.
pub const BOUNDS_US: [u64; 9] =
    [50, 100, 250, 1_000, 5_000, 25_000, 100_000, 1_000_000, 10_000_000];

/// Counters of one method.
#[derive(Debug, Default)]
pub struct Tally {
    failed: AtomicU64,
    nanos: AtomicU64,
    classes: [AtomicU64; BOUNDS_US.len() + 1],
}

/// What a tally says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Calls in all.
    pub calls: u64,
    /// Those that were answered with an error.
    pub failed: u64,
    /// Time of all of them.
    pub time: Duration,
    /// Calls within each of [`BOUNDS_US`], those within the lower ones included.
    pub within: [u64; BOUNDS_US.len()],
}

impl Tally {
    /// Counts a call.
    pub fn count(&self, time: Duration, succeeded: bool) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        let class = BOUNDS_US.partition_point(|bound| *bound < micros);
        self.classes[class].fetch_add(1, Ordering::Relaxed);
        let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.nanos.fetch_add(nanos, Ordering::Relaxed);
        if !succeeded {
            self.failed.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// What was counted so far.
    pub fn counts(&self) -> Counts {
        let mut calls = 0;
        let mut within = [0; BOUNDS_US.len()];
        for (index, class) in self.classes.iter().enumerate() {
            calls += class.load(Ordering::Relaxed);
            if let Some(slot) = within.get_mut(index) {
                *slot = calls;
            }
        }
        Counts {
            calls,
            failed: self.failed.load(Ordering::Relaxed),
            time: Duration::from_nanos(self.nanos.load(Ordering::Relaxed)),
            within,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_fall_into_classes() {
        let tally = Tally::default();
        tally.count(Duration::from_micros(50), true);
        tally.count(Duration::from_micros(51), false);
        tally.count(Duration::from_secs(60), true);
        let counts = tally.counts();
        assert_eq!((counts.calls, counts.failed), (3, 1));
        assert_eq!(counts.within, [1, 2, 2, 2, 2, 2, 2, 2, 2]);
        assert_eq!(counts.time, Duration::from_micros(60_000_101));
    }
}
