//! What the signers of a bridge sign, and the check of their signature.
//!
//! Messages are packed as Ethereum's contracts pack arguments; the class of the network decides how
//! they are hashed.

use super::requests::{UnwrapRequest, WrapRequest};
use super::without_0x;
use crate::abi::{Value, encode_tuple};
use crate::codec::base64;
use crate::refusal::Refusal;
use crate::types::{Address, Amount, keccak256, sha3_256};
use crate::verify::secp256k1;

/// Networks like this one.
const NOM: u32 = 1;
/// EVM networks.
const EVM: u32 = 2;

/// The digest of a packed message.
fn digest(packed: &[u8], network_class: u32) -> Result<[u8; 32], Refusal> {
    match network_class {
        NOM => Ok(sha3_256(packed)),
        EVM => {
            let prefix = b"\x19Ethereum Signed Message:\n32";
            Ok(keccak256(&[&prefix[..], &keccak256(packed)].concat()))
        }
        _ => Err(Refusal::NetworkClassUnsupported),
    }
}

/// Signed so that `request` is paid out on its network, by the contract there.
pub(super) fn wrap(request: &WrapRequest, contract: &[u8]) -> Result<[u8; 32], Refusal> {
    let packed = encode_tuple(&[
        number(request.network_class),
        number(request.chain_id),
        // The contract's address, so that no signature holds for another deployment.
        Value::Address(hex_address(contract)),
        Value::Hash(request.id),
        Value::Address(hex_address(&request.to_address)),
        Value::Address(hex_address(&request.token_address)),
        Value::Uint(request.amount.wrapping_sub(request.fee)),
    ]);
    digest(&packed, request.network_class)
}

/// Signed so that `request` is paid out here.
pub(super) fn unwrap(request: &UnwrapRequest) -> Result<[u8; 32], Refusal> {
    let packed = encode_tuple(&[
        number(request.network_class),
        number(request.chain_id),
        Value::Hash(request.transaction_hash),
        number(request.log_index),
        Value::Address(request.to_address),
        Value::Address(hex_address(&request.token_address)),
        Value::Uint(request.amount),
    ]);
    digest(&packed, request.network_class)
}

/// Signed for a method of the contract without arguments.
pub(super) fn basic(method: &str, chain_identifier: u64, nonce: u64) -> [u8; 32] {
    sha3_256(&encode_tuple(&head(method, chain_identifier, nonce)))
}

/// Signed for a new key, of which the first of 33 bytes is left out.
pub(super) fn change_key(
    method: &str,
    chain_identifier: u64,
    nonce: u64,
    key: &[u8; 33],
) -> [u8; 32] {
    let mut values = head(method, chain_identifier, nonce);
    values.push(Value::Uint(Amount::from_be_slice(&key[1..])));
    sha3_256(&encode_tuple(&values))
}

fn head(method: &str, chain_identifier: u64, nonce: u64) -> Vec<Value> {
    vec![
        Value::Text(method.as_bytes().to_vec()),
        number(NOM),
        Value::Uint(Amount::from(chain_identifier)),
        Value::Uint(Amount::from(nonce)),
    ]
}

fn number(value: u32) -> Value {
    Value::Uint(Amount::from(value))
}

/// Twenty bytes out of a text that [`super::is_hex_address`] took.
fn hex_address(text: &[u8]) -> Address {
    let bytes = hex::decode(without_0x(text)).unwrap_or_default();
    Address::from_slice(&bytes).unwrap_or_default()
}

/// Checks a signature (base64 of 65 bytes) by an uncompressed key (base64 of 65 bytes). Whatever is
/// wrong with either of them, the refusal is the same.
pub(super) fn check(digest: &[u8; 32], key: &[u8], signature: &[u8]) -> Result<(), Refusal> {
    let decoded = base64::decode(signature).and_then(|bytes| bytes.try_into().ok());
    let signer = decoded.and_then(|signature| secp256k1::recover(digest, &signature));
    match signer {
        Some(signer) if base64::decode(key).as_deref() == Some(&signer[..]) => Ok(()),
        _ => Err(Refusal::InvalidSecp256k1Signature),
    }
}
