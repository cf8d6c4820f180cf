//! Checkpoints: a network's ledger at one height, vouched for by signers that its network file names.
//!
//! A newcomer that trusts them need not execute the chain from its beginning: it fetches the pieces of a
//! store at that height, checks each by its hash, and goes on from there as any other node. The signers
//! vouch for one thing, that the pieces are what executing the chain gives; whoever does not want to rely
//! on that leaves the checkpoints out of the network file, and checks later with `uz ledger check`.
//!
//! - here: what is signed, and when it holds;
//! - [`folder`]: a checkpoint on disk, made from a ledger or fetched;
//! - [`fetch`]: who is asked for which piece.

pub mod fetch;
pub mod folder;

use crate::network::Checkpoints;
use ledger::genesis::Genesis;
use ledger::types::{Address, Hash, HashHeight, sha3_256_of};
use ledger::verify::signature;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Most pieces of a checkpoint: a ledger of 64 GiB.
pub const PIECES_MAX: usize = 1 << 16;
/// Most signatures that are looked at.
pub const SIGNATURES_MAX: usize = 64;
/// Put in front of what is signed, so that it is a signature of nothing else.
const DOMAIN: &[u8] = b"uz checkpoint 1";

/// A signer's word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Signature {
    /// Its ed25519 key, in hex.
    #[serde(with = "hex_bytes")]
    pub public_key: Vec<u8>,
    /// Over [`Checkpoint::digest`], in hex.
    #[serde(with = "hex_bytes")]
    pub signature: Vec<u8>,
}

/// A ledger at one height.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Its newest momentum.
    pub newest: HashHeight,
    /// Hashes of its pieces, in order.
    pub pieces: Vec<Hash>,
    /// Who vouches for it.
    pub signatures: Vec<Signature>,
}

impl Checkpoint {
    /// One hash for all pieces.
    pub fn manifest(&self) -> Hash {
        manifest(&self.pieces)
    }

    /// What signers sign.
    pub fn digest(&self, genesis: &Genesis) -> Hash {
        digest(genesis, self.newest, &self.manifest())
    }

    /// Whether enough of the signers have signed it.
    pub fn holds(&self, genesis: &Genesis, rule: &Checkpoints) -> bool {
        let digest = self.digest(genesis);
        let signed: BTreeSet<Address> = self
            .signatures
            .iter()
            .take(SIGNATURES_MAX)
            .map(|by| (Address::of_public_key(&by.public_key), by))
            .filter(|(address, by)| {
                rule.signers.contains(address)
                    && signature::verify(&by.public_key, digest.as_bytes(), &by.signature)
            })
            .map(|(address, _)| address)
            .collect();
        rule.threshold > 0 && signed.len() >= usize::from(rule.threshold)
    }
}

/// One hash for all pieces of a checkpoint.
pub fn manifest(pieces: &[Hash]) -> Hash {
    let all: Vec<u8> = pieces.iter().flat_map(|hash| hash.0).collect();
    Hash::of(&all)
}

/// What signers sign: this ledger of this network.
pub fn digest(genesis: &Genesis, newest: HashHeight, manifest: &Hash) -> Hash {
    Hash(sha3_256_of(&[
        DOMAIN,
        &genesis.rules.chain_identifier.to_be_bytes(),
        &genesis.momentum.hash.0,
        &newest.height.to_be_bytes(),
        &newest.hash.0,
        &manifest.0,
    ]))
}

/// Bytes as hex text.
mod hex_bytes {
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&hex::encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(from)?;
        hex::decode(text).map_err(serde::de::Error::custom)
    }
}
