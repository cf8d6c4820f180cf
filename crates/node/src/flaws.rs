//! Mistakes made on purpose, so that the simulation can show that it finds such ones.
//!
//! They are in builds with the feature `flaws` alone, which nothing but the simulation of whole networks
//! asks for, and even there nothing is wrong until `set` is called. In every other build `has` is
//! `false` before the program runs, and leaves nothing behind.

/// A mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// The signatures of account blocks are not checked.
    SkippedCheck,
    /// Blocks are acknowledged before they are on disk.
    UnsyncedWrite,
    /// A fork that is as long as our chain takes its place.
    WrongFork,
}

#[cfg(feature = "flaws")]
thread_local! {
    static FLAW: std::cell::Cell<Option<Flaw>> = const { std::cell::Cell::new(None) };
}

/// Makes this thread's nodes make a mistake from now on, or none.
#[cfg(feature = "flaws")]
pub fn set(flaw: Option<Flaw>) {
    FLAW.set(flaw);
}

/// Whether nodes make a mistake.
#[cfg(feature = "flaws")]
pub(crate) fn has(flaw: Flaw) -> bool {
    FLAW.get() == Some(flaw)
}

/// Whether nodes make a mistake: not in this build.
#[cfg(not(feature = "flaws"))]
pub(crate) const fn has(_: Flaw) -> bool {
    false
}
