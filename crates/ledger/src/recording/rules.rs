//! Rules by name: what a recording says of the constants under which its chain was made.

use crate::rules::{Heights, Rules, SporkIds};
use crate::types::{Address, Amount, Hash};
use serde::Deserialize;
use serde_json::{Map, Value};

/// Names that a recording may carry though no block depends on them: which sporks the reference's program
/// knew, since it stops at others.
const WITHOUT_EFFECT: &[&str] = &["implemented_sporks"];

/// Sets the rules that a JSON object names, amounts as decimal strings; the first that is unknown or does
/// not fit names the error.
pub fn change_rules(rules: &mut Rules, text: &str) -> Result<(), String> {
    let changed: Map<String, Value> =
        serde_json::from_str(text).map_err(|error| format!("rules: {error}"))?;
    for (name, value) in &changed {
        set(rules, name, value).map_err(|reason| format!("rules.{name}: {reason}"))?;
    }
    Ok(())
}

/// Something that a rule can be.
trait FromRule: Sized {
    fn read(&mut self, value: &Value) -> Result<(), String>;
}

/// Reads a value of a type that serde reads.
fn plain<T: for<'de> Deserialize<'de>>(value: &Value) -> Result<T, String> {
    T::deserialize(value).map_err(|error| error.to_string())
}

macro_rules! plain_rules {
    ($($type:ty),*) => {$(
        impl FromRule for $type {
            fn read(&mut self, value: &Value) -> Result<(), String> {
                *self = plain(value)?;
                Ok(())
            }
        }
    )*};
}

plain_rules!(u8, u32, u64, i64, usize, Vec<i64>, Address, Hash);

impl FromRule for Amount {
    fn read(&mut self, value: &Value) -> Result<(), String> {
        *self = crate::codec::json::amount::deserialize(value)
            .map_err(|error: serde_json::Error| error.to_string())?;
        Ok(())
    }
}

impl FromRule for Heights {
    fn read(&mut self, value: &Value) -> Result<(), String> {
        #[derive(Deserialize)]
        struct Bounds {
            from: u64,
            until: u64,
        }
        let Bounds { from, until } = plain(value)?;
        *self = Heights { from, until };
        Ok(())
    }
}

impl FromRule for SporkIds {
    fn read(&mut self, value: &Value) -> Result<(), String> {
        #[derive(Deserialize)]
        struct Ids {
            accelerator: Option<Hash>,
            htlc: Option<Hash>,
            bridge: Option<Hash>,
            libp2p: Option<Hash>,
        }
        let ids: Ids = plain(value)?;
        *self = SporkIds {
            accelerator: ids.accelerator.unwrap_or(self.accelerator),
            htlc: ids.htlc.unwrap_or(self.htlc),
            bridge: ids.bridge.unwrap_or(self.bridge),
            libp2p: ids.libp2p.unwrap_or(self.libp2p),
        };
        Ok(())
    }
}

macro_rules! settable {
    ($($name:ident),* $(,)?) => {
        fn set(rules: &mut Rules, name: &str, value: &Value) -> Result<(), String> {
            match name {
                $(stringify!($name) => rules.$name.read(value),)*
                name if WITHOUT_EFFECT.contains(&name) => Ok(()),
                _ => Err("no such rule".to_owned()),
            }
        }
    };
}

settable!(
    sporks,
    community_spork_address,
    community_spork_heights,
    receiver_check_height,
    pow_signed_difficulty,
    block_time,
    node_count,
    rand_count,
    epoch_duration,
    momentum_blocks_max,
    momentums_per_epoch,
    reward_time_limit,
    update_min_num_momentums,
    max_epochs_per_update,
    reward_tick_duration_epochs,
    network_znn_reward,
    network_qsr_reward,
    delegation_znn_percent,
    producing_znn_percent,
    sentinel_znn_percent,
    liquidity_znn_percent,
    staking_qsr_percent,
    sentinel_qsr_percent,
    liquidity_qsr_percent,
    liquidity_znn_total_percentages,
    liquidity_qsr_total_percentages,
    liquidity_stake_weights,
    project_name_length_max,
    project_description_length_max,
    project_znn_maximum_funds,
    project_qsr_maximum_funds,
    project_creation_amount,
    accelerator_duration,
    vote_acceptance_threshold,
    accelerator_project_voting_period,
    max_blocks_per_update,
    pillar_stake_amount,
    pillar_qsr_stake_base_amount,
    pillar_qsr_stake_increase_amount,
    pillar_epoch_lock_time,
    pillar_epoch_revoke_time,
    pillar_name_length_max,
    sentinel_znn_register_amount,
    sentinel_qsr_deposit_amount,
    sentinel_lock_time_window,
    sentinel_revoke_time_window,
    stake_time_unit_sec,
    stake_time_min_sec,
    stake_time_max_sec,
    stake_min_amount,
    fuse_min_amount,
    fuse_expiration,
    token_issue_amount,
    token_name_length_max,
    token_symbol_length_max,
    token_domain_length_max,
    token_max_supply,
    token_max_decimals,
    spork_min_height_delay,
    spork_name_min_length,
    spork_name_max_length,
    spork_description_max_length,
    swap_decay_epochs_offset,
    swap_decay_tick_epochs,
    swap_decay_tick_percent,
    initial_bridge_administrator,
    maximum_fee,
    min_unhalt_duration_momentums,
    min_administrator_delay,
    min_soft_delay,
    min_guardians,
);

#[cfg(test)]
mod tests {
    use super::change_rules;
    use crate::rules::{Heights, Rules};
    use crate::types::coins;

    #[test]
    fn each_sort_of_rule_is_read() {
        let mut rules = Rules::default();
        let htlc = rules.sporks.htlc;
        let accelerator = "11".repeat(32);
        let text = format!(
            r#"{{"node_count":7,"reward_time_limit":0,"stake_min_amount":"200000000",
                "community_spork_heights":{{"from":3,"until":9}},"network_znn_reward":[5,4],
                "sporks":{{"accelerator":"{accelerator}"}},"implemented_sporks":[]}}"#
        );
        change_rules(&mut rules, &text).expect("known rules");
        assert_eq!(rules.node_count, 7);
        assert_eq!(rules.reward_time_limit, 0);
        assert_eq!(rules.stake_min_amount, coins(2));
        assert_eq!(rules.community_spork_heights, Heights { from: 3, until: 9 });
        assert_eq!(rules.network_znn_reward, [5, 4]);
        assert_eq!(rules.sporks.accelerator.to_string(), accelerator);
        assert_eq!(rules.sporks.htlc, htlc);
    }

    #[test]
    fn unknown_and_unfit_rules_are_named() {
        let mut rules = Rules::default();
        let mut refused = |text| change_rules(&mut rules, text).expect_err("unfit");
        assert_eq!(refused(r#"{"nodes":1}"#), "rules.nodes: no such rule");
        assert!(refused(r#"{"node_count":"1"}"#).starts_with("rules.node_count: invalid type"));
        assert!(refused(r#"{"stake_min_amount":"-1"}"#).starts_with("rules.stake_min_amount: "));
    }
}
