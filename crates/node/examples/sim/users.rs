//! People who use the network: they hand in transfers, receipts and calls of contracts at some node, and
//! note what was acknowledged.

use crate::founding::{key, signed, transfer};
use crate::host::{Host, Work};
use crate::past::amount;
use crate::random::Random;
use crate::world::{What, World, tell};
use ledger::abi::Value;
use ledger::contracts::{self, Args};
use ledger::pending::Pending;
use ledger::state::{Account, Chain, View};
use ledger::types::{Address, Amount, Hash, TokenStandard, coins, contract};
use ledger::{AccountBlock, BlockType};
use node::service::{Moment as _, ServiceError};
use std::collections::BTreeMap;

/// Most of a user's blocks that a node may hold unconfirmed.
const WAITING_MAX: usize = 6;

/// All users.
#[derive(Default)]
pub struct Users {
    /// At which node each is at home.
    homes: Vec<usize>,
    /// Blocks that were handed in and are not answered.
    asked: BTreeMap<u64, AccountBlock>,
    requests: u64,
}

impl Users {
    /// So many users.
    pub fn new(count: u8) -> Users {
        Users { homes: (0..count).map(usize::from).collect(), ..Users::default() }
    }
}

impl World {
    /// A user hands something in, if the node is up and the user has something to say.
    pub fn user_acts(&mut self, user: usize) {
        let wait = 1 + self.random.below(2 * self.plan.user_ms);
        self.queue.plan(self.now + wait, What::User { user });
        let hosts = self.hosts.len() as u64;
        let host = match self.random.below(8) {
            0 => self.random.below(hosts) as usize,
            _ => self.users.homes[user] % self.hosts.len(),
        };
        let Some(moment) = self.hosts[host].moment() else { return };
        let index = user as u8;
        let (chain, pending) = (moment.chain(), moment.pending());
        if pending.of(&key(index).address()).len() >= WAITING_MAX {
            return;
        }
        let users = u64::from(self.plan.users);
        let pillars = self.plan.pillars;
        let Some(template) = template(chain, pending, index, users, pillars, &mut self.random)
        else {
            return;
        };
        let block = signed(&key(index), chain, pending, template);
        let twice = self.plan.faults.double_spends && self.random.below(10) == 0;
        let other = twice.then(|| {
            let to = key(((u64::from(index) + 1) % users) as u8).address();
            let template = transfer(index, &to, 1 + self.random.below(50));
            signed(&key(index), chain, pending, template)
        });
        let again = self.random.below(12) == 0;
        if again {
            // An answer that did not come in time makes people ask somebody else.
            let elsewhere = self.random.below(hosts) as usize;
            self.hand_in(elsewhere, block.clone());
        }
        self.hand_in(host, block);
        if let Some(other) = other {
            self.faults.add("blocks for one place");
            let elsewhere = self.random.below(hosts) as usize;
            self.hand_in(elsewhere, other);
        }
        if self.random.below(40) == 0 {
            self.users.homes[user] = self.random.below(hosts) as usize;
        }
    }

    /// Hands a user's block to a node.
    fn hand_in(&mut self, host: usize, block: AccountBlock) {
        self.witness.published(&block);
        let Some(running) = &mut self.hosts[host].running else { return };
        running.waiting += 1;
        self.users.requests += 1;
        let request = self.users.requests;
        self.users.asked.insert(request, block.clone());
        let at = self.now + 1 + self.random.below(30);
        let work = Work::Publish { request, block: Box::new(block) };
        self.queue.plan(at, What::Work { host, run: self.hosts[host].run, work });
    }

    /// A node answers a user.
    pub fn user_answered(&mut self, host: usize, request: u64, result: Result<(), ServiceError>) {
        let block = self.users.asked.remove(&request).expect("a question is answered once");
        match result {
            Ok(()) => {
                tell!(
                    self,
                    "host {host} acknowledges {} of {}, height {}",
                    &block.hash.to_string()[..8],
                    block.address,
                    block.height
                );
                self.counts.add("blocks acknowledged");
                self.trace.add_bytes(&block.hash.0);
                self.witness.acknowledged(host, block);
            }
            Err(error) => {
                tell!(self, "host {host} refuses a block: {error}");
                self.counts.add("blocks refused");
            }
        }
    }
}

/// What a user says next.
fn template(
    chain: &dyn Chain,
    pending: &Pending,
    user: u8,
    users: u64,
    pillars: u8,
    random: &mut Random,
) -> Option<AccountBlock> {
    let address = key(user).address();
    let call = |to: Address, method: &str, args: Vec<Value>, value: Amount, token| {
        let method = contracts::contract_at(&to)?.named(method)?;
        let data = method.encode(&Args(args));
        Some(AccountBlock { data, amount: value, token_standard: token, ..transfer(user, &to, 0) })
    };
    let (znn, qsr) = (TokenStandard::ZNN, TokenStandard::QSR);
    match random.below(20) {
        0..=9 => {
            let to = key(((u64::from(user) + 1 + random.below(users)) % users) as u8).address();
            Some(AccountBlock { amount: amount(random.below(500)), ..transfer(user, &to, 0) })
        }
        10..=14 => {
            let view = View::frontier_of(chain);
            let account = Account::new(address, view.state(), pending.top(&address));
            let waiting = view.unreceived(&address, 20).ok()?;
            let from_block_hash = waiting
                .into_iter()
                .find(|hash| account.is_received(hash).is_ok_and(|received| !received))?;
            Some(AccountBlock {
                block_type: BlockType::USER_RECEIVE,
                address,
                from_block_hash,
                ..AccountBlock::default()
            })
        }
        15 => {
            let time = chain.rules().stake_time_min_sec;
            call(contract::STAKE, "Stake", vec![Value::Int(time)], coins(1), znn)
        }
        16 => {
            let args = vec![Value::Address(address)];
            call(contract::PLASMA, "Fuse", args, coins(10), qsr)
        }
        17 => {
            let name = format!("pillar-{}", random.below(pillars.into()));
            let args = vec![Value::Text(name.into_bytes())];
            call(contract::PILLAR, "Delegate", args, Amount::ZERO, znn)
        }
        18 => call(contract::ACCELERATOR, "Donate", Vec::new(), coins(1), znn),
        _ => {
            // There is no such fusion: the contract refuses.
            let id = Hash::of(&random.next().to_be_bytes());
            call(contract::PLASMA, "CancelFuse", vec![Value::Hash(id)], Amount::ZERO, znn)
        }
    }
}

/// Whether a block that a node acknowledged may be gone from it: something that it stands on is gone,
/// or another block has its place.
pub fn has_lost_its_place(host: &Host, block: &AccountBlock) -> bool {
    let Some(moment) = host.moment() else { return false };
    let view = View::frontier_of(moment.chain());
    let acknowledged = block.momentum_acknowledged;
    let height = view.momentum_height(&acknowledged.hash).expect("the state is sound");
    if height != Some(acknowledged.height) {
        return true;
    }
    let account = view.account(&block.address);
    let waiting = moment.pending().of(&block.address);
    let at = |height: u64| {
        let confirmed = account.block_by_height(height).expect("the state is sound");
        let waiting = waiting.iter().map(|accepted| &accepted.block);
        confirmed
            .map(|block| block.hash)
            .or_else(|| waiting.clone().find(|block| block.height == height).map(|b| b.hash))
    };
    at(block.height).is_some_and(|hash| hash != block.hash)
        || block.height > 1 && at(block.height - 1) != Some(block.previous_hash)
}
