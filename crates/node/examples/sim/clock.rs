//! Time in the simulation, and the clocks of machines, which drift and jump.

use node::node::Millis;

/// True time, in milliseconds since 1970.
pub type Time = u64;

/// A machine's clock.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// True time from which on it drifts.
    since: Time,
    /// What it was ahead then, in milliseconds.
    ahead_ms: i64,
    /// What it gains in a million milliseconds.
    drift_ppm: i64,
}

impl Clock {
    /// A clock that is `ahead_ms` ahead at `since` and gains `drift_ppm` millionths from then on.
    pub fn new(since: Time, ahead_ms: i64, drift_ppm: i64) -> Clock {
        Clock { since, ahead_ms, drift_ppm }
    }

    /// What it is ahead at a time.
    pub fn ahead_ms(&self, at: Time) -> i64 {
        let passed = at.saturating_sub(self.since) as i64;
        self.ahead_ms + passed * self.drift_ppm / 1_000_000
    }

    /// What it shows at a time.
    pub fn read(&self, at: Time) -> Millis {
        at.saturating_add_signed(self.ahead_ms(at))
    }

    /// The first time from `from` on at which it shows at least `reading`.
    pub fn when(&self, reading: Millis, from: Time) -> Time {
        if self.read(from) >= reading {
            return from;
        }
        // It gains or loses less than one in a hundred, so a few steps lead there.
        let mut at = from;
        loop {
            let missing = reading.saturating_sub(self.read(at));
            if missing == 0 {
                return at;
            }
            at += (missing * 99 / 100).max(1);
        }
    }

    /// Sets the clock by so much at a time.
    pub fn jump(&mut self, at: Time, by_ms: i64) {
        self.ahead_ms = self.ahead_ms(at) + by_ms;
        self.since = at;
    }
}
