//! Signatures of legacy keys.

use crate::scenario::of;
use crate::vectors::{NOM, address, hash, text};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use k256::ecdsa::SigningKey;
use ledger::Refusal;
use ledger::contracts::swap::{Purpose, check_signature, key_id_hash, message_digest};

#[test]
fn a_legacy_key_signs_for_an_address() {
    let facts = &NOM["swap"];
    let (key, signature) = (text(&facts["publicKey"]), text(&facts["signature"]));
    let (sender, other) = (address(&facts["address"]), of("user2"));
    assert_eq!(text(&facts["operation"]), "ZNN swap retrieve assets");
    let digest = message_digest(Purpose::Assets, key.as_bytes(), &sender);
    assert_eq!(hex::encode(digest), text(&facts["digest"]));

    let bytes: [u8; 65] =
        STANDARD.decode(key).expect("base64").try_into().expect("an uncompressed key");
    assert_eq!(key_id_hash(&bytes), hash(&facts["keyIdHash"]));
    let secret = hex::decode(text(&facts["privateKey"])).expect("hex");
    let secret = SigningKey::from_slice(&secret).expect("a secret key");
    let public = secret.verifying_key().to_sec1_point(false);
    assert_eq!(public.as_bytes(), bytes);

    let check = |purpose, sender, key: &str, signature: &str| {
        check_signature(purpose, sender, key.as_bytes(), signature.as_bytes())
    };
    assert_eq!(check(Purpose::Assets, &sender, key, signature), Ok(hash(&facts["keyIdHash"])));
    let invalid = Err(Refusal::InvalidSecp256k1Signature);
    assert_eq!(check(Purpose::LegacyPillar, &sender, key, signature), invalid);
    assert_eq!(check(Purpose::Assets, &other, key, signature), invalid);
    assert_eq!(check(Purpose::Assets, &sender, key, "AAAA"), invalid);
    let unreadable = Err(Refusal::InvalidB64Decode);
    assert_eq!(check(Purpose::Assets, &sender, "AAAA", signature), unreadable);
    assert_eq!(check(Purpose::Assets, &sender, key, "?"), unreadable);
}
