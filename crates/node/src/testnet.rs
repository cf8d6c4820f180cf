//! The genesis of a network of one's own: pillars, treasury and faucet, everybody with plasma, all sporks
//! active.
//!
//! Unlike the [development network](crate::devnet), whose keys everybody knows, it has keys of its own and a
//! number of its own, so that blocks of one network mean nothing on another.

use crate::devnet::{self, balance, fusion, sporks, token};
use ledger::types::{Address, COIN, TokenStandard, contract};
use serde_json::{Value, json};

/// ZNN of each pillar's owner, in coins, besides what the pillar locks: its pillar's weight at first.
pub const OWNER_ZNN: u64 = 10_000;
/// QSR of each pillar's owner, in coins.
pub const OWNER_QSR: u64 = 100_000;
/// ZNN of the treasury, in coins.
pub const TREASURY_ZNN: u64 = 1_000_000;
/// QSR of the treasury, in coins.
pub const TREASURY_QSR: u64 = 10_000_000;
/// ZNN of the faucet, in coins.
pub const FAUCET_ZNN: u64 = 1_000_000;
/// QSR of the faucet, in coins.
pub const FAUCET_QSR: u64 = 10_000_000;
/// Most pillars that a network begins with.
pub const PILLARS_MAX: usize = 100;

/// What the genesis is made of.
#[derive(Clone, Debug)]
pub struct Testnet {
    /// Name of the network.
    pub name: String,
    /// Number that blocks carry to name the network.
    pub chain_identifier: u64,
    /// When it begins, in unix seconds.
    pub timestamp: u64,
    /// The pillars, at least one.
    pub pillars: Vec<Pillar>,
    /// Who creates and activates sporks, and administers bridge and liquidity.
    pub spork: Address,
    /// Who holds most coins.
    pub treasury: Address,
    /// Who gives coins away, if anybody does.
    pub faucet: Option<Address>,
}

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

impl Testnet {
    /// The genesis configuration, in the form of the reference's genesis files.
    pub fn genesis_config(&self) -> Value {
        let pillars = count(self.pillars.len());
        let mut fused: Vec<Address> = Vec::new();
        let mut funded: Vec<(Address, u64, u64)> = vec![
            (self.treasury, TREASURY_ZNN, TREASURY_QSR),
            // Sporks cost nothing but plasma; an account that exists shows in the explorer.
            (self.spork, 1, 1),
        ];
        for pillar in &self.pillars {
            fused.extend([pillar.producer, pillar.owner]);
            funded.push((pillar.owner, OWNER_ZNN, OWNER_QSR));
        }
        funded.extend(self.faucet.map(|faucet| (faucet, FAUCET_ZNN, FAUCET_QSR)));
        fused.extend([self.spork, self.treasury]);
        fused.extend(self.faucet);

        let fusions = count(fused.len());
        let (accelerator_znn, accelerator_qsr) = (devnet::ACCELERATOR_ZNN, devnet::ACCELERATOR_QSR);
        let znn: u64 = funded.iter().map(|(_, znn, _)| znn).sum::<u64>()
            + pillars * devnet::PILLAR_ZNN
            + accelerator_znn;
        let qsr: u64 = funded.iter().map(|(_, _, qsr)| qsr).sum::<u64>()
            + fusions * devnet::FUSED_QSR
            + accelerator_qsr;
        let mut blocks = vec![
            balance(contract::PILLAR, &[(TokenStandard::ZNN, pillars * devnet::PILLAR_ZNN)]),
            balance(contract::PLASMA, &[(TokenStandard::QSR, fusions * devnet::FUSED_QSR)]),
            balance(
                contract::ACCELERATOR,
                &[(TokenStandard::ZNN, accelerator_znn), (TokenStandard::QSR, accelerator_qsr)],
            ),
        ];
        blocks.extend(funded.iter().map(|(account, znn, qsr)| {
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
                token("ZNN", TokenStandard::ZNN, znn),
                token("QSR", TokenStandard::QSR, qsr),
            ] },
            "PlasmaConfig": { "Fusions": fused.iter().map(fusion).collect::<Vec<_>>() },
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
            "Amount": devnet::PILLAR_ZNN * COIN,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Network;

    fn testnet(pillars: u32, faucet: bool) -> Testnet {
        let address = |index| devnet::keys().key(index).unwrap().address();
        Testnet {
            name: "test".to_owned(),
            chain_identifier: 77,
            timestamp: 1_700_000_000,
            pillars: (0..pillars)
                .map(|index| Pillar {
                    name: format!("test-{}", index + 1),
                    producer: address(100 + 2 * index),
                    owner: address(101 + 2 * index),
                })
                .collect(),
            spork: address(20),
            treasury: address(21),
            faucet: faucet.then(|| address(22)),
        }
    }

    #[test]
    fn the_ledger_takes_it() {
        for (pillars, faucet) in [(1, false), (3, true), (100, true)] {
            let config = testnet(pillars, faucet).genesis_config().to_string();
            let mut network = Network::of_genesis(config.as_bytes(), 1).unwrap();
            network.development = true;
            let genesis = network.build().unwrap();
            assert_eq!(genesis.rules.chain_identifier, 77);
            assert_eq!(genesis.rules.initial_bridge_administrator, genesis.rules.spork_address);
            assert!(!network.is_devnet());
        }
    }
}
