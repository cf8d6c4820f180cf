//! Values with the height at which they were written, and lists of keys, as bytes.

use ledger::Fault;

/// A value, and the height of the momentum that wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version<'a> {
    /// Height of the momentum.
    pub height: u64,
    /// The value.
    pub value: &'a [u8],
}

impl<'a> Version<'a> {
    /// Reads a stored form.
    pub fn read(bytes: &'a [u8]) -> Result<Version<'a>, Fault> {
        let (height, value) = take_number(bytes).ok_or_else(damaged)?;
        Ok(Version { height, value })
    }

    /// Writes the stored form into `out`, which is emptied first.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.clear();
        push_number(out, self.height);
        out.extend_from_slice(self.value);
    }
}

/// Writes a list of keys.
pub fn write_keys<'k>(keys: impl Iterator<Item = &'k [u8]>) -> Vec<u8> {
    let mut out = Vec::new();
    for key in keys {
        push_number(&mut out, key.len() as u64);
        out.extend_from_slice(key);
    }
    out
}

/// Reads a list of keys.
pub fn read_keys(mut bytes: &[u8]) -> Result<Vec<&[u8]>, Fault> {
    let mut keys = Vec::new();
    while !bytes.is_empty() {
        let (length, rest) = take_number(bytes).ok_or_else(damaged)?;
        let length = usize::try_from(length).map_err(|_| damaged())?;
        let (key, rest) = rest.split_at_checked(length).ok_or_else(damaged)?;
        keys.push(key);
        bytes = rest;
    }
    Ok(keys)
}

fn damaged() -> Fault {
    Fault("a record of the store is damaged".to_owned())
}

fn push_number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn take_number(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut number = 0;
    for (index, byte) in bytes.iter().enumerate().take(10) {
        number |= u64::from(byte & 0x7f).checked_shl(7 * index as u32)?;
        if byte & 0x80 == 0 {
            return Some((number, &bytes[index + 1..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn versions_and_keys_come_back(
            height: u64,
            value: Vec<u8>,
            keys: Vec<Vec<u8>>,
        ) {
            let mut bytes = vec![1, 2, 3];
            let version = Version { height, value: &value };
            version.write(&mut bytes);
            prop_assert_eq!(Version::read(&bytes).unwrap(), version);
            let list = write_keys(keys.iter().map(Vec::as_slice));
            prop_assert_eq!(read_keys(&list).unwrap(), keys);
        }

        #[test]
        fn damaged_records_are_faults(bytes: Vec<u8>) {
            let _ = Version::read(&bytes);
            let _ = read_keys(&bytes);
        }
    }
}
