//! Ed25519 in its corners, as Go's `crypto/ed25519` decides: keys and points of small order, encodings that
//! are not canonical, scalars out of range.

use crate::vectors::{bytes, list, text};
use ledger::verify::signature::{PUBLIC_KEY_LEN, verify};
use serde_json::Value;

#[test]
fn each_verdict_is_go_verdict() {
    let cases: Value = serde_json::from_str(include_str!("../vectors/ed25519.json")).expect("JSON");
    let (mut valid, mut invalid) = (0, 0);
    for case in list(&cases) {
        let wanted = case["valid"].as_bool().expect("a verdict");
        let got = verify(
            &bytes(&case["publicKey"]),
            &bytes(&case["message"]),
            &bytes(&case["signature"]),
        );
        assert_eq!(got, wanted, "{}: {case}", text(&case["note"]));
        *(if wanted { &mut valid } else { &mut invalid }) += 1;
    }
    assert!(valid > 10 && invalid > 10);
}

#[test]
fn wrong_lengths_are_invalid() {
    assert!(!verify(&[], b"", &[0; 64]));
    assert!(!verify(&[0; PUBLIC_KEY_LEN + 1], b"", &[0; 64]));
    assert!(!verify(&[0; PUBLIC_KEY_LEN], b"", &[0; 63]));
    assert!(!verify(&[0; PUBLIC_KEY_LEN], b"", &[]));
}
