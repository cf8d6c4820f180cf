//! The last momentum before a time is found whatever slots are empty.

use ledger::codec::protobuf;
use ledger::state::{Changes, MemoryState, View, keys};
use ledger::types::{Hash, HashHeight};
use ledger::{Momentum, Rules};
use proptest::collection::vec;
use proptest::prelude::*;

/// A state that holds these momentums and nothing else.
fn chain_of(momentums: &[Momentum]) -> MemoryState {
    let mut changes = Changes::default();
    for momentum in momentums {
        let bytes = protobuf::encode_momentum(momentum);
        changes.put(keys::entry_by_height(momentum.height), bytes);
    }
    let newest = HashHeight::new(Hash::ZERO, momentums.len() as u64);
    changes.put(keys::FRONTIER, protobuf::encode_hash_height(&newest));
    let mut state = MemoryState::default();
    state.apply(&changes);
    state
}

proptest! {
    #[test]
    fn the_last_momentum_before_a_time_is_found(
        gaps in vec(prop_oneof![5 => Just(10u64), 1 => 1u64..10, 1 => 10u64..3_000], 0..80),
        back in 0u64..5_000,
        ahead in 0u64..100,
    ) {
        let mut timestamp = 1_000_000;
        let mut momentums = vec![Momentum { height: 1, timestamp, ..Momentum::default() }];
        for (height, gap) in (2..).zip(gaps) {
            timestamp += gap;
            momentums.push(Momentum { height, timestamp, ..Momentum::default() });
        }
        let (state, rules) = (chain_of(&momentums), Rules::default());
        let view = View::new(&state, &rules);
        let time = timestamp + ahead - back.min(timestamp + ahead);
        let wanted = momentums.iter().rfind(|momentum| momentum.timestamp < time);
        prop_assert_eq!(view.momentum_before(time), Ok(wanted.cloned()));
    }
}
