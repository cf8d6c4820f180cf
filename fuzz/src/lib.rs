//! Every decoder of outside bytes as a fuzz target: a name, and a function that takes any bytes.
//!
//! A target fails by panicking. Beyond not panicking, most targets check that what was read can be
//! written and read again to the same value. Two drivers run them: `fuzz` (mutations of the kept corpus
//! from a printed seed, on any build) and `guided` (libFuzzer, by coverage).

mod targets;
mod wire;

pub use targets::TARGETS;

/// One decoder.
pub struct Target {
    /// Its name, and that of its folder of samples.
    pub name: &'static str,
    /// Longest input in bytes.
    pub bytes_max: usize,
    /// Reads the bytes.
    pub run: fn(&[u8]),
}

/// The target called `name`.
pub fn target(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}
