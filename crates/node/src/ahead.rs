//! Momentums in order, read and with their blocks' signatures checked by other threads, while the one
//! that applies them works on earlier ones.

use ledger::verify::block::SignatureCheck;
use ledger::verify::signature;
use ledger::{AccountBlock, DetailedMomentum};
use std::sync::mpsc::sync_channel;
use std::thread;

/// Batches that are ready at most; with the largest batch this bounds memory.
const READY_MAX: usize = 2;

/// Momentums that follow one another.
#[derive(Debug)]
pub struct Batch {
    /// The momentums, lowest first.
    pub momentums: Vec<DetailedMomentum>,
    /// Whether the signatures of their blocks are known to be valid. If not, one may be wrong.
    pub check: SignatureCheck,
}

/// Reads batches with `read` until it gives `None`, and hands them to `apply` until it gives `false`.
pub fn for_each<E: Send>(
    mut read: impl FnMut() -> Result<Option<Vec<DetailedMomentum>>, E> + Send,
    mut apply: impl FnMut(Batch) -> Result<bool, E>,
) -> Result<(), E> {
    let (ready, batches) = sync_channel(READY_MAX);
    thread::scope(|scope| {
        scope.spawn(move || {
            loop {
                let batch = match read() {
                    Ok(Some(momentums)) => {
                        let check = check_signatures(&momentums);
                        Ok(Batch { momentums, check })
                    }
                    Ok(None) => return,
                    Err(error) => Err(error),
                };
                let is_last = batch.is_err();
                // If nobody takes it, `apply` has ended early.
                if ready.send(batch).is_err() || is_last {
                    return;
                }
            }
        });
        for batch in batches {
            if !apply(batch?)? {
                break;
            }
        }
        Ok(())
    })
}

/// Checks all signatures on all processors.
pub(crate) fn check_signatures(momentums: &[DetailedMomentum]) -> SignatureCheck {
    let blocks: Vec<&AccountBlock> = momentums
        .iter()
        .flat_map(|detailed| &detailed.account_blocks)
        .filter(|block| !block.address.is_embedded())
        .collect();
    let threads = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let share = blocks.len().div_ceil(threads).max(1);
    let valid = thread::scope(|scope| {
        let checks: Vec<_> = blocks
            .chunks(share)
            .map(|blocks| scope.spawn(|| blocks.iter().all(|block| is_signed(block))))
            .collect();
        checks.into_iter().all(|check| check.join().unwrap_or(false))
    });
    if valid { SignatureCheck::Done } else { SignatureCheck::Now }
}

fn is_signed(block: &AccountBlock) -> bool {
    signature::verify(&block.public_key, block.hash.as_bytes(), &block.signature)
}
