//! The configuration file: JSON in the reference's shape, amounts as numbers of any length.
//!
//! As in Go, keys match whatever their case, unknown keys are skipped, and missing ones count as zero;
//! text behind the object is not looked at. Source: go-zenon `chain/genesis/config.go`.

use super::error::GenesisErrorKind;
use super::{GenesisAccount, GenesisConfig, GenesisError};
use crate::codec::json::{FromJson, JsonError, Place, each_field, entries, fill_struct};
use crate::contracts::pillar::{DelegationRecord, LegacySlots, Pillar};
use crate::contracts::plasma::Fusion;
use crate::contracts::spork::Spork;
use crate::contracts::swap::SwapAssets;
use crate::contracts::token::Token;
use crate::types::{Address, Amount, TokenStandard};
use serde::Deserialize;
use serde_json::error::Category;
use serde_json::{Deserializer, Number, Value, json};

/// Reads a configuration file.
pub(super) fn read(text: &[u8]) -> Result<GenesisConfig, GenesisError> {
    if text.len() > GenesisConfig::JSON_BYTES_MAX {
        return Err(GenesisError::new(
            GenesisErrorKind::Malformed,
            "the whole",
            format_args!("{} bytes", text.len()),
            format_args!("at most {} bytes", GenesisConfig::JSON_BYTES_MAX),
        ));
    }
    // Not to the end of the text: what follows the first value does not count.
    let value = Value::deserialize(&mut Deserializer::from_slice(text)).map_err(|error| {
        let kind = match error.classify() {
            Category::Eof => GenesisErrorKind::Incomplete,
            Category::Io | Category::Syntax | Category::Data => GenesisErrorKind::Malformed,
        };
        GenesisError::new(kind, "the whole", error, "one JSON object")
    })?;
    let file: File =
        crate::codec::json::decode(&value).map_err(|error| GenesisError::from_json(&error))?;
    file.into_config()
}

/// The file as it was read: parts that must be there may be missing.
#[derive(Default)]
struct File {
    config: GenesisConfig,
    timestamp: i64,
    spork_address: Option<Address>,
    has_pillars: bool,
    has_tokens: bool,
    has_plasma: bool,
    has_swap: bool,
    has_blocks: bool,
}

impl File {
    fn into_config(self) -> Result<GenesisConfig, GenesisError> {
        // The reference's order.
        for (there, field) in [
            (self.has_blocks, "GenesisBlocks"),
            (self.has_tokens, "TokenConfig"),
            (self.has_pillars, "PillarConfig"),
            (self.spork_address.is_some(), "SporkAddress"),
            (self.has_plasma, "PlasmaConfig"),
            (self.has_swap, "SwapConfig"),
        ] {
            if !there {
                let allowed =
                    if field == "SporkAddress" { "an address (z1…)" } else { "an object" };
                return Err(GenesisError::invalid(field, "nothing", allowed));
            }
        }
        let timestamp = u64::try_from(self.timestamp).map_err(|_| {
            GenesisError::invalid("GenesisTimestampSec", self.timestamp, "unix seconds from 0 on")
        })?;
        Ok(GenesisConfig {
            timestamp,
            spork_address: self.spork_address.unwrap_or_default(),
            ..self.config
        })
    }
}

impl FromJson for File {
    fn fill(&mut self, value: &Value, place: &mut Place) -> Result<(), JsonError> {
        const HOLDER: &str = "GenesisConfig";
        each_field(
            value,
            place,
            "genesis.GenesisConfig",
            &[
                "ChainIdentifier",
                "ExtraData",
                "GenesisTimestampSec",
                "SporkAddress",
                "PillarConfig",
                "TokenConfig",
                "PlasmaConfig",
                "SwapConfig",
                "SporkConfig",
                "GenesisBlocks",
            ],
            |name, value, place| {
                let config = &mut self.config;
                let there = !value.is_null();
                match name {
                    "ChainIdentifier" => {
                        place.field(HOLDER, name, value, &mut config.chain_identifier)
                    }
                    "ExtraData" => place.field(HOLDER, name, value, &mut config.extra_data),
                    "GenesisTimestampSec" => place.field(HOLDER, name, value, &mut self.timestamp),
                    "SporkAddress" if there => {
                        let address = self.spork_address.get_or_insert_default();
                        place.field(HOLDER, name, value, address)
                    }
                    "PillarConfig" => {
                        self.has_pillars = there;
                        place.field_by(HOLDER, name, |place| pillar_part(config, value, place))
                    }
                    "TokenConfig" => {
                        self.has_tokens = there;
                        place.field_by(HOLDER, name, |place| {
                            one_list("Tokens", &mut config.tokens, value, place)
                        })
                    }
                    "PlasmaConfig" => {
                        self.has_plasma = there;
                        place.field_by(HOLDER, name, |place| {
                            one_list("Fusions", &mut config.fusions, value, place)
                        })
                    }
                    "SwapConfig" => {
                        self.has_swap = there;
                        place.field_by(HOLDER, name, |place| {
                            one_list("Entries", &mut config.swap_entries, value, place)
                        })
                    }
                    "SporkConfig" if there => {
                        let sporks = config.sporks.get_or_insert_default();
                        place.field_by(HOLDER, name, |place| {
                            one_list("Sporks", sporks, value, place)
                        })
                    }
                    "GenesisBlocks" => {
                        self.has_blocks = there;
                        place.field_by(HOLDER, name, |place| {
                            one_list("Blocks", &mut config.accounts, value, place)
                        })
                    }
                    _ => Ok(()),
                }
            },
        )
    }
}

fn pillar_part(
    config: &mut GenesisConfig,
    value: &Value,
    place: &mut Place,
) -> Result<(), JsonError> {
    const HOLDER: &str = "PillarContractConfig";
    let names = &["Pillars", "Delegations", "LegacyEntries"];
    each_field(value, place, "genesis.PillarContractConfig", names, |name, value, place| {
        place.field_by(HOLDER, name, |place| match name {
            "Pillars" => place.list(&mut config.pillars, value, "[]*definition.PillarInfo"),
            "Delegations" => {
                place.list(&mut config.delegations, value, "[]*definition.DelegationInfo")
            }
            _ => place.list(&mut config.legacy_slots, value, "[]*definition.LegacyPillarEntry"),
        })
    })
}

/// A part that is an object with one list in it.
fn one_list<T: FromJson>(
    list: &'static str,
    target: &mut Vec<T>,
    value: &Value,
    place: &mut Place,
) -> Result<(), JsonError> {
    each_field(value, place, "genesis.Config", &[list], |name, value, place| {
        place.field_by("Config", name, |place| place.list(target, value, "[]"))
    })
}

/// An amount: a JSON number that is whole and fits.
struct Whole<'a>(&'a mut Amount);

impl Whole<'_> {
    fn fill(self, value: &Value, place: &Place) -> Result<(), JsonError> {
        const WANTED: &str = "*big.Int";
        let found = match value {
            Value::Null => return Ok(()),
            Value::Number(number) => {
                let digits = number.as_str();
                if digits.bytes().all(|byte| byte.is_ascii_digit())
                    && let Ok(amount) = Amount::from_str_radix(digits, 10)
                {
                    *self.0 = amount;
                    return Ok(());
                }
                digits.to_owned()
            }
            other => other.to_string(),
        };
        Err(place.stop(found, WANTED))
    }
}

/// A text that contracts keep as bytes.
struct Name<'a>(&'a mut Vec<u8>);

impl Name<'_> {
    fn fill(self, value: &Value, place: &mut Place) -> Result<(), JsonError> {
        let mut text = String::new();
        text.fill(value, place)?;
        *self.0 = text.into_bytes();
        Ok(())
    }
}

impl FromJson for Pillar {
    fn fill(&mut self, value: &Value, place: &mut Place) -> Result<(), JsonError> {
        const HOLDER: &str = "PillarInfo";
        let names = &[
            "Name",
            "BlockProducingAddress",
            "RewardWithdrawAddress",
            "StakeAddress",
            "Amount",
            "RegistrationTime",
            "RevokeTime",
            "GiveBlockRewardPercentage",
            "GiveDelegateRewardPercentage",
            "PillarType",
        ];
        each_field(value, place, "definition.PillarInfo", names, |name, value, place| {
            place.field_by(HOLDER, name, |place| match name {
                "Name" => Name(&mut self.name).fill(value, place),
                "BlockProducingAddress" => self.producing_address.fill(value, place),
                "RewardWithdrawAddress" => self.reward_address.fill(value, place),
                "StakeAddress" => self.stake_address.fill(value, place),
                "Amount" => Whole(&mut self.amount).fill(value, place),
                "RegistrationTime" => self.registration_time.fill(value, place),
                "RevokeTime" => self.revoke_time.fill(value, place),
                "GiveBlockRewardPercentage" => self.give_block_percent.fill(value, place),
                "GiveDelegateRewardPercentage" => self.give_delegate_percent.fill(value, place),
                _ => self.pillar_type.fill(value, place),
            })
        })
    }
}

impl FromJson for DelegationRecord {
    fn fill(&mut self, value: &Value, place: &mut Place) -> Result<(), JsonError> {
        const HOLDER: &str = "DelegationInfo";
        let names = &["Backer", "Name"];
        each_field(value, place, "definition.DelegationInfo", names, |name, value, place| {
            place.field_by(HOLDER, name, |place| match name {
                "Backer" => self.backer.fill(value, place),
                _ => Name(&mut self.name).fill(value, place),
            })
        })
    }
}

impl FromJson for LegacySlots {
    fn fill(&mut self, value: &Value, place: &mut Place) -> Result<(), JsonError> {
        fill_struct!(value, place, "LegacyPillarEntry", "definition.LegacyPillarEntry", {
            "pillarCount" => self.count,
            "keyIdHash" => self.key_id_hash,
        })
    }
}

impl FromJson for Token {
    fn fill(&mut self, value: &Value, place: &mut Place) -> Result<(), JsonError> {
        const HOLDER: &str = "TokenInfo";
        let names = &[
            "owner",
            "tokenName",
            "tokenSymbol",
            "tokenDomain",
            "totalSupply",
            "maxSupply",
            "decimals",
            "isMintable",
            "isBurnable",
            "isUtility",
            "tokenStandard",
        ];
        each_field(value, place, "definition.TokenInfo", names, |name, value, place| {
            place.field_by(HOLDER, name, |place| match name {
                "owner" => self.owner.fill(value, place),
                "tokenName" => Name(&mut self.name).fill(value, place),
                "tokenSymbol" => Name(&mut self.symbol).fill(value, place),
                "tokenDomain" => Name(&mut self.domain).fill(value, place),
                "totalSupply" => Whole(&mut self.total_supply).fill(value, place),
                "maxSupply" => Whole(&mut self.max_supply).fill(value, place),
                "decimals" => self.decimals.fill(value, place),
                "isMintable" => self.mintable.fill(value, place),
                "isBurnable" => self.burnable.fill(value, place),
                "isUtility" => self.utility.fill(value, place),
                _ => self.token_standard.fill(value, place),
            })
        })
    }
}

impl FromJson for Fusion {
    fn fill(&mut self, value: &Value, place: &mut Place) -> Result<(), JsonError> {
        const HOLDER: &str = "FusionInfo";
        let names = &["owner", "id", "amount", "withdrawHeight", "beneficiaryAddress"];
        each_field(value, place, "definition.FusionInfo", names, |name, value, place| {
            place.field_by(HOLDER, name, |place| match name {
                "owner" => self.owner.fill(value, place),
                "id" => self.id.fill(value, place),
                "amount" => Whole(&mut self.amount).fill(value, place),
                "withdrawHeight" => self.expiration_height.fill(value, place),
                _ => self.beneficiary.fill(value, place),
            })
        })
    }
}

impl FromJson for SwapAssets {
    fn fill(&mut self, value: &Value, place: &mut Place) -> Result<(), JsonError> {
        const HOLDER: &str = "SwapAssets";
        let names = &["keyIdHash", "znn", "qsr"];
        each_field(value, place, "definition.SwapAssets", names, |name, value, place| {
            place.field_by(HOLDER, name, |place| match name {
                "keyIdHash" => self.key_id_hash.fill(value, place),
                "znn" => Whole(&mut self.znn).fill(value, place),
                _ => Whole(&mut self.qsr).fill(value, place),
            })
        })
    }
}

impl FromJson for Spork {
    fn fill(&mut self, value: &Value, place: &mut Place) -> Result<(), JsonError> {
        const HOLDER: &str = "Spork";
        let names = &["id", "name", "description", "activated", "enforcementHeight"];
        each_field(value, place, "definition.Spork", names, |name, value, place| {
            place.field_by(HOLDER, name, |place| match name {
                "id" => self.id.fill(value, place),
                "name" => Name(&mut self.name).fill(value, place),
                "description" => Name(&mut self.description).fill(value, place),
                "activated" => self.activated.fill(value, place),
                _ => self.enforcement_height.fill(value, place),
            })
        })
    }
}

impl FromJson for GenesisAccount {
    fn fill(&mut self, value: &Value, place: &mut Place) -> Result<(), JsonError> {
        const HOLDER: &str = "GenesisBlockConfig";
        let names = &["Address", "BalanceList"];
        each_field(value, place, "genesis.GenesisBlockConfig", names, |name, value, place| {
            place.field_by(HOLDER, name, |place| match name {
                "Address" => self.address.fill(value, place),
                _ => self.fill_balances(value, place),
            })
        })
    }
}

impl GenesisAccount {
    fn fill_balances(&mut self, value: &Value, place: &mut Place) -> Result<(), JsonError> {
        let Some(list) = entries(value, place, "map[types.ZenonTokenStandard]*big.Int") else {
            return Ok(());
        };
        for (key, value) in list {
            place.entry(key, |place| {
                let token: TokenStandard = key
                    .parse()
                    .map_err(|error| place.stop(format!("{error}"), "types.ZenonTokenStandard"))?;
                Whole(self.balances.entry(token).or_default()).fill(value, place)
            })?;
        }
        Ok(())
    }
}

/// Writes a configuration file, keys in the reference's order.
pub(super) fn write(config: &GenesisConfig) -> String {
    let list = |list: Vec<Value>| Value::Array(list);
    let file = json!({
        "ChainIdentifier": config.chain_identifier,
        "ExtraData": config.extra_data,
        "GenesisTimestampSec": config.timestamp,
        "SporkAddress": config.spork_address,
        "PillarConfig": {
            "Pillars": list(config.pillars.iter().map(pillar).collect()),
            "Delegations": list(config.delegations.iter().map(|entry| json!({
                "Backer": entry.backer,
                "Name": text(&entry.name),
            })).collect()),
            "LegacyEntries": list(config.legacy_slots.iter().map(|entry| json!({
                "pillarCount": entry.count,
                "keyIdHash": entry.key_id_hash,
            })).collect()),
        },
        "TokenConfig": { "Tokens": list(config.tokens.iter().map(token).collect()) },
        "PlasmaConfig": { "Fusions": list(config.fusions.iter().map(|entry| json!({
            "owner": entry.owner,
            "id": entry.id,
            "amount": whole(&entry.amount),
            "withdrawHeight": entry.expiration_height,
            "beneficiaryAddress": entry.beneficiary,
        })).collect()) },
        "SwapConfig": { "Entries": list(config.swap_entries.iter().map(|entry| json!({
            "keyIdHash": entry.key_id_hash,
            "znn": whole(&entry.znn),
            "qsr": whole(&entry.qsr),
        })).collect()) },
        "SporkConfig": config.sporks.as_ref().map(|sporks| json!({
            "Sporks": list(sporks.iter().map(|entry| json!({
                "id": entry.id,
                "name": text(&entry.name),
                "description": text(&entry.description),
                "activated": entry.activated,
                "enforcementHeight": entry.enforcement_height,
            })).collect()),
        })),
        "GenesisBlocks": { "Blocks": list(config.accounts.iter().map(|entry| json!({
            "Address": entry.address,
            "BalanceList": entry.balances.iter().map(|(token, amount)| {
                (token.to_string(), Value::Number(whole(amount)))
            }).collect::<serde_json::Map<_, _>>(),
        })).collect()) },
    });
    format!("{file:#}\n")
}

fn pillar(entry: &Pillar) -> Value {
    json!({
        "Name": text(&entry.name),
        "BlockProducingAddress": entry.producing_address,
        "RewardWithdrawAddress": entry.reward_address,
        "StakeAddress": entry.stake_address,
        "Amount": whole(&entry.amount),
        "RegistrationTime": entry.registration_time,
        "RevokeTime": entry.revoke_time,
        "GiveBlockRewardPercentage": entry.give_block_percent,
        "GiveDelegateRewardPercentage": entry.give_delegate_percent,
        "PillarType": entry.pillar_type,
    })
}

fn token(entry: &Token) -> Value {
    json!({
        "owner": entry.owner,
        "tokenName": text(&entry.name),
        "tokenSymbol": text(&entry.symbol),
        "tokenDomain": text(&entry.domain),
        "totalSupply": whole(&entry.total_supply),
        "maxSupply": whole(&entry.max_supply),
        "decimals": entry.decimals,
        "isMintable": entry.mintable,
        "isBurnable": entry.burnable,
        "isUtility": entry.utility,
        "tokenStandard": entry.token_standard,
    })
}

/// Contracts keep names as bytes; those that a file can hold are texts.
fn text(name: &[u8]) -> String {
    String::from_utf8_lossy(name).into_owned()
}

fn whole(amount: &Amount) -> Number {
    amount.to_string().parse().expect("decimal digits are a JSON number")
}
