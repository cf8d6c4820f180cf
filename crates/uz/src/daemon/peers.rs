//! From settings to whom the node talks to.

use crate::context::Context;
use crate::outcome::Failure;
use crate::settings::{Origin, Settings};
use node::config::{PeerTransport, Peers};
use node::network::Network;
use node::wire::endpoint::EndpointError;
use node::wire::{Endpoint, NodeId};
use std::net::SocketAddr;

/// Whom a node of this network talks to; `None` if it keeps to itself.
pub fn peers(context: &Context, network: &Network) -> Result<Option<Peers>, Failure> {
    let settings = &context.settings;
    if settings.text("p2p.enabled") != Some("on") {
        return Ok(None);
    }
    let mut bootnodes = network.bootnodes.clone();
    bootnodes.extend(settings.list("p2p.bootnodes"));
    let trusted = settings.list("p2p.trusted");
    let private = settings.list("p2p.private");
    endpoints("p2p.bootnodes", &bootnodes)?;
    // Who only calls us need not be found.
    for (key, texts) in [("p2p.trusted", &trusted), ("p2p.private", &private)] {
        let addresses: Vec<String> =
            texts.iter().filter(|text| text.contains('/')).cloned().collect();
        endpoints(key, &addresses)?;
        for text in texts.iter().filter(|text| !text.contains('/')) {
            let parsed: Result<NodeId, EndpointError> = text.parse();
            parsed.map_err(|error| wrong(key, text, &error))?;
        }
    }
    let only_trusted = settings.is_on("p2p.only-trusted");
    if only_trusted && trusted.is_empty() {
        return Err(Failure::usage("p2p.only-trusted is set, and no node is trusted")
            .fix("name the sentries with --trusted"));
    }
    let listens = settings.get("p2p.listen").is_some_and(|value| value.origin != Origin::Default);
    if bootnodes.is_empty() && trusted.is_empty() && !listens {
        context.note(
            "no other node is known, so this one keeps to itself; name some with --bootnode, or let \
             others call with --listen",
        );
        return Ok(None);
    }
    let number = |key: &str| settings.number(key).map(bounded);
    let usual = network.min_peers.map_or(Peers::MIN_PEERS, usize::from);
    Ok(Some(Peers {
        listen: settings.socket("p2p.listen"),
        bootnodes,
        min_peers: number("p2p.min-peers").unwrap_or(match only_trusted {
            // There may be no more.
            true => usual.min(trusted.len()),
            false => usual,
        }),
        trusted,
        only_trusted,
        private,
        min_connected: number("p2p.min-connected").unwrap_or(Peers::MIN_CONNECTED),
        max_peers: number("p2p.max-peers").unwrap_or(Peers::MAX_PEERS),
        nat: settings.is_on("p2p.nat"),
        relay: settings.is_on("p2p.relay"),
        advertise: addresses("p2p.advertise", &settings.list("p2p.advertise"))?,
        transport: transport(settings, network),
        ntp: settings.list("p2p.ntp"),
        peerstore: settings.path("p2p.peerstore"),
        checkpoints: network.checkpoints.clone(),
    }))
}

fn bounded(number: u64) -> usize {
    usize::try_from(number).expect("the table says at most 1000")
}

fn transport(settings: &Settings, network: &Network) -> PeerTransport {
    match settings.text("p2p.transport") {
        Some("auto") => PeerTransport::Auto,
        Some("libp2p") => PeerTransport::Libp2p,
        Some("legacy") => PeerTransport::Legacy,
        _ => network.transport.into(),
    }
}

fn addresses(key: &str, texts: &[String]) -> Result<Vec<SocketAddr>, Failure> {
    let parse = |text: &String| {
        text.parse()
            .map_err(|_| Failure::usage(format!("{key} has \"{text}\", which is no IP:PORT")))
    };
    texts.iter().map(parse).collect()
}

fn endpoints(key: &str, texts: &[String]) -> Result<(), Failure> {
    for text in texts {
        let parsed: Result<Endpoint, EndpointError> = text.parse();
        parsed.map_err(|error| wrong(key, text, &error))?;
    }
    Ok(())
}

fn wrong(key: &str, text: &str, error: &EndpointError) -> Failure {
    let start: String = text.chars().take(100).collect();
    Failure::usage(format!("{key} has \"{start}\", which names no node")).because(error).fix(
        "give /ip4/ADDRESS/tcp/PORT/p2p/PEERID or enode://ID@ADDRESS:PORT; of the other node: uz network info",
    )
}
