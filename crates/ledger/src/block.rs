//! Account blocks: fields and hash preimage, nothing else.
//!
//! The hash covers a fixed 306-byte preimage; base and used plasma, `changes_hash`, key and signature
//! stand outside it. Source: go-zenon `chain/nom/account_block.go`.

use crate::types::{
    AccountHeader, Address, Amount, Hash, HashHeight, TokenStandard, amount_bytes, sha3_256_of,
};

/// What a block does. Any number may arrive from outside; only the constants pass verification.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BlockType(pub u64);

impl BlockType {
    /// First block of an account that genesis endows.
    pub const GENESIS_RECEIVE: BlockType = BlockType(1);
    /// A user sends tokens or calls a contract.
    pub const USER_SEND: BlockType = BlockType(2);
    /// A user takes what was sent.
    pub const USER_RECEIVE: BlockType = BlockType(3);
    /// A contract sends; exists only inside the receive block that caused it.
    pub const CONTRACT_SEND: BlockType = BlockType(4);
    /// A contract answers a call; deterministic and unsigned.
    pub const CONTRACT_RECEIVE: BlockType = BlockType(5);

    /// Whether blocks of this type send.
    pub fn is_send(self) -> bool {
        matches!(self, BlockType::USER_SEND | BlockType::CONTRACT_SEND)
    }

    /// Whether blocks of this type receive.
    pub fn is_receive(self) -> bool {
        matches!(
            self,
            BlockType::GENESIS_RECEIVE | BlockType::USER_RECEIVE | BlockType::CONTRACT_RECEIVE
        )
    }
}

/// One block of an account chain.
#[derive(Clone, Default, Debug, PartialEq, Eq)]
pub struct AccountBlock {
    /// Format version, 1.
    pub version: u64,
    /// The network that the block is for.
    pub chain_identifier: u64,
    /// What it does.
    pub block_type: BlockType,
    /// SHA3-256 of the preimage.
    pub hash: Hash,
    /// Hash of the account's block below; zero at height 1.
    pub previous_hash: Hash,
    /// Height in the account chain, from 1.
    pub height: u64,
    /// The momentum on whose state the block stands.
    pub momentum_acknowledged: HashHeight,
    /// The account.
    pub address: Address,
    /// Receiver of a send.
    pub to_address: Address,
    /// Amount of a send.
    pub amount: Amount,
    /// Token of a send.
    pub token_standard: TokenStandard,
    /// The send block that a receive takes.
    pub from_block_hash: Hash,
    /// Sends that a contract made while it received; they take the heights below this block.
    pub descendant_blocks: Vec<AccountBlock>,
    /// Contract call, free text, or a contract's result code.
    pub data: Vec<u8>,
    /// Plasma taken from fused QSR.
    pub fused_plasma: u64,
    /// Claimed proof-of-work difficulty.
    pub difficulty: u64,
    /// Proof-of-work nonce.
    pub nonce: [u8; 8],
    /// Least plasma that the block needs; set by the node.
    pub base_plasma: u64,
    /// Fused plus worked plasma (JSON `usedPlasma`); set by the node.
    pub total_plasma: u64,
    /// Hash of the block's write set; checked for contract blocks only.
    pub changes_hash: Hash,
    /// Ed25519 key, empty for contracts.
    pub public_key: Vec<u8>,
    /// Ed25519 signature over `hash`, empty for contracts.
    pub signature: Vec<u8>,
}

impl AccountBlock {
    /// Length of the hash preimage.
    pub const PREIMAGE_LEN: usize = 306;

    /// The hash that the fields give.
    pub fn compute_hash(&self) -> Hash {
        let descendants: Vec<&[u8]> =
            self.descendant_blocks.iter().map(|block| &block.hash.0[..]).collect();
        Hash(sha3_256_of(&[
            &self.version.to_be_bytes(),
            &self.chain_identifier.to_be_bytes(),
            &self.block_type.0.to_be_bytes(),
            &self.previous_hash.0,
            &self.height.to_be_bytes(),
            &self.momentum_acknowledged.hash.0,
            &self.momentum_acknowledged.height.to_be_bytes(),
            &self.address.0,
            &self.to_address.0,
            &amount_bytes(&self.amount),
            &self.token_standard.0,
            &self.from_block_hash.0,
            &sha3_256_of(&descendants),
            &sha3_256_of(&[&self.data]),
            &self.fused_plasma.to_be_bytes(),
            &self.difficulty.to_be_bytes(),
            &self.nonce,
        ]))
    }

    /// Hash and height.
    pub fn identifier(&self) -> HashHeight {
        HashHeight::new(self.hash, self.height)
    }

    /// Account, height and hash.
    pub fn header(&self) -> AccountHeader {
        AccountHeader { address: self.address, height: self.height, hash: self.hash }
    }

    /// The block below; a receive with descendants stands below its first descendant.
    pub fn previous(&self) -> HashHeight {
        match self.descendant_blocks.first() {
            Some(first) => first.previous(),
            // Height 0 is refused before anyone follows this name.
            None => HashHeight::new(self.previous_hash, self.height.wrapping_sub(1)),
        }
    }

    /// Whether the block sends.
    pub fn is_send(&self) -> bool {
        self.block_type.is_send()
    }

    /// Whether the block receives.
    pub fn is_receive(&self) -> bool {
        self.block_type.is_receive()
    }

    /// A send that may exist only inside a contract's receive block.
    pub fn is_batched(&self) -> bool {
        self.is_send() && self.address.is_embedded()
    }

    /// A contract's receive block.
    pub fn is_contract_receive(&self) -> bool {
        self.is_receive() && self.address.is_embedded()
    }
}
