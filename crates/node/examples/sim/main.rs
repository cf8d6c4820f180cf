//! Simulates whole networks, one for each seed: nodes, clocks, links, disks, users, and peers that mean
//! harm, under one generator of random numbers.
//!
//! `cargo run -p node --example sim -- [--seeds N] [--first S] [--seed S] [--nodes N] [--large N]
//! [--flaws] [--threads N]`: each seed is a case; what it found is printed with the seed, and
//! `--seed S` runs that one again and tells all that happens. `--nodes` gives every network that size,
//! `--large N` adds so many networks of forty nodes. `--flaws` runs builds with one mistake each until
//! the simulation finds it. The closing line is `N passed, M failed`.
//!
//! | file | what |
//! |---|---|
//! | [`plan`] | what a seed stands for |
//! | [`world`] | the events, and what must hold at any time |
//! | [`witness`], [`supply`] | what was seen, and must hold |
//! | [`host`], [`clock`] | an honest node on its machine |
//! | [`links`], [`strikes`] | connections; what goes wrong |
//! | [`hostile`], [`broken`] | peers that mean harm |
//! | [`users`] | transfers, receipts, calls, and what was acknowledged |
//! | [`past`] | chains that runs begin with |
//! | [`flawed`] | builds with a mistake, which have to be found |

mod broken;
mod clock;
mod counts;
#[expect(dead_code, reason = "shared with the tests of one node")]
#[path = "../../tests/node/disk.rs"]
mod disk;
mod flawed;
#[path = "../../tests/node/founding.rs"]
mod founding;
mod host;
mod hostile;
mod links;
mod past;
mod plan;
mod queue;
#[path = "../../tests/node/random.rs"]
mod random;
mod strikes;
mod supply;
mod trace;
mod users;
mod witness;
mod world;

use crate::counts::Counts;
use crate::past::Past;
use crate::plan::Plan;
use crate::world::{Outcome, Violation, World};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

/// Nodes of a large network.
const LARGE: usize = 40;
/// One in so many seeds is run twice, to see that it replays.
const REPLAYED: u64 = 50;

fn main() -> ExitCode {
    let arguments = match Arguments::read(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(error) => {
            eprintln!("sim: {error}");
            return ExitCode::from(2);
        }
    };
    if let Some(seed) = arguments.seed {
        return one(seed, arguments.nodes);
    }
    let mut total = Total::default();
    let began = Instant::now();
    let cases = (0..arguments.seeds).map(|index| (arguments.first + index, arguments.nodes));
    let large = (0..arguments.large).map(|index| (arguments.first + index, Some(LARGE)));
    // The large ones take longest, so they begin.
    run_all(large.chain(cases).collect(), arguments.threads, &mut total);
    if arguments.flaws {
        flawed::find_all(arguments.first, &mut total);
    }
    total.print(began.elapsed().as_secs_f64(), arguments.threads);
    println!("{} passed, {} failed", total.passed, total.failed);
    ExitCode::from(u8::from(total.failed > 0))
}

/// Runs one seed, and tells all that happens.
fn one(seed: u64, nodes: Option<usize>) -> ExitCode {
    println!("{:#?}", Plan::of(seed, nodes));
    let log = tracing_subscriber::fmt().without_time().with_max_level(tracing::Level::DEBUG);
    log.with_ansi(false).init();
    match run(seed, nodes, true, || ()) {
        Ok(outcome) => {
            println!("seed {seed} holds, trace {:016x}", outcome.trace);
            println!("faults: {}\n{}", outcome.faults, outcome.counts);
            println!("1 passed, 0 failed");
            ExitCode::SUCCESS
        }
        Err(violation) => {
            println!("seed {seed}: {violation}");
            println!("0 passed, 1 failed");
            ExitCode::FAILURE
        }
    }
}

/// Runs one seed; `before` is done when all is ready.
fn run(
    seed: u64,
    nodes: Option<usize>,
    verbose: bool,
    before: impl FnOnce(),
) -> Result<Outcome, Violation> {
    let ran = catch_unwind(AssertUnwindSafe(|| {
        let plan = Plan::of(seed, nodes);
        let past = Past::of(plan.pillars, plan.past);
        before();
        World::new(seed, plan, &past, verbose).run()
    }));
    ran.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        Err(Violation(format!("panic: {}", text.unwrap_or_default())))
    })
}

/// What all seeds gave.
#[derive(Default)]
struct Total {
    passed: u64,
    failed: u64,
    seeds: u64,
    simulated_ms: u64,
    faults: Counts,
    counts: Counts,
    trace: u64,
}

impl Total {
    fn add(&mut self, outcome: &Outcome) {
        self.simulated_ms += outcome.simulated_ms;
        self.faults.add_all(&outcome.faults);
        self.counts.add_all(&outcome.counts);
        // In any order, for threads end in any.
        self.trace ^= outcome.trace;
    }

    fn print(&self, seconds: f64, threads: usize) {
        let simulated = self.simulated_ms as f64 / 1000.0;
        println!(
            "{} seeds, {:.1} simulated hours in {seconds:.0} s on {threads} threads: {:.0} times as \
             fast as time, trace {:016x}",
            self.seeds,
            simulated / 3600.0,
            simulated / seconds.max(0.001),
            self.trace
        );
        println!("{} faults: {}", self.faults.sum(), self.faults);
        println!("{}", self.counts);
    }
}

/// Runs all cases.
fn run_all(cases: Vec<(u64, Option<usize>)>, threads: usize, total: &mut Total) {
    let next = AtomicU64::new(0);
    let total = Mutex::new(total);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((seed, nodes)) =
                    cases.get(next.fetch_add(1, Ordering::Relaxed) as usize)
                {
                    let mut result = run(*seed, *nodes, false, || ());
                    if let Ok(outcome) = &result
                        && seed % REPLAYED == 0
                    {
                        result = replay(*seed, *nodes, outcome);
                    }
                    let mut total = total.lock().expect("no thread panics while it counts");
                    total.seeds += 1;
                    match result {
                        Ok(outcome) => {
                            total.passed += 1;
                            total.add(&outcome);
                        }
                        Err(violation) => {
                            total.failed += 1;
                            let nodes = nodes.map_or(String::new(), |n| format!(" --nodes {n}"));
                            println!("seed {seed}{nodes}: {violation}");
                        }
                    }
                }
            });
        }
    });
}

/// Runs a seed again: it must end as before.
fn replay(seed: u64, nodes: Option<usize>, before: &Outcome) -> Result<Outcome, Violation> {
    let again = run(seed, nodes, false, || ())?;
    if again.trace != before.trace {
        return Err(Violation(format!(
            "does not replay: trace {:016x}, then {:016x}",
            before.trace, again.trace
        )));
    }
    Ok(again)
}

/// What the command line says.
struct Arguments {
    seeds: u64,
    first: u64,
    seed: Option<u64>,
    nodes: Option<usize>,
    large: u64,
    threads: usize,
    flaws: bool,
}

impl Arguments {
    fn read(words: impl Iterator<Item = String>) -> Result<Arguments, String> {
        let mut arguments = Arguments {
            seeds: 100,
            first: 1,
            seed: None,
            nodes: None,
            large: 0,
            threads: thread::available_parallelism().map_or(1, std::num::NonZero::get),
            flaws: false,
        };
        let mut words = words;
        while let Some(word) = words.next() {
            if word == "--flaws" {
                if !flawed::ARE_THERE {
                    return Err("this build makes no mistakes: add --features flaws".to_owned());
                }
                arguments.flaws = true;
                continue;
            }
            let number = words.next().and_then(|text| text.parse::<u64>().ok());
            let number = number.ok_or_else(|| format!("{word} takes a number"))?;
            let count =
                || usize::try_from(number).map_err(|_| format!("{word} {number} is too much"));
            match word.as_str() {
                "--seeds" => arguments.seeds = number,
                "--first" => arguments.first = number,
                "--seed" => arguments.seed = Some(number),
                "--nodes" => arguments.nodes = Some(count()?),
                "--large" => arguments.large = number,
                "--threads" => arguments.threads = count()?.max(1),
                _ => return Err(format!("no option {word}")),
            }
        }
        Ok(arguments)
    }
}
