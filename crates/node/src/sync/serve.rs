//! Answers to the questions of peers, from one moment of the ledger.
//!
//! As the reference answers on the wire, except where that hurts: a hash that we don't know and an
//! amount of 0 give an empty answer (the reference crashes, or sends its whole chain), and both the
//! work and the bytes of an answer are bounded. Source: go-zenon `protocol/handler.go`,
//! `chain/momentum/momentum.go`.

use super::bucket::Bucket;
use crate::node::Millis;
use crate::service::Moment;
use crate::wire::FRAME_BYTES_MAX;
use crate::wire::message::{ASKED_MAX, BLOCKS_MAX, HASHES_MAX, Message};
use alloy_rlp::Encodable;
use ledger::state::View;
use ledger::types::Hash;
use ledger::{DetailedMomentum, Fault};

/// Momentums are added to an answer until it has this many bytes: large answers would keep a
/// connection, and the memory of both sides, busy for too long. With 50 peers that all fetch, two or
/// three answers for each are under way.
const ANSWER_BYTES_SOFT: usize = 512 << 10;
/// Longest encoding of a momentum that is sent beside others. With it an answer stays below the
/// largest frame; a longer momentum travels alone.
const MOMENTUM_BYTES_BESIDE: usize = 4 << 20;
const _: () = assert!(ANSWER_BYTES_SOFT + MOMENTUM_BYTES_BESIDE < FRAME_BYTES_MAX);

/// Answers a question. Anything else gets an empty list of hashes, which no peer waits for: callers
/// ask [`Message::is_request`] first.
pub fn answer(moment: &dyn Moment, question: &Message) -> Result<Message, Fault> {
    let view = View::frontier_of(moment.chain());
    match question {
        Message::GetBlockHashes { hash, amount } => hashes_to(&view, hash, *amount),
        Message::GetBlockHashesFromNumber { number, amount } => {
            hashes_from(&view, *number, *amount)
        }
        Message::GetBlocks(hashes) => momentums(&view, hashes),
        Message::Status(_)
        | Message::NewBlockHashes(_)
        | Message::Tx(_)
        | Message::BlockHashes(_)
        | Message::Blocks(_)
        | Message::NewBlock(_) => Ok(Message::BlockHashes(Vec::new())),
    }
}

/// Up to `amount` hashes that end at `hash`, lowest first.
fn hashes_to(view: &View<'_>, hash: &Hash, amount: u64) -> Result<Message, Fault> {
    let Some(last) = view.momentum_height(hash)? else {
        return Ok(Message::BlockHashes(Vec::new()));
    };
    let amount = amount.min(HASHES_MAX as u64);
    let first = (last + 1).saturating_sub(amount).max(1);
    range(view, first, last).map(Message::BlockHashes)
}

/// The hashes of `amount` momentums from height `number` on, highest first. Where the chain is shorter,
/// those that there are.
fn hashes_from(view: &View<'_>, number: u64, amount: u64) -> Result<Message, Fault> {
    let amount = amount.min(HASHES_MAX as u64);
    let newest = view.identifier()?.height;
    let end = number.saturating_add(amount).min(newest.saturating_add(1));
    let mut hashes = range(view, number.max(1), end.saturating_sub(1))?;
    hashes.reverse();
    Ok(Message::BlockHashes(hashes))
}

/// Hashes of the heights from `first` to `last`, lowest first.
fn range(view: &View<'_>, first: u64, last: u64) -> Result<Vec<Hash>, Fault> {
    let mut hashes = Vec::new();
    for height in first..=last {
        let momentum = view.momentum_by_height(height)?;
        hashes.push(momentum.ok_or_else(|| Fault(format!("momentum {height} is missing")))?.hash);
    }
    Ok(hashes)
}

/// Those momentums that are known, in the order of the question. Of genesis only the head is sent, as
/// everyone has the rest.
fn momentums(view: &View<'_>, hashes: &[Hash]) -> Result<Message, Fault> {
    let mut found: Vec<DetailedMomentum> = Vec::new();
    let mut bytes = 0;
    for hash in hashes.iter().take(ASKED_MAX) {
        if found.len() == BLOCKS_MAX || bytes >= ANSWER_BYTES_SOFT {
            break;
        }
        let Some(mut momentum) = view.momentum_by_hash(hash)? else { continue };
        let detailed = if momentum.height == 1 {
            momentum.content.clear();
            DetailedMomentum { momentum, account_blocks: Vec::new() }
        } else {
            view.detailed(momentum)?
        };
        let length = detailed.length();
        if length > MOMENTUM_BYTES_BESIDE && !found.is_empty() {
            break;
        }
        bytes += length;
        found.push(detailed);
    }
    Ok(Message::Blocks(found))
}

/// What one peer may ask for, in momentums that have to be looked up.
#[derive(Clone, Debug)]
pub struct Allowance(Bucket);

/// Momentums a second: above what a node applies, so that nobody who syncs meets it.
const LOOKUPS_PER_SECOND: u64 = 30_000;
/// Momentums at once: what a peer may ask for in one breath while it looks for our common past.
const LOOKUPS_AT_ONCE: u64 = 60_000;
/// What a question costs however little it asks for: reading it, and a frame to answer.
const QUESTION_LOOKUPS: u64 = 20;

impl Default for Allowance {
    fn default() -> Allowance {
        Allowance(Bucket::new(LOOKUPS_PER_SECOND, LOOKUPS_AT_ONCE))
    }
}

/// What a piece of a checkpoint costs: a mebibyte from disk.
const PIECE_LOOKUPS: u64 = 1_000;

impl Allowance {
    /// Counts a question for a checkpoint or a piece of one; `false` if it is one too many.
    pub fn take_piece(&mut self, now: Millis) -> bool {
        self.0.take(now, PIECE_LOOKUPS)
    }

    /// Counts a question; `false` if it is one too many.
    pub fn take(&mut self, now: Millis, question: &Message) -> bool {
        let lookups = match question {
            Message::GetBlocks(hashes) => hashes.len() as u64,
            // A hash takes one read where a momentum takes one for each block as well.
            Message::GetBlockHashes { amount, .. }
            | Message::GetBlockHashesFromNumber { amount, .. } => {
                (*amount).min(HASHES_MAX as u64) / 4
            }
            Message::Status(_)
            | Message::NewBlockHashes(_)
            | Message::Tx(_)
            | Message::BlockHashes(_)
            | Message::Blocks(_)
            | Message::NewBlock(_) => 0,
        };
        self.0.take(now, QUESTION_LOOKUPS + lookups)
    }
}
