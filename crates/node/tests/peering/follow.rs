//! Nodes follow one another, produce together, and spread what is published.

use crate::machine::{Machine, Setup};

#[tokio::test(flavor = "multi_thread")]
async fn three_pillars_produce_one_chain_and_a_newcomer_joins() {
    let first = Machine::start(Setup::pillar(3, 0)).await;
    let second = Machine::start(Setup::pillar(3, 1).knowing(&[&first])).await;
    let third = Machine::start(Setup::pillar(3, 2).knowing(&[&first])).await;
    first.until_height(4).await;
    let newcomer = Machine::start(Setup::plain(3).knowing(&[&second])).await;
    newcomer.until_height(first.newest().height + 2).await;
    let block = newcomer.transfer(1, 2, 5);
    newcomer.service().publish(block.clone()).await.unwrap();
    let all = [&first, &second, &third, &newcomer];
    for machine in all {
        machine.until("the block", |machine| machine.is_confirmed(&block)).await;
    }
    let height = all.iter().map(|machine| machine.newest().height).min().unwrap();
    for machine in all {
        assert_eq!(machine.hash_at(height), first.hash_at(height));
        assert_eq!(machine.service().not_ready(), None);
    }
    for machine in [first, second, third, newcomer] {
        machine.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_published_block_survives_a_restart_of_the_only_node_that_has_it() {
    let lonely = Machine::start(Setup::plain(1)).await;
    let block = lonely.transfer(1, 2, 5);
    lonely.service().publish(block.clone()).await.unwrap();
    let lonely = lonely.restart().await;
    assert!(lonely.knows(&block));
    let pillar = Machine::start(Setup::pillar(1, 0).knowing(&[&lonely])).await;
    pillar.until("the block", |machine| machine.knows(&block)).await;
    lonely.until("the block confirmed", |machine| machine.is_confirmed(&block)).await;
    pillar.stop().await;
    lonely.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restarted_node_finds_its_peers_in_its_book() {
    let pillar = Machine::start(Setup::pillar(1, 0)).await;
    let other = Machine::start(Setup::plain(1).knowing(&[&pillar])).await;
    other.until_height(3).await;
    let pillar_endpoint = pillar.endpoint();
    let mut other = other;
    other.forget_bootnodes();
    let other = other.restart().await;
    let height = other.newest().height;
    other.until_height(height + 2).await;
    let peers = other.service().network().unwrap().peers();
    assert!(pillar_endpoint.contains(&peers[0].id.peer_id().unwrap().to_string()));
    pillar.stop().await;
    other.stop().await;
}
