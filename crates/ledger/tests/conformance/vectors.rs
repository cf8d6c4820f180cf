//! The files of facts, parsed once.

use ledger::genesis::GenesisConfig;
use ledger::types::{Address, Amount, Hash, TokenStandard};
use serde_json::Value;
use std::sync::LazyLock;

/// `nom.json`
pub static NOM: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../vectors/nom.json")).expect("the file is JSON")
});

/// `nom-runs.json`
pub static RUNS: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../vectors/nom-runs.json")).expect("the file is JSON")
});

/// The configuration of the mock network.
pub fn mock_config() -> GenesisConfig {
    GenesisConfig::from_json(NOM["genesis"]["mock"]["config"].to_string().as_bytes())
        .expect("the vectors' configuration is good")
}

pub fn list(value: &Value) -> &[Value] {
    let list = value.as_array().unwrap_or_else(|| panic!("{value} is no list"));
    assert!(!list.is_empty(), "a group without cases");
    list
}

pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

pub fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value} is no number"))
}

pub fn bytes(value: &Value) -> Vec<u8> {
    hex::decode(text(value)).unwrap_or_else(|_| panic!("{value} is no hex"))
}

pub fn hash(value: &Value) -> Hash {
    text(value).parse().unwrap_or_else(|error| panic!("{value}: {error}"))
}

pub fn address(value: &Value) -> Address {
    text(value).parse().unwrap_or_else(|error| panic!("{value}: {error}"))
}

pub fn token(value: &Value) -> TokenStandard {
    text(value).parse().unwrap_or_else(|error| panic!("{value}: {error}"))
}

/// An amount in a text, or a JSON number of any length.
pub fn amount(value: &Value) -> Amount {
    let digits = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    Amount::from_str_radix(&digits, 10).unwrap_or_else(|_| panic!("{value} is no amount"))
}
