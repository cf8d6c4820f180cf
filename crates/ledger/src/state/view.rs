//! Typed reads of the ledger's state after some momentum.
//!
//! Sources: go-zenon `chain/momentum/*.go`.

use super::account::{corrupt, integer};
use super::{Account, Chain, Past, State, keys};
use crate::block::AccountBlock;
use crate::codec::protobuf;
use crate::momentum::{DetailedMomentum, Momentum};
use crate::refusal::Fault;
use crate::rules::Rules;
use crate::types::{AccountHeader, Address, Amount, Hash, HashHeight, amount_from_bytes};
use std::cell::{Cell, OnceCell};

/// The state after one momentum, under the rules of its network.
pub struct View<'a> {
    state: &'a dyn State,
    rules: &'a Rules,
    frontier: OnceCell<Momentum>,
    /// Height of the last answer to a question about a time; 0 if there was none.
    near: Cell<u64>,
}

impl<'a> View<'a> {
    /// A view of `state`.
    pub fn new(state: &'a dyn State, rules: &'a Rules) -> View<'a> {
        View { state, rules, frontier: OnceCell::new(), near: Cell::new(0) }
    }

    /// The newest state of `chain`.
    pub fn frontier_of(chain: &'a dyn Chain) -> View<'a> {
        View::new(chain.frontier(), chain.rules())
    }

    /// The state itself.
    pub fn state(&self) -> &'a dyn State {
        self.state
    }

    /// The network's rules.
    pub fn rules(&self) -> &'a Rules {
        self.rules
    }

    /// Hash and height of the newest momentum; zero before genesis.
    pub fn identifier(&self) -> Result<HashHeight, Fault> {
        match self.state.get(&keys::FRONTIER)? {
            Some(bytes) => protobuf::decode_hash_height(&bytes).map_err(corrupt),
            None => Ok(HashHeight::ZERO),
        }
    }

    /// The newest momentum.
    pub fn frontier(&self) -> Result<&Momentum, Fault> {
        if let Some(momentum) = self.frontier.get() {
            return Ok(momentum);
        }
        let height = self.identifier()?.height;
        let momentum = self
            .momentum_by_height(height)?
            .ok_or_else(|| Fault(format!("momentum {height} is missing")))?;
        Ok(self.frontier.get_or_init(|| momentum))
    }

    /// The momentum at `height`.
    pub fn momentum_by_height(&self, height: u64) -> Result<Option<Momentum>, Fault> {
        match self.state.get(&keys::entry_by_height(height))? {
            Some(bytes) => protobuf::decode_momentum(&bytes).map(Some).map_err(corrupt),
            None => Ok(None),
        }
    }

    /// The momentum with this hash.
    pub fn momentum_by_hash(&self, hash: &Hash) -> Result<Option<Momentum>, Fault> {
        match self.momentum_height(hash)? {
            Some(height) => self.momentum_by_height(height),
            None => Ok(None),
        }
    }

    /// Height of the momentum with this hash.
    pub fn momentum_height(&self, hash: &Hash) -> Result<Option<u64>, Fault> {
        self.integer(&keys::height_by_hash(hash))
    }

    /// The last momentum whose timestamp is strictly below `time`; `None` if genesis is not.
    pub fn momentum_before(&self, time: u64) -> Result<Option<Momentum>, Fault> {
        let frontier = self.frontier()?;
        if frontier.timestamp < time {
            return Ok(Some(frontier.clone()));
        }
        let height = self.height_before(time, frontier)?;
        self.near.set(height);
        match height {
            0 => Ok(None),
            height => self.present(height).map(Some),
        }
    }

    /// Height of the last momentum before `time`, which is not above the newest momentum's timestamp; 0
    /// if there is none.
    fn height_before(&self, time: u64, newest: &Momentum) -> Result<u64, Fault> {
        // Timestamps rise with heights: `low` stays below `time`, `high` at or above it.
        let (mut low, mut high) = (0, newest.height);
        // Look around the last answer first. Without one: if no slot is empty, what is looked for is as
        // many heights away as slots.
        let slots = (newest.timestamp - time) / self.rules.block_time.max(1) + 1;
        let mut probe = match self.near.get() {
            0 => newest.height.saturating_sub(slots),
            near => near,
        }
        .clamp(1, high.max(2) - 1);
        let mut stride = 1;
        while high - low > 1 {
            if self.timestamp(probe)? < time {
                low = probe;
            } else {
                high = probe;
            }
            // Strides grow until both sides are known to be near, then halves do.
            probe = match (low > 0, high < newest.height) {
                (true, true) => low + (high - low) / 2,
                (true, false) => low.saturating_add(stride).min(high - 1),
                (false, _) => high.saturating_sub(stride).max(1),
            };
            stride = stride.saturating_mul(2);
        }
        Ok(low)
    }

    fn timestamp(&self, height: u64) -> Result<u64, Fault> {
        match self.state.get(&keys::entry_by_height(height))? {
            Some(bytes) => protobuf::decode_momentum_timestamp(&bytes).map_err(corrupt),
            None => Err(Fault(format!("momentum {height} is missing"))),
        }
    }

    /// The momentum at a height that the chain has reached.
    fn present(&self, height: u64) -> Result<Momentum, Fault> {
        self.momentum_by_height(height)?
            .ok_or_else(|| Fault(format!("momentum {height} is missing")))
    }

    /// The momentum and the blocks that it confirms.
    pub fn detailed(&self, momentum: Momentum) -> Result<DetailedMomentum, Fault> {
        let account_blocks = momentum
            .content
            .iter()
            .map(|header| {
                self.block_by_header(header)?
                    .ok_or_else(|| Fault(format!("block {} is missing", header.hash)))
            })
            .collect::<Result<Vec<_>, Fault>>()?;
        Ok(DetailedMomentum { momentum, account_blocks })
    }

    /// The confirmed store of an account.
    pub fn account(&self, address: &Address) -> Account<'a> {
        Account::new(*address, self.state, None)
    }

    /// The confirmed block with this header's account and height.
    pub fn block_by_header(&self, header: &AccountHeader) -> Result<Option<AccountBlock>, Fault> {
        self.account(&header.address).block_by_height(header.height)
    }

    /// The confirmed block with this hash.
    pub fn block_by_hash(&self, hash: &Hash) -> Result<Option<AccountBlock>, Fault> {
        match self.state.get(&keys::header_by_hash(hash))? {
            Some(bytes) => {
                let header = protobuf::decode_account_header(&bytes).map_err(corrupt)?;
                self.block_by_header(&header)
            }
            None => Ok(None),
        }
    }

    /// Height of the momentum that confirmed a block.
    pub fn confirmation_height(&self, block: &Hash) -> Result<Option<u64>, Fault> {
        self.integer(&keys::confirmation(block))
    }

    /// An account's ZNN balance, as elections weigh it.
    pub fn znn_balance(&self, address: &Address) -> Result<Amount, Fault> {
        match self.state.get(&keys::znn_balance(address))? {
            Some(bytes) => amount_from_bytes(&bytes)
                .ok_or_else(|| Fault("an amount has more than 32 bytes".to_owned())),
            None => Ok(Amount::ZERO),
        }
    }

    /// Number of entries ever queued in a contract's mailbox.
    pub fn mailbox_size(&self, address: &Address) -> Result<u64, Fault> {
        let key = [&keys::mailbox(address)[..], &keys::MAILBOX_SIZE].concat();
        Ok(self.integer(&key)?.unwrap_or(0))
    }

    /// Entry `number` (from 1) of a contract's mailbox.
    pub fn mailbox_entry(
        &self,
        address: &Address,
        number: u64,
    ) -> Result<Option<AccountHeader>, Fault> {
        self.header(&[&keys::mailbox(address)[..], &keys::mailbox_entry(number)].concat())
    }

    /// Hashes of the first `at_most` pending sends to an account, in hash order.
    pub fn unreceived(&self, address: &Address, at_most: usize) -> Result<Vec<Hash>, Fault> {
        let prefix = [&keys::mailbox(address)[..], &keys::MAILBOX_PENDING].concat();
        let mut list = Vec::new();
        if at_most == 0 {
            return Ok(list);
        }
        self.state.scan(&prefix, &mut |key, _| {
            if let Some(hash) = Hash::from_slice(&key[prefix.len()..]) {
                list.push(hash);
            }
            list.len() < at_most
        })?;
        Ok(list)
    }

    /// The confirmed block that receives a confirmed send block.
    pub fn received_by(&self, send: &AccountBlock) -> Result<Option<AccountBlock>, Fault> {
        let key =
            [&keys::mailbox(&send.address)[..], &keys::mailbox_received_by(&send.hash)].concat();
        match self.header(&key)? {
            Some(header) => self.block_by_header(&header),
            None => Ok(None),
        }
    }

    fn header(&self, key: &[u8]) -> Result<Option<AccountHeader>, Fault> {
        match self.state.get(key)? {
            Some(bytes) => protobuf::decode_account_header(&bytes).map(Some).map_err(corrupt),
            None => Ok(None),
        }
    }

    fn integer(&self, key: &[u8]) -> Result<Option<u64>, Fault> {
        match self.state.get(key)? {
            Some(bytes) => integer(&bytes).map(Some),
            None => Ok(None),
        }
    }
}

/// Runs `read` on the state of `chain` after the momentum `id`; `None` if `id` is not on the chain.
pub fn at<R>(
    chain: &dyn Chain,
    id: HashHeight,
    read: impl FnOnce(&View<'_>) -> R,
) -> Result<Option<R>, Fault> {
    let tip = View::frontier_of(chain);
    if tip.identifier()? == id {
        return Ok(Some(read(&tip)));
    }
    if tip.momentum_height(&id.hash)? != Some(id.height) {
        return Ok(None);
    }
    let past = Past::of(chain, id.height)?;
    Ok(Some(read(&View::new(&past, chain.rules()))))
}
