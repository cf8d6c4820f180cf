//! Types, blocks and momentums written as JSON, straight into serde's serializer.

use crate::block::AccountBlock;
use crate::codec::base64;
use crate::momentum::{DetailedMomentum, Momentum};
use crate::types::{AccountHeader, Address, Hash, HashHeight, Text, TextError, TokenStandard};
use core::fmt;
use core::str::FromStr;
use serde::de::{Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, SerializeStruct, Serializer};

/// Number of fields that [`block_fields`] writes.
pub const BLOCK_FIELDS: usize = 22;

/// Number of fields that [`momentum_fields`] writes of a momentum of version 1.
pub const MOMENTUM_FIELDS: usize = 11;

macro_rules! text_types {
    ($($type:ident: $what:literal),*) => {$(
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.to_text())
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<$type, D::Error> {
                deserializer.deserialize_str(Parsed($what, $type::from_str))
            }
        }
    )*};
}

text_types!(
    Hash: "a hash of 64 hex digits",
    Address: "an address (z1…)",
    TokenStandard: "a token standard (zts1…)"
);

/// Reads a type from its text.
struct Parsed<T>(&'static str, fn(&str) -> Result<T, TextError>);

impl<T> Visitor<'_> for Parsed<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
        (self.1)(text).map_err(E::custom)
    }
}

/// Amounts as decimal strings: `#[serde(with = "ledger::codec::json::amount")]`.
pub mod amount {
    use super::{Deserializer, Serializer, Visitor, fmt};
    use crate::types::Amount;
    use serde::ser::Serialize;

    /// An amount that writes itself as a decimal string.
    #[derive(Clone, Copy, Debug)]
    pub struct Decimal(pub Amount);

    impl Serialize for Decimal {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serialize(&self.0, serializer)
        }
    }

    /// Writes an amount.
    pub fn serialize<S: Serializer>(amount: &Amount, serializer: S) -> Result<S::Ok, S::Error> {
        // Nearly all amounts fit; wide ones go the long way.
        match u64::try_from(*amount) {
            Ok(small) => {
                let mut digits = [0; 20];
                serializer.serialize_str(decimal(small, &mut digits))
            }
            Err(_) => serializer.collect_str(amount),
        }
    }

    fn decimal(mut number: u64, digits: &mut [u8; 20]) -> &str {
        let mut start = digits.len();
        loop {
            start -= 1;
            digits[start] = b'0' + u8::try_from(number % 10).expect("a digit");
            number /= 10;
            if number == 0 {
                break;
            }
        }
        core::str::from_utf8(&digits[start..]).expect("digits are ASCII")
    }

    /// Reads an amount; unlike blocks, which count what they can't read as zero, it refuses that.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Amount, D::Error> {
        struct Digits;

        impl Visitor<'_> for Digits {
            type Value = Amount;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string of decimal digits that fits into 256 bits")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Amount, E> {
                let unfit = || E::invalid_value(serde::de::Unexpected::Str(text), &self);
                if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
                    return Err(unfit());
                }
                Amount::from_str_radix(text, 10).map_err(|_| unfit())
            }
        }

        deserializer.deserialize_str(Digits)
    }
}

/// Bytes that write themselves as base64.
#[derive(Clone, Copy, Debug)]
pub struct Base64<'a>(pub &'a [u8]);

impl Serialize for Base64<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // A key has 44 characters, a signature 88.
        let mut short = [0; 88];
        match base64::encode_to_slice(self.0, &mut short) {
            Some(text) => serializer.serialize_str(text),
            None => serializer.collect_str(&base64::display(self.0)),
        }
    }
}

/// A key or signature: `null` if there is none.
struct Proof<'a>(&'a [u8]);

impl Serialize for Proof<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.is_empty() {
            true => serializer.serialize_none(),
            false => Base64(self.0).serialize(serializer),
        }
    }
}

/// How empty data is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmptyData {
    /// As `""`: blocks and momentums in the reference's answers.
    Text,
    /// As `null`: blocks that the reference makes up, such as the pair of a genesis block.
    Null,
}

struct Data<'a>(&'a [u8], EmptyData);

impl Serialize for Data<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.is_empty() && self.1 == EmptyData::Null {
            true => serializer.serialize_none(),
            false => Base64(self.0).serialize(serializer),
        }
    }
}

struct Nonce([u8; 8]);

impl Serialize for Nonce {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&Text::of_hex(&self.0))
    }
}

impl Serialize for HashHeight {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("HashHeight", 2)?;
        out.serialize_field("hash", &self.hash)?;
        out.serialize_field("height", &self.height)?;
        out.end()
    }
}

impl Serialize for AccountHeader {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("AccountHeader", 3)?;
        out.serialize_field("address", &self.address)?;
        out.serialize_field("hash", &self.hash)?;
        out.serialize_field("height", &self.height)?;
        out.end()
    }
}

impl Serialize for AccountBlock {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("AccountBlock", BLOCK_FIELDS)?;
        block_fields(&mut out, self, EmptyData::Text)?;
        out.end()
    }
}

/// Writes a block's [`BLOCK_FIELDS`] fields, to which answers add their own.
pub fn block_fields<O: SerializeStruct>(
    out: &mut O,
    block: &AccountBlock,
    empty: EmptyData,
) -> Result<(), O::Error> {
    out.serialize_field("version", &block.version)?;
    out.serialize_field("chainIdentifier", &block.chain_identifier)?;
    out.serialize_field("blockType", &block.block_type.0)?;
    out.serialize_field("hash", &block.hash)?;
    out.serialize_field("previousHash", &block.previous_hash)?;
    out.serialize_field("height", &block.height)?;
    out.serialize_field("momentumAcknowledged", &block.momentum_acknowledged)?;
    out.serialize_field("address", &block.address)?;
    out.serialize_field("toAddress", &block.to_address)?;
    out.serialize_field("amount", &amount::Decimal(block.amount))?;
    out.serialize_field("tokenStandard", &block.token_standard)?;
    out.serialize_field("fromBlockHash", &block.from_block_hash)?;
    out.serialize_field("descendantBlocks", &block.descendant_blocks)?;
    out.serialize_field("data", &Data(&block.data, empty))?;
    out.serialize_field("fusedPlasma", &block.fused_plasma)?;
    out.serialize_field("difficulty", &block.difficulty)?;
    out.serialize_field("nonce", &Nonce(block.nonce))?;
    out.serialize_field("basePlasma", &block.base_plasma)?;
    out.serialize_field("usedPlasma", &block.total_plasma)?;
    out.serialize_field("changesHash", &block.changes_hash)?;
    out.serialize_field("publicKey", &Proof(&block.public_key))?;
    out.serialize_field("signature", &Proof(&block.signature))
}

impl Serialize for Momentum {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Momentum", MOMENTUM_FIELDS)?;
        momentum_fields(&mut out, self)?;
        out.end()
    }
}

/// Writes a momentum's fields, to which answers add their own.
pub fn momentum_fields<O: SerializeStruct>(
    out: &mut O,
    momentum: &Momentum,
) -> Result<(), O::Error> {
    out.serialize_field("version", &momentum.version)?;
    out.serialize_field("chainIdentifier", &momentum.chain_identifier)?;
    out.serialize_field("hash", &momentum.hash)?;
    out.serialize_field("previousHash", &momentum.previous_hash)?;
    out.serialize_field("height", &momentum.height)?;
    out.serialize_field("timestamp", &momentum.timestamp)?;
    out.serialize_field("data", &Base64(&momentum.data))?;
    out.serialize_field("content", &momentum.content)?;
    out.serialize_field("changesHash", &momentum.changes_hash)?;
    out.serialize_field("publicKey", &Proof(&momentum.public_key))?;
    out.serialize_field("signature", &Proof(&momentum.signature))?;
    if momentum.version >= 2 {
        out.serialize_field("nextFusionPrice", &momentum.next_fusion_price)?;
        out.serialize_field("nextWorkPrice", &momentum.next_work_price)?;
    }
    Ok(())
}

impl Serialize for DetailedMomentum {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("DetailedMomentum", 2)?;
        out.serialize_field("momentum", &self.momentum)?;
        out.serialize_field("accountBlocks", &self.account_blocks)?;
        out.end()
    }
}
