//! A data folder's chain: to a file, from a file, checked.

use crate::daemon::plan::of_network;
use crate::outcome::{Code, Failure};
use crate::recording::{self, Lines};
use ledger::genesis::Genesis;
use node::backup;
use node::chainfile::FileError;
use node::check::{self, CheckError, Report};
use node::config::Production;
use node::export::{self, TransferError};
use node::metrics::Metrics;
use node::network::Network;
use node::node::{Node, Options};
use node::pool::Limits;
use node::runner::system_millis;
use node::store::{OpenError, Store};
use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Cursor, Read, Write};
use std::path::Path;
use std::sync::Arc;

/// Told the height that is reached.
pub type Progress<'a> = &'a mut dyn FnMut(u64);

/// Where a chain is read from.
pub enum Source {
    /// An exported chain.
    Exported,
    /// A recording.
    Recorded(Lines),
}

/// What an import added.
pub struct Added {
    /// How many momentums.
    pub momentums: u64,
    /// Height of the newest.
    pub height: u64,
}

impl Source {
    /// Looks at a file's first bytes.
    pub fn open(path: &Path) -> Result<Source, Failure> {
        let failure = |error: std::io::Error| Failure::io("read", path, error);
        let mut head = Vec::new();
        File::open(path).map_err(failure)?.take(8).read_to_end(&mut head).map_err(failure)?;
        if head == b"NOMCHAIN" {
            return Ok(Source::Exported);
        }
        let lines = Lines::read(path)?;
        if lines.are_recording() {
            return Ok(Source::Recorded(lines));
        }
        let text = format!("{} is neither an exported chain nor a recording", path.display());
        Err(Failure::usage(text).fix("make one with: uz ledger export FILE"))
    }

    /// The network into whose folder it goes: a recording brings its own.
    pub fn network(&self, path: &Path, data: &Path) -> Result<Network, Failure> {
        let known = Network::load(data).map_err(of_network)?;
        match (self, known) {
            (_, Some(network)) => Ok(network),
            (Source::Recorded(lines), None) => recording::network(path, lines),
            (Source::Exported, None) => {
                let text = format!("{} does not know its network yet", data.display());
                let fix = "start it once with: uz node --genesis FILE, or copy network.json there";
                Err(Failure::usage(text).fix(fix))
            }
        }
    }
}

/// Writes the chain to a file that is there whole or not at all.
pub fn export(
    data: &Path,
    genesis: &Genesis,
    file: &Path,
    progress: Progress<'_>,
) -> Result<u64, Failure> {
    let failure = |error: std::io::Error| Failure::io("write", file, error);
    let snapshot = backup::open(data, genesis).map_err(of_open)?.snapshot().map_err(of_store)?;
    let draft = file.with_added_extension("part");
    let mut out = BufWriter::new(File::create(&draft).map_err(failure)?);
    let count = export::export(&snapshot, None, &mut out, progress).map_err(of_transfer)?;
    out.flush().map_err(failure)?;
    out.get_ref().sync_all().map_err(failure)?;
    fs::rename(&draft, file).map_err(failure)?;
    Ok(count)
}

/// Reads a chain into a data folder, verifying all of it.
pub fn import(
    data: &Path,
    network: &Network,
    file: &Path,
    source: Source,
    progress: Progress<'_>,
) -> Result<Added, Failure> {
    let genesis = &network.build().map_err(of_network)?;
    // The clock of a development network may have run ahead of ours.
    let now = if network.development { u64::MAX / 2 } else { system_millis() };
    let store = Store::open(data, genesis).map_err(of_open)?;
    let options = Options {
        production: Production::Slots,
        dev: false,
        alone: false,
        limits: Limits::default(),
    };
    let metrics = Arc::new(Metrics::default());
    let mut node =
        Node::new(store, Vec::new(), options, system_millis(), metrics).map_err(of_store)?;
    let momentums = match source {
        Source::Exported => {
            let input = File::open(file).map_err(|error| Failure::io("read", file, error))?;
            export::import(&mut node, genesis, now, BufReader::new(input), progress)
        }
        Source::Recorded(lines) => {
            let chain = recording::as_chain_file(file, &lines, genesis)?;
            export::import(&mut node, genesis, now, Cursor::new(chain), progress)
        }
    };
    let momentums = momentums.map_err(of_transfer)?;
    Ok(Added { momentums, height: node.identifier().height })
}

/// Executes the chain again from genesis, and compares.
pub fn check(data: &Path, genesis: &Genesis, progress: Progress<'_>) -> Result<Report, Failure> {
    let snapshot = backup::open(data, genesis).map_err(of_open)?.snapshot().map_err(of_store)?;
    check::replay(&snapshot, genesis, progress).map_err(|error: CheckError| {
        Failure::new(Code::Check, "the chain is not as it should be")
            .because(error)
            .fix("move the data folder away, and restore a backup or import the chain again")
    })
}

/// A store that can't be opened.
pub fn of_open(error: OpenError) -> Failure {
    let failure = Failure::new(Code::Io, "the chain can't be opened");
    let fix = match &error {
        OpenError::InUse(_) => "stop the node that uses it, or name another folder with --data-dir",
        OpenError::Missing(_) => "name the folder of a chain with --data-dir",
        OpenError::NotClosed(_) => "start its node once",
        _ => "look into it with: uz doctor",
    };
    failure.because(error).fix(fix)
}

fn of_store(error: impl std::fmt::Display) -> Failure {
    Failure::new(Code::Io, "the chain can't be read").because(error)
}

fn of_transfer(error: TransferError) -> Failure {
    match error {
        TransferError::File(FileError::Io(error)) => {
            Failure::new(Code::Io, "the file can't be read").because(error)
        }
        TransferError::Write(error) => {
            Failure::new(Code::Io, "the file can't be written").because(error)
        }
        other => Failure::new(Code::Failed, other.to_string()),
    }
}
