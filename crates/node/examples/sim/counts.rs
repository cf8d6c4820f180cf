//! What a run did, counted.

use std::collections::BTreeMap;
use std::fmt;

/// Counts by name.
#[derive(Clone, Debug, Default)]
pub struct Counts(BTreeMap<&'static str, u64>);

impl Counts {
    /// Counts one more.
    pub fn add(&mut self, what: &'static str) {
        self.add_many(what, 1);
    }

    /// Counts so many more.
    pub fn add_many(&mut self, what: &'static str, more: u64) {
        *self.0.entry(what).or_default() += more;
    }

    /// Raises a count that stands for a most.
    pub fn raise(&mut self, what: &'static str, to: u64) {
        let most = self.0.entry(what).or_default();
        *most = to.max(*most);
    }

    /// Adds those of another run.
    pub fn add_all(&mut self, other: &Counts) {
        for (what, count) in &other.0 {
            match what.starts_with("most ") {
                true => self.raise(what, *count),
                false => self.add_many(what, *count),
            }
        }
    }

    /// The sum of all counts.
    pub fn sum(&self) -> u64 {
        self.0.values().sum()
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (what, count)) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{what} {count}")?;
        }
        Ok(())
    }
}
