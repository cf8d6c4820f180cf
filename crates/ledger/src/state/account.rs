//! One account's part of the state, with account-relative keys.
//!
//! The part is the confirmed store, with the account's unconfirmed blocks laid over it if there are
//! any, and with what the block at hand writes on top. Sources: go-zenon `chain/account/*.go`,
//! `vm/vm_context/*.go`.

use super::{Changes, State, Visit, keys};
use crate::block::AccountBlock;
use crate::codec::protobuf;
use crate::refusal::{Fault, Refusal};
use crate::types::{
    Address, Amount, Hash, HashHeight, TokenStandard, amount_bytes, amount_from_bytes,
};

/// The store of one account, readable, and writable into a write set of its own.
pub struct Account<'a> {
    address: Address,
    ledger: &'a dyn State,
    /// Unconfirmed blocks below the one at hand.
    pending: Option<&'a Changes>,
    writes: Changes,
    saved: Option<Changes>,
}

impl<'a> Account<'a> {
    /// The account as `ledger` has it, with `pending` laid over it.
    pub fn new(
        address: Address,
        ledger: &'a dyn State,
        pending: Option<&'a Changes>,
    ) -> Account<'a> {
        Account { address, ledger, pending, writes: Changes::default(), saved: None }
    }

    /// Whose store it is.
    pub fn address(&self) -> Address {
        self.address
    }

    /// What was written so far.
    pub fn writes(&self) -> &Changes {
        &self.writes
    }

    /// Gives the write set away.
    pub fn into_writes(self) -> Changes {
        self.writes
    }

    /// Remembers the write set, so that [`Account::reset`] can return to it.
    pub fn save(&mut self) {
        self.saved = Some(self.writes.clone());
    }

    /// Returns to the last [`Account::save`]; `false` if there was none.
    pub fn reset(&mut self) -> bool {
        match self.saved.take() {
            Some(saved) => {
                self.writes = saved;
                true
            }
            None => false,
        }
    }

    /// The value under an account key.
    pub fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        if let Some(value) = self.writes.get(key) {
            return Ok(value.map(<[u8]>::to_vec));
        }
        self.get_below(key)
    }

    fn get_below(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        if let Some(value) = self.pending.and_then(|pending| pending.get(key)) {
            return Ok(value.map(<[u8]>::to_vec));
        }
        self.ledger.get(&[&keys::account(&self.address)[..], key].concat())
    }

    /// Writes an account key.
    pub fn put(&mut self, key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) {
        self.writes.put(key, value);
    }

    /// Deletes an account key.
    pub fn delete(&mut self, key: impl Into<Vec<u8>>) {
        self.writes.delete(key);
    }

    /// Visits the entries whose account keys begin with `prefix`, in key order.
    pub fn scan(&self, prefix: &[u8], visit: &mut Visit<'_>) -> Result<(), Fault> {
        let confirmed = Confirmed { address: self.address, ledger: self.ledger };
        let nothing = Changes::default();
        let pending = self.pending.unwrap_or(&nothing).over(&confirmed);
        self.writes.over(&pending).scan(prefix, visit)
    }

    /// Hash and height of the newest block; zero for an empty account.
    pub fn identifier(&self) -> Result<HashHeight, Fault> {
        match self.get(&keys::FRONTIER)? {
            Some(bytes) => protobuf::decode_hash_height(&bytes).map_err(corrupt),
            None => Ok(HashHeight::ZERO),
        }
    }

    /// The newest block.
    pub fn frontier(&self) -> Result<Option<AccountBlock>, Fault> {
        let identifier = self.identifier()?;
        self.block_by_height(identifier.height)
    }

    /// The block at `height`.
    pub fn block_by_height(&self, height: u64) -> Result<Option<AccountBlock>, Fault> {
        match self.get(&keys::entry_by_height(height))? {
            Some(bytes) => protobuf::decode_account_block(&bytes).map(Some).map_err(corrupt),
            None => Ok(None),
        }
    }

    /// The block with this hash, if it is in this account's chain.
    pub fn block_by_hash(&self, hash: &Hash) -> Result<Option<AccountBlock>, Fault> {
        match self.get(&keys::height_by_hash(hash))? {
            Some(bytes) => self.block_by_height(integer(&bytes)?),
            None => Ok(None),
        }
    }

    /// Balance of a token.
    pub fn balance(&self, token: &TokenStandard) -> Result<Amount, Fault> {
        self.amount(&keys::balance(token))
    }

    /// All balances that were ever written, in order of token id.
    pub fn balances(&self) -> Result<Vec<(TokenStandard, Amount)>, Fault> {
        let mut list = Vec::new();
        self.scan(&keys::BALANCES, &mut |key, value| {
            if let (Some(token), Some(amount)) =
                (TokenStandard::from_slice(&key[1..]), amount_from_bytes(value))
            {
                list.push((token, amount));
            }
            true
        })?;
        Ok(list)
    }

    /// Adds to a balance. An overflow of 256 bits needs more tokens than can exist.
    pub fn add_balance(&mut self, token: &TokenStandard, amount: &Amount) -> Result<(), Refusal> {
        let sum = self.balance(token)?.checked_add(*amount).ok_or(Refusal::Panic)?;
        self.put(keys::balance(token), amount_bytes(&sum));
        Ok(())
    }

    /// Takes from a balance; the reference panics where it is short, so callers check before.
    pub fn sub_balance(&mut self, token: &TokenStandard, amount: &Amount) -> Result<(), Refusal> {
        let rest = self.balance(token)?.checked_sub(*amount).ok_or(Refusal::Panic)?;
        self.put(keys::balance(token), amount_bytes(&rest));
        Ok(())
    }

    /// Fused plasma that the account chain has used so far.
    pub fn chain_plasma(&self) -> Result<Amount, Fault> {
        self.amount(&keys::CHAIN_PLASMA)
    }

    /// Counts `used` more fused plasma.
    pub fn add_chain_plasma(&mut self, used: u64) -> Result<(), Refusal> {
        let sum = self.chain_plasma()?.checked_add(Amount::from(used)).ok_or(Refusal::Panic)?;
        self.put(keys::CHAIN_PLASMA, amount_bytes(&sum));
        Ok(())
    }

    /// Whether this account has received the send block.
    pub fn is_received(&self, send: &Hash) -> Result<bool, Fault> {
        Ok(self.get(&keys::received(send))?.is_some())
    }

    /// Marks the send block as received.
    pub fn mark_received(&mut self, send: &Hash) {
        self.put(keys::received(send), 1u64.to_be_bytes());
    }

    /// Number of queue entries that this contract has received.
    pub fn sequencer_received(&self) -> Result<u64, Fault> {
        match self.get(&keys::SEQUENCER_RECEIVED)? {
            Some(bytes) => integer(&bytes),
            None => Ok(0),
        }
    }

    /// Takes the next queue entry.
    pub fn sequencer_pop(&mut self) -> Result<(), Fault> {
        let next = self.sequencer_received()? + 1;
        self.put(keys::SEQUENCER_RECEIVED, next.to_be_bytes());
        Ok(())
    }

    fn amount(&self, key: &[u8]) -> Result<Amount, Fault> {
        match self.get(key)? {
            Some(bytes) => amount_from_bytes(&bytes)
                .ok_or_else(|| Fault("an amount has more than 32 bytes".to_owned())),
            None => Ok(Amount::ZERO),
        }
    }
}

/// The confirmed store alone, under account-relative keys.
struct Confirmed<'a> {
    address: Address,
    ledger: &'a dyn State,
}

impl State for Confirmed<'_> {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        self.ledger.get(&[&keys::account(&self.address)[..], key].concat())
    }

    fn scan(&self, prefix: &[u8], visit: &mut Visit<'_>) -> Result<(), Fault> {
        let account = keys::account(&self.address);
        self.ledger.scan(&[&account[..], prefix].concat(), &mut |key, value| {
            visit(&key[account.len()..], value)
        })
    }
}

/// An 8-byte integer as the ledger stores it.
pub(super) fn integer(bytes: &[u8]) -> Result<u64, Fault> {
    bytes
        .try_into()
        .map(u64::from_be_bytes)
        .map_err(|_| Fault(format!("an integer has {} bytes instead of 8", bytes.len())))
}

/// Our own stored bytes don't decode: the store is damaged.
pub(super) fn corrupt(error: impl core::fmt::Display) -> Fault {
    Fault(format!("stored bytes don't decode: {error}"))
}
