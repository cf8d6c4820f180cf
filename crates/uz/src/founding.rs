//! A network from nothing: keys, genesis, network file, a folder for each pillar's node.
//!
//! ```text
//! DIR/network.json                   all that whoever joins needs
//! DIR/pillar-1/                      data folder of the first pillar's node
//!     config.toml                    uz node --config DIR/pillar-1/config.toml
//!     network-private-key            whom peers know it as
//!     producer, owner, password      the key that makes momentums; the owner's; their password
//! DIR/sentry-1/                      data folder of its sentry's node, if it has one
//! DIR/keys/                          spork, treasury, faucet, password
//! ```
//!
//! Nothing is there until all of it is: the folder is written under another name first.

use crate::outcome::{Code, Failure};
use node::config::Peers;
use node::network::{Checkpoints, Network, SIGNERS_MAX, Transport};
use node::testnet::{Pillar, Testnet};
use node::wire::Endpoint;
use node::wire::identity::Identity;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use wallet::{KeyFile, KeyFolder, KeyStore, Secret};

/// Ports between two pillars of one host.
const PORTS_APART: u16 = 10;
/// From a node's port for peers to that of JSON-RPC by HTTP, and by WebSocket.
const RPC_ABOVE: (u16, u16) = (2, 3);
/// The same of a pillar behind a sentry, which has the ports above.
const RPC_BEHIND: (u16, u16) = (6, 7);
/// From the first pillar's port down to the faucet's.
const FAUCET_BELOW: u16 = 5;
/// Name of the file with a password.
pub const PASSWORD_FILE: &str = "password";

/// What is wanted.
pub struct Wish {
    /// The folder.
    pub folder: PathBuf,
    /// Name of the network.
    pub name: String,
    /// How many pillars.
    pub pillars: u16,
    /// Seconds in a slot.
    pub block_time: u64,
    /// Number that names the network.
    pub chain_identifier: u64,
    /// When it begins.
    pub timestamp: u64,
    /// Whether an account is funded that gives coins away, and where it will answer if that is known.
    pub faucet: Option<Option<String>>,
    /// Where others reach the pillars: one for all, or one for each.
    pub hosts: Vec<Host>,
    /// Port of the first pillar of each host.
    pub port: u16,
    /// Whether znnd takes part.
    pub znnd: bool,
    /// Whether each pillar stands behind a sentry, which alone is reached by others.
    pub sentries: bool,
    /// The password of all key files; without it each folder gets one of its own.
    pub password: Option<Secret<String>>,
}

/// Where a pillar is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Host {
    /// Its address.
    pub ip: IpAddr,
    /// Its port, if it is not to follow from the others.
    pub port: Option<u16>,
}

impl std::str::FromStr for Host {
    type Err = String;

    fn from_str(text: &str) -> Result<Host, String> {
        let whole = text.parse().map(|ip| Host { ip, port: None });
        let with_port = || {
            let address: SocketAddr = text.parse().ok()?;
            Some(Host { ip: address.ip(), port: Some(address.port()) })
        };
        whole.ok().or_else(with_port).ok_or_else(|| format!("\"{text}\" is no IP or IP:PORT"))
    }
}

/// A node that was made.
#[derive(Clone, Debug)]
pub struct Seat {
    /// Its data folder.
    pub folder: PathBuf,
    /// Where others reach it, if they do.
    pub address: Option<SocketAddr>,
    /// Where JSON-RPC will answer.
    pub rpc: SocketAddr,
    /// Where WebSocket will.
    pub ws: SocketAddr,
}

/// What was made.
pub struct Founded {
    /// The network.
    pub network: Network,
    /// The pillars' nodes, and behind them their sentries' if there are any.
    pub seats: Vec<Seat>,
}

/// Where the nodes will be: the pillars', then their sentries' if there are any.
pub fn seats(wish: &Wish) -> Result<Vec<Seat>, Failure> {
    let count = usize::from(wish.pillars);
    let hosts: Vec<Host> = match wish.hosts.as_slice() {
        [one] => vec![*one; count],
        several if several.len() == count => several.to_vec(),
        several => {
            let text = format!("there are {count} pillars and {} hosts", several.len());
            return Err(Failure::usage(text).fix("give --host once for all, or once for each"));
        }
    };
    let (mut seats, mut sentries) = (Vec::new(), Vec::new());
    for (index, host) in hosts.iter().enumerate() {
        let before = hosts[..index].iter().filter(|other| other.ip == host.ip).count();
        let port = u16::try_from(before)
            .ok()
            .and_then(|before| before.checked_mul(PORTS_APART))
            .and_then(|above| wish.port.checked_add(above))
            .filter(|port| port.checked_add(PORTS_APART).is_some())
            .ok_or_else(|| Failure::usage("there are not enough ports above --port"))?;
        let local = |above| SocketAddr::from((Ipv4Addr::LOCALHOST, port + above));
        let seat = |name: &str, address, (http, ws)| Seat {
            folder: wish.folder.join(format!("{name}-{}", index + 1)),
            address,
            rpc: local(http),
            ws: local(ws),
        };
        let address = Some(SocketAddr::new(host.ip, host.port.unwrap_or(port)));
        if wish.sentries {
            seats.push(seat("pillar", None, RPC_BEHIND));
            sentries.push(seat("sentry", address, RPC_ABOVE));
        } else {
            seats.push(seat("pillar", address, RPC_ABOVE));
        }
    }
    seats.extend(sentries);
    Ok(seats)
}

/// Makes the network, and writes it.
pub fn found(wish: &Wish) -> Result<Founded, Failure> {
    let seats = seats(wish)?;
    let folder = &wish.folder;
    let failure = |error: io::Error| Failure::io("write", folder, error);
    if fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) || folder.is_file() {
        let text = format!("{} is not empty", folder.display());
        return Err(Failure::usage(text).fix("give a folder that is not there, or an empty one"));
    }
    let name = folder.file_name().ok_or_else(|| Failure::usage("-o is no folder's name"))?;
    let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty());
    let parent = parent.unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(failure)?;
    let draft = tempfile_in(parent, &name.to_string_lossy()).map_err(failure)?;
    let made = write(wish, &seats, &draft);
    match made {
        Ok(network) => {
            // An empty folder may be in the way; one that is not is not removed.
            let _ = fs::remove_dir(folder);
            fs::rename(&draft, folder).map_err(failure)?;
            Ok(Founded { network, seats })
        }
        Err(failed) => {
            let _ = fs::remove_dir_all(&draft);
            Err(failed)
        }
    }
}

/// A new folder beside the one that is to be.
fn tempfile_in(parent: &Path, name: &str) -> io::Result<PathBuf> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(|_| io::Error::other("no randomness"))?;
    let path = parent.join(format!(".{name}.{}", hex::encode(bytes)));
    private_folder(&path)?;
    Ok(path)
}

fn private_folder(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new().mode(0o700).create(path)
}

/// A node whose folder and key are there.
struct Placed<'a> {
    seat: &'a Seat,
    folder: PathBuf,
    identity: Identity,
}

impl Placed<'_> {
    /// Where others reach it.
    fn endpoint(&self, wish: &Wish) -> Option<Endpoint> {
        let (id, address) = (self.identity.id(), self.seat.address?);
        match wish.znnd {
            true => Some(Endpoint::of_legacy(id, address)),
            false => Endpoint::of_libp2p(id, address),
        }
    }
}

fn place<'a>(seat: &'a Seat, draft: &Path) -> Result<Placed<'a>, Failure> {
    let folder = draft.join(seat.folder.file_name().unwrap_or_default());
    private_folder(&folder).map_err(|error| Failure::io("write", &folder, error))?;
    let identity = Identity::generate();
    identity.save(&folder).map_err(|error| Failure::new(Code::Io, error.to_string()))?;
    Ok(Placed { seat, folder, identity })
}

fn write(wish: &Wish, seats: &[Seat], draft: &Path) -> Result<Network, Failure> {
    let placed = seats.iter().map(|seat| place(seat, draft)).collect::<Result<Vec<_>, _>>()?;
    let mut bootnodes: Vec<String> = placed
        .iter()
        .filter_map(|node| node.endpoint(wish))
        .map(|endpoint| endpoint.to_string())
        .collect();
    let (nodes, sentries) = placed.split_at(usize::from(wish.pillars));
    let mut pillars = Vec::new();
    for (index, node) in nodes.iter().enumerate() {
        let keys = keys(&node.folder, &["producer", "owner"], wish.password.as_ref())?;
        let [producer, owner] = keys[..] else { unreachable!("two were asked for") };
        let name = format!("pillar-{}", index + 1);
        pillars.push(Pillar { name, producer, owner });
    }
    let mut names = vec!["spork", "treasury"];
    names.extend(wish.faucet.as_ref().map(|_| "faucet"));
    let keys_folder = draft.join("keys");
    private_folder(&keys_folder).map_err(|error| Failure::io("write", &keys_folder, error))?;
    let keys = keys(&keys_folder, &names, wish.password.as_ref())?;
    let producers: Vec<_> = pillars.iter().map(|pillar| pillar.producer).collect();
    let testnet = Testnet {
        name: wish.name.clone(),
        chain_identifier: wish.chain_identifier,
        timestamp: wish.timestamp,
        pillars,
        spork: keys[0],
        treasury: keys[1],
        faucet: keys.get(2).copied(),
    };
    let config = testnet.genesis_config();
    let mut network = Network::of_genesis(config.to_string().as_bytes(), wish.block_time)
        .map_err(|error| Failure::new(Code::Failed, "the genesis is refused").because(error))?;
    network.name = Some(wish.name.clone());
    network.development = !wish.znnd;
    network.transport = if wish.znnd { Transport::Legacy } else { Transport::Libp2p };
    bootnodes.truncate(node::network::BOOTNODES_MAX);
    network.bootnodes = bootnodes;
    // A lone pillar has nobody to wait for.
    let usual = u16::try_from(Peers::MIN_PEERS).expect("a small number");
    network.min_peers = Some((wish.pillars - 1).min(usual));
    let signers: Vec<_> = producers.into_iter().take(SIGNERS_MAX).collect();
    let threshold = u16::try_from(signers.len() * 2 / 3 + 1).expect("there are few signers");
    network.checkpoints = Some(Checkpoints { signers, threshold });
    network.faucet = wish.faucet.clone().map(|url| {
        url.unwrap_or_else(|| {
            let ip = wish.hosts.first().map_or(Ipv4Addr::LOCALHOST.into(), |host| host.ip);
            format!("http://{}", SocketAddr::new(ip, wish.port - FAUCET_BELOW))
        })
    });
    network.check().map_err(|fault| Failure::usage(fault.to_string()))?;
    network.build().map_err(crate::daemon::plan::of_network)?;
    for (index, node) in nodes.iter().enumerate() {
        network.save(&node.folder).map_err(crate::daemon::plan::of_network)?;
        let sentry = sentries.get(index).and_then(|sentry| sentry.endpoint(wish));
        let text = configuration(wish, node.seat, &pillar_part(wish, sentry.as_ref()));
        public(&node.folder.join("config.toml"), &text)?;
    }
    for (sentry, pillar) in sentries.iter().zip(nodes) {
        network.save(&sentry.folder).map_err(crate::daemon::plan::of_network)?;
        let text = configuration(wish, sentry.seat, &sentry_part(&pillar.identity));
        public(&sentry.folder.join("config.toml"), &text)?;
    }
    public(&draft.join(node::network::FILE_NAME), &network.to_json())?;
    if wish.znnd {
        let genesis = serde_json::to_string_pretty(&config).expect("JSON prints");
        public(&draft.join("genesis.json"), &genesis)?;
    }
    Ok(network)
}

/// Makes key files, and a file with their password if it is not given; gives the addresses.
fn keys(
    folder: &Path,
    names: &[&str],
    password: Option<&Secret<String>>,
) -> Result<Vec<ledger::types::Address>, Failure> {
    let own;
    let password = match password {
        Some(password) => password,
        None => {
            own = new_password()?;
            private(&folder.join(PASSWORD_FILE), own.expose())?;
            &own
        }
    };
    let random =
        |error: wallet::secret::NoRandomness| Failure::new(Code::Failed, error.to_string());
    let mut addresses = Vec::new();
    for name in names {
        let store = KeyStore::generate().map_err(random)?;
        let file = KeyFile::encrypt(&store, password.expose()).map_err(crate::keys::of_key_file)?;
        KeyFolder::new(folder).create(Some(name), &file).map_err(crate::keys::of_folder)?;
        addresses.push(store.base_address());
    }
    Ok(addresses)
}

fn new_password() -> Result<Secret<String>, Failure> {
    let mut bytes = [0; 20];
    getrandom::fill(&mut bytes)
        .map_err(|error| Failure::new(Code::Failed, "no randomness").because(error))?;
    Ok(Secret::new(hex::encode(bytes)))
}

/// What a pillar's configuration says besides.
fn pillar_part(wish: &Wish, sentry: Option<&Endpoint>) -> (String, String) {
    let password = match wish.password {
        Some(_) => String::new(),
        None => format!("password-file = \"{PASSWORD_FILE}\"\n"),
    };
    let producer = format!("\n[producer]\nkey-file = \"producer\"\n{password}");
    let behind = sentry.map(|sentry| format!("trusted = [\"{sentry}\"]\nonly-trusted = true\n"));
    (producer, behind.unwrap_or_default())
}

/// What a sentry's configuration says besides.
fn sentry_part(pillar: &Identity) -> (String, String) {
    let id = pillar.keypair().public().to_peer_id();
    (String::new(), format!("trusted = [\"{id}\"]\nprivate = [\"{id}\"]\n"))
}

/// The configuration of a node.
fn configuration(wish: &Wish, seat: &Seat, (producer, peers): &(String, String)) -> String {
    let listen = match seat.address {
        None => "none".to_owned(),
        Some(address) => match address.ip() {
            ip if ip.is_loopback() => address,
            IpAddr::V4(_) => SocketAddr::from((Ipv4Addr::UNSPECIFIED, address.port())),
            IpAddr::V6(_) => SocketAddr::from((Ipv6Addr::UNSPECIFIED, address.port())),
        }
        .to_string(),
    };
    let name = seat.folder.file_name().unwrap_or_default().to_string_lossy();
    let about = match producer.is_empty() {
        true => "A sentry: others reach it, and never learn of the pillar behind it.",
        false => "A pillar. The owner's key need not stay on this machine.",
    };
    format!(
        "# {about}\n\
         # A node of the network {}: uz node --config THIS-FILE\n\
         data-dir = \".\"\n\
         name = \"{name}\"\n\
         {producer}\n\
         [p2p]\n\
         listen = \"{listen}\"\n\
         {peers}\n\
         [rpc]\n\
         addr = \"{}\"\n\
         ws-addr = \"{}\"\n",
        wish.name, seat.rpc, seat.ws
    )
}

fn public(path: &Path, text: &str) -> Result<(), Failure> {
    let written = File::create_new(path).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    written.map_err(|error| Failure::io("write", path, error))
}

fn private(path: &Path, text: &str) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    let written =
        options.write(true).create_new(true).mode(0o600).open(path).and_then(|mut file| {
            writeln!(file, "{text}")?;
            file.sync_all()
        });
    written.map_err(|error| Failure::io("write", path, error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn wish(folder: PathBuf) -> Wish {
        Wish {
            folder,
            name: "test".to_owned(),
            pillars: 2,
            block_time: 1,
            chain_identifier: 4711,
            timestamp: 1_700_000_000,
            faucet: Some(None),
            hosts: vec!["127.0.0.1".parse().unwrap()],
            port: 35_995,
            znnd: false,
            sentries: false,
            password: None,
        }
    }

    #[test]
    fn a_folder_holds_all_that_the_nodes_need() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("net");
        let founded = found(&wish(dir.clone())).unwrap();
        let network = Network::parse(&fs::read(dir.join("network.json")).unwrap()).unwrap();
        assert_eq!(network.to_json(), founded.network.to_json());
        assert_eq!(network.build().unwrap().rules.chain_identifier, 4711);
        assert_eq!(network.faucet.as_deref(), Some("http://127.0.0.1:35990"));
        assert_eq!(network.min_peers, Some(1));
        for (index, seat) in founded.seats.iter().enumerate() {
            let identity = Identity::load(&seat.folder).unwrap().unwrap();
            let bootnode: Endpoint = network.bootnodes[index].parse().unwrap();
            assert_eq!(bootnode.id(), identity.id());
            assert!(Network::load(&seat.folder).unwrap().is_some());
            let password = seat.folder.join(PASSWORD_FILE);
            assert_eq!(fs::metadata(&password).unwrap().permissions().mode() & 0o777, 0o600);
            let password = crate::keys::password_in(&password).unwrap();
            let file = KeyFile::read(&seat.folder.join("producer")).unwrap();
            let key = file.decrypt(password.expose()).unwrap().store.base_address();
            assert_eq!(network.checkpoints.as_ref().unwrap().signers[index], key);
        }
        assert_eq!(founded.seats[1].rpc, "127.0.0.1:36007".parse().unwrap());
        let again = found(&wish(dir)).err().unwrap();
        assert_eq!(again.code, Code::Usage);
    }

    #[test]
    fn hosts_are_one_for_all_or_one_for_each() {
        let mut wish = wish("x".into());
        wish.hosts = vec!["10.0.0.1".parse().unwrap(), "[fd00::2]:7".parse().unwrap()];
        let seats = seats(&wish).unwrap();
        let addresses: Vec<String> =
            seats.iter().filter_map(|seat| Some(seat.address?.to_string())).collect();
        assert_eq!(addresses, ["10.0.0.1:35995", "[fd00::2]:7"]);
        let none = (String::new(), String::new());
        assert!(configuration(&wish, &seats[1], &none).contains("listen = \"[::]:7\""));
        wish.pillars = 3;
        assert!(super::seats(&wish).is_err());
        assert!("example.org".parse::<Host>().is_err());
    }

    #[test]
    fn a_network_for_znnd_has_its_rules_and_transport() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("net");
        let password = Some(Secret::new("secret".to_owned()));
        let wish = Wish { znnd: true, block_time: 10, faucet: None, password, ..wish(dir.clone()) };
        let network = found(&wish).unwrap().network;
        assert!(network.bootnodes[0].starts_with("enode://"));
        assert_eq!((network.transport, network.development), (Transport::Legacy, false));
        let genesis = fs::read(dir.join("genesis.json")).unwrap();
        let plain = Network::of_genesis(&genesis, 10).unwrap().build().unwrap();
        assert_eq!(plain.momentum.hash, network.build().unwrap().momentum.hash);
        assert!(!dir.join("keys").join(PASSWORD_FILE).exists());
        assert!(!dir.join("keys").join("faucet").exists());
    }

    #[test]
    fn only_sentries_are_made_known() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("net");
        let founded = found(&Wish { sentries: true, ..wish(dir.clone()) }).unwrap();
        assert_eq!(founded.seats.len(), 4);
        let id = |name: &str| Identity::load(&dir.join(name)).unwrap().unwrap().id();
        let config = |name: &str| fs::read_to_string(dir.join(name).join("config.toml")).unwrap();
        for (index, bootnode) in founded.network.bootnodes.iter().enumerate() {
            let (pillar, sentry) =
                (format!("pillar-{}", index + 1), format!("sentry-{}", index + 1));
            assert_eq!(bootnode.parse::<Endpoint>().unwrap().id(), id(&sentry));
            let behind = config(&pillar);
            assert!(behind.contains(&format!("trusted = [\"{bootnode}\"]")), "{behind}");
            assert!(behind.contains("only-trusted = true") && behind.contains("listen = \"none\""));
            let known = id(&pillar).peer_id().unwrap().to_string();
            assert!(config(&sentry).contains(&format!("private = [\"{known}\"]")));
            assert!(!founded.network.to_json().contains(&known));
        }
    }
}
