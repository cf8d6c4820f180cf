//! Recorded chains as files: lines of JSON, packed or not; see `ledger::recording`.

use crate::files;
use crate::outcome::{Code, Failure};
use ledger::DetailedMomentum;
use ledger::genesis::Genesis;
use ledger::recording::{Entry, Recording, RecordingError, Replay, Report};
use node::chainfile::{Header, Writer};
use node::network::Network;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::path::Path;

/// A recording's lines, without empty ones.
pub struct Lines(Vec<u8>);

impl Lines {
    /// Reads a file.
    pub fn read(path: &Path) -> Result<Lines, Failure> {
        files::read_packed(path).map(Lines)
    }

    /// Whether it looks like a recording: its first line is an object that says so.
    pub fn are_recording(&self) -> bool {
        self.iter().next().is_some_and(|line| serde_json::from_slice::<First<'_>>(line).is_ok())
    }

    fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.0.split(|byte| *byte == b'\n').filter(|line| !line.is_empty())
    }
}

/// What the first line says of the network.
#[derive(Deserialize)]
struct First<'a> {
    #[serde(rename = "recording")]
    _version: u32,
    #[serde(borrow)]
    genesis: &'a RawValue,
    #[serde(default)]
    rules: Option<serde_json::Value>,
}

/// Replays a recording.
pub fn replay(path: &Path, lines: &Lines) -> Result<Report, Failure> {
    Replay::run(lines.iter()).map(Replay::into_report).map_err(|error| malformed(path, error))
}

/// The network of a recording.
pub fn network(path: &Path, lines: &Lines) -> Result<Network, Failure> {
    let first = lines.iter().next().unwrap_or_default();
    let first: First<'_> = serde_json::from_slice(first).map_err(|error| {
        Failure::usage(format!("{} is no recording", path.display())).because(error)
    })?;
    let mut network =
        Network::of_genesis(first.genesis.get().as_bytes(), ledger::rules::BLOCK_TIME_ORIGINAL)
            .map_err(|error| crate::daemon::plan::of_genesis(path, error))?;
    network.rules = first.rules;
    Ok(network)
}

/// The chain of a recording in the form of an exported one.
pub fn as_chain_file(path: &Path, lines: &Lines, genesis: &Genesis) -> Result<Vec<u8>, Failure> {
    let momentums = momentums(path, lines)?;
    let last =
        momentums.last().map_or(genesis.momentum.identifier(), |last| last.momentum.identifier());
    let header = Header {
        chain_identifier: genesis.rules.chain_identifier,
        genesis: genesis.momentum.hash,
        first: 2,
        last,
    };
    let written = || -> std::io::Result<Vec<u8>> {
        let mut writer = Writer::new(Vec::new(), &header)?;
        for detailed in &momentums {
            writer.add(detailed)?;
        }
        writer.finish()
    };
    written().map_err(|error| Failure::io("convert", path, error))
}

/// The momentums that a recording ends with.
fn momentums(path: &Path, lines: &Lines) -> Result<Vec<DetailedMomentum>, Failure> {
    let malformed = |error| malformed(path, error);
    let mut lines = lines.iter();
    let mut recording = Recording::begin(lines.next().unwrap_or_default()).map_err(malformed)?;
    let mut momentums: Vec<DetailedMomentum> = Vec::new();
    for line in lines {
        match recording.next(line).map_err(malformed)? {
            Entry::Momentum { detailed, .. } => momentums.push(detailed),
            Entry::Rollback(height) => {
                momentums.retain(|detailed| detailed.momentum.height <= height);
            }
            Entry::Rules(_) => {
                let text = format!("{} changes its rules on the way", path.display());
                return Err(Failure::usage(text).fix("replay it instead: uz ledger replay FILE"));
            }
            Entry::Refused { .. } | Entry::RefusedMomentum { .. } | Entry::End(_) => {}
        }
    }
    Ok(momentums)
}

fn malformed(path: &Path, error: RecordingError) -> Failure {
    Failure::new(Code::Failed, format!("{} is no sound recording", path.display())).because(error)
}
