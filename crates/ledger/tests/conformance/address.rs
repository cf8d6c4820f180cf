//! Addresses, token standards and the mock network's keys, in bytes and text.

use crate::vectors::{NOM, address, bytes, list, text, token};
use ed25519_dalek::SigningKey;
use ledger::types::{Address, Hash, TokenStandard, contract};

#[test]
fn public_keys_give_addresses() {
    for case in list(&NOM["address"]["fromPublicKey"]) {
        let made = Address::of_public_key(&bytes(&case["publicKey"]));
        assert_eq!(made.as_bytes()[..], bytes(&case["bytes"]), "{case}");
        assert_eq!(made.to_string(), text(&case["address"]), "{case}");
        assert_eq!(address(&case["address"]), made, "{case}");
        assert!(!made.is_embedded());
    }
}

#[test]
fn zero_address_has_its_text() {
    assert_eq!(Address::ZERO.to_string(), text(&NOM["address"]["zero"]));
    assert!(address(&NOM["address"]["zero"]).is_zero());
}

#[test]
fn known_texts_parse() {
    for case in list(&NOM["address"]["parse"]) {
        let parsed = address(&case["address"]);
        assert_eq!(parsed.as_bytes()[..], bytes(&case["bytes"]));
        assert_eq!(parsed.is_embedded(), case["embedded"].as_bool().expect("a flag"));
    }
}

#[test]
fn malformed_texts_are_refused() {
    for case in list(&NOM["address"]["invalid"]) {
        let parsed = text(&case["text"]).parse::<Address>();
        assert!(parsed.is_err(), "{case} gave {parsed:?}");
    }
}

/// Clients see these texts as `invalid argument 0: …`.
#[test]
fn refusals_have_the_texts_of_the_reference() {
    for (given, expected) in [
        ("", "invalid bech32 string length 0"),
        ("z1qqqq", "invalid bech32 string length 6"),
        ("qwertyiou", "invalid separator index -1"),
        ("1qqzheltgher090k5ums7avs20uugsqa66e8zkhx", "invalid separator index 0"),
        ("z1Qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqsggv2f", "string not all lowercase or all uppercase"),
        (
            "z1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqsggv2g",
            "invalid checksum (expected (bech32=sggv2f, bech32m=sggv2f95cq0t), got sggv2g)",
        ),
        ("zts1znnxxxxxxxxxxxxx9z4ulx", "invalid address prefix zts"),
    ] {
        assert_eq!(
            given.parse::<Address>().map_err(|error| error.to_string()),
            Err(expected.to_owned())
        );
    }
    let of_address = "z1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqsggv2f".parse::<TokenStandard>();
    assert_eq!(
        of_address.map_err(|error| error.to_string()),
        Err("invalid ZTS String prefix z".to_owned())
    );
    for (given, expected) in [
        ("abc", "error hex hash size 3"),
        (
            "g000000000000000000000000000000000000000000000000000000000000000",
            "encoding/hex: invalid byte: U+0067 'g'",
        ),
        (
            "é00000000000000000000000000000000000000000000000000000000000000",
            "encoding/hex: invalid byte: U+00C3 'Ã'",
        ),
    ] {
        assert_eq!(
            given.parse::<Hash>().map_err(|error| error.to_string()),
            Err(expected.to_owned())
        );
    }
}

#[test]
fn upper_case_is_read_too() {
    let upper = contract::PLASMA.to_string().to_uppercase();
    assert_eq!(upper.parse(), Ok(contract::PLASMA));
    let hash = Hash::of(b"x");
    assert_eq!(hash.to_string().to_uppercase().parse(), Ok(hash));
}

#[test]
fn contracts_live_where_they_should() {
    let cases = list(&NOM["address"]["contracts"]);
    assert_eq!(cases.len(), contract::ALL.len());
    for case in cases {
        let at = address(&case["address"]);
        assert_eq!(at.as_bytes()[..], bytes(&case["bytes"]));
        assert_eq!(at.to_string(), text(&case["address"]));
        let contract = ledger::contracts::contract_at(&at).expect("a contract lives here");
        assert_eq!(contract.name, text(&case["name"]));
    }
}

#[test]
fn token_standards_have_bytes_and_text() {
    for case in list(&NOM["zts"]) {
        let parsed = token(&case["zts"]);
        assert_eq!(parsed.as_bytes()[..], bytes(&case["bytes"]));
        assert_eq!(parsed.to_string(), text(&case["zts"]));
    }
    assert_eq!(token(&NOM["zts"][0]["zts"]), TokenStandard::ZNN);
    assert_eq!(token(&NOM["zts"][1]["zts"]), TokenStandard::QSR);
    assert_eq!(token(&NOM["zts"][2]["zts"]), TokenStandard::ZERO);
}

#[test]
fn mock_keys_give_their_addresses() {
    for case in list(&NOM["keys"]["list"]) {
        let seed = bytes(&case["private"]).try_into().expect("seeds have 32 bytes");
        let public = SigningKey::from_bytes(&seed).verifying_key();
        assert_eq!(public.as_bytes()[..], bytes(&case["public"]), "{case}");
        assert_eq!(Address::of_public_key(public.as_bytes()), address(&case["address"]), "{case}");
    }
}
