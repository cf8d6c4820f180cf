//! What the system says of this process, where it has the `/proc` folder of Linux.

use std::fs;

/// Figures of the process, by Prometheus' usual names.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Process {
    /// Memory that it holds, in bytes.
    pub resident_bytes: u64,
    /// Processor time that it has used, in seconds.
    pub cpu_seconds: f64,
    /// Files and sockets that it holds open.
    pub open_fds: u64,
    /// When it began, in unix seconds.
    pub start_seconds: f64,
}

/// Clock ticks of a second in `/proc`, the same on all Linux.
const TICKS: f64 = 100.0;

impl Process {
    /// The figures now; `None` where they can't be had.
    pub fn now() -> Option<Process> {
        let stat = fs::read_to_string("/proc/self/stat").ok()?;
        let status = fs::read_to_string("/proc/self/status").ok()?;
        let machine = fs::read_to_string("/proc/stat").ok()?;
        let open_fds = fs::read_dir("/proc/self/fd").ok()?.count() as u64;
        Process::of(&stat, &status, &machine, open_fds)
    }

    fn of(stat: &str, status: &str, machine: &str, open_fds: u64) -> Option<Process> {
        // The name, in brackets, may hold anything.
        let (_, stat) = stat.rsplit_once(')')?;
        let field = |number: usize| {
            stat.split_ascii_whitespace().nth(number).and_then(|text| text.parse::<f64>().ok())
        };
        let line = |text: &str, key: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(key))?;
            line.split_ascii_whitespace().next()?.parse::<u64>().ok()
        };
        Some(Process {
            resident_bytes: line(status, "VmRSS:")? * 1_024,
            cpu_seconds: (field(11)? + field(12)?) / TICKS,
            open_fds,
            start_seconds: line(machine, "btime ")? as f64 + field(19)? / TICKS,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read_from_proc() {
        let stat = "77 (a (b) c) S 1 2 3 4 5 6 7 8 9 10 250 50 0 0 20 0 3 0 1000 99 98";
        let process = Process::of(stat, "Name:\tx\nVmRSS:\t  12 kB\n", "cpu 1\nbtime 500\n", 9);
        let expected =
            Process { resident_bytes: 12_288, cpu_seconds: 3.0, open_fds: 9, start_seconds: 510.0 };
        assert_eq!(process, Some(expected));
        assert_eq!(Process::of("77", "", "", 0), None);
    }
}
