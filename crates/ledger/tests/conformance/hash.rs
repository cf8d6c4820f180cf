//! Hash functions.

use crate::vectors::{NOM, bytes, list, text};
use ledger::types::{keccak256, sha3_256, sha3_256_of};
use sha2::{Digest, Sha256};

#[test]
fn hash_functions_give_the_known_digests() {
    for case in list(&NOM["hash"]) {
        let input = bytes(&case["input"]);
        let digest: [u8; 32] = match text(&case["algo"]) {
            "sha3-256" => sha3_256(&input),
            "sha-256" => Sha256::digest(&input).into(),
            other => panic!("no hash function {other}"),
        };
        assert_eq!(hex::encode(digest), text(&case["output"]), "{case}");
    }
}

#[test]
fn parts_hash_like_the_whole() {
    assert_eq!(sha3_256_of(&[b"ab", b"", b"c"]), sha3_256(b"abc"));
}

/// The empty input's digest tells Keccak's padding from SHA3's.
#[test]
fn keccak_is_not_sha3() {
    assert_eq!(
        hex::encode(keccak256(b"")),
        "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"
    );
}
