//! Unconfirmed blocks, and which of them the journal on disk holds.
//!
//! A block that was handed in is acknowledged once the journal has it, and leaves the journal in the
//! transaction that confirms it, or that drops it because a better one took its place. Blocks that
//! contracts answer with are made again after a start, so the journal never holds them.

use ledger::block::AccountBlock;
use ledger::codec::protobuf;
use ledger::pending::{Accepted, Inserted, Pending};
use ledger::state::View;
use ledger::types::{AccountHeader, Address};
use ledger::{Fault, Refusal};
use std::collections::BTreeMap;

/// How much the journal may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most blocks.
    pub blocks: usize,
    /// Most bytes of their encoded forms.
    pub bytes: usize,
}

impl Default for Limits {
    /// With what execution adds, memory is about six times the bytes.
    fn default() -> Limits {
        Limits { blocks: 10_000, bytes: 8 << 20 }
    }
}

/// Unconfirmed blocks and their journal.
#[derive(Clone, Debug, Default)]
pub struct Pool {
    pending: Pending,
    journal: BTreeMap<Address, Vec<Entry>>,
    blocks: usize,
    bytes: usize,
    /// Number of the next journal entry.
    next: u64,
}

#[derive(Clone, Debug)]
struct Entry {
    number: u64,
    header: AccountHeader,
    bytes: usize,
}

impl Pool {
    /// The blocks.
    pub fn pending(&self) -> &Pending {
        &self.pending
    }

    /// Number of blocks in the journal.
    pub fn journaled(&self) -> usize {
        self.blocks
    }

    /// Whether the journal holds as much as it may.
    pub fn is_full(&self, limits: &Limits) -> bool {
        self.blocks >= limits.blocks || self.bytes >= limits.bytes
    }

    /// Adds an accepted block.
    pub fn insert(
        &mut self,
        view: &View<'_>,
        accepted: Accepted,
        forced: bool,
    ) -> Result<Inserted, Refusal> {
        self.pending.insert(view, accepted, forced)
    }

    /// Puts another copy of a block in its place, as a momentum brings it. The journal keeps the first
    /// copy until the momentum confirms the block.
    pub fn replace(&mut self, accepted: Accepted) {
        self.pending.replace(accepted);
    }

    /// Gives an inserted block its place in the journal: what to write there.
    pub fn enter(&mut self, block: &AccountBlock) -> (u64, Vec<u8>) {
        let bytes = protobuf::encode_account_block(block);
        let number = self.next;
        self.note(number, block, bytes.len());
        (number, bytes)
    }

    /// Notes that the journal holds a block under `number`.
    pub fn note(&mut self, number: u64, block: &AccountBlock, bytes: usize) {
        let entry = Entry { number, header: block.header(), bytes };
        self.journal.entry(block.address).or_default().push(entry);
        self.next = self.next.max(number + 1);
        self.blocks += 1;
        self.bytes += bytes;
    }

    /// The numbers under which the journal holds blocks of `addresses` that are unconfirmed no more:
    /// to be removed.
    pub fn sweep(&mut self, addresses: impl IntoIterator<Item = Address>) -> Vec<u64> {
        let mut gone = Vec::new();
        for address in addresses {
            let Some(entries) = self.journal.get_mut(&address) else { continue };
            entries.retain(|entry| {
                let stays = self.pending.get(&entry.header).is_some();
                if !stays {
                    gone.push(entry.number);
                    self.blocks -= 1;
                    self.bytes -= entry.bytes;
                }
                stays
            });
            if entries.is_empty() {
                self.journal.remove(&address);
            }
        }
        gone
    }

    /// Gives every block a new place in the journal, lowest first for each account: the numbers to
    /// remove, and what to write.
    pub fn enter_all(&mut self) -> (Vec<u64>, Vec<(u64, Vec<u8>)>) {
        let gone = self.journal.values().flatten().map(|entry| entry.number).collect();
        self.journal.clear();
        (self.blocks, self.bytes) = (0, 0);
        let blocks: Vec<AccountBlock> = self
            .pending
            .iter()
            .map(|accepted| &accepted.block)
            .filter(|block| !block.is_contract_receive())
            .cloned()
            .collect();
        let entered = blocks.iter().map(|block| self.enter(block)).collect();
        (gone, entered)
    }

    /// Returns to an earlier pool: the numbers to remove from the journal, and what to write there.
    pub fn return_to(&mut self, earlier: Pool) -> (Vec<u64>, Vec<(u64, Vec<u8>)>) {
        let gone = self.journal.values().flatten().map(|entry| entry.number).collect();
        let next = self.next;
        *self = earlier;
        self.next = next;
        let (_, entered) = self.enter_all();
        (gone, entered)
    }

    /// Drops what a momentum has confirmed; `view` is the ledger after it. Gives the numbers to remove
    /// from the journal.
    pub fn confirm(
        &mut self,
        view: &View<'_>,
        content: &[AccountHeader],
    ) -> Result<Vec<u64>, Fault> {
        self.pending.confirm(view, content)?;
        let mut addresses: Vec<Address> = content.iter().map(|header| header.address).collect();
        addresses.sort();
        addresses.dedup();
        Ok(self.sweep(addresses))
    }

    /// Drops all blocks, which no longer stand on the ledger, and gives them away in an order in which
    /// they can be applied again. The journal still holds those that it held.
    pub fn take(&mut self) -> Vec<AccountBlock> {
        let blocks = self.pending.iter().map(|accepted| accepted.block.clone()).collect();
        self.pending.clear();
        blocks
    }
}
