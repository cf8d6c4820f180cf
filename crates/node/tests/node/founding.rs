//! A small network with keys for everyone in it.

use ledger::contracts::pillar::{NORMAL_TYPE, Pillar};
use ledger::contracts::plasma::Fusion;
use ledger::contracts::spork::Spork;
use ledger::contracts::token::Token;
use ledger::genesis::{Genesis, GenesisAccount, GenesisConfig};
use ledger::pending::Pending;
use ledger::state::Chain;
use ledger::types::{Address, Amount, Hash, TokenStandard, coins, contract};
use ledger::{AccountBlock, BlockType, Rules, apply};
use std::collections::BTreeMap;
use wallet::KeyPair;

/// When the networks of these tests begin.
pub const GENESIS_SECONDS: u64 = 1_700_000_000;
/// Seconds in a slot.
pub const SLOT: u64 = 10;

/// The key of user or pillar number `index`.
pub fn key(index: u8) -> KeyPair {
    KeyPair::from_private_key(&[index; 32])
}

/// The key of pillar number `index`.
pub fn pillar_key(index: u8) -> KeyPair {
    key(200 + index)
}

/// A network with some pillars and users.
pub fn genesis(pillars: u8, users: u8) -> Genesis {
    let rules = Rules::default().for_development(key(0).address());
    Genesis::from_config(&config(pillars, users), rules).unwrap()
}

/// Its configuration.
pub fn config(pillars: u8, users: u8) -> GenesisConfig {
    let everyone: Vec<Address> = (0..users)
        .map(|index| key(index).address())
        .chain((0..pillars).map(|index| pillar_key(index).address()))
        .collect();
    let mut accounts: Vec<GenesisAccount> = everyone
        .iter()
        .map(|address| GenesisAccount {
            address: *address,
            balances: BTreeMap::from([
                (TokenStandard::ZNN, coins(100_000)),
                (TokenStandard::QSR, coins(1_000_000)),
            ]),
        })
        .collect();
    let count = |number: usize| Amount::from(number as u64);
    let fused = coins(2_000) * count(everyone.len());
    let locked = coins(15_000) * count(pillars.into());
    accounts.push(GenesisAccount {
        address: contract::PLASMA,
        balances: BTreeMap::from([(TokenStandard::QSR, fused)]),
    });
    accounts.push(GenesisAccount {
        address: contract::PILLAR,
        balances: BTreeMap::from([(TokenStandard::ZNN, locked)]),
    });
    GenesisConfig {
        chain_identifier: 321,
        extra_data: "a network for tests".to_owned(),
        timestamp: GENESIS_SECONDS,
        spork_address: key(0).address(),
        pillars: (0..pillars).map(pillar).collect(),
        fusions: everyone.iter().map(fusion).collect(),
        tokens: vec![
            token(TokenStandard::ZNN, "Zenon", coins(100_000) * count(everyone.len()) + locked),
            token(TokenStandard::QSR, "Quasar", coins(1_000_000) * count(everyone.len()) + fused),
        ],
        sporks: Some(sporks()),
        accounts,
        ..GenesisConfig::default()
    }
}

fn sporks() -> Vec<Spork> {
    let ids = Rules::default().sporks;
    [("accelerator", ids.accelerator), ("bridge", ids.bridge), ("htlcs", ids.htlc)]
        .map(|(name, id)| Spork {
            id,
            name: name.into(),
            description: Vec::new(),
            activated: true,
            enforcement_height: 0,
        })
        .to_vec()
}

fn pillar(index: u8) -> Pillar {
    let address = pillar_key(index).address();
    Pillar {
        name: format!("pillar-{index}").into_bytes(),
        producing_address: address,
        reward_address: address,
        stake_address: address,
        amount: coins(15_000),
        registration_time: GENESIS_SECONDS as i64,
        revoke_time: 0,
        give_block_percent: 0,
        give_delegate_percent: 100,
        pillar_type: NORMAL_TYPE,
    }
}

fn fusion(address: &Address) -> Fusion {
    Fusion {
        owner: *address,
        id: Hash::of(&address.0),
        amount: coins(2_000),
        expiration_height: 1,
        beneficiary: *address,
    }
}

fn token(token_standard: TokenStandard, name: &str, total_supply: Amount) -> Token {
    Token {
        token_standard,
        owner: contract::PILLAR,
        name: name.into(),
        symbol: name[..3].to_uppercase().into_bytes(),
        domain: "zenon.network".into(),
        total_supply,
        max_supply: Amount::from(u64::MAX),
        decimals: 8,
        mintable: true,
        burnable: true,
        utility: true,
    }
}

/// A transfer that is not complete yet.
pub fn transfer(from: u8, to: &Address, znn: u64) -> AccountBlock {
    AccountBlock {
        block_type: BlockType::USER_SEND,
        address: key(from).address(),
        to_address: *to,
        amount: Amount::from(znn),
        token_standard: TokenStandard::ZNN,
        ..AccountBlock::default()
    }
}

/// Completes and signs a block.
pub fn signed(
    key: &KeyPair,
    chain: &dyn Chain,
    pending: &Pending,
    template: AccountBlock,
) -> AccountBlock {
    let mut block = apply::draft(chain, pending, template).unwrap();
    key.finish_block(&mut block);
    block
}
