//! JSON forms, as Go's `encoding/json` reads and writes the reference's types.
//!
//! Writing is serde's: hashes, addresses and token ids are strings, amounts are decimal strings
//! ([`amount`]), byte strings are base64, keys stand in the order of the reference's structs. Bytes that
//! are empty are `""` in `data` and `null` in keys and signatures, which is what the reference's answers
//! hold.
//!
//! Reading is lenient where Go is: keys match whatever their case, unknown keys are skipped, `null` and
//! missing keys leave a zero value. Whatever does not fit is a [`JsonError`] with Go's text, because
//! clients see it (`invalid argument 0: …`).
//!
//! Sources: go-zenon `chain/nom/account_block.go`, `momentum.go`, `rpc/api/ledger_types.go`; Go
//! `encoding/json/decode.go`.

mod read;
mod types;
mod write;

pub use read::{FromJson, JsonError, Place, Reason, decode, each_field, field_named, parse};
pub(crate) use read::{entries, fill_struct};
pub use types::{Published, decode_published};
pub use write::{Base64, EmptyData, amount, block_fields, momentum_fields};
