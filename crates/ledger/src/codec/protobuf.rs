//! Protobuf forms, byte for byte as the reference writes them.
//!
//! Fields stand in ascending order, zero integers and empty strings are left out, messages inside
//! messages are always there. These bytes are stored, and they are part of `changesHash`. The reader
//! takes what the writer gives and nothing else: unknown fields, wrong sizes and truncation are errors.
//! Source: go-zenon `chain/nom/protobuf.proto`, `common/types/protobuf.proto`.

use crate::block::{AccountBlock, BlockType};
use crate::momentum::Momentum;
use crate::types::{
    AccountHeader, Address, Hash, HashHeight, TokenStandard, amount_bytes, amount_from_bytes,
};
use core::fmt;

/// How deep blocks may nest: a receive block holds sends, and those hold nothing.
const NESTING_MAX: usize = 3;

/// The bytes are not a message that the writer could have written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeError(pub &'static str);

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl core::error::Error for DecodeError {}

const TRUNCATED: DecodeError = DecodeError("message is truncated");
const UNKNOWN_FIELD: DecodeError = DecodeError("message has an unknown field");
const WRONG_TYPE: DecodeError = DecodeError("field has the wrong wire type");
const WRONG_SIZE: DecodeError = DecodeError("field has the wrong size");
const TOO_DEEP: DecodeError = DecodeError("blocks nest too deep");

/// Writes a hash and height.
pub fn encode_hash_height(value: &HashHeight) -> Vec<u8> {
    let mut out = Writer::default();
    hash_height(&mut out, value);
    out.0
}

/// Reads a hash and height.
pub fn decode_hash_height(bytes: &[u8]) -> Result<HashHeight, DecodeError> {
    let mut value = HashHeight::ZERO;
    for field in Reader(bytes) {
        match field? {
            (1, Field::Bytes(bytes)) => value.hash = decode_hash(bytes)?,
            (2, Field::Integer(height)) => value.height = height,
            other => return Err(misfit(&other, 2)),
        }
    }
    Ok(value)
}

/// Writes an account header.
pub fn encode_account_header(value: &AccountHeader) -> Vec<u8> {
    let mut out = Writer::default();
    header(&mut out, value);
    out.0
}

/// Reads an account header.
pub fn decode_account_header(bytes: &[u8]) -> Result<AccountHeader, DecodeError> {
    let mut value = AccountHeader::default();
    for field in Reader(bytes) {
        match field? {
            (1, Field::Bytes(bytes)) => value.address = decode_address(bytes)?,
            (2, Field::Bytes(bytes)) => {
                let name = decode_hash_height(bytes)?;
                value.hash = name.hash;
                value.height = name.height;
            }
            other => return Err(misfit(&other, 2)),
        }
    }
    Ok(value)
}

/// Writes an account block.
pub fn encode_account_block(value: &AccountBlock) -> Vec<u8> {
    let mut out = Writer(Vec::with_capacity(512 + value.data.len()));
    block(&mut out, value);
    out.0
}

/// Reads an account block.
pub fn decode_account_block(bytes: &[u8]) -> Result<AccountBlock, DecodeError> {
    decode_block(bytes, NESTING_MAX)
}

/// Writes a momentum.
pub fn encode_momentum(value: &Momentum) -> Vec<u8> {
    let mut out = Writer(Vec::with_capacity(256 + value.content.len() * 80));
    out.integer(1, value.version);
    out.integer(2, value.chain_identifier);
    out.message(3, |out| out.bytes(1, &value.hash.0));
    out.message(4, |out| out.bytes(1, &value.previous_hash.0));
    out.integer(5, value.height);
    out.integer(6, value.timestamp);
    out.bytes(7, &value.data);
    for entry in &value.content {
        out.message(8, |out| header(out, entry));
    }
    out.message(9, |out| out.bytes(1, &value.changes_hash.0));
    out.bytes(10, &value.public_key);
    out.bytes(11, &value.signature);
    out.integer(12, value.next_fusion_price);
    out.integer(13, value.next_work_price);
    out.0
}

/// Reads a momentum.
pub fn decode_momentum(bytes: &[u8]) -> Result<Momentum, DecodeError> {
    let mut value = Momentum::default();
    for field in Reader(bytes) {
        match field? {
            (1, Field::Integer(number)) => value.version = number,
            (2, Field::Integer(number)) => value.chain_identifier = number,
            (3, Field::Bytes(bytes)) => value.hash = decode_hash(bytes)?,
            (4, Field::Bytes(bytes)) => value.previous_hash = decode_hash(bytes)?,
            (5, Field::Integer(number)) => value.height = number,
            (6, Field::Integer(number)) => value.timestamp = number,
            (7, Field::Bytes(bytes)) => value.data = bytes.to_vec(),
            (8, Field::Bytes(bytes)) => value.content.push(decode_account_header(bytes)?),
            (9, Field::Bytes(bytes)) => value.changes_hash = decode_hash(bytes)?,
            (10, Field::Bytes(bytes)) => value.public_key = bytes.to_vec(),
            (11, Field::Bytes(bytes)) => value.signature = bytes.to_vec(),
            (12, Field::Integer(number)) => value.next_fusion_price = number,
            (13, Field::Integer(number)) => value.next_work_price = number,
            other => return Err(misfit(&other, 13)),
        }
    }
    Ok(value)
}

/// Reads a momentum's timestamp and nothing else; the rest is not looked at.
pub fn decode_momentum_timestamp(bytes: &[u8]) -> Result<u64, DecodeError> {
    for field in Reader(bytes) {
        if let (6, Field::Integer(timestamp)) = field? {
            return Ok(timestamp);
        }
    }
    Ok(0)
}

fn hash_height(out: &mut Writer, value: &HashHeight) {
    out.message(1, |out| out.bytes(1, &value.hash.0));
    out.integer(2, value.height);
}

fn header(out: &mut Writer, value: &AccountHeader) {
    out.message(1, |out| out.bytes(1, &value.address.0));
    out.message(2, |out| hash_height(out, &value.identifier()));
}

fn block(out: &mut Writer, value: &AccountBlock) {
    out.integer(1, value.version);
    out.integer(2, value.chain_identifier);
    out.integer(3, value.block_type.0);
    out.message(4, |out| out.bytes(1, &value.hash.0));
    out.message(5, |out| out.bytes(1, &value.previous_hash.0));
    out.integer(6, value.height);
    out.message(7, |out| hash_height(out, &value.momentum_acknowledged));
    out.message(8, |out| out.bytes(1, &value.address.0));
    out.message(9, |out| out.bytes(1, &value.to_address.0));
    out.bytes(10, &amount_bytes(&value.amount));
    out.bytes(11, &value.token_standard.0);
    out.message(12, |out| out.bytes(1, &value.from_block_hash.0));
    for descendant in &value.descendant_blocks {
        out.message(13, |out| block(out, descendant));
    }
    out.bytes(14, &value.data);
    out.integer(15, value.fused_plasma);
    out.integer(17, value.difficulty);
    out.bytes(18, &value.nonce);
    out.integer(19, value.base_plasma);
    out.integer(20, value.total_plasma);
    out.message(21, |out| out.bytes(1, &value.changes_hash.0));
    out.bytes(22, &value.public_key);
    out.bytes(23, &value.signature);
}

fn decode_block(bytes: &[u8], depth: usize) -> Result<AccountBlock, DecodeError> {
    let depth = depth.checked_sub(1).ok_or(TOO_DEEP)?;
    let mut value = AccountBlock::default();
    for field in Reader(bytes) {
        match field? {
            (1, Field::Integer(number)) => value.version = number,
            (2, Field::Integer(number)) => value.chain_identifier = number,
            (3, Field::Integer(number)) => value.block_type = BlockType(number),
            (4, Field::Bytes(bytes)) => value.hash = decode_hash(bytes)?,
            (5, Field::Bytes(bytes)) => value.previous_hash = decode_hash(bytes)?,
            (6, Field::Integer(number)) => value.height = number,
            (7, Field::Bytes(bytes)) => value.momentum_acknowledged = decode_hash_height(bytes)?,
            (8, Field::Bytes(bytes)) => value.address = decode_address(bytes)?,
            (9, Field::Bytes(bytes)) => value.to_address = decode_address(bytes)?,
            (10, Field::Bytes(bytes)) => {
                value.amount = amount_from_bytes(bytes).ok_or(WRONG_SIZE)?;
            }
            (11, Field::Bytes(bytes)) => {
                value.token_standard = TokenStandard::from_slice(bytes).ok_or(WRONG_SIZE)?;
            }
            (12, Field::Bytes(bytes)) => value.from_block_hash = decode_hash(bytes)?,
            (13, Field::Bytes(bytes)) => {
                value.descendant_blocks.push(decode_block(bytes, depth)?);
            }
            (14, Field::Bytes(bytes)) => value.data = bytes.to_vec(),
            (15, Field::Integer(number)) => value.fused_plasma = number,
            (17, Field::Integer(number)) => value.difficulty = number,
            (18, Field::Bytes(bytes)) => {
                value.nonce = bytes.try_into().map_err(|_| WRONG_SIZE)?;
            }
            (19, Field::Integer(number)) => value.base_plasma = number,
            (20, Field::Integer(number)) => value.total_plasma = number,
            (21, Field::Bytes(bytes)) => value.changes_hash = decode_hash(bytes)?,
            (22, Field::Bytes(bytes)) => value.public_key = bytes.to_vec(),
            (23, Field::Bytes(bytes)) => value.signature = bytes.to_vec(),
            other => return Err(misfit(&other, 23)),
        }
    }
    Ok(value)
}

/// `HashProto{ bytes hash = 1 }`
fn decode_hash(bytes: &[u8]) -> Result<Hash, DecodeError> {
    Hash::from_slice(wrapped(bytes)?).ok_or(WRONG_SIZE)
}

/// `AddressProto{ bytes address = 1 }`
fn decode_address(bytes: &[u8]) -> Result<Address, DecodeError> {
    Address::from_slice(wrapped(bytes)?).ok_or(WRONG_SIZE)
}

/// The only field of a message that wraps a byte string.
fn wrapped(bytes: &[u8]) -> Result<&[u8], DecodeError> {
    let mut fields = Reader(bytes);
    match (fields.next(), fields.next()) {
        (Some(Ok((1, Field::Bytes(inner)))), None) => Ok(inner),
        (Some(Err(error)), _) => Err(error),
        _ => Err(WRONG_SIZE),
    }
}

fn misfit(field: &(u32, Field<'_>), highest: u32) -> DecodeError {
    if field.0 <= highest { WRONG_TYPE } else { UNKNOWN_FIELD }
}

#[derive(Default)]
struct Writer(Vec<u8>);

impl Writer {
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(u8::try_from(value & 0x7f).expect("masked to 7 bits") | 0x80);
            value >>= 7;
        }
        self.0.push(u8::try_from(value).expect("below 0x80"));
    }

    fn integer(&mut self, number: u32, value: u64) {
        if value != 0 {
            self.varint(u64::from(number) << 3);
            self.varint(value);
        }
    }

    fn bytes(&mut self, number: u32, value: &[u8]) {
        if !value.is_empty() {
            self.delimited(number, value);
        }
    }

    fn message(&mut self, number: u32, fill: impl FnOnce(&mut Writer)) {
        self.varint((u64::from(number) << 3) | 2);
        // Nearly all messages are short: their length takes one byte, which is filled in afterwards.
        let start = self.0.len();
        self.0.push(0);
        fill(self);
        let length = self.0.len() - start - 1;
        match u8::try_from(length) {
            Ok(short) if short < 0x80 => self.0[start] = short,
            _ => {
                let mut prefix = Writer::default();
                prefix.varint(length as u64);
                self.0.splice(start..=start, prefix.0);
            }
        }
    }

    fn delimited(&mut self, number: u32, value: &[u8]) {
        self.varint((u64::from(number) << 3) | 2);
        self.varint(value.len() as u64);
        self.0.extend_from_slice(value);
    }
}

enum Field<'a> {
    Integer(u64),
    Bytes(&'a [u8]),
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn varint(&mut self) -> Result<u64, DecodeError> {
        let mut value = 0u64;
        for shift in (0..70).step_by(7) {
            let (byte, rest) = self.0.split_first().ok_or(TRUNCATED)?;
            self.0 = rest;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return Err(WRONG_SIZE);
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(WRONG_SIZE)
    }

    fn field(&mut self) -> Result<(u32, Field<'a>), DecodeError> {
        let key = self.varint()?;
        let number = u32::try_from(key >> 3).map_err(|_| UNKNOWN_FIELD)?;
        match key & 7 {
            0 => Ok((number, Field::Integer(self.varint()?))),
            2 => {
                let length = usize::try_from(self.varint()?).map_err(|_| TRUNCATED)?;
                let (value, rest) = self.0.split_at_checked(length).ok_or(TRUNCATED)?;
                self.0 = rest;
                Ok((number, Field::Bytes(value)))
            }
            _ => Err(WRONG_TYPE),
        }
    }
}

impl<'a> Iterator for Reader<'a> {
    type Item = Result<(u32, Field<'a>), DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_err() {
            self.0 = &[];
        }
        Some(field)
    }
}
