//! Nodes as real processes on hosts of their own: network namespaces, bad wires, partitions, kills.
//!
//! `./x test network` runs it, or `cargo test -p uz --test network -- --really [NAME…]`; it takes minutes and needs
//! root, or a system that lets users make namespaces. Without `--really` the cases are only counted.
//! The last line counts them: `N passed, M failed, K skipped`.

mod five;
mod lab;
mod load;
mod nodes;

use std::panic::catch_unwind;
use std::process::ExitCode;
use std::time::Instant;

/// A case panics if it fails.
type Case = (&'static str, fn());

const CASES: &[Case] = &[("five nodes on bad wires end with one chain", five::end_with_one_chain)];

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let names: Vec<&String> = words.iter().filter(|word| !word.starts_with('-')).collect();
    let wanted =
        |(name, _): &&Case| names.is_empty() || names.iter().any(|part| name.contains(*part));
    let chosen: Vec<&Case> = CASES.iter().filter(wanted).collect();
    let skipped = |why: &str| {
        println!("{why}");
        println!("0 passed, 0 failed, {} skipped", chosen.len());
        ExitCode::SUCCESS
    };
    if !words.iter().any(|word| word == "--really") {
        return skipped("hosts of their own take minutes: ./x test network");
    }
    if let Err(why) = lab::enter() {
        return skipped(&why);
    }
    let (mut passed, mut failed) = (0, 0);
    for (name, case) in &chosen {
        let began = Instant::now();
        let good = catch_unwind(case).is_ok();
        let word = if good { "ok  " } else { "FAIL" };
        println!("{word} {name} ({:.0} s)", began.elapsed().as_secs_f64());
        passed += u32::from(good);
        failed += u32::from(!good);
    }
    println!("{passed} passed, {failed} failed");
    ExitCode::from(u8::from(failed > 0))
}
