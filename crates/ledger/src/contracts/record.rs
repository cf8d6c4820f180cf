//! Stored tuples: a contract's storage values, written and read by the ABI.

use super::{Args, Context, Storage};
use crate::abi::{self, Kind, Value};
use crate::refusal::Fault;

/// Something that a contract stores as a tuple.
pub(crate) trait Record: Sized {
    /// Types of the tuple.
    const KINDS: &'static [Kind];

    /// The tuple.
    fn to_values(&self) -> Vec<Value>;

    /// Reads the stored value under `key`, which may hold parts of the thing.
    fn from_stored(key: &[u8], fields: &Args) -> Self;

    /// Its storage key.
    fn key(&self) -> Vec<u8>;

    /// Writes it.
    fn save(&self, context: &mut Context<'_>) {
        context.store(&self.key(), self.to_bytes());
    }

    /// Deletes it.
    fn delete(&self, context: &mut Context<'_>) {
        context.remove(&self.key());
    }

    /// The stored value.
    fn to_bytes(&self) -> Vec<u8> {
        abi::encode_tuple(&self.to_values())
    }

    /// Reads a stored value.
    fn from_bytes(key: &[u8], bytes: &[u8]) -> Result<Self, Fault> {
        let fields = abi::decode_tuple(Self::KINDS, bytes)
            .map_err(|_| Fault(format!("contract storage {} does not decode", hex::encode(key))))?;
        Ok(Self::from_stored(key, &Args(fields)))
    }

    /// All things whose keys begin with `prefix`, in key order.
    fn list(storage: &impl Storage, prefix: &[u8]) -> Result<Vec<Self>, Fault> {
        let mut list = Vec::new();
        storage.each(prefix, &mut |key, value| {
            list.push(Self::from_bytes(key, value));
            true
        })?;
        list.into_iter().collect()
    }
}

/// The thing stored under `key`.
pub(crate) fn load_record<R: Record>(
    storage: &impl Storage,
    key: &[u8],
) -> Result<Option<R>, Fault> {
    storage.load(key)?.map(|bytes| R::from_bytes(key, &bytes)).transpose()
}
