//! Genesis: known hashes, the configuration file, and what is refused.

use crate::vectors::{NOM, address, bytes, hash, list, mock_config};
use ledger::Rules;
use ledger::contracts::pillar::{DelegationRecord, LegacySlots};
use ledger::contracts::plasma::{self, Fusion};
use ledger::contracts::spork::{self, Spork};
use ledger::contracts::swap::SwapAssets;
use ledger::genesis::{Genesis, GenesisConfig, GenesisErrorKind};
use ledger::memory::MemoryChain;
use ledger::types::{Hash, TokenStandard, coins, contract};
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn build(config: &Value) -> Genesis {
    Genesis::from_json(config.to_string().as_bytes(), Rules::default())
        .unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn mock_genesis_has_its_hash() {
    let facts = &NOM["genesis"]["mock"];
    let genesis = build(&facts["config"]);
    assert_eq!(genesis.momentum.hash, hash(&facts["hash"]));
    assert_eq!(genesis.momentum.changes_hash, hash(&facts["changesHash"]));
    assert_eq!(genesis.rules.genesis, genesis.momentum.identifier());
    assert_eq!(genesis.rules.chain_identifier, 100);
    assert_eq!(genesis.rules.genesis_timestamp, 1_000_000_000);
    let blocks = list(&facts["blocks"]);
    assert_eq!(genesis.blocks.len(), blocks.len());
    for (block, facts) in genesis.blocks.iter().zip(blocks) {
        assert_eq!(block.address, address(&facts["address"]));
        assert_eq!(block.hash, hash(&facts["hash"]));
        assert_eq!(block.changes_hash, hash(&facts["changesHash"]));
    }
}

#[test]
fn empty_genesis_has_its_hash_and_write_set() {
    let facts = &NOM["genesis"]["empty"];
    let genesis = build(&facts["config"]);
    assert_eq!(genesis.momentum.hash, hash(&facts["hash"]));
    assert_eq!(genesis.momentum.changes_hash, hash(&facts["changesHash"]));
    // The write set is followed by the three records of the momentum itself, which it does not cover.
    let records: Vec<_> = genesis.changes.iter().filter(|(key, _)| key[0] > 2).collect();
    let expected = list(&facts["writeSet"]);
    assert_eq!(records.len(), expected.len());
    for ((key, value), expected) in records.into_iter().zip(expected) {
        assert_eq!(key, bytes(&expected[0]));
        assert_eq!(value.expect("nothing is deleted"), bytes(&expected[1]));
    }
    for (block, facts) in genesis.blocks.iter().zip(list(&facts["blocks"])) {
        assert_eq!(block.address, address(&facts["address"]));
        assert_eq!(block.hash, hash(&facts["hash"]));
        assert_eq!(block.changes_hash, hash(&facts["changesHash"]));
    }
}

/// The original network's contract blocks depend on nothing but chain identifier and address.
#[test]
fn original_contract_blocks_have_their_hashes() {
    let mut config = NOM["genesis"]["empty"]["config"].clone();
    config["ChainIdentifier"] = json!(1);
    config["GenesisTimestampSec"] = json!(1_637_755_200);
    let genesis = build(&config);
    for facts in list(&NOM["genesis"]["mainnet"]["contractBlocks"]) {
        let at = address(&facts["address"]);
        if let Some(block) = genesis.blocks.iter().find(|block| block.address == at) {
            assert_eq!(block.hash, hash(&facts["hash"]), "{at}");
        }
    }
}

#[test]
fn configuration_survives_writing_and_reading() {
    let mut config = mock_config();
    config.sporks = Some(vec![Spork {
        id: Hash::of(b"spork"),
        name: b"spork-name".to_vec(),
        description: b"with \"quotes\" and \xc3\xa9".to_vec(),
        activated: true,
        enforcement_height: 7,
    }]);
    config.legacy_slots.push(LegacySlots { key_id_hash: Hash::of(b"key"), count: 3 });
    config.swap_entries.push(SwapAssets {
        key_id_hash: Hash::of(b"key"),
        znn: coins(1),
        qsr: coins(2),
    });
    let text = config.to_json();
    assert_eq!(GenesisConfig::from_json(text.as_bytes()).as_ref(), Ok(&config));
    let rebuilt = Genesis::from_config(&config, Rules::default()).expect("it fits together");
    let reread = Genesis::from_json(text.as_bytes(), Rules::default()).expect("it fits together");
    assert_eq!(rebuilt.momentum, reread.momentum);
    assert_ne!(rebuilt.momentum.hash, hash(&NOM["genesis"]["mock"]["hash"]), "a spork block more");
    let chain = MemoryChain::new(&rebuilt);
    let sporks = spork::all(&chain.view().account(&contract::SPORK)).expect("storage decodes");
    assert_eq!(sporks, config.sporks.unwrap_or_default());
}

#[test]
fn mock_configuration_is_written_as_it_was_read() {
    let facts = &NOM["genesis"]["mock"]["config"];
    let written: Value = serde_json::from_str(&mock_config().to_json()).expect("JSON");
    for key in ["PillarConfig", "TokenConfig", "PlasmaConfig", "SwapConfig", "GenesisBlocks"] {
        assert_same_numbers(&written[key], &facts[key], key);
    }
}

/// Equal whatever the order of keys; the vectors' lists may be `null`.
fn assert_same_numbers(written: &Value, facts: &Value, at: &str) {
    match (written, facts) {
        (Value::Object(written), Value::Object(facts)) => {
            for (key, fact) in facts {
                assert_same_numbers(&written[key], fact, &format!("{at}.{key}"));
            }
            assert_eq!(written.len(), facts.len(), "{at}");
        }
        (Value::Array(written), Value::Array(facts)) => {
            assert_eq!(written.len(), facts.len(), "{at}");
            for (written, fact) in written.iter().zip(facts) {
                assert_same_numbers(written, fact, at);
            }
        }
        (Value::Array(written), Value::Null) => assert!(written.is_empty(), "{at}"),
        (written, facts) => assert_eq!(written.to_string(), facts.to_string(), "{at}"),
    }
}

/// What the reference's test does: every cut of the file is incomplete, nothing else.
#[test]
fn each_cut_of_a_file_is_incomplete() {
    let text = serde_json::to_string_pretty(&NOM["genesis"]["empty"]["config"]).expect("JSON");
    for end in 0..text.len() - 1 {
        let error = GenesisConfig::from_json(&text.as_bytes()[..end]).expect_err("cut short");
        assert_eq!(error.kind, GenesisErrorKind::Incomplete, "{end}: {error}");
        assert_eq!(error.kind.text(), "incomplete genesis json");
    }
    assert!(GenesisConfig::from_json(text.as_bytes()).is_ok());
}

#[test]
fn what_follows_the_object_does_not_count() {
    let text = format!("{} and more", NOM["genesis"]["empty"]["config"]);
    assert!(GenesisConfig::from_json(text.as_bytes()).is_ok());
}

#[test]
fn keys_match_whatever_their_case() {
    let mut config = NOM["genesis"]["empty"]["config"].clone();
    config["chainidentifier"] = json!(7);
    config["EXTRADATA"] = json!("more");
    config["unknown"] = json!({"a": [1]});
    let read = GenesisConfig::from_json(config.to_string().as_bytes()).expect("lenient");
    assert_eq!((read.chain_identifier, read.extra_data.as_str()), (7, "more"));
}

#[test]
fn missing_keys_count_as_zero() {
    let mut config = NOM["genesis"]["empty"]["config"].clone();
    let object = config.as_object_mut().expect("an object");
    object.remove("ChainIdentifier");
    object.remove("SporkConfig");
    object["PillarConfig"] = json!({});
    let read = GenesisConfig::from_json(config.to_string().as_bytes()).expect("lenient");
    assert_eq!((read.chain_identifier, read.sporks), (0, None));
}

/// One mistake each, and the line that a user reads.
#[test]
fn refusals_name_field_finding_and_what_is_allowed() {
    const MALFORMED: &str = "malformed genesis json structure";
    const INVALID: &str = "invalid genesis config. Failed to pass tests";
    type Spoil = fn(&mut Value);
    let cases: &[(Spoil, &str, &str)] = &[
        (
            |config| config["ChainIdentifier"] = json!("100"),
            MALFORMED,
            "ChainIdentifier: found string, allowed is a whole number from 0 to 18446744073709551615",
        ),
        (
            |config| config["ChainIdentifier"] = json!(-1),
            MALFORMED,
            "ChainIdentifier: found number -1, allowed is a whole number from 0 to 18446744073709551615",
        ),
        (
            |config| config["SporkAddress"] = json!("z1qq"),
            MALFORMED,
            "SporkAddress: found invalid bech32 string length 4, allowed is an address (z1…)",
        ),
        (
            |config| config["PillarConfig"]["Pillars"][1]["Amount"] = json!(1.5),
            MALFORMED,
            "PillarConfig.Pillars[1].Amount: found 1.5, allowed is a whole number from 0 to 2^256-1, not in quotes",
        ),
        (
            |config| config["PillarConfig"]["Pillars"][1]["Amount"] = json!("15"),
            MALFORMED,
            "PillarConfig.Pillars[1].Amount: found \"15\", allowed is a whole number from 0 to 2^256-1, not in quotes",
        ),
        (
            |config| config["TokenConfig"]["Tokens"][0] = json!(null),
            MALFORMED,
            "TokenConfig.Tokens[0]: found null, allowed is a list",
        ),
        (
            |config| config["GenesisBlocks"] = json!(null),
            INVALID,
            "GenesisBlocks: found nothing, allowed is an object",
        ),
        (
            |config| config["SporkAddress"] = json!(null),
            INVALID,
            "SporkAddress: found nothing, allowed is an address (z1…)",
        ),
        (
            |config| config["GenesisTimestampSec"] = json!(-5),
            INVALID,
            "GenesisTimestampSec: found -5, allowed is unix seconds from 0 on",
        ),
        (
            |config| config["PillarConfig"]["Pillars"][0]["Amount"] = json!(1),
            INVALID,
            "GenesisBlocks.Blocks[0].BalanceList.zts1znnxxxxxxxxxxxxx9z4ulx: found 4500000000000, allowed is 3000000000001",
        ),
        (
            |config| config["TokenConfig"]["Tokens"] = json!([]),
            INVALID,
            "GenesisBlocks.Blocks[0].BalanceList: found zts1znnxxxxxxxxxxxxx9z4ulx, allowed is tokens that TokenConfig lists",
        ),
        (
            |config| {
                let first = config["GenesisBlocks"]["Blocks"][0].clone();
                config["GenesisBlocks"]["Blocks"].as_array_mut().expect("a list").push(first);
            },
            INVALID,
            "GenesisBlocks.Blocks[16].Address: found z1qxemdeddedxpyllarxxxxxxxxxxxxxxxsy3fmg, which entry 0 has too, allowed is each address once",
        ),
    ];
    for (spoil, kind, line) in cases {
        let mut config = NOM["genesis"]["mock"]["config"].clone();
        spoil(&mut config);
        let error = Genesis::from_json(config.to_string().as_bytes(), Rules::default())
            .expect_err(line)
            .to_string();
        assert_eq!(error, format!("{kind}: {line}"));
    }
}

#[test]
fn malformed_json_is_malformed() {
    let error = GenesisConfig::from_json(br#"{"a":"aaaa"]}"#).expect_err("malformed");
    assert_eq!(error.kind.text(), "malformed genesis json structure");
    let deep = "[".repeat(1000);
    let error = GenesisConfig::from_json(deep.as_bytes()).expect_err("too deep");
    assert_eq!(error.kind, GenesisErrorKind::Malformed);
}

#[test]
fn empty_object_is_invalid() {
    let error = Genesis::from_json(b"{}", Rules::default()).expect_err("nothing there");
    assert_eq!(error.kind.text(), "invalid genesis config. Failed to pass tests");
    assert_eq!(error.field, "GenesisBlocks");
}

#[test]
fn size_is_checked_before_parsing() {
    let long = vec![b' '; GenesisConfig::JSON_BYTES_MAX + 1];
    let error = GenesisConfig::from_json(&long).expect_err("too long");
    assert_eq!(error.found, "67108865 bytes");
    assert_eq!(error.allowed, "at most 67108864 bytes");
}

#[test]
fn token_supply_must_be_held() {
    let mut config = mock_config();
    let at = config.tokens.iter().position(|token| token.token_standard == TokenStandard::ZNN);
    let at = at.expect("ZNN is a token");
    config.tokens[at].total_supply += coins(1);
    let error = Genesis::from_config(&config, Rules::default()).expect_err("one coin too many");
    assert_eq!(error.field, format!("TokenConfig.Tokens[{at}].totalSupply"));
    config.tokens[at].total_supply -= coins(1);
    assert!(Genesis::from_config(&config, Rules::default()).is_ok());
}

#[test]
fn sums_that_overflow_are_refused() {
    let mut config = mock_config();
    let beneficiary = config.spork_address;
    let most = Fusion { amount: ledger::types::Amount::MAX, beneficiary, ..Fusion::default() };
    config.fusions = vec![most.clone(), most];
    let error = Genesis::from_config(&config, Rules::default()).expect_err("above 2^256");
    assert_eq!(error.field, "PlasmaConfig.Fusions");
}

#[test]
fn contract_entries_are_stored() {
    let mut config = mock_config();
    let backer = config.spork_address;
    config.delegations.push(DelegationRecord { backer, name: b"TEST-pillar-1".to_vec() });
    let genesis = Genesis::from_config(&config, Rules::default()).expect("it fits together");
    let chain = MemoryChain::new(&genesis);
    let view = chain.view();
    let pillars = view.account(&contract::PILLAR);
    let stored = ledger::contracts::pillar::delegation_of(&pillars, &backer).expect("it decodes");
    assert_eq!(stored.map(|record| record.name), Some(b"TEST-pillar-1".to_vec()));
    // Of two entries with one owner and id the later stays.
    let mut fusions: BTreeMap<_, &Fusion> = BTreeMap::new();
    for fusion in &config.fusions {
        fusions.insert((fusion.owner, fusion.id), fusion);
    }
    for fusion in fusions.values() {
        let of_owner = plasma::fusions_of(&view.account(&contract::PLASMA), &fusion.owner);
        assert!(of_owner.expect("it decodes").contains(fusion));
    }
}
