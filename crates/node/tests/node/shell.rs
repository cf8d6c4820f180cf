//! The node in its thread, with the system's clock.

use crate::world::{key, pillar_key, transfer};
use ledger::genesis::Genesis;
use ledger::state::View;
use ledger::{AccountBlock, Rules};
use node::config::{Config, Production, Rpc};
use node::serve::{Running, start};
use node::service::{Happening, Service, ServiceError};
use std::path::Path;

fn network() -> Genesis {
    let config = crate::world::config(1, 4);
    let rules = Rules::default().with_block_time(1).unwrap().for_development(key(0).address());
    Genesis::from_config(&config, rules).unwrap()
}

fn run(folder: &Path, production: Production) -> Running {
    let config = Config {
        data_dir: folder.to_owned(),
        genesis: network(),
        production,
        dev: true,
        alone: true,
        producer_dir: None,
        name: "test".to_owned(),
        rpc: Rpc::default(),
        peers: None,
    };
    start(&config, vec![Box::new(pillar_key(0))]).unwrap()
}

fn draft(node: &dyn Service, from: u8, znn: u64) -> AccountBlock {
    let moment = node.moment();
    let template = transfer(from, &key(0).address(), znn);
    crate::world::signed(&key(from), moment.chain(), moment.pending(), template)
}

fn height(node: &dyn Service) -> u64 {
    View::frontier_of(node.moment().chain()).identifier().unwrap().height
}

#[tokio::test]
async fn blocks_are_published_and_seen_before_the_answer() {
    let folder = tempfile::tempdir().unwrap();
    let running = run(folder.path(), Production::OnDemand);
    let node = running.service();
    let mut happenings = node.happenings();
    let block = draft(&*node, 1, 5);
    node.publish(block.clone()).await.unwrap();
    let moment = node.moment();
    let found = View::frontier_of(moment.chain()).block_by_hash(&block.hash).unwrap();
    assert!(found.is_some());
    let Happening::Momentum(told) = happenings.recv().await.unwrap() else { panic!() };
    assert_eq!(told.account_blocks[0].hash, block.hash);
    assert_eq!(node.metrics().height.get(), height(&*node));
    assert!(node.not_ready().is_none());

    let mut forged = draft(&*node, 2, 1);
    forged.signature[0] ^= 1;
    assert!(matches!(node.publish(forged).await, Err(ServiceError::Refused(_))));

    let moment = node.moment();
    node.dev().unwrap().mine(10).await.unwrap();
    assert_eq!(
        View::frontier_of(moment.chain()).identifier().unwrap().height,
        told.momentum.height
    );
    assert_eq!(running.stop(), None);
}

#[tokio::test]
async fn a_stopped_node_says_so_and_starts_again_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let running = run(folder.path(), Production::Slots);
    let node = running.service();
    let block = draft(&*node, 1, 5);
    node.publish(block.clone()).await.unwrap();
    node.dev().unwrap().mine(3).await.unwrap();
    let before = height(&*node);
    assert!(before >= 4);
    running.stop();
    assert!(matches!(node.publish(block).await, Err(ServiceError::Stopping)));
    assert!(node.not_ready().is_some());
    drop(node);

    let running = run(folder.path(), Production::OnDemand);
    assert_eq!(height(&*running.service()), before);
    running.stop();
}

#[tokio::test]
async fn many_clients_at_once_are_all_answered() {
    let folder = tempfile::tempdir().unwrap();
    let running = run(folder.path(), Production::Slots);
    let node = running.service();
    let mut answers = Vec::new();
    for from in 0..4 {
        answers.push(tokio::spawn(node.publish(draft(&*node, from, 1))));
    }
    for answer in answers {
        answer.await.unwrap().unwrap();
    }
    running.stop();
}
