//! How much is given in an epoch.

use crate::vectors::{NOM, amount, list, number};
use ledger::Rules;

#[test]
fn epochs_give_what_the_tables_say() {
    let rules = Rules::default();
    for case in list(&NOM["rewards"]["epochs"]) {
        let epoch = number(&case["epoch"]);
        let per_epoch = |value: i64| ledger::types::Amount::from(value.cast_unsigned());
        assert_eq!(per_epoch(rules.znn_per_epoch(epoch)), amount(&case["znn"]), "{case}");
        assert_eq!(per_epoch(rules.qsr_per_epoch(epoch)), amount(&case["qsr"]), "{case}");
        let (delegation, producing) = rules.pillar_reward_per_momentum(epoch);
        assert_eq!(delegation, amount(&case["delegationPerMomentum"]), "{case}");
        assert_eq!(producing, amount(&case["producingPerMomentum"]), "{case}");
        let (znn, qsr) = rules.sentinel_reward(epoch);
        assert_eq!(znn, amount(&case["sentinelZnn"]), "{case}");
        assert_eq!(qsr, amount(&case["sentinelQsr"]), "{case}");
        let (znn, qsr) = rules.liquidity_reward(epoch);
        assert_eq!(znn, amount(&case["liquidityZnn"]), "{case}");
        assert_eq!(qsr, amount(&case["liquidityQsr"]), "{case}");
        assert_eq!(rules.stake_reward(epoch), amount(&case["stakeQsr"]), "{case}");
    }
}
