//! Recorded chains of the reference, and their replay.
//!
//! A recording is lines of JSON: a header with genesis and rules, then what happened in its order
//! (momentums with the blocks that they confirm, blocks and momentums that were refused and why, changed
//! rules, rollbacks), then the end with all balances and with answers of the reference's queries.
//! [`Recording`] reads it; [`Replay`] makes our ledger do all of it again and notes each difference.
//! Files, compression and clocks are the caller's.

mod read;
mod replay;
mod report;
mod rules;

pub use read::{Balances, End, Entry, Header, Query, Recording, RecordingError};
pub use replay::Replay;
pub use report::{Difference, MethodCounts, Report};
pub use rules::change_rules;
