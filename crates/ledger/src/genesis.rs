//! Genesis: the first momentum of a network and the state that it gives, from a configuration.
//!
//! The contracts' entries and all balances stand in the configuration ([`GenesisConfig`]). Each account
//! that has any gets one unsigned block, and one unsigned momentum confirms them. Sources: go-zenon
//! `chain/genesis/*.go`.

mod check;
mod config;
mod error;
mod json;

pub use config::{GenesisAccount, GenesisConfig};
pub use error::{GenesisError, GenesisErrorKind};

use crate::apply::{confirm_block, put_frontier, with_frontier_records};
use crate::block::{AccountBlock, BlockType};
use crate::contracts::Record;
use crate::contracts::pillar::Producing;
use crate::contracts::plasma::Fused;
use crate::momentum::Momentum;
use crate::pending::Accepted;
use crate::refusal::Fault;
use crate::rules::Rules;
use crate::state::{Changes, MemoryState, keys};
use crate::types::{Address, Amount, TokenStandard, amount_bytes, contract};
use std::collections::BTreeMap;

/// Height of the first momentum, and of the first block of each account.
const FIRST: u64 = 1;

/// The first momentum of a network, and the state that it gives.
#[derive(Clone, Debug)]
pub struct Genesis {
    /// The network's rules, with what genesis fixes filled in.
    pub rules: Rules,
    /// The first momentum.
    pub momentum: Momentum,
    /// Its blocks, in content order.
    pub blocks: Vec<AccountBlock>,
    /// What turns the empty state into the first one, frontier records included.
    pub changes: Changes,
}

impl Genesis {
    /// Reads, checks and builds a network's genesis; `base` gives the rules that it does not fix.
    pub fn from_json(text: &[u8], base: Rules) -> Result<Genesis, GenesisError> {
        Genesis::from_config(&GenesisConfig::from_json(text)?, base)
    }

    /// Checks and builds a network's genesis; `base` gives the rules that it does not fix.
    pub fn from_config(config: &GenesisConfig, base: Rules) -> Result<Genesis, GenesisError> {
        check::check(config)?;
        build(config, base).map_err(GenesisError::from_fault)
    }
}

fn build(config: &GenesisConfig, base: Rules) -> Result<Genesis, Fault> {
    let mut accounts: Vec<Accepted> = stores_of(config)
        .into_iter()
        .map(|(address, store)| open(config, address, store))
        .collect();
    accounts.sort_by_key(|account| account.block.header());

    let nothing = MemoryState::default();
    let mut changes = Changes::default();
    for account in &accounts {
        confirm_block(&nothing, &mut changes, account, FIRST)?;
    }
    let mut momentum = Momentum {
        version: 1,
        chain_identifier: config.chain_identifier,
        height: FIRST,
        timestamp: config.timestamp,
        data: config.extra_data.clone().into_bytes(),
        content: accounts.iter().map(|account| account.block.header()).collect(),
        changes_hash: changes.hash(),
        ..Momentum::default()
    };
    momentum.hash = momentum.compute_hash();
    put_frontier(&mut changes, &momentum);
    let rules = Rules {
        chain_identifier: config.chain_identifier,
        genesis: momentum.identifier(),
        genesis_timestamp: config.timestamp,
        spork_address: config.spork_address,
        ..base
    };
    let blocks = accounts.into_iter().map(|account| account.block).collect();
    Ok(Genesis { rules, momentum, blocks, changes })
}

/// What each account's store holds before its first block. Five contracts have one in any case, the
/// spork contract if sporks are configured at all.
fn stores_of(config: &GenesisConfig) -> BTreeMap<Address, Changes> {
    let mut stores = BTreeMap::from([
        (contract::PILLAR, pillar_store(config)),
        (contract::TOKEN, storage(&config.tokens)),
        (contract::PLASMA, plasma_store(config)),
        (contract::SWAP, storage(&config.swap_entries)),
    ]);
    if let Some(sporks) = &config.sporks {
        stores.insert(contract::SPORK, storage(sporks));
    }
    for account in &config.accounts {
        let store = stores.entry(account.address).or_default();
        for (token, amount) in &account.balances {
            store.put(keys::balance(token), amount_bytes(amount));
        }
    }
    stores
}

fn pillar_store(config: &GenesisConfig) -> Changes {
    let mut store = storage(&config.pillars);
    let producing = config
        .pillars
        .iter()
        .map(|pillar| Producing { address: pillar.producing_address, name: pillar.name.clone() });
    put_all(&mut store, &producing.collect::<Vec<_>>());
    put_all(&mut store, &config.delegations);
    put_all(&mut store, &config.legacy_slots);
    store
}

fn plasma_store(config: &GenesisConfig) -> Changes {
    let mut sums: BTreeMap<Address, Amount> = BTreeMap::new();
    for fusion in &config.fusions {
        // `check` has added them all up without overflow.
        let sum = sums.entry(fusion.beneficiary).or_default();
        *sum = sum.wrapping_add(fusion.amount);
    }
    let sums: Vec<Fused> =
        sums.into_iter().map(|(beneficiary, amount)| Fused { beneficiary, amount }).collect();
    let mut store = storage(&config.fusions);
    put_all(&mut store, &sums);
    store
}

fn storage<R: Record>(records: &[R]) -> Changes {
    let mut store = Changes::default();
    put_all(&mut store, records);
    store
}

fn put_all<R: Record>(store: &mut Changes, records: &[R]) {
    for record in records {
        store.put(keys::storage(&record.key()), record.to_bytes());
    }
}

/// The first block of an account, with what it writes.
fn open(config: &GenesisConfig, address: Address, store: Changes) -> Accepted {
    let mut block = AccountBlock {
        version: 1,
        chain_identifier: config.chain_identifier,
        block_type: BlockType::GENESIS_RECEIVE,
        height: FIRST,
        address,
        changes_hash: store.hash(),
        ..AccountBlock::default()
    };
    block.hash = block.compute_hash();
    let patch = with_frontier_records(store, &block);
    Accepted { block, patch }
}

/// Sums of what accounts hold, by token; `None` if one does not fit into 256 bits.
fn totals(config: &GenesisConfig) -> Option<BTreeMap<TokenStandard, Amount>> {
    let mut totals: BTreeMap<TokenStandard, Amount> = BTreeMap::new();
    for (token, amount) in config.accounts.iter().flat_map(|account| &account.balances) {
        let total = totals.entry(*token).or_default();
        *total = total.checked_add(*amount)?;
    }
    Some(totals)
}
