//! Momentums that break one rule each, and are sound otherwise.

use crate::founding::{SLOT, pillar_key};
use crate::random::Random;
use ledger::consensus::election;
use ledger::state::View;
use ledger::types::{Address, Hash};
use ledger::{AccountBlock, DetailedMomentum, Momentum, apply};
use node::node::{Millis, Moment};
use node::service::Moment as _;
use wallet::KeyPair;

/// Number of rules that [`momentum`] breaks, one at a time.
const RULES: u64 = 16;

/// A momentum for the next slot on top of the newest one, signed by whose turn it is, with one thing
/// wrong.
pub fn momentum(
    moment: &Moment,
    pillars: u8,
    now: Millis,
    random: &mut Random,
) -> Option<DetailedMomentum> {
    let (chain, pending) = (moment.chain(), moment.pending());
    let view = View::frontier_of(chain);
    let newest = view.frontier().ok()?.clone();
    let slot = newest.timestamp.max((now / 1000).saturating_sub(SLOT)) / SLOT * SLOT + SLOT;
    let content = pending.content(100);
    let (mut momentum, _) = apply::propose_momentum(chain, pending, content, slot).ok()?;
    let producer = election::producer_at(chain, slot).ok()?;
    let mut signer = key_of(&producer, pillars)?;
    let mut blocks: Vec<AccountBlock> = momentum
        .content
        .iter()
        .filter_map(|header| pending.get(header).map(|accepted| accepted.block.clone()))
        .collect();
    match random.below(RULES) {
        0 => momentum.changes_hash.0[0] ^= 1,
        1 => momentum.timestamp += 1 + random.below(SLOT - 1),
        2 => momentum.timestamp = newest.timestamp,
        3 => momentum.timestamp = newest.timestamp.saturating_sub(SLOT),
        4 => momentum.timestamp += 1_000 * SLOT,
        5 => {
            let other = (0..pillars).map(pillar_key).find(|key| key.address() != producer);
            signer = other.unwrap_or_else(|| pillar_key(60));
        }
        6 => signer = pillar_key(60),
        7 => momentum.version = random.below(4) * 2,
        8 => momentum.chain_identifier = random.below(3),
        9 => momentum.data = vec![1],
        10 => momentum.height += 1,
        11 => momentum.previous_hash = newest.previous_hash,
        12 => {
            if blocks.pop().is_none() {
                momentum.content.push(newest_header(&newest));
            }
        }
        13 => momentum.content.push(newest_header(&newest)),
        14 => {
            let twice = momentum.content.first().copied();
            momentum.content.push(twice.unwrap_or_else(|| newest_header(&newest)));
            blocks.extend(blocks.first().cloned());
        }
        _ => {
            // All is well but the signature, or the hash.
            sign(&mut momentum, &signer);
            let detailed = DetailedMomentum { momentum, account_blocks: blocks };
            return Some(mangled(detailed, random));
        }
    }
    sign(&mut momentum, &signer);
    Some(DetailedMomentum { momentum, account_blocks: blocks })
}

/// Spoils a momentum that somebody asked for.
pub fn spoil(detailed: &mut DetailedMomentum, random: &mut Random) {
    match random.below(4) {
        0 if !detailed.account_blocks.is_empty() => {
            detailed.account_blocks.pop();
        }
        1 if !detailed.account_blocks.is_empty() => {
            let first = &mut detailed.account_blocks[0];
            first.amount += ledger::types::Amount::from(1u64);
        }
        2 => detailed.momentum.changes_hash.0[3] ^= 4,
        _ => *detailed = mangled(std::mem::take(detailed), random),
    }
}

fn mangled(mut detailed: DetailedMomentum, random: &mut Random) -> DetailedMomentum {
    let momentum = &mut detailed.momentum;
    match random.below(4) {
        0 => momentum.hash.0[7] ^= 1,
        1 => momentum.public_key = pillar_key(61).public_key().to_vec(),
        2 => momentum.signature.clear(),
        _ => {
            if let Some(byte) = momentum.signature.last_mut() {
                *byte ^= 1;
            }
        }
    }
    detailed
}

fn sign(momentum: &mut Momentum, signer: &KeyPair) {
    momentum.hash = momentum.compute_hash();
    momentum.public_key = signer.public_key().to_vec();
    momentum.signature = signer.sign(momentum.hash.as_bytes()).to_vec();
}

fn key_of(producer: &Address, pillars: u8) -> Option<KeyPair> {
    (0..pillars).map(pillar_key).find(|key| key.address() == *producer)
}

/// A header of a block that does not exist.
fn newest_header(newest: &Momentum) -> ledger::types::AccountHeader {
    ledger::types::AccountHeader {
        address: newest.producer(),
        height: newest.height,
        hash: Hash::of(newest.hash.as_bytes()),
    }
}
