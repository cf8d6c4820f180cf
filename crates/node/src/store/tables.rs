//! The tables of the store's file, and the values in them.
//!
//! | table | key | value |
//! |---|---|---|
//! | `state` | key of the ledger (`ledger::state::keys`) | value |
//! | `undo` | height of a momentum | what takes it back (dump of a write set) |
//! | `journal` | number, in order of acceptance | an unconfirmed block (protobuf) |
//! | `guard` | address of a producer | start of the newest slot that it signed, hash of that momentum |
//! | `meta` | name | `format`, `genesis`, `chain`, `clock` (below) |
//!
//! `format` is a 4-byte number, `genesis` the hash of the first momentum, `chain` the 8-byte chain
//! identifier, `clock` what the node's clock is ahead of the system's, in milliseconds (8 bytes, signed).
//! All numbers are big-endian.

use redb::TableDefinition;

/// The ledger's newest state.
pub const STATE: TableDefinition<'static, &[u8], &[u8]> = TableDefinition::new("state");
/// The way back, by height.
pub const UNDO: TableDefinition<'static, u64, &[u8]> = TableDefinition::new("undo");
/// Unconfirmed blocks.
pub const JOURNAL: TableDefinition<'static, u64, &[u8]> = TableDefinition::new("journal");
/// What producers have signed.
pub const GUARD: TableDefinition<'static, &[u8], (u64, &[u8])> = TableDefinition::new("guard");
/// What the file is.
pub const META: TableDefinition<'static, &str, &[u8]> = TableDefinition::new("meta");

/// Version of this layout. A file of a newer one is refused.
pub const FORMAT: u32 = 1;

/// Key in [`META`]: version of the layout.
pub const META_FORMAT: &str = "format";
/// Key in [`META`]: hash of the first momentum.
pub const META_GENESIS: &str = "genesis";
/// Key in [`META`]: chain identifier.
pub const META_CHAIN: &str = "chain";
/// Key in [`META`]: how far the node's clock is ahead.
pub const META_CLOCK: &str = "clock";
