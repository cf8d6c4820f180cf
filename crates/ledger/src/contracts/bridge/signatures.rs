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

#[cfg(test)]
mod tests {
    use super::{basic, change_key, check, digest, unwrap, wrap};
    use crate::codec::base64;
    use crate::contracts::bridge::requests::{UnwrapRequest, WrapRequest};
    use crate::refusal::Refusal;
    use crate::types::{Address, Hash, TokenStandard};
    use serde_json::Value as Json;

    fn vectors(kind: &str) -> Vec<Json> {
        let text = include_str!("../../../tests/vectors/nom.json");
        let all: Json = serde_json::from_str(text).expect("vectors are JSON");
        let digests = all["bridgeDigests"].as_array().expect("a list").iter();
        let list: Vec<Json> = digests.filter(|vector| vector["kind"] == kind).cloned().collect();
        assert!(!list.is_empty(), "there are vectors for {kind}");
        list
    }

    fn text<'a>(vector: &'a Json, field: &str) -> &'a str {
        vector[field].as_str().unwrap_or_else(|| panic!("{field} in {vector}"))
    }

    fn number(vector: &Json, field: &str) -> u32 {
        vector[field].as_u64().and_then(|value| value.try_into().ok()).expect("a number")
    }

    fn hash(vector: &Json, field: &str) -> Hash {
        text(vector, field).parse().expect("a hash")
    }

    fn bytes(vector: &Json, field: &str) -> Vec<u8> {
        text(vector, field).as_bytes().to_vec()
    }

    #[test]
    fn what_leaves_is_hashed_as_by_the_reference() {
        for vector in vectors("wrap") {
            let request = WrapRequest {
                network_class: number(&vector, "networkClass"),
                chain_id: number(&vector, "chainId"),
                id: hash(&vector, "id"),
                to_address: bytes(&vector, "to"),
                token_standard: TokenStandard::ZNN,
                token_address: bytes(&vector, "token"),
                amount: text(&vector, "amount").parse().expect("an amount"),
                fee: text(&vector, "fee").parse().expect("a fee"),
                signature: Vec::new(),
                creation_height: 1,
            };
            let contract = format!("0X{}", text(&vector, "contract"));
            assert_eq!(
                wrap(&request, contract.as_bytes()).map(hex::encode).expect("a known class"),
                text(&vector, "digest")
            );
        }
    }

    #[test]
    fn what_comes_back_is_hashed_as_by_the_reference() {
        for vector in vectors("unwrap") {
            let to = hex::decode(text(&vector, "to")).expect("hex");
            let request = UnwrapRequest {
                registration_height: 1,
                network_class: number(&vector, "networkClass"),
                chain_id: number(&vector, "chainId"),
                transaction_hash: hash(&vector, "transactionHash"),
                log_index: number(&vector, "logIndex"),
                to_address: Address::from_slice(&to).expect("20 bytes"),
                token_address: bytes(&vector, "token"),
                token_standard: TokenStandard::ZNN,
                amount: text(&vector, "amount").parse().expect("an amount"),
                signature: Vec::new(),
                redeemed: false,
                revoked: false,
            };
            assert_eq!(
                unwrap(&request).map(hex::encode).expect("a known class"),
                text(&vector, "digest")
            );
        }
    }

    #[test]
    fn signers_messages_are_hashed_and_checked_as_by_the_reference() {
        for vector in vectors("basic") {
            let nonce = vector["tssNonce"].as_u64().expect("a nonce");
            let chain = vector["chainId"].as_u64().expect("a chain");
            let digest = basic(text(&vector, "method"), chain, nonce);
            assert_eq!(hex::encode(digest), text(&vector, "digest"));
            let (key, signature) = (bytes(&vector, "publicKey"), bytes(&vector, "signature"));
            assert_eq!(check(&digest, &key, &signature), Ok(()));
            let refused = Err(Refusal::InvalidSecp256k1Signature);
            assert_eq!(check(&digest, b"", &signature), refused);
            assert_eq!(check(&digest, &key, &signature[1..]), refused);
            assert_eq!(check(&basic("Unhalt", chain, nonce), &key, &signature), refused);
        }
        for vector in vectors("changeTssKey") {
            let key = base64::decode(&bytes(&vector, "compressedPublicKey")).expect("base64");
            let digest = change_key(
                super::super::control::CHANGE_TSS_KEY,
                vector["chainId"].as_u64().expect("a chain"),
                vector["tssNonce"].as_u64().expect("a nonce"),
                &key.try_into().expect("33 bytes"),
            );
            assert_eq!(hex::encode(digest), text(&vector, "digest"));
        }
    }

    #[test]
    fn other_classes_have_no_messages() {
        assert_eq!(digest(b"", 3), Err(Refusal::NetworkClassUnsupported));
    }
}
