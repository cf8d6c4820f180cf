//! Keys, key files and nonces that other programs made: all of them must come out the same here.
//!
//! `data/` holds the vectors of the network's specification (`wallet`, `keys` and `pow` of its
//! `nom.json`), and key files written by go-zenon and by znn-ts-sdk.

use ledger::types::Hash;
use ledger::verify::pow as rule;
use serde_json::Value;
use wallet::derive::Path;
use wallet::pow::{Options, Task};
use wallet::{KeyFile, KeyFileOrigin, KeyPair, KeyStore, Mnemonic};

fn data(name: &str) -> Value {
    let path = format!("{}/tests/data/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).expect("test data is in place");
    serde_json::from_str(&text).expect("test data is JSON")
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("{key} is missing in {value}"))
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    let list = value[key].as_array().unwrap_or_else(|| panic!("{key} is missing"));
    assert!(!list.is_empty(), "{key} is empty");
    list
}

fn private(pair: &KeyPair) -> String {
    hex::encode(pair.private_key().expose())
}

#[test]
fn the_mnemonic_gives_its_entropy_seed_and_keys() {
    let vector = data("wallet.json");
    let words: Mnemonic = text(&vector, "mnemonic").parse().unwrap();
    assert_eq!(hex::encode(words.entropy().expose()), text(&vector, "entropy"));
    assert_eq!(hex::encode(words.seed().expose()), text(&vector, "seed"));
    assert_eq!(words.phrase().expose(), text(&vector, "mnemonic"));
    let store = KeyStore::from_mnemonic(words);
    for account in list(&vector, "accounts") {
        let path: Path = text(account, "derivationPath").parse().unwrap();
        let pair = store.key_at(&path).unwrap();
        assert_eq!(private(&pair), text(account, "privateKey"));
        assert_eq!(hex::encode(pair.public_key()), text(account, "publicKey"));
        assert_eq!(pair.address().to_string(), text(account, "address"));
        let (index, _) = store.find(pair.address()).unwrap();
        assert_eq!(Some(u64::from(index)), account["index"].as_u64());
    }
}

#[test]
fn raw_seeds_give_the_mock_networks_keys() {
    for key in list(&data("mock-keys.json"), "list") {
        let store = KeyStore::from_seed(&hex::decode(text(key, "seed")).unwrap());
        let index = key["index"].as_u64().unwrap().try_into().unwrap();
        let pair = store.key(index).unwrap();
        assert_eq!(private(&pair), text(key, "private"));
        assert_eq!(hex::encode(pair.public_key()), text(key, "public"));
        assert_eq!(pair.address().to_string(), text(key, "address"));
    }
}

#[test]
fn key_files_of_other_wallets_open() {
    for vector in list(&data("wallet.json"), "keyfiles") {
        let file = KeyFile::parse(vector["json"].to_string().as_bytes()).unwrap();
        let opened = file.decrypt(text(vector, "password")).unwrap();
        assert_eq!(opened.origin, KeyFileOrigin::Standard);
        let entropy = opened.store.mnemonic().expect("key files hold words").entropy();
        assert_eq!(hex::encode(entropy.expose()), text(vector, "entropy"));
        assert_eq!(opened.store.base_address().to_string(), text(&vector["json"], "baseAddress"));
    }
}

/// Recorded from the reference: what opens there opens here, with the same words, and what is refused
/// there is refused here, in its words where it has words of its own. The exceptions say why.
#[test]
fn the_reference_and_this_wallet_agree_on_key_files() {
    // Read all the same: znn-ts-sdk writes fields without 0x.
    const READ: [&str; 3] = ["cipherData without 0x", "nonce without 0x", "salt without 0x"];
    // Opened by the reference, though the address is somebody else's.
    const REFUSED: &str = "another base address";
    let recorded = data("go-zenon.json");
    for case in list(&recorded, "files") {
        let note = text(case, "note");
        let json = case.get("text").and_then(Value::as_str).map(str::to_owned);
        let json = json.unwrap_or_else(|| case.get("file").map_or(String::new(), Value::to_string));
        let opened = KeyFile::parse(json.as_bytes())
            .and_then(|file| file.decrypt(text(case, "password")))
            .map_err(|error| error.to_string());
        match (case.get("error").and_then(Value::as_str), opened) {
            (None, Ok(opened)) => {
                let words = opened.store.mnemonic().expect("key files hold words");
                assert_eq!(words.phrase().expose(), text(case, "mnemonic"), "{note}");
                assert_eq!(opened.origin, KeyFileOrigin::Standard, "{note}");
            }
            (None, Err(error)) => assert_eq!(note, REFUSED, "{error}"),
            (Some(error), Ok(_)) => assert!(READ.contains(&note), "{note}: {error}"),
            (Some(theirs), Err(ours)) => {
                let own = theirs.starts_with("unable to") || theirs.starts_with("the key store");
                assert!(!own || ours.starts_with(theirs), "{note}: {ours}; expected {theirs}");
            }
        }
    }
}

#[test]
fn the_reference_and_this_wallet_derive_and_sign_alike() {
    for store in list(&data("go-zenon.json"), "stores") {
        let words: Mnemonic = text(store, "mnemonic").parse().unwrap();
        assert_eq!(hex::encode(words.entropy().expose()), text(store, "entropy"));
        assert_eq!(hex::encode(words.seed().expose()), text(store, "seed"));
        let unlocked = KeyStore::from_mnemonic(words);
        assert_eq!(unlocked.base_address().to_string(), text(store, "baseAddress"));
        for key in list(store, "keys") {
            let path = text(key, "path");
            let derived = path.parse().and_then(|path| unlocked.key_at(&path));
            if let Some(error) = key.get("error").and_then(Value::as_str) {
                assert_eq!(derived.unwrap_err().to_string(), error, "{path:?}");
                continue;
            }
            let pair = derived.unwrap();
            assert_eq!(private(&pair), text(key, "private"));
            assert_eq!(hex::encode(pair.public_key()), text(key, "public"));
            assert_eq!(pair.address().to_string(), text(key, "address"));
            assert_eq!(hex::encode(pair.sign(b"hello")), text(key, "signatureOfHello"));
        }
    }
}

/// The reference's own writer puts the file's place into the file, too; its reader does without.
#[test]
fn a_key_file_is_laid_out_as_by_the_references_writer() {
    let recorded = data("go-zenon.json");
    let mut original = list(&recorded, "files")[0]["file"].clone();
    let file = KeyFile::parse(original.to_string().as_bytes()).unwrap();
    original.as_object_mut().unwrap().shift_remove("Path").expect("the writer's own key");
    let mut indented = Vec::new();
    let layout = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    let mut writer = serde_json::Serializer::with_formatter(&mut indented, layout);
    serde::Serialize::serialize(&original, &mut writer).unwrap();
    assert_eq!(file.to_json().as_bytes(), indented);
}

#[test]
fn key_files_are_written_key_by_key_as_they_were_read() {
    for vector in list(&data("wallet.json"), "keyfiles") {
        let file = KeyFile::parse(vector["json"].to_string().as_bytes()).unwrap();
        let written: Value = serde_json::from_str(&file.to_json()).unwrap();
        let mut original = vector["json"].clone();
        original.as_object_mut().unwrap().remove("walletType");
        assert_eq!(written, original);
    }
}

#[test]
fn key_files_of_the_ts_sdk_open_and_are_told_apart() {
    let vectors = data("znn-ts-sdk.json");
    let vectors = vectors.as_array().expect("a list");
    assert_eq!(vectors.len(), 2);
    for vector in vectors {
        let file = KeyFile::parse(vector["json"].to_string().as_bytes()).unwrap();
        assert_eq!(file.base_address().to_string(), text(vector, "address"));
        let opened = file.decrypt(text(vector, "password")).unwrap();
        assert_eq!(opened.origin, KeyFileOrigin::TsSdk);
        let entropy = opened.store.mnemonic().expect("key files hold words").entropy();
        assert_eq!(hex::encode(entropy.expose()), text(vector, "entropy"));
        assert!(file.decrypt("another").is_err());
    }
}

#[test]
fn nonces_are_found_where_they_are() {
    let vectors = data("pow.json");
    let mut counted = 0;
    for vector in vectors.as_array().expect("a list") {
        let data_hash: Hash = text(vector, "dataHash").parse().unwrap();
        let difficulty = vector["difficulty"].as_u64().unwrap();
        let nonce: [u8; 8] = hex::decode(text(vector, "nonce")).unwrap().try_into().unwrap();
        assert_eq!(rule::threshold(difficulty).to_string(), text(vector, "threshold"));
        let valid = vector["valid"].as_bool().unwrap();
        assert_eq!(rule::value(&nonce, &data_hash) >= rule::threshold(difficulty), valid);

        let task = match vector.get("address") {
            Some(address) => Task::new(
                &address.as_str().unwrap().parse().unwrap(),
                &text(vector, "previousHash").parse().unwrap(),
                difficulty,
            ),
            None => Task::of_data_hash(&data_hash, difficulty),
        };
        assert_eq!(task.search(u64::from_le_bytes(nonce), 1), valid.then_some(nonce));
        if vector.get("note").is_some() {
            let options =
                Options { threads: Some(1.try_into().unwrap()), start: Some(0), cancel: None };
            assert_eq!(task.solve(options, &mut |_| {}).unwrap().nonce, nonce);
            counted += 1;
        }
    }
    assert!(counted > 0);
}
