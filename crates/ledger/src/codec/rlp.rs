//! RLP forms, as peers exchange blocks and momentums.
//!
//! A struct is the list of its fields in Go's order, arrays of bytes are strings of their length, integers
//! are minimal, a struct inside a struct is a list inside a list (even the nonce, which Go wraps). The
//! reader asks for exactly these fields, for minimal integers, and for bytes that end where the outermost
//! list does; it takes no memory that the input does not fill. Sources: go-zenon `protocol/protocol.go`,
//! go-ethereum `rlp`.

use crate::block::{AccountBlock, BlockType};
use crate::momentum::{DetailedMomentum, Momentum};
use crate::types::{AccountHeader, Address, Amount, Hash, HashHeight, TokenStandard};
use alloy_rlp::{BufMut, Decodable, Encodable, Error, Header};

/// How deep blocks may nest: a receive block holds sends, and those hold nothing.
const NESTING_MAX: usize = 3;

/// Writes a value.
pub fn encode(value: &impl Encodable) -> Vec<u8> {
    alloy_rlp::encode(value)
}

/// Reads a value that fills the bytes.
pub fn decode<T: Decodable>(bytes: &[u8]) -> Result<T, Error> {
    alloy_rlp::decode_exact(bytes)
}

/// Writes a struct as the list of its fields.
macro_rules! list {
    ($type:ty, $self:ident, [$($field:expr),* $(,)?]) => {
        impl $type {
            /// Bytes of the fields, without the list's header.
            fn payload_length(&$self) -> usize {
                0 $(+ $field.length())*
            }
        }

        impl Encodable for $type {
            fn encode(&$self, out: &mut dyn BufMut) {
                Header { list: true, payload_length: $self.payload_length() }.encode(out);
                $($field.encode(out);)*
            }

            fn length(&$self) -> usize {
                let payload = $self.payload_length();
                alloy_rlp::length_of_length(payload) + payload
            }
        }
    };
}

macro_rules! byte_arrays {
    ($($type:ident),*) => {$(
        impl Encodable for $type {
            fn encode(&self, out: &mut dyn BufMut) {
                self.0.encode(out);
            }

            fn length(&self) -> usize {
                self.0.length()
            }
        }

        impl Decodable for $type {
            fn decode(bytes: &mut &[u8]) -> Result<$type, Error> {
                Decodable::decode(bytes).map($type)
            }
        }
    )*};
}

byte_arrays!(Hash, Address, TokenStandard);

/// An integer of up to 256 bits.
struct Integer(Amount);

impl Integer {
    fn minimal(&self) -> ([u8; 32], usize) {
        (self.0.to_be_bytes(), 32 - self.0.byte_len())
    }
}

impl Encodable for Integer {
    fn encode(&self, out: &mut dyn BufMut) {
        let (bytes, start) = self.minimal();
        bytes[start..].encode(out);
    }

    fn length(&self) -> usize {
        let (bytes, start) = self.minimal();
        bytes[start..].length()
    }
}

impl Decodable for Integer {
    fn decode(bytes: &mut &[u8]) -> Result<Integer, Error> {
        let digits = Header::decode_bytes(bytes, false)?;
        if digits.first() == Some(&0) {
            return Err(Error::LeadingZero);
        }
        Amount::try_from_be_slice(digits).map(Integer).ok_or(Error::Overflow)
    }
}

/// A string of any length.
struct Data<'a>(&'a [u8]);

impl Encodable for Data<'_> {
    fn encode(&self, out: &mut dyn BufMut) {
        self.0.encode(out);
    }

    fn length(&self) -> usize {
        self.0.length()
    }
}

/// The plasma prices of momentums of version 2: fields that are left out from the last zero on.
struct Prices([u64; 2]);

impl Prices {
    fn kept(&self) -> &[u64] {
        let zeros = self.0.iter().rev().take_while(|price| **price == 0).count();
        &self.0[..self.0.len() - zeros]
    }
}

impl Encodable for Prices {
    fn encode(&self, out: &mut dyn BufMut) {
        self.kept().iter().for_each(|price| price.encode(out));
    }

    fn length(&self) -> usize {
        self.kept().iter().map(Encodable::length).sum()
    }
}

/// Go's nonce is a struct of one field.
struct Nonce([u8; 8]);

list!(Nonce, self, [self.0]);

list!(HashHeight, self, [self.hash, self.height]);
list!(AccountHeader, self, [self.address, self.identifier()]);

list!(
    AccountBlock,
    self,
    [
        self.version,
        self.chain_identifier,
        self.block_type.0,
        self.hash,
        self.previous_hash,
        self.height,
        self.momentum_acknowledged,
        self.address,
        self.to_address,
        Integer(self.amount),
        self.token_standard,
        self.from_block_hash,
        self.descendant_blocks,
        Data(&self.data),
        self.fused_plasma,
        self.difficulty,
        Nonce(self.nonce),
        self.base_plasma,
        self.total_plasma,
        self.changes_hash,
        Data(&self.public_key),
        Data(&self.signature),
    ]
);

list!(
    Momentum,
    self,
    [
        self.version,
        self.chain_identifier,
        self.hash,
        self.previous_hash,
        self.height,
        self.timestamp,
        Data(&self.data),
        self.content,
        self.changes_hash,
        Data(&self.public_key),
        Data(&self.signature),
        Prices([self.next_fusion_price, self.next_work_price]),
    ]
);

list!(DetailedMomentum, self, [self.momentum, self.account_blocks]);

/// Reads one list by `fields`, which must use all of it.
fn fields<T>(
    bytes: &mut &[u8],
    fields: impl FnOnce(&mut &[u8]) -> Result<T, Error>,
) -> Result<T, Error> {
    let mut inside = Header::decode_bytes(bytes, true)?;
    let before = inside.len();
    let value = fields(&mut inside)?;
    match inside.len() {
        0 => Ok(value),
        rest => Err(Error::ListLengthMismatch { expected: before, got: before - rest }),
    }
}

fn items<T>(
    bytes: &mut &[u8],
    item: impl Fn(&mut &[u8]) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    let mut inside = Header::decode_bytes(bytes, true)?;
    let mut list = Vec::new();
    while !inside.is_empty() {
        list.push(item(&mut inside)?);
    }
    Ok(list)
}

fn data(bytes: &mut &[u8]) -> Result<Vec<u8>, Error> {
    Header::decode_bytes(bytes, false).map(<[u8]>::to_vec)
}

fn take<T: Decodable>(bytes: &mut &[u8]) -> Result<T, Error> {
    T::decode(bytes)
}

/// A field that may be missing at the end of a list.
fn optional(bytes: &mut &[u8]) -> Result<u64, Error> {
    if bytes.is_empty() { Ok(0) } else { take(bytes) }
}

impl Decodable for HashHeight {
    fn decode(bytes: &mut &[u8]) -> Result<HashHeight, Error> {
        fields(bytes, |bytes| Ok(HashHeight { hash: take(bytes)?, height: take(bytes)? }))
    }
}

impl Decodable for AccountHeader {
    fn decode(bytes: &mut &[u8]) -> Result<AccountHeader, Error> {
        fields(bytes, |bytes| {
            let address = take(bytes)?;
            let HashHeight { hash, height } = take(bytes)?;
            Ok(AccountHeader { address, height, hash })
        })
    }
}

impl Decodable for AccountBlock {
    fn decode(bytes: &mut &[u8]) -> Result<AccountBlock, Error> {
        block(bytes, NESTING_MAX)
    }
}

fn block(bytes: &mut &[u8], depth: usize) -> Result<AccountBlock, Error> {
    let depth = depth.checked_sub(1).ok_or(Error::Custom("blocks nest too deep"))?;
    fields(bytes, |bytes| {
        Ok(AccountBlock {
            version: take(bytes)?,
            chain_identifier: take(bytes)?,
            block_type: BlockType(take(bytes)?),
            hash: take(bytes)?,
            previous_hash: take(bytes)?,
            height: take(bytes)?,
            momentum_acknowledged: take(bytes)?,
            address: take(bytes)?,
            to_address: take(bytes)?,
            amount: take::<Integer>(bytes)?.0,
            token_standard: take(bytes)?,
            from_block_hash: take(bytes)?,
            descendant_blocks: items(bytes, |bytes| block(bytes, depth))?,
            data: data(bytes)?,
            fused_plasma: take(bytes)?,
            difficulty: take(bytes)?,
            nonce: fields(bytes, take)?,
            base_plasma: take(bytes)?,
            total_plasma: take(bytes)?,
            changes_hash: take(bytes)?,
            public_key: data(bytes)?,
            signature: data(bytes)?,
        })
    })
}

impl Decodable for Momentum {
    fn decode(bytes: &mut &[u8]) -> Result<Momentum, Error> {
        fields(bytes, |bytes| {
            Ok(Momentum {
                version: take(bytes)?,
                chain_identifier: take(bytes)?,
                hash: take(bytes)?,
                previous_hash: take(bytes)?,
                height: take(bytes)?,
                timestamp: take(bytes)?,
                data: data(bytes)?,
                content: items(bytes, take)?,
                changes_hash: take(bytes)?,
                public_key: data(bytes)?,
                signature: data(bytes)?,
                next_fusion_price: optional(bytes)?,
                next_work_price: optional(bytes)?,
            })
        })
    }
}

impl Decodable for DetailedMomentum {
    fn decode(bytes: &mut &[u8]) -> Result<DetailedMomentum, Error> {
        fields(bytes, |bytes| {
            Ok(DetailedMomentum { momentum: take(bytes)?, account_blocks: items(bytes, take)? })
        })
    }
}
