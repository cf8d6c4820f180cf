//! Account blocks from peers, on their way into the pool.
//!
//! What is known, or was refused with the same bytes, is dropped; the rest goes to the node, within what
//! each peer may send. A block may come before what it stands on, receives or acknowledges: such blocks
//! are kept for a while and tried again when that may have come.

use super::bucket::Bucket;
use super::guilt::{self, Verdict};
use super::known::Recent;
use super::peers::Peers;
use super::protocol::Here;
use super::sound;
use super::{Action, Offence, Peer};
use crate::node::{Millis, Ticket};
use crate::service::ServiceError;
use alloy_rlp::Encodable;
use ledger::types::{Address, sha3_256_of};
use ledger::verify::signature;
use ledger::{AccountBlock, Fault};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Blocks a second that a peer may send; a momentum takes 100 in ten seconds.
const BLOCKS_PER_SECOND: u64 = 500;
/// Blocks at once: a peer sends its whole pool as it greets.
const BLOCKS_AT_ONCE: u64 = 20_000;
const BYTES_PER_SECOND: u64 = 1 << 20;
const BYTES_AT_ONCE: u64 = 20 << 20;
/// Blocks of one peer that the node has not answered.
const ADMITTING_BY_PEER_MAX: usize = 4_096;
/// The same of all peers.
const ADMITTING_MAX: usize = 8_192;
/// Bytes of these.
const ADMITTING_BYTES_MAX: usize = 16 << 20;
/// Blocks that the node gets at one time.
const ADMIT_MAX: usize = 256;
/// Blocks that came too early, of one peer and in all, and their bytes.
const EARLY_BY_PEER_MAX: usize = 512;
const EARLY_MAX: usize = 2_048;
const EARLY_BYTES_MAX: usize = 4 << 20;
/// How long they are kept.
const EARLY_MS: u64 = 3 * 60_000;
/// How often they are tried.
const EARLY_TRIES_MAX: u32 = 24;
/// Refused blocks that are remembered, at least.
const REFUSED_MIN: usize = 8_192;
/// While so many momentums are missing nothing can be said of new blocks.
const BEHIND_MAX: u64 = 32;

/// Account, height, and the number that stands for all bytes.
type Name = (Address, u64, u64);

/// What one peer may send.
#[derive(Debug)]
struct Allowance {
    blocks: Bucket,
    bytes: Bucket,
    admitting: usize,
}

impl Default for Allowance {
    fn default() -> Allowance {
        Allowance {
            blocks: Bucket::new(BLOCKS_PER_SECOND, BLOCKS_AT_ONCE),
            bytes: Bucket::new(BYTES_PER_SECOND, BYTES_AT_ONCE),
            admitting: 0,
        }
    }
}

#[derive(Debug)]
struct Early {
    block: AccountBlock,
    from: Peer,
    bytes: usize,
    since: Millis,
    tries: u32,
}

/// A block that the node has, and what it would be if it came too early.
#[derive(Debug)]
struct Admitting {
    early: Early,
    key: u64,
}

/// Blocks on their way.
#[derive(Debug)]
pub(super) struct Inbox {
    allowances: BTreeMap<Peer, Allowance>,
    admitting: BTreeMap<Ticket, Vec<Admitting>>,
    admitting_keys: BTreeSet<u64>,
    admitting_bytes: usize,
    /// By account and height, so that those that follow one another are tried in order.
    early: BTreeMap<Name, Early>,
    early_bytes: usize,
    /// Early blocks that may be tried again.
    due: VecDeque<Name>,
    refused: Recent,
    tickets: u64,
}

/// All bytes of a block in a short number: the same hash with another signature is another block.
fn key(block: &AccountBlock) -> u64 {
    let whole =
        sha3_256_of(&[&block.hash.0, &block.changes_hash.0, &block.public_key, &block.signature]);
    let mut first = [0; 8];
    first.copy_from_slice(&whole[..8]);
    u64::from_be_bytes(first)
}

impl Inbox {
    pub(super) fn new() -> Inbox {
        Inbox {
            allowances: BTreeMap::new(),
            admitting: BTreeMap::new(),
            admitting_keys: BTreeSet::new(),
            admitting_bytes: 0,
            early: BTreeMap::new(),
            early_bytes: 0,
            due: VecDeque::new(),
            refused: Recent::new(REFUSED_MIN),
            tickets: 0,
        }
    }

    /// A peer's blocks.
    pub(super) fn arrived(
        &mut self,
        here: &Here<'_>,
        peers: &mut Peers,
        peer: Peer,
        blocks: Vec<AccountBlock>,
        out: &mut Vec<Action>,
    ) -> Result<(), Fault> {
        let is_behind = peers.best_claim(here.now) > here.head.height + BEHIND_MAX;
        let mut fresh = Vec::new();
        for block in blocks {
            let bytes = block.length();
            let allowance = self.allowances.entry(peer).or_default();
            if !allowance.blocks.take(here.now, 1) || !allowance.bytes.take(here.now, bytes as u64)
            {
                peers.blame(peer, Offence::TooMuch);
                break;
            }
            peers.known.mark(peer, &block.hash);
            // Batched sends come inside the block that makes them.
            if is_behind || block.is_batched() {
                continue;
            }
            let key = key(&block);
            if self.refused.contains(key)
                || self.admitting_keys.contains(&key)
                || self.early.contains_key(&(block.address, block.height, key))
                || here.pending.get(&block.header()).is_some()
                || here.view.confirmation_height(&block.hash)?.is_some()
            {
                continue;
            }
            if let Err(what) = sound::block(&block) {
                peers.blame(peer, Offence::Forged(what));
                break;
            }
            let full = allowance.admitting >= ADMITTING_BY_PEER_MAX
                || self.admitting_keys.len() >= ADMITTING_MAX
                || self.admitting_bytes + bytes > ADMITTING_BYTES_MAX;
            if full {
                continue;
            }
            let early = Early { block, from: peer, bytes, since: here.now, tries: 0 };
            self.note(key, &early);
            fresh.push(Admitting { early, key });
        }
        self.admit(fresh, out);
        Ok(())
    }

    fn note(&mut self, key: u64, early: &Early) {
        self.admitting_keys.insert(key);
        self.admitting_bytes += early.bytes;
        if let Some(allowance) = self.allowances.get_mut(&early.from) {
            allowance.admitting += 1;
        }
    }

    fn admit(&mut self, blocks: Vec<Admitting>, out: &mut Vec<Action>) {
        let mut blocks = blocks;
        while !blocks.is_empty() {
            let rest = blocks.split_off(blocks.len().min(ADMIT_MAX));
            self.tickets += 1;
            let ticket = self.tickets;
            let copies = blocks.iter().map(|admitting| admitting.early.block.clone()).collect();
            out.push(Action::Admit { ticket, blocks: copies });
            self.admitting.insert(ticket, blocks);
            blocks = rest;
        }
    }

    /// What came of blocks.
    pub(super) fn admitted(
        &mut self,
        here: &Here<'_>,
        peers: &mut Peers,
        ticket: Ticket,
        results: &[Result<(), ServiceError>],
    ) {
        let Some(blocks) = self.admitting.remove(&ticket) else { return };
        for (index, Admitting { early, key }) in blocks.into_iter().enumerate() {
            self.admitting_keys.remove(&key);
            self.admitting_bytes -= early.bytes;
            if let Some(allowance) = self.allowances.get_mut(&early.from) {
                allowance.admitting = allowance.admitting.saturating_sub(1);
            }
            match results.get(index) {
                Some(Ok(())) => self.wake_above(&early.block),
                Some(Err(ServiceError::Refused(refusal))) => match guilt::of_block(refusal) {
                    Verdict::Guilty => {
                        self.refused.insert(key);
                        let why = refusal.to_string();
                        peers.blame(early.from, Offence::InvalidBlock(why));
                    }
                    Verdict::Innocent => self.refused.insert(key),
                    Verdict::Early => self.keep(here.now, peers, early, key),
                },
                Some(Err(ServiceError::Busy { .. })) => self.keep(here.now, peers, early, key),
                Some(Err(
                    ServiceError::Momentum { .. }
                    | ServiceError::Fork(_)
                    | ServiceError::Dev(_)
                    | ServiceError::Stopping
                    | ServiceError::Store(_),
                ))
                | None => {}
            }
        }
    }

    /// Keeps a block that came too early.
    fn keep(&mut self, now: Millis, peers: &mut Peers, mut early: Early, key: u64) {
        early.tries += 1;
        if early.tries > EARLY_TRIES_MAX || now > early.since + EARLY_MS {
            self.refused.insert(key);
            return;
        }
        // Refusals for what is missing come before a look at the signature.
        let block = &early.block;
        if !block.address.is_embedded()
            && !signature::verify(&block.public_key, block.hash.as_bytes(), &block.signature)
        {
            self.refused.insert(key);
            let why = ledger::Refusal::BlockSignatureInvalid.to_string();
            peers.blame(early.from, Offence::InvalidBlock(why));
            return;
        }
        let of_peer = self.early.values().filter(|other| other.from == early.from).count();
        if self.early.len() >= EARLY_MAX
            || of_peer >= EARLY_BY_PEER_MAX
            || self.early_bytes + early.bytes > EARLY_BYTES_MAX
        {
            return;
        }
        self.early_bytes += early.bytes;
        self.early.insert((early.block.address, early.block.height, key), early);
    }

    /// A block is in the pool: what stands on it, or receives it, may be tried.
    pub(super) fn wake_above(&mut self, block: &AccountBlock) {
        if self.early.is_empty() {
            return;
        }
        let Some(next) = block.height.checked_add(1) else { return };
        let above = (block.address, next, 0)..=(block.address, next, u64::MAX);
        let names: Vec<Name> = self.early.range(above).map(|(name, _)| *name).collect();
        self.due.extend(names);
        let receives = |early: &Early| early.block.from_block_hash == block.hash;
        let names = self.early.iter().filter(|(_, early)| receives(early)).map(|(name, _)| *name);
        let names: Vec<Name> = names.collect();
        self.due.extend(names);
    }

    /// There is a new momentum: all may be tried.
    pub(super) fn wake_all(&mut self) {
        self.due = self.early.keys().copied().collect();
    }

    /// Tries early blocks again.
    pub(super) fn drive(&mut self, out: &mut Vec<Action>) {
        let mut blocks = Vec::new();
        while self.admitting_keys.len() < ADMITTING_MAX
            && let Some(name) = self.due.pop_front()
        {
            let Some(early) = self.early.remove(&name) else { continue };
            self.early_bytes -= early.bytes;
            let key = name.2;
            self.note(key, &early);
            blocks.push(Admitting { early, key });
        }
        self.admit(blocks, out);
    }

    /// Drops what is known of a connection. Blocks of it that wait are as good as before.
    pub(super) fn forget(&mut self, peer: Peer) {
        self.allowances.remove(&peer);
    }
}
