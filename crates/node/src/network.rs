//! Which network a data folder is of, and how a network is made known: its genesis, the rules that differ
//! from the original's, and how its nodes find each other.
//!
//! One file says it all: who has it can join. A data folder remembers it as `network.json`, so a node can
//! be started again, exported or checked without naming the file again, and never by mistake as another
//! network.

use crate::config::PeerTransport;
use crate::devnet;
use crate::wire::Endpoint;
use crate::wire::endpoint::EndpointError;
use ledger::Rules;
use ledger::genesis::{Genesis, GenesisConfig, GenesisError};
use ledger::recording::change_rules;
use ledger::types::Address;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

/// Name of the file in the data folder.
pub const FILE_NAME: &str = "network.json";
/// Format of the file that is written; older ones are read as well.
const FORMAT: u32 = 2;
/// Largest file that is read: the original network's genesis has 3 MB.
pub const FILE_BYTES_MAX: usize = 256 << 20;
/// Longest name of a network.
pub const NAME_LEN_MAX: usize = 64;
/// Most nodes to begin with.
pub const BOOTNODES_MAX: usize = 64;
/// Most signers of checkpoints.
pub const SIGNERS_MAX: usize = 64;
/// Longest address of a faucet.
pub const URL_LEN_MAX: usize = 512;

/// A network.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Network {
    format: u32,
    /// Its name: letters, digits, `-`, `_` and `.`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Seconds in a slot.
    pub block_time: u64,
    /// Whether it is none that follows the original network's history: heights at which that one changed
    /// its rules mean nothing here.
    pub development: bool,
    /// Rules that differ besides, by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<Value>,
    /// Which transport its nodes speak.
    #[serde(default)]
    pub transport: Transport,
    /// Nodes to begin with: multiaddrs, enodes.
    #[serde(default)]
    pub bootnodes: Vec<String>,
    /// Peers below which a node says that it has not enough, where that differs from the usual.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_peers: Option<u16>,
    /// Whose word is taken for a state from which a new node may begin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkpoints: Option<Checkpoints>,
    /// Where coins are given away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub faucet: Option<String>,
    genesis: Box<RawValue>,
}

/// Which transport a network's nodes speak.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// The older one until a spork switches, as on the original network.
    #[default]
    Auto,
    /// libp2p from the first momentum on.
    Libp2p,
    /// The older one for good.
    Legacy,
}

impl From<Transport> for PeerTransport {
    fn from(transport: Transport) -> PeerTransport {
        match transport {
            Transport::Auto => PeerTransport::Auto,
            Transport::Libp2p => PeerTransport::Libp2p,
            Transport::Legacy => PeerTransport::Legacy,
        }
    }
}

/// Who signs checkpoints, and how many must.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Checkpoints {
    /// Addresses of the signers' keys.
    pub signers: Vec<Address>,
    /// How many of them must have signed.
    pub threshold: u16,
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
    #[error("{} is no network file: {fault}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        fault: NetworkFault,
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

/// What is wrong with a network file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NetworkFault {
    /// More bytes than are read.
    #[error("it has more than {FILE_BYTES_MAX} bytes")]
    TooLarge,
    /// Not the JSON that it should be.
    #[error("{0}")]
    Json(String),
    /// A format of a later version.
    #[error("its format is {0}, known are 1 to {FORMAT}")]
    Format(u32),
    /// No name for a network.
    #[error(
        "its name is {0:?}; a name has 1 to {NAME_LEN_MAX} letters, digits, \"-\", \"_\" and \".\", and no \".\" first"
    )]
    Name(String),
    /// More than are read.
    #[error("it has {0} bootnodes, at most {BOOTNODES_MAX} are read")]
    TooManyBootnodes(usize),
    /// A node that can't be understood.
    #[error("bootnode {text:?}: {error}")]
    Bootnode {
        /// What it says.
        text: String,
        /// What is wrong with it.
        error: EndpointError,
    },
    /// A threshold that can't be met, or too many signers.
    #[error(
        "its checkpoints need {threshold} of {signers} signers; 1 to all of at most {SIGNERS_MAX} different ones may be needed"
    )]
    Checkpoints {
        /// How many must sign.
        threshold: u16,
        /// How many there are.
        signers: usize,
    },
    /// No address of a faucet.
    #[error("its faucet is {0:?}, which is no http or https URL")]
    Faucet(String),
}

/// Whether a text can name a network, and the file that keeps it.
pub fn is_name(name: &str) -> bool {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    (1..=NAME_LEN_MAX).contains(&name.len()) && !name.starts_with('.') && name.chars().all(allowed)
}

impl Network {
    /// A development network that begins at `timestamp`.
    pub fn devnet(timestamp: u64, block_time: u64) -> Network {
        Network::devnet_of(timestamp, block_time, 1)
    }

    /// A development network with several pillars.
    pub fn devnet_of(timestamp: u64, block_time: u64, pillars: u32) -> Network {
        let genesis = devnet::genesis_of(timestamp, pillars).to_string();
        let genesis = RawValue::from_string(genesis).expect("a JSON value prints as JSON");
        Network { development: true, ..Network::plain(genesis, block_time) }
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
        Ok(Network::plain(genesis, block_time))
    }

    fn plain(genesis: Box<RawValue>, block_time: u64) -> Network {
        Network {
            format: FORMAT,
            name: None,
            block_time,
            development: false,
            rules: None,
            transport: Transport::Auto,
            bootnodes: Vec::new(),
            min_peers: None,
            checkpoints: None,
            faucet: None,
            genesis,
        }
    }

    /// Reads a network file.
    pub fn parse(text: &[u8]) -> Result<Network, NetworkFault> {
        if text.len() > FILE_BYTES_MAX {
            return Err(NetworkFault::TooLarge);
        }
        let network: Network =
            serde_json::from_slice(text).map_err(|error| NetworkFault::Json(error.to_string()))?;
        if !(1..=FORMAT).contains(&network.format) {
            return Err(NetworkFault::Format(network.format));
        }
        network.check()?;
        Ok(Network { format: FORMAT, ..network })
    }

    /// Checks what is said besides genesis and rules.
    pub fn check(&self) -> Result<(), NetworkFault> {
        if let Some(name) = self.name.as_ref().filter(|name| !is_name(name)) {
            return Err(NetworkFault::Name(name.chars().take(NAME_LEN_MAX).collect()));
        }
        if self.bootnodes.len() > BOOTNODES_MAX {
            return Err(NetworkFault::TooManyBootnodes(self.bootnodes.len()));
        }
        for text in &self.bootnodes {
            let parsed: Result<Endpoint, EndpointError> = text.parse();
            if let Err(error) = parsed {
                let text = text.chars().take(100).collect();
                return Err(NetworkFault::Bootnode { text, error });
            }
        }
        if let Some(Checkpoints { signers, threshold }) = &self.checkpoints {
            let mut different = signers.clone();
            different.sort();
            different.dedup();
            let (count, threshold) = (signers.len(), *threshold);
            let can_be_met = (1..=count).contains(&usize::from(threshold));
            if different.len() != count || count > SIGNERS_MAX || !can_be_met {
                return Err(NetworkFault::Checkpoints { threshold, signers: count });
            }
        }
        match &self.faucet {
            Some(url) if !is_http(url) => {
                Err(NetworkFault::Faucet(url.chars().take(100).collect()))
            }
            _ => Ok(()),
        }
    }

    /// The file's text.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("networks print as JSON")
    }

    /// Whether it is the development network, whose keys everybody knows.
    pub fn is_devnet(&self) -> bool {
        self.development
            && GenesisConfig::from_json(self.genesis.get().as_bytes())
                .is_ok_and(|config| config.spork_address == devnet::key(0).address())
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
        let most = u64::try_from(FILE_BYTES_MAX).expect("256 MiB fits") + 1;
        let mut text = Vec::new();
        match file.take(most).read_to_end(&mut text) {
            Ok(_) => {}
            Err(source) => return Err(NetworkError::Io { path, source }),
        }
        match Network::parse(&text) {
            Ok(network) => Ok(Some(network)),
            Err(fault) => Err(NetworkError::Malformed { path, fault }),
        }
    }

    /// Lets a data folder remember this network. The file is there whole or not at all.
    pub fn save(&self, data_dir: &Path) -> Result<(), NetworkError> {
        let path = data_dir.join(FILE_NAME);
        let text = self.to_json();
        let write = || -> io::Result<()> {
            fs::create_dir_all(data_dir)?;
            let draft = data_dir.join(format!(".{FILE_NAME}.new"));
            let mut file = File::create(&draft)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            fs::rename(&draft, &path)?;
            File::open(data_dir)?.sync_all()
        };
        write().map_err(|source| NetworkError::Io { path: path.clone(), source })
    }
}

/// Whether a text is the URL of a web server.
fn is_http(url: &str) -> bool {
    let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    url.len() <= URL_LEN_MAX
        && rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
        && url.chars().all(|letter| letter.is_ascii_graphic())
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
        assert!(reason().contains("is no network file: EOF"), "{}", reason());
        write(r#"{"format":3,"blockTime":1,"development":true,"genesis":{}}"#);
        assert!(reason().contains("its format is 3, known are 1 to 2"), "{}", reason());
        write(r#"{"format":1,"blockTime":0,"development":true,"genesis":{}}"#);
        let network = Network::load(folder.path()).unwrap().unwrap();
        assert!(network.build().is_err());
    }

    const PEER: &str =
        "/ip4/127.0.0.1/tcp/1/p2p/16Uiu2HAmRe2RazMPxYEV1A8Vs7LbVfNVMqBdiw7zgSkBLB3E2vQv";

    #[test]
    fn a_file_says_how_nodes_find_each_other() {
        let mut network = Network::devnet(7, 1);
        network.name = Some("test.net-1".to_owned());
        network.transport = Transport::Libp2p;
        network.bootnodes = vec![PEER.to_owned()];
        network.min_peers = Some(2);
        let signers = vec![devnet::key(0).address(), devnet::key(1).address()];
        network.checkpoints = Some(Checkpoints { signers, threshold: 2 });
        network.faucet = Some("http://127.0.0.1:8080".to_owned());
        let text = network.to_json();
        let again = Network::parse(text.as_bytes()).unwrap();
        assert_eq!(again.to_json(), text);
        assert_eq!(again.checkpoints, network.checkpoints);
        assert!(again.is_devnet());
    }

    #[test]
    fn what_older_programs_wrote_is_read() {
        let text =
            r#"{"format":1,"blockTime":5,"development":false,"rules":null,"genesis":{"a": 1}}"#;
        let network = Network::parse(text.as_bytes()).unwrap();
        assert_eq!((network.block_time, network.transport), (5, Transport::Auto));
        assert_eq!((network.format, network.genesis_json()), (FORMAT, "{\"a\": 1}"));
        assert!(!network.is_devnet());
    }

    #[test]
    fn each_part_of_a_file_is_checked() {
        let refused = |change: &dyn Fn(&mut Network)| {
            let mut network = Network::devnet(7, 1);
            change(&mut network);
            Network::parse(network.to_json().as_bytes()).unwrap_err()
        };
        for name in ["", ".x", "a/b", "a b", &"a".repeat(65)] {
            let fault = refused(&|network| network.name = Some(name.to_owned()));
            assert!(matches!(fault, NetworkFault::Name(_)), "{name}: {fault}");
        }
        let fault = refused(&|network| network.bootnodes = vec![PEER.to_owned(); 65]);
        assert_eq!(fault, NetworkFault::TooManyBootnodes(65));
        let fault = refused(&|network| network.bootnodes = vec!["1.2.3.4".to_owned()]);
        assert!(fault.to_string().starts_with("bootnode \"1.2.3.4\": it begins"), "{fault}");
        let address = devnet::key(0).address();
        for (count, threshold) in [(0, 0), (1, 0), (1, 2), (2, 1)] {
            // Two equal signers are one.
            let checkpoints = Checkpoints { signers: vec![address; count], threshold };
            let fault = refused(&|network| network.checkpoints = Some(checkpoints.clone()));
            assert_eq!(fault, NetworkFault::Checkpoints { threshold, signers: count });
        }
        for url in ["", "ftp://a", "http://", "https:///x", "http://a b"] {
            let fault = refused(&|network| network.faucet = Some(url.to_owned()));
            assert!(matches!(fault, NetworkFault::Faucet(_)), "{url}: {fault}");
        }
        let unknown = Network::devnet(7, 1).to_json().replacen('{', "{\"x\": 1,", 1);
        assert!(matches!(Network::parse(unknown.as_bytes()), Err(NetworkFault::Json(_))));
    }
}
