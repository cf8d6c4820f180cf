//! What goes wrong, and when.

use crate::disk::Fault;
use crate::world::{Violation, What, World, tell};

/// Something that goes wrong.
#[derive(Clone, Copy, Debug)]
pub enum Strike {
    /// A process is killed.
    Kill,
    /// A machine loses power.
    Cut,
    /// A disk fails.
    Disk,
    /// The network falls apart for a while.
    Partition,
    /// A clock is set.
    Clock,
    /// A connection breaks.
    Break,
}

const ALL: [Strike; 6] =
    [Strike::Kill, Strike::Cut, Strike::Disk, Strike::Partition, Strike::Clock, Strike::Break];

/// Mean seconds between two jumps of clocks.
const CLOCK_SECONDS: u64 = 60;
/// Longest partition in milliseconds: neither part may come further than forks may be taken back.
const PARTITION_MS_MAX: u64 = 140_000;
/// Most disk operations from now until a planned fault strikes.
const OPERATIONS_MAX: u64 = 250;

impl World {
    /// Plans the first strike of each kind.
    pub fn plan_strikes(&mut self) {
        for strike in ALL {
            self.plan_strike(strike);
        }
    }

    fn plan_strike(&mut self, strike: Strike) {
        let faults = &self.plan.faults;
        let mean = match strike {
            Strike::Kill => faults.kill_seconds,
            Strike::Cut => faults.cut_seconds,
            Strike::Disk => faults.disk_seconds,
            Strike::Partition => faults.partition_seconds,
            Strike::Clock if faults.clock_jumps => CLOCK_SECONDS,
            Strike::Clock => 0,
            Strike::Break => faults.break_seconds,
        };
        if mean > 0 {
            // Larger networks have more to break.
            let share = match strike {
                Strike::Partition => 1,
                _ => self.hosts.len().div_ceil(8) as u64,
            };
            let wait = 1 + self.random.below(2_000 * mean / share);
            self.queue.plan(self.now + wait, What::Strike(strike));
        }
    }

    /// Something goes wrong.
    pub fn strike(&mut self, strike: Strike) -> Result<(), Violation> {
        if !self.stormy {
            return Ok(());
        }
        self.plan_strike(strike);
        let host = self.random.below(self.hosts.len() as u64) as usize;
        let up = self.hosts[host].running.is_some();
        match strike {
            Strike::Kill if up => {
                self.faults.add("kills");
                let disk = self.hosts[host].disk.live();
                self.crash(host, disk);
            }
            Strike::Cut if up && self.random.below(2) == 0 => {
                self.faults.add("power cuts");
                let disk = self.hosts[host].disk.after_cut();
                self.crash(host, disk);
            }
            Strike::Cut if up && self.hosts[host].planned_fault.is_none() => {
                self.plan_fault(host, Fault::Cut);
            }
            Strike::Disk if up && self.hosts[host].planned_fault.is_none() => {
                let kinds = [Fault::Write, Fault::Torn, Fault::Full, Fault::Sync];
                let kind = kinds[self.random.below(kinds.len() as u64) as usize];
                self.plan_fault(host, kind);
            }
            Strike::Partition if self.groups.iter().all(|group| *group == 0) => self.part(),
            Strike::Clock => {
                let range = self.plan.faults.clocks_ms.max(500);
                let ahead = self.random.below(2 * range + 1) as i64 - range as i64;
                let clock = &mut self.hosts[host].clock;
                let by = ahead - clock.ahead_ms(self.now);
                clock.jump(self.now, by);
                self.faults.add("clock jumps");
                tell!(self, "clock of host {host} jumps by {by} ms");
                // What was due by the old clock may be due now.
                return self.act(host, |host, now, effects| host.tick(now, effects));
            }
            Strike::Break => {
                let open: Vec<usize> = self.lines.iter().flatten().copied().collect();
                if let Some(index) =
                    self.random.below(open.len() as u64).checked_rem(open.len() as u64)
                {
                    self.faults.add("broken connections");
                    self.sever(open[index as usize], None);
                }
            }
            Strike::Kill | Strike::Cut | Strike::Disk | Strike::Partition => {}
        }
        Ok(())
    }

    fn plan_fault(&mut self, host: usize, fault: Fault) {
        let after = 1 + self.random.below(OPERATIONS_MAX);
        let seed = self.random.next();
        tell!(self, "{fault:?} of host {host} after {after} operations");
        self.hosts[host].plan_fault(after, fault, seed);
    }

    /// The network falls apart.
    fn part(&mut self) {
        let parts = 2 + self.random.below(2);
        let groups: Vec<u8> =
            (0..self.groups.len()).map(|_| self.random.below(parts) as u8).collect();
        if groups.iter().all(|group| *group == groups[0]) {
            return;
        }
        self.faults.add("partitions");
        tell!(self, "partition {groups:?}");
        self.split(groups);
        let wait = 15_000 + self.random.below(PARTITION_MS_MAX - 15_000);
        self.queue.plan(self.now + wait, What::Heal);
    }
}
