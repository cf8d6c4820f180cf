//! The pillar of a network under measurement, in the benchmark's own process, so that its work is not
//! counted for the nodes that are measured.

use super::nodes::Place;
use crate::blocks;
use anyhow::Result;
use node::config::{Config, Peers, Production, Rpc};
use node::network::Network;
use node::peering::{self, Peering};
use node::serve::{self, Running};
use node::wire::Endpoint;
use tokio::runtime::Runtime;

/// A pillar that runs.
pub struct Pillar<'a> {
    runtime: &'a Runtime,
    running: Option<Running>,
    peering: Option<Peering>,
    /// Where peers reach it.
    pub endpoint: Endpoint,
}

impl<'a> Pillar<'a> {
    /// Starts the only pillar of a network.
    pub fn start(
        runtime: &'a Runtime,
        place: &Place,
        network: &Network,
        bootnodes: &[&Endpoint],
    ) -> Result<Pillar<'a>> {
        let peers = Peers {
            listen: Some(place.address()),
            bootnodes: bootnodes.iter().map(ToString::to_string).collect(),
            min_peers: 0,
            transport: place.carrier.of_network().into(),
            ..Peers::default()
        };
        let config = Config {
            data_dir: place.dir().to_owned(),
            genesis: network.build()?,
            production: Production::Slots,
            dev: false,
            alone: true,
            producer_dir: None,
            name: "pillar".to_owned(),
            rpc: Rpc::default(),
            peers: Some(peers.clone()),
        };
        let running = serve::start(&config, vec![Box::new(blocks::keys()?.swap_remove(0))])?;
        let handle = running.handle().clone();
        let peering = runtime.block_on(peering::start(&config, &peers, handle))?;
        let endpoint = place.endpoint.clone();
        Ok(Pillar { runtime, running: Some(running), peering: Some(peering), endpoint })
    }
}

impl Drop for Pillar<'_> {
    fn drop(&mut self) {
        if let Some(peering) = self.peering.take() {
            self.runtime.block_on(peering.stop());
        }
        if let Some(running) = self.running.take() {
            running.stop();
        }
    }
}
