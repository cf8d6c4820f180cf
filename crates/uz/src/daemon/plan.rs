//! From settings to what the node is to be: network, data folder, keys, addresses.

use super::peers;
use crate::context::Context;
use crate::outcome::{Code, Failure};
use crate::settings::{Origin, Settings};
use crate::{files, folders, keys, networks, time};
use node::admin::Token;
use node::config::{Config, Peers, Production, Rpc, Tls};
use node::devnet;
use node::network::{Network, NetworkError, Transport};
use node::signer::Signer;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use wallet::{KeyFile, KeyPair};

/// Ports between two of several nodes.
const PORTS_APART: u32 = 10;

/// What a node is to be.
pub struct Plan {
    /// Everything that the node is told.
    pub config: Config,
    /// The keys with which it makes momentums.
    pub producers: Vec<Box<dyn Signer>>,
    /// Whether the network is ours: the built-in development network.
    pub is_devnet: bool,
    /// Seconds in a slot.
    pub block_time: u64,
}

/// The plan of `uz up`.
pub fn up(context: &Context, fresh: bool) -> Result<Plan, Failure> {
    let settings = &context.settings;
    let data_dir = settings.path("data-dir").expect("it has a default");
    if fresh {
        clear(&data_dir)?;
    }
    let known = Network::load(&data_dir).map_err(of_network)?;
    let network = match (known, settings.path("genesis")) {
        (Some(network), genesis) => {
            agree(settings, &network, &data_dir, genesis.as_deref())?;
            network
        }
        (None, Some(genesis)) => named(settings, &genesis)?,
        (None, None) => {
            let block_time = block_time(settings, 1);
            // One slot ago: the second momentum is due at once.
            Network::devnet(time::now().saturating_sub(block_time), block_time)
        }
    };
    let is_devnet = network.is_devnet();
    let mut producers = producers(context)?;
    if producers.is_empty() && is_devnet {
        producers.push(Box::new(devnet::key(devnet::PILLAR_INDEX)));
    }
    plan(context, data_dir, network, producers, true, None)
}

/// A network of several nodes on this machine.
pub struct Several {
    /// Its folder.
    pub folder: PathBuf,
    /// The network; its bootnodes are known once the nodes listen.
    pub network: Network,
    /// The nodes, whose bootnodes are those that stand before them.
    pub nodes: Vec<Plan>,
}

/// The plan of `uz up --pillars N`.
pub fn several(context: &Context, fresh: bool, pillars: u32) -> Result<Several, Failure> {
    let settings = &context.settings;
    if settings.is_on("on-demand") || settings.path("genesis").is_some() {
        return Err(Failure::usage("--pillars goes neither with --on-demand nor with --genesis"));
    }
    let given = settings.get("data-dir").filter(|value| value.origin != Origin::Default);
    let folder = match given {
        Some(value) => PathBuf::from(&value.text),
        None => folders::data().join(format!("devnet-{pillars}")),
    };
    if fresh {
        clear(&folder)?;
    }
    let network = match Network::load(&folder).map_err(of_network)? {
        Some(network) => {
            agree(settings, &network, &folder, None)?;
            if !folder.join(node_folder(pillars - 1)).is_dir()
                || folder.join(node_folder(pillars)).exists()
            {
                let text = format!("{} has another number of pillars", folder.display());
                return Err(Failure::usage(text)
                    .fix("start over with --fresh, or choose another folder with --data-dir"));
            }
            network
        }
        None => {
            let block_time = block_time(settings, 1);
            let mut network = Network::devnet_of(time::now(), block_time, pillars);
            network.name = Some(format!("devnet-{pillars}"));
            network.transport = Transport::Libp2p;
            network.min_peers = Some(1);
            network
        }
    };
    let nodes = (0..pillars).map(|index| node_of(context, &network, &folder, index));
    let nodes = nodes.collect::<Result<Vec<_>, Failure>>()?;
    // Last: what is there before belongs to no network yet, and is made again.
    network.save(&folder).map_err(of_network)?;
    Ok(Several { folder, network, nodes })
}

/// Name of a node's folder, counted from 0.
fn node_folder(index: u32) -> String {
    format!("pillar-{}", index + 1)
}

/// The plan of one of several nodes, counted from 0.
fn node_of(
    context: &Context,
    network: &Network,
    folder: &Path,
    index: u32,
) -> Result<Plan, Failure> {
    let key = devnet::key(devnet::PILLAR_INDEX + index);
    let producers: Vec<Box<dyn Signer>> = vec![Box::new(key)];
    let mut plan =
        plan(context, folder.join(node_folder(index)), network.clone(), producers, true, None)?;
    let config = &mut plan.config;
    (config.dev, config.alone) = (false, false);
    config.name = format!("{} {}", config.name, node_folder(index));
    for address in [&mut config.rpc.http, &mut config.rpc.ws].into_iter().flatten() {
        // Port 0 is a free one for each.
        let above = u16::try_from(index * PORTS_APART).unwrap_or(u16::MAX);
        let port = match address.port() {
            0 => 0,
            port => port.checked_add(above).ok_or_else(|| {
                Failure::usage("there are not enough ports above rpc.addr and rpc.ws-addr")
            })?,
        };
        address.set_port(port);
    }
    config.peers = Some(Peers {
        listen: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
        min_peers: 1,
        transport: network.transport.into(),
        ..Peers::default()
    });
    Ok(plan)
}

/// The plan of `uz node`.
pub fn node(context: &Context, dev: bool) -> Result<Plan, Failure> {
    let settings = &context.settings;
    let data_dir = settings.path("data-dir").expect("it has a default");
    let known = Network::load(&data_dir).map_err(of_network)?;
    let joined = settings.text("network").map(networks::open).transpose()?;
    let network = match (known, joined, settings.path("genesis")) {
        (_, Some(_), Some(_)) => {
            return Err(Failure::usage("--network and --genesis can't both be given"));
        }
        (Some(known), Some(joined), None) => {
            same(&known, &joined, &data_dir, settings.text("network").unwrap_or_default())?;
            agree(settings, &joined, &data_dir, None)?;
            // Its bootnodes may be newer.
            joined
        }
        (Some(network), None, genesis) => {
            agree(settings, &network, &data_dir, genesis.as_deref())?;
            network
        }
        (None, Some(joined), None) => joined,
        (None, None, Some(genesis)) => named(settings, &genesis)?,
        (None, None, None) => {
            let text =
                format!("{} holds no chain yet, and no network is named", data_dir.display());
            let fix = "join one with --network FILE or --genesis FILE, make one with: uz network new, \
                       or start a local one with: uz up";
            return Err(Failure::usage(text).fix(fix));
        }
    };
    let producers = producers(context)?;
    let guards = folders::state().join("producers");
    plan(context, data_dir, network, producers, dev, Some(guards))
}

fn plan(
    context: &Context,
    data_dir: PathBuf,
    network: Network,
    producers: Vec<Box<dyn Signer>>,
    dev: bool,
    producer_dir: Option<PathBuf>,
) -> Result<Plan, Failure> {
    let settings = &context.settings;
    let genesis = network.build().map_err(of_network)?;
    network.save(&data_dir).map_err(of_network)?;
    let production = match settings.is_on("on-demand") {
        true => Production::OnDemand,
        false => Production::Slots,
    };
    let rpc = rpc(settings, &data_dir)?;
    let config = Config {
        data_dir,
        genesis,
        production,
        dev,
        alone: dev,
        producer_dir,
        name: settings.text("name").unwrap_or_default().to_owned(),
        rpc,
        peers: match dev {
            // Time travel and snapshots are nothing that others could follow.
            true => None,
            false => peers::peers(context, &network)?,
        },
    };
    let (is_devnet, block_time) = (network.is_devnet(), network.block_time);
    Ok(Plan { config, producers, is_devnet, block_time })
}

/// Where JSON-RPC answers.
fn rpc(settings: &Settings, data_dir: &Path) -> Result<Rpc, Failure> {
    let tls = match (settings.path("rpc.tls-cert"), settings.path("rpc.tls-key")) {
        (Some(certificate), Some(key)) => Some(Tls { certificate, key }),
        (None, None) => None,
        (Some(_), None) => {
            return Err(Failure::usage("rpc.tls-cert is set and rpc.tls-key is not"));
        }
        (None, Some(_)) => {
            return Err(Failure::usage("rpc.tls-key is set and rpc.tls-cert is not"));
        }
    };
    Ok(Rpc {
        http: settings.socket("rpc.addr"),
        ws: settings.socket("rpc.ws-addr"),
        tls,
        hosts: settings.list("rpc.hosts"),
        origins: settings.list("rpc.origins"),
        namespaces: settings.list("rpc.namespaces"),
        admin: Some(token(data_dir)?),
        explorer: settings.text("rpc.explorer") == Some("on"),
    })
}

/// The administrator's token of a data folder.
fn token(data_dir: &Path) -> Result<Token, Failure> {
    Token::load_or_create(data_dir).map_err(|error| Failure::new(Code::Io, error.to_string()))
}

/// The network of a genesis file.
fn named(settings: &Settings, genesis: &Path) -> Result<Network, Failure> {
    let text = files::read_packed(genesis)?;
    let block_time = block_time(settings, ledger::rules::BLOCK_TIME_ORIGINAL);
    let mut network =
        Network::of_genesis(&text, block_time).map_err(|error| of_genesis(genesis, error))?;
    if let Some(path) = settings.path("rules") {
        let text = files::read_packed(&path)?;
        let rules = serde_json::from_slice(&text).map_err(|error| {
            Failure::usage(format!("the rules {} are no JSON", path.display())).because(error)
        })?;
        network.rules = Some(rules);
    }
    Ok(network)
}

/// The block time that was asked for; `default` if nobody did.
fn block_time(settings: &Settings, default: u64) -> u64 {
    asked_block_time(settings).unwrap_or(default)
}

fn asked_block_time(settings: &Settings) -> Option<u64> {
    let value = settings.get("block-time")?;
    (value.origin != Origin::Default).then(|| settings.number("block-time")).flatten()
}

/// A folder's network must be the one that is asked for.
fn agree(
    settings: &Settings,
    network: &Network,
    data_dir: &Path,
    genesis: Option<&Path>,
) -> Result<(), Failure> {
    let fix = "start over with --fresh, or choose another folder with --data-dir";
    if let Some(asked) = asked_block_time(settings)
        && asked != network.block_time
    {
        let text = format!(
            "the chain in {} has a block time of {} s, asked for is {asked} s",
            data_dir.display(),
            network.block_time
        );
        return Err(Failure::usage(text).fix(fix));
    }
    if let Some(path) = genesis {
        let asked = named(settings, path)?;
        let same = asked.build().map_err(of_network)?.momentum.hash
            == network.build().map_err(of_network)?.momentum.hash;
        if !same {
            let text = format!(
                "the chain in {} is of another network than {}",
                data_dir.display(),
                path.display()
            );
            return Err(Failure::usage(text).fix(fix));
        }
    }
    Ok(())
}

/// The network that a folder remembers must be the one that is joined, by the same rules.
fn same(known: &Network, joined: &Network, data_dir: &Path, named: &str) -> Result<(), Failure> {
    let hash = |network: &Network| {
        network.build().map(|genesis| genesis.momentum.hash).map_err(of_network)
    };
    let rules =
        |network: &Network| (network.block_time, network.development, network.rules.clone());
    if hash(known)? == hash(joined)? && rules(known) == rules(joined) {
        return Ok(());
    }
    let text = format!("the chain in {} is of another network than {named}", data_dir.display());
    Err(Failure::usage(text).fix("choose another folder with --data-dir"))
}

/// Throws a chain away: only a folder that holds one, or nothing.
fn clear(data_dir: &Path) -> Result<(), Failure> {
    let failure = |error: std::io::Error| Failure::io("clear", data_dir, error);
    let mut entries = match fs::read_dir(data_dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failure(error)),
    };
    if entries.next().is_none() {
        return Ok(());
    }
    if !data_dir.join(node::network::FILE_NAME).is_file() {
        let text = format!("{} holds no chain, so it is not thrown away", data_dir.display());
        return Err(Failure::usage(text).fix("choose another folder with --data-dir"));
    }
    fs::remove_dir_all(data_dir).map_err(failure)
}

/// The pillar's key, if one is named.
fn producers(context: &Context) -> Result<Vec<Box<dyn Signer>>, Failure> {
    let settings = &context.settings;
    let Some(path) = settings.path("producer.key-file") else { return Ok(Vec::new()) };
    let index = settings.number("producer.index").unwrap_or(0);
    let index = u32::try_from(index).expect("the table says at most 127");
    Ok(vec![Box::new(producer(context, &path, index)?)])
}

fn producer(context: &Context, path: &Path, index: u32) -> Result<KeyPair, Failure> {
    // A bare name is looked for among the key files.
    let (path, file) = if path.exists() || path.components().count() > 1 {
        (path.to_owned(), KeyFile::read(path).map_err(keys::of_key_file)?)
    } else {
        let name = path.to_string_lossy();
        keys::folder(context).find(&name).map_err(keys::of_folder)?
    };
    let settings = &context.settings;
    let password = match settings.path("producer.password-file") {
        Some(path) => keys::password_in(&path)?,
        None => match settings.text("producer.password") {
            Some(password) => wallet::Secret::new(password.to_owned()),
            None => keys::password(context, &format!("Password of {}: ", path.display()))?,
        },
    };
    let opened = file.decrypt(password.expose()).map_err(keys::of_key_file)?;
    opened.store.key(index).map_err(|error| Failure::usage(error.to_string()))
}

/// A network's failure as a command's.
pub fn of_network(error: NetworkError) -> Failure {
    match error {
        NetworkError::Io { .. } => Failure::new(Code::Io, error.to_string()),
        NetworkError::Genesis(error) => Failure::usage("the genesis is refused").because(error),
        other => Failure::usage(other.to_string()),
    }
}

/// A genesis file's failure as a command's.
pub fn of_genesis(path: &Path, error: ledger::genesis::GenesisError) -> Failure {
    Failure::usage(format!("the genesis file {} is refused", path.display())).because(error)
}
