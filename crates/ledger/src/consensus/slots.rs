//! Time: slots, ticks (one election each) and epochs (one reward each), all counted from genesis.
//!
//! Sources: go-zenon `common/ticker.go`, `consensus/context.go`.

use crate::rules::Rules;

/// Seconds in a tick.
pub fn tick_duration(rules: &Rules) -> u64 {
    rules.block_time * rules.node_count as u64
}

/// Ticks in an epoch.
pub fn ticks_per_epoch(rules: &Rules) -> u64 {
    rules.epoch_duration / tick_duration(rules)
}

/// The tick that holds `time`. Times before genesis count as the first.
pub fn tick_at(rules: &Rules, time: u64) -> u64 {
    time.saturating_sub(rules.genesis_timestamp) / tick_duration(rules)
}

/// Start and end of a tick in unix seconds; the end belongs to the next one.
pub fn tick_bounds(rules: &Rules, tick: u64) -> (u64, u64) {
    let start = rules.genesis_timestamp + tick_duration(rules) * tick;
    (start, start + tick_duration(rules))
}

/// The epoch that holds `time`. Times before genesis count as the first.
pub fn epoch_at(rules: &Rules, time: u64) -> u64 {
    time.saturating_sub(rules.genesis_timestamp) / rules.epoch_duration
}

/// Start and end of an epoch in unix seconds; the end belongs to the next one.
pub fn epoch_bounds(rules: &Rules, epoch: u64) -> (i64, i64) {
    let start = epoch
        .saturating_mul(rules.epoch_duration)
        .saturating_add(rules.genesis_timestamp)
        .min(u64::MAX >> 2);
    let end = start + rules.epoch_duration.min(u64::MAX >> 3);
    (start.cast_signed(), end.cast_signed())
}

/// Start of the slot that holds `time`; `None` before genesis.
pub fn slot_start(rules: &Rules, time: u64) -> Option<u64> {
    let since = time.checked_sub(rules.genesis_timestamp)?;
    Some(time - since % rules.block_time)
}
