//! JSON forms: what is written, how leniently it is read, and the texts of refusals.

use crate::vectors::{NOM, list};
use ledger::codec::json::{self, EmptyData, FromJson};
use ledger::types::{AccountHeader, Address, Amount, Hash, HashHeight, coins};
use ledger::{AccountBlock, BlockType, DetailedMomentum, Momentum};
use serde::ser::{Serialize, SerializeStruct, Serializer};
use serde_json::{Value, json};

fn block() -> Value {
    NOM["blocks"][1]["json"].clone()
}

fn refusal<T: FromJson>(value: &Value) -> String {
    json::decode::<T>(value).err().unwrap_or_else(|| panic!("{value} was read")).to_string()
}

#[test]
fn blocks_are_written_as_they_were_read() {
    for case in list(&NOM["blocks"]) {
        let read: AccountBlock = json::decode(&case["json"]).expect("a block");
        let written = serde_json::to_string(&read).expect("blocks can be written");
        assert_eq!(read.compute_hash(), read.hash, "{}", case["name"]);
        assert_eq!(json::parse(&written), Ok(read));
        // The vectors leave keys out that hold nothing.
        let written: Value = serde_json::from_str(&written).expect("JSON");
        for (key, value) in case["json"].as_object().expect("an object") {
            if !value.is_null() && key != "descendantBlocks" {
                assert_eq!(written[key], *value, "{} {key}", case["name"]);
            }
        }
    }
}

#[test]
fn momentums_are_written_as_they_were_read() {
    for case in list(&NOM["wireMomentums"]) {
        let read: Momentum = json::decode(&case["json"]).expect("a momentum");
        let written = serde_json::to_string(&read).expect("momentums can be written");
        assert_eq!(written, case["json"].to_string());
        assert_eq!(json::parse(&written), Ok(read));
    }
}

#[test]
fn a_contract_block_is_written_byte_for_byte() {
    let block = AccountBlock {
        version: 1,
        block_type: BlockType::CONTRACT_RECEIVE,
        height: u64::MAX,
        amount: Amount::MAX,
        ..AccountBlock::default()
    };
    let zero_hash = "0".repeat(64);
    assert_eq!(
        serde_json::to_string(&block).expect("blocks can be written"),
        format!(
            "{{\"version\":1,\"chainIdentifier\":0,\"blockType\":5,\"hash\":\"{zero_hash}\",\
             \"previousHash\":\"{zero_hash}\",\"height\":18446744073709551615,\
             \"momentumAcknowledged\":{{\"hash\":\"{zero_hash}\",\"height\":0}},\
             \"address\":\"z1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqsggv2f\",\
             \"toAddress\":\"z1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqsggv2f\",\
             \"amount\":\"115792089237316195423570985008687907853269984665640564039457584007913129639935\",\
             \"tokenStandard\":\"zts1qqqqqqqqqqqqqqqqtq587y\",\"fromBlockHash\":\"{zero_hash}\",\
             \"descendantBlocks\":[],\"data\":\"\",\"fusedPlasma\":0,\"difficulty\":0,\
             \"nonce\":\"0000000000000000\",\"basePlasma\":0,\"usedPlasma\":0,\
             \"changesHash\":\"{zero_hash}\",\"publicKey\":null,\"signature\":null}}"
        )
    );
}

/// An answer of a server: a block's fields with more behind them.
struct Answer<'a>(&'a AccountBlock);

impl Serialize for Answer<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Answer", 23)?;
        json::block_fields(&mut out, self.0, EmptyData::Null)?;
        out.serialize_field("token", &())?;
        out.end()
    }
}

#[test]
fn fields_can_be_continued() {
    let text = serde_json::to_string(&Answer(&AccountBlock::default())).expect("it can be written");
    assert!(text.contains("\"descendantBlocks\":[],\"data\":null,\"fusedPlasma\":0"), "{text}");
    assert!(text.ends_with("\"publicKey\":null,\"signature\":null,\"token\":null}"), "{text}");
}

#[test]
fn amounts_are_decimal_strings() {
    for amount in [Amount::ZERO, Amount::from(9), coins(1), Amount::from(u64::MAX), Amount::MAX] {
        let text = serde_json::to_string(&json::amount::Decimal(amount)).expect("a string");
        assert_eq!(text, format!("\"{amount}\""));
    }
}

#[test]
fn long_data_is_written_whole() {
    for len in [0, 1, 2, 3, 64, 66, 67, 1000, 16_384] {
        let data: Vec<u8> = (0..len).map(|i: u32| (i % 251) as u8).collect();
        let block = AccountBlock { data: data.clone(), ..AccountBlock::default() };
        let read: AccountBlock =
            json::parse(&serde_json::to_string(&block).expect("JSON")).expect("a block");
        assert_eq!(read.data, data);
    }
}

#[test]
fn names_of_blocks_are_objects() {
    let header: AccountHeader = json::decode(
        &json!({"address": "z1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqsggv2f", "hash": "00".repeat(32), "height": 3}),
    )
    .expect("a header");
    assert_eq!(header, AccountHeader { height: 3, ..AccountHeader::default() });
    let text = serde_json::to_string(&HashHeight::new(Hash::of(b""), 4)).expect("JSON");
    assert_eq!(text, format!("{{\"hash\":\"{}\",\"height\":4}}", Hash::of(b"")));
    let detailed = DetailedMomentum::default();
    let text = serde_json::to_string(&detailed).expect("JSON");
    assert!(text.ends_with(",\"accountBlocks\":[]}"), "{text}");
    assert_eq!(json::parse(&text), Ok(detailed));
}

#[test]
fn reading_is_as_lenient_as_go() {
    let known: AccountBlock = json::decode(&block()).expect("a block");
    let mut odd = block();
    let fields = odd.as_object_mut().expect("an object");
    let height = fields.remove("height").expect("a height");
    fields.insert("HEIGHT".to_owned(), height);
    // The long s and the Kelvin sign fold to ASCII letters.
    let hash = fields.remove("hash").expect("a hash");
    fields.insert("ha\u{17f}h".to_owned(), hash);
    let acknowledged = fields.remove("momentumAcknowledged").expect("a name");
    fields.insert("momentumAc\u{212a}nowledged".to_owned(), acknowledged);
    fields.insert("unknown".to_owned(), json!([{"deep": [1, 2]}]));
    fields.insert("basePlasma".to_owned(), json!(null));
    fields.insert("data".to_owned(), json!([]));
    let read: AccountBlock = json::decode(&odd).expect("lenient");
    assert_eq!(read, AccountBlock { base_plasma: 0, ..known });

    let nearly_nothing: AccountBlock =
        json::decode(&json!({"nonce": "0000000000000000"})).expect("lenient");
    assert_eq!(nearly_nothing, AccountBlock::default());
}

#[test]
fn bytes_come_as_base64_or_numbers() {
    for (data, expected) in [
        (json!("AQI="), vec![1, 2]),
        (json!("AQ\nI=\r\n"), vec![1, 2]),
        (json!([1, 255]), vec![1, 255]),
        (json!(null), vec![]),
        (json!(""), vec![]),
    ] {
        let mut value = block();
        value["data"] = data;
        assert_eq!(json::decode::<AccountBlock>(&value).expect("bytes").data, expected);
    }
}

#[test]
fn unreadable_amounts_are_zero() {
    for (text, expected) in [
        ("", Amount::ZERO),
        ("ten", Amount::ZERO),
        ("1.5", Amount::ZERO),
        ("0x10", Amount::ZERO),
        ("1_000", Amount::ZERO),
        (" 1", Amount::ZERO),
        ("+7", Amount::from(7)),
        ("007", Amount::from(7)),
    ] {
        let mut value = block();
        value["amount"] = json!(text);
        assert_eq!(
            json::decode::<AccountBlock>(&value).expect("a block").amount,
            expected,
            "{text}"
        );
    }
}

/// Each refusal as the reference's JSON library words it.
#[test]
fn refusals_have_go_texts() {
    let set = |key: &str, value: Value| {
        let mut block = block();
        block[key] = value;
        refusal::<AccountBlock>(&block)
    };
    let field = |found: &str, name: &str, wanted: &str| {
        format!(
            "json: cannot unmarshal {found} into Go struct field AccountBlockMarshal.{name} of type {wanted}"
        )
    };
    assert_eq!(set("version", json!("1")), field("string", "version", "uint64"));
    assert_eq!(set("version", json!(1.0)), field("number 1.0", "version", "uint64"));
    assert_eq!(set("height", json!(-1)), field("number -1", "height", "uint64"));
    assert_eq!(set("height", json!([1])), field("array", "height", "uint64"));
    assert_eq!(set("amount", json!(10)), field("number", "amount", "string"));
    assert_eq!(set("hash", json!(10)), field("number", "hash", "types.Hash"));
    assert_eq!(set("address", json!(true)), field("bool", "address", "types.Address"));
    assert_eq!(
        set("tokenStandard", json!({})),
        field("object", "tokenStandard", "types.ZenonTokenStandard")
    );
    assert_eq!(set("publicKey", json!(1)), field("number", "publicKey", "ed25519.PublicKey"));
    assert_eq!(set("signature", json!({})), field("object", "signature", "[]uint8"));
    assert_eq!(set("data", json!([256])), field("number 256", "data", "uint8"));
    assert_eq!(
        set("momentumAcknowledged", json!("x")),
        field("string", "momentumAcknowledged", "types.HashHeight")
    );
    assert_eq!(
        set("momentumAcknowledged", json!({"height": "x"})),
        "json: cannot unmarshal string into Go struct field HashHeight.momentumAcknowledged.height of type uint64"
    );
    assert_eq!(
        set("descendantBlocks", json!({})),
        field("object", "descendantBlocks", "[]*nom.AccountBlock")
    );
    assert_eq!(
        set("descendantBlocks", json!([{"version": "1"}])),
        field("string", "descendantBlocks.version", "uint64")
    );
    assert_eq!(set("hash", json!("abc")), "error hex hash size 3");
    assert_eq!(set("address", json!("z1")), "invalid bech32 string length 2");
    assert_eq!(set("nonce", json!("")), "invalid nonce length");
    assert_eq!(set("nonce", json!("00")), "invalid nonce length");
    assert_eq!(
        set("nonce", json!("0")),
        "failed to decode nonce:encoding/hex: odd length hex string"
    );
    assert_eq!(
        set("nonce", json!("zz")),
        "failed to decode nonce:encoding/hex: invalid byte: U+007A 'z'"
    );
    assert_eq!(
        refusal::<AccountBlock>(&json!("x")),
        "json: cannot unmarshal string into Go value of type nom.AccountBlockMarshal"
    );
    assert_eq!(
        refusal::<Hash>(&json!(1)),
        "json: cannot unmarshal number into Go value of type *types.Hash"
    );
    assert_eq!(
        refusal::<u32>(&json!(4_294_967_296u64)),
        "json: cannot unmarshal number 4294967296 into Go value of type uint32"
    );
    assert_eq!(
        refusal::<Momentum>(&json!({"content": [{"height": "1"}]})),
        "json: cannot unmarshal string into Go struct field AccountHeader.content.HashHeight.height of type uint64"
    );
}

/// Go's offset is that of the byte, or of the group, where its decoder stops.
#[test]
fn bad_base64_names_the_byte() {
    for (text, offset) in [
        ("A", 0),
        ("AA", 0),
        ("AAA", 0),
        ("AAAAA", 4),
        ("AA=", 3),
        ("A=", 1),
        ("=", 0),
        ("AA=A", 2),
        ("AAA=A", 4),
        ("AA==A", 4),
        ("AA$=", 2),
        ("AAAA$", 4),
        ("AAA=\nA", 5),
    ] {
        let mut value = block();
        value["data"] = json!(text);
        assert_eq!(
            refusal::<AccountBlock>(&value),
            format!("illegal base64 data at input byte {offset}"),
            "{text}"
        );
    }
}

/// A value of the wrong type is reported at the end, a text that does not parse at once.
#[test]
fn first_mistake_is_reported_unless_a_text_stops() {
    let wrong = json!({"version": "1", "height": "2", "nonce": "00"});
    assert!(refusal::<AccountBlock>(&wrong).contains("AccountBlockMarshal.version "));
    let stopped = json!({"version": "1", "hash": "00", "nonce": "00"});
    assert_eq!(refusal::<AccountBlock>(&stopped), "error hex hash size 2");
}

#[test]
fn publication_is_more_lenient() {
    let mut value = block();
    let block: AccountBlock = json::decode(&value).expect("a block");
    value["nonce"] = json!("12");
    value["amount"] = json!("-5");
    let published = json::decode_published(&value).expect("lenient");
    assert!(published.negative_amount);
    assert_eq!(published.block, AccountBlock { amount: Amount::MAX, ..block.clone() });
    value["amount"] = json!("1".repeat(100));
    assert_eq!(json::decode_published(&value).expect("lenient").block.amount, Amount::MAX);

    value["version"] = json!("1");
    assert_eq!(
        json::decode_published(&value).expect_err("a string").to_string(),
        "json: cannot unmarshal string into Go struct field \
         AccountBlockMarshal.AccountBlockMarshal.version of type uint64"
    );
    value["version"] = json!(1);
    value["descendantBlocks"] = json!([{"version": "1"}]);
    assert_eq!(
        json::decode_published(&value).expect_err("a string").to_string(),
        "json: cannot unmarshal string into Go struct field \
         AccountBlockMarshal.AccountBlockMarshal.descendantBlocks.version of type uint64"
    );
    value["descendantBlocks"] = json!([{}]);
    assert_eq!(
        json::decode_published(&value).expect_err("no nonce").to_string(),
        "invalid nonce length"
    );
    assert_eq!(
        json::decode_published(&json!([])).expect_err("a list").to_string(),
        "json: cannot unmarshal array into Go value of type api.AccountBlockMarshal"
    );
}

#[test]
fn serde_reads_texts_too() {
    let address: Address =
        serde_json::from_str("\"z1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqsggv2f\"").expect("an address");
    assert!(address.is_zero());
    let refused = serde_json::from_str::<Address>("\"z1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqsggv2g\"");
    let text = refused.expect_err("a wrong checksum").to_string();
    assert!(text.starts_with("invalid checksum (expected (bech32=sggv2f, "), "{text}");
}
