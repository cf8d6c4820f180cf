//! The test tiers, as data: `./x test` runs them from top to bottom.
//!
//! To add one, add a row. What a row runs is either a function of ours, or any command whose output has
//! a closing line that [`crate::tally`] reads (`12 passed, 0 failed`, alone on its line). A command that
//! ends badly, or that counts nothing, has failed. In a command's words `uz` at the start is the
//! program as `cargo test` builds it (its path is also in the variable `UZ`), and `{file}` is the file at hand;
//! `X_SCRATCH` names an empty folder.

use anyhow::Result;

use crate::shell::Shell;
use crate::tally::Tally;
use crate::{pages, runner, tidy, unit};

/// Minutes that all tiers of `./x test` together may plan to take.
const MINUTES_MAX: u64 = 30;
const _: () = assert!(minutes_planned() <= MINUTES_MAX);

/// Some tests that belong together.
pub struct Tier {
    /// What it is called on the command line.
    pub name: &'static str,
    /// What it shows, in a few words.
    pub about: &'static str,
    /// Minutes it should take on two cores; it is ended, as a failure, after twice as many.
    pub minutes: u64,
    /// Whether it runs only with `--long`, or when named.
    pub long: bool,
    /// The file that must be there before this tier can be; until then the tier is shown as skipped.
    pub since: Option<&'static str>,
    /// Programs it uses.
    pub needs: &'static [Need],
    /// What it does, in order.
    pub steps: &'static [Step],
}

/// A program from the system, and the Debian packages that bring it.
pub struct Need {
    /// The program.
    pub program: &'static str,
    /// The packages.
    pub packages: &'static [&'static str],
}

/// One thing that a tier does.
pub enum Step {
    /// A function that prints its own lines and counts its cases. Its second argument is its limit in seconds.
    Own(fn(&Shell, u64) -> Result<Tally>),
    /// A command that prints a closing line.
    Command(&'static [&'static str]),
    /// A command run once for each file of a folder, sorted by name; each file is a case.
    EachFile {
        /// The folder, from the root.
        dir: &'static str,
        /// The command; the word `{file}` is replaced.
        run: &'static [&'static str],
    },
}

const CURL: Need = Need { program: "curl", packages: &["curl"] };
const NODE: Need = Need { program: "node", packages: &["nodejs"] };
const NPM: Need = Need { program: "npm", packages: &["npm"] };
const IP: Need = Need { program: "ip", packages: &["iproute2"] };
const IPTABLES: Need = Need { program: "iptables", packages: &["iptables"] };
const UNSHARE: Need = Need { program: "unshare", packages: &["util-linux"] };
const CHROMIUM: Need = Need { program: "chromium", packages: &["chromium", "fonts-dejavu-core"] };

/// All tiers.
pub const TIERS: &[Tier] = &[
    Tier {
        name: "lint",
        about: "format, clippy, the rules of the house",
        minutes: 4,
        long: false,
        since: None,
        needs: &[],
        steps: &[Step::Own(runner::cargo_lints), Step::Own(tidy::run)],
    },
    Tier {
        name: "unit",
        about: "cargo test of every crate",
        minutes: 9,
        long: false,
        since: None,
        needs: &[],
        steps: &[Step::Own(unit::run)],
    },
    Tier {
        name: "replay",
        about: "every recorded chain of the reference gives the same hashes",
        minutes: 2,
        long: false,
        since: Some("crates/uz/Cargo.toml"),
        needs: &[],
        steps: &[Step::EachFile {
            dir: "crates/ledger/tests/recordings",
            run: &["uz", "ledger", "replay", "{file}"],
        }],
    },
    Tier {
        name: "sdk",
        about: "unmodified client libraries against a local network",
        minutes: 3,
        long: false,
        since: Some("crates/uz/tests/sdk/run"),
        needs: &[NODE, NPM],
        steps: &[Step::Command(&["crates/uz/tests/sdk/run"])],
    },
    Tier {
        name: "web",
        about: "the explorer in a browser; its committed build is what the sources give",
        minutes: 3,
        long: false,
        since: Some("web/tests/run"),
        needs: &[NODE, NPM, CHROMIUM],
        steps: &[Step::Command(&["web/tests/run"])],
    },
    Tier {
        name: "network",
        about: "nodes on hosts of their own: bad wires, a partition, kills",
        minutes: 3,
        long: false,
        since: Some("crates/uz/tests/network"),
        needs: &[IP, IPTABLES, UNSHARE],
        steps: &[Step::Command(&[
            "cargo", "test", "-q", "-p", "uz", "--test", "network", "--", "--really",
        ])],
    },
    Tier {
        name: "crash",
        about: "kills and power cuts under load lose nothing acknowledged",
        minutes: 2,
        long: false,
        since: Some("crates/uz/examples/crash.rs"),
        needs: &[],
        steps: &[Step::Command(&[
            "cargo",
            "run",
            "-q",
            "-p",
            "uz",
            "--example",
            "crash",
            "--",
            "--kills",
            "20",
        ])],
    },
    Tier {
        name: "fuzz",
        about: "each decoder for three seconds over the kept corpus",
        minutes: 2,
        long: false,
        since: Some("fuzz/Cargo.toml"),
        needs: &[],
        steps: &[Step::Command(&["cargo", "run", "-q", "-p", "fuzz", "--", "--seconds", "3"])],
    },
    Tier {
        name: "docs",
        about: "API documentation, generated pages, and the commands in pages as written",
        minutes: 2,
        long: false,
        since: None,
        needs: &[CURL],
        steps: &[
            Step::Own(runner::rustdoc),
            Step::Own(pages::check_generated),
            Step::Own(pages::run_blocks),
        ],
    },
    Tier {
        name: "crash-long",
        about: "two hundred kills",
        minutes: 30,
        long: true,
        since: Some("crates/uz/examples/crash.rs"),
        needs: &[],
        steps: &[Step::Command(&[
            "cargo",
            "run",
            "-q",
            "-p",
            "uz",
            "--example",
            "crash",
            "--",
            "--kills",
            "200",
        ])],
    },
    Tier {
        name: "cuts-long",
        about: "five thousand power cuts of a node on a simulated disk",
        minutes: 10,
        long: true,
        since: Some("crates/node/tests/node/cuts.rs"),
        needs: &[],
        steps: &[Step::Command(&[
            "env",
            "NODE_CUTS=5000",
            "cargo",
            "test",
            "-q",
            "-p",
            "node",
            "--test",
            "node",
            "cuts_lose_nothing",
            "--",
            "--nocapture",
        ])],
    },
    Tier {
        name: "hostile-long",
        about: "peers that misbehave in every way against a node with open ports",
        minutes: 20,
        long: true,
        since: Some("crates/node/tests/hostile/main.rs"),
        needs: &[],
        steps: &[Step::Command(&["cargo", "test", "-q", "-p", "node", "--test", "hostile"])],
    },
    Tier {
        name: "fuzz-long",
        about: "each decoder for three minutes",
        minutes: 45,
        long: true,
        since: Some("fuzz/Cargo.toml"),
        needs: &[],
        steps: &[Step::Command(&["cargo", "run", "-q", "-p", "fuzz", "--", "--seconds", "180"])],
    },
];

/// The tiers as a table that is also Markdown.
pub fn list() -> String {
    let mut table = String::from("| tier | minutes | what it shows |\n|---|---|---|\n");
    for tier in TIERS {
        let long = if tier.long { " (with `--long`)" } else { "" };
        table.push_str(&format!("| {} | {} | {}{long} |\n", tier.name, tier.minutes, tier.about));
    }
    table
}

/// The sum of the budgets of every day.
const fn minutes_planned() -> u64 {
    let (mut minutes, mut at) = (0, 0);
    while at < TIERS.len() {
        if !TIERS[at].long {
            minutes += TIERS[at].minutes;
        }
        at += 1;
    }
    minutes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique() {
        let mut names: Vec<&str> = TIERS.iter().map(|tier| tier.name).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), TIERS.len());
    }

    #[test]
    fn commands_have_words() {
        for tier in TIERS {
            assert!(!tier.steps.is_empty(), "{} does nothing", tier.name);
            for step in tier.steps {
                match step {
                    Step::Own(_) => {}
                    Step::Command(words) => assert!(!words.is_empty(), "{}", tier.name),
                    Step::EachFile { run, .. } => assert!(run.contains(&"{file}"), "{}", tier.name),
                }
            }
        }
    }
}
