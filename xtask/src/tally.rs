//! How many cases passed, failed and were skipped, read from what test programs print.
//!
//! Two closing lines count: libtest's `test result: ok. 3 passed; 0 failed; 1 ignored; ...`, and the
//! plain `3 passed, 0 failed`, optionally followed by `, 1 skipped`, alone on its line. Any program that ends with
//! the plain line can be a tier.

use std::fmt;
use std::ops::AddAssign;

/// Cases counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Cases that ran and were right.
    pub passed: u64,
    /// Cases that ran and were wrong, or could not run at all.
    pub failed: u64,
    /// Cases left out.
    pub skipped: u64,
}

impl Tally {
    /// One case.
    pub fn case(ok: bool) -> Tally {
        Tally { passed: u64::from(ok), failed: u64::from(!ok), skipped: 0 }
    }

    /// Cases that ran.
    pub fn ran(self) -> u64 {
        self.passed + self.failed
    }

    /// Reads a closing line of either sort.
    pub fn parse(line: &str) -> Option<Tally> {
        let line = line.trim();
        if let Some(rest) = line.strip_prefix("test result: ") {
            let (_, counts) = rest.split_once(". ")?;
            return parse_counts(counts.split("; ").take(3));
        }
        let counts: Vec<&str> = line.split(", ").collect();
        if !(2..=3).contains(&counts.len()) {
            return None;
        }
        parse_counts(counts.into_iter())
    }
}

/// Reads `N passed`, `N failed`, then perhaps `N ignored` or `N skipped`, in this order and nothing else.
fn parse_counts<'a>(parts: impl Iterator<Item = &'a str>) -> Option<Tally> {
    let mut tally = Tally::default();
    for (index, part) in parts.enumerate() {
        let (number, word) = part.split_once(' ')?;
        let number = number.parse().ok()?;
        match (index, word) {
            (0, "passed") => tally.passed = number,
            (1, "failed") => tally.failed = number,
            (2, "ignored" | "skipped") => tally.skipped = number,
            _ => return None,
        }
    }
    Some(tally)
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Tally) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        if self.skipped > 0 {
            write!(f, ", {} skipped", self.skipped)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_closing_lines_count() {
        let libtest = "test result: FAILED. 12 passed; 1 failed; 2 ignored; 0 measured; 3 filtered out; finished in 0.01s";
        assert_eq!(Tally::parse(libtest), Some(Tally { passed: 12, failed: 1, skipped: 2 }));
        assert_eq!(
            Tally::parse("7 passed, 0 failed\n"),
            Some(Tally { passed: 7, failed: 0, skipped: 0 })
        );
        assert_eq!(
            Tally::parse("7 passed, 0 failed, 4 skipped"),
            Some(Tally { passed: 7, failed: 0, skipped: 4 })
        );
    }

    #[test]
    fn other_lines_do_not() {
        for line in [
            "",
            "ok",
            "7 passed",
            "7 passed, 0 failed, 4 skipped, 1 lost",
            "0 failed, 7 passed",
            "x: 1 passed, 0 failed",
            "-1 passed, 0 failed",
        ] {
            assert_eq!(Tally::parse(line), None, "{line:?}");
        }
    }

    #[test]
    fn what_is_printed_is_what_is_read() {
        for tally in
            [Tally { passed: 3, failed: 1, skipped: 0 }, Tally { passed: 0, failed: 0, skipped: 9 }]
        {
            assert_eq!(Tally::parse(&tally.to_string()), Some(tally));
        }
    }
}
