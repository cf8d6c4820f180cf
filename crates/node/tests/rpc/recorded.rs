//! Recorded chains of the reference, which the ledger's tests hold.

use ledger::DetailedMomentum;
use ledger::memory::MemoryChain;
use ledger::recording::{Entry, Query, Recording};
use std::path::PathBuf;

/// The chain that the answers were recorded on.
const SHOWCASE: &str = "own-TestShowcase.jsonl.zst";

/// The folder of the recordings.
pub fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../ledger/tests/recordings"))
}

fn lines(name: &str) -> Vec<Vec<u8>> {
    let packed = std::fs::read(folder().join(name)).expect("the recording is there");
    let text = zstd::decode_all(&packed[..]).expect("the recording is whole");
    text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(<[u8]>::to_vec).collect()
}

/// The showcase chain up to `height`, and the momentums that follow.
pub fn showcase_until(height: u64) -> (MemoryChain, Vec<DetailedMomentum>) {
    let mut follow = Vec::new();
    let chain = load(SHOWCASE, |chain, entry| match entry {
        Entry::Momentum { detailed, .. } if detailed.momentum.height <= height => {
            let now = detailed.momentum.timestamp;
            chain.insert(&detailed, now).expect("the recorded momentum fits");
        }
        Entry::Momentum { detailed, .. } => follow.push(detailed),
        Entry::Rules(rules) if follow.is_empty() => chain.set_rules(*rules),
        _ => {}
    });
    (chain, follow)
}

/// A whole chain, and the reference's answers at its end.
pub fn whole(name: &str) -> (MemoryChain, Vec<Query>) {
    let mut queries = Vec::new();
    let chain = load(name, |chain, entry| match entry {
        Entry::Momentum { detailed, .. } => {
            let now = detailed.momentum.timestamp;
            chain.insert(&detailed, now).expect("the recorded momentum fits");
        }
        Entry::Rules(rules) => chain.set_rules(*rules),
        Entry::Rollback(height) => chain.rollback(height).expect("the height is on the chain"),
        Entry::End(end) => queries = end.queries,
        Entry::Refused { .. } | Entry::RefusedMomentum { .. } => {}
    });
    (chain, queries)
}

fn load(name: &str, mut take: impl FnMut(&mut MemoryChain, Entry)) -> MemoryChain {
    let lines = lines(name);
    let mut recording = Recording::begin(&lines[0]).expect("the first line is a header");
    let mut chain = MemoryChain::new(&recording.header().genesis);
    for line in &lines[1..] {
        take(&mut chain, recording.next(line).expect("a recorded line"));
    }
    chain
}
