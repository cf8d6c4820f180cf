//! JSON as the reference reads and writes it: the standard, with the reference's error texts, its
//! tolerance for what is no UTF-8, and its escapes.
//!
//! [`first_value`] checks, [`Raw`] walks, [`Raw::to_value`] copies what `ledger::codec::json` then reads
//! with the reference's complaints, [`append`] writes.

mod read;
mod scan;
mod write;

pub use read::{COPIED_VALUES_MAX, Raw, Sort};
pub use scan::{ScanError, first_value};
pub use write::{Text, append, append_compact};
