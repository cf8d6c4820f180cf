//! What an operator sees and changes.

use crate::machine::{Machine, Setup};
use node::service::{PeersError, Whom};

#[tokio::test(flavor = "multi_thread")]
async fn peers_are_added_banned_and_let_in_again() {
    let first = Machine::start(Setup::pillar(1, 0)).await;
    let second = Machine::start(Setup::plain(1)).await;
    let (service, other) = (second.service(), first.service());
    let network = service.network().unwrap();
    let id = other.network().unwrap().status().id;
    let endpoint = first.endpoint().parse().unwrap();
    network.add(endpoint).await.unwrap();
    second.until_height(3).await;
    let peers = network.peers();
    assert_eq!((peers.len(), peers[0].id, peers[0].inbound), (1, id, false));
    assert!(peers[0].trusted && peers[0].bytes_in > 0 && peers[0].height >= Some(2));
    let topology = network.topology();
    assert_eq!((topology.nodes.len(), topology.links.len()), (2, 1));

    network.ban(Whom::Node(id), None).await.unwrap();
    let is_alone = |machine: &Machine| machine.service().network().unwrap().peers().is_empty();
    second.until("its peer leave", is_alone).await;
    assert_eq!(network.bans()[0].whom, Whom::Node(id));
    let second = second.restart().await;
    let service = second.service();
    let network = service.network().unwrap();
    assert_eq!(network.bans()[0].whom, Whom::Node(id));
    assert!(network.unban(Whom::Node(id)).await.unwrap());
    assert!(!network.unban(Whom::Node(id)).await.unwrap());
    network.add(first.endpoint().parse().unwrap()).await.unwrap();
    let height = second.newest().height;
    second.until_height(height + 1).await;
    let me = network.status();
    let myself = second.endpoint().parse().unwrap();
    assert_eq!(network.add(myself).await.unwrap_err(), PeersError::Myself);
    assert_eq!(me.transport, "libp2p");
    first.stop().await;
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pillar_behind_a_sentry_is_reached_by_it_alone() {
    let mut sentry = Setup { name: "sentry".to_owned(), ..Setup::plain(1) };
    let sentry_first = Machine::start(sentry.clone()).await;
    let mut pillar = Setup::pillar(1, 0);
    pillar.peers.only_trusted = true;
    pillar.peers.trusted.push(sentry_first.endpoint());
    let pillar = Machine::start(pillar).await;
    let id = pillar.service().network().unwrap().status().id.to_string();
    // The sentry learns whom it guards, and starts again with its key.
    sentry.peers.trusted.push(pillar.endpoint());
    sentry.peers.private.push(id.clone());
    let sentry = sentry_first.restart_as(sentry).await;
    let plain = Machine::start(Setup::plain(1).knowing(&[&sentry, &pillar])).await;
    plain.until_height(4).await;
    let service = plain.service();
    let peers = service.network().unwrap().peers();
    assert!(peers.iter().all(|peer| peer.id.to_string() != id), "{peers:?}");
    let known = service.network().unwrap().topology();
    assert!(known.nodes.iter().all(|node| node.id.to_string() != id), "{known:?}");
    let (_, shown) = sentry.service().peers();
    assert!(shown.iter().all(|peer| peer.name != "pillar 0"), "{shown:?}");
    for machine in [sentry, pillar, plain] {
        machine.stop().await;
    }
}
