//! The tables of the store's file, and the values in them.
//!
//! | table | key | value |
//! |---|---|---|
//! | `state` | key of the ledger (`ledger::state::keys`) | height of the momentum that wrote it, value |
//! | `history` | key of the ledger, height of the momentum that replaced or deleted it | height of the momentum that had written it, value |
//! | `touched` | height of a momentum | the keys that it wrote or deleted |
//! | `journal` | number, in order of acceptance | an unconfirmed block (protobuf) |
//! | `guard` | address of a producer | start of the newest slot that it signed, hash of that momentum |
//! | `meta` | name | `format`, `genesis`, `chain`, `clock` (below) |
//!
//! So the value under a key after momentum `h` is the first one in `history` that was replaced above
//! `h`, or else the one in `state`; and it was there only if it was written at or below `h`. A read of
//! any earlier state costs about as much as one of the newest, and a key that is written once has no
//! history at all.
//!
//! Heights in values, and the lengths in front of each key in `touched`, are LEB128. `format` is a
//! 4-byte number, `genesis` the hash of the first momentum, `chain` the 8-byte chain identifier,
//! `clock` what the node's clock is ahead of the system's, in milliseconds (8 bytes, signed); those are
//! big-endian.

use redb::TableDefinition;

/// The ledger's newest state.
pub const STATE: TableDefinition<'static, &[u8], &[u8]> = TableDefinition::new("state");
/// What was replaced and deleted.
pub const HISTORY: TableDefinition<'static, (&[u8], u64), &[u8]> = TableDefinition::new("history");
/// What each momentum touched.
pub const TOUCHED: TableDefinition<'static, u64, &[u8]> = TableDefinition::new("touched");
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
