//! Every key of the ledger, in one table.
//!
//! | key | value |
//! |---|---|
//! | `00` | hash and height of the newest momentum |
//! | `01` hash | height of that momentum |
//! | `02` height | the momentum |
//! | `03` address, account key | one account's store (below) |
//! | `04` address, mailbox key | what was sent to the account (below) |
//! | `05` block hash | height of the momentum that confirms the block |
//! | `08` address | the account's ZNN balance |
//! | `09` block hash | the block's header |
//!
//! | account key | value |
//! |---|---|
//! | `00` | hash and height of the newest block |
//! | `01` hash | height of that block |
//! | `02` height | the block |
//! | `03` token | balance |
//! | `04` storage key | a contract's storage |
//! | `05` | fused plasma that the chain has used so far |
//! | `06` send hash | received marker (users) |
//! | `07` | number of mailbox entries received (contracts) |
//!
//! | mailbox key | value |
//! |---|---|
//! | `04` send hash | ever sent here |
//! | `05` send hash | sent and not yet received |
//! | `06` send hash | header of the block that received it (in the sender's mailbox) |
//! | `07` | number of queue entries (contracts) |
//! | `08` number | header of the queue entry, from 1 (contracts) |
//!
//! Integers are 8 bytes big-endian, amounts 32. Sources: go-zenon `chain/momentum/keys.go`,
//! `chain/account/keys.go`, `chain/account/mailbox/keys.go`, `common/db/keys.go`.

use crate::types::{Address, Hash, TokenStandard};

/// Newest momentum (ledger) or newest block (account).
pub const FRONTIER: [u8; 1] = [0];
/// Account key: fused plasma used so far.
pub const CHAIN_PLASMA: [u8; 1] = [5];
/// Account key: mailbox entries received (contracts).
pub const SEQUENCER_RECEIVED: [u8; 1] = [7];
/// Account key prefix of balances.
pub const BALANCES: [u8; 1] = [3];
/// Account key prefix of contract storage.
pub const STORAGE: [u8; 1] = [4];
/// Mailbox key prefix of pending sends.
pub const MAILBOX_PENDING: [u8; 1] = [5];
/// Mailbox key: number of queue entries.
pub const MAILBOX_SIZE: [u8; 1] = [7];

/// Height by hash, of momentums (ledger) or blocks (account).
pub fn height_by_hash(hash: &Hash) -> Vec<u8> {
    [&[1], &hash.0[..]].concat()
}

/// Entry by height: a momentum (ledger) or a block (account).
pub fn entry_by_height(height: u64) -> Vec<u8> {
    [&[2], &height.to_be_bytes()[..]].concat()
}

/// Prefix of an account's store.
pub fn account(address: &Address) -> [u8; 21] {
    prefixed(3, address)
}

/// Prefix of an account's mailbox.
pub fn mailbox(address: &Address) -> [u8; 21] {
    prefixed(4, address)
}

/// Height of the momentum that confirms a block.
pub fn confirmation(block: &Hash) -> Vec<u8> {
    [&[5], &block.0[..]].concat()
}

/// An account's ZNN balance, as elections weigh it.
pub fn znn_balance(address: &Address) -> [u8; 21] {
    prefixed(8, address)
}

/// Header by block hash.
pub fn header_by_hash(block: &Hash) -> Vec<u8> {
    [&[9], &block.0[..]].concat()
}

/// Account key of a balance.
pub fn balance(token: &TokenStandard) -> Vec<u8> {
    [&BALANCES[..], &token.0].concat()
}

/// Account key of a contract's storage entry.
pub fn storage(key: &[u8]) -> Vec<u8> {
    [&STORAGE[..], key].concat()
}

/// Account key of a received marker.
pub fn received(send: &Hash) -> Vec<u8> {
    [&[6], &send.0[..]].concat()
}

/// Mailbox key: ever sent here.
pub fn mailbox_sent(send: &Hash) -> Vec<u8> {
    [&[4], &send.0[..]].concat()
}

/// Mailbox key: sent and not yet received.
pub fn mailbox_pending(send: &Hash) -> Vec<u8> {
    [&MAILBOX_PENDING[..], &send.0].concat()
}

/// Mailbox key, of the sender: which block received the send.
pub fn mailbox_received_by(send: &Hash) -> Vec<u8> {
    [&[6], &send.0[..]].concat()
}

/// Mailbox key: queue entry `number`, from 1.
pub fn mailbox_entry(number: u64) -> Vec<u8> {
    [&[8], &number.to_be_bytes()[..]].concat()
}

fn prefixed(first: u8, address: &Address) -> [u8; 21] {
    let mut key = [first; 21];
    key[1..].copy_from_slice(&address.0);
    key
}
