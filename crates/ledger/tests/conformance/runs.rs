//! Ten chains of the reference's own contract scenarios, under the constants that its tests set.

use crate::rows::Rows;
use crate::scenario::{Network, of};
use crate::vectors::{RUNS, address, bytes, hash, list, number, text};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ledger::Rules;
use ledger::contracts::Storage;
use ledger::rules::SporkIds;
use ledger::types::{Address, Hash, contract};
use serde_json::Value;
use std::collections::BTreeMap;

/// The constants of all scenarios, then those of the scenario's kind.
fn rules(run: &Value) -> Rules {
    let mut rules = Rules {
        sentinel_lock_time_window: 40,
        sentinel_revoke_time_window: 20,
        reward_time_limit: 0,
        update_min_num_momentums: 360,
        fuse_expiration: 100,
        stake_time_unit_sec: 3600,
        stake_time_min_sec: 3600,
        stake_time_max_sec: 12 * 3600,
        epoch_duration: number(&run["epochSeconds"]),
        sporks: sporks(run),
        ..Rules::default()
    };
    let name = text(&run["name"]);
    if name.starts_with("TestBridge") || name.starts_with("TestLiquidity") {
        rules.initial_bridge_administrator = of("user5");
        rules.min_administrator_delay = 20;
        rules.min_soft_delay = 10;
        rules.min_unhalt_duration_momentums = 5;
        rules.min_guardians = 4;
    }
    if name.starts_with("TestLiquidity") {
        rules.momentums_per_epoch = 10;
    }
    rules
}

/// The scenarios create a spork, look up the first one that exists, activate that, and take its id for
/// the one that they need. With two sporks both get the same id.
fn sporks(run: &Value) -> SporkIds {
    let calls: Vec<Vec<u8>> = list(&run["blocks"])
        .iter()
        .filter(|row| address(&row[4]) == contract::SPORK)
        .map(|row| STANDARD.decode(text(&row[7])).expect("base64"))
        .collect();
    let activated = |name: &str, otherwise: Hash| {
        let creates = |data: &Vec<u8>| data.windows(name.len()).any(|part| part == name.as_bytes());
        match calls.iter().position(creates) {
            // The next call activates: a selector and an id.
            Some(created) => Hash::from_slice(&calls[created + 1][4..]).expect("an id"),
            None => otherwise,
        }
    };
    let known = Rules::default().sporks;
    SporkIds {
        accelerator: activated("spork-accelerator", known.accelerator),
        htlc: activated("spork-htlc", known.htlc),
        bridge: activated("spork-bridge", known.bridge),
        libp2p: known.libp2p,
    }
}

/// Plays a run by name, and compares what is left in the contracts' storage.
fn play(name: &str) {
    let run = list(&RUNS["runs"])
        .iter()
        .find(|run| text(&run["name"]) == name)
        .unwrap_or_else(|| panic!("no run {name}"));
    let rows = Rows::new(list(&run["blocks"]));
    let mut network = Network::mock(rules(run));
    let frontier = &run["frontier"];
    let mut newest = None;
    for height in 2..=number(&frontier["height"]) {
        newest = Some(rows.play(&mut network, height));
    }
    let newest = newest.expect("a run has momentums");
    assert_eq!(newest.hash, hash(&frontier["hash"]));
    assert_eq!(newest.changes_hash, hash(&frontier["changesHash"]));
    assert_eq!(newest.timestamp, number(&frontier["timestamp"]));

    let view = network.chain.view();
    for (contract, entries) in run["storage"].as_object().expect("an object") {
        let address: Address = contract.parse().expect("an address");
        let mut stored = BTreeMap::new();
        view.account(&address)
            .each(&[], &mut |key, value| {
                stored.insert(key.to_vec(), value.to_vec());
                true
            })
            .expect("the state is sound");
        // An empty value is a deleted key, which the reference's iterators still show.
        let wanted: BTreeMap<Vec<u8>, Vec<u8>> = list(entries)
            .iter()
            .map(|entry| (bytes(&entry[0]), bytes(&entry[1])))
            .filter(|(_, value)| !value.is_empty())
            .collect();
        assert_eq!(stored, wanted, "storage of {contract}");
    }
}

macro_rules! runs {
    ($($test:ident: $name:literal;)*) => {
        $(#[test]
        fn $test() {
            play($name);
        })*

        #[test]
        fn no_run_is_left_out() {
            let names: Vec<&str> = list(&RUNS["runs"]).iter().map(|run| text(&run["name"])).collect();
            assert_eq!(names, [$($name),*]);
        }
    };
}

runs! {
    htlc_unlock: "TestHtlc_unlock";
    htlc_reclaim: "TestHtlc_reclaim";
    htlc_allow_proxy_unlock: "TestHtlc_allow_proxy_unlock";
    accelerator_accept_phase: "TestAccelerator_AcceptPhase";
    bridge_wrap_token: "TestBridge_WrapToken";
    bridge_update_wrap_token: "TestBridge_UpdateWrapToken";
    bridge_redeem: "TestBridge_Redeem";
    bridge_change_tss: "TestBridge_ChangeTss";
    liquidity_stake_and_update: "TestLiquidity_LiquidityStakeAndUpdate1";
    liquidity_set_token_tuples: "TestLiquidity_SetTokenTuples";
}
