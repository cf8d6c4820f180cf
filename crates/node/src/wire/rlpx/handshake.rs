//! The handshake: the caller sends one packet, the called side answers with one, both of a fixed size and
//! encrypted for the other's static key.
//!
//! ```text
//! auth: 65 signature by the caller's ephemeral key over (static agreement XOR nonce)
//!       32 Keccak-256 of the caller's ephemeral key
//!       64 the caller's static key
//!       32 the caller's nonce
//!        1 zero
//! ack:  64 the called side's ephemeral key
//!       32 its nonce
//!        1 zero
//! ```
//!
//! Whoever repeats a recorded auth gets an ack, but can't make a frame; so a called side believes its
//! caller only after the first frame ([`super::transport`]). Source: go-zenon `p2p/rlpx.go`.

use super::ecies::{self, Chance, EciesError};
use super::frame::{Reader, Writer};
use crate::wire::NodeId;
use k256::ecdsa::SigningKey;
use k256::elliptic_curve::sec1::ToSec1Point;
use k256::{PublicKey, SecretKey};
use ledger::verify::secp256k1::recover;
use sha3::{Digest, Keccak256, Sha3_256};

/// Bytes of the caller's packet.
pub const AUTH_BYTES: usize = 65 + 32 + 64 + 32 + 1 + ecies::OVERHEAD_BYTES;
/// Bytes of the answer.
pub const ACK_BYTES: usize = 64 + 32 + 1 + ecies::OVERHEAD_BYTES;
const _: () = assert!(AUTH_BYTES == 307 && ACK_BYTES == 210);

/// What one side of a handshake needs of chance.
#[derive(Clone)]
pub struct Draw {
    /// The key of this connection.
    pub ephemeral: SecretKey,
    /// Its part of the secrets.
    pub nonce: [u8; 32],
    /// For the packet's encryption.
    pub ecies: Chance,
}

/// Why a handshake failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HandshakeError {
    /// The packet can't be read.
    #[error("{0}")]
    Packet(#[from] EciesError),
    /// A key that is none.
    #[error("its key is no point of the curve")]
    Key,
    /// The signature names no key.
    #[error("its signature names no key")]
    Signature,
}

/// What both sides know after the handshake, and nobody else.
pub struct Secrets {
    /// Key of the frames' cipher.
    pub aes: [u8; 32],
    /// Key of the frames' authentication.
    pub mac: [u8; 32],
    /// Running hash of what we send.
    pub egress: Sha3_256,
    /// Running hash of what comes.
    pub ingress: Sha3_256,
}

impl Secrets {
    /// Both directions of the connection.
    pub fn split(self) -> (Reader, Writer) {
        let Secrets { aes, mac, egress, ingress } = self;
        (Reader::new(&aes, &mac, ingress), Writer::new(&aes, &mac, egress))
    }
}

/// A caller that waits for its answer.
pub struct Caller {
    draw: Draw,
    auth: [u8; AUTH_BYTES],
}

impl Caller {
    /// Calls `remote`.
    pub fn new(key: &SecretKey, remote: &NodeId, draw: Draw) -> Result<Caller, HandshakeError> {
        let remote = public_key(remote)?;
        let signed = xor(&ecies::agree(key, &remote), &draw.nonce);
        let signer = SigningKey::from(&draw.ephemeral);
        let (signature, recovery) = signer.sign_prehash_recoverable(&signed);
        let mut plain = Vec::with_capacity(AUTH_BYTES - ecies::OVERHEAD_BYTES);
        plain.extend_from_slice(&signature.to_bytes());
        plain.push(recovery.to_byte());
        plain.extend_from_slice(&Keccak256::digest(node_id(&draw.ephemeral.public_key()).0));
        plain.extend_from_slice(&node_id(&key.public_key()).0);
        plain.extend_from_slice(&draw.nonce);
        plain.push(0);
        let auth = ecies::encrypt(&remote, &plain, &draw.ecies);
        Ok(Caller { draw, auth: auth.try_into().expect("the parts sum up to it") })
    }

    /// The packet to send.
    pub fn auth(&self) -> &[u8; AUTH_BYTES] {
        &self.auth
    }

    /// Reads the answer.
    pub fn finish(self, key: &SecretKey, ack: &[u8; ACK_BYTES]) -> Result<Secrets, HandshakeError> {
        let plain = ecies::decrypt(key, ack)?;
        let (theirs, nonce) = plain[..96].split_at(64);
        let theirs = public_key(&NodeId(theirs.try_into().expect("split there")))?;
        Ok(secrets(
            Role::Caller,
            &ecies::agree(&self.draw.ephemeral, &theirs),
            Sent { nonce: &self.draw.nonce, packet: &self.auth },
            Sent { nonce: nonce.try_into().expect("32 of 96 bytes"), packet: ack },
        ))
    }
}

/// What the called side knows after it has read the caller's packet.
pub struct Answer {
    /// Who the caller says it is: true once a frame of it can be read.
    pub remote: NodeId,
    /// The packet to send.
    pub ack: [u8; ACK_BYTES],
    /// What follows from both packets.
    pub secrets: Secrets,
}

/// Answers a caller.
pub fn answer(
    key: &SecretKey,
    auth: &[u8; AUTH_BYTES],
    draw: &Draw,
) -> Result<Answer, HandshakeError> {
    let plain = ecies::decrypt(key, auth)?;
    let signature: &[u8; 65] = plain[..65].try_into().expect("65 of 194 bytes");
    let remote = NodeId(plain[97..161].try_into().expect("64 of 194 bytes"));
    let nonce: &[u8; 32] = plain[161..193].try_into().expect("32 of 194 bytes");
    let remote_key = public_key(&remote)?;
    // The hash of the ephemeral key is not compared: the reference does not either.
    let signed = xor(&ecies::agree(key, &remote_key), nonce);
    let ephemeral = recover(&signed, signature).ok_or(HandshakeError::Signature)?;
    let ephemeral = PublicKey::from_sec1_bytes(&ephemeral).map_err(|_| HandshakeError::Key)?;
    let mut plain = Vec::with_capacity(ACK_BYTES - ecies::OVERHEAD_BYTES);
    plain.extend_from_slice(&node_id(&draw.ephemeral.public_key()).0);
    plain.extend_from_slice(&draw.nonce);
    plain.push(0);
    let ack = ecies::encrypt(&remote_key, &plain, &draw.ecies);
    let ack: [u8; ACK_BYTES] = ack.try_into().expect("the parts sum up to it");
    let secrets = secrets(
        Role::Called,
        &ecies::agree(&draw.ephemeral, &ephemeral),
        Sent { nonce, packet: auth },
        Sent { nonce: &draw.nonce, packet: &ack },
    );
    Ok(Answer { remote, ack, secrets })
}

/// The key that an id is; any 64 bytes may claim to be one.
pub fn public_key(id: &NodeId) -> Result<PublicKey, HandshakeError> {
    let mut whole = [4; 65];
    whole[1..].copy_from_slice(&id.0);
    PublicKey::from_sec1_bytes(&whole).map_err(|_| HandshakeError::Key)
}

/// The id of a key.
pub fn node_id(key: &PublicKey) -> NodeId {
    NodeId(key.to_sec1_point(false).as_bytes()[1..].try_into().expect("X and Y have 64 bytes"))
}

enum Role {
    Caller,
    Called,
}

/// What one side sent.
struct Sent<'a> {
    nonce: &'a [u8; 32],
    packet: &'a [u8],
}

fn secrets(role: Role, agreed: &[u8; 32], caller: Sent<'_>, called: Sent<'_>) -> Secrets {
    let keccak = |one: &[u8; 32], other: &[u8; 32]| -> [u8; 32] {
        Keccak256::new().chain_update(one).chain_update(other).finalize().into()
    };
    let shared = keccak(agreed, &keccak(called.nonce, caller.nonce));
    let aes = keccak(agreed, &shared);
    let mac = keccak(agreed, &aes);
    // Each direction begins with the receiver's nonce and the sender's packet.
    let running = |nonce: &[u8; 32], packet: &[u8]| {
        Sha3_256::new().chain_update(xor(&mac, nonce)).chain_update(packet)
    };
    let of_caller = running(called.nonce, caller.packet);
    let of_called = running(caller.nonce, called.packet);
    let (egress, ingress) = match role {
        Role::Caller => (of_caller, of_called),
        Role::Called => (of_called, of_caller),
    };
    Secrets { aes, mac, egress, ingress }
}

fn xor(one: &[u8; 32], other: &[u8; 32]) -> [u8; 32] {
    std::array::from_fn(|index| one[index] ^ other[index])
}
