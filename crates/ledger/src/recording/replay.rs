//! Replaying a recording on a chain in memory.
//!
//! User blocks are published as they were recorded. Contract blocks are made anew and compared with the
//! recorded ones, then momentums are applied, which compares the changes hash and the hash. What was
//! refused must be refused again with the same text.

use super::read::{Balances, End, Entry, Header, Query, Recording, RecordingError};
use super::report::{Difference, Report};
use crate::apply;
use crate::block::{AccountBlock, BlockType};
use crate::codec::json::Published;
use crate::memory::MemoryChain;
use crate::momentum::DetailedMomentum;
use crate::pending::Pending;
use crate::refusal::{Fault, Refusal};
use crate::state::{Chain, keys};
use crate::types::{AccountHeader, Address, Hash, TokenStandard, amount_from_bytes};
use crate::verify::block::SignatureCheck;
use core::fmt;
use std::collections::BTreeMap;

/// What stands for "nothing was refused".
const ACCEPTED: &str = "accepted";

/// A recording that is being replayed.
#[derive(Debug)]
pub struct Replay {
    recording: Recording,
    chain: MemoryChain,
    report: Report,
    queries: Vec<Query>,
    /// A momentum could not be applied, so nothing that follows can.
    stuck: bool,
}

impl Replay {
    /// Starts from a recording's first line.
    pub fn begin(first: &[u8]) -> Result<Replay, RecordingError> {
        let recording = Recording::begin(first)?;
        let chain = MemoryChain::new(&recording.header().genesis);
        let report = Report::default();
        Ok(Replay { recording, chain, report, queries: Vec::new(), stuck: false })
    }

    /// Replays a whole recording, line by line; empty lines are skipped.
    pub fn run<L: AsRef<[u8]>>(
        lines: impl IntoIterator<Item = L>,
    ) -> Result<Replay, RecordingError> {
        let mut lines = lines.into_iter().filter(|line| !line.as_ref().is_empty());
        let first = lines.next().ok_or_else(|| RecordingError::new(1, "the recording is empty"))?;
        let mut replay = Replay::begin(first.as_ref())?;
        for line in lines {
            replay.line(line.as_ref())?;
        }
        replay.finish()
    }

    /// Replays the next line.
    pub fn line(&mut self, line: &[u8]) -> Result<(), RecordingError> {
        let entry = self.recording.next(line)?;
        if self.stuck {
            return Ok(());
        }
        self.entry(entry).map_err(|fault| RecordingError::new(self.recording.line(), fault))
    }

    /// Ends a replay whose last line was replayed.
    pub fn finish(self) -> Result<Replay, RecordingError> {
        match self.recording.has_ended() {
            true => Ok(self),
            false => {
                Err(RecordingError::new(self.recording.line() + 1, "the recording is cut short"))
            }
        }
    }

    /// What the recording's first line says.
    pub fn header(&self) -> &Header {
        self.recording.header()
    }

    /// What the replay found.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// Gives the findings away.
    pub fn into_report(self) -> Report {
        self.report
    }

    /// The replayed chain.
    pub fn chain(&self) -> &MemoryChain {
        &self.chain
    }

    /// The questions at the end, with the reference's answers.
    pub fn queries(&self) -> &[Query] {
        &self.queries
    }

    fn entry(&mut self, entry: Entry) -> Result<(), Fault> {
        match entry {
            Entry::Momentum { detailed, refusals } => self.momentum(&detailed, &refusals),
            Entry::Refused { block, error, generate, pending } => {
                self.refused(*block, &error, generate.as_deref(), pending)
            }
            Entry::RefusedMomentum { detailed, error } => self.refused_momentum(&detailed, &error),
            Entry::Rules(rules) => {
                self.chain.set_rules(*rules);
                Ok(())
            }
            Entry::Rollback(height) => self.chain.rollback(height),
            Entry::End(end) => self.end(end),
        }
    }

    fn differ(
        &mut self,
        what: impl fmt::Display,
        expected: impl fmt::Display,
        got: impl fmt::Display,
    ) {
        let difference = Difference {
            recording: self.recording.header().name.clone(),
            line: self.recording.line(),
            height: self.chain.identifier().map_or(0, |newest| newest.height),
            what: what.to_string(),
            expected: expected.to_string(),
            got: got.to_string(),
        };
        self.report.differences.push(difference);
    }

    fn compare(&mut self, what: impl fmt::Display, expected: &str, got: &str) {
        if expected != got {
            self.differ(what, expected, got);
        }
    }

    fn momentum(
        &mut self,
        detailed: &DetailedMomentum,
        refusals: &BTreeMap<Hash, String>,
    ) -> Result<(), Fault> {
        for block in &detailed.account_blocks {
            if block.is_send() && block.to_address.is_embedded() {
                self.report.count(&block.to_address, &block.data, |counts| counts.called += 1);
            }
            if self.chain.pending.get(&block.header()).is_some() {
                self.compare_accepted(block);
                continue;
            }
            match block.block_type {
                // The receive block brings it.
                BlockType::CONTRACT_SEND => {}
                BlockType::CONTRACT_RECEIVE => self.answer(block, refusals)?,
                _ => match self.chain.publish(block.clone(), SignatureCheck::Now, true) {
                    Ok(_) => self.compare_accepted(block),
                    Err(refusal) => {
                        self.differ(format_args!("block {}", block.hash), ACCEPTED, refusal);
                    }
                },
            }
        }
        let momentum = &detailed.momentum;
        let applied =
            apply::apply_momentum(&self.chain, &self.chain.pending, detailed, momentum.timestamp)
                .and_then(|applied| self.chain.commit(detailed, applied));
        if let Err(refusal) = applied {
            self.differ(format_args!("momentum {}", momentum.height), ACCEPTED, &refusal);
            self.stuck = true;
            return Ok(());
        }
        self.report.momentums += 1;
        self.report.blocks += momentum.content.len() as u64;
        Ok(())
    }

    /// Plasma fields and changes hash of what we accepted are those that were recorded.
    fn compare_accepted(&mut self, recorded: &AccountBlock) {
        let ours = self.chain.pending.get(&recorded.header()).map(|entry| &entry.block);
        if let Some(ours) = ours
            && ours.identifier() == recorded.identifier()
            && ours != recorded
        {
            let ours = format!("{ours:?}");
            self.differ(
                format_args!("block {}", recorded.hash),
                format_args!("{recorded:?}"),
                ours,
            );
        }
    }

    /// Lets the contract answer, and compares the answer.
    fn answer(
        &mut self,
        recorded: &AccountBlock,
        refusals: &BTreeMap<Hash, String>,
    ) -> Result<(), Fault> {
        let what = format!("answer {}", recorded.hash);
        let Some(call) = self.chain.view().block_by_hash(&recorded.from_block_hash)? else {
            self.differ(what, recorded.from_block_hash, "no such call");
            return Ok(());
        };
        let answer = apply::auto_receive(
            &self.chain,
            &self.chain.pending,
            &call.header(),
            &recorded.address,
        );
        let (accepted, refusal) = match answer {
            Ok(answer) => answer,
            Err(refusal) => {
                self.differ(what, ACCEPTED, refusal);
                return Ok(());
            }
        };
        self.report.count(&call.to_address, &call.data, |counts| match refusal {
            Some(_) => counts.refused += 1,
            None => counts.succeeded += 1,
        });
        let text = refusal.map_or(ACCEPTED.to_owned(), |refusal| refusal.to_string());
        let expected = refusals.get(&call.hash).map_or(ACCEPTED, String::as_str);
        self.compare(format_args!("call {}", call.hash), expected, &text);
        if accepted.block != *recorded {
            self.differ(&what, format_args!("{recorded:?}"), format_args!("{:?}", accepted.block));
        }
        if let Err(refusal) = self.chain.accept(accepted, true) {
            self.differ(what, ACCEPTED, refusal);
        }
        Ok(())
    }

    fn refused(
        &mut self,
        published: Published,
        error: &str,
        generate: Option<&str>,
        pending: Vec<AccountBlock>,
    ) -> Result<(), Fault> {
        self.report.refused += 1;
        let Published { block, negative_amount } = published;
        if block.is_send() && block.to_address.is_embedded() {
            self.report.count(&block.to_address, &block.data, |counts| {
                counts.called += 1;
                counts.refused += 1;
            });
        }
        self.set_pending(&block.address, pending);
        let what = format!("block {} (refused)", block.hash);
        if let Some(expected) = generate {
            let drafted = apply::draft_and_execute(&self.chain, &self.chain.pending, block.clone());
            let got = drafted.err().map_or(ACCEPTED.to_owned(), |refusal| refusal.to_string());
            self.compare(format_args!("{what} as a template"), expected, &got);
        }
        let got = self.attempt(block).err().map_or(ACCEPTED.to_owned(), |refusal| {
            match (refusal, negative_amount) {
                (Refusal::BlockAmountTooBig, true) => Refusal::BlockAmountNegative,
                (refusal, _) => refusal,
            }
            .to_string()
        });
        self.compare(what, error, cut_dump(&got, error));
        Ok(())
    }

    /// What publishing the block would say; the chain stays as it is.
    fn attempt(&self, block: AccountBlock) -> Result<(), Refusal> {
        let accepted =
            apply::apply_block(&self.chain, &self.chain.pending, block, SignatureCheck::Now)?;
        let mut pool = self.chain.pending.clone();
        pool.insert(&self.chain.view(), accepted, false).map(|_| ())
    }

    /// Makes the account's unconfirmed blocks those that were recorded.
    fn set_pending(&mut self, address: &Address, blocks: Vec<AccountBlock>) {
        let ours: Vec<AccountHeader> =
            self.chain.pending.of(address).iter().map(|entry| entry.block.header()).collect();
        let recorded: Vec<AccountHeader> = blocks
            .iter()
            .filter(|block| block.block_type != BlockType::CONTRACT_SEND)
            .map(AccountBlock::header)
            .collect();
        if ours == recorded {
            return;
        }
        if !recorded.starts_with(&ours) {
            // Blocks of other accounts come again with the momentum that confirms them.
            self.chain.pending = Pending::default();
        }
        for block in blocks {
            if block.block_type == BlockType::CONTRACT_SEND
                || self.chain.pending.get(&block.header()).is_some()
            {
                continue;
            }
            let hash = block.hash;
            if let Err(refusal) = self.chain.publish(block, SignatureCheck::Now, true) {
                self.differ(format_args!("block {hash} (pending)"), ACCEPTED, refusal);
            }
        }
    }

    fn refused_momentum(&mut self, detailed: &DetailedMomentum, error: &str) -> Result<(), Fault> {
        self.report.refused += 1;
        let newest = self.chain.view().frontier()?.timestamp;
        let now = newest + self.chain.rules().block_time;
        let got = self.attempt_momentum(detailed, now);
        let got = got.err().map_or(ACCEPTED.to_owned(), |refusal| refusal.to_string());
        self.compare(format_args!("momentum {} (refused)", detailed.momentum.hash), error, &got);
        Ok(())
    }

    /// What the momentum would be told; its blocks stay unconfirmed.
    fn attempt_momentum(&mut self, detailed: &DetailedMomentum, now: u64) -> Result<(), Refusal> {
        for block in &detailed.account_blocks {
            if block.block_type != BlockType::CONTRACT_SEND
                && self.chain.pending.get(&block.header()).is_none()
            {
                self.chain.publish(block.clone(), SignatureCheck::Now, true)?;
            }
        }
        apply::apply_momentum(&self.chain, &self.chain.pending, detailed, now).map(|_| ())
    }

    fn end(&mut self, end: End) -> Result<(), Fault> {
        let newest = self.chain.identifier()?;
        self.compare("height at the end", &end.height.to_string(), &newest.height.to_string());
        self.compare("hash at the end", &end.hash.to_text(), &newest.hash.to_text());
        let ours = balances(&self.chain)?;
        for (address, expected) in &end.balances {
            let got = ours.get(address).cloned().unwrap_or_default();
            if got != *expected {
                self.differ(
                    format_args!("balances of {address}"),
                    format_args!("{expected:?}"),
                    format_args!("{got:?}"),
                );
            }
        }
        for address in ours.keys().filter(|address| !end.balances.contains_key(address)) {
            self.differ(format_args!("balances of {address}"), "none", "some");
        }
        self.queries = end.queries;
        Ok(())
    }
}

/// Recordings cut the text of an answer that differs before the dump of the block that follows.
fn cut_dump<'t>(got: &'t str, expected: &str) -> &'t str {
    match got.strip_prefix(expected) {
        Some(rest) if rest.starts_with(" but got ") => &got[..expected.len()],
        _ => got,
    }
}

/// All balances that were ever written.
fn balances(chain: &MemoryChain) -> Result<Balances, Fault> {
    let mut all = Balances::new();
    let accounts = &keys::account(&Address::ZERO)[..1];
    chain.frontier().scan(accounts, &mut |key, value| {
        let (address, key) = key[1..].split_at(Address::LEN);
        if let Some(token) = key.strip_prefix(&keys::BALANCES[..])
            && let (Some(address), Some(token), Some(amount)) = (
                Address::from_slice(address),
                TokenStandard::from_slice(token),
                amount_from_bytes(value),
            )
        {
            all.entry(address).or_default().insert(token, amount);
        }
        true
    })?;
    Ok(all)
}
