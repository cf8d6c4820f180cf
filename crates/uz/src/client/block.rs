//! From what is wanted to a signed block, and on to its confirmation.
//!
//! The order of calls is that of the other wallets: the account's newest block, the newest momentum,
//! the plasma that the block needs; then work if asked for, hash and signature, and the block is handed in.

use super::{Rpc, rpc::CallError};
use crate::outcome::{Code, Failure};
use ledger::contracts::{self, Method};
use ledger::types::{Address, Amount, Hash, HashHeight, TokenStandard};
use ledger::verify::plasma;
use ledger::{AccountBlock, BlockType};
use serde::Deserialize;
use serde_json::{Value, json};
use std::thread;
use std::time::{Duration, Instant};
use wallet::KeyPair;

/// Time between two looks at a block that is waited for, at first and at most.
const LOOK_EVERY: (Duration, Duration) = (Duration::from_millis(50), Duration::from_millis(800));

/// What a block is to do.
#[derive(Clone, Debug)]
pub enum Intent {
    /// Sends tokens, or calls a contract.
    Send {
        /// Receiver.
        to: Address,
        /// Amount.
        amount: Amount,
        /// Its token.
        token: TokenStandard,
        /// Call or note.
        data: Vec<u8>,
    },
    /// Takes what was sent.
    Receive {
        /// The send block.
        from: Hash,
    },
}

impl Intent {
    /// The contract method that it calls, if it calls one that is known.
    pub fn method(&self) -> Option<&'static Method> {
        match self {
            Intent::Send { to, data, .. } => {
                contracts::contract_at(to)?.method(ledger::rules::Era::Htlc, data)
            }
            Intent::Receive { .. } => None,
        }
    }
}

/// How an account pays for a block that its fused plasma does not cover.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// It doesn't; the block is refused here.
    Refuse,
    /// By proof of work.
    Allow,
}

/// What a block costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Price {
    /// Fused plasma that the account can spend.
    pub available_plasma: u64,
    /// Plasma that the block needs.
    pub base_plasma: u64,
    /// Work that makes up for the difference.
    pub required_difficulty: u64,
}

/// Finds a nonce: account, block below, difficulty.
pub type FindNonce<'a> = &'a dyn Fn(&Address, &Hash, u64) -> Result<[u8; 8], Failure>;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    hash: String,
    height: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MomentumHead {
    hash: String,
    height: u64,
    chain_identifier: u64,
}

/// A block without its work and signature, and its price.
pub fn draft(
    rpc: &Rpc,
    account: Address,
    intent: &Intent,
) -> Result<(AccountBlock, Price), Failure> {
    let below: Option<Head> =
        rpc.get("ledger.getFrontierAccountBlock", json!([account.to_string()]))?;
    let momentum: MomentumHead = rpc.get("ledger.getFrontierMomentum", json!([]))?;
    let mut block = AccountBlock {
        version: 1,
        chain_identifier: momentum.chain_identifier,
        height: below.as_ref().map_or(1, |below| below.height.saturating_add(1)),
        previous_hash: below.map_or(Ok(Hash::ZERO), |below| hash(&below.hash))?,
        momentum_acknowledged: HashHeight::new(hash(&momentum.hash)?, momentum.height),
        address: account,
        ..AccountBlock::default()
    };
    match intent {
        Intent::Send { to, amount, token, data } => {
            block.block_type = BlockType::USER_SEND;
            block.to_address = *to;
            block.amount = *amount;
            block.token_standard = *token;
            block.data.clone_from(data);
        }
        Intent::Receive { from } => {
            block.block_type = BlockType::USER_RECEIVE;
            block.from_block_hash = *from;
        }
    }
    let price = price(rpc, &block, intent)?;
    Ok((block, price))
}

/// What the block costs, as the node says.
fn price(rpc: &Rpc, block: &AccountBlock, intent: &Intent) -> Result<Price, Failure> {
    let method = "embedded.plasma.getRequiredPoWForAccountBlock";
    let to_address = block.is_send().then(|| block.to_address.to_string());
    let question = json!([{
        "address": block.address.to_string(),
        "blockType": block.block_type.0,
        "toAddress": to_address,
        "data": ledger::codec::base64::encode(&block.data),
    }]);
    match rpc.call(method, question) {
        Ok(answer) => serde_json::from_value(answer).map_err(|error| {
            Failure::new(Code::NodeError, format!("{method} answers in an unknown form"))
                .because(error)
        }),
        // More plasma is missing than work can give.
        Err(CallError::Answered { message, .. }) if message == "forbidden parameter" => {
            let held: Value = rpc.get("embedded.plasma.get", json!([block.address.to_string()]))?;
            let available = held.get("currentPlasma").and_then(Value::as_u64).unwrap_or(0);
            let needed = intent.method().map(|method| method.plasma);
            Err(too_much_for_work(available, needed))
        }
        Err(error) => Err(rpc.failure(method, error)),
    }
}

fn too_much_for_work(available: u64, needed: Option<u64>) -> Failure {
    let shown = needed.map_or("more".to_owned(), |needed| needed.to_string());
    let text = format!(
        "fused plasma is {available} and this block needs {shown}, of which work gives at most {}: fuse QSR",
        plasma::WORK_MAX
    );
    let fix = fuse_for(available, needed.unwrap_or(plasma::WORK_MAX));
    Failure::new(Code::PlasmaMissing, text).fix(fix)
}

/// The command that fuses enough for `missing` plasma.
fn fuse_for(available: u64, needed: u64) -> String {
    let missing = needed.saturating_sub(available);
    // The contract takes no less than ten.
    let qsr = missing.div_ceil(plasma::PER_FUSION_UNIT).max(10);
    format!("uz plasma fuse --amount {qsr}, and try again after the next momentum")
}

/// Pays for the block: with fused plasma, else with work if that is allowed.
pub fn pay(
    block: &mut AccountBlock,
    price: &Price,
    work: Work,
    find_nonce: FindNonce<'_>,
) -> Result<(), Failure> {
    if price.required_difficulty == 0 {
        block.fused_plasma = price.base_plasma;
        return Ok(());
    }
    if work == Work::Refuse {
        let (available, base) = (price.available_plasma, price.base_plasma);
        let text = format!(
            "fused plasma is {available} and this block needs {base}: add --pow or fuse QSR"
        );
        return Err(Failure::new(Code::PlasmaMissing, text).fix(fuse_for(available, base)));
    }
    block.fused_plasma = price.available_plasma;
    block.difficulty = price.required_difficulty;
    block.nonce = find_nonce(&block.address, &block.previous_hash, block.difficulty)?;
    Ok(())
}

/// Hands a signed block in.
pub fn publish(rpc: &Rpc, block: &AccountBlock) -> Result<(), Failure> {
    let method = "ledger.publishRawTransaction";
    let body = serde_json::to_value(block).expect("blocks have a JSON form");
    match rpc.call(method, json!([body])) {
        Ok(_) => Ok(()),
        Err(CallError::Answered { code: -32000, message }) => {
            let failure = Failure::new(Code::Refused, "the ledger refuses the block");
            Err(match refusal_fix(&message) {
                Some(fix) => failure.because(message).fix(fix),
                None => failure.because(message),
            })
        }
        Err(error) => Err(rpc.failure(method, error)),
    }
}

/// What helps against the refusals that people meet.
fn refusal_fix(message: &str) -> Option<&'static str> {
    Some(match message {
        "insufficient balance for transfer" => "look at what the account holds: uz balance",
        "not enough plasma on account"
        | "not enough TotalPlasma provided for account-block (PoW + Fused)" => {
            "add --pow, or fuse QSR: uz plasma fuse"
        }
        "account-block from-block already received" => "nothing is left to do",
        "invalid token or amount" => "look at what the contract asks for: --help of the verb",
        "address cannot call this method" => "sign with the account that may, by --from",
        _ => return None,
    })
}

/// Signs a paid block.
pub fn sign(block: &mut AccountBlock, key: &KeyPair) {
    key.finish_block(block);
}

/// What became of a block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fate {
    /// The momentum that confirms it.
    pub momentum_height: Option<u64>,
    /// For a contract call that was received: whether the contract accepted it.
    pub accepted: Option<bool>,
}

/// Waits until the block is confirmed and, if it is a call, answered in a confirmed block.
pub fn follow(rpc: &Rpc, block: &AccountBlock, limit: Duration) -> Result<Fate, Failure> {
    let is_call = block.is_send() && contracts::contract_at(&block.to_address).is_some();
    let start = Instant::now();
    let mut pause = LOOK_EVERY.0;
    loop {
        let fate = look(rpc, &block.hash, is_call)?;
        if fate.momentum_height.is_some() && (!is_call || fate.accepted.is_some()) {
            return Ok(fate);
        }
        if start.elapsed() >= limit {
            let what = match fate.momentum_height {
                Some(_) => "answered by the contract",
                None => "confirmed",
            };
            let text = format!("block {} was not {what} within {limit:?}", block.hash);
            let fix = format!("look again with: uz block {}", block.hash);
            return Err(Failure::new(Code::TimedOut, text).fix(fix));
        }
        thread::sleep(pause);
        pause = (pause * 2).min(LOOK_EVERY.1);
    }
}

fn look(rpc: &Rpc, hash: &Hash, is_call: bool) -> Result<Fate, Failure> {
    let found: Value = rpc.get("ledger.getAccountBlockByHash", json!([hash.to_string()]))?;
    let confirmed = |block: &Value| block["confirmationDetail"]["momentumHeight"].as_u64();
    let mut fate = Fate { momentum_height: confirmed(&found), accepted: None };
    let answer = &found["pairedAccountBlock"];
    if is_call && confirmed(answer).is_some() {
        fate.accepted = answer["data"].as_str().and_then(result_code);
    }
    Ok(fate)
}

/// A contract's answer: eight bytes, 1 for accepted, 2 for refused.
pub fn result_code(data: &str) -> Option<bool> {
    let bytes: [u8; 8] = ledger::codec::base64::decode(data.as_bytes())?.try_into().ok()?;
    match u64::from_be_bytes(bytes) {
        1 => Some(true),
        2 => Some(false),
        _ => None,
    }
}

fn hash(text: &str) -> Result<Hash, Failure> {
    text.parse().map_err(|error| {
        Failure::new(Code::NodeError, format!("the node gives \"{text}\" for a hash"))
            .because(error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn priced(available_plasma: u64, required_difficulty: u64) -> Price {
        Price { available_plasma, base_plasma: 21_000, required_difficulty }
    }

    #[test]
    fn fused_plasma_pays_if_it_is_enough() {
        let mut block = AccountBlock::default();
        let never: FindNonce<'_> = &|_, _, _| panic!("no work is needed");
        pay(&mut block, &priced(30_000, 0), Work::Allow, never).unwrap();
        assert_eq!((block.fused_plasma, block.difficulty), (21_000, 0));
    }

    #[test]
    fn work_makes_up_for_the_rest_if_allowed() {
        let mut block = AccountBlock::default();
        let nonce: FindNonce<'_> = &|_, _, difficulty| Ok(difficulty.to_be_bytes());
        pay(&mut block, &priced(2_100, 28_350_000), Work::Allow, nonce).unwrap();
        assert_eq!((block.fused_plasma, block.difficulty), (2_100, 28_350_000));
        assert_eq!(block.nonce, 28_350_000u64.to_be_bytes());
    }

    #[test]
    fn missing_plasma_is_said_with_both_ways_out() {
        let never: FindNonce<'_> = &|_, _, _| panic!("work is not allowed");
        let refused = pay(&mut AccountBlock::default(), &priced(0, 1), Work::Refuse, never);
        let failure = refused.unwrap_err();
        let text = "fused plasma is 0 and this block needs 21000: add --pow or fuse QSR";
        assert_eq!((failure.code, failure.message.as_str()), (Code::PlasmaMissing, text));
        assert!(failure.fix.unwrap().starts_with("uz plasma fuse --amount 10,"));
        let failure = too_much_for_work(0, Some(105_000));
        assert!(failure.message.contains("needs 105000"), "{}", failure.message);
        assert!(failure.fix.unwrap().starts_with("uz plasma fuse --amount 50,"));
    }

    #[test]
    fn a_contracts_answer_is_its_result_code() {
        assert_eq!(result_code("AAAAAAAAAAE="), Some(true));
        assert_eq!(result_code("AAAAAAAAAAI="), Some(false));
        assert_eq!(result_code(""), None);
        assert_eq!(result_code("AAAAAAAAAAM="), None);
    }
}
