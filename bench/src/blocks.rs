//! Blocks accepted in a second, end to end: published over HTTP, signature and plasma checked, calls of
//! contracts among them, acknowledged on disk.
//!
//! All blocks stand on genesis, so that two nodes which know only genesis take the same ones. Each account
//! has a connection of its own and publishes its chain in order.

use crate::load;
use crate::process::Process;
use crate::server::Server;
use crate::table::{Goal, Table};
use anyhow::{Context as _, Result, ensure};
use ledger::abi::Value as Argument;
use ledger::contracts::{Args, CONTRACTS};
use ledger::genesis::Genesis;
use ledger::types::{Address, Amount, COIN, Hash, HashHeight, TokenStandard, contract};
use ledger::verify::plasma;
use ledger::{AccountBlock, BlockType, Rules};
use serde_json::{Map, Value, json};
use std::path::Path;
use wallet::{KeyPair, KeyStore};

/// Accounts, and so connections.
const ACCOUNTS: u32 = 64;
/// Blocks of each account; their plasma stays below what an account can have.
const BLOCKS_EACH: u64 = 150;
/// Every so manieth block calls a contract.
const CALL_EVERY: u64 = 5;
/// Seed of the accounts' keys.
const SEED: &[u8] = b"the keys of a benchmark, of no worth";
/// Number of the network.
const CHAIN_IDENTIFIER: u64 = 322;
/// Start of the network, in unix seconds: long ago, so that no slot is awaited.
pub const GENESIS_TIMESTAMP: u64 = 1_700_000_000;

/// Measures the store-backed pool of `uz`, and the peer's at `peer`, which knows [`genesis_json`] alone.
pub fn measure(
    uz: &Path,
    peer: Option<(&str, Option<Process>)>,
    dir: &Path,
    table: &mut Table,
) -> Result<()> {
    std::fs::create_dir_all(dir)?;
    let file = dir.join("genesis.json");
    let text = genesis_json(GENESIS_TIMESTAMP)?;
    std::fs::write(&file, &text)?;
    let genesis = Genesis::from_json(text.as_bytes(), Rules::default())?;
    let chains = chains(&genesis, BLOCKS_EACH)?;

    let data = dir.join("data");
    let words = [
        "--genesis",
        file.to_str().context("the folder's path is no text")?,
        "--data-dir",
        data.to_str().context("the folder's path is no text")?,
    ];
    let server = Server::start(uz, &words)?;
    let ours = publish(&server.host, Some(server.process()), &chains)?;
    drop(server);
    let theirs = peer.map(|(host, process)| publish(host, process, &chains)).transpose()?;
    table.add(
        "blocks accepted end to end, 64 connections",
        "blocks/s",
        ours.0,
        theirs.map(|theirs| theirs.0),
        Goal::TimesPeer(3.0),
    );
    if let Some(cpu) = ours.1 {
        let theirs = theirs.and_then(|theirs| theirs.1);
        table.add(
            "processor time of an accepted block",
            "µs",
            cpu,
            theirs,
            // Most of it is one signature check, which costs the peer as much: a ratio, not a goal.
            Goal::NoneLess,
        );
    }
    Ok(())
}

/// Blocks in a second, and the server's processor time for each in microseconds.
fn publish(
    host: &str,
    process: Option<Process>,
    chains: &[Vec<AccountBlock>],
) -> Result<(f64, Option<f64>)> {
    let lists = chains
        .iter()
        .map(|chain| {
            chain
                .iter()
                .map(|block| {
                    let block = serde_json::to_string(block)?;
                    let body = load::call("ledger.publishRawTransaction", &format!("[{block}]"));
                    Ok(load::request(host, &body))
                })
                .collect::<Result<Vec<_>>>()
        })
        .collect::<Result<Vec<_>>>()?;
    let before = process.map(|process| process.cpu()).transpose()?;
    let outcome = load::each_in_order(host, lists)?;
    let after = process.map(|process| process.cpu()).transpose()?;
    ensure!(outcome.refused == 0, "{} blocks were refused by {host}", outcome.refused);
    let cpu = before.zip(after).map(|(before, after)| {
        (after - before).as_secs_f64() * 1e6 / outcome.answered.max(1) as f64
    });
    Ok((outcome.per_second(), cpu))
}

/// The accounts' chains of so many blocks, signed.
pub fn chains(genesis: &Genesis, blocks_each: u64) -> Result<Vec<Vec<AccountBlock>>> {
    let keys = keys()?;
    let addresses: Vec<Address> = keys.iter().map(KeyPair::address).collect();
    keys.iter()
        .enumerate()
        .map(|(at, key)| {
            let own = genesis
                .blocks
                .iter()
                .find(|block| block.address == key.address())
                .context("genesis endows every account")?;
            let mut below = own.identifier();
            let to = addresses[(at + 1) % addresses.len()];
            (0..blocks_each)
                .map(|number| {
                    let block = block(key, below, genesis.momentum.identifier(), number, to)?;
                    below = block.identifier();
                    Ok(block)
                })
                .collect()
        })
        .collect()
}

fn block(
    key: &KeyPair,
    below: HashHeight,
    acknowledged: HashHeight,
    number: u64,
    to: Address,
) -> Result<AccountBlock> {
    let mut block = AccountBlock {
        version: 1,
        chain_identifier: CHAIN_IDENTIFIER,
        block_type: BlockType::USER_SEND,
        previous_hash: below.hash,
        height: below.height + 1,
        momentum_acknowledged: acknowledged,
        address: key.address(),
        to_address: to,
        amount: Amount::from(1u64),
        token_standard: TokenStandard::ZNN,
        fused_plasma: plasma::BLOCK_BASE,
        ..AccountBlock::default()
    };
    if number % CALL_EVERY == CALL_EVERY - 1 {
        let plasma = CONTRACTS
            .iter()
            .find(|contract| contract.name == "plasma")
            .and_then(|contract| contract.named("Fuse"))
            .context("the plasma contract fuses")?;
        block.to_address = contract::PLASMA;
        block.amount = Amount::from(10 * COIN);
        block.token_standard = TokenStandard::QSR;
        block.data = plasma.encode(&Args(vec![Argument::Address(to)]));
        block.fused_plasma = plasma.plasma;
    }
    key.finish_block(&mut block);
    Ok(block)
}

/// The accounts' keys; the first is the pillar's as well.
pub fn keys() -> Result<Vec<KeyPair>> {
    let store = KeyStore::from_seed(SEED);
    (0..ACCOUNTS).map(|index| Ok(store.key(index)?)).collect()
}

/// Genesis of a network for such blocks that begins then, in the form of the reference's files.
pub fn genesis_json(timestamp: u64) -> Result<String> {
    let keys = keys()?;
    let first = keys.first().context("there are accounts")?.address();
    let count = u64::from(ACCOUNTS);
    let (own, fused, pillar) = (1_000_000 * COIN, 5_000 * COIN, 15_000 * COIN);
    let balance = |address: Address, list: &[(TokenStandard, u64)]| {
        let list: Map<String, Value> =
            list.iter().map(|(token, amount)| (token.to_string(), json!(amount))).collect();
        json!({ "Address": address.to_string(), "BalanceList": list })
    };
    let mut blocks = vec![
        balance(contract::PILLAR, &[(TokenStandard::ZNN, pillar)]),
        balance(contract::PLASMA, &[(TokenStandard::QSR, count * fused)]),
    ];
    blocks.extend(keys.iter().map(|key| {
        balance(key.address(), &[(TokenStandard::ZNN, own), (TokenStandard::QSR, own)])
    }));
    let fusions: Vec<Value> = keys
        .iter()
        .enumerate()
        .map(|(at, key)| {
            let mut id = Hash::default();
            id.0[31] = u8::try_from(at + 1).unwrap_or(u8::MAX);
            json!({
                "owner": key.address().to_string(),
                "id": id.to_string(),
                "amount": fused,
                "withdrawHeight": 1,
                "beneficiaryAddress": key.address().to_string(),
            })
        })
        .collect();
    let token = |name: &str, symbol: &str, standard: TokenStandard, supply: u64| {
        json!({
            "owner": contract::TOKEN.to_string(),
            "tokenName": name,
            "tokenSymbol": symbol,
            "tokenDomain": "example.com",
            "totalSupply": supply,
            "maxSupply": 9_007_199_254_740_991u64,
            "decimals": 8,
            "isMintable": true,
            "isBurnable": true,
            "isUtility": true,
            "tokenStandard": standard.to_string(),
        })
    };
    let config = json!({
        "ChainIdentifier": CHAIN_IDENTIFIER,
        "ExtraData": "benchmark",
        "GenesisTimestampSec": timestamp,
        "SporkAddress": first.to_string(),
        "PillarConfig": {
            "Pillars": [{
                "Name": "bench",
                "BlockProducingAddress": first.to_string(),
                "RewardWithdrawAddress": first.to_string(),
                "StakeAddress": first.to_string(),
                "Amount": pillar,
                "RegistrationTime": timestamp,
                "RevokeTime": 0,
                "GiveBlockRewardPercentage": 0,
                "GiveDelegateRewardPercentage": 100,
                "PillarType": 1,
            }],
            "Delegations": [],
            "LegacyEntries": [],
        },
        "TokenConfig": { "Tokens": [
            token("Zenon Coin", "ZNN", TokenStandard::ZNN, count * own + pillar),
            token("Quasar Coin", "QSR", TokenStandard::QSR, count * (own + fused)),
        ] },
        "PlasmaConfig": { "Fusions": fusions },
        "SwapConfig": { "Entries": [] },
        "SporkConfig": { "Sporks": [] },
        "GenesisBlocks": { "Blocks": blocks },
    });
    Ok(serde_json::to_string_pretty(&config)?)
}
