//! When this node makes momentums, and that it never signs two for one slot.
//!
//! The newest slot that a key has signed is in the store, written in the transaction that holds the
//! momentum, so before the signature leaves; and, where it is configured, in a guard file outside of
//! the data folder ([`crate::guard`]). A slot is signed only if it is later than both, later than the
//! newest momentum, and not yet over.
//!
//! | what happens | why no slot is signed twice |
//! |---|---|
//! | crash at any point | the record is on disk before the signature leaves |
//! | old backup restored | slots up to now are over, and the one that is running at the start is left out; a clock set back is caught by the guard file |
//! | two nodes, one machine | the guard file is locked |
//! | two nodes, two machines | the later one lets its first slots pass and watches: if a momentum signed with its key appears, it never produces |
//!
//! Not covered: two nodes that can't see each other's momentums, and a clock set back on a machine whose
//! guard file was removed. On a network where no other node makes momentums (`alone`) nothing is
//! watched.

use crate::guard::Guard;
use crate::signer::Signer;
use crate::store::Signed;
use ledger::consensus::{election, slots};
use ledger::state::{Chain, View};
use ledger::types::Address;
use ledger::{Momentum, Refusal, Rules};

/// Seconds into a slot after which its momentum would come too late for the others.
const LATE_SECONDS: u64 = 3;

/// A key that produces, with its guard outside of the store if there is one.
pub struct ProducerKey {
    /// Who signs.
    pub signer: Box<dyn Signer>,
    /// Where slots are kept besides the store.
    pub guard: Option<Box<dyn Guard>>,
}

/// A key at work.
struct Key {
    signer: Box<dyn Signer>,
    guard: Option<Box<dyn Guard>>,
    address: Address,
    /// The newest slot that was signed, as far as is known.
    signed: Option<Signed>,
    standing: Standing,
}

/// Whether a key may sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// Not before one of its slots has passed without a momentum.
    Watching {
        /// The slot that is watched, once there was one.
        slot: Option<u64>,
    },
    /// Yes.
    Ready,
    /// Never again: another node uses it, or its guard can't be written.
    Barred,
}

/// All keys of a node.
pub struct Producer {
    keys: Vec<Key>,
    alone: bool,
    /// Start of the first slot that may be signed.
    first_slot: u64,
    /// Slots up to this one have been dealt with.
    decided: u64,
    /// Own slots that were come to too late, since this was last asked for.
    missed: u64,
}

/// A slot of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// Start of the slot.
    pub slot: u64,
    /// Which key.
    key: usize,
}

/// Why a momentum was not signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSigned {
    /// This slot, or a later one, is signed.
    #[error("slot {slot} is not later than slot {newest}, which {address} has signed")]
    Signed {
        /// Whose key.
        address: Address,
        /// The slot asked for.
        slot: u64,
        /// The newest one.
        newest: u64,
    },
    /// The guard can't be written.
    #[error("the guard of {address} can't be written: {reason}")]
    Guard {
        /// Whose key.
        address: Address,
        /// Why.
        reason: String,
    },
}

impl Producer {
    /// A producer that starts at `now` (unix seconds). `signed` is what the store knows.
    pub fn new(
        keys: Vec<ProducerKey>,
        signed: &[(Address, Signed)],
        alone: bool,
        rules: &Rules,
        now: u64,
    ) -> Producer {
        let keys = keys
            .into_iter()
            .map(|ProducerKey { signer, guard }| {
                let address = signer.address();
                let stored =
                    signed.iter().find(|(of, _)| *of == address).map(|(_, signed)| *signed);
                let outside = guard.as_ref().and_then(|guard| guard.newest());
                let signed = [stored, outside].into_iter().flatten().max_by_key(|s| s.slot);
                let standing = match alone {
                    true => Standing::Ready,
                    false => Standing::Watching { slot: None },
                };
                Key { signer, guard, address, signed, standing }
            })
            .collect();
        let first_slot =
            slots::slot_start(rules, now).map_or(0, |slot| slot.saturating_add(rules.block_time));
        Producer { keys, alone, first_slot, decided: 0, missed: 0 }
    }

    /// Whether there is no key.
    pub fn is_idle(&self) -> bool {
        self.keys.is_empty()
    }

    /// The producing addresses.
    pub fn addresses(&self) -> impl Iterator<Item = Address> {
        self.keys.iter().map(|key| key.address)
    }

    /// Why a key does not produce, if one is barred.
    pub fn barred(&self) -> Option<Address> {
        self.keys.iter().find(|key| key.standing == Standing::Barred).map(|key| key.address)
    }

    /// Unix seconds when [`Producer::turn`] has something new to say.
    pub fn next_slot(&self, rules: &Rules, now: u64) -> Option<u64> {
        if self.is_idle() {
            return None;
        }
        Some(match slots::slot_start(rules, now) {
            None => rules.genesis_timestamp,
            Some(slot) if slot > self.decided => slot,
            Some(slot) => slot.saturating_add(rules.block_time),
        })
    }

    /// The slot of ours that runs at `now`, once for each slot.
    pub fn turn(&mut self, chain: &dyn Chain, now: u64) -> Result<Option<Turn>, Refusal> {
        let rules = chain.rules();
        let Some(slot) = slots::slot_start(rules, now) else { return Ok(None) };
        if self.is_idle() || slot <= self.decided {
            return Ok(None);
        }
        self.decided = slot;
        let newest = View::frontier_of(chain).frontier()?.timestamp;
        if newest >= slot {
            return Ok(None);
        }
        let producer = election::producer_at(chain, slot)?;
        let Some(index) = self.keys.iter().position(|key| key.address == producer) else {
            return Ok(None);
        };
        if !self.watch(index, slot) {
            return Ok(None);
        }
        if now > slot + LATE_SECONDS && !self.alone {
            tracing::warn!(slot, now, "slot missed: came to it too late");
            self.missed += 1;
            return Ok(None);
        }
        Ok(Some(Turn { slot, key: index }))
    }

    /// Own slots that passed unused since the last call.
    pub fn take_missed(&mut self) -> u64 {
        std::mem::take(&mut self.missed)
    }

    /// Whether the key may sign in `slot`, which is its own.
    fn watch(&mut self, index: usize, slot: u64) -> bool {
        let key = &mut self.keys[index];
        match key.standing {
            Standing::Ready => {}
            Standing::Barred => return false,
            Standing::Watching { slot: Some(watched) } if watched < slot => {
                tracing::info!(address = %key.address, watched, "no other node uses this key");
                key.standing = Standing::Ready;
            }
            Standing::Watching { .. } => {
                if slot >= self.first_slot {
                    tracing::info!(address = %key.address, slot, "letting a slot pass to watch it");
                    key.standing = Standing::Watching { slot: Some(slot) };
                }
                return false;
            }
        }
        slot >= self.first_slot && key.signed.is_none_or(|signed| signed.slot < slot)
    }

    /// The first slot from `from` on that one of our keys may sign, for a development network.
    pub fn turn_from(&self, chain: &dyn Chain, from: u64) -> Result<Option<Turn>, Refusal> {
        let rules = chain.rules();
        let newest = View::frontier_of(chain).frontier()?.timestamp;
        let from = from.max(newest + 1).max(self.first_slot).max(rules.genesis_timestamp);
        let mut slot = slots::slot_start(rules, from + rules.block_time - 1).unwrap_or(from);
        // Everyone who is elected comes up within two ticks.
        for _ in 0..=2 * rules.node_count {
            let producer = election::producer_at(chain, slot)?;
            let key = self.keys.iter().position(|key| {
                key.address == producer
                    && key.standing == Standing::Ready
                    && key.signed.is_none_or(|signed| signed.slot < slot)
            });
            if let Some(key) = key {
                return Ok(Some(Turn { slot, key }));
            }
            slot += rules.block_time;
        }
        Ok(None)
    }

    /// Signs a momentum for `turn`, after the guard outside of the store has kept the slot. What the
    /// store has to keep with the momentum is given back.
    pub fn sign(
        &mut self,
        turn: Turn,
        momentum: &mut Momentum,
    ) -> Result<(Address, Signed), NotSigned> {
        assert_eq!(momentum.timestamp, turn.slot, "a momentum is for its slot");
        let key = &mut self.keys[turn.key];
        if let Some(newest) = key.signed
            && newest.slot >= turn.slot
        {
            let address = key.address;
            return Err(NotSigned::Signed { address, slot: turn.slot, newest: newest.slot });
        }
        let signed = Signed { slot: turn.slot, hash: momentum.hash };
        if let Some(guard) = &mut key.guard
            && let Err(error) = guard.record(signed)
        {
            key.standing = Standing::Barred;
            return Err(NotSigned::Guard { address: key.address, reason: error.to_string() });
        }
        key.signed = Some(signed);
        momentum.public_key = key.signer.public_key().to_vec();
        momentum.signature = key.signer.sign(momentum.hash.as_bytes()).to_vec();
        Ok((key.address, signed))
    }

    /// Who signs blocks of the producer whose turn it was.
    pub fn signer(&self, turn: Turn) -> &dyn Signer {
        &*self.keys[turn.key].signer
    }

    /// Looks at a momentum from outside: did someone else sign with a key of ours?
    pub fn look_at(&mut self, momentum: &Momentum) {
        let producer = momentum.producer();
        let Some(key) = self.keys.iter_mut().find(|key| key.address == producer) else { return };
        let slot = momentum.timestamp;
        let ours = key.signed.is_some_and(|signed| signed.hash == momentum.hash);
        if !ours && slot >= self.first_slot && !self.alone {
            if key.standing != Standing::Barred {
                tracing::error!(
                    address = %key.address, slot, hash = %momentum.hash,
                    "another node signs with this key: this one stops producing with it"
                );
            }
            key.standing = Standing::Barred;
        }
        if key.signed.is_none_or(|signed| signed.slot < slot) {
            key.signed = Some(Signed { slot, hash: momentum.hash });
        }
    }

    /// Lets slots after `slot` be signed again, as a development network does when it returns to a
    /// snapshot. What the store has to keep is given back.
    pub fn forget_after(&mut self, slot: u64) -> Vec<(Address, Signed)> {
        self.decided = self.decided.min(slot);
        let mut kept = Vec::new();
        for key in &mut self.keys {
            let Some(signed) = key.signed.as_mut().filter(|signed| signed.slot > slot) else {
                continue;
            };
            signed.slot = slot;
            kept.push((key.address, *signed));
            if let Some(guard) = &mut key.guard
                && let Err(error) = guard.forget_after(slot)
            {
                tracing::error!(address = %key.address, %error, "the guard can't be written");
                key.standing = Standing::Barred;
            }
        }
        kept
    }
}
