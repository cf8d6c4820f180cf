//! Go's `math/rand` generator, as elections use it: a lagged Fibonacci sequence of 607 words.
//!
//! The table of 607 start words is the generator's own state after 7.8·10^12 steps (Go,
//! `math/rand/rng.go`); it is kept as big-endian words in a file beside this one.

const WORDS: usize = 607;
const LAG: usize = 273;
const MODULUS: i64 = (1 << 31) - 1;
const COOKED: &[u8; WORDS * 8] = include_bytes!("gorand_cooked.bin");

/// A seeded generator.
pub struct GoRand {
    words: [u64; WORDS],
    tap: usize,
    feed: usize,
}

impl GoRand {
    /// The generator that Go's `rand.New(rand.NewSource(seed))` gives.
    pub fn new(seed: i64) -> GoRand {
        let mut x = seed.rem_euclid(MODULUS);
        if x == 0 {
            x = 89_482_311;
        }
        let mut words = [0; WORDS];
        for _ in 0..20 {
            x = step(x);
        }
        for (word, cooked) in words.iter_mut().zip(COOKED.as_chunks::<8>().0) {
            x = step(x);
            let mut mixed = x << 40;
            x = step(x);
            mixed ^= x << 20;
            x = step(x);
            mixed ^= x;
            *word = mixed.cast_unsigned() ^ u64::from_be_bytes(*cooked);
        }
        GoRand { words, tap: 0, feed: WORDS - LAG }
    }

    /// `Uint64`
    pub fn next_u64(&mut self) -> u64 {
        self.tap = (self.tap + WORDS - 1) % WORDS;
        self.feed = (self.feed + WORDS - 1) % WORDS;
        let sum = self.words[self.feed].wrapping_add(self.words[self.tap]);
        self.words[self.feed] = sum;
        sum
    }

    /// `Int63`
    pub fn next_u63(&mut self) -> u64 {
        self.next_u64() & (u64::MAX >> 1)
    }

    /// `Int31n`: a number below `bound`, which is from 1 to 2^31-1.
    fn below(&mut self, bound: u64) -> u64 {
        const RANGE: u64 = 1 << 31;
        if bound.is_power_of_two() {
            return (self.next_u63() >> 32) & (bound - 1);
        }
        let last = RANGE - 1 - RANGE % bound;
        loop {
            let drawn = self.next_u63() >> 32;
            if drawn <= last {
                return drawn % bound;
            }
        }
    }

    /// `Perm`: a permutation of `0..count`.
    pub fn permutation(&mut self, count: usize) -> Vec<usize> {
        let mut order = vec![0; count];
        for index in 0..count {
            let other = usize::try_from(self.below(index as u64 + 1)).expect("below `count`");
            order[index] = order[other];
            order[other] = index;
        }
        order
    }
}

fn step(x: i64) -> i64 {
    x * 48_271 % MODULUS
}
