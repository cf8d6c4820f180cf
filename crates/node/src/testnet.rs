//! The genesis of a network of one's own: pillars, treasury and faucet, everybody with plasma, all sporks
//! active.
//!
//! Unlike the [development network](crate::devnet), whose keys everybody knows, it has keys of its own and a
//! number of its own, so that blocks of one network mean nothing on another.

use crate::beginning::Beginning;
use ledger::types::Address;
use serde_json::Value;

pub use crate::beginning::Pillar;

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

impl Testnet {
    /// The genesis configuration, in the form of the reference's genesis files.
    pub fn genesis_config(&self) -> Value {
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

        Beginning {
            chain_identifier: self.chain_identifier,
            name: &self.name,
            timestamp: self.timestamp,
            spork: self.spork,
            pillars: &self.pillars,
            fused,
            funded,
        }
        .genesis_config()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::devnet;
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
