//! The development network: one pillar or some, ten funded accounts, everything switched on.
//!
//! Its genesis is fixed but for the timestamp and the number of pillars. The keys come from a mnemonic that everybody knows, so
//! nothing of worth may ever be sent to them on another network.

use crate::beginning::{Beginning, Pillar};
use ledger::Rules;
use ledger::types::Address;
use serde_json::Value;
use wallet::{KeyPair, KeyStore};

/// The words of which all keys of the network are derived; they are public.
pub const MNEMONIC: &str = "test test test test test test test test test test test junk";
/// Number that blocks carry to name the network.
pub const CHAIN_IDENTIFIER: u64 = 321;
/// How many accounts are funded: the keys with indexes 0 to 9.
pub const ACCOUNTS: u32 = 10;
/// Index of the key that makes the momentums.
pub const PILLAR_INDEX: u32 = ACCOUNTS;
/// Most pillars: each has an account for its owner.
pub const PILLARS_MAX: u32 = ACCOUNTS;
/// Name of the pillar; account 0 owns it and gets its rewards. Further ones are `devnet-2` and so on, and
/// are owned by the accounts that follow.
pub const PILLAR_NAME: &str = "devnet";
/// ZNN of each account, in coins.
pub const ACCOUNT_ZNN: u64 = 100_000;
/// QSR of each account, in coins: enough for a pillar and a sentinel, and then some.
pub const ACCOUNT_QSR: u64 = 1_000_000;

/// The keys of the network.
pub fn keys() -> KeyStore {
    KeyStore::from_mnemonic(MNEMONIC.parse().expect("the words above are a valid mnemonic"))
}

/// The key with this index: the accounts, then the pillar.
pub fn key(index: u32) -> KeyPair {
    keys().key(index).expect("small indexes can be derived")
}

/// The network's rules where a slot takes `block_time` seconds; `None` if no slot may take so long.
pub fn rules(block_time: u64) -> Option<Rules> {
    Rules::default().for_development(key(0).address()).with_block_time(block_time)
}

/// The genesis configuration with one pillar, in the form of the reference's genesis files.
pub fn genesis_config(timestamp: u64) -> Value {
    genesis_of(timestamp, 1)
}

/// Name of a pillar, counted from 0.
pub fn pillar_name(index: u32) -> String {
    match index {
        0 => PILLAR_NAME.to_owned(),
        index => format!("{PILLAR_NAME}-{}", index + 1),
    }
}

/// The genesis configuration with 1 to [`PILLARS_MAX`] pillars.
pub fn genesis_of(timestamp: u64, pillars: u32) -> Value {
    let keys = keys();
    let address = |index| keys.key(index).expect("small indexes can be derived").address();
    let accounts: Vec<Address> = (0..ACCOUNTS).map(address).collect();
    let owner = accounts[0];
    let pillars: Vec<Pillar> = (0..pillars.clamp(1, PILLARS_MAX))
        .zip(&accounts)
        .map(|(index, owner)| Pillar {
            name: pillar_name(index),
            producer: address(PILLAR_INDEX + index),
            owner: *owner,
        })
        .collect();
    let producers = pillars.iter().map(|pillar| pillar.producer);
    let fused = accounts.iter().copied().chain(producers).collect();
    let funded = accounts.iter().map(|account| (*account, ACCOUNT_ZNN, ACCOUNT_QSR)).collect();
    Beginning {
        chain_identifier: CHAIN_IDENTIFIER,
        name: "unikernel-z devnet",
        timestamp,
        spork: owner,
        pillars: &pillars,
        fused,
        funded,
    }
    .genesis_config()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::types::TokenStandard;

    #[test]
    fn balances_sum_to_the_supply() {
        for pillars in [1, 3, PILLARS_MAX] {
            sum_is_right(&genesis_of(1, pillars));
        }
    }

    fn sum_is_right(config: &Value) {
        for (index, token) in [TokenStandard::ZNN, TokenStandard::QSR].iter().enumerate() {
            let blocks = config["GenesisBlocks"]["Blocks"].as_array().expect("a list");
            let held: u64 = blocks
                .iter()
                .filter_map(|entry| entry["BalanceList"][token.to_string()].as_u64())
                .sum();
            let supply = config["TokenConfig"]["Tokens"][index]["totalSupply"].as_u64();
            assert_eq!(Some(held), supply);
        }
    }

    #[test]
    fn only_the_timestamp_varies() {
        let text = |timestamp| genesis_config(timestamp).to_string();
        assert_eq!(text(1_111_111_111), text(1_222_222_222).replace("1222222222", "1111111111"));
    }

    #[test]
    fn the_first_account_administers() {
        let rules = rules(1).expect("one second is allowed");
        assert_eq!(rules.initial_bridge_administrator, key(0).address());
        assert_eq!((rules.block_time, rules.receiver_check_height), (1, 0));
    }
}
