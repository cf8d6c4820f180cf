//! Networks with other slots than the original's ten seconds, and the rules of a development network.
//!
//! Each constant of [`TIMED`] is given in seconds but stands for a number of slots. A network with
//! another block time keeps the number of slots, so a stake, an epoch or a cooldown takes as many
//! momentums as on the original network, and proportionally less or more time. The constants of
//! [`COUNTED`] are in momentums or epochs already and stay as they are.

use super::{Heights, Rules};
use crate::types::Address;

/// Seconds in a slot of the original network; every constant of [`TIMED`] is a multiple of it.
pub const BLOCK_TIME_ORIGINAL: u64 = 10;
/// Longest slot in seconds: an hour. Keeps every scaled constant far from overflow.
pub const BLOCK_TIME_MAX: u64 = 3600;

/// A constant in seconds that stands for a number of slots.
pub struct Timed {
    /// Name of the field in [`Rules`].
    pub name: &'static str,
    /// What it is.
    pub about: &'static str,
    get: fn(&Rules) -> u64,
    set: fn(&mut Rules, u64),
}

impl Timed {
    /// Its value in seconds under `rules`.
    pub fn seconds(&self, rules: &Rules) -> u64 {
        (self.get)(rules)
    }
}

/// A constant that is a number of momentums or epochs, whatever a slot takes.
pub struct Counted {
    /// Name of the field in [`Rules`].
    pub name: &'static str,
    /// What it is.
    pub about: &'static str,
    /// What it counts.
    pub unit: &'static str,
    /// Its value.
    pub get: fn(&Rules) -> u64,
}

macro_rules! timed {
    ($name:ident, $about:literal) => {
        Timed {
            name: stringify!($name),
            about: $about,
            get: |rules| u64::try_from(rules.$name).expect("durations are not negative"),
            set: |rules, seconds| {
                rules.$name = seconds.try_into().expect("bounded by the longest slot");
            },
        }
    };
}

macro_rules! counted {
    ($name:ident, $unit:literal, $about:literal) => {
        Counted {
            name: stringify!($name),
            about: $about,
            unit: $unit,
            get: |rules| u64::try_from(rules.$name).expect("counts are not negative"),
        }
    };
}

/// The constants that scale with the block time.
pub static TIMED: [Timed; 12] = [
    timed!(block_time, "slot"),
    timed!(epoch_duration, "epoch, for which rewards are given"),
    timed!(reward_time_limit, "wait after an epoch before its rewards are given"),
    timed!(accelerator_duration, "how long the accelerator runs"),
    timed!(accelerator_project_voting_period, "vote on a project"),
    timed!(pillar_epoch_lock_time, "part of a pillar's cycle in which it is locked"),
    timed!(pillar_epoch_revoke_time, "part of a pillar's cycle in which it can be revoked"),
    timed!(sentinel_lock_time_window, "part of a sentinel's cycle in which it is locked"),
    timed!(sentinel_revoke_time_window, "part of a sentinel's cycle in which it can be revoked"),
    timed!(stake_time_unit_sec, "unit of staking time: one month"),
    timed!(stake_time_min_sec, "shortest stake"),
    timed!(stake_time_max_sec, "longest stake"),
];

/// The constants that are counts already.
pub static COUNTED: [Counted; 10] = [
    counted!(momentums_per_epoch, "momentums", "what rewards are divided by"),
    counted!(update_min_num_momentums, "momentums", "between two updates of a contract"),
    counted!(fuse_expiration, "momentums", "for which fused QSR stay locked"),
    counted!(spork_min_height_delay, "momentums", "from a spork's activation to its enforcement"),
    counted!(min_unhalt_duration_momentums, "momentums", "after an unhalt before the bridge acts"),
    counted!(min_administrator_delay, "momentums", "before administrator or guardians change"),
    counted!(min_soft_delay, "momentums", "before other guarded settings change"),
    counted!(reward_tick_duration_epochs, "epochs", "in a step of the reward tables"),
    counted!(swap_decay_epochs_offset, "epochs", "before legacy balances decay"),
    counted!(swap_decay_tick_epochs, "epochs", "in a step of that decay"),
];

impl Rules {
    /// The same rules with slots of `seconds` (1 to [`BLOCK_TIME_MAX`]); `None` beyond that.
    pub fn with_block_time(mut self, seconds: u64) -> Option<Rules> {
        if seconds == 0 || seconds > BLOCK_TIME_MAX {
            return None;
        }
        let before = self.block_time;
        for constant in &TIMED {
            let slots = constant.seconds(&self) / before;
            (constant.set)(&mut self, slots * seconds);
        }
        Some(self)
    }

    /// The rules of a development network: no exceptions for the original network's past, and
    /// `administrator` in charge of bridge and liquidity.
    pub fn for_development(mut self, administrator: Address) -> Rules {
        self.community_spork_heights = Heights::NEVER;
        self.receiver_check_height = 0;
        self.pow_signed_difficulty = Heights::NEVER;
        self.initial_bridge_administrator = administrator;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_are_whole_slots_on_the_original_network() {
        let rules = Rules::default();
        assert_eq!(rules.block_time, BLOCK_TIME_ORIGINAL);
        for constant in &TIMED {
            assert_eq!(constant.seconds(&rules) % BLOCK_TIME_ORIGINAL, 0, "{}", constant.name);
        }
    }

    #[test]
    fn scaling_keeps_the_number_of_slots() {
        let original = Rules::default();
        for block_time in [1, 2, 7, 10, 60, BLOCK_TIME_MAX] {
            let scaled = Rules::default().with_block_time(block_time).expect("in range");
            assert_eq!(scaled.block_time, block_time);
            for constant in &TIMED {
                assert_eq!(
                    constant.seconds(&scaled) / block_time,
                    constant.seconds(&original) / BLOCK_TIME_ORIGINAL,
                    "{}",
                    constant.name
                );
            }
            // A whole number of ticks in an epoch, as consensus asks.
            let tick = block_time * u64::try_from(scaled.node_count).expect("30 fits");
            assert_eq!(scaled.epoch_duration % tick, 0);
            assert_eq!(scaled.with_block_time(BLOCK_TIME_ORIGINAL), Some(original.clone()));
        }
    }

    #[test]
    fn the_stake_units_scale() {
        let scaled = Rules::default().with_block_time(1).expect("in range");
        assert_eq!(scaled.stake_time_unit_sec, 3 * 24 * 60 * 60);
        assert_eq!(scaled.stake_time_max_sec, 12 * scaled.stake_time_unit_sec);
        assert_eq!(scaled.update_min_num_momentums, 300);
    }

    #[test]
    fn slots_have_a_length_in_bounds() {
        assert_eq!(Rules::default().with_block_time(0), None);
        assert_eq!(Rules::default().with_block_time(BLOCK_TIME_MAX + 1), None);
    }
}
