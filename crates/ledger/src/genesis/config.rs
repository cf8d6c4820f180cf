//! What a network's genesis is made of, as plain data.

use super::{GenesisError, json};
use crate::contracts::pillar::{DelegationRecord, LegacySlots, Pillar};
use crate::contracts::plasma::Fusion;
use crate::contracts::spork::Spork;
use crate::contracts::swap::SwapAssets;
use crate::contracts::token::Token;
use crate::types::{Address, Amount, TokenStandard};
use std::collections::BTreeMap;

/// The configuration of a network's genesis.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GenesisConfig {
    /// Number that names the network in each block; 0 stands for none.
    pub chain_identifier: u64,
    /// Text in the first momentum's data.
    pub extra_data: String,
    /// Time of the first momentum and start of slot 0, in unix seconds.
    pub timestamp: u64,
    /// Who creates and activates sporks.
    pub spork_address: Address,
    /// Pillars. Their amounts are the pillar contract's ZNN.
    pub pillars: Vec<Pillar>,
    /// Who backs which pillar.
    pub delegations: Vec<DelegationRecord>,
    /// Legacy keys that may register legacy pillars.
    pub legacy_slots: Vec<LegacySlots>,
    /// Tokens. What accounts hold must sum to their total supplies.
    pub tokens: Vec<Token>,
    /// Fused QSR. Their amounts are the plasma contract's QSR.
    pub fusions: Vec<Fusion>,
    /// Coins of legacy keys; they are minted when retrieved, so the swap contract holds none.
    pub swap_entries: Vec<SwapAssets>,
    /// Sporks; `None` gives the spork contract no first block.
    pub sporks: Option<Vec<Spork>>,
    /// Who holds how much, contracts included.
    pub accounts: Vec<GenesisAccount>,
}

/// What an account holds from the start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GenesisAccount {
    /// The account.
    pub address: Address,
    /// Its balances.
    pub balances: BTreeMap<TokenStandard, Amount>,
}

impl GenesisConfig {
    /// Longest configuration file in bytes. The original network's has 3 MB.
    pub const JSON_BYTES_MAX: usize = 64 << 20;

    /// Reads a configuration file; its contents are not checked yet.
    pub fn from_json(text: &[u8]) -> Result<GenesisConfig, GenesisError> {
        json::read(text)
    }

    /// The configuration file, indented.
    pub fn to_json(&self) -> String {
        json::write(self)
    }
}
