//! The nine messages of `eth/61`, as the reference speaks it: RLP, with limits that are checked before
//! anything is allocated.
//!
//! | code | message | payload |
//! |---|---|---|
//! | 0 | Status | protocol version, network, height, newest hash, genesis hash |
//! | 1 | NewBlockHashes | hashes of momentums |
//! | 2 | Tx | account blocks |
//! | 3 | GetBlockHashes | hash, amount |
//! | 4 | BlockHashes | hashes of momentums |
//! | 5 | GetBlocks | hashes of momentums |
//! | 6 | Blocks | momentums with their blocks |
//! | 7 | NewBlock | a momentum with its blocks |
//! | 8 | GetBlockHashesFromNumber | height, amount |
//!
//! Source: go-zenon `protocol/protocol.go`, `protocol/handler.go`.

use alloy_rlp::{Decodable, Encodable, Error, Header};
use ledger::codec::rlp;
use ledger::types::Hash;
use ledger::{AccountBlock, DetailedMomentum};

/// Version of the protocol.
pub const VERSION: u32 = 61;
/// Code of the first message in a frame; lower ones are the base protocol's.
pub const FIRST_CODE: u64 = 16;
/// How many messages there are.
pub const CODES: u64 = 9;
/// Most hashes in one answer (go-zenon `downloader.MaxHashFetch`).
pub const HASHES_MAX: usize = 512;
/// Most momentums in one answer (go-zenon `downloader.MaxBlockFetch`).
pub const BLOCKS_MAX: usize = 128;
/// Most hashes of an announcement or a request for momentums.
pub const ASKED_MAX: usize = 256;
/// Most account blocks in one message.
pub const TX_MAX: usize = 4_096;

/// Who a peer is on the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    /// Version of the protocol.
    pub version: u32,
    /// Chain identifier.
    pub network: u32,
    /// Height of the newest momentum ("total difficulty" on the wire).
    pub height: u64,
    /// Hash of the newest momentum.
    pub newest: Hash,
    /// Hash of the first one.
    pub genesis: Hash,
}

/// What peers say to each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// The first message of each side.
    Status(Status),
    /// There are new momentums.
    NewBlockHashes(Vec<Hash>),
    /// Unconfirmed account blocks.
    Tx(Vec<AccountBlock>),
    /// Asks for up to `amount` hashes that end at `hash`.
    GetBlockHashes {
        /// The last one.
        hash: Hash,
        /// How many.
        amount: u64,
    },
    /// Answers both questions for hashes; in either order.
    BlockHashes(Vec<Hash>),
    /// Asks for momentums.
    GetBlocks(Vec<Hash>),
    /// Answers it: those that are known, in the order of the question.
    Blocks(Vec<DetailedMomentum>),
    /// A new momentum, whole. Some implementations send its height after it, which is ignored.
    NewBlock(Box<DetailedMomentum>),
    /// Asks for the hashes of `amount` momentums from height `number` on.
    GetBlockHashesFromNumber {
        /// The lowest height.
        number: u64,
        /// How many.
        amount: u64,
    },
}

/// Why bytes are no message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// No message has this code.
    #[error("there is no message {0}")]
    Code(u64),
    /// It is not the RLP that the message has.
    #[error("message {code}: {error}")]
    Rlp {
        /// The message.
        code: u64,
        /// What is wrong.
        error: Error,
    },
    /// A frame of the base protocol that is longer than any of them.
    #[error("frame {0} of the base protocol is too long")]
    TooLong(u64),
    /// More than anyone may send.
    #[error("message {code} holds more than {most} items")]
    TooMany {
        /// The message.
        code: u64,
        /// The limit.
        most: usize,
    },
}

impl Message {
    /// Its code in `eth/61`.
    pub fn code(&self) -> u64 {
        match self {
            Message::Status(_) => 0,
            Message::NewBlockHashes(_) => 1,
            Message::Tx(_) => 2,
            Message::GetBlockHashes { .. } => 3,
            Message::BlockHashes(_) => 4,
            Message::GetBlocks(_) => 5,
            Message::Blocks(_) => 6,
            Message::NewBlock(_) => 7,
            Message::GetBlockHashesFromNumber { .. } => 8,
        }
    }

    /// Whether it asks for something of the ledger.
    pub fn is_request(&self) -> bool {
        matches!(
            self,
            Message::GetBlockHashes { .. }
                | Message::GetBlocks(_)
                | Message::GetBlockHashesFromNumber { .. }
        )
    }

    /// Its payload.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        match self {
            Message::Status(status) => list(
                &[
                    &status.version,
                    &status.network,
                    &status.height,
                    &status.newest,
                    &status.genesis,
                ],
                &mut out,
            ),
            Message::NewBlockHashes(hashes)
            | Message::BlockHashes(hashes)
            | Message::GetBlocks(hashes) => alloy_rlp::encode_list(hashes, &mut out),
            Message::Tx(blocks) => alloy_rlp::encode_list(blocks, &mut out),
            Message::Blocks(momentums) => alloy_rlp::encode_list(momentums, &mut out),
            Message::NewBlock(momentum) => out = rlp::encode(&**momentum),
            Message::GetBlockHashes { hash, amount } => list(&[hash, amount], &mut out),
            Message::GetBlockHashesFromNumber { number, amount } => {
                list(&[number, amount], &mut out);
            }
        }
        out
    }

    /// Reads the payload of message `code`.
    pub fn decode(code: u64, payload: &[u8]) -> Result<Message, MessageError> {
        let rlp = |error| MessageError::Rlp { code, error };
        let whole = |rest: &[u8]| match rest.is_empty() {
            true => Ok(()),
            false => Err(rlp(Error::UnexpectedLength)),
        };
        let mut bytes = payload;
        let rest = &mut bytes;
        let message = match code {
            0 => fields(rest, |rest| {
                Ok(Message::Status(Status {
                    version: u32::decode(rest)?,
                    network: u32::decode(rest)?,
                    height: u64::decode(rest)?,
                    newest: Hash::decode(rest)?,
                    genesis: Hash::decode(rest)?,
                }))
            })
            .map_err(rlp)?,
            1 => Message::NewBlockHashes(many(code, rest, ASKED_MAX)?),
            2 => Message::Tx(many(code, rest, TX_MAX)?),
            3 => fields(rest, |rest| {
                let hash = Hash::decode(rest)?;
                Ok(Message::GetBlockHashes { hash, amount: u64::decode(rest)? })
            })
            .map_err(rlp)?,
            4 => Message::BlockHashes(many(code, rest, HASHES_MAX)?),
            5 => Message::GetBlocks(many(code, rest, ASKED_MAX)?),
            6 => Message::Blocks(many(code, rest, BLOCKS_MAX)?),
            7 => Message::NewBlock(Box::new(DetailedMomentum::decode(rest).map_err(rlp)?)),
            8 => fields(rest, |rest| {
                let number = u64::decode(rest)?;
                Ok(Message::GetBlockHashesFromNumber { number, amount: u64::decode(rest)? })
            })
            .map_err(rlp)?,
            _ => return Err(MessageError::Code(code)),
        };
        whole(rest)?;
        Ok(message)
    }
}

/// Writes a list of fields.
fn list(fields: &[&dyn Encodable], out: &mut Vec<u8>) {
    let payload_length = fields.iter().map(|field| field.length()).sum();
    Header { list: true, payload_length }.encode(out);
    for field in fields {
        field.encode(out);
    }
}

/// Reads a list of exactly the fields that `read` takes.
fn fields<T>(
    rest: &mut &[u8],
    read: impl FnOnce(&mut &[u8]) -> Result<T, Error>,
) -> Result<T, Error> {
    let mut payload = Header::decode_bytes(rest, true)?;
    let value = read(&mut payload)?;
    match payload.is_empty() {
        true => Ok(value),
        false => Err(Error::UnexpectedLength),
    }
}

/// Reads a list of at most `most` items.
fn many<T: Decodable>(code: u64, rest: &mut &[u8], most: usize) -> Result<Vec<T>, MessageError> {
    let rlp = |error| MessageError::Rlp { code, error };
    let mut payload = Header::decode_bytes(rest, true).map_err(rlp)?;
    let mut items = Vec::new();
    while !payload.is_empty() {
        if items.len() == most {
            return Err(MessageError::TooMany { code, most });
        }
        items.push(T::decode(&mut payload).map_err(rlp)?);
    }
    Ok(items)
}
