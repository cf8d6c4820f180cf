//! Tells peers of new momentums and blocks that they don't know.
//!
//! A momentum goes out once it is our newest one: whole to some peers, its hash to the others. Blocks go
//! to everyone, gathered for a moment if many come; those that stay unconfirmed are told again, as
//! somebody may have missed them. Source: go-zenon `protocol/handler.go`.

use super::peers::Peers;
use super::protocol::Here;
use super::{Action, Peer};
use crate::node::Millis;
use crate::wire::message::{Message, TX_MAX};
use alloy_rlp::Encodable;
use ledger::types::Hash;
use ledger::{AccountBlock, DetailedMomentum};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Peers that get a whole momentum: all up to this number, of those beyond as many as their root.
const WHOLE_MIN: usize = 10;
/// A momentum is told only if no peer is further ahead of it than this: while we catch up, nobody waits
/// for what we have.
const CAUGHT_UP: u64 = 8;
/// Blocks wait this long for others, if some were told just before.
const GATHER_MS: u64 = 20;
/// Bytes of one message of blocks.
const TX_BYTES: usize = 512 << 10;
/// Blocks that wait to be told; more are told at once.
const GATHERED_MAX: usize = 1_024;
/// Blocks that are unconfirmed for one to two times this long are told again.
const AGAIN_MS: u64 = 30_000;
/// Most of them each time.
const AGAIN_MAX: usize = 256;
/// To how many peers.
const AGAIN_PEERS: usize = 3;

#[derive(Debug)]
pub(super) struct Gossip {
    gathered: Vec<Arc<AccountBlock>>,
    told_at: Millis,
    again_at: Millis,
    /// Blocks that were unconfirmed the last time.
    unconfirmed: BTreeSet<Hash>,
}

impl Gossip {
    pub(super) fn new() -> Gossip {
        Gossip { gathered: Vec::new(), told_at: 0, again_at: 0, unconfirmed: BTreeSet::new() }
    }

    pub(super) fn deadlines(&self) -> Vec<Millis> {
        let mut due = vec![self.again_at];
        if !self.gathered.is_empty() {
            due.push(self.told_at + GATHER_MS);
        }
        due
    }

    /// Our newest momentum.
    pub(super) fn momentum(
        &mut self,
        here: &Here<'_>,
        peers: &mut Peers,
        momentum: &DetailedMomentum,
        out: &mut Vec<Action>,
    ) {
        let name = momentum.momentum.identifier();
        if name != here.head || peers.best_claim(here.now) > name.height + CAUGHT_UP {
            return;
        }
        let mut unaware: Vec<Peer> = peers
            .greeted()
            .map(|(peer, _)| peer)
            .filter(|peer| !peers.known.knows(*peer, &name.hash))
            .collect();
        if unaware.is_empty() {
            return;
        }
        peers.random.shuffle(&mut unaware);
        for peer in &unaware {
            peers.known.mark(*peer, &name.hash);
        }
        let rest = unaware.split_off(whole(unaware.len()));
        let message = Message::NewBlock(Box::new(momentum.clone()));
        out.push(Action::Send { peers: unaware, message });
        if !rest.is_empty() {
            let message = Message::NewBlockHashes(vec![name.hash]);
            out.push(Action::Send { peers: rest, message });
        }
    }

    /// A block came into the pool.
    pub(super) fn block(&mut self, block: Arc<AccountBlock>) {
        self.gathered.push(block);
    }

    /// Tells what has gathered.
    pub(super) fn drive(&mut self, here: &Here<'_>, peers: &mut Peers, out: &mut Vec<Action>) {
        if !self.gathered.is_empty()
            && (here.now >= self.told_at + GATHER_MS || self.gathered.len() >= GATHERED_MAX)
        {
            self.told_at = here.now;
            let blocks = std::mem::take(&mut self.gathered);
            tell(peers, &blocks, out);
        }
        if here.now >= self.again_at {
            self.again_at = here.now + AGAIN_MS;
            self.tell_again(here, peers, out);
        }
    }

    /// Everything unconfirmed, for a new peer, lowest first for each account.
    pub(super) fn welcome(
        &mut self,
        here: &Here<'_>,
        peers: &mut Peers,
        peer: Peer,
        out: &mut Vec<Action>,
    ) {
        let blocks = here.pending.iter().map(|accepted| &accepted.block);
        for message in messages(blocks) {
            for block in &message {
                peers.known.mark(peer, &block.hash);
            }
            out.push(Action::Send { peers: vec![peer], message: Message::Tx(message) });
        }
    }

    /// Tells a few peers once more of what waits for long.
    fn tell_again(&mut self, here: &Here<'_>, peers: &mut Peers, out: &mut Vec<Action>) {
        let all = || here.pending.iter().map(|accepted| &accepted.block);
        let old = all().filter(|block| self.unconfirmed.contains(&block.hash)).take(AGAIN_MAX);
        let messages = messages(old);
        self.unconfirmed = all().map(|block| block.hash).collect();
        let mut some: Vec<Peer> = peers.greeted().map(|(peer, _)| peer).collect();
        peers.random.shuffle(&mut some);
        some.truncate(AGAIN_PEERS);
        if !some.is_empty() {
            for message in messages {
                out.push(Action::Send { peers: some.clone(), message: Message::Tx(message) });
            }
        }
    }
}

/// How many of `peers` peers get a whole momentum.
fn whole(peers: usize) -> usize {
    match peers.checked_sub(WHOLE_MIN) {
        None | Some(0) => peers,
        Some(beyond) => WHOLE_MIN + beyond.isqrt(),
    }
}

/// Sends each peer those of the blocks that it does not know; peers that need the same share a message.
fn tell(peers: &mut Peers, blocks: &[Arc<AccountBlock>], out: &mut Vec<Action>) {
    let mut groups: BTreeMap<Vec<usize>, Vec<Peer>> = BTreeMap::new();
    for (peer, _) in peers.greeted() {
        let unknown = |index: &usize| !peers.known.knows(peer, &blocks[*index].hash);
        let needed: Vec<usize> = (0..blocks.len()).filter(unknown).collect();
        if !needed.is_empty() {
            groups.entry(needed).or_default().push(peer);
        }
    }
    for (needed, group) in groups {
        for peer in &group {
            for index in &needed {
                peers.known.mark(*peer, &blocks[*index].hash);
            }
        }
        for message in messages(needed.iter().map(|index| &*blocks[*index])) {
            out.push(Action::Send { peers: group.clone(), message: Message::Tx(message) });
        }
    }
}

/// Blocks in messages of bounded size.
fn messages<'a>(blocks: impl Iterator<Item = &'a AccountBlock>) -> Vec<Vec<AccountBlock>> {
    let mut messages = Vec::new();
    let mut message = Vec::new();
    let mut bytes = 0;
    for block in blocks {
        bytes += block.length();
        message.push(block.clone());
        if bytes >= TX_BYTES || message.len() == TX_MAX {
            messages.push(std::mem::take(&mut message));
            bytes = 0;
        }
    }
    if !message.is_empty() {
        messages.push(message);
    }
    messages
}
