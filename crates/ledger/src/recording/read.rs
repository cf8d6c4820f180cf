//! Reading a recording's lines.
//!
//! | line | what it says |
//! |---|---|
//! | `{"recording":1,"name","source","genesis","rules"}` | the first: what the chain starts from |
//! | `{"m","b","f"}` | a momentum, its blocks (batched sends inside their receives), refused calls' texts |
//! | `{"refused","error","generate","pending"}` | a block that was refused on top of its account's `pending`; `generate` is the text if the node completes the block itself |
//! | `{"refused_momentum","b","error"}` | a momentum that was refused |
//! | `{"rules"}` | rules that differ from here on |
//! | `{"rollback":H}` | the chain was taken back to height H |
//! | `{"end":{"height","hash","balances","queries"}}` | the last: what came out |

use crate::block::AccountBlock;
use crate::codec::json::{self, FromJson, JsonError, Published};
use crate::genesis::{Genesis, GenesisError};
use crate::momentum::{DetailedMomentum, Momentum};
use crate::rules::Rules;
use crate::types::{Address, Amount, Hash, TokenStandard};
use core::fmt;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// Format version that is read.
const VERSION: u64 = 1;

/// Longest line in bytes; the longest are genesis and the end's answers.
const LINE_BYTES_MAX: usize = 64 << 20;

/// A line that can't be read: which, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordingError {
    /// Number of the line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub reason: String,
}

impl RecordingError {
    pub(super) fn new(line: usize, reason: impl fmt::Display) -> RecordingError {
        RecordingError { line, reason: reason.to_string() }
    }
}

impl fmt::Display for RecordingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.reason)
    }
}

impl core::error::Error for RecordingError {}

/// What a chain starts from.
#[derive(Clone, Debug)]
pub struct Header {
    /// Name of the recording.
    pub name: String,
    /// Where the chain comes from.
    pub source: String,
    /// The first momentum, under the chain's first rules.
    pub genesis: Genesis,
}

/// Something that happened.
#[derive(Clone, Debug)]
pub enum Entry {
    /// A momentum was added.
    Momentum {
        /// The momentum with all its blocks, batched sends included.
        detailed: DetailedMomentum,
        /// Texts of the calls that contracts refused in it, by send block.
        refusals: BTreeMap<Hash, String>,
    },
    /// A block was refused.
    Refused {
        /// The block as it was handed in.
        block: Box<Published>,
        /// What the reference said.
        error: String,
        /// What it says when it completes the block as a template, if that is something else.
        generate: Option<String>,
        /// The account's unconfirmed blocks at that time, lowest first.
        pending: Vec<AccountBlock>,
    },
    /// A momentum was refused.
    RefusedMomentum {
        /// The momentum with the blocks that came with it.
        detailed: DetailedMomentum,
        /// What the reference said.
        error: String,
    },
    /// Rules changed; all rules from here on.
    Rules(Box<Rules>),
    /// The chain was taken back to this height.
    Rollback(u64),
    /// The end.
    End(End),
}

/// Balances by account and token.
pub type Balances = BTreeMap<Address, BTreeMap<TokenStandard, Amount>>;

/// What came out.
#[derive(Clone, Debug)]
pub struct End {
    /// Height of the newest momentum.
    pub height: u64,
    /// Its hash.
    pub hash: Hash,
    /// All balances that were ever written.
    pub balances: Balances,
    /// Questions and the reference's answers.
    pub queries: Vec<Query>,
}

/// A question to a node about the chain's end, and the reference's answer.
#[derive(Clone, Debug, Deserialize)]
pub struct Query {
    /// Method, such as `embedded.pillar.getAll`.
    pub method: String,
    /// Its parameters, a JSON list.
    pub params: Box<RawValue>,
    /// The answer, verbatim.
    #[serde(default)]
    pub result: Option<Box<RawValue>>,
    /// The error that the reference answered instead, verbatim.
    #[serde(default)]
    pub error: Option<Box<RawValue>>,
}

/// A recording that is being read.
#[derive(Debug)]
pub struct Recording {
    header: Header,
    rules: Rules,
    line: usize,
    ended: bool,
}

/// One line as it stands.
#[derive(Default, Deserialize)]
struct Line<'a> {
    recording: Option<u64>,
    name: Option<String>,
    source: Option<String>,
    #[serde(borrow)]
    genesis: Option<&'a RawValue>,
    #[serde(borrow)]
    rules: Option<&'a RawValue>,
    #[serde(borrow)]
    m: Option<&'a RawValue>,
    #[serde(borrow)]
    b: Option<Vec<&'a RawValue>>,
    f: Option<BTreeMap<Hash, String>>,
    #[serde(borrow)]
    refused: Option<&'a RawValue>,
    #[serde(borrow)]
    refused_momentum: Option<&'a RawValue>,
    error: Option<String>,
    generate: Option<String>,
    #[serde(borrow)]
    pending: Option<Vec<&'a RawValue>>,
    rollback: Option<u64>,
    end: Option<EndLine>,
}

#[derive(Deserialize)]
struct EndLine {
    height: u64,
    hash: Hash,
    balances: BTreeMap<Address, BTreeMap<TokenStandard, DecimalText>>,
    #[serde(default)]
    queries: Vec<Query>,
}

#[derive(Deserialize)]
struct DecimalText(#[serde(with = "crate::codec::json::amount")] Amount);

impl Recording {
    /// Reads the first line.
    pub fn begin(first: &[u8]) -> Result<Recording, RecordingError> {
        let wrong = |reason: &dyn fmt::Display| RecordingError::new(1, reason);
        let line = split(first).map_err(|error| wrong(&error))?;
        if line.recording != Some(VERSION) {
            return Err(wrong(&format_args!(
                "recording is {}, allowed is {VERSION}",
                line.recording.map_or("missing".to_owned(), |version| version.to_string())
            )));
        }
        let mut rules = Rules::default();
        if let Some(changed) = line.rules {
            super::rules::change_rules(&mut rules, changed.get()).map_err(|error| wrong(&error))?;
        }
        let text = line.genesis.ok_or_else(|| wrong(&"genesis is missing"))?;
        let genesis = Genesis::from_json(text.get().as_bytes(), rules)
            .map_err(|error: GenesisError| wrong(&error))?;
        let rules = genesis.rules.clone();
        let (name, source) = (line.name.unwrap_or_default(), line.source.unwrap_or_default());
        let header = Header { name, source, genesis };
        Ok(Recording { header, rules, line: 1, ended: false })
    }

    /// What the first line says.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Number of the line that was read last.
    pub fn line(&self) -> usize {
        self.line
    }

    /// Reads the next line.
    pub fn next(&mut self, line: &[u8]) -> Result<Entry, RecordingError> {
        self.line += 1;
        if self.ended {
            return Err(self.wrong("a line behind the end"));
        }
        let line = split(line).map_err(|error| self.wrong(error))?;
        let entry = self.entry(line).map_err(|reason| self.wrong(reason))?;
        self.ended = matches!(entry, Entry::End(_));
        Ok(entry)
    }

    /// Whether the last line was read.
    pub fn has_ended(&self) -> bool {
        self.ended
    }

    fn wrong(&self, reason: impl fmt::Display) -> RecordingError {
        RecordingError::new(self.line, reason)
    }

    fn entry(&mut self, line: Line<'_>) -> Result<Entry, String> {
        if let Some(momentum) = line.m {
            let detailed = complete(thing(momentum)?, things(line.b)?);
            return Ok(Entry::Momentum { detailed, refusals: line.f.unwrap_or_default() });
        }
        let error = line.error.unwrap_or_default();
        if let Some(block) = line.refused {
            let value = serde_json::from_str(block.get()).map_err(|error| error.to_string())?;
            let block = json::decode_published(&value).map_err(|error| error.to_string())?;
            let pending = things(line.pending)?;
            return Ok(Entry::Refused {
                block: Box::new(block),
                error,
                generate: line.generate,
                pending,
            });
        }
        if let Some(momentum) = line.refused_momentum {
            let detailed =
                DetailedMomentum { momentum: thing(momentum)?, account_blocks: things(line.b)? };
            return Ok(Entry::RefusedMomentum { detailed, error });
        }
        if let Some(changed) = line.rules {
            super::rules::change_rules(&mut self.rules, changed.get())?;
            return Ok(Entry::Rules(Box::new(self.rules.clone())));
        }
        if let Some(height) = line.rollback {
            return Ok(Entry::Rollback(height));
        }
        match line.end {
            Some(EndLine { height, hash, balances, queries }) => {
                let balances = balances
                    .into_iter()
                    .map(|(address, list)| {
                        (address, list.into_iter().map(|(token, text)| (token, text.0)).collect())
                    })
                    .collect();
                Ok(Entry::End(End { height, hash, balances, queries }))
            }
            None => Err("the line says nothing that is known".to_owned()),
        }
    }
}

fn split(line: &[u8]) -> Result<Line<'_>, String> {
    if line.len() > LINE_BYTES_MAX {
        return Err(format!("the line has {} bytes, allowed are {LINE_BYTES_MAX}", line.len()));
    }
    serde_json::from_slice(line).map_err(|error| error.to_string())
}

fn thing<T: FromJson>(text: &RawValue) -> Result<T, String> {
    json::parse(text.get()).map_err(|error: JsonError| match error.path() {
        "" => error.to_string(),
        path => format!("{path}: {error}"),
    })
}

fn things<T: FromJson>(texts: Option<Vec<&RawValue>>) -> Result<Vec<T>, String> {
    texts.unwrap_or_default().into_iter().map(thing).collect()
}

/// Adds the batched sends, which stand in their receive blocks, in content order.
fn complete(momentum: Momentum, blocks: Vec<AccountBlock>) -> DetailedMomentum {
    let mut by_hash: BTreeMap<Hash, AccountBlock> = BTreeMap::new();
    for block in blocks {
        for descendant in &block.descendant_blocks {
            by_hash.insert(descendant.hash, descendant.clone());
        }
        by_hash.insert(block.hash, block);
    }
    let account_blocks =
        momentum.content.iter().filter_map(|header| by_hash.remove(&header.hash)).collect();
    DetailedMomentum { momentum, account_blocks }
}
