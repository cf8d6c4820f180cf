//! Two days of the mock chain: 17,320 momentums with updates, rewards and everything that they write.

use crate::rows::Rows;
use crate::scenario::Network;
use crate::vectors::{NOM, address, amount, hash, list, number, text};
use ledger::Rules;
use ledger::consensus::{PillarReader, Reader};
use ledger::contracts::rewards;
use ledger::types::contract;

/// Height up to which the chain was recorded.
const HEIGHT: u64 = 17_320;

#[test]
fn the_long_chain_reaches_each_checkpoint() {
    let trace = &NOM["trace"];
    let rows = Rows::new(list(&trace["blocks"]));
    let producers = text(&trace["producers"]).as_bytes();
    let checkpoints = trace["checkpoints"].as_object().expect("an object");
    let pillars = ["pillar1", "pillar2", "pillar3"].map(crate::scenario::of);
    let mut network = Network::mock(Rules::default());
    let mut reached = 0;
    for (height, producer) in (2..=HEIGHT).zip(producers) {
        let momentum = rows.play(&mut network, height);
        let elected = pillars[usize::from(producer - b'1')];
        assert_eq!(momentum.producer(), elected, "producer of {height}");
        if let Some(checkpoint) = checkpoints.get(&height.to_string()) {
            assert_eq!(momentum.hash, hash(&checkpoint[0]), "momentum {height}");
            assert_eq!(momentum.changes_hash, hash(&checkpoint[1]), "momentum {height}");
            reached += 1;
        }
    }
    assert_eq!(reached, checkpoints.len());
    epochs_are_as_recorded(&network);
    rewards_are_as_recorded(&network);
}

fn epochs_are_as_recorded(network: &Network) {
    let reader = Reader::new(&network.chain);
    for (epoch, facts) in (0..).zip(list(&NOM["trace"]["epochs"])) {
        let stats = reader.epoch_stats(epoch).expect("no refusal").expect("the epoch has begun");
        let wanted = &facts["stats"];
        assert_eq!(stats.total_weight, amount(&wanted["totalWeight"]));
        assert_eq!(stats.total_blocks, number(&wanted["totalBlocks"]));
        let pillars = wanted["pillars"].as_object().expect("an object");
        assert_eq!(stats.pillars.len(), pillars.len());
        for (name, wanted) in pillars {
            let pillar = &stats.pillars[name.as_bytes()];
            assert_eq!(u64::from(pillar.produced), number(&wanted["blockNum"]), "{name}");
            assert_eq!(u64::from(pillar.expected), number(&wanted["exceptedBlockNum"]), "{name}");
            assert_eq!(pillar.weight, amount(&wanted["weight"]), "{name}");
        }

        let delegations = reader.delegations_by_epoch(epoch).expect("no refusal");
        let wanted = facts["delegations"].as_object().expect("an object");
        assert_eq!(delegations.len(), wanted.len());
        for (name, wanted) in wanted {
            let delegation = &delegations[name.as_bytes()];
            assert_eq!(delegation.producing, address(&wanted["Producing"]), "{name}");
            assert_eq!(delegation.weight, amount(&wanted["Weight"]), "{name}");
            let backers = wanted["Backers"].as_object().expect("an object");
            assert_eq!(delegation.backers.len(), backers.len(), "{name}");
            for (backer, wanted) in backers {
                let backer = backer.parse().expect("an address");
                assert_eq!(delegation.backers[&backer], amount(wanted), "{name} {backer}");
            }
        }
    }
}

fn rewards_are_as_recorded(network: &Network) {
    let view = network.chain.view();
    let pillars = view.account(&contract::PILLAR);
    for (address, facts) in NOM["trace"]["pillarRewardHistory"].as_object().expect("an object") {
        let address = address.parse().expect("an address");
        for entry in list(&facts["list"]) {
            let given = rewards::history(&pillars, number(&entry["epoch"]), &address)
                .expect("storage decodes");
            assert_eq!(given.znn, amount(&entry["znnAmount"]), "{address}");
            assert_eq!(given.qsr, amount(&entry["qsrAmount"]), "{address}");
        }
        let epochs = rewards::last_epoch(&pillars).expect("storage decodes") + 1;
        assert_eq!(epochs.cast_unsigned(), number(&facts["count"]), "{address}");
    }
}
