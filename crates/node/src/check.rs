//! Whether a store holds what its chain of momentums gives.
//!
//! [`replay`] verifies and executes every momentum from genesis on a scratch state in memory, and
//! compares the way back at each height and the whole state at the end, byte by byte. [`links`] reads the
//! chain without executing it: heights, hashes and content fit together.

use crate::ahead;
use crate::store::{Before, Snapshot, StoreError};
use ledger::consensus::{self, Memo};
use ledger::genesis::Genesis;
use ledger::pending::Pending;
use ledger::state::{Chain, Changes, MemoryState, State, View};
use ledger::types::Hash;
use ledger::verify::block::SignatureCheck;
use ledger::{BlockType, DetailedMomentum, Fault, Refusal, Rules, apply};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Momentums that are read together.
const BATCH: u64 = 64;

/// What was found in order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Momentums, genesis included.
    pub momentums: u64,
    /// Account blocks that they confirm.
    pub blocks: u64,
    /// Keys of the state.
    pub keys: u64,
}

/// What is wrong with a store.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// It can't be read.
    #[error("the store can't be read: {0}")]
    Store(#[from] StoreError),
    /// A momentum is not valid.
    #[error("momentum {height}: {refusal}")]
    Refused {
        /// Its height.
        height: u64,
        /// Why.
        refusal: Refusal,
    },
    /// The first momentum is another.
    #[error("momentum 1 is {found}, genesis gives {wanted}")]
    Genesis {
        /// The store's.
        found: Hash,
        /// The configuration's.
        wanted: Hash,
    },
    /// A momentum does not fit to its place or its content.
    #[error("momentum {height}: {what}")]
    Link {
        /// Its height.
        height: u64,
        /// What does not fit.
        what: &'static str,
    },
    /// The way back differs.
    #[error("momentum {0}: the records that take it back differ from what execution gives")]
    Before(u64),
    /// The state differs.
    #[error("the state differs from what the chain gives at key {key}")]
    State {
        /// The first key that differs, in hex.
        key: String,
    },
}

impl From<Fault> for CheckError {
    fn from(fault: Fault) -> CheckError {
        CheckError::Store(fault.into())
    }
}

/// Executes the whole chain again and compares. `progress` is told each height.
pub fn replay(
    snapshot: &Snapshot,
    genesis: &Genesis,
    mut progress: impl FnMut(u64),
) -> Result<Report, CheckError> {
    let tip = snapshot.identifier().height;
    first(snapshot, genesis)?;
    let mut scratch = Scratch::new(genesis, snapshot);
    let mut report = Report { momentums: 1, blocks: genesis.blocks.len() as u64, keys: 0 };
    let mut next = 2;
    let read = || -> Result<Option<Vec<DetailedMomentum>>, CheckError> {
        let view = View::frontier_of(snapshot);
        let end = (next + BATCH).min(tip + 1);
        let batch =
            (next..end).map(|height| detailed(&view, height)).collect::<Result<Vec<_>, _>>()?;
        next = end;
        Ok((!batch.is_empty()).then_some(batch))
    };
    ahead::for_each(read, |batch| {
        for detailed in &batch.momentums {
            let height = detailed.momentum.height;
            scratch.insert(detailed, batch.check).map_err(|refusal| match refusal {
                Refusal::Fault(fault) => fault.into(),
                refusal => CheckError::Refused { height, refusal },
            })?;
            if snapshot.before(height)? != scratch.before {
                return Err(CheckError::Before(height));
            }
            report.momentums += 1;
            report.blocks += detailed.account_blocks.len() as u64;
            progress(height);
        }
        Ok(true)
    })?;
    report.keys = compare(&scratch, snapshot)?;
    Ok(report)
}

/// Reads the whole chain and checks that its parts fit together.
pub fn links(
    snapshot: &Snapshot,
    genesis: &Genesis,
    mut progress: impl FnMut(u64),
) -> Result<Report, CheckError> {
    first(snapshot, genesis)?;
    let view = View::frontier_of(snapshot);
    let mut report = Report { keys: snapshot.keys()?, ..Report::default() };
    let mut below = Hash::ZERO;
    for height in 1..=snapshot.identifier().height {
        let link = |what| CheckError::Link { height, what };
        let DetailedMomentum { momentum, account_blocks } = detailed(&view, height)?;
        if momentum.height != height {
            return Err(link("it has another height"));
        }
        if momentum.previous_hash != below {
            return Err(link("it does not stand on the one below"));
        }
        if momentum.compute_hash() != momentum.hash {
            return Err(link("its hash is not that of its fields"));
        }
        if view.momentum_height(&momentum.hash)? != Some(height) {
            return Err(link("its hash leads elsewhere"));
        }
        for (header, block) in momentum.content.iter().zip(&account_blocks) {
            if block.header() != *header || block.compute_hash() != block.hash {
                return Err(link("a block that it confirms is another"));
            }
            if view.confirmation_height(&block.hash)? != Some(height) {
                return Err(link("a block that it confirms is confirmed elsewhere"));
            }
        }
        below = momentum.hash;
        report.momentums += 1;
        report.blocks += account_blocks.len() as u64;
        progress(height);
    }
    if below != snapshot.identifier().hash {
        return Err(CheckError::Link {
            height: snapshot.identifier().height,
            what: "it is not the newest one's name",
        });
    }
    Ok(report)
}

fn first(snapshot: &Snapshot, genesis: &Genesis) -> Result<(), CheckError> {
    let found = detailed(&View::frontier_of(snapshot), 1)?.momentum.hash;
    let wanted = genesis.momentum.hash;
    if found == wanted { Ok(()) } else { Err(CheckError::Genesis { found, wanted }) }
}

fn detailed(view: &View<'_>, height: u64) -> Result<DetailedMomentum, CheckError> {
    let momentum = view
        .momentum_by_height(height)?
        .ok_or(CheckError::Link { height, what: "it is missing" })?;
    Ok(view.detailed(momentum)?)
}

/// The first key at which the states differ is an error; otherwise their number of keys.
fn compare(scratch: &Scratch<'_>, snapshot: &Snapshot) -> Result<u64, CheckError> {
    let mut rest = scratch.written.iter();
    let mut keys = 0;
    let mut differs = None;
    let mut fault = None;
    snapshot.for_each_version(|key, version| {
        keys += 1;
        let value = scratch.state.get(key).unwrap_or_else(|error| {
            fault = Some(error);
            None
        });
        let expected = rest.next();
        let same = expected.is_some_and(|(wanted, height)| {
            wanted == key && *height == version.height && value.as_deref() == Some(version.value)
        });
        if !same {
            // Of the two keys at this place the lower one is extra or missing.
            let lower = expected.map_or(key, |(wanted, _)| key.min(wanted.as_slice()));
            differs = Some(lower.to_vec());
        }
        same
    })?;
    if let Some(fault) = fault {
        return Err(fault.into());
    }
    match differs.or_else(|| rest.next().map(|(key, _)| key.clone())) {
        Some(key) => Err(CheckError::State { key: hex::encode(key) }),
        None => Ok(keys),
    }
}

/// A chain in memory that reads earlier states from the store that is checked. Every record that such a
/// read can meet is compared, at the latest at the height that replaced it.
struct Scratch<'a> {
    rules: Rules,
    state: MemoryState,
    snapshot: &'a Snapshot,
    memo: Memo,
    /// Heights at which the keys that are there were written.
    written: BTreeMap<Vec<u8>, u64>,
    /// What the newest momentum touched, and what was there before.
    before: Vec<Before>,
}

impl<'a> Scratch<'a> {
    fn new(genesis: &Genesis, snapshot: &'a Snapshot) -> Scratch<'a> {
        let mut state = MemoryState::default();
        state.apply(&genesis.changes);
        let keys = genesis.changes.iter().map(|(key, _)| (key.to_vec(), genesis.momentum.height));
        Scratch {
            rules: genesis.rules.clone(),
            state,
            snapshot,
            memo: Memo::default(),
            written: keys.collect(),
            before: Vec::new(),
        }
    }

    fn insert(
        &mut self,
        detailed: &DetailedMomentum,
        check: SignatureCheck,
    ) -> Result<(), Refusal> {
        let mut pending = Pending::default();
        for block in &detailed.account_blocks {
            if block.block_type != BlockType::CONTRACT_SEND {
                let accepted = apply::apply_block(self, &pending, block.clone(), check)?;
                pending.insert(&View::frontier_of(self), accepted, true)?;
            }
        }
        // What is long past is in the past for any clock.
        let applied = apply::apply_momentum(self, &pending, detailed, u64::MAX)?;
        self.before.clear();
        for ((key, new), (_, old)) in applied.changes.iter().zip(applied.undo.iter()) {
            let written = match new {
                Some(_) => self.written.insert(key.to_vec(), detailed.momentum.height),
                None => self.written.remove(key),
            };
            let before = written.zip(old.map(<[u8]>::to_vec));
            self.before.push((key.to_vec(), before));
        }
        self.state.apply(&applied.changes);
        consensus::on_momentum(self)
    }
}

impl Chain for Scratch<'_> {
    fn rules(&self) -> &Rules {
        &self.rules
    }

    fn frontier(&self) -> &dyn State {
        &self.state
    }

    fn undo(&self, height: u64) -> Result<Arc<Changes>, Fault> {
        self.snapshot.undo(height)
    }

    fn at(&self, height: u64) -> Result<Box<dyn State + '_>, Fault> {
        self.snapshot.at(height)
    }

    fn memo(&self) -> &Memo {
        &self.memo
    }
}
