//! Which network a data folder is of: its genesis and the rules that differ from the original's.
//!
//! The folder remembers it in `network.json`, so a node can be started again, exported or checked
//! without naming the genesis file again, and never by mistake as another network.

use crate::devnet;
use ledger::Rules;
use ledger::genesis::{Genesis, GenesisConfig, GenesisError};
use ledger::recording::change_rules;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

/// Name of the file in the data folder.
pub const FILE_NAME: &str = "network.json";
/// Format of the file that is written; others are not read.
const FORMAT: u32 = 1;
/// Largest file that is read: the original network's genesis has 3 MB.
const FILE_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// A network.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Network {
    format: u32,
    /// Seconds in a slot.
    pub block_time: u64,
    /// Whether it has the rules of development networks.
    pub development: bool,
    /// Rules that differ besides, by name.
    #[serde(default)]
    pub rules: Option<Value>,
    genesis: Box<RawValue>,
}

/// Why a network can't be told.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// The file can't be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is not what it should be.
    #[error("{} is not as this program writes it: {reason}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The genesis configuration is not as it should be.
    #[error(transparent)]
    Genesis(#[from] GenesisError),
    /// No slot may take so long, or so short.
    #[error("block time is {0}; allowed are 1 to {max} seconds", max = ledger::rules::BLOCK_TIME_MAX)]
    BlockTime(u64),
    /// A rule by name is not known or not as it should be.
    #[error("{0}")]
    Rules(String),
}

impl Network {
    /// A development network that begins at `timestamp`.
    pub fn devnet(timestamp: u64, block_time: u64) -> Network {
        let genesis = devnet::genesis_config(timestamp).to_string();
        let genesis = RawValue::from_string(genesis).expect("a JSON value prints as JSON");
        Network { format: FORMAT, block_time, development: true, rules: None, genesis }
    }

    /// The network of a genesis file's text.
    pub fn of_genesis(text: &[u8], block_time: u64) -> Result<Network, GenesisError> {
        let config = GenesisConfig::from_json(text)?;
        // What the reader accepted leniently is written as it was understood.
        let genesis = String::from_utf8(text.to_vec())
            .ok()
            .and_then(|text| RawValue::from_string(text).ok())
            .unwrap_or_else(|| {
                RawValue::from_string(config.to_json()).expect("configurations print as JSON")
            });
        Ok(Network { format: FORMAT, block_time, development: false, rules: None, genesis })
    }

    /// The genesis configuration as JSON.
    pub fn genesis_json(&self) -> &str {
        self.genesis.get()
    }

    /// Builds the first momentum and the rules.
    pub fn build(&self) -> Result<Genesis, NetworkError> {
        let config = GenesisConfig::from_json(self.genesis.get().as_bytes())?;
        let mut rules = Rules::default()
            .with_block_time(self.block_time)
            .ok_or(NetworkError::BlockTime(self.block_time))?;
        if self.development {
            rules = rules.for_development(config.spork_address);
        }
        if let Some(changed) = &self.rules {
            change_rules(&mut rules, &changed.to_string()).map_err(NetworkError::Rules)?;
        }
        Ok(Genesis::from_config(&config, rules)?)
    }

    /// The network that a data folder remembers, if it remembers one.
    pub fn load(data_dir: &Path) -> Result<Option<Network>, NetworkError> {
        let path = data_dir.join(FILE_NAME);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(NetworkError::Io { path, source }),
        };
        let mut text = Vec::new();
        match file.take(FILE_BYTES_MAX).read_to_end(&mut text) {
            Ok(_) => {}
            Err(source) => return Err(NetworkError::Io { path, source }),
        }
        let network: Network = match serde_json::from_slice(&text) {
            Ok(network) => network,
            Err(error) => {
                return Err(NetworkError::Malformed { path, reason: error.to_string() });
            }
        };
        if network.format != FORMAT {
            let reason = format!("its format is {}, known is {FORMAT}", network.format);
            return Err(NetworkError::Malformed { path, reason });
        }
        Ok(Some(network))
    }

    /// Lets a data folder remember this network. The file is there whole or not at all.
    pub fn save(&self, data_dir: &Path) -> Result<(), NetworkError> {
        let path = data_dir.join(FILE_NAME);
        let text = serde_json::to_vec_pretty(self).expect("networks print as JSON");
        let write = || -> io::Result<()> {
            fs::create_dir_all(data_dir)?;
            let draft = data_dir.join(format!(".{FILE_NAME}.new"));
            let mut file = File::create(&draft)?;
            file.write_all(&text)?;
            file.sync_all()?;
            fs::rename(&draft, &path)?;
            File::open(data_dir)?.sync_all()
        };
        write().map_err(|source| NetworkError::Io { path: path.clone(), source })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_remembers_its_network() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("new");
        assert!(Network::load(&dir).unwrap().is_none());
        let network = Network::devnet(1_700_000_000, 2);
        network.save(&dir).unwrap();
        let again = Network::load(&dir).unwrap().unwrap();
        assert_eq!(again.genesis_json(), network.genesis_json());
        let genesis = again.build().unwrap();
        assert_eq!(genesis.momentum, network.build().unwrap().momentum);
        assert_eq!((genesis.rules.block_time, genesis.rules.receiver_check_height), (2, 0));
        assert_eq!(genesis.rules.chain_identifier, devnet::CHAIN_IDENTIFIER);
        assert_eq!(genesis.rules.initial_bridge_administrator, genesis.rules.spork_address);
    }

    #[test]
    fn a_private_network_keeps_the_references_rules() {
        let text = devnet::genesis_config(7).to_string();
        let genesis = Network::of_genesis(text.as_bytes(), 10).unwrap().build().unwrap();
        assert_eq!(genesis.rules.receiver_check_height, Rules::default().receiver_check_height);
        assert_eq!(genesis.rules.block_time, 10);
    }

    #[test]
    fn rules_by_name_hold() {
        let text = devnet::genesis_config(7).to_string();
        let mut network = Network::of_genesis(text.as_bytes(), 10).unwrap();
        network.rules = Some(serde_json::json!({ "fuse_expiration": 7, "stake_min_amount": "5" }));
        let rules = network.build().unwrap().rules;
        assert_eq!(
            (rules.fuse_expiration, rules.stake_min_amount.to_string()),
            (7, "5".to_owned())
        );
        network.rules = Some(serde_json::json!({ "no_such_rule": 7 }));
        assert!(network.build().unwrap_err().to_string().contains("no_such_rule"));
    }

    #[test]
    fn files_that_are_wrong_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let write = |text: &str| fs::write(folder.path().join(FILE_NAME), text).unwrap();
        let reason = || Network::load(folder.path()).unwrap_err().to_string();
        write("{");
        assert!(reason().contains("not as this program writes it"), "{}", reason());
        write(r#"{"format":2,"blockTime":1,"development":true,"genesis":{}}"#);
        assert!(reason().contains("its format is 2, known is 1"), "{}", reason());
        write(r#"{"format":1,"blockTime":0,"development":true,"genesis":{}}"#);
        let network = Network::load(folder.path()).unwrap().unwrap();
        assert!(network.build().is_err());
    }
}
