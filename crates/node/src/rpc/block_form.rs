//! Momentums and account blocks as answers show them: with what the ledger knows about them.
//!
//! Source: go-zenon `rpc/api/ledger_types.go`.

use super::failure::Failure;
use super::reading::Reading;
use super::shape::{Shape, field, object};
use super::token::{self, TokenForm};
use ledger::block::BlockType;
use ledger::codec::json::{EmptyData, block_fields, momentum_fields};
use ledger::contracts;
use ledger::types::{Address, Hash, TokenStandard, contract};
use ledger::{AccountBlock, Momentum, Refusal};
use serde::ser::{SerializeSeq, SerializeStruct};
use serde::{Serialize, Serializer};

object!(
    HASH_HEIGHT,
    "HashHeight",
    "A block or momentum by hash and height.",
    [field("hash", Shape::Hash, ""), field("height", Shape::Number, ""),]
);

object!(
    ACCOUNT_HEADER,
    "AccountHeader",
    "An account block by account, hash and height.",
    [
        field("address", Shape::Address, ""),
        field("hash", Shape::Hash, ""),
        field("height", Shape::Number, ""),
    ]
);

object!(
    MOMENTUM,
    "Momentum",
    "A link of the momentum chain.",
    [
        field("version", Shape::Number, "format version"),
        field("chainIdentifier", Shape::Number, "the network"),
        field("hash", Shape::Hash, ""),
        field("previousHash", Shape::Hash, "the momentum below"),
        field("height", Shape::Number, "from 1, which is genesis"),
        field("timestamp", Shape::Number, "unix seconds"),
        field("data", Shape::Bytes, ""),
        field("content", Shape::List(&Shape::Object(&ACCOUNT_HEADER)), "blocks that it confirms"),
        field("changesHash", Shape::Hash, "hash of what it changes"),
        field("publicKey", Shape::Optional(&Shape::Bytes), "the producer's key"),
        field("signature", Shape::Optional(&Shape::Bytes), ""),
        field("producer", Shape::Address, "the producer"),
    ]
);

object!(
    MOMENTUM_LIST,
    "MomentumList",
    "Some momentums.",
    [
        field("list", Shape::List(&Shape::Object(&MOMENTUM)), ""),
        field("count", Shape::Number, "height of the newest momentum"),
    ]
);

object!(
    DETAILED_MOMENTUM,
    "DetailedMomentum",
    "A momentum with the blocks that it confirms.",
    [
        field("blocks", Shape::List(&Shape::Object(&BLOCK)), ""),
        field("momentum", Shape::Object(&MOMENTUM), ""),
    ]
);

object!(
    DETAILED_LIST,
    "DetailedMomentumList",
    "Some momentums with their blocks.",
    [
        field("list", Shape::List(&Shape::Object(&DETAILED_MOMENTUM)), ""),
        field("count", Shape::Number, "height of the newest momentum"),
    ]
);

object!(
    CONFIRMATION,
    "ConfirmationDetail",
    "Which momentum confirmed a block.",
    [
        field("numConfirmations", Shape::Number, "momentums since, that one included"),
        field("momentumHeight", Shape::Number, ""),
        field("momentumHash", Shape::Hash, ""),
        field("momentumTimestamp", Shape::Number, "unix seconds"),
    ]
);

/// Defines an object that begins with the fields of a block as the ledger holds it.
macro_rules! block_object {
    ($constant:ident, $name:literal, $doc:literal, [$($field:expr),* $(,)?]) => {
        object!($constant, $name, $doc, [
                field("version", Shape::Number, "format version, 1"),
                field("chainIdentifier", Shape::Number, "the network"),
                field(
                    "blockType",
                    Shape::Number,
                    "1 genesis, 2 send, 3 receive, 4 contract send, 5 contract receive",
                ),
                field("hash", Shape::Hash, ""),
                field("previousHash", Shape::Hash, "the account's block below"),
                field("height", Shape::Number, "in the account's chain, from 1"),
                field("momentumAcknowledged", Shape::Object(&HASH_HEIGHT), "the momentum it stands on"),
                field("address", Shape::Address, "the account"),
                field("toAddress", Shape::Address, "receiver of a send"),
                field("amount", Shape::Amount, "amount of a send"),
                field("tokenStandard", Shape::Token, "token of a send"),
                field("fromBlockHash", Shape::Hash, "the send that a receive takes"),
                field(
                    "descendantBlocks",
                    Shape::List(&Shape::Object(&PLAIN_BLOCK)),
                    "sends of a contract's receive",
                ),
                field(
                "data",
                Shape::Optional(&Shape::Bytes),
                "contract call or free text; `null` in the made-up pair of a genesis block"
            ),
                field("fusedPlasma", Shape::Number, "plasma out of fused QSR"),
                field("difficulty", Shape::Number, "claimed difficulty of the work"),
                field("nonce", Shape::Text, "nonce of the work, 16 hex digits"),
                field("basePlasma", Shape::Number, "least plasma that the block needs"),
                field("usedPlasma", Shape::Number, "plasma that it has"),
                field("changesHash", Shape::Hash, ""),
                field("publicKey", Shape::Optional(&Shape::Bytes), "`null` for contracts"),
                field("signature", Shape::Optional(&Shape::Bytes), "`null` for contracts"),
            $($field),*
        ]);
    };
}

block_object!(PLAIN_BLOCK, "PlainAccountBlock", "An account block as the ledger holds it.", []);

block_object!(
    BLOCK,
    "AccountBlock",
    "An account block with what the ledger knows about it.",
    [
        field("token", Shape::Optional(&Shape::Object(&token::TOKEN)), "the token of a send"),
        field("confirmationDetail", Shape::Optional(&Shape::Object(&CONFIRMATION)), ""),
        field(
            "pairedAccountBlock",
            Shape::Optional(&Shape::Object(&BLOCK)),
            "the receive of a send, the send of a receive; none of its own within it"
        ),
    ]
);

object!(
    BLOCK_LIST,
    "AccountBlockList",
    "Some account blocks.",
    [
        field("list", Shape::List(&Shape::Object(&BLOCK)), ""),
        field("count", Shape::Number, "how many there are in all"),
        field("more", Shape::Bool, "whether there may be more than were counted"),
    ]
);

/// A momentum.
pub struct MomentumForm<'a> {
    momentum: &'a Momentum,
    producer: Address,
}

impl Serialize for MomentumForm<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Momentum", MOMENTUM.fields.len())?;
        momentum_fields(&mut out, self.momentum)?;
        out.serialize_field("producer", &self.producer)?;
        out.end()
    }
}

impl<'a> MomentumForm<'a> {
    /// The momentum and who produced it.
    pub fn of(momentum: &'a Momentum) -> MomentumForm<'a> {
        MomentumForm { momentum, producer: momentum.producer() }
    }
}

/// Some momentums.
#[derive(Serialize)]
pub struct MomentumList {
    /// The momentums.
    #[serde(serialize_with = "momentums")]
    pub list: Vec<Momentum>,
    /// Height of the newest.
    pub count: u64,
}

fn momentums<S: Serializer>(list: &[Momentum], serializer: S) -> Result<S::Ok, S::Error> {
    let mut sequence = serializer.serialize_seq(Some(list.len()))?;
    for momentum in list {
        sequence.serialize_element(&MomentumForm::of(momentum))?;
    }
    sequence.end()
}

/// Which momentum confirmed a block.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Confirmation {
    num_confirmations: u64,
    momentum_height: u64,
    momentum_hash: Hash,
    momentum_timestamp: u64,
}

/// An account block with what the ledger knows about it.
pub struct BlockForm {
    block: AccountBlock,
    empty: EmptyData,
    token: Option<TokenForm>,
    confirmation_detail: Option<Confirmation>,
    paired_account_block: Option<Box<BlockForm>>,
}

impl Serialize for BlockForm {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("AccountBlock", BLOCK.fields.len())?;
        block_fields(&mut out, &self.block, self.empty)?;
        out.serialize_field("token", &self.token)?;
        out.serialize_field("confirmationDetail", &self.confirmation_detail)?;
        out.serialize_field("pairedAccountBlock", &self.paired_account_block)?;
        out.end()
    }
}

impl BlockForm {
    /// The block, and what the confirmed ledger knows about it.
    pub fn of(reading: &Reading<'_>, block: AccountBlock) -> Result<BlockForm, Failure> {
        let view = reading.view();
        let paired = if block.block_type == BlockType::GENESIS_RECEIVE {
            Some(BlockForm::nothing(confirmation_at(reading, 1)?))
        } else {
            let other = match block.is_send() {
                true => view.received_by(&block)?,
                false => view.block_by_hash(&block.from_block_hash)?,
            };
            other.map(|other| BlockForm::alone(reading, other)).transpose()?
        };
        let form = BlockForm::alone(reading, block)?;
        Ok(BlockForm { paired_account_block: paired.map(Box::new), ..form })
    }

    /// The other half of what genesis gave an account: a send out of nothing.
    fn nothing(confirmation_detail: Option<Confirmation>) -> BlockForm {
        BlockForm {
            block: AccountBlock { block_type: BlockType::CONTRACT_SEND, ..AccountBlock::default() },
            empty: EmptyData::Null,
            token: None,
            confirmation_detail,
            paired_account_block: None,
        }
    }

    /// The block without its other half.
    fn alone(reading: &Reading<'_>, block: AccountBlock) -> Result<BlockForm, Failure> {
        let token = match block.token_standard {
            TokenStandard::ZERO => None,
            id => {
                let storage = reading.confirmed(&contract::TOKEN);
                let token =
                    contracts::token::info(&storage, &id)?.ok_or(Refusal::DataNonExistent)?;
                Some(TokenForm::of(token))
            }
        };
        let confirmation_detail = match reading.view().confirmation_height(&block.hash)? {
            Some(height) => confirmation_at(reading, height)?,
            None => None,
        };
        Ok(BlockForm {
            block,
            empty: EmptyData::Text,
            token,
            confirmation_detail,
            paired_account_block: None,
        })
    }
}

fn confirmation_at(reading: &Reading<'_>, height: u64) -> Result<Option<Confirmation>, Failure> {
    let newest = reading.frontier()?.height;
    let momentum = reading.view().momentum_by_height(height)?;
    Ok(momentum.filter(|momentum| momentum.height <= newest).map(|momentum| Confirmation {
        num_confirmations: newest - momentum.height + 1,
        momentum_height: momentum.height,
        momentum_hash: momentum.hash,
        momentum_timestamp: momentum.timestamp,
    }))
}

/// Some account blocks.
#[derive(Serialize)]
pub struct BlockList {
    /// The blocks.
    pub list: Vec<BlockForm>,
    /// How many there are in all.
    pub count: u64,
    /// Whether there may be more than were counted.
    pub more: bool,
}

impl BlockList {
    /// `blocks` out of `count`.
    pub fn of(
        reading: &Reading<'_>,
        blocks: Vec<AccountBlock>,
        count: u64,
    ) -> Result<BlockList, Failure> {
        Ok(BlockList { list: forms(reading, blocks)?, count, more: false })
    }
}

/// The forms of some blocks.
pub fn forms(reading: &Reading<'_>, blocks: Vec<AccountBlock>) -> Result<Vec<BlockForm>, Failure> {
    blocks.into_iter().map(|block| BlockForm::of(reading, block)).collect()
}
