//! What was seen so far, and must hold whatever happens.

use crate::counts::Counts;
use crate::founding::pillar_key;
use crate::host::{Host, Role};
use crate::past::Past;
use crate::supply;
use crate::trace::Trace;
use crate::users::has_lost_its_place;
use crate::world::Violation;
use ledger::state::{Chain, View};
use ledger::types::{Address, Hash, HashHeight};
use ledger::{AccountBlock, DetailedMomentum};
use node::service::{Happening, Moment as _};
use std::collections::{BTreeMap, BTreeSet};

/// Momentums below its newest one that a node never takes back.
const SETTLED_BELOW: u64 = 30;

/// A block that a node has acknowledged.
struct Acknowledged {
    block: AccountBlock,
    /// Whether it lost its place, as it may.
    lost: bool,
}

/// What was seen.
pub struct Witness {
    /// Every momentum that an honest pillar made.
    made: BTreeSet<Hash>,
    /// How many are from before the run.
    past: usize,
    /// What each pillar signed for each slot.
    signed: BTreeMap<(Address, u64), Hash>,
    /// Momentums that some node will not take back, by height.
    settled: BTreeMap<u64, Hash>,
    /// All blocks that users signed.
    published: BTreeSet<Hash>,
    /// Addresses that producers use for their own calls.
    pillars: BTreeSet<Address>,
    acknowledged: Vec<Vec<Acknowledged>>,
}

impl Witness {
    /// Nothing seen but the past.
    pub fn new(past: &Past, hosts: usize) -> Witness {
        let mut made: BTreeSet<Hash> = past.momentums.iter().copied().collect();
        made.insert(past.genesis.momentum.hash);
        Witness {
            past: made.len(),
            made,
            signed: BTreeMap::new(),
            settled: BTreeMap::new(),
            published: past.blocks.clone(),
            pillars: (0..=50).map(|index| pillar_key(index).address()).collect(),
            acknowledged: (0..hosts).map(|_| Vec::new()).collect(),
        }
    }

    /// Momentums made in this run.
    pub fn made_count(&self) -> u64 {
        (self.made.len() - self.past) as u64
    }

    /// A user has signed a block.
    pub fn published(&mut self, block: &AccountBlock) {
        self.published.insert(block.hash);
    }

    /// A node has acknowledged a block.
    pub fn acknowledged(&mut self, host: usize, block: AccountBlock) {
        self.acknowledged[host].push(Acknowledged { block, lost: false });
    }

    /// The ledger of a node has changed.
    pub fn happened(
        &mut self,
        host: &Host,
        own: bool,
        happening: &Happening,
        counts: &mut Counts,
    ) -> Result<(), Violation> {
        match happening {
            Happening::Momentum(detailed) => {
                if own {
                    self.signs(host, detailed)?;
                }
                self.is_honest(host, detailed)?;
                self.settles(host, detailed.momentum.height)
            }
            Happening::Rollback(_) => self.keeps(host, counts),
        }
    }

    /// No key signs two momentums for one slot.
    fn signs(&mut self, host: &Host, detailed: &DetailedMomentum) -> Result<(), Violation> {
        let momentum = &detailed.momentum;
        let slot = (momentum.producer(), momentum.timestamp);
        let first = *self.signed.entry(slot).or_insert(momentum.hash);
        if first != momentum.hash {
            return Err(Violation(format!(
                "host {} signs slot {} twice: {first} and {}",
                host.number, momentum.timestamp, momentum.hash
            )));
        }
        self.made.insert(momentum.hash);
        Ok(())
    }

    /// Nothing comes into a chain that nobody made.
    fn is_honest(&self, host: &Host, detailed: &DetailedMomentum) -> Result<(), Violation> {
        let momentum = &detailed.momentum;
        if !self.made.contains(&momentum.hash) {
            return Err(Violation(format!(
                "host {} takes momentum {} {}, which no pillar made",
                host.number, momentum.height, momentum.hash
            )));
        }
        let foreign = detailed.account_blocks.iter().find(|block| {
            !block.address.is_embedded()
                && !self.pillars.contains(&block.address)
                && !self.published.contains(&block.hash)
        });
        match foreign {
            Some(block) => Err(Violation(format!(
                "host {} confirms block {} of {}, which nobody signed",
                host.number, block.hash, block.address
            ))),
            None => Ok(()),
        }
    }

    /// No two nodes differ where neither goes back.
    fn settles(&mut self, host: &Host, height: u64) -> Result<(), Violation> {
        let Some(height) = height.checked_sub(SETTLED_BELOW).filter(|height| *height > 1) else {
            return Ok(());
        };
        let Some(moment) = host.moment() else { return Ok(()) };
        let view = View::frontier_of(moment.chain());
        let hash = match view.momentum_by_height(height) {
            Ok(Some(momentum)) => momentum.hash,
            other => {
                return Err(Violation(format!("host {} at {height}: {other:?}", host.number)));
            }
        };
        let first = *self.settled.entry(height).or_insert(hash);
        if first != hash {
            return Err(Violation(format!(
                "host {} holds {hash} at height {height}, another node {first}",
                host.number
            )));
        }
        Ok(())
    }

    /// A process has started on what was on its disk.
    pub fn started(&mut self, host: &Host, counts: &mut Counts) -> Result<(), Violation> {
        let newest = host.newest().expect("it runs");
        if !host.left.is_empty() && !host.left.contains(&newest) {
            return Err(Violation(format!(
                "host {} finds {newest} on its disk, and left one of {}",
                host.number,
                names(&host.left)
            )));
        }
        if let Role::Pillar(index) = host.role {
            // What it made while the power went is the only one of its slot if it is on the disk.
            let moment = host.moment().expect("it runs");
            let view = View::frontier_of(moment.chain());
            let momentum = view.frontier().expect("the state is sound");
            if momentum.height > 1 && momentum.producer() == pillar_key(index).address() {
                let momentum = momentum.clone();
                let detailed = DetailedMomentum { momentum, account_blocks: Vec::new() };
                if !self.made.contains(&detailed.momentum.hash) {
                    self.signs(host, &detailed)?;
                }
            }
        }
        self.keeps(host, counts)
    }

    /// A node has what it acknowledged.
    fn keeps(&mut self, host: &Host, counts: &mut Counts) -> Result<(), Violation> {
        for Acknowledged { block, lost, .. } in &mut self.acknowledged[host.number] {
            if *lost || host.has(block) {
                continue;
            }
            if !has_lost_its_place(host, block) {
                return Err(Violation(format!(
                    "host {} has lost block {} of {} at height {}, which it had acknowledged",
                    host.number, block.hash, block.address, block.height
                )));
            }
            *lost = true;
            counts.add("acknowledged blocks that lost their place");
        }
        Ok(())
    }

    /// What must hold at the end, when all nodes have the same newest momentum.
    pub fn check_end(&mut self, hosts: &[Host], counts: &mut Counts) -> Result<(), Violation> {
        let moment = hosts[0].moment().expect("all run");
        let view = View::frontier_of(moment.chain());
        for host in hosts {
            self.keeps(host, counts)?;
            for Acknowledged { block, .. } in &self.acknowledged[host.number] {
                let confirmed = view.confirmation_height(&block.hash).expect("the state is sound");
                match confirmed {
                    Some(_) => counts.add("acknowledged blocks confirmed"),
                    None if host.has(block) => counts.add("acknowledged blocks that wait"),
                    None => {}
                }
            }
        }
        supply::check(moment.chain())?;
        let last = hosts.last().and_then(Host::moment).expect("all run");
        if content(moment.chain()) != content(last.chain()) {
            return Err(Violation("two nodes have one chain and different states".to_owned()));
        }
        Ok(())
    }
}

/// A hash over the whole state.
fn content(chain: &dyn Chain) -> u64 {
    let mut trace = Trace::default();
    let scanned = chain.frontier().scan(&[], &mut |key, value| {
        trace.add_bytes(key);
        trace.add_bytes(value);
        true
    });
    scanned.expect("the state is sound");
    trace.value()
}

fn names(list: &[HashHeight]) -> String {
    list.iter().map(HashHeight::to_string).collect::<Vec<_>>().join(", ")
}
