//! The rules of a network as data: everything that differs between networks or changes at a height.
//!
//! [`Rules::default`] is the original network. Amounts are in smallest units, durations in seconds or
//! momentums as their names say. Sources: go-zenon `vm/constants/*.go`, `verifier/account_block.go`,
//! `common/types/spork.go`.

mod timed;

pub use timed::{BLOCK_TIME_MAX, BLOCK_TIME_ORIGINAL, COUNTED, Counted, TIMED, Timed};

use crate::types::{Address, Amount, COIN, Hash, HashHeight, coins};

/// Which set of contract methods is in force; each includes the ones before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Era {
    /// From genesis.
    Origin,
    /// Accelerator spork.
    Accelerator,
    /// Bridge and liquidity spork.
    Bridge,
    /// Htlc spork.
    Htlc,
}

/// Ids of the sporks that this ledger implements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SporkIds {
    /// Accelerator-Z.
    pub accelerator: Hash,
    /// Hash time locked contracts.
    pub htlc: Hash,
    /// Bridge and liquidity.
    pub bridge: Hash,
    /// Peers change to libp2p. It changes no block; upstream has not made the real one yet.
    pub libp2p: Hash,
}

/// Heights in which a rule holds: from `from` on, until before `until`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heights {
    /// First height.
    pub from: u64,
    /// First height after, `u64::MAX` for no end.
    pub until: u64,
}

impl Heights {
    /// No height at all.
    pub const NEVER: Heights = Heights { from: u64::MAX, until: u64::MAX };
    /// Every height.
    pub const ALWAYS: Heights = Heights { from: 0, until: u64::MAX };

    /// Whether the rule holds at `height`.
    pub fn contain(&self, height: u64) -> bool {
        self.from <= height && height < self.until
    }
}

/// Everything that a network fixes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    // Identity.
    /// Number that blocks carry to name the network; 1 is the original one.
    pub chain_identifier: u64,
    /// Name of the genesis momentum.
    pub genesis: HashHeight,
    /// Start of slot 0 in unix seconds.
    pub genesis_timestamp: u64,
    /// Who creates and activates sporks, and spends liquidity funds.
    pub spork_address: Address,

    // Sporks and heights.
    /// Ids of the sporks that are implemented.
    pub sporks: SporkIds,
    /// A second address that creates and activates sporks.
    pub community_spork_address: Address,
    /// Heights in which the second address may.
    pub community_spork_heights: Heights,
    /// From this frontier height on only the addressee may receive a send.
    pub receiver_check_height: u64,
    /// Frontier heights in which a proof-of-work difficulty above 2^63 passes any nonce, as the
    /// reference's conversion to a signed number makes it.
    pub pow_signed_difficulty: Heights,

    // Consensus.
    /// Seconds in a slot.
    pub block_time: u64,
    /// Slots in a tick, for which one election is held.
    pub node_count: usize,
    /// Seats of a tick that go to pillars outside the heaviest.
    pub rand_count: usize,
    /// Seconds in an epoch, for which rewards are given.
    pub epoch_duration: u64,
    /// Most headers in a momentum.
    pub momentum_blocks_max: usize,

    // Updates and rewards.
    /// Momentums that rewards are computed with per epoch.
    pub momentums_per_epoch: i64,
    /// Seconds after the end of an epoch before its rewards are given.
    pub reward_time_limit: i64,
    /// Momentums between two effective `Update` calls.
    pub update_min_num_momentums: u64,
    /// Most epochs in one liquidity update before the bridge spork, counted as the reference counts.
    pub max_epochs_per_update: usize,
    /// Epochs in each step of the reward tables.
    pub reward_tick_duration_epochs: u64,
    /// ZNN per epoch, by step; the last stays.
    pub network_znn_reward: Vec<i64>,
    /// QSR per epoch, by step; the last stays.
    pub network_qsr_reward: Vec<i64>,
    /// Share of delegators in ZNN, percent.
    pub delegation_znn_percent: i64,
    /// Share of momentum producers in ZNN, percent.
    pub producing_znn_percent: i64,
    /// Share of sentinels in ZNN, percent.
    pub sentinel_znn_percent: i64,
    /// Share of liquidity in ZNN, percent.
    pub liquidity_znn_percent: i64,
    /// Share of stakers in QSR, percent.
    pub staking_qsr_percent: i64,
    /// Share of sentinels in QSR, percent.
    pub sentinel_qsr_percent: i64,
    /// Share of liquidity in QSR, percent.
    pub liquidity_qsr_percent: i64,
    /// What a tuple list's ZNN shares must sum to.
    pub liquidity_znn_total_percentages: u32,
    /// What a tuple list's QSR shares must sum to.
    pub liquidity_qsr_total_percentages: u32,
    /// Weight of a liquidity stake by its months.
    pub liquidity_stake_weights: Vec<i64>,

    // Accelerator.
    /// Longest project or phase name in bytes.
    pub project_name_length_max: usize,
    /// Longest description in bytes.
    pub project_description_length_max: usize,
    /// Most ZNN a project may ask.
    pub project_znn_maximum_funds: Amount,
    /// Most QSR a project may ask.
    pub project_qsr_maximum_funds: Amount,
    /// ZNN that a project costs.
    pub project_creation_amount: Amount,
    /// Seconds from genesis in which the accelerator runs.
    pub accelerator_duration: i64,
    /// Percent of pillars that must vote.
    pub vote_acceptance_threshold: u32,
    /// Seconds in which a project may be voted on.
    pub accelerator_project_voting_period: i64,
    /// Most descendants of one update.
    pub max_blocks_per_update: usize,

    // Pillar.
    /// ZNN locked by a pillar.
    pub pillar_stake_amount: Amount,
    /// QSR burned by a legacy pillar or the first one.
    pub pillar_qsr_stake_base_amount: Amount,
    /// More QSR for each pillar that is there.
    pub pillar_qsr_stake_increase_amount: Amount,
    /// Seconds of each cycle in which a pillar can't be revoked.
    pub pillar_epoch_lock_time: i64,
    /// Seconds of each cycle in which it can.
    pub pillar_epoch_revoke_time: i64,
    /// Longest pillar name in bytes.
    pub pillar_name_length_max: usize,

    // Sentinel.
    /// ZNN locked by a sentinel.
    pub sentinel_znn_register_amount: Amount,
    /// QSR locked by a sentinel.
    pub sentinel_qsr_deposit_amount: Amount,
    /// Seconds of each cycle in which a sentinel can't be revoked.
    pub sentinel_lock_time_window: i64,
    /// Seconds of each cycle in which it can.
    pub sentinel_revoke_time_window: i64,

    // Stake.
    /// Seconds in one unit of staking time.
    pub stake_time_unit_sec: i64,
    /// Shortest stake in seconds.
    pub stake_time_min_sec: i64,
    /// Longest stake in seconds.
    pub stake_time_max_sec: i64,
    /// Least ZNN staked.
    pub stake_min_amount: Amount,

    // Plasma.
    /// Least QSR fused.
    pub fuse_min_amount: Amount,
    /// Momentums for which fused QSR stays locked.
    pub fuse_expiration: u64,

    // Token.
    /// ZNN that a token costs.
    pub token_issue_amount: Amount,
    /// Longest token name in bytes.
    pub token_name_length_max: usize,
    /// Longest token symbol in bytes.
    pub token_symbol_length_max: usize,
    /// Longest token domain in bytes.
    pub token_domain_length_max: usize,
    /// Largest supply.
    pub token_max_supply: Amount,
    /// Most decimals.
    pub token_max_decimals: u8,

    // Spork.
    /// Momentums between activation and enforcement.
    pub spork_min_height_delay: u64,
    /// Shortest name in bytes.
    pub spork_name_min_length: usize,
    /// Longest name in bytes.
    pub spork_name_max_length: usize,
    /// Longest description in bytes.
    pub spork_description_max_length: usize,

    // Swap.
    /// Epochs before legacy balances begin to decay.
    pub swap_decay_epochs_offset: u64,
    /// Epochs in each step of the decay.
    pub swap_decay_tick_epochs: u64,
    /// Percent lost in each step.
    pub swap_decay_tick_percent: u64,

    // Bridge and liquidity.
    /// Administrator until one is set.
    pub initial_bridge_administrator: Address,
    /// Largest fee, in hundredths of a percent.
    pub maximum_fee: u32,
    /// Momentums after an unhalt before the bridge acts.
    pub min_unhalt_duration_momentums: u64,
    /// Momentums that a change of administrator or guardians waits.
    pub min_administrator_delay: u64,
    /// Momentums that other guarded changes wait.
    pub min_soft_delay: u64,
    /// Least number of guardians.
    pub min_guardians: usize,
}

const DAY: i64 = 24 * 60 * 60;

/// The original network's epoch in momentums.
const MOMENTUMS_PER_EPOCH: i64 = 360 * 24;

impl Default for Rules {
    fn default() -> Rules {
        let coin = i64::try_from(COIN).expect("10^8 fits");
        let znn = |per_minute: i64| per_minute * MOMENTUMS_PER_EPOCH / 6 * coin;
        Rules {
            chain_identifier: 1,
            genesis: HashHeight::ZERO,
            genesis_timestamp: 0,
            spork_address: Address::ZERO,

            sporks: SporkIds {
                accelerator: known_hash(
                    "6d2b1e6cb4025f2f45533f0fe22e9b7ce2014d91cc960471045fa64eee5a6ba3",
                ),
                htlc: known_hash(
                    "ceb7e3808ef17ea910adda2f3ab547be4cdfb54de8400ce3683258d06be1354b",
                ),
                bridge: known_hash(
                    "ddd43466769461c5b5d109c639da0f50a7eeb96ad6e7274b1928a35c431d7b1b",
                ),
                libp2p: known_hash(
                    "0000000000000000000000000000000000000000000000000000000000000001",
                ),
            },
            community_spork_address: known_address("z1qqvwzz2xq7q5gwk6uhcddgrpxlfcyzc8rsu82s"),
            community_spork_heights: Heights { from: 10_109_240, until: 13_243_712 },
            receiver_check_height: 10_109_240,
            pow_signed_difficulty: Heights::ALWAYS,

            block_time: 10,
            node_count: 30,
            rand_count: 15,
            epoch_duration: 86_400,
            momentum_blocks_max: 100,

            momentums_per_epoch: MOMENTUMS_PER_EPOCH,
            reward_time_limit: 3600,
            update_min_num_momentums: 300,
            max_epochs_per_update: 20,
            reward_tick_duration_epochs: 30,
            network_znn_reward: [10, 6, 5, 7, 5, 4, 7, 4, 3, 7, 3].map(znn).to_vec(),
            network_qsr_reward: [20_000, 20_000, 20_000, 20_000, 15_000, 15_000, 15_000, 5_000]
                .map(|whole| whole * coin)
                .to_vec(),
            delegation_znn_percent: 24,
            producing_znn_percent: 50,
            sentinel_znn_percent: 13,
            liquidity_znn_percent: 13,
            staking_qsr_percent: 50,
            sentinel_qsr_percent: 25,
            liquidity_qsr_percent: 25,
            liquidity_znn_total_percentages: 10_000,
            liquidity_qsr_total_percentages: 10_000,
            liquidity_stake_weights: (0..=12).collect(),

            project_name_length_max: 30,
            project_description_length_max: 240,
            project_znn_maximum_funds: coins(5_000),
            project_qsr_maximum_funds: coins(50_000),
            project_creation_amount: coins(1),
            accelerator_duration: 20 * 12 * 30 * DAY,
            vote_acceptance_threshold: 33,
            accelerator_project_voting_period: 14 * DAY,
            max_blocks_per_update: 40,

            pillar_stake_amount: coins(15_000),
            pillar_qsr_stake_base_amount: coins(150_000),
            pillar_qsr_stake_increase_amount: coins(10_000),
            pillar_epoch_lock_time: 83 * DAY,
            pillar_epoch_revoke_time: 7 * DAY,
            pillar_name_length_max: 40,

            sentinel_znn_register_amount: coins(5_000),
            sentinel_qsr_deposit_amount: coins(50_000),
            sentinel_lock_time_window: 27 * DAY,
            sentinel_revoke_time_window: 3 * DAY,

            stake_time_unit_sec: 30 * DAY,
            stake_time_min_sec: 30 * DAY,
            stake_time_max_sec: 12 * 30 * DAY,
            stake_min_amount: coins(1),

            fuse_min_amount: coins(10),
            fuse_expiration: 3600,

            token_issue_amount: coins(1),
            token_name_length_max: 40,
            token_symbol_length_max: 10,
            token_domain_length_max: 128,
            token_max_supply: Amount::MAX >> 1,
            token_max_decimals: 18,

            spork_min_height_delay: 6,
            spork_name_min_length: 5,
            spork_name_max_length: 40,
            spork_description_max_length: 400,

            swap_decay_epochs_offset: 90,
            swap_decay_tick_epochs: 30,
            swap_decay_tick_percent: 10,

            initial_bridge_administrator: known_address("z1qr9vtwsfr2n0nsxl2nfh6l5esqjh2wfj85cfq9"),
            maximum_fee: 10_000,
            min_unhalt_duration_momentums: 2160,
            min_administrator_delay: 17_280,
            min_soft_delay: 8640,
            min_guardians: 5,
        }
    }
}

impl Rules {
    /// ZNN given out in an epoch.
    pub fn znn_per_epoch(&self, epoch: u64) -> i64 {
        step(&self.network_znn_reward, epoch / self.reward_tick_duration_epochs)
    }

    /// QSR given out in an epoch.
    pub fn qsr_per_epoch(&self, epoch: u64) -> i64 {
        step(&self.network_qsr_reward, epoch / self.reward_tick_duration_epochs)
    }

    /// ZNN per momentum for (delegation, production).
    pub fn pillar_reward_per_momentum(&self, epoch: u64) -> (Amount, Amount) {
        let znn = self.znn_per_epoch(epoch);
        let share = |percent: i64| amount(znn * percent / 100 / self.momentums_per_epoch);
        (share(self.delegation_znn_percent), share(self.producing_znn_percent))
    }

    /// (ZNN, QSR) for all sentinels in an epoch.
    pub fn sentinel_reward(&self, epoch: u64) -> (Amount, Amount) {
        (
            amount(self.znn_per_epoch(epoch) * self.sentinel_znn_percent / 100),
            amount(self.qsr_per_epoch(epoch) * self.sentinel_qsr_percent / 100),
        )
    }

    /// (ZNN, QSR) for liquidity in an epoch.
    pub fn liquidity_reward(&self, epoch: u64) -> (Amount, Amount) {
        (
            amount(self.znn_per_epoch(epoch) * self.liquidity_znn_percent / 100),
            amount(self.qsr_per_epoch(epoch) * self.liquidity_qsr_percent / 100),
        )
    }

    /// QSR for all stakers in an epoch.
    pub fn stake_reward(&self, epoch: u64) -> Amount {
        amount(self.qsr_per_epoch(epoch) * self.staking_qsr_percent / 100)
    }

    /// Whether an activated spork with this id is one that we implement.
    pub fn implements(&self, spork: &Hash) -> bool {
        let SporkIds { accelerator, htlc, bridge, libp2p } = &self.sporks;
        [accelerator, htlc, bridge, libp2p].contains(&spork)
    }
}

/// The table's entry for `tick`; the last one stays.
fn step(table: &[i64], tick: u64) -> i64 {
    let index = usize::try_from(tick).unwrap_or(usize::MAX).min(table.len().saturating_sub(1));
    table.get(index).copied().unwrap_or(0)
}

fn amount(value: i64) -> Amount {
    Amount::from(u64::try_from(value).expect("reward tables hold no negative numbers"))
}

fn known_hash(text: &str) -> Hash {
    text.parse().expect("a hash in the table above is well formed")
}

fn known_address(text: &str) -> Address {
    text.parse().expect("an address in the table above is well formed")
}
