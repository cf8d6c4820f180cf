//! What nodes of this kind say to each other beyond `eth/61`: capability `uz/1`, whose codes follow
//! eth's.
//!
//! | code | message | payload |
//! |---|---|---|
//! | 0 | GetPeers | empty list |
//! | 1 | Peers | for each peer of the sender: key, name, height |
//! | 2 | GetCheckpoint | empty list |
//! | 3 | Checkpoint | height, hash, hashes of the pieces, [key, signature] of each signer; empty list if there is none |
//! | 4 | GetPiece | hash of all pieces, index |
//! | 5 | Piece | index, bytes; no bytes if it is not there |
//!
//! Nodes that an operator keeps private are not in Peers. A node that does not know the capability, as
//! the reference, never sees a message of it.

use super::message::{self, MessageError};
use super::{Frame, NodeId};
use crate::checkpoint::{Checkpoint, PIECES_MAX, SIGNATURES_MAX, Signature};
use crate::store::chunks::PIECE_BYTES_MAX;
use alloy_rlp::{Decodable, Encodable, Error, Header};
use bytes::Bytes;
use ledger::types::{Hash, HashHeight};

/// Most peers in one message.
pub const PEERS_MAX: usize = 128;
/// Most bytes of a name.
const NAME_BYTES_MAX: usize = 128;

/// A message of the extension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Extension {
    /// Asks whom the other side is connected with.
    GetPeers,
    /// Answers it.
    Peers(Vec<Acquaintance>),
    /// Asks for the other side's newest checkpoint.
    GetCheckpoint,
    /// Answers it.
    Checkpoint(Option<Checkpoint>),
    /// Asks for a piece of a checkpoint.
    GetPiece {
        /// Hash of all its pieces.
        manifest: Hash,
        /// Which.
        index: u64,
    },
    /// Answers it.
    Piece {
        /// Which.
        index: u64,
        /// What it is; empty if it is not there.
        bytes: Bytes,
    },
}

/// A peer of a peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acquaintance {
    /// Its key.
    pub id: NodeId,
    /// Name and version that it gives.
    pub name: String,
    /// Height of its newest momentum, as far as is known.
    pub height: u64,
}

impl Encodable for Acquaintance {
    fn encode(&self, out: &mut dyn alloy_rlp::BufMut) {
        let name = self.name.as_bytes();
        let payload_length = self.id.0.length() + name.length() + self.height.length();
        Header { list: true, payload_length }.encode(out);
        self.id.0.encode(out);
        name.encode(out);
        self.height.encode(out);
    }
}

impl Decodable for Acquaintance {
    fn decode(bytes: &mut &[u8]) -> Result<Acquaintance, Error> {
        let mut fields = Header::decode_bytes(bytes, true)?;
        let id = Header::decode_bytes(&mut fields, false)?;
        let id = id.try_into().map(NodeId).map_err(|_| Error::UnexpectedLength)?;
        let name = Header::decode_bytes(&mut fields, false)?;
        if name.len() > NAME_BYTES_MAX {
            return Err(Error::Custom("the name is too long"));
        }
        let name =
            String::from_utf8_lossy(name).chars().filter(|letter| !letter.is_control()).collect();
        let height = u64::decode(&mut fields)?;
        match fields.is_empty() {
            true => Ok(Acquaintance { id, name, height }),
            false => Err(Error::UnexpectedLength),
        }
    }
}

/// Writes a list whose fields are written already.
fn list(fields: &[u8], out: &mut Vec<u8>) {
    Header { list: true, payload_length: fields.len() }.encode(out);
    out.extend_from_slice(fields);
}

fn encode_checkpoint(checkpoint: &Checkpoint, out: &mut Vec<u8>) {
    let mut fields = Vec::new();
    checkpoint.newest.height.encode(&mut fields);
    checkpoint.newest.hash.encode(&mut fields);
    alloy_rlp::encode_list(&checkpoint.pieces, &mut fields);
    let mut signatures = Vec::new();
    for by in &checkpoint.signatures {
        let mut both = Vec::new();
        by.public_key.as_slice().encode(&mut both);
        by.signature.as_slice().encode(&mut both);
        list(&both, &mut signatures);
    }
    list(&signatures, &mut fields);
    list(&fields, out);
}

fn decode_checkpoint(bytes: &mut &[u8]) -> Result<Option<Checkpoint>, Error> {
    let mut fields = Header::decode_bytes(bytes, true)?;
    if fields.is_empty() {
        return Ok(None);
    }
    let height = u64::decode(&mut fields)?;
    let newest = HashHeight::new(Hash::decode(&mut fields)?, height);
    let mut list = Header::decode_bytes(&mut fields, true)?;
    let mut pieces = Vec::new();
    while !list.is_empty() {
        if pieces.len() == PIECES_MAX {
            return Err(Error::Custom("too many pieces"));
        }
        pieces.push(Hash::decode(&mut list)?);
    }
    let mut list = Header::decode_bytes(&mut fields, true)?;
    let mut signatures = Vec::new();
    while !list.is_empty() {
        if signatures.len() == SIGNATURES_MAX {
            return Err(Error::Custom("too many signatures"));
        }
        let mut both = Header::decode_bytes(&mut list, true)?;
        let public_key = Header::decode_bytes(&mut both, false)?.to_vec();
        let signature = Header::decode_bytes(&mut both, false)?.to_vec();
        if !both.is_empty() {
            return Err(Error::UnexpectedLength);
        }
        signatures.push(Signature { public_key, signature });
    }
    match fields.is_empty() {
        true => Ok(Some(Checkpoint { newest, pieces, signatures })),
        false => Err(Error::UnexpectedLength),
    }
}

impl Extension {
    /// Whether it asks for something that is read from disk.
    pub fn is_question(&self) -> bool {
        matches!(self, Extension::GetCheckpoint | Extension::GetPiece { .. })
    }

    /// As a frame.
    pub fn frame(&self) -> Frame {
        let mut payload = Vec::new();
        let code = match self {
            Extension::GetPeers => {
                payload.push(0xc0);
                0
            }
            Extension::Peers(peers) => {
                alloy_rlp::encode_list(peers, &mut payload);
                1
            }
            Extension::GetCheckpoint => {
                payload.push(0xc0);
                2
            }
            Extension::Checkpoint(checkpoint) => {
                match checkpoint {
                    Some(checkpoint) => encode_checkpoint(checkpoint, &mut payload),
                    None => payload.push(0xc0),
                }
                3
            }
            Extension::GetPiece { manifest, index } => {
                let mut fields = Vec::new();
                manifest.encode(&mut fields);
                index.encode(&mut fields);
                list(&fields, &mut payload);
                4
            }
            Extension::Piece { index, bytes } => {
                let mut fields = Vec::with_capacity(bytes.len() + 16);
                index.encode(&mut fields);
                bytes.as_ref().encode(&mut fields);
                list(&fields, &mut payload);
                5
            }
        };
        Frame::new(message::FIRST_CODE + message::CODES + code, payload)
    }

    /// Reads the payload of message `code` of the extension.
    pub fn decode(code: u64, payload: &[u8]) -> Result<Extension, MessageError> {
        let rlp = |error| MessageError::Rlp { code, error };
        match code {
            0 => Ok(Extension::GetPeers),
            1 => {
                let mut bytes = payload;
                let mut list = Header::decode_bytes(&mut bytes, true).map_err(rlp)?;
                let mut peers = Vec::new();
                while !list.is_empty() {
                    if peers.len() == PEERS_MAX {
                        return Err(MessageError::TooMany { code, most: PEERS_MAX });
                    }
                    peers.push(Acquaintance::decode(&mut list).map_err(rlp)?);
                }
                Ok(Extension::Peers(peers))
            }
            2 => Ok(Extension::GetCheckpoint),
            3 => {
                let mut bytes = payload;
                decode_checkpoint(&mut bytes).map(Extension::Checkpoint).map_err(rlp)
            }
            4 => {
                let mut bytes = payload;
                let mut fields = Header::decode_bytes(&mut bytes, true).map_err(rlp)?;
                let manifest = Hash::decode(&mut fields).map_err(rlp)?;
                let index = u64::decode(&mut fields).map_err(rlp)?;
                Ok(Extension::GetPiece { manifest, index })
            }
            5 => {
                let mut bytes = payload;
                let mut fields = Header::decode_bytes(&mut bytes, true).map_err(rlp)?;
                let index = u64::decode(&mut fields).map_err(rlp)?;
                let piece = Header::decode_bytes(&mut fields, false).map_err(rlp)?;
                if piece.len() > PIECE_BYTES_MAX {
                    return Err(rlp(Error::Custom("the piece is too long")));
                }
                Ok(Extension::Piece { index, bytes: Bytes::copy_from_slice(piece) })
            }
            _ => Err(MessageError::Code(code)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checkpoints_go_there_and_back() {
        let signature = Signature { public_key: vec![1; 32], signature: vec![2; 64] };
        let checkpoint = Checkpoint {
            newest: HashHeight::new(Hash([3; 32]), 1_000),
            pieces: vec![Hash([4; 32]), Hash([5; 32])],
            signatures: vec![signature; 3],
        };
        let messages = [
            Extension::GetCheckpoint,
            Extension::Checkpoint(None),
            Extension::Checkpoint(Some(checkpoint)),
            Extension::GetPiece { manifest: Hash([6; 32]), index: 300 },
            Extension::Piece { index: 300, bytes: Bytes::from(vec![7; 1_000]) },
            Extension::Piece { index: 0, bytes: Bytes::new() },
        ];
        for message in messages {
            let frame = message.frame();
            let code = frame.code - message::FIRST_CODE - message::CODES;
            assert_eq!(Extension::decode(code, &frame.payload).unwrap(), message);
            for cut in 1..frame.payload.len() {
                let cut = Extension::decode(code, &frame.payload[..cut]);
                assert!(cut.is_err() || !message.is_question() && code < 3);
            }
        }
    }

    #[test]
    fn peers_go_there_and_back() {
        let peers: Vec<Acquaintance> = (0..3)
            .map(|byte| Acquaintance {
                id: NodeId([byte; 64]),
                name: format!("node {byte}"),
                height: u64::from(byte) * 1_000,
            })
            .collect();
        let message = Extension::Peers(peers);
        let frame = message.frame();
        assert_eq!(frame.code, 26);
        assert_eq!(Extension::decode(1, &frame.payload).unwrap(), message);
        for cut in 0..frame.payload.len() {
            assert!(Extension::decode(1, &frame.payload[..cut]).is_err());
        }
        let many = vec![Acquaintance { id: NodeId([1; 64]), name: String::new(), height: 0 }; 129];
        let frame = Extension::Peers(many).frame();
        assert!(matches!(Extension::decode(1, &frame.payload), Err(MessageError::TooMany { .. })));
    }
}
