//! What a running command has at hand: settings, where to print, which node to ask.

use crate::cli::Global;
use crate::client::Rpc;
use crate::outcome::{self, Answer, Failure, Outcome};
use crate::settings::Settings;
use std::io::{self, IsTerminal, Write};

/// The surroundings of one command.
pub struct Context {
    /// Print JSON.
    pub json: bool,
    /// Say nothing on standard error but errors.
    pub quiet: bool,
    /// All settings.
    pub settings: Settings,
}

impl Context {
    /// The surroundings that these flags and settings give.
    pub fn new(global: &Global, settings: Settings) -> Context {
        let context = Context { json: global.json, quiet: global.quiet, settings };
        for note in &context.settings.notes {
            context.note(note);
        }
        context
    }

    /// The node to ask.
    pub fn rpc(&self) -> Result<Rpc, Failure> {
        let url = self.settings.text("node").unwrap_or_default();
        Rpc::new(url, self.settings.path("node-ca").as_deref())
    }

    /// A remark for people, on standard error.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            eprintln!("{text}");
        }
    }

    /// Whether progress may be drawn.
    pub fn draws(&self) -> bool {
        !self.quiet && io::stderr().is_terminal()
    }

    /// Prints an answer before the command has ended, as watching commands do.
    pub fn print(&self, answer: Answer) {
        print(self.json, &Ok(answer));
    }
}

/// Prints how a command ended. A reader that has gone away is nobody's error.
pub fn print(json: bool, outcome: &Outcome) {
    let mut out = io::stdout().lock();
    let _ = match outcome {
        _ if json => writeln!(out, "{}", outcome::envelope(outcome)),
        Ok(answer) if answer.text.is_empty() => Ok(()),
        Ok(answer) => writeln!(out, "{}", answer.text.trim_end_matches('\n')),
        Err(failure) => {
            if let Some(detail) = &failure.detail {
                let _ = writeln!(out, "{}", detail.text.trim_end_matches('\n'));
            }
            let _ = out.flush();
            writeln!(io::stderr(), "{}", paint(failure))
        }
    };
    let _ = out.flush();
}

/// A failure with its words in colour, where that is wanted.
fn paint(failure: &Failure) -> String {
    let text = failure.to_string();
    if !colours() {
        return text;
    }
    let red = anstyle::AnsiColor::Red.on_default().bold();
    let bold = anstyle::Style::new().bold();
    text.replacen("error:", &format!("{red}error:{red:#}"), 1)
        .replacen("\n  cause:", &format!("\n  {bold}cause:{bold:#}"), 1)
        .replacen("\n  fix:", &format!("\n  {bold}fix:{bold:#}"), 1)
}

/// Whether standard error takes colours: a terminal, and nobody said no.
pub fn colours() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let forced = set("CLICOLOR_FORCE");
    !set("NO_COLOR") && (forced || io::stderr().is_terminal())
}
