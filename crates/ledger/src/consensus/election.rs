//! Elections: which pillar may produce in which slot.
//!
//! A tick's election stands on the last momentum before the end of the tick before last. The heaviest
//! pillars take half of the seats, the others draw for the rest, and the height of that momentum seeds
//! all draws. Sources: go-zenon `consensus/election.go`, `election_algorithm.go`,
//! `chain/momentum/embedded.go`.

use super::gorand::GoRand;
use super::slots;
use crate::contracts::pillar;
use crate::momentum::Momentum;
use crate::refusal::{Fault, Refusal};
use crate::rules::Rules;
use crate::state::{Chain, Past, View};
use crate::types::{Address, Amount, HashHeight, contract};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A pillar's delegations at one moment, or averaged over an epoch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delegation {
    /// Address that produces for the pillar.
    pub producing: Address,
    /// Sum over the backers.
    pub weight: Amount,
    /// ZNN of each backer.
    pub backers: BTreeMap<Address, Amount>,
}

/// All active pillars with their delegations: heaviest first, then by name.
pub type Ballot = Vec<(Vec<u8>, Delegation)>;

/// The slots of a tick.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Election {
    /// Start, producing address and pillar name of each slot, in order.
    pub slots: Vec<(u64, Address, Vec<u8>)>,
    /// What was voted with.
    pub ballot: Arc<Ballot>,
}

/// The delegations that a state holds.
pub fn ballot_of(view: &View<'_>) -> Result<Ballot, Fault> {
    let storage = view.account(&contract::PILLAR);
    let mut pillars: BTreeMap<Vec<u8>, Delegation> = pillar::active(&storage)?
        .into_iter()
        .map(|pillar| {
            let producing = pillar.producing_address;
            (pillar.name, Delegation { producing, ..Delegation::default() })
        })
        .collect();
    for record in pillar::delegations(&storage)? {
        if let Some(delegation) = pillars.get_mut(&record.name) {
            let znn = view.znn_balance(&record.backer)?;
            delegation.weight = delegation.weight.wrapping_add(znn);
            delegation.backers.insert(record.backer, znn);
        }
    }
    let mut ballot: Ballot = pillars.into_iter().collect();
    // The sort is stable and the names are in order already.
    ballot.sort_by_key(|(_, delegation)| core::cmp::Reverse(delegation.weight));
    Ok(ballot)
}

/// The last momentum before `time`; `newest` is the view of the newest momentum.
pub(super) fn momentum_before(newest: &View<'_>, time: u64) -> Result<Momentum, Refusal> {
    newest.momentum_before(time)?.ok_or(Refusal::ElectionBeforeGenesis)
}

/// The momentum that a tick's election stands on.
pub fn proof_of(chain: &dyn Chain, tick: u64) -> Result<HashHeight, Refusal> {
    proof_in(&View::frontier_of(chain), tick)
}

/// The same, in the view of the newest momentum.
pub(super) fn proof_in(newest: &View<'_>, tick: u64) -> Result<HashHeight, Refusal> {
    let rules = newest.rules();
    let time = match tick.checked_sub(2) {
        Some(before_last) => slots::tick_bounds(rules, before_last).1,
        None => rules.genesis_timestamp + 1,
    };
    Ok(momentum_before(newest, time)?.identifier())
}

/// The delegations after each of these momentums, which are on our chain.
pub fn ballots_at(chain: &dyn Chain, proofs: &[HashHeight]) -> Result<Vec<Arc<Ballot>>, Refusal> {
    proofs
        .iter()
        .map(|proof| {
            if let Some(ballot) = chain.memo().ballot(&proof.hash) {
                return Ok(ballot);
            }
            let state = Past::of(chain, proof.height)?;
            let ballot = Arc::new(ballot_of(&View::new(&state, chain.rules()))?);
            chain.memo().keep_ballot(proof.hash, ballot.clone());
            Ok(ballot)
        })
        .collect()
}

/// The slots of a tick.
pub fn election(chain: &dyn Chain, tick: u64) -> Result<Arc<Election>, Refusal> {
    election_in(chain, &View::frontier_of(chain), tick)
}

/// The same; `newest` is the view of the newest momentum.
pub(super) fn election_in(
    chain: &dyn Chain,
    newest: &View<'_>,
    tick: u64,
) -> Result<Arc<Election>, Refusal> {
    let proof = proof_in(newest, tick)?;
    if let Some(election) = chain.memo().election(tick, &proof.hash) {
        return Ok(election);
    }
    let election = Arc::new(hold(chain, tick, proof)?);
    chain.memo().keep_election(tick, proof.hash, election.clone());
    Ok(election)
}

/// Holds the election of a tick that stands on `proof`.
fn hold(chain: &dyn Chain, tick: u64, proof: HashHeight) -> Result<Election, Refusal> {
    let ballot = ballots_at(chain, &[proof])?.pop().ok_or(Refusal::NoActivePillars)?;
    let rules = chain.rules();
    // Ticks without momentums between them stand on the same one.
    let seats = match chain.memo().seats(&proof.hash) {
        Some(seats) => seats,
        None => {
            let seats = Arc::new(seats(rules, &ballot, proof.height)?);
            chain.memo().keep_seats(proof.hash, seats.clone());
            seats
        }
    };
    // Slots name pillars by their producing addresses; of two with one address the last counts.
    let names: BTreeMap<Address, &Vec<u8>> =
        ballot.iter().map(|(name, delegation)| (delegation.producing, name)).collect();
    let (start, _) = slots::tick_bounds(rules, tick);
    let slots = seats
        .iter()
        .zip(0u64..)
        .map(|(seat, index)| {
            let producing = ballot[*seat].1.producing;
            let name = names.get(&producing).ok_or(Refusal::PillarNameLookup)?;
            Ok((start + rules.block_time * index, producing, (*name).clone()))
        })
        .collect::<Result<Vec<_>, Refusal>>()?;
    Ok(Election { slots, ballot })
}

/// Who may produce the momentum of exactly this time.
pub fn producer_at(chain: &dyn Chain, timestamp: u64) -> Result<Address, Refusal> {
    if timestamp < chain.rules().genesis_timestamp {
        return Err(Refusal::ElectionBeforeGenesis);
    }
    let tick = slots::tick_at(chain.rules(), timestamp);
    election(chain, tick)?
        .slots
        .iter()
        .find(|(start, _, _)| *start == timestamp)
        .map(|(_, producing, _)| *producing)
        .ok_or(Refusal::NoProducerAtTime)
}

/// The places in the ballot of those who fill the slots, in order of the slots.
pub fn seats(rules: &Rules, ballot: &Ballot, height: u64) -> Result<Vec<usize>, Refusal> {
    let total = rules.node_count;
    let seed = height.cast_signed();
    if ballot.is_empty() {
        return Err(Refusal::NoActivePillars);
    }
    let elected: Vec<usize> = if ballot.len() < total {
        // Too few pillars: all of them in a drawn order, again and again.
        let order = GoRand::new(seed).permutation(ballot.len());
        order.into_iter().cycle().take(total).collect()
    } else {
        let sure = total - rules.rand_count;
        let order = GoRand::new(seed).permutation(total);
        // Those of the heaviest who miss a sure seat draw with the rest.
        let others: Vec<usize> =
            (total..ballot.len()).chain(order[sure..].iter().copied()).collect();
        let drawn = GoRand::new(seed.wrapping_add(1)).permutation(others.len());
        order[..sure]
            .iter()
            .copied()
            .chain(drawn.into_iter().take(rules.rand_count).map(|index| others[index]))
            .collect()
    };
    let order = GoRand::new(seed).permutation(elected.len());
    Ok(order.into_iter().map(|index| elected[index]).collect())
}
