//! How networks begin that are made here: pillars, balances and fused plasma as a genesis configuration, in
//! the form of the reference's genesis files.

use ledger::Rules;
use ledger::types::{Address, COIN, Hash, TokenStandard, contract};
use serde_json::{Map, Value, json};

/// QSR that are fused for an account, in coins: the most that gives plasma.
const FUSED_QSR: u64 = 5_000;
/// ZNN of the accelerator's fund, in coins.
const ACCELERATOR_ZNN: u64 = 50_000;
/// QSR of the accelerator's fund, in coins.
const ACCELERATOR_QSR: u64 = 500_000;
/// ZNN that a pillar locks, in coins.
const PILLAR_ZNN: u64 = 15_000;
/// Largest supply of ZNN and of QSR, in smallest units, as on the original network.
const MAX_SUPPLY: u64 = 9_007_199_254_740_991;

/// A pillar.
#[derive(Clone, Debug)]
pub struct Pillar {
    /// Its name.
    pub name: String,
    /// Who makes its momentums.
    pub producer: Address,
    /// Who owns it, gets its rewards and backs it.
    pub owner: Address,
}

/// What a network begins with.
pub(crate) struct Beginning<'a> {
    pub chain_identifier: u64,
    pub name: &'a str,
    /// In unix seconds.
    pub timestamp: u64,
    /// Who creates and activates sporks.
    pub spork: Address,
    pub pillars: &'a [Pillar],
    /// Accounts with plasma.
    pub fused: Vec<Address>,
    /// Accounts with ZNN and QSR, in coins.
    pub funded: Vec<(Address, u64, u64)>,
}

impl Beginning<'_> {
    /// The configuration. The supply is what is held.
    pub(crate) fn genesis_config(&self) -> Value {
        let locked = count(self.pillars.len()) * PILLAR_ZNN;
        let fused = count(self.fused.len()) * FUSED_QSR;
        let znn: u64 = self.funded.iter().map(|(_, znn, _)| znn).sum();
        let qsr: u64 = self.funded.iter().map(|(_, _, qsr)| qsr).sum();
        let mut blocks = vec![
            balance(contract::PILLAR, &[(TokenStandard::ZNN, locked)]),
            balance(contract::PLASMA, &[(TokenStandard::QSR, fused)]),
            balance(
                contract::ACCELERATOR,
                &[(TokenStandard::ZNN, ACCELERATOR_ZNN), (TokenStandard::QSR, ACCELERATOR_QSR)],
            ),
        ];
        blocks.extend(self.funded.iter().map(|(account, znn, qsr)| {
            balance(*account, &[(TokenStandard::ZNN, *znn), (TokenStandard::QSR, *qsr)])
        }));
        json!({
            "ChainIdentifier": self.chain_identifier,
            "ExtraData": self.name,
            "GenesisTimestampSec": self.timestamp,
            "SporkAddress": self.spork.to_string(),
            "PillarConfig": {
                "Pillars": self.pillars.iter().map(|pillar| self.registration(pillar)).collect::<Vec<_>>(),
                "Delegations": self.pillars.iter().map(|pillar| {
                    json!({ "Name": pillar.name, "Backer": pillar.owner.to_string() })
                }).collect::<Vec<_>>(),
                "LegacyEntries": [],
            },
            "TokenConfig": { "Tokens": [
                token("ZNN", TokenStandard::ZNN, znn + locked + ACCELERATOR_ZNN),
                token("QSR", TokenStandard::QSR, qsr + fused + ACCELERATOR_QSR),
            ] },
            "PlasmaConfig": { "Fusions": self.fused.iter().map(fusion).collect::<Vec<_>>() },
            "SwapConfig": { "Entries": [] },
            "SporkConfig": { "Sporks": sporks() },
            "GenesisBlocks": { "Blocks": blocks },
        })
    }

    fn registration(&self, pillar: &Pillar) -> Value {
        json!({
            "Name": pillar.name,
            "BlockProducingAddress": pillar.producer.to_string(),
            "RewardWithdrawAddress": pillar.owner.to_string(),
            "StakeAddress": pillar.owner.to_string(),
            "Amount": PILLAR_ZNN * COIN,
            "RegistrationTime": self.timestamp,
            "RevokeTime": 0,
            "GiveBlockRewardPercentage": 0,
            "GiveDelegateRewardPercentage": 100,
            "PillarType": 1,
        })
    }
}

fn count(number: usize) -> u64 {
    u64::try_from(number).expect("a count fits")
}

/// An entry of the first balances, amounts in coins.
fn balance(address: Address, balances: &[(TokenStandard, u64)]) -> Value {
    let list: Map<String, Value> = balances
        .iter()
        .map(|(token, coins)| (token.to_string(), Value::from(coins * COIN)))
        .collect();
    json!({ "Address": address.to_string(), "BalanceList": list })
}

/// One of the two coins, as the original network's genesis has it.
fn token(symbol: &str, id: TokenStandard, supply: u64) -> Value {
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
fn fusion(account: &Address) -> Value {
    json!({
        "owner": account.to_string(),
        "id": Hash::of(account.as_bytes()).to_string(),
        "amount": FUSED_QSR * COIN,
        "withdrawHeight": 0,
        "beneficiaryAddress": account.to_string(),
    })
}

/// All sporks, in force from the second momentum on.
fn sporks() -> Vec<Value> {
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
