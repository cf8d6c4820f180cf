//! Account blocks that are accepted and not yet confirmed by a momentum.
//!
//! Each account has one unconfirmed chain on top of its confirmed one. Of two blocks at one height the
//! one with the better plasma ratio stays, then the one with the smaller hash; blocks that a momentum
//! brings always win. Source: go-zenon `chain/account_pool.go`.

use crate::block::{AccountBlock, BlockType};
use crate::refusal::{Fault, Refusal};
use crate::state::{Changes, View};
use crate::types::{AccountHeader, Address, HashHeight};
use core::cmp::Ordering;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A block that passed all checks, with what it writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The block, its plasma fields set.
    pub block: AccountBlock,
    /// What it and its descendants write under account keys, frontier records included.
    pub patch: Changes,
}

/// One account's unconfirmed blocks, lowest first.
#[derive(Clone, Default, Debug)]
struct Line {
    accepted: Vec<Arc<Accepted>>,
    /// All patches merged.
    merged: Changes,
    /// When the lowest block came, as a count of insertions.
    since: u64,
}

impl Line {
    fn merge_again(&mut self) {
        self.merged = Changes::default();
        for accepted in &self.accepted {
            self.merged.extend(&accepted.patch);
        }
    }

    /// Index of the entry that a name stands for; a batch has a name per descendant.
    fn position(&self, name: HashHeight) -> Option<usize> {
        self.accepted.iter().rposition(|accepted| {
            let block = &accepted.block;
            block.identifier() == name
                || block.descendant_blocks.iter().any(|below| below.identifier() == name)
        })
    }
}

/// What an insertion did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inserted {
    /// The block stands on top now.
    OnTop,
    /// It took the place of blocks that are gone now.
    Replaced,
    /// It was there already.
    Known,
}

/// All unconfirmed blocks. A clone is cheap: it shares what neither side changes later.
#[derive(Clone, Default, Debug)]
pub struct Pending {
    lines: BTreeMap<Address, Arc<Line>>,
    insertions: u64,
}

impl Pending {
    /// What lies over the confirmed store of `address` when `name` is its newest block: `None` if no
    /// such state exists, an empty write set if `name` is the confirmed frontier.
    pub fn below(
        &self,
        frontier: &View<'_>,
        address: &Address,
        name: HashHeight,
    ) -> Result<Option<Cow<'_, Changes>>, Fault> {
        let confirmed = frontier.account(address).identifier()?;
        if confirmed == name {
            return Ok(Some(Cow::Owned(Changes::default())));
        }
        let Some(line) = self.lines.get(address) else { return Ok(None) };
        if confirmed.height > name.height {
            return Ok(None);
        }
        Ok(line.position(name).map(|index| {
            if index + 1 == line.accepted.len() {
                return Cow::Borrowed(&line.merged);
            }
            let mut merged = Changes::default();
            for accepted in &line.accepted[..=index] {
                merged.extend(&accepted.patch);
            }
            Cow::Owned(merged)
        }))
    }

    /// What lies over the confirmed store of `address` in all.
    pub fn top(&self, address: &Address) -> Option<&Changes> {
        self.lines.get(address).map(|line| &line.merged)
    }

    /// Name of an account's newest block, unconfirmed ones included.
    pub fn identifier(&self, frontier: &View<'_>, address: &Address) -> Result<HashHeight, Fault> {
        match self.lines.get(address).and_then(|line| line.accepted.last()) {
            Some(last) => Ok(last.block.identifier()),
            None => frontier.account(address).identifier(),
        }
    }

    /// The entry that holds the block named by `header`.
    pub fn get(&self, header: &AccountHeader) -> Option<&Accepted> {
        let line = self.lines.get(&header.address)?;
        line.position(header.identifier()).map(|index| &*line.accepted[index])
    }

    /// An account's unconfirmed entries, lowest first.
    pub fn of(&self, address: &Address) -> &[Arc<Accepted>] {
        self.lines.get(address).map_or(&[], |line| &line.accepted)
    }

    /// All unconfirmed entries, by account.
    pub fn iter(&self) -> impl Iterator<Item = &Accepted> {
        self.lines.values().flat_map(|line| &line.accepted).map(|accepted| &**accepted)
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.lines.values().map(|line| line.accepted.len()).sum()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Adds an accepted block. `forced` blocks, which a momentum brings, win without comparison.
    pub fn insert(
        &mut self,
        frontier: &View<'_>,
        accepted: Accepted,
        forced: bool,
    ) -> Result<Inserted, Refusal> {
        let address = accepted.block.address;
        let previous = accepted.block.previous();
        let identifier = accepted.block.identifier();
        if self.identifier(frontier, &address)? == previous {
            self.push(accepted);
            return Ok(Inserted::OnTop);
        }
        let confirmed = frontier.account(&address).identifier()?;
        let rival = match self.at_height(&address, identifier.height) {
            Some(block) => Some(block.clone()),
            None => frontier.account(&address).block_by_height(identifier.height)?,
        };
        if rival.as_ref().is_some_and(|rival| rival.identifier() == identifier) {
            return Ok(Inserted::Known);
        }
        if confirmed.height >= identifier.height {
            return Err(Refusal::Pool(format!(
                "failed to insert account-block-transaction reason:older than stable identifier; \
                 stable-identifier:{confirmed}; identifier:{identifier}"
            )));
        }
        let keep = if previous == confirmed {
            0
        } else {
            match self.lines.get(&address).and_then(|line| line.position(previous)) {
                Some(index) => index + 1,
                None => {
                    let tip = self.identifier(frontier, &address)?;
                    return Err(Refusal::Pool(format!(
                        "failed to insert account-block-transaction reason:missing previous; \
                         frontier-identifier:{tip}; identifier:{identifier}"
                    )));
                }
            }
        };
        if !forced && let Some(rival) = &rival {
            higher_priority(&accepted.block, rival)?;
        }
        if let Some(line) = self.lines.get_mut(&address).map(Arc::make_mut) {
            line.accepted.truncate(keep);
            line.merge_again();
        }
        self.push(accepted);
        Ok(Inserted::Replaced)
    }

    fn push(&mut self, accepted: Accepted) {
        self.insertions += 1;
        let since = self.insertions;
        let line = Arc::make_mut(self.lines.entry(accepted.block.address).or_default());
        if line.accepted.is_empty() {
            line.since = since;
        }
        line.merged.extend(&accepted.patch);
        line.accepted.push(Arc::new(accepted));
    }

    /// Puts another copy of an unconfirmed block in its place: the same hash, but other bytes where the
    /// hash does not reach. Blocks on top stay. `false` if there is no such block.
    pub fn replace(&mut self, accepted: Accepted) -> bool {
        let Some(line) = self.lines.get_mut(&accepted.block.address) else { return false };
        let name = accepted.block.identifier();
        let same = |entry: &Arc<Accepted>| entry.block.identifier() == name;
        let Some(index) = line.accepted.iter().position(same) else { return false };
        let line = Arc::make_mut(line);
        line.accepted[index] = Arc::new(accepted);
        line.merge_again();
        true
    }

    /// The unconfirmed block of an account at a height, descendants included.
    fn at_height(&self, address: &Address, height: u64) -> Option<&AccountBlock> {
        self.of(address).iter().find_map(|accepted| {
            let block = &accepted.block;
            if block.height == height {
                return Some(block);
            }
            block.descendant_blocks.iter().find(|below| below.height == height)
        })
    }

    /// Drops what the newest momentum has confirmed; `frontier` is the view after it.
    pub fn confirm(&mut self, frontier: &View<'_>, content: &[AccountHeader]) -> Result<(), Fault> {
        let mut touched: Vec<Address> = content.iter().map(|header| header.address).collect();
        touched.dedup();
        for address in touched {
            let confirmed = frontier.account(&address).identifier()?.height;
            if let Some(line) = self.lines.get_mut(&address).map(Arc::make_mut) {
                line.accepted.retain(|accepted| accepted.block.height > confirmed);
                line.merge_again();
                if line.accepted.is_empty() {
                    self.lines.remove(&address);
                }
            }
        }
        Ok(())
    }

    /// Drops everything, as after a rollback.
    pub fn clear(&mut self) {
        self.lines.clear();
    }

    /// The headers that the next momentum should hold, sorted: whole batches, accounts that wait
    /// longest first, at most `most` headers.
    pub fn content(&self, most: usize) -> Vec<AccountHeader> {
        let mut lines: Vec<&Arc<Line>> = self.lines.values().collect();
        lines.sort_by_key(|line| line.since);
        let mut content = Vec::new();
        for line in lines {
            for accepted in &line.accepted {
                let block = &accepted.block;
                if content.len() + block.descendant_blocks.len() + 1 > most {
                    break;
                }
                content.extend(block.descendant_blocks.iter().map(AccountBlock::header));
                content.push(block.header());
            }
        }
        content.sort();
        content
    }
}

/// Whether `new` may take the place of `old` at the same height. The products wrap, as they do in the
/// reference; a pool's choice splits no chain.
fn higher_priority(new: &AccountBlock, old: &AccountBlock) -> Result<(), Refusal> {
    debug_assert_ne!(
        new.block_type,
        BlockType::CONTRACT_SEND,
        "sends of contracts come in batches"
    );
    let ours = new.total_plasma.wrapping_mul(old.base_plasma);
    let theirs = old.total_plasma.wrapping_mul(new.base_plasma);
    match ours.cmp(&theirs) {
        Ordering::Less => Err(Refusal::PoolPlasmaRatio),
        Ordering::Equal if new.hash >= old.hash => Err(Refusal::PoolHashTieBreak),
        Ordering::Equal | Ordering::Greater => Ok(()),
    }
}
