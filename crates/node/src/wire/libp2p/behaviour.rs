//! The swarm: which protocols of libp2p run, and their limits.

use super::gate::Gate;
use super::streams::Streams;
use crate::wire::Circle;
use libp2p::identity::Keypair;
use libp2p::kad::{self, store::MemoryStore, store::MemoryStoreConfig};
use libp2p::relay::{self, client as relay_client};
use libp2p::swarm::NetworkBehaviour;
use libp2p::swarm::behaviour::toggle::Toggle;
use libp2p::{
    StreamProtocol, Swarm, SwarmBuilder, autonat, connection_limits, dcutr, dns, identify, noise,
    ping, tcp, upnp, yamux,
};
use std::num::NonZeroUsize;
use std::time::Duration;

/// The protocol by which nodes find each other.
pub(super) const KAD: StreamProtocol = StreamProtocol::new("/znn/kad/1.0.0");
/// What identify calls the network's protocols; nobody checks it.
const IDENTIFY_VERSION: &str = "znn/1.0.0";
/// Nodes per bucket, and per answer.
const BUCKET: NonZeroUsize = NonZeroUsize::new(16).expect("16 is not 0");
/// Time between two refreshes of the table.
const REFRESH: Duration = Duration::from_secs(60);
/// Time that a connection without any stream stays open.
const IDLE: Duration = Duration::from_secs(60);

/// Streams of one connection, of all protocols; each may hold 256 KiB that we have not read.
const STREAMS_MAX: usize = 64;
/// Inbound streams of one connection that have not said their protocol yet.
const STREAMS_NEGOTIATING_MAX: usize = 16;
/// Connections that are being made, each way.
const CONNECTING_MAX: u32 = 32;
/// Connections that others made.
const CONNECTIONS_IN_MAX: u32 = 128;
/// Connections that we made: peers, and what discovery asks.
const CONNECTIONS_OUT_MAX: u32 = 96;
/// Connections with one peer: both called, one relayed, one punched, a call back to see whether we are
/// reachable.
const CONNECTIONS_PER_PEER_MAX: u32 = 6;

/// Bytes that one relayed connection may carry: enough to follow a chain and to fetch a long one, as the
/// default (128 KiB in 2 minutes) is not. Whoever used it up connects anew.
const CIRCUIT_BYTES_MAX: u64 = 1 << 30;
/// Time that one relayed connection may last.
const CIRCUIT_TIME_MAX: Duration = Duration::from_secs(6 * 60 * 60);
/// Relayed connections in all; a pair of 256 KiB windows each.
const CIRCUITS_MAX: usize = 64;
/// Relayed connections that one peer may make.
const CIRCUITS_PER_PEER_MAX: usize = 4;
/// Nodes for which we stand in.
const RESERVATIONS_MAX: usize = 64;
/// Places that one of them may have.
const RESERVATIONS_PER_PEER_MAX: usize = 2;

#[derive(NetworkBehaviour)]
pub(super) struct Behaviour {
    // These two refuse connections, before the others note them.
    pub gate: Gate,
    pub limits: connection_limits::Behaviour,
    pub streams: Streams,
    pub identify: identify::Behaviour,
    pub ping: ping::Behaviour,
    pub kad: kad::Behaviour<MemoryStore>,
    pub relay: relay::Behaviour,
    pub relayed: relay_client::Behaviour,
    pub punch: dcutr::Behaviour,
    pub reachability: autonat::v2::client::Behaviour,
    pub call_back: autonat::v2::server::Behaviour,
    pub upnp: Toggle<upnp::tokio::Behaviour>,
}

/// Makes the swarm, which then does nothing until it is polled.
pub(super) fn swarm(
    key: Keypair,
    streams: Streams,
    nat: bool,
    circle: &Circle,
) -> Result<Swarm<Behaviour>, Box<dyn std::error::Error + Send + Sync>> {
    let tcp = |key: &Keypair| {
        SwarmBuilder::with_existing_identity(key.clone()).with_tokio().with_tcp(
            tcp::Config::default().nodelay(true),
            noise::Config::new,
            yamux_config,
        )
    };
    // A machine without a list of name servers can still use numbers.
    let without_names =
        || (dns::ResolverConfig::from_parts(None, vec![], vec![]), dns::ResolverOpts::default());
    let swarm = match tcp(&key)?.with_dns() {
        Ok(builder) => builder
            .with_relay_client(noise::Config::new, yamux_config)?
            .with_behaviour(|key, relayed| behaviour(key, relayed, streams, nat, circle))?
            .with_swarm_config(swarm_config)
            .build(),
        Err(error) => {
            tracing::warn!(%error, "names of hosts can't be looked up");
            let (config, options) = without_names();
            tcp(&key)?
                .with_dns_config(config, options)
                .with_relay_client(noise::Config::new, yamux_config)?
                .with_behaviour(|key, relayed| behaviour(key, relayed, streams, nat, circle))?
                .with_swarm_config(swarm_config)
                .build()
        }
    };
    Ok(swarm)
}

fn swarm_config(config: libp2p::swarm::Config) -> libp2p::swarm::Config {
    config
        .with_idle_connection_timeout(IDLE)
        .with_max_negotiating_inbound_streams(STREAMS_NEGOTIATING_MAX)
}

fn yamux_config() -> yamux::Config {
    let mut config = yamux::Config::default();
    config.set_max_num_streams(STREAMS_MAX);
    config
}

fn behaviour(
    key: &Keypair,
    relayed: relay_client::Behaviour,
    streams: Streams,
    nat: bool,
    circle: &Circle,
) -> Behaviour {
    let me = key.public().to_peer_id();
    let limits = connection_limits::ConnectionLimits::default()
        .with_max_pending_incoming(Some(CONNECTING_MAX))
        .with_max_pending_outgoing(Some(CONNECTING_MAX))
        .with_max_established_incoming(Some(CONNECTIONS_IN_MAX))
        .with_max_established_outgoing(Some(CONNECTIONS_OUT_MAX))
        .with_max_established_per_peer(Some(CONNECTIONS_PER_PEER_MAX));
    let identify = identify::Config::new(IDENTIFY_VERSION.into(), key.public())
        .with_agent_version(concat!("unikernel-z/", env!("CARGO_PKG_VERSION")).into())
        .with_push_listen_addr_updates(true)
        // Addresses are kept by kad, after a look at them.
        .with_cache_size(0);
    let mut relay = relay::Behaviour::new(me, relay_config());
    // Decided by `reach`.
    relay.set_status(Some(relay::Status::Disable));
    Behaviour {
        gate: Gate::new(circle.clone()),
        limits: connection_limits::Behaviour::new(limits),
        streams,
        identify: identify::Behaviour::new(identify),
        ping: ping::Behaviour::default(),
        kad: kademlia(me, circle.is_closed()),
        relay,
        relayed,
        punch: dcutr::Behaviour::new(me),
        reachability: autonat::v2::client::Behaviour::default(),
        call_back: autonat::v2::server::Behaviour::default(),
        upnp: Toggle::from(nat.then(upnp::tokio::Behaviour::default)),
    }
}

/// Kademlia for finding nodes alone: it keeps no values for others.
/// A closed node neither fills its table nor offers itself for those of others.
fn kademlia(me: libp2p::PeerId, closed: bool) -> kad::Behaviour<MemoryStore> {
    let nothing = MemoryStoreConfig {
        max_records: 0,
        max_value_bytes: 0,
        max_provided_keys: 0,
        max_providers_per_key: 0,
    };
    let mut config = kad::Config::new(KAD);
    config
        .set_kbucket_size(BUCKET)
        .set_replication_factor(BUCKET)
        .set_periodic_bootstrap_interval(Some(REFRESH))
        .set_record_filtering(kad::StoreInserts::FilterBoth)
        .set_replication_interval(None)
        .set_publication_interval(None)
        .set_provider_publication_interval(None)
        .set_caching(kad::Caching::Disabled);
    if closed {
        config.set_kbucket_inserts(kad::BucketInserts::Manual);
        config.set_periodic_bootstrap_interval(None);
    }
    let mut kad = kad::Behaviour::with_config(me, MemoryStore::with_config(me, nothing), config);
    kad.set_mode(Some(if closed { kad::Mode::Client } else { kad::Mode::Server }));
    kad
}

fn relay_config() -> relay::Config {
    relay::Config {
        max_reservations: RESERVATIONS_MAX,
        max_reservations_per_peer: RESERVATIONS_PER_PEER_MAX,
        max_circuits: CIRCUITS_MAX,
        max_circuits_per_peer: CIRCUITS_PER_PEER_MAX,
        max_circuit_duration: CIRCUIT_TIME_MAX,
        max_circuit_bytes: CIRCUIT_BYTES_MAX,
        ..relay::Config::default()
    }
}
