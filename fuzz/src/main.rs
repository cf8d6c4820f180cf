//! Runs each target over its kept samples and over mutations of them:
//! `fuzz [--list] [--seconds N] [--seed S] [TARGET…]`.
//!
//! Inputs follow from the seed, which is printed; a failing input is kept in `fuzz/failures/`. The last
//! line counts targets, for `./x test`.

use anyhow::{Context as _, Result, bail};
use fuzz::{TARGETS, Target, target};
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

struct Options {
    seconds: u64,
    seed: u64,
    targets: Vec<&'static Target>,
}

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("fuzz: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<bool> {
    if std::env::args().any(|arg| arg == "--list") {
        for target in TARGETS {
            println!("{}", target.name);
        }
        return Ok(true);
    }
    let options = options(std::env::args().skip(1))?;
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    println!("seed {}", options.seed);
    let (mut passed, mut failed) = (0, 0);
    for target in options.targets {
        let samples = samples(&home.join("corpus").join(target.name))?;
        let mut dice = Dice(options.seed | 1);
        let start = Instant::now();
        let mut inputs = 0u64;
        let failure =
            samples.iter().find(|sample| !survives(target, sample)).cloned().or_else(|| {
                while start.elapsed() < Duration::from_secs(options.seconds) {
                    let input = dice.mutation(&samples, target.bytes_max);
                    inputs += 1;
                    if !survives(target, &input) {
                        return Some(input);
                    }
                }
                None
            });
        match failure {
            None => {
                println!("ok   {}: {} samples, {inputs} mutations", target.name, samples.len());
                passed += 1;
            }
            Some(input) => {
                let kept = keep(home, target, &input)?;
                println!("FAIL {}: {} bytes, kept in {}", target.name, input.len(), kept.display());
                failed += 1;
            }
        }
    }
    println!("{passed} passed, {failed} failed");
    Ok(failed == 0)
}

fn options(args: impl Iterator<Item = String>) -> Result<Options> {
    let mut options = Options { seconds: 10, seed: 1, targets: Vec::new() };
    let mut args = args;
    while let Some(arg) = args.next() {
        let mut number = |name: &str| -> Result<u64> {
            let text = args.next().with_context(|| format!("{name} needs a number"))?;
            text.parse().with_context(|| format!("{name} needs a number, not \"{text}\""))
        };
        match arg.as_str() {
            "--seconds" => options.seconds = number("--seconds")?,
            "--seed" => options.seed = number("--seed")?,
            name => match target(name) {
                Some(target) => options.targets.push(target),
                None => {
                    let known: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
                    bail!("no target \"{name}\"; there are: {}", known.join(" "));
                }
            },
        }
    }
    if options.targets.is_empty() {
        options.targets = TARGETS.iter().collect();
    }
    Ok(options)
}

/// The files of a folder, sorted by name; none if it is not there.
fn samples(dir: &Path) -> Result<Vec<Vec<u8>>> {
    let mut paths: Vec<PathBuf> = match std::fs::read_dir(dir) {
        Ok(entries) => entries.filter_map(|entry| Some(entry.ok()?.path())).collect(),
        Err(_) => Vec::new(),
    };
    paths.sort();
    paths
        .iter()
        .map(|path| std::fs::read(path).with_context(|| format!("cannot read {}", path.display())))
        .collect()
}

fn survives(target: &Target, input: &[u8]) -> bool {
    let run = target.run;
    catch_unwind(|| run(input)).is_ok()
}

fn keep(home: &Path, target: &Target, input: &[u8]) -> Result<PathBuf> {
    let dir = home.join("failures");
    std::fs::create_dir_all(&dir)?;
    let path = dir.join(format!("{}-{:016x}", target.name, fingerprint(input)));
    std::fs::write(&path, input)?;
    Ok(path)
}

/// FNV-1a, to name files.
fn fingerprint(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// A small generator (xorshift64*): equal seeds, equal inputs.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end.max(1)).expect("lengths fit");
        usize::try_from(self.roll() % end).expect("below a length")
    }

    fn byte(&mut self) -> u8 {
        // Edges are worth more than their share.
        const EDGES: [u8; 8] = [0, 1, 0x1f, 0x20, 0x7f, 0x80, 0xfe, 0xff];
        match self.below(3) {
            0 => EDGES[self.below(EDGES.len())],
            _ => self.roll().to_le_bytes()[7],
        }
    }

    /// A sample with some changes, or bytes from nowhere.
    fn mutation(&mut self, samples: &[Vec<u8>], bytes_max: usize) -> Vec<u8> {
        let mut input = match samples.len() {
            0 => (0..self.below(200)).map(|_| self.byte()).collect(),
            count => samples[self.below(count)].clone(),
        };
        for _ in 0..=self.below(6) {
            let at = self.below(input.len() + 1);
            match self.below(7) {
                0 => input.truncate(at),
                1 => input.insert(at, self.byte()),
                2 if at < input.len() => {
                    input.remove(at);
                }
                3 if at < input.len() => input[at] ^= 1 << self.below(8),
                4 => {
                    // A piece of a sample, which may be this one, lands somewhere else.
                    let empty = Vec::new();
                    let from = match samples.len() {
                        0 => &empty,
                        count => &samples[self.below(count)],
                    };
                    let start = self.below(from.len() + 1);
                    let end = start + self.below(from.len() - start + 1).min(256);
                    let piece = from[start..end].to_vec();
                    input.splice(at..at, piece);
                }
                5 => {
                    let end = (at + self.below(33)).min(input.len());
                    let byte = self.byte();
                    input[at..end].fill(byte);
                }
                _ if at < input.len() => input[at] = self.byte(),
                _ => input.push(self.byte()),
            }
        }
        input.truncate(bytes_max);
        input
    }
}
