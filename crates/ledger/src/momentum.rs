//! Momentums: fields and hash preimage, nothing else.
//!
//! A momentum confirms account blocks by their headers and commits to the resulting write set. Version
//! 2 (upstream's next release) appends two plasma prices; which versions a network takes is a rule
//! ([`crate::rules`]). Source: go-zenon `chain/nom/momentum.go`, `momentum_content.go`.

use crate::block::AccountBlock;
use crate::types::{AccountHeader, Address, Hash, HashHeight, sha3_256_of};

/// One link of the momentum chain.
#[derive(Clone, Default, Debug, PartialEq, Eq)]
pub struct Momentum {
    /// Format version.
    pub version: u64,
    /// The network.
    pub chain_identifier: u64,
    /// SHA3-256 of the preimage.
    pub hash: Hash,
    /// Hash of the momentum below; zero for genesis.
    pub previous_hash: Hash,
    /// Height, from 1 (genesis).
    pub height: u64,
    /// Start of the slot that it fills, in unix seconds.
    pub timestamp: u64,
    /// Empty except in genesis.
    pub data: Vec<u8>,
    /// The account blocks that it confirms, in the order in which they apply.
    pub content: Vec<AccountHeader>,
    /// Hash of the write set.
    pub changes_hash: Hash,
    /// Ed25519 key of the producer; empty in genesis.
    pub public_key: Vec<u8>,
    /// Ed25519 signature over `hash`; empty in genesis.
    pub signature: Vec<u8>,
    /// Version 2: plasma price of fused QSR from the next momentum on.
    pub next_fusion_price: u64,
    /// Version 2: plasma price of work from the next momentum on.
    pub next_work_price: u64,
}

impl Momentum {
    /// The hash that the fields give.
    pub fn compute_hash(&self) -> Hash {
        let mut content = Vec::with_capacity(self.content.len() * AccountHeader::LEN);
        for header in &self.content {
            content.extend_from_slice(&header.to_bytes());
        }
        let head = [self.version.to_be_bytes(), self.chain_identifier.to_be_bytes()].concat();
        let body = [self.height.to_be_bytes(), self.timestamp.to_be_bytes()].concat();
        let prices = if self.version >= 2 {
            [self.next_fusion_price.to_be_bytes(), self.next_work_price.to_be_bytes()].concat()
        } else {
            Vec::new()
        };
        Hash(sha3_256_of(&[
            &head,
            &self.previous_hash.0,
            &body,
            &sha3_256_of(&[&self.data]),
            &sha3_256_of(&[&content]),
            &self.changes_hash.0,
            &prices,
        ]))
    }

    /// Hash and height.
    pub fn identifier(&self) -> HashHeight {
        HashHeight::new(self.hash, self.height)
    }

    /// The momentum below.
    pub fn previous(&self) -> HashHeight {
        // Height 0 is refused before anyone follows this name.
        HashHeight::new(self.previous_hash, self.height.wrapping_sub(1))
    }

    /// The address that signed it; genesis gives the address of the empty key.
    pub fn producer(&self) -> Address {
        Address::of_public_key(&self.public_key)
    }
}

/// A momentum together with the account blocks that it confirms, in content order.
#[derive(Clone, Default, Debug, PartialEq, Eq)]
pub struct DetailedMomentum {
    /// The momentum.
    pub momentum: Momentum,
    /// One block for each header, batched sends included.
    pub account_blocks: Vec<AccountBlock>,
}
