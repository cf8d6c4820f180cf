//! Proof of work: the search for a nonce that lets a block do without fused plasma.
//!
//! A nonce is good if SHA3-256 of nonce and data hash, its first 8 bytes read little-endian, reaches
//! `2^64 - 2^64 / difficulty`. Nonce and data hash are 40 bytes, which is less than one block of SHA3: a
//! try is one Keccak-f permutation of a state that differs from the last in one lane, and the number to
//! compare is the first lane. So the search calls the permutation itself. The ledger checks what comes
//! out ([`ledger::verify::pow`]). Source: go-zenon `pow/pow.go`.

use crate::secret::{NoRandomness, random_bytes};
use keccak::Keccak;
use ledger::types::{Address, Hash};
use ledger::verify::pow as rule;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

/// Tries between two looks at the stop flags: some milliseconds.
const TRIES_PER_TURN: u64 = 1 << 14;

/// Time between two calls of the progress function.
const PROGRESS_EVERY: Duration = Duration::from_millis(200);

/// Lanes of the Keccak state, and those of a message for SHA3-256.
const LANES: usize = 25;
const LAST_MESSAGE_LANE: usize = 16;
/// SHA3's padding: 01 and a 1 behind the message, a 1 at the end of the block.
const PADDING_START: u64 = 0x06;
const PADDING_END: u64 = 1 << 63;

/// What a nonce is searched for.
#[derive(Clone, Debug)]
pub struct Task {
    /// The state before the permutation; the nonce goes into lane 0.
    state: [u64; LANES],
    threshold: u64,
    difficulty: u64,
}

/// How to search.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options<'a> {
    /// Threads; all cores if not said.
    pub threads: Option<NonZeroUsize>,
    /// Ends the search when it becomes true.
    pub cancel: Option<&'a AtomicBool>,
    /// The first nonce to try; random if not said. With one thread the outcome then is always the same.
    pub start: Option<u64>,
}

/// A nonce, and what it took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Solution {
    /// The nonce, as it stands in a block.
    pub nonce: [u8; 8],
    /// How many were tried.
    pub tries: u64,
    /// How long it took.
    pub elapsed: Duration,
}

/// How a search goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Nonces tried so far.
    pub tries: u64,
    /// Tries that a search for this difficulty needs on average.
    pub expected: u64,
    /// Time so far.
    pub elapsed: Duration,
}

/// Why no nonce was found.
#[derive(Debug, thiserror::Error)]
pub enum PowError {
    /// The caller ended the search.
    #[error("proof of work was cancelled")]
    Cancelled,
    /// No random nonce to start from.
    #[error(transparent)]
    Random(#[from] NoRandomness),
}

impl Progress {
    /// Tries per second, once some time has passed.
    pub fn rate(&self) -> Option<f64> {
        let seconds = self.elapsed.as_secs_f64();
        (seconds > 0.0 && self.tries > 0).then(|| self.tries as f64 / seconds)
    }

    /// Time that the search will still take on average. It does not shrink while the search runs: tries
    /// that failed bring no one nearer.
    pub fn remaining(&self) -> Option<Duration> {
        let seconds = self.expected as f64 / self.rate()?;
        Duration::try_from_secs_f64(seconds).ok()
    }
}

impl Task {
    /// The work for the block above `previous` in the chain of `address`.
    pub fn new(address: &Address, previous: &Hash, difficulty: u64) -> Task {
        Task::of_data_hash(&rule::data_hash(address, previous), difficulty)
    }

    /// The work for a data hash.
    pub fn of_data_hash(data_hash: &Hash, difficulty: u64) -> Task {
        let mut state = [0; LANES];
        for (lane, bytes) in state[1..].iter_mut().zip(data_hash.0.chunks_exact(8)) {
            *lane = u64::from_le_bytes(bytes.try_into().expect("chunks have 8 bytes"));
        }
        state[5] = PADDING_START;
        state[LAST_MESSAGE_LANE] = PADDING_END;
        Task { state, threshold: rule::threshold(difficulty), difficulty }
    }

    /// Tries that it takes on average: one in so many nonces is good.
    pub fn expected_tries(&self) -> u64 {
        self.difficulty.max(1)
    }

    /// Tries `count` nonces from `start` upwards, counted as little-endian numbers, and returns the first
    /// good one.
    pub fn search(&self, start: u64, count: u64) -> Option<[u8; 8]> {
        let mut found = None;
        Keccak::new().with_f1600(|permute| {
            for step in 0..count {
                let nonce = start.wrapping_add(step);
                let mut state = self.state;
                state[0] = nonce;
                permute(&mut state);
                if state[0] >= self.threshold {
                    found = Some(nonce.to_le_bytes());
                    break;
                }
            }
        });
        found
    }

    /// Searches until a nonce is found or the caller cancels, and tells `progress` several times a second.
    pub fn solve(
        &self,
        options: Options<'_>,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Solution, PowError> {
        let begun = Instant::now();
        let start = match options.start {
            Some(start) => start,
            None => u64::from_le_bytes(random_bytes()?),
        };
        let threads = options
            .threads
            .or_else(|| thread::available_parallelism().ok())
            .map_or(1, NonZeroUsize::get);
        let stop = AtomicBool::new(false);
        let cancelled = || options.cancel.is_some_and(|flag| flag.load(Ordering::Relaxed));
        let tries = AtomicU64::new(0);
        // The threads share the nonces turn by turn, upwards.
        let next = AtomicU64::new(0);
        let (sender, receiver) = mpsc::channel();

        let nonce = thread::scope(|scope| {
            for _ in 0..threads {
                let (sender, stop, tries, next) = (sender.clone(), &stop, &tries, &next);
                scope.spawn(move || {
                    while !stop.load(Ordering::Relaxed) && !cancelled() {
                        let first = next.fetch_add(TRIES_PER_TURN, Ordering::Relaxed);
                        let found = self.search(start.wrapping_add(first), TRIES_PER_TURN);
                        tries.fetch_add(TRIES_PER_TURN, Ordering::Relaxed);
                        if let Some(nonce) = found {
                            stop.store(true, Ordering::Relaxed);
                            // The receiver is gone only when another thread was first.
                            let _ = sender.send(nonce);
                        }
                    }
                });
            }
            drop(sender);
            loop {
                match receiver.recv_timeout(PROGRESS_EVERY) {
                    Ok(nonce) => break Some(nonce),
                    Err(RecvTimeoutError::Disconnected) => break None,
                    Err(RecvTimeoutError::Timeout) => progress(Progress {
                        tries: tries.load(Ordering::Relaxed),
                        expected: self.expected_tries(),
                        elapsed: begun.elapsed(),
                    }),
                }
            }
        });
        let nonce = nonce.ok_or(PowError::Cancelled)?;
        Ok(Solution { nonce, tries: tries.into_inner(), elapsed: begun.elapsed() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ONE: Options<'_> =
        Options { threads: NonZeroUsize::new(1), cancel: None, start: Some(0) };

    fn task(difficulty: u64) -> (Hash, Task) {
        let data_hash = Hash([0x5b; 32]);
        (data_hash, Task::of_data_hash(&data_hash, difficulty))
    }

    #[test]
    fn one_thread_counts_upwards() {
        let (data_hash, task) = task(3_000);
        let solution = task.solve(ONE, &mut |_| {}).unwrap();
        let first = (0u64..)
            .map(u64::to_le_bytes)
            .find(|nonce| rule::value(nonce, &data_hash) >= rule::threshold(3_000))
            .unwrap();
        assert_eq!(solution.nonce, first);
        assert_eq!(task.search(0, 1 << 20), Some(first));
    }

    #[test]
    fn all_cores_find_a_good_nonce() {
        let (data_hash, task) = task(100_000);
        let solution = task.solve(Options::default(), &mut |_| {}).unwrap();
        assert!(rule::value(&solution.nonce, &data_hash) >= rule::threshold(100_000));
        assert!(solution.tries > 0);
    }

    #[test]
    fn reaching_the_threshold_is_enough() {
        let (data_hash, mut task) = task(1);
        let value = rule::value(&[9, 0, 0, 0, 0, 0, 0, 0], &data_hash);
        task.threshold = value;
        assert!(task.search(9, 1).is_some());
        task.threshold = value + 1;
        assert!(task.search(9, 1).is_none());
    }

    #[test]
    fn no_difficulty_needs_no_work() {
        for difficulty in [0, 1] {
            let solution = task(difficulty).1.solve(ONE, &mut |_| {}).unwrap();
            assert_eq!(solution.nonce, [0; 8]);
        }
    }

    #[test]
    fn the_caller_can_cancel() {
        let cancel = AtomicBool::new(false);
        let options = Options { cancel: Some(&cancel), ..Options::default() };
        let mut seen = Vec::new();
        let outcome = task(u64::MAX).1.solve(options, &mut |progress| {
            seen.push(progress);
            cancel.store(true, Ordering::Relaxed);
        });
        assert!(matches!(outcome, Err(PowError::Cancelled)));
        let first = seen.first().expect("the search is told of before it ends");
        assert_eq!(first.expected, u64::MAX);
        assert!(first.rate().unwrap() > 0.0);
    }

    #[test]
    fn the_rest_is_what_the_rate_says() {
        let progress =
            Progress { tries: 500, expected: 3_000, elapsed: Duration::from_millis(250) };
        assert_eq!(progress.rate(), Some(2_000.0));
        assert_eq!(progress.remaining(), Some(Duration::from_millis(1_500)));
        let none = Progress { tries: 0, ..progress };
        assert_eq!(none.remaining(), None);
    }

    proptest! {
        /// The bare permutation and the ledger's SHA3 agree on each nonce.
        #[test]
        fn the_ledger_agrees(data in any::<[u8; 32]>(), start in any::<u64>(), difficulty in 1..2_000u64) {
            let data_hash = Hash(data);
            let good = |nonce: u64| {
                rule::value(&nonce.to_le_bytes(), &data_hash) >= rule::threshold(difficulty)
            };
            let found = Task::of_data_hash(&data_hash, difficulty).search(start, 64);
            let expected =
                (0..64).map(|step| start.wrapping_add(step)).find(|nonce| good(*nonce));
            prop_assert_eq!(found, expected.map(u64::to_le_bytes));
        }
    }
}
