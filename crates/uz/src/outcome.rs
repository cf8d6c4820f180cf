//! How a command ends: an answer or a failure, each in words and in JSON, and the exit codes.
//!
//! Standard output carries the answer alone. With `--json` it is one object: `{"ok":true,"result":…}` or
//! `{"ok":false,"error":{"code","message","cause","fix"}}`. Without, a failure goes to standard error.

use serde_json::{Value, json};
use std::fmt;
use std::path::Path;

/// What a command found or did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// For programs.
    pub value: Value,
    /// For people; nothing is printed if it is empty.
    pub text: String,
}

impl Answer {
    /// An answer in both forms.
    pub fn new(value: Value, text: impl Into<String>) -> Answer {
        Answer { value, text: text.into() }
    }
}

macro_rules! codes {
    ($($name:ident = $text:literal, $exit:literal, $about:literal;)*) => {
        /// What kind of failure it is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Code {
            $(#[doc = $about] $name,)*
        }

        impl Code {
            /// All kinds.
            pub const ALL: &[Code] = &[$(Code::$name,)*];

            /// Its name in JSON.
            pub fn name(self) -> &'static str {
                match self { $(Code::$name => $text,)* }
            }

            /// The exit code of the program.
            pub fn exit(self) -> u8 {
                match self { $(Code::$name => $exit,)* }
            }

            /// What it says, in a line.
            pub fn about(self) -> &'static str {
                match self { $(Code::$name => $about,)* }
            }
        }
    };
}

codes! {
    Failed = "failed", 1, "something went wrong that no other code names";
    Io = "io", 1, "a file or the disk said no";
    Check = "check-failed", 1, "a check found something wrong";
    Usage = "usage", 2, "a flag, an argument or the configuration is not as it should be";
    Unreachable = "node-unreachable", 3, "the node does not answer";
    NodeError = "node-error", 3, "the node answered with an error";
    Refused = "refused", 4, "the ledger refuses the block";
    ContractRefused = "contract-refused", 4, "the contract received the call and refused it";
    PlasmaMissing = "plasma-missing", 4, "the account has too little plasma for the block";
    NotFound = "not-found", 5, "there is no such thing";
    KeyMissing = "key-missing", 6, "no key for this account";
    WrongPassword = "wrong-password", 6, "the password does not open the key file";
    TimedOut = "timed-out", 7, "it did not happen in time";
    Interrupted = "interrupted", 130, "stopped by Ctrl-C";
}

/// Why a command ended without what was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What kind.
    pub code: Code,
    /// One line: what failed.
    pub message: String,
    /// Why, if more is known.
    pub cause: Option<String>,
    /// What to do next.
    pub fix: Option<String>,
    /// What was found out nevertheless.
    pub detail: Option<Box<Answer>>,
}

impl Failure {
    /// A failure of this kind.
    pub fn new(code: Code, message: impl Into<String>) -> Failure {
        Failure { code, message: message.into(), cause: None, fix: None, detail: None }
    }

    /// A wrong flag or argument: what was found, and what is allowed.
    pub fn usage(message: impl Into<String>) -> Failure {
        Failure::new(Code::Usage, message)
    }

    /// A file that could not be read or written.
    pub fn io(what: &str, path: &Path, error: impl fmt::Display) -> Failure {
        Failure::new(Code::Io, format!("can't {what} {}", path.display())).because(error)
    }

    /// With the cause.
    pub fn because(mut self, cause: impl fmt::Display) -> Failure {
        self.cause = Some(one_line(&cause.to_string()));
        self
    }

    /// With what to do next.
    pub fn fix(mut self, fix: impl Into<String>) -> Failure {
        self.fix = Some(fix.into());
        self
    }

    /// With what was found out nevertheless.
    pub fn detail(mut self, detail: Answer) -> Failure {
        self.detail = Some(Box::new(detail));
        self
    }

    /// The object under `error`; `detail` is there only if there is one.
    pub fn to_json(&self) -> Value {
        let mut error = json!({
            "code": self.code.name(),
            "message": self.message,
            "cause": self.cause,
            "fix": self.fix,
        });
        if let Some(detail) = &self.detail {
            error["detail"] = detail.value.clone();
        }
        error
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.message)?;
        if let Some(cause) = &self.cause {
            write!(f, "\n  cause: {cause}")?;
        }
        if let Some(fix) = &self.fix {
            write!(f, "\n  fix: {fix}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}

/// What every command returns.
pub type Outcome = Result<Answer, Failure>;

/// The envelope of `--json`.
pub fn envelope(outcome: &Outcome) -> Value {
    match outcome {
        Ok(answer) => json!({ "ok": true, "result": answer.value }),
        Err(failure) => json!({ "ok": false, "error": failure.to_json() }),
    }
}

/// The exit codes with what they mean, as lines of text.
pub fn exit_codes() -> String {
    let mut lines = vec!["  0    done".to_owned()];
    let mut exits: Vec<u8> = Code::ALL.iter().map(|code| code.exit()).collect();
    exits.dedup();
    for exit in exits {
        let of_exit = Code::ALL.iter().filter(|code| code.exit() == exit);
        let about: Vec<String> =
            of_exit.map(|code| format!("{} ({})", code.about(), code.name())).collect();
        lines.push(format!("  {exit:<4} {}", about.join(";\n       ")));
    }
    lines.join("\n")
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_envelopes_have_their_shape() {
        let good = envelope(&Ok(Answer::new(json!([1]), "one")));
        assert_eq!(good, json!({ "ok": true, "result": [1] }));
        let bad = envelope(&Err(Failure::usage("no").because("x\n  y").fix("do")));
        let error = json!({ "code": "usage", "message": "no", "cause": "x y", "fix": "do" });
        assert_eq!(bad, json!({ "ok": false, "error": error }));
    }

    #[test]
    fn names_are_unique_and_exits_grouped() {
        let mut names: Vec<&str> = Code::ALL.iter().map(|code| code.name()).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), Code::ALL.len());
        assert!(Code::ALL.iter().all(|code| code.exit() != 0));
        // The list of exit codes names each once, so equal ones stand together.
        assert!(Code::ALL.windows(2).all(|pair| pair[0].exit() <= pair[1].exit()));
    }
}
