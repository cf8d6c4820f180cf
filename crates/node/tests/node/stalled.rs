//! Chains of the reference on which a contract's queue stands still: a producer goes on with the rest.

use crate::disk::Disk;
use crate::world::{Setup, signed};
use ledger::contracts::{self, Args};
use ledger::recording::{Entry, Recording};
use ledger::types::contract;
use ledger::verify::block::SignatureCheck;
use ledger::{AccountBlock, BlockType};
use node::metrics::Metrics;
use node::node::{Event, Node, Options, Publication};
use node::producer::ProducerKey;
use node::service::Moment as _;
use std::path::Path;
use std::sync::Arc;
use wallet::KeyPair;

/// Keys of the pillars of these chains; the reference's own tests publish them.
const PILLARS: [&str; 3] = [
    "62b902336d3dfea8dff157cff2190c8cdefcc682e43fee3cddd0f55c05c9e0ce",
    "a63e9743960df337976493cb1206cbbf7a31a0373141dfb53214b8cacf8f1a8b",
    "9e3ea8804c77b22ea756f20688790dcc368d15e223a1d2d063686e26f39d6135",
];
/// Key of an account that has plasma.
const USER: &str = "5128e60b486a18f68c66b85650758b28e6960cd66bacf8f445787983e39f780c";

fn key(text: &str) -> KeyPair {
    KeyPair::from_private_key(&hex::decode(text).unwrap().try_into().unwrap())
}

fn goes_on(name: &str, stalled: ledger::types::Address) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name);
    let text = zstd::decode_all(&std::fs::read(path).unwrap()[..]).unwrap();
    let mut lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let mut recording = Recording::begin(lines.next().unwrap()).unwrap();
    let setup = Setup { genesis: recording.header().genesis.clone(), ..Setup::single() };
    let keys = PILLARS
        .map(|pillar| ProducerKey { signer: Box::new(key(pillar)), guard: None })
        .into_iter()
        .collect();
    let options =
        Options { production: setup.production, dev: false, alone: true, limits: setup.limits };
    let disk = Disk::default();
    let metrics = Arc::new(Metrics::default());
    let start = setup.genesis.rules.genesis_timestamp * 1000;
    let mut node = Node::new(setup.store(&disk), keys, options, start, metrics).unwrap();
    let mut now = 0;
    for line in lines {
        let Entry::Momentum { detailed, .. } = recording.next(line).unwrap() else { continue };
        now = detailed.momentum.timestamp * 1000;
        let momentums = vec![detailed];
        let check = SignatureCheck::Now;
        node.on(now, Event::Momentums { ticket: 0, momentums, check }, &mut Vec::new());
    }
    let height = node.identifier().height;
    assert!(height > 10);

    let moment = node.moment();
    let user = key(USER);
    let method = contracts::contract_at(&contract::STAKE).unwrap().named("CollectReward").unwrap();
    let template = AccountBlock {
        block_type: BlockType::USER_SEND,
        address: user.address(),
        to_address: contract::STAKE,
        data: method.encode(&Args(Vec::new())),
        ..AccountBlock::default()
    };
    let call = signed(&user, moment.chain(), moment.pending(), template);
    let publication = Publication { ticket: 0, block: call.clone(), check: SignatureCheck::Now };
    node.on(now, Event::Publish(vec![publication]), &mut Vec::new());
    let end = now + 100_000;
    while let Some(due) = node.deadline(now).filter(|due| *due <= end) {
        now = now.max(due);
        node.on(now, Event::Tick, &mut Vec::new());
    }
    assert!(node.stopped().is_none());
    assert!(node.identifier().height >= height + 9, "momentums go on");
    let moment = node.moment();
    let view = ledger::state::View::frontier_of(moment.chain());
    assert!(view.received_by(&call).unwrap().is_some(), "other contracts answer");
    let received = view.account(&stalled).sequencer_received().unwrap();
    assert!(received < view.mailbox_size(&stalled).unwrap(), "the queue stands still");
}

#[test]
fn a_token_contract_that_can_not_answer() {
    goes_on("own-TestStalledToken.jsonl.zst", contract::TOKEN);
}

#[test]
fn a_bridge_that_can_not_answer() {
    goes_on("own-TestStalledBridge.jsonl.zst", contract::BRIDGE);
}
