//! What a seed stands for: how many nodes of which kind, how bad the network is, and what goes wrong.

use crate::clock::Time;
use crate::random::Random;

/// Milliseconds in a slot.
pub const SLOT_MS: u64 = crate::founding::SLOT * 1000;

/// Which faults a run has. Each is there in some seeds only, so that the others are seen alone.
#[derive(Clone, Debug)]
pub struct Faults {
    /// Clocks are off by up to so many milliseconds.
    pub clocks_ms: u64,
    /// Clocks are set while they run.
    pub clock_jumps: bool,
    /// Frames in ten thousand that take much longer, as on a line that loses packets; one in ten of them
    /// never comes.
    pub lost: u64,
    /// Messages in ten thousand that come twice.
    pub doubled: u64,
    /// Mean seconds until a connection breaks; 0 for never.
    pub break_seconds: u64,
    /// Mean seconds between two processes that are killed; 0 for never.
    pub kill_seconds: u64,
    /// Mean seconds between two power cuts; 0 for never.
    pub cut_seconds: u64,
    /// Mean seconds between two failures of disks; 0 for never.
    pub disk_seconds: u64,
    /// Mean seconds between two partitions; 0 for never.
    pub partition_seconds: u64,
    /// Users that sign two blocks for one place.
    pub double_spends: bool,
}

/// How messages travel.
#[derive(Clone, Debug)]
pub struct Network {
    /// Shortest way, in milliseconds.
    pub latency_ms: u64,
    /// What comes on top at most.
    pub jitter_ms: u64,
    /// Bytes that a node sends in a millisecond.
    pub bytes_per_ms: u64,
}

/// A run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Nodes with a pillar's key.
    pub pillars: u8,
    /// Nodes that stand before pillars.
    pub sentries: usize,
    /// Other nodes.
    pub plain: usize,
    /// Nodes that come later, with nothing on disk.
    pub late: usize,
    /// Peers that mean harm.
    pub hostile: usize,
    /// Peers below which a node does not call itself synced.
    pub min_peers: usize,
    /// Accounts that do something.
    pub users: u8,
    /// Mean milliseconds between two blocks of one user.
    pub user_ms: u64,
    /// Momentums that all but the late ones begin with.
    pub past: u64,
    /// How long faults happen.
    pub stormy_ms: Time,
    /// Faults.
    pub faults: Faults,
    /// The network.
    pub network: Network,
}

impl Plan {
    /// The run of a seed, with about `nodes` nodes if that is given.
    pub fn of(seed: u64, nodes: Option<usize>) -> Plan {
        let mut random = Random::new(seed ^ 0x706c_616e);
        let random = &mut random;
        let pillars = 2 + random.below(3) as u8;
        let guarded = random.below(4) == 0;
        let mut plan = Plan {
            pillars,
            sentries: if guarded { 2 } else { 0 },
            plain: random.below(3) as usize,
            late: usize::from(random.below(3) == 0),
            hostile: [0, 0, 1, 1, 2][random.below(5) as usize],
            min_peers: random.below(2) as usize,
            users: 2 + random.below(5) as u8,
            user_ms: [4_000, 10_000, 30_000][random.below(3) as usize],
            past: [0, 35, 35, 90][random.below(4) as usize],
            stormy_ms: SLOT_MS * (6 + random.below(24)),
            faults: Faults::of(random),
            network: Network {
                latency_ms: [1, 20, 80, 200][random.below(4) as usize],
                jitter_ms: [0, 10, 100, 600][random.below(4) as usize],
                bytes_per_ms: [20, 200, 2_000, 20_000][random.below(4) as usize],
            },
        };
        if let Some(nodes) = nodes {
            plan.pillars = (nodes / 4).clamp(2, 12) as u8;
            plan.late = nodes / 10;
            let rest = nodes.saturating_sub(plan.pillars.into()).saturating_sub(plan.late);
            plan.sentries = plan.sentries.min(rest);
            plan.plain = rest - plan.sentries;
            plan.hostile *= nodes.div_ceil(12);
            plan.users = 12;
            plan.stormy_ms = SLOT_MS * (30 + random.below(40));
        }
        plan
    }
}

impl Faults {
    /// Some of them.
    fn of(random: &mut Random) -> Faults {
        let mut some = |chance: u64, values: &[u64]| match random.below(100) < chance {
            true => values[random.below(values.len() as u64) as usize],
            false => 0,
        };
        Faults {
            clocks_ms: some(70, &[50, 500, 1_500, 2_500]),
            clock_jumps: some(20, &[1]) == 1,
            lost: some(40, &[10, 50, 200]),
            doubled: some(40, &[10, 100, 300]),
            break_seconds: some(50, &[30, 120, 600]),
            kill_seconds: some(50, &[40, 90, 200]),
            cut_seconds: some(50, &[40, 90, 200]),
            disk_seconds: some(25, &[60, 120]),
            partition_seconds: some(45, &[60, 120]),
            double_spends: some(40, &[1]) == 1,
        }
    }

    /// None of them.
    pub fn none() -> Faults {
        Faults {
            clocks_ms: 0,
            clock_jumps: false,
            lost: 0,
            doubled: 0,
            break_seconds: 0,
            kill_seconds: 0,
            cut_seconds: 0,
            disk_seconds: 0,
            partition_seconds: 0,
            double_spends: false,
        }
    }
}
