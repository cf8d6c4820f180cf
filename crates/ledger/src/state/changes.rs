//! Write sets: what a block or momentum puts and deletes, each key once, in key order.
//!
//! The dump of a write set is what `changesHash` is the SHA3-256 of: per record `01 | len | key | len |
//! value` for a put and `00 | len | key` for a delete, lengths as LEB128. Source: go-zenon
//! `common/db/patch.go` (goleveldb batch records without the header).

use super::{Over, State};
use crate::refusal::Fault;
use crate::types::Hash;
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

/// A write set. Clones and merged sets share keys and values.
#[derive(Clone, Default, Debug, PartialEq, Eq)]
pub struct Changes(BTreeMap<Arc<[u8]>, Option<Arc<[u8]>>>);

impl Changes {
    /// Puts a value.
    pub fn put(&mut self, key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) {
        self.0.insert(key.into().into(), Some(value.into().into()));
    }

    /// Deletes a key; the record stays even if the key never existed.
    pub fn delete(&mut self, key: impl Into<Vec<u8>>) {
        self.0.insert(key.into().into(), None);
    }

    /// What the write set says of `key`: nothing, deleted (`Some(None)`), or a value.
    pub fn get(&self, key: &[u8]) -> Option<Option<&[u8]>> {
        self.0.get(key).map(|value| value.as_deref())
    }

    /// All records in key order.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], Option<&[u8]>)> {
        self.0.iter().map(|(key, value)| (&**key, value.as_deref()))
    }

    /// The records whose keys begin with `prefix`.
    pub fn range(&self, prefix: &[u8]) -> impl Iterator<Item = (&[u8], Option<&[u8]>)> {
        let start = Bound::Included(prefix);
        let prefix = prefix.to_vec();
        self.0
            .range::<[u8], _>((start, Bound::Unbounded))
            .take_while(move |(key, _)| key.starts_with(&prefix))
            .map(|(key, value)| (&**key, value.as_deref()))
    }

    /// Number of records.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing is written.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds the records of `later`, which win over ours.
    pub fn extend(&mut self, later: &Changes) {
        for (key, value) in &later.0 {
            self.0.insert(key.clone(), value.clone());
        }
    }

    /// Adds `later`, whose keys are relative to `prefix`; its records win over ours.
    pub fn extend_under(&mut self, prefix: &[u8], later: &Changes) {
        for (key, value) in &later.0 {
            self.0.insert([prefix, key].concat().into(), value.clone());
        }
    }

    /// The write set that takes this one back on `before`: the old value of each key, or its deletion.
    pub fn undo_on(&self, before: &dyn State) -> Result<Changes, Fault> {
        let mut undo = BTreeMap::new();
        for key in self.0.keys() {
            undo.insert(key.clone(), before.get(key)?.map(Arc::from));
        }
        Ok(Changes(undo))
    }

    /// This write set laid over `base`.
    pub fn over<'a>(&'a self, base: &'a dyn State) -> Over<'a> {
        Over { base, changes: self }
    }

    /// The byte form that [`Changes::hash`] hashes.
    pub fn dump(&self) -> Vec<u8> {
        patch_dump(self.iter())
    }

    /// `changesHash`.
    pub fn hash(&self) -> Hash {
        Hash::of(&self.dump())
    }

    /// Reads a dump back; `None` if it is truncated or malformed.
    pub fn from_dump(mut bytes: &[u8]) -> Option<Changes> {
        let mut records = BTreeMap::new();
        while let Some((tag, rest)) = bytes.split_first() {
            let (key, rest) = take_string(rest)?;
            bytes = rest;
            let value = match tag {
                0 => None,
                1 => {
                    let (value, rest) = take_string(bytes)?;
                    bytes = rest;
                    Some(Arc::from(value))
                }
                _ => return None,
            };
            records.insert(Arc::from(key), value);
        }
        Some(Changes(records))
    }
}

/// Dumps records in the order given.
pub fn patch_dump<'r>(records: impl Iterator<Item = (&'r [u8], Option<&'r [u8]>)>) -> Vec<u8> {
    let mut out = Vec::new();
    for (key, value) in records {
        out.push(u8::from(value.is_some()));
        push_string(&mut out, key);
        if let Some(value) = value {
            push_string(&mut out, value);
        }
    }
    out
}

fn push_string(out: &mut Vec<u8>, bytes: &[u8]) {
    let mut rest = bytes.len();
    while rest >= 0x80 {
        out.push(u8::try_from(rest & 0x7f).expect("masked to 7 bits") | 0x80);
        rest >>= 7;
    }
    out.push(u8::try_from(rest).expect("below 0x80"));
    out.extend_from_slice(bytes);
}

fn take_string(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut length = 0usize;
    for (index, byte) in bytes.iter().enumerate().take(5) {
        length |= usize::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return bytes.get(index + 1..)?.split_at_checked(length);
        }
    }
    None
}
