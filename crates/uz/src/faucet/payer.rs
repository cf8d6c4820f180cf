//! Sends what was asked for, each part once.
//!
//! A block is written down before it is published. After a stop at any point, the same block is looked for on
//! the ledger and published again if it is not there; a second one is signed only when another block has
//! taken its place, or the ledger refuses it. Both have the same height of the account's chain, so at
//! most one of them is ever in it.

use super::Terms;
use super::desk::{Desk, Due};
use super::journal::{JournalError, Line, Part, draft};
use crate::client::Rpc;
use crate::client::block::{self, Intent, Work};
use crate::outcome::{Code, Failure};
use ledger::AccountBlock;
use ledger::abi;
use ledger::contracts;
use ledger::types::{Address, TokenStandard, contract};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;
use wallet::KeyPair;
use wallet::pow::{Options, Task};

/// Longest wait for a request before looking whether to stop.
const PATIENCE: Duration = Duration::from_secs(1);
/// First and longest pause after the node did not answer.
const PAUSES: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(10));
/// Blocks that are signed for one part before it is given up: each was refused, or lost its place.
const DRAFTS_MAX: u32 = 5;

/// Why a part was not sent.
enum Trouble {
    /// It may go better later.
    Later(Failure),
    /// It will not.
    Never(Failure),
    /// Nothing can be written down.
    Journal(JournalError),
}

impl From<JournalError> for Trouble {
    fn from(error: JournalError) -> Trouble {
        Trouble::Journal(error)
    }
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Trouble {
        match failure.code {
            Code::Refused | Code::PlasmaMissing => Trouble::Never(failure),
            _ => Trouble::Later(failure),
        }
    }
}

/// Sends until told to stop. An error means that the journal can't be written, so nothing may be sent.
pub fn work(desk: &Desk, rpc: &Rpc, key: &KeyPair, stop: &AtomicBool) -> Result<(), JournalError> {
    let mut pause = PAUSES.0;
    while !stop.load(Ordering::Acquire) {
        let Some(due) = desk.next(PATIENCE) else { continue };
        let id = due.id.clone();
        match send(desk, rpc, key, due) {
            Ok(()) => pause = PAUSES.0,
            Err(Trouble::Later(failure)) => {
                tracing::warn!(cause = ?failure.cause, "{}; trying again", failure.message);
                thread::sleep(pause);
                pause = (pause * 2).min(PAUSES.1);
            }
            Err(Trouble::Never(failure)) => {
                let why = failure.cause.unwrap_or(failure.message);
                tracing::error!(request = id, why, "a request is given up");
                desk.note(Line::Failed { id, why })?;
            }
            Err(Trouble::Journal(error)) => return Err(error),
        }
    }
    Ok(())
}

/// Sends one part.
fn send(desk: &Desk, rpc: &Rpc, key: &KeyPair, due: Due) -> Result<(), Trouble> {
    let Due { id, address, part, draft: mut signed } = due;
    let mut drafts = 0;
    loop {
        let block = match signed.take() {
            Some(block) => block,
            None => {
                let block = sign(rpc, key, &intent(desk.terms(), part, address))?;
                desk.note(draft(&id, part, &block))?;
                Box::new(block)
            }
        };
        match settle(rpc, &block) {
            Ok(true) => {
                tracing::info!(request = id, %address, ?part, hash = %block.hash, "sent");
                return Ok(desk.note(Line::Sent { id, part })?);
            }
            Ok(false) => desk.note(Line::Void { id: id.clone(), part })?,
            Err(failure) if failure.code == Code::Refused => {
                desk.note(Line::Void { id: id.clone(), part })?;
                if drafts + 1 >= DRAFTS_MAX {
                    return Err(Trouble::Never(failure));
                }
            }
            Err(failure) => return Err(failure.into()),
        }
        drafts += 1;
        if drafts >= DRAFTS_MAX {
            let text = "another program uses this account's key; give the faucet one of its own";
            return Err(Trouble::Later(Failure::new(Code::Failed, text)));
        }
    }
}

/// Brings a signed block to the ledger: whether it is there. `false` if another has its place.
fn settle(rpc: &Rpc, block: &AccountBlock) -> Result<bool, Failure> {
    let place = json!([block.address.to_string(), block.height, 1]);
    let found: Value = rpc.get("ledger.getAccountBlocksByHeight", place)?;
    match found["list"][0]["hash"].as_str() {
        Some(hash) => Ok(hash == block.hash.to_string()),
        None => block::publish(rpc, block).map(|()| true),
    }
}

fn sign(rpc: &Rpc, key: &KeyPair, intent: &Intent) -> Result<AccountBlock, Failure> {
    let (mut block, price) = block::draft(rpc, key.address(), intent)?;
    let find: block::FindNonce<'_> = &|account, previous, difficulty| {
        let task = Task::new(account, previous, difficulty);
        let solved = task.solve(Options::default(), &mut |_| {});
        solved
            .map(|solution| solution.nonce)
            .map_err(|error| Failure::new(Code::Failed, error.to_string()))
    };
    block::pay(&mut block, &price, Work::Allow, find)?;
    block::sign(&mut block, key);
    Ok(block)
}

/// What the block of a part does.
fn intent(terms: &Terms, part: Part, address: Address) -> Intent {
    match part {
        Part::Znn => Intent::Send {
            to: address,
            amount: terms.znn,
            token: TokenStandard::ZNN,
            data: Vec::new(),
        },
        Part::Qsr => Intent::Send {
            to: address,
            amount: terms.qsr,
            token: TokenStandard::QSR,
            data: Vec::new(),
        },
        Part::Fuse => Intent::Send {
            to: contract::PLASMA,
            amount: terms.fuse,
            token: TokenStandard::QSR,
            data: fuse_for(address),
        },
    }
}

fn fuse_for(address: Address) -> Vec<u8> {
    let plasma = contracts::contract_at(&contract::PLASMA).expect("the plasma contract is there");
    let fuse = plasma.named("Fuse").expect("it fuses");
    abi::encode_call(fuse.name, fuse.params, &[abi::Value::Address(address)])
}
