//! Rules for `crates/ledger/src`: equal inputs give equal bytes, on every machine, and nothing stops it.

use super::source::{code, without_tests, words};
use super::{File, Findings, House};

/// The crate's source.
const SOURCE: &str = "crates/ledger/src/";

/// Words that bring in order by chance, rounding, time, threads or randomness.
const IMPURE: &[(&str, &str)] = &[
    ("HashMap", "its order differs from run to run; use BTreeMap"),
    ("HashSet", "its order differs from run to run; use BTreeSet"),
    ("f32", "floats round"),
    ("f64", "floats round"),
    ("Instant", "the time is an argument"),
    ("SystemTime", "the time is an argument"),
    ("thread", "threads run in any order"),
    ("rand", "chance"),
];

/// The lint that keeps narrowing casts out, as the crate's root must say it.
const NARROWING: &str = "#![deny(clippy::cast_possible_truncation)]";

/// The ledger's files, with their code but for tests.
fn ledger_code(house: &House) -> impl Iterator<Item = (&File, String)> {
    house.rust().filter(|file| file.path.starts_with(SOURCE)).filter_map(|file| {
        let inside = &file.path[SOURCE.len()..];
        let test = inside.split('/').any(|name| matches!(name, "tests" | "tests.rs"));
        (!test).then(|| (file, without_tests(&code(&file.text))))
    })
}

/// No order by chance, floats, clocks, threads, randomness or unstable sorts.
pub fn pure(house: &House, findings: &mut Findings) {
    for (file, code) in ledger_code(house) {
        for word in words(&code) {
            if let Some((name, why)) = IMPURE.iter().find(|(name, _)| *name == word.text) {
                findings.add(file, word.line, format_args!("{name}: {why}"));
            }
            if word.text == "time" && word.before.ends_with("std::") {
                findings.add(file, word.line, "std::time: the time is an argument");
            }
            if word.text.starts_with("sort_unstable") {
                findings.add(
                    file,
                    word.line,
                    format_args!("{}: equal elements move; use a stable sort", word.text),
                );
            }
        }
    }
}

/// Nothing panics on what comes from outside.
pub fn calm(house: &House, findings: &mut Findings) {
    for (file, code) in ledger_code(house) {
        for word in words(&code) {
            if word.text == "unwrap" && word.before.ends_with('.') && word.after.starts_with("()") {
                findings.add(
                    file,
                    word.line,
                    ".unwrap(): return an error, or expect(\"why it holds\")",
                );
            }
            if word.text == "panic" && word.after.starts_with('!') {
                findings.add(file, word.line, "panic!: return an error");
            }
        }
    }
}

/// Clippy is told to refuse casts that cut bits off.
pub fn narrowing(house: &House, findings: &mut Findings) {
    for file in house.rust().filter(|file| file.path == format!("{SOURCE}lib.rs")) {
        if !file.text.lines().any(|line| line == NARROWING) {
            findings.add(file, 1, format_args!("the crate's root says {NARROWING}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::said;
    use super::*;

    #[test]
    fn each_impure_word_is_seen() {
        for (name, why) in IMPURE {
            let text = format!("//! {name}\n\nuse x::{name};\n");
            assert_eq!(
                said(pure, &[("crates/ledger/src/a.rs", &text)]),
                [format!("crates/ledger/src/a.rs:3: {name}: {why}")]
            );
        }
        let text =
            "use std::time::Duration;\na.sort_unstable_by_key(k);\nlet rand_count = threads;\n";
        let wanted = [
            "crates/ledger/src/b/a.rs:1: std::time: the time is an argument",
            "crates/ledger/src/b/a.rs:2: sort_unstable_by_key: equal elements move; use a stable sort",
        ];
        assert_eq!(said(pure, &[("crates/ledger/src/b/a.rs", text)]), wanted);
    }

    #[test]
    fn other_crates_and_tests_are_free() {
        let free = [
            ("crates/node/src/a.rs", "use HashMap; x.unwrap(); panic!()"),
            ("crates/ledger/tests/a.rs", "use HashMap; x.unwrap(); panic!()"),
            ("crates/ledger/src/abi/tests.rs", "use HashMap; x.unwrap(); panic!()"),
            (
                "crates/ledger/src/a.rs",
                "#[cfg(test)]\nmod tests { use HashMap; fn a() { x.unwrap(); panic!() } }",
            ),
        ];
        assert!(said(pure, &free).is_empty());
        assert!(said(calm, &free).is_empty());
    }

    #[test]
    fn each_panic_is_seen() {
        let text = "x.unwrap();\ny.unwrap_or(1).expect(\"panic!\");\npanic!(\"no\");\n";
        let wanted = [
            "crates/ledger/src/a.rs:1: .unwrap(): return an error, or expect(\"why it holds\")",
            "crates/ledger/src/a.rs:3: panic!: return an error",
        ];
        assert_eq!(said(calm, &[("crates/ledger/src/a.rs", text)]), wanted);
    }

    #[test]
    fn a_root_without_the_lint_is_seen() {
        let wanted = format!("crates/ledger/src/lib.rs:1: the crate's root says {NARROWING}");
        assert_eq!(said(narrowing, &[("crates/ledger/src/lib.rs", "//! It.\n")]), [wanted]);
        let good = format!("//! It.\n{NARROWING}\n");
        assert!(said(narrowing, &[("crates/ledger/src/lib.rs", &good)]).is_empty());
    }
}
