//! Blocks, momentums and their names, read from JSON.

use super::read::{FromJson, JsonError, Place, each_field, fill_struct};
use crate::block::{AccountBlock, BlockType};
use crate::momentum::{DetailedMomentum, Momentum};
use crate::types::{AccountHeader, Amount, HashHeight, bad_hex, odd_hex};
use serde_json::Value;

impl FromJson for HashHeight {
    fn fill(&mut self, value: &Value, place: &mut Place) -> Result<(), JsonError> {
        fill_struct!(value, place, "HashHeight", "types.HashHeight", {
            "hash" => self.hash,
            "height" => self.height,
        })
    }
}

impl FromJson for AccountHeader {
    fn fill(&mut self, value: &Value, place: &mut Place) -> Result<(), JsonError> {
        const HOLDER: &str = "AccountHeader";
        each_field(
            value,
            place,
            "types.AccountHeader",
            &["address", "hash", "height"],
            |name, value, place| match name {
                "address" => place.field(HOLDER, name, value, &mut self.address),
                "hash" => place.embedded(HOLDER, "HashHeight", |place| {
                    place.field(HOLDER, name, value, &mut self.hash)
                }),
                _ => place.embedded(HOLDER, "HashHeight", |place| {
                    place.field(HOLDER, name, value, &mut self.height)
                }),
            },
        )
    }
}

impl FromJson for AccountBlock {
    fn fill(&mut self, value: &Value, place: &mut Place) -> Result<(), JsonError> {
        // The reference's blocks decode themselves.
        place.nested(|place| {
            let mut texts = Texts::default();
            each_field(value, place, "nom.AccountBlockMarshal", FIELDS, |name, value, place| {
                fill_field(self, &mut texts, name, value, place)
            })?;
            // Texts are looked at when all fields are read, and only if nothing was wrong.
            place.settle()?;
            self.amount = amount_of(&texts.amount).0;
            self.nonce = nonce_of(&texts.nonce).map_err(|text| place.stop(text, "nom.Nonce"))?;
            Ok(())
        })
    }
}

/// A block as a client hands it in for publication.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Published {
    /// The block. An amount that has no place in it (negative, or above 256 bits) is the largest number
    /// instead, so that the check of amounts refuses it.
    pub block: AccountBlock,
    /// Whether the amount was negative: then `account-block amount is too big` means
    /// `account-block amount can't be negative`.
    pub negative_amount: bool,
}

/// Reads the argument of `ledger.publishRawTransaction`, where a missing or malformed nonce counts as
/// zero.
pub fn decode_published(value: &Value) -> Result<Published, JsonError> {
    let mut published = Published::default();
    Place::default().finish(|place| {
        let block = &mut published.block;
        let mut texts = Texts::default();
        each_field(value, place, "api.AccountBlockMarshal", FIELDS, |name, value, place| {
            place
                .embedded(HOLDER, HOLDER, |place| fill_field(block, &mut texts, name, value, place))
        })?;
        (block.amount, published.negative_amount) = amount_of(&texts.amount);
        block.nonce = nonce_of(&texts.nonce).unwrap_or_default();
        Ok(())
    })?;
    Ok(published)
}

/// Go's name of the struct that blocks are read through.
const HOLDER: &str = "AccountBlockMarshal";

const FIELDS: &[&str] = &[
    "version",
    "chainIdentifier",
    "blockType",
    "hash",
    "previousHash",
    "height",
    "momentumAcknowledged",
    "address",
    "toAddress",
    "amount",
    "tokenStandard",
    "fromBlockHash",
    "descendantBlocks",
    "data",
    "fusedPlasma",
    "difficulty",
    "nonce",
    "basePlasma",
    "usedPlasma",
    "changesHash",
    "publicKey",
    "signature",
];

/// Fields that are plain strings until the whole block is read.
#[derive(Default)]
struct Texts {
    amount: String,
    nonce: String,
}

fn fill_field(
    block: &mut AccountBlock,
    texts: &mut Texts,
    name: &'static str,
    value: &Value,
    place: &mut Place,
) -> Result<(), JsonError> {
    match name {
        "version" => place.field(HOLDER, name, value, &mut block.version),
        "chainIdentifier" => place.field(HOLDER, name, value, &mut block.chain_identifier),
        "blockType" => place.field(HOLDER, name, value, &mut block.block_type.0),
        "hash" => place.field(HOLDER, name, value, &mut block.hash),
        "previousHash" => place.field(HOLDER, name, value, &mut block.previous_hash),
        "height" => place.field(HOLDER, name, value, &mut block.height),
        "momentumAcknowledged" => {
            place.field(HOLDER, name, value, &mut block.momentum_acknowledged)
        }
        "address" => place.field(HOLDER, name, value, &mut block.address),
        "toAddress" => place.field(HOLDER, name, value, &mut block.to_address),
        "amount" => place.field(HOLDER, name, value, &mut texts.amount),
        "tokenStandard" => place.field(HOLDER, name, value, &mut block.token_standard),
        "fromBlockHash" => place.field(HOLDER, name, value, &mut block.from_block_hash),
        "descendantBlocks" => place.field_by(HOLDER, name, |place| {
            place.list(&mut block.descendant_blocks, value, "[]*nom.AccountBlock")
        }),
        "data" => {
            place.field_by(HOLDER, name, |place| place.bytes(&mut block.data, value, "[]uint8"))
        }
        "fusedPlasma" => place.field(HOLDER, name, value, &mut block.fused_plasma),
        "difficulty" => place.field(HOLDER, name, value, &mut block.difficulty),
        "nonce" => place.field(HOLDER, name, value, &mut texts.nonce),
        "basePlasma" => place.field(HOLDER, name, value, &mut block.base_plasma),
        "usedPlasma" => place.field(HOLDER, name, value, &mut block.total_plasma),
        "changesHash" => place.field(HOLDER, name, value, &mut block.changes_hash),
        "publicKey" => place.field_by(HOLDER, name, |place| {
            place.bytes(&mut block.public_key, value, "ed25519.PublicKey")
        }),
        "signature" => place
            .field_by(HOLDER, name, |place| place.bytes(&mut block.signature, value, "[]uint8")),
        _ => Ok(()),
    }
}

/// Reads a decimal number with an optional sign, and whether it is below zero. What does not parse is
/// zero; what does not fit is the largest number.
fn amount_of(text: &str) -> (Amount, bool) {
    let (negative, digits) = match text.as_bytes() {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return (Amount::ZERO, false);
    }
    let digits = core::str::from_utf8(digits).expect("digits are ASCII");
    let amount = Amount::from_str_radix(digits, 10).unwrap_or(Amount::MAX);
    match negative && !amount.is_zero() {
        true => (Amount::MAX, true),
        false => (amount, false),
    }
}

/// Reads a nonce: 16 hex digits.
fn nonce_of(text: &str) -> Result<[u8; 8], String> {
    let odd = text.len() % 2 == 1;
    if let Some(error) = bad_hex(text).or_else(|| odd.then(odd_hex)) {
        return Err(format!("failed to decode nonce:{error}"));
    }
    let mut nonce = [0; 8];
    if text.len() != 2 * nonce.len() {
        return Err("invalid nonce length".to_owned());
    }
    hex::decode_to_slice(text, &mut nonce).expect("16 hex digits are 8 bytes");
    Ok(nonce)
}

impl FromJson for Momentum {
    fn fill(&mut self, value: &Value, place: &mut Place) -> Result<(), JsonError> {
        const HOLDER: &str = "Momentum";
        each_field(
            value,
            place,
            "nom.Momentum",
            &[
                "version",
                "chainIdentifier",
                "hash",
                "previousHash",
                "height",
                "timestamp",
                "data",
                "content",
                "changesHash",
                "publicKey",
                "signature",
                "nextFusionPrice",
                "nextWorkPrice",
            ],
            |name, value, place| match name {
                "version" => place.field(HOLDER, name, value, &mut self.version),
                "chainIdentifier" => place.field(HOLDER, name, value, &mut self.chain_identifier),
                "hash" => place.field(HOLDER, name, value, &mut self.hash),
                "previousHash" => place.field(HOLDER, name, value, &mut self.previous_hash),
                "height" => place.field(HOLDER, name, value, &mut self.height),
                "timestamp" => place.field(HOLDER, name, value, &mut self.timestamp),
                "data" => place
                    .field_by(HOLDER, name, |place| place.bytes(&mut self.data, value, "[]uint8")),
                "content" => place.field_by(HOLDER, name, |place| {
                    place.list(&mut self.content, value, "nom.MomentumContent")
                }),
                "changesHash" => place.field(HOLDER, name, value, &mut self.changes_hash),
                "publicKey" => place.field_by(HOLDER, name, |place| {
                    place.bytes(&mut self.public_key, value, "ed25519.PublicKey")
                }),
                "signature" => place.field_by(HOLDER, name, |place| {
                    place.bytes(&mut self.signature, value, "[]uint8")
                }),
                "nextFusionPrice" => place.field(HOLDER, name, value, &mut self.next_fusion_price),
                _ => place.field(HOLDER, name, value, &mut self.next_work_price),
            },
        )
    }
}

impl FromJson for DetailedMomentum {
    fn fill(&mut self, value: &Value, place: &mut Place) -> Result<(), JsonError> {
        const HOLDER: &str = "DetailedMomentum";
        each_field(
            value,
            place,
            "nom.DetailedMomentum",
            &["momentum", "accountBlocks"],
            |name, value, place| match name {
                "momentum" => place.field(HOLDER, name, value, &mut self.momentum),
                _ => place.field_by(HOLDER, name, |place| {
                    place.list(&mut self.account_blocks, value, "[]*nom.AccountBlock")
                }),
            },
        )
    }
}

impl FromJson for BlockType {
    fn fill(&mut self, value: &Value, place: &mut Place) -> Result<(), JsonError> {
        self.0.fill(value, place)
    }
}
