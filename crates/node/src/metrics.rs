//! What a node counts. The HTTP server prints it for Prometheus at `/metrics`.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A number that only grows.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Adds to it.
    pub fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    /// Its value.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A number that goes up and down.
#[derive(Debug, Default)]
pub struct Gauge(AtomicU64);

impl Gauge {
    /// Raises it by one.
    pub fn rise(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// Lowers it by one.
    pub fn fall(&self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }

    /// Sets it.
    pub fn set(&self, value: u64) {
        self.0.store(value, Ordering::Relaxed);
    }

    /// Its value.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Upper bounds of the buckets of a [`Durations`], in microseconds.
pub const BUCKETS_MICROS: [u64; 10] =
    [250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 100_000, 500_000, 2_500_000];

/// How long something took, as a histogram.
#[derive(Debug, Default)]
pub struct Durations {
    buckets: [AtomicU64; BUCKETS_MICROS.len()],
    count: AtomicU64,
    micros: AtomicU64,
}

impl Durations {
    /// Counts one.
    pub fn add(&self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        if let Some(index) = BUCKETS_MICROS.iter().position(|bound| micros <= *bound) {
            self.buckets[index].fetch_add(1, Ordering::Relaxed);
        }
        self.count.fetch_add(1, Ordering::Relaxed);
        self.micros.fetch_add(micros, Ordering::Relaxed);
    }

    /// How many took at most each bound of [`BUCKETS_MICROS`], lower bounds included.
    pub fn cumulative(&self) -> [u64; BUCKETS_MICROS.len()] {
        let mut sum = 0;
        self.buckets.each_ref().map(|bucket| {
            sum += bucket.load(Ordering::Relaxed);
            sum
        })
    }

    /// How many there were.
    pub fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    /// What they took in all, in microseconds.
    pub fn sum_micros(&self) -> u64 {
        self.micros.load(Ordering::Relaxed)
    }
}

/// Everything that a node counts.
#[derive(Debug, Default)]
pub struct Metrics {
    /// Height of the newest momentum.
    pub height: Gauge,
    /// Timestamp of the newest momentum, in unix seconds.
    pub timestamp_seconds: Gauge,
    /// Momentums made the newest since the start, own ones included.
    pub momentums: Counter,
    /// Momentums that this node produced.
    pub momentums_produced: Counter,
    /// Own slots that passed without a momentum of ours.
    pub slots_missed: Counter,
    /// Account blocks confirmed since the start.
    pub blocks_confirmed: Counter,
    /// Published blocks that were accepted.
    pub blocks_accepted: Counter,
    /// Published blocks that were refused.
    pub blocks_refused: Counter,
    /// Calls that contracts have answered on this node.
    pub contract_receives: Counter,
    /// Times that the chain was taken back.
    pub rollbacks: Counter,
    /// Unconfirmed blocks.
    pub pending_blocks: Gauge,
    /// Blocks that wait to be checked.
    pub queued_blocks: Gauge,
    /// Transactions of the store, with their syncs.
    pub commits: Durations,
    /// Of these, transactions that only added to the journal.
    pub journal_commits: Counter,
    /// Length of the store's file in bytes.
    pub store_bytes: Gauge,
    /// Whether the store failed (1) or not (0).
    pub store_failed: Gauge,
    /// Connections with peers.
    pub peers: Gauge,
    /// Whether the newest momentum of the network is here (1) or not (0).
    pub synced: Gauge,
    /// Height that peers announce.
    pub target_height: Gauge,
}
