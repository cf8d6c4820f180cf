//! What an operator sees of the network and changes in it.

use super::{Input, Shared, gate};
use crate::node::Millis;
use crate::runner::system_millis;
use crate::service::{
    Ban, Later, NetworkStatus, PeerStatus, Peers, PeersError, Topology, TopologyNode, Whom,
};
use crate::wire::{Endpoint, NodeId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

impl Shared {
    fn expel(&self, whom: Whom) -> Later<Result<(), PeersError>> {
        let inputs = self.inputs.clone();
        Box::pin(
            async move { inputs.send(Input::Expel(whom)).await.map_err(|_| PeersError::Stopping) },
        )
    }

    fn is_configured(&self, id: &NodeId) -> bool {
        self.gate.trusts(id) && !self.book().added().any(|added| added.id() == *id)
    }

    /// Keeps the bans for the next start.
    fn note_bans(&self) {
        let bans = self.gate.bans(system_millis());
        let mut book = self.book();
        book.keep_bans(bans);
        book.save();
    }
}

impl Peers for Arc<Shared> {
    fn status(&self) -> NetworkStatus {
        let endpoints = self.transports.endpoints();
        NetworkStatus {
            id: self.me,
            name: self.name.clone(),
            transport: self.transports.name(),
            reachable: self.transports.reachable(),
            endpoints: endpoints.iter().map(ToString::to_string).collect(),
            known: self.book().len(),
            min_peers: self.settings.min_peers,
            max_peers: self.settings.max_peers,
            only_trusted: self.settings.only_trusted,
            clock_ahead_ms: self.clock.ahead_ms(),
        }
    }

    fn peers(&self) -> Vec<PeerStatus> {
        self.view.load().peers.clone()
    }

    fn topology(&self) -> Topology {
        let view = self.view.load();
        let mut nodes = BTreeMap::new();
        let mut links = BTreeSet::new();
        let link = |one: NodeId, other: NodeId| (one.min(other), one.max(other));
        for (of, acquaintances) in &view.acquaintances {
            for known in acquaintances {
                links.insert(link(*of, known.id));
                nodes.entry(known.id).or_insert_with(|| TopologyNode {
                    id: known.id,
                    name: (!known.name.is_empty()).then(|| known.name.clone()),
                    address: None,
                    height: (known.height > 0).then_some(known.height),
                    private: false,
                });
            }
        }
        for peer in &view.peers {
            links.insert(link(self.me, peer.id));
            nodes.insert(
                peer.id,
                TopologyNode {
                    id: peer.id,
                    name: Some(peer.name.clone()),
                    address: Some(peer.address.clone()),
                    height: peer.height,
                    private: peer.private,
                },
            );
        }
        nodes.remove(&self.me);
        let me = TopologyNode {
            id: self.me,
            name: Some(self.name.clone()),
            address: self.transports.endpoints().first().map(ToString::to_string),
            height: Some(view.sync.current_height),
            private: false,
        };
        let nodes = [me].into_iter().chain(nodes.into_values()).collect();
        Topology { nodes, links: links.into_iter().filter(|(one, other)| one != other).collect() }
    }

    fn bans(&self) -> Vec<Ban> {
        self.gate.bans(system_millis())
    }

    fn add(&self, endpoint: Endpoint) -> Later<Result<(), PeersError>> {
        let id = endpoint.id();
        let result = if id == self.me {
            Err(PeersError::Myself)
        } else if !self.transports.reaches(&endpoint) {
            Err(PeersError::Unreachable(endpoint.to_string()))
        } else {
            self.gate.unban(&Whom::Node(id));
            self.gate.trust(id, true);
            let added = self.book().add(endpoint);
            self.note_bans();
            self.wake.notify_one();
            added
        };
        Box::pin(async move { result })
    }

    fn remove(&self, id: NodeId) -> Later<Result<bool, PeersError>> {
        if self.is_configured(&id) {
            return Box::pin(async { Err(PeersError::Trusted) });
        }
        let known = {
            let mut book = self.book();
            let added = book.remove(&id);
            let known = book.forget(&id);
            book.save();
            added || known
        };
        self.gate.trust(id, false);
        let connected = self.view.load().peers.iter().any(|peer| peer.id == id);
        let expelled = self.expel(Whom::Node(id));
        Box::pin(async move { expelled.await.map(|()| known || connected) })
    }

    fn ban(&self, whom: Whom, until: Option<u64>) -> Later<Result<(), PeersError>> {
        match whom {
            Whom::Node(id) if id == self.me => return Box::pin(async { Err(PeersError::Myself) }),
            Whom::Node(id) if self.is_configured(&id) => {
                return Box::pin(async { Err(PeersError::Trusted) });
            }
            Whom::Node(id) => {
                self.book().remove(&id);
                self.gate.trust(id, false);
            }
            Whom::Address(_) => {}
        }
        let until = until.map_or(Millis::MAX, |until| until.saturating_mul(1000));
        self.gate.ban(whom, until, gate::BY_OPERATOR.to_owned());
        self.note_bans();
        self.expel(whom)
    }

    fn unban(&self, whom: Whom) -> Later<Result<bool, PeersError>> {
        let was = self.gate.unban(&whom);
        self.note_bans();
        let inputs = self.inputs.clone();
        Box::pin(async move {
            inputs.send(Input::Pardon(whom)).await.map_err(|_| PeersError::Stopping)?;
            Ok(was)
        })
    }
}
