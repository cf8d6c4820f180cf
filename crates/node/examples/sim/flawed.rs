//! Builds with one mistake each: the simulation has to find every one, or it is worth little.

use crate::Total;

/// Whether this build can make mistakes.
pub const ARE_THERE: bool = cfg!(feature = "flaws");

/// Seeds in which a mistake has to show.
#[cfg(feature = "flaws")]
const SEEDS: u64 = 300;

/// Nothing to find in a build that makes no mistakes.
#[cfg(not(feature = "flaws"))]
pub fn find_all(_: u64, _: &mut Total) {}

/// Runs seeds with each mistake until one shows it.
#[cfg(feature = "flaws")]
pub fn find_all(first: u64, total: &mut Total) {
    use node::flaws::Flaw;
    let flaws = [
        (Flaw::SkippedCheck, "a skipped check"),
        (Flaw::UnsyncedWrite, "an unsynced write"),
        (Flaw::WrongFork, "a wrong fork choice"),
    ];
    let found = std::thread::scope(|scope| {
        let searches = flaws.map(|(flaw, _)| scope.spawn(move || find(flaw, first)));
        searches.map(|search| search.join().expect("runs catch what nodes panic with"))
    });
    for ((_, name), found) in flaws.iter().zip(found) {
        match found {
            Some((seed, violation)) => {
                println!("{name} is found by seed {seed}: {violation}");
                total.passed += 1;
            }
            None => {
                println!("{name} is not found in {SEEDS} seeds from {first}");
                total.failed += 1;
            }
        }
    }
}

/// The first seed that a mistake shows in, and how.
#[cfg(feature = "flaws")]
fn find(flaw: node::flaws::Flaw, first: u64) -> Option<(u64, crate::world::Violation)> {
    (first..first + SEEDS).find_map(|seed| {
        let result = crate::run(seed, None, false, || node::flaws::set(Some(flaw)));
        node::flaws::set(None);
        result.err().map(|violation| (seed, violation))
    })
}
