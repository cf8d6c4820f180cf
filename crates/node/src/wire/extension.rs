//! What nodes of this kind say to each other beyond `eth/61`: capability `uz/1`, whose codes follow
//! eth's.
//!
//! | code | message | payload |
//! |---|---|---|
//! | 0 | GetPeers | empty list |
//! | 1 | Peers | for each peer of the sender: key, name, height |
//!
//! Nodes that an operator keeps private are not in Peers. A node that does not know the capability, as
//! the reference, never sees a message of it.

use super::message::{self, MessageError};
use super::{Frame, NodeId};
use alloy_rlp::{Decodable, Encodable, Error, Header};

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

impl Extension {
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
        };
        Frame::new(message::FIRST_CODE + message::CODES + code, payload)
    }

    /// Reads the payload of message `code` of the extension.
    pub fn decode(code: u64, payload: &[u8]) -> Result<Extension, MessageError> {
        match code {
            0 => Ok(Extension::GetPeers),
            1 => {
                let rlp = |error| MessageError::Rlp { code, error };
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
            _ => Err(MessageError::Code(code)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
