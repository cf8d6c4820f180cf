//! From genesis to the newest momentum: ours from ours over both transports, ours from the peer, the peer
//! from ours, the peer from the peer. One node serves, one follows, nothing else runs.

use super::chain::{self, Chain};
use super::nodes::{self, Carrier, Pace, Place, Running, follow};
use super::{Options, median};
use crate::server::ask;
use crate::table::{Goal, Table};
use anyhow::{Context as _, Result};
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

/// How long a node may take to count what it has sent.
const COUNT_TIME: Duration = Duration::from_millis(1_200);

/// What several runs of one pairing gave.
struct Runs {
    paces: Vec<Pace>,
    /// Bytes that the follower got, where the serving node counts them.
    bytes: Vec<f64>,
}

impl Runs {
    /// What counts in the chain, in a second.
    fn rate(&self, chain: &Chain) -> f64 {
        let rate = |pace: &Pace| chain.amount() as f64 / pace.moving.as_secs_f64();
        median(self.paces.iter().map(rate).collect())
    }

    fn seconds(&self) -> f64 {
        median(self.paces.iter().map(|pace| pace.whole.as_secs_f64()).collect())
    }

    fn bytes(&self, chain: &Chain) -> Option<f64> {
        let each = |bytes: &f64| bytes / chain.amount() as f64;
        (!self.bytes.is_empty()).then(|| median(self.bytes.iter().map(each).collect()))
    }
}

/// Measures all pairings on one chain.
pub fn measure(options: &Options, chain: &Chain, dir: &Path, table: &mut Table) -> Result<()> {
    let mut figures = Vec::new();
    let mut serving = Vec::new();
    for carrier in [Carrier::Libp2p, Carrier::Legacy] {
        let home = dir.join(format!("serve-{carrier:?}"));
        chain::copy(&chain.data, &home)?;
        let server =
            nodes::ours(&options.uz, Place::new(&home, carrier)?, &chain.network, &[], &[])?;
        let runs = several(options, chain, dir, carrier, &server, None)?;
        figures.push((carrier, runs));
        serving.push(server);
    }
    let of_legacy = serving.pop().context("both transports were measured")?;
    drop(serving);
    let peer = match &options.peer {
        Some(command) => Some(with_peer(options, chain, dir, command, of_legacy)?),
        None => None,
    };
    let theirs = peer.as_ref().map(|peer| peer.from_peer.rate(chain));
    for (carrier, runs) in &figures {
        let name = format!("sync from genesis, {}{}", carrier.name(), chain.name);
        table.add(name, chain.unit, runs.rate(chain), theirs, Goal::TimesPeer(10.0));
    }
    if let Some(peer) = &peer {
        let name = format!("sync of uz from the peer{}", chain.name);
        table.add(name, chain.unit, peer.ours.rate(chain), theirs, Goal::TimesPeer(10.0));
        let name = format!("sync of the peer from uz{}", chain.name);
        table.add(name, chain.unit, peer.from_ours.rate(chain), theirs, Goal::None);
    }
    for (carrier, runs) in &figures {
        let name = format!("start to newest momentum, {}{}", carrier.name(), chain.name);
        let theirs = peer.as_ref().map(|peer| peer.from_peer.seconds());
        table.add(name, "s", runs.seconds(), theirs, Goal::NoneLess);
    }
    let (_, legacy) = figures.last().context("both transports were measured")?;
    if let Some(ours) = legacy.bytes(chain) {
        let unit = if chain.unit == "blocks/s" { "bytes/block" } else { "bytes/momentum" };
        let theirs = peer.as_ref().and_then(|peer| peer.from_ours.bytes(chain));
        table.add(format!("sent to who syncs{}", chain.name), unit, ours, theirs, Goal::NoneLess);
    }
    Ok(())
}

struct WithPeer {
    /// The peer follows `uz`.
    from_ours: Runs,
    /// `uz` follows the peer.
    ours: Runs,
    /// The peer follows the peer.
    from_peer: Runs,
}

/// The peer gets the chain from ours at first, and serves it then.
fn with_peer(
    options: &Options,
    chain: &Chain,
    dir: &Path,
    command: &str,
    server: Running,
) -> Result<WithPeer> {
    let from_ours = several(options, chain, dir, Carrier::Legacy, &server, Some(command))?;
    let place = Place::new(&dir.join("serve-peer"), Carrier::Legacy)?;
    let peer = nodes::theirs(command, place, &chain.network, &[&server.endpoint])?;
    follow(&peer, chain.size.momentums)?;
    drop(server);
    let ours = several(options, chain, dir, Carrier::Legacy, &peer, None)?;
    let from_peer = several(options, chain, dir, Carrier::Legacy, &peer, Some(command))?;
    Ok(WithPeer { from_ours, ours, from_peer })
}

/// Lets new nodes follow `server`, one after the other; nodes of the peer if its command is given.
fn several(
    options: &Options,
    chain: &Chain,
    dir: &Path,
    carrier: Carrier,
    server: &Running,
    command: Option<&str>,
) -> Result<Runs> {
    let mut runs = Runs { paces: Vec::new(), bytes: Vec::new() };
    for number in 0..options.runs {
        let home = dir.join(format!("follow-{number}"));
        let place = Place::new(&home, carrier)?;
        let bootnodes = [&server.endpoint];
        let node = match command {
            Some(command) => nodes::theirs(command, place, &chain.network, &bootnodes)?,
            None => nodes::ours(&options.uz, place, &chain.network, &bootnodes, &[])?,
        };
        let pace = follow(&node, chain.size.momentums)?;
        let whose = if command.is_some() { "the peer" } else { "uz" };
        eprintln!(
            "{whose} from {}, {}: {:.2} s, of them {:.2} s in motion",
            server.host,
            carrier.name(),
            pace.whole.as_secs_f64(),
            pace.moving.as_secs_f64()
        );
        runs.paces.push(pace);
        runs.bytes.extend(sent_to(server, &node));
        drop(node);
        std::fs::remove_dir_all(&home)?;
    }
    Ok(runs)
}

/// Bytes that `server` has sent to `node`, if it counts them.
fn sent_to(server: &Running, node: &Running) -> Option<f64> {
    sleep(COUNT_TIME);
    let peers = ask(&server.host, "network.peers", "[]").ok()?;
    let id = node.endpoint.id();
    let names = [id.to_string(), id.peer_id().map(|peer| peer.to_string()).unwrap_or_default()];
    let list = peers["list"].as_array()?;
    let entry = list
        .iter()
        .find(|peer| peer["id"].as_str().is_some_and(|id| names.iter().any(|name| name == id)))?;
    entry["bytesOut"].as_f64()
}
