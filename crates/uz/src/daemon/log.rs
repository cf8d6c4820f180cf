//! Logs on standard error, as text or as JSON, above the status line.

use crate::context::{Context, colours};
use crate::outcome::Failure;
use indicatif::MultiProgress;
use std::io::{self, Write};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// Starts the log as the settings say.
pub fn start(context: &Context, screen: &MultiProgress) -> Result<(), Failure> {
    let level = context.settings.text("log.level").unwrap_or("info");
    let filter = EnvFilter::try_new(level).map_err(|error| {
        Failure::usage(format!("log.level is \"{level}\", which it can't be"))
            .because(error)
            .fix("give error, warn, info, debug or trace, or parts as info,node::rpc=debug")
    })?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(Screen(screen.clone()))
        .with_ansi(colours());
    let started = match context.settings.text("log.format") {
        Some("json") => log.json().flatten_event(true).try_init(),
        _ => log.try_init(),
    };
    // It was started before only where several nodes run in one process.
    let _ = started;
    Ok(())
}

/// Standard error while a status line may be on it.
struct Screen(MultiProgress);

impl<'a> MakeWriter<'a> for Screen {
    type Writer = Lines<'a>;

    fn make_writer(&'a self) -> Lines<'a> {
        Lines(&self.0)
    }
}

/// Takes the status line away for as long as it writes.
struct Lines<'a>(&'a MultiProgress);

impl Write for Lines<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.suspend(|| io::stderr().write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}
