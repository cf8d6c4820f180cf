//! What `uz doctor` looks at: the machine, the folders and files, the node.
//!
//! Each check says what it found; one that is not content says what mends it.

mod folders;
mod machine;
mod network;

use crate::context::Context;
use serde_json::{Value, json};

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As it should be.
    Good,
    /// It works, but.
    Warning,
    /// It does not work.
    Bad,
}

impl Verdict {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Good => "ok",
            Verdict::Warning => "warn",
            Verdict::Bad => "FAIL",
        }
    }
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which check.
    pub check: &'static str,
    /// How it ended.
    pub verdict: Verdict,
    /// What is so.
    pub text: String,
    /// What to do about it.
    pub fix: Option<String>,
}

impl Finding {
    fn good(check: &'static str, text: impl Into<String>) -> Finding {
        Finding { check, verdict: Verdict::Good, text: text.into(), fix: None }
    }

    fn warning(check: &'static str, text: impl Into<String>, fix: impl Into<String>) -> Finding {
        Finding { check, verdict: Verdict::Warning, text: text.into(), fix: Some(fix.into()) }
    }

    fn bad(check: &'static str, text: impl Into<String>, fix: impl Into<String>) -> Finding {
        Finding { check, verdict: Verdict::Bad, text: text.into(), fix: Some(fix.into()) }
    }

    /// For programs.
    pub fn to_json(&self) -> Value {
        json!({
            "check": self.check,
            "verdict": self.verdict.word().to_ascii_lowercase(),
            "text": self.text,
            "fix": self.fix,
        })
    }
}

/// Looks at everything.
pub fn examine(context: &Context) -> Vec<Finding> {
    let mut findings = machine::examine();
    findings.extend(folders::examine(context));
    findings.extend(network::examine(context));
    findings
}
