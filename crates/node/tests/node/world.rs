//! One node of a small network, under a clock that tests move.

use crate::disk::Disk;
use ledger::contracts::{self, Args};
use ledger::genesis::Genesis;
use ledger::pending::Pending;
use ledger::state::View;
use ledger::types::{Address, Amount, TokenStandard};
use ledger::verify::block::SignatureCheck;
use ledger::{AccountBlock, BlockType, DetailedMomentum};
use node::config::Production;
use node::metrics::Metrics;
use node::node::{Action, Answer, Event, Lever, Millis, Node, Options, Publication};
use node::pool::Limits;
use node::producer::ProducerKey;
use node::service::{Happening, Moment as _, ServiceError};
use node::store::Store;
use std::path::Path;
use std::sync::Arc;

pub use crate::founding::{
    GENESIS_SECONDS, SLOT, config, genesis, key, pillar_key, signed, transfer,
};
pub use crate::random::Random;

/// How a node is started.
#[derive(Clone, Debug)]
pub struct Setup {
    pub genesis: Genesis,
    pub pillars: Vec<u8>,
    pub production: Production,
    pub dev: bool,
    pub alone: bool,
    pub limits: Limits,
}

impl Setup {
    /// A node with the key of the only pillar of a network.
    pub fn single() -> Setup {
        Setup {
            genesis: genesis(1, 4),
            pillars: vec![0],
            production: Production::Slots,
            dev: false,
            alone: true,
            limits: Limits::default(),
        }
    }

    pub fn dev(production: Production) -> Setup {
        Setup { production, dev: true, ..Setup::single() }
    }

    pub fn keys(&self) -> Vec<ProducerKey> {
        self.pillars
            .iter()
            .map(|index| ProducerKey { signer: Box::new(pillar_key(*index)), guard: None })
            .collect()
    }

    /// A store on `disk`.
    pub fn store(&self, disk: &Disk) -> Store {
        Store::open_on(Box::new(disk.clone()), Path::new("disk"), &self.genesis).unwrap()
    }
}

/// A node, its disk and its clock.
pub struct Sim {
    pub node: Node,
    pub disk: Disk,
    pub setup: Setup,
    pub now: Millis,
    pub metrics: Arc<Metrics>,
    /// All that has happened.
    pub happenings: Vec<Happening>,
}

impl Sim {
    /// A new node at the beginning of its network.
    pub fn new(setup: Setup) -> Sim {
        Sim::on(setup, Disk::default(), GENESIS_SECONDS * 1000)
    }

    /// A node on a disk.
    pub fn on(setup: Setup, disk: Disk, now: Millis) -> Sim {
        let keys = setup.keys();
        Sim::with_keys(setup, disk, now, keys)
    }

    pub fn with_keys(setup: Setup, disk: Disk, now: Millis, keys: Vec<ProducerKey>) -> Sim {
        let metrics = Arc::new(Metrics::default());
        let options = Options {
            production: setup.production,
            dev: setup.dev,
            alone: setup.alone,
            limits: setup.limits,
        };
        let mut node = Node::new(setup.store(&disk), keys, options, now, metrics.clone()).unwrap();
        node.on(now, Event::Synced(true), &mut Vec::new());
        Sim { node, disk, setup, now, metrics, happenings: Vec::new() }
    }

    /// The same node after its process ended without warning.
    pub fn restart(self) -> Sim {
        let disk = self.disk.live();
        Sim::on(self.setup.clone(), disk, self.now)
    }

    pub fn on_event(&mut self, event: Event) -> Vec<(u64, Result<Answer, ServiceError>)> {
        let mut out = Vec::new();
        self.node.on(self.now, event, &mut out);
        let mut answers = Vec::new();
        for action in out {
            match action {
                Action::Answer(ticket, answer) => answers.push((ticket, answer)),
                Action::Happening(happening) => self.happenings.push(happening),
                Action::Entered(_) => {}
            }
        }
        answers
    }

    /// Hands in blocks at once.
    pub fn publish_all(&mut self, blocks: Vec<AccountBlock>) -> Vec<Result<Answer, ServiceError>> {
        let blocks = blocks
            .into_iter()
            .zip(1..)
            .map(|(block, ticket)| Publication { ticket, block, check: SignatureCheck::Now })
            .collect();
        let mut answers = self.on_event(Event::Publish(blocks));
        answers.sort_by_key(|(ticket, _)| *ticket);
        answers.into_iter().map(|(_, answer)| answer).collect()
    }

    pub fn publish(&mut self, block: AccountBlock) -> Result<Answer, ServiceError> {
        self.publish_all(vec![block]).pop().unwrap()
    }

    pub fn insert(&mut self, momentums: Vec<DetailedMomentum>) -> Result<Answer, ServiceError> {
        let check = SignatureCheck::Now;
        let event = Event::Momentums { ticket: 1, momentums, check };
        self.on_event(event).pop().unwrap().1
    }

    pub fn pull(&mut self, lever: Lever) -> Result<Answer, ServiceError> {
        self.on_event(Event::Dev { ticket: 1, lever }).pop().unwrap().1
    }

    /// Lets time pass until `end`, with all that is due on the way.
    pub fn run_until(&mut self, end: Millis) {
        while let Some(due) = self.node.deadline(self.now).filter(|due| *due <= end) {
            self.now = self.now.max(due);
            self.on_event(Event::Tick);
        }
        self.now = self.now.max(end);
    }

    /// Lets this many slots pass.
    pub fn run_slots(&mut self, slots: u64) {
        self.run_until(self.now + slots * SLOT * 1000);
    }

    pub fn height(&self) -> u64 {
        self.node.identifier().height
    }

    /// Reads the newest ledger and the pool.
    pub fn read<R>(&self, read: impl FnOnce(&View<'_>, &Pending) -> R) -> R {
        let moment = self.node.moment();
        read(&View::frontier_of(moment.chain()), moment.pending())
    }

    /// A block of user `index`, complete and signed.
    pub fn block(&self, index: u8, template: AccountBlock) -> AccountBlock {
        let moment = self.node.moment();
        signed(&key(index), moment.chain(), moment.pending(), template)
    }

    pub fn send(&self, from: u8, to: u8, znn: u64) -> AccountBlock {
        self.block(from, transfer(from, &key(to).address(), znn))
    }

    /// A call of a contract, nothing sent along.
    pub fn call(&self, from: u8, to: Address, method: &str, args: Args) -> AccountBlock {
        let method = contracts::contract_at(&to).unwrap().named(method).unwrap();
        let template = AccountBlock { data: method.encode(&args), ..transfer(from, &to, 0) };
        self.block(from, template)
    }

    /// What waits for user `index`, as a receive block of the first of it.
    pub fn receive(&self, index: u8) -> Option<AccountBlock> {
        let address = key(index).address();
        let waiting = self.read(|view, pending| {
            let account = ledger::state::Account::new(address, view.state(), pending.top(&address));
            let list = view.unreceived(&address, 50).unwrap();
            list.into_iter().find(|hash| !account.is_received(hash).unwrap())
        })?;
        let template = AccountBlock {
            block_type: BlockType::USER_RECEIVE,
            address,
            from_block_hash: waiting,
            ..AccountBlock::default()
        };
        Some(self.block(index, template))
    }

    /// Whether a block is confirmed or waits.
    pub fn has(&self, block: &AccountBlock) -> bool {
        self.read(|view, pending| {
            view.block_by_hash(&block.hash).unwrap().is_some()
                || pending.get(&block.header()).is_some()
        })
    }

    pub fn is_confirmed(&self, block: &AccountBlock) -> bool {
        self.read(|view, _| view.block_by_hash(&block.hash).unwrap().is_some())
    }

    pub fn balance(&self, address: &Address) -> Amount {
        self.read(|view, _| view.account(address).balance(&TokenStandard::ZNN).unwrap())
    }

    /// The momentums above `height`.
    pub fn momentums_above(&self, height: u64) -> Vec<DetailedMomentum> {
        self.read(|view, _| {
            (height + 1..=self.height())
                .map(|height| {
                    let momentum = view.momentum_by_height(height).unwrap().unwrap();
                    view.detailed(momentum).unwrap()
                })
                .collect()
        })
    }

    /// Executes the whole chain that is on disk anew and compares every byte.
    pub fn check(&self) -> node::check::Report {
        let store = self.setup.store(&self.disk.live());
        let snapshot = store.snapshot().unwrap();
        node::check::links(&snapshot, &self.setup.genesis, |_| {}).unwrap();
        node::check::replay(&snapshot, &self.setup.genesis, |_| {}).unwrap()
    }
}
