//! The development network: one pillar or some, ten funded accounts, everything switched on.
//!
//! Its genesis is fixed but for the timestamp and the number of pillars. The keys come from a mnemonic that everybody knows, so
//! nothing of worth may ever be sent to them on another network.

use ledger::Rules;
use ledger::types::{Address, COIN, Hash, TokenStandard, contract};
use serde_json::{Map, Value, json};
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
/// QSR that are fused for each account and for the pillar, in coins: the most that gives plasma.
pub const FUSED_QSR: u64 = 5_000;
/// ZNN of the accelerator's fund, in coins.
pub const ACCELERATOR_ZNN: u64 = 50_000;
/// QSR of the accelerator's fund, in coins.
pub const ACCELERATOR_QSR: u64 = 500_000;

/// ZNN that the pillar locks, in coins.
pub(crate) const PILLAR_ZNN: u64 = 15_000;
/// Largest supply of ZNN and of QSR, in smallest units, as on the original network.
const MAX_SUPPLY: u64 = 9_007_199_254_740_991;

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
    let pillars: Vec<(String, Address, Address)> = (0..pillars.clamp(1, PILLARS_MAX))
        .zip(&accounts)
        .map(|(index, owner)| (pillar_name(index), address(PILLAR_INDEX + index), *owner))
        .collect();
    let producers = pillars.iter().map(|(_, producer, _)| *producer);
    let fused: Vec<Address> = accounts.iter().copied().chain(producers).collect();

    let count = u64::try_from(accounts.len()).expect("ten");
    let fusions = u64::try_from(fused.len()).expect("at most twenty");
    let locked = u64::try_from(pillars.len()).expect("at most ten") * PILLAR_ZNN;
    let znn = count * ACCOUNT_ZNN + locked + ACCELERATOR_ZNN;
    let qsr = count * ACCOUNT_QSR + fusions * FUSED_QSR + ACCELERATOR_QSR;

    let mut blocks = vec![
        balance(contract::PILLAR, &[(TokenStandard::ZNN, locked)]),
        balance(contract::PLASMA, &[(TokenStandard::QSR, fusions * FUSED_QSR)]),
        balance(
            contract::ACCELERATOR,
            &[(TokenStandard::ZNN, ACCELERATOR_ZNN), (TokenStandard::QSR, ACCELERATOR_QSR)],
        ),
    ];
    blocks.extend(accounts.iter().map(|account| {
        balance(*account, &[(TokenStandard::ZNN, ACCOUNT_ZNN), (TokenStandard::QSR, ACCOUNT_QSR)])
    }));

    json!({
        "ChainIdentifier": CHAIN_IDENTIFIER,
        "ExtraData": "unikernel-z devnet",
        "GenesisTimestampSec": timestamp,
        "SporkAddress": owner.to_string(),
        "PillarConfig": {
            "Pillars": pillars.iter().map(|(name, producer, owner)| json!({
                "Name": name,
                "BlockProducingAddress": producer.to_string(),
                "RewardWithdrawAddress": owner.to_string(),
                "StakeAddress": owner.to_string(),
                "Amount": PILLAR_ZNN * COIN,
                "RegistrationTime": timestamp,
                "RevokeTime": 0,
                "GiveBlockRewardPercentage": 0,
                "GiveDelegateRewardPercentage": 100,
                "PillarType": 1,
            })).collect::<Vec<_>>(),
            "Delegations": pillars.iter().map(|(name, _, owner)| {
                json!({ "Name": name, "Backer": owner.to_string() })
            }).collect::<Vec<_>>(),
            "LegacyEntries": [],
        },
        "TokenConfig": { "Tokens": [
            token("ZNN", TokenStandard::ZNN, znn),
            token("QSR", TokenStandard::QSR, qsr),
        ] },
        "PlasmaConfig": { "Fusions": fused.iter().map(fusion).collect::<Vec<_>>() },
        "SwapConfig": { "Entries": [] },
        "SporkConfig": { "Sporks": sporks() },
        "GenesisBlocks": { "Blocks": blocks },
    })
}

/// An entry of the first balances, amounts in coins.
pub(crate) fn balance(address: Address, balances: &[(TokenStandard, u64)]) -> Value {
    let list: Map<String, Value> = balances
        .iter()
        .map(|(token, coins)| (token.to_string(), Value::from(coins * COIN)))
        .collect();
    json!({ "Address": address.to_string(), "BalanceList": list })
}

/// One of the two coins, as the original network's genesis has it.
pub(crate) fn token(symbol: &str, id: TokenStandard, supply: u64) -> Value {
    json!({
        "owner": contract::TOKEN.to_string(),
        "tokenName": symbol,
        "tokenSymbol": symbol,
        "tokenDomain": "zenon.network",
        "totalSupply": supply * COIN,
        "maxSupply": MAX_SUPPLY,
        "decimals": 8,
        "isMintable": true,
        "isBurnable": true,
        "isUtility": true,
        "tokenStandard": id.to_string(),
    })
}

/// QSR fused by an account for itself, free to be taken back at once.
pub(crate) fn fusion(account: &Address) -> Value {
    json!({
        "owner": account.to_string(),
        "id": Hash::of(account.as_bytes()).to_string(),
        "amount": FUSED_QSR * COIN,
        "withdrawHeight": 0,
        "beneficiaryAddress": account.to_string(),
    })
}

/// All sporks, in force from the second momentum on.
pub(crate) fn sporks() -> Vec<Value> {
    let ids = Rules::default().sporks;
    let named = [
        (ids.accelerator, "accelerator", "Accelerator-Z"),
        (ids.htlc, "htlc", "Hash time locked contracts"),
        (ids.bridge, "bridge-liquidity", "Bridge and liquidity"),
    ];
    named
        .iter()
        .map(|(id, name, description)| {
            json!({
                "id": id.to_string(),
                "name": name,
                "description": description,
                "activated": true,
                "enforcementHeight": 0,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

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
