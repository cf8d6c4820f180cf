//! Whom to call, and when: trusted nodes always, others until there are enough, each after a pause that
//! grows with its failures.

use super::gate::Gate;
use crate::node::Millis;
use crate::wire::{Endpoint, NodeId};
use std::collections::{BTreeMap, BTreeSet};

/// First pause after a call that failed (upstream's libp2p server: 5 s, doubling to 300 s, ±30 %).
const PAUSE_MS: u64 = 5_000;
/// First pause for a trusted node.
const PAUSE_TRUSTED_MS: u64 = 1_000;
/// Longest pause.
const PAUSE_MAX_MS: u64 = 300_000;
/// Longest pause for a trusted node.
const PAUSE_TRUSTED_MAX_MS: u64 = 30_000;
/// Calls at the same time.
const CALLS_MAX: usize = 8;
/// Nodes whose failures are remembered.
const PAUSES_MAX: usize = 8_192;

/// Plans calls.
#[derive(Debug, Default)]
pub struct Planner {
    pauses: BTreeMap<NodeId, Pause>,
    calling: BTreeSet<NodeId>,
    random: u64,
}

#[derive(Clone, Copy, Debug)]
struct Pause {
    failures: u32,
    until: Millis,
}

impl Planner {
    /// A planner whose pauses vary with `seed`.
    pub fn new(seed: u64) -> Planner {
        Planner { random: seed, ..Planner::default() }
    }

    /// Whom to call now. `trusted` come first and always; of `others`, in their order, as many as
    /// `wanted` connections are missing.
    pub fn plan(
        &mut self,
        trusted: impl IntoIterator<Item = Endpoint>,
        others: impl IntoIterator<Item = Endpoint>,
        wanted: usize,
        gate: &Gate,
        now: Millis,
    ) -> Vec<Endpoint> {
        let mut plan = Vec::new();
        let mut missing = wanted.saturating_sub(gate.inside() + self.calling.len());
        let all = trusted
            .into_iter()
            .map(|endpoint| (endpoint, true))
            .chain(others.into_iter().map(|endpoint| (endpoint, false)));
        for (endpoint, always) in all {
            let id = endpoint.id();
            if self.calling.len() >= CALLS_MAX || (!always && missing == 0) {
                continue;
            }
            let waits = self.pauses.get(&id).is_some_and(|pause| pause.until > now);
            if waits || self.calling.contains(&id) || gate.is_closed_to(&id, now) {
                continue;
            }
            self.calling.insert(id);
            missing = missing.saturating_sub(usize::from(!always));
            plan.push(endpoint);
        }
        plan
    }

    /// A call ended.
    pub fn ended(&mut self, id: &NodeId, connected: bool, trusted: bool, now: Millis) {
        self.calling.remove(id);
        if connected {
            self.pauses.remove(id);
            return;
        }
        let jitter = self.jitter();
        let pause = self.pauses.entry(*id).or_insert(Pause { failures: 0, until: 0 });
        let (first, longest) = match trusted {
            true => (PAUSE_TRUSTED_MS, PAUSE_TRUSTED_MAX_MS),
            false => (PAUSE_MS, PAUSE_MAX_MS),
        };
        let length = (first << pause.failures.min(10)).min(longest);
        pause.failures += 1;
        pause.until = now + length * jitter / 1_000;
        if self.pauses.len() > PAUSES_MAX {
            self.pauses.retain(|_, pause| pause.until > now);
        }
    }

    /// A connection that stood is gone: a short pause, so that two nodes that drop each other do not
    /// meet again at once.
    pub fn gone(&mut self, id: NodeId, trusted: bool, now: Millis) {
        let length = if trusted { PAUSE_TRUSTED_MS } else { PAUSE_MS };
        let until = now + length * self.jitter() / 1_000;
        self.pauses.entry(id).or_insert(Pause { failures: 0, until }).until = until;
    }

    /// Lets a node be called at once.
    pub fn call_soon(&mut self, id: &NodeId) {
        self.pauses.remove(id);
    }

    /// Between 700 and 1300 thousandths.
    fn jitter(&mut self) -> u64 {
        // A linear congruential generator (Knuth's MMIX) is enough to keep nodes out of step.
        self.random = self
            .random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        700 + (self.random >> 33) % 601
    }
}

#[cfg(test)]
mod tests {
    use super::super::gate::Rules;
    use super::*;
    use std::net::{IpAddr, Ipv4Addr};
    use std::sync::Arc;

    fn endpoint(byte: u8) -> Endpoint {
        let ip = IpAddr::V4(Ipv4Addr::new(10, 0, 0, byte));
        Endpoint::Enode { id: NodeId([byte; 64]), ip, tcp: 35995, udp: 35995 }
    }

    fn gate() -> Arc<Gate> {
        let trusted = BTreeSet::from([NodeId([1; 64])]);
        Gate::new(Rules { me: NodeId([9; 64]), trusted, only_trusted: false, most: 10 })
    }

    #[test]
    fn as_many_are_called_as_are_missing() {
        let (gate, mut planner) = (gate(), Planner::new(1));
        let others = || (2..9).map(endpoint);
        let plan = planner.plan([endpoint(1)], others(), 3, &gate, 0);
        assert_eq!(plan, [endpoint(1), endpoint(2), endpoint(3), endpoint(4)]);
        assert!(planner.plan([endpoint(1)], others(), 3, &gate, 0).is_empty());
        let pass = gate.enter(endpoint(2).id(), "10.0.0.2:1", false, 0).unwrap();
        planner.ended(&endpoint(2).id(), true, false, 0);
        assert!(planner.plan([endpoint(1)], others(), 4, &gate, 0).is_empty());
        drop(pass);
        assert_eq!(planner.plan([], others(), 4, &gate, 0), [endpoint(2)]);
    }

    #[test]
    fn pauses_grow_and_trusted_ones_stay_short() {
        let (gate, mut planner) = (gate(), Planner::new(1));
        let mut now = 0;
        let mut pauses = Vec::new();
        for _ in 0..12 {
            assert_eq!(planner.plan([], [endpoint(2)], 1, &gate, now).len(), 1);
            planner.ended(&endpoint(2).id(), false, false, now);
            let until = planner.pauses[&endpoint(2).id()].until;
            assert!(planner.plan([], [endpoint(2)], 1, &gate, until - 1).is_empty());
            pauses.push(until - now);
            now = until;
        }
        assert!((3_500..=6_500).contains(&pauses[0]));
        assert!((210_000..=390_000).contains(&pauses[11]));
        for _ in 0..12 {
            planner.plan([endpoint(1)], [], 0, &gate, now);
            planner.ended(&endpoint(1).id(), false, true, now);
            let until = planner.pauses[&endpoint(1).id()].until;
            assert!(until - now <= 39_000);
            now = until;
        }
    }
}
