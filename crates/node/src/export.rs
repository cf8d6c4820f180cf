//! A chain to a file and back. What is read is verified like momentums from a peer; an import goes on
//! behind what is there.

use crate::ahead;
use crate::chainfile::{FileError, Header, Reader, Writer};
use crate::node::{Action, Answer, Event, Millis, Node};
use crate::service::ServiceError;
use crate::store::{Snapshot, StoreError};
use ledger::genesis::Genesis;
use ledger::state::{Chain, View};
use ledger::types::Hash;
use ledger::{DetailedMomentum, Fault};
use std::io::{Read, Write};

/// Most momentums that are applied together: one transaction of the store.
const BATCH_MAX: usize = 128;

/// Why a chain can't be exported or imported.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// The file can't be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file can't be written.
    #[error("the file can't be written: {0}")]
    Write(#[from] std::io::Error),
    /// The store can't be read.
    #[error("the ledger can't be read: {0}")]
    Store(#[from] StoreError),
    /// The file is of another network.
    #[error("the file holds the network with genesis {found}, this ledger has genesis {wanted}")]
    OtherGenesis {
        /// The file's.
        found: Hash,
        /// Ours.
        wanted: Hash,
    },
    /// The file begins above our newest momentum.
    #[error(
        "the file begins at momentum {first}, and the newest here is {newest}: import an earlier part first"
    )]
    Gap {
        /// First height in the file.
        first: u64,
        /// Our newest.
        newest: u64,
    },
    /// The file's chain is not ours.
    #[error("momentum {0} in the file is another than the one here: the chains differ")]
    Differs(u64),
    /// The node refused.
    #[error(transparent)]
    Refused(#[from] ServiceError),
}

impl From<Fault> for TransferError {
    fn from(fault: Fault) -> TransferError {
        TransferError::Store(fault.into())
    }
}

/// Writes all momentums but the first, which is genesis, up to `last` or the newest. `progress` is told
/// each height. Gives the number of momentums.
pub fn export(
    snapshot: &Snapshot,
    last: Option<u64>,
    out: impl Write,
    mut progress: impl FnMut(u64),
) -> Result<u64, TransferError> {
    let view = View::frontier_of(snapshot);
    let newest = snapshot.identifier().height;
    let last = last.unwrap_or(newest).min(newest).max(1);
    let missing = |height| Fault(format!("momentum {height} is missing"));
    let header = Header {
        chain_identifier: snapshot.rules().chain_identifier,
        genesis: view.momentum_by_height(1)?.ok_or_else(|| missing(1))?.hash,
        first: 2,
        last: view.momentum_by_height(last)?.ok_or_else(|| missing(last))?.identifier(),
    };
    let mut writer = Writer::new(out, &header)?;
    for height in 2..=last {
        let momentum = view.momentum_by_height(height)?.ok_or_else(|| missing(height))?;
        writer.add(&view.detailed(momentum)?)?;
        progress(height);
    }
    writer.finish()?;
    Ok(last - 1)
}

/// Applies the momentums of a file that come after our newest; momentums must not be from after `now`.
/// `progress` is told the newest height. Gives the number of momentums that were added.
pub fn import(
    node: &mut Node,
    genesis: &Genesis,
    now: Millis,
    input: impl Read + Send,
    mut progress: impl FnMut(u64),
) -> Result<u64, TransferError> {
    let mut reader = Reader::new(input)?;
    let header = *reader.header();
    let wanted = genesis.momentum.hash;
    if header.genesis != wanted {
        return Err(TransferError::OtherGenesis { found: header.genesis, wanted });
    }
    let start = node.identifier();
    if header.first > start.height + 1 {
        return Err(TransferError::Gap { first: header.first, newest: start.height });
    }
    let mut frame = Vec::new().into_iter();
    let read = move || -> Result<_, TransferError> {
        loop {
            let batch: Vec<DetailedMomentum> = frame.by_ref().take(BATCH_MAX).collect();
            if !batch.is_empty() {
                return Ok(Some(batch));
            }
            let Some(mut momentums) = reader.next_frame()? else { return Ok(None) };
            let ours = momentums.iter().find(|one| one.momentum.height == start.height);
            if ours.is_some_and(|ours| ours.momentum.hash != start.hash) {
                return Err(TransferError::Differs(start.height));
            }
            momentums.retain(|one| one.momentum.height > start.height);
            frame = momentums.into_iter();
        }
    };
    ahead::for_each(read, |batch| {
        let event = Event::Momentums { ticket: 0, momentums: batch.momentums, check: batch.check };
        let mut out = Vec::new();
        node.on(now, event, &mut out);
        if let Some(stop) = node.stopped() {
            return Err(ServiceError::Store(stop.to_string()).into());
        }
        for action in out {
            if let Action::Answer(_, answer) = action {
                match answer? {
                    Answer::Height(height) => progress(height),
                    other => unreachable!("asked for a height, answered {other:?}"),
                }
            }
        }
        Ok(true)
    })?;
    Ok(node.identifier().height - start.height)
}
