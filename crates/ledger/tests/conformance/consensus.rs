//! Go's random numbers, and elections.

use crate::vectors::{NOM, address, amount, bytes, list, number, text};
use ledger::Rules;
use ledger::consensus::gorand::GoRand;
use ledger::consensus::{Delegation, election};
use ledger::types::{Amount, sha3_256};
use serde_json::Value;
use std::collections::BTreeMap;

#[test]
fn seeds_give_go_numbers() {
    let mut source = GoRand::new(1);
    for number in list(&NOM["goRand"]["seed1Int63"]) {
        assert_eq!(source.next_u63().to_string(), text(number));
    }
}

#[test]
fn permutations_are_go_permutations() {
    for case in list(&NOM["goRand"]["perm"]) {
        let seed = case["seed"].as_i64().expect("a seed");
        let count = usize::try_from(number(&case["n"])).expect("a small number");
        let wanted: Vec<usize> = list(&case["perm"])
            .iter()
            .map(|index| usize::try_from(number(index)).expect("a small number"))
            .collect();
        assert_eq!(GoRand::new(seed).permutation(count), wanted, "{case}");
    }
}

/// Go's generator from the vectors' table, written down a second time: ours must hold the same table.
struct Reference {
    words: Vec<u64>,
    tap: usize,
    feed: usize,
}

impl Reference {
    const WORDS: usize = 607;

    fn new(seed: i64, cooked: &[u64]) -> Reference {
        let modulus = (1i64 << 31) - 1;
        let mut x = match seed.rem_euclid(modulus).cast_unsigned() {
            0 => 89_482_311,
            x => x,
        };
        let mut next = || {
            x = x * 48_271 % modulus.cast_unsigned();
            x
        };
        for _ in 0..20 {
            next();
        }
        let words = cooked.iter().map(|word| (next() << 40) ^ (next() << 20) ^ next() ^ word);
        Reference { words: words.collect(), tap: 0, feed: Reference::WORDS - 273 }
    }

    fn next(&mut self) -> u64 {
        self.tap = (self.tap + Reference::WORDS - 1) % Reference::WORDS;
        self.feed = (self.feed + Reference::WORDS - 1) % Reference::WORDS;
        self.words[self.feed] = self.words[self.feed].wrapping_add(self.words[self.tap]);
        self.words[self.feed]
    }
}

#[test]
fn the_table_of_the_generator_is_go_table() {
    let facts = &NOM["goRand"];
    let cooked: Vec<u64> = list(&facts["cooked"])
        .iter()
        .map(|word| u64::from_str_radix(text(word), 16).expect("a hex word"))
        .collect();
    assert_eq!(cooked.len(), Reference::WORDS);
    let words: Vec<u8> = list(&facts["cooked"]).iter().flat_map(bytes).collect();
    assert_eq!(hex::encode(sha3_256(&words)), text(&facts["cookedSha3"]));
    for seed in [1, 0, -1, 17_320, i64::MIN] {
        let (mut ours, mut reference) = (GoRand::new(seed), Reference::new(seed, &cooked));
        // Each word of the table has had its say after one round.
        for round in 0..3 * Reference::WORDS {
            assert_eq!(ours.next_u64(), reference.next(), "seed {seed}, number {round}");
        }
    }
}

/// The heaviest first, then by name, as elections take them.
fn ballot(case: &Value) -> election::Ballot {
    let mut pillars: BTreeMap<Vec<u8>, Amount> = BTreeMap::new();
    match case["pillars"].as_u64() {
        Some(count) => {
            for index in 0..count {
                pillars.insert(format!("pillar_{index}").into(), Amount::from(1000 - index));
            }
        }
        None => {
            for entry in list(&case["delegations"]) {
                pillars.insert(text(&entry[0]).into(), amount(&entry[1]));
            }
        }
    }
    let addresses = &case["producerAddresses"];
    let mut ballot: election::Ballot = pillars
        .into_iter()
        .map(|(name, weight)| {
            let key = String::from_utf8(name.clone()).expect("names are texts");
            let producing = match &addresses[&key] {
                Value::Null => Default::default(),
                text => address(text),
            };
            (name, Delegation { weight, producing, ..Delegation::default() })
        })
        .collect();
    ballot.sort_by_key(|(_, delegation)| core::cmp::Reverse(delegation.weight));
    ballot
}

#[test]
fn elections_seat_the_recorded_producers() {
    let rules = Rules::default();
    for case in list(&NOM["election"]) {
        let ballot = ballot(case);
        let seats = election::seats(&rules, &ballot, number(&case["seed"])).expect("pillars run");
        let producers: Vec<&str> = seats
            .into_iter()
            .map(|seat| core::str::from_utf8(&ballot[seat].0).expect("names are texts"))
            .collect();
        let wanted: Vec<&str> = list(&case["producers"]).iter().map(text).collect();
        assert_eq!(producers, wanted, "{}", case["name"]);
    }
}

#[test]
fn nobody_is_elected_out_of_nobody() {
    assert!(election::seats(&Rules::default(), &Vec::new(), 1).is_err());
}
