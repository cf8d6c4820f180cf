//! From an intent to a published block, with whatever a person wants to see on the way.

use crate::cli::Signing;
use crate::client::Rpc;
use crate::client::block::{self, Fate, Intent, Price, Work};
use crate::context::Context;
use crate::outcome::{Answer, Code, Failure, Outcome};
use crate::time;
use crate::{keys, show};
use indicatif::{ProgressBar, ProgressStyle};
use ledger::AccountBlock;
use ledger::types::{Address, Hash};
use serde_json::{Value, json};
use std::time::Duration;
use wallet::pow::{Options, Progress, Task};

/// A block that was published, or would be.
pub struct Submitted {
    /// The block.
    pub block: AccountBlock,
    /// What it costs.
    pub price: Price,
    /// What became of it, if that was waited for.
    pub fate: Option<Fate>,
}

/// Builds, pays, signs and publishes a block, and waits for it if asked to. A dry run stops before
/// the key is needed.
pub fn submit(
    context: &Context,
    rpc: &Rpc,
    intent: &Intent,
    signing: &Signing,
) -> Result<Submitted, Failure> {
    let limit = signing.wait.as_deref().map(wait_limit).transpose()?;
    if signing.dry_run {
        let account = keys::looked_at(context, None, signing.dev)?;
        let (mut block, price) = block::draft(rpc, account, intent)?;
        let no_work: block::FindNonce<'_> = &|_, _, _| Ok([0; 8]);
        block::pay(&mut block, &price, work(signing), no_work)?;
        block.hash = block.compute_hash();
        return Ok(Submitted { block, price, fate: None });
    }
    let key = keys::signing(context, signing.dev)?;
    let (mut block, price) = block::draft(rpc, key.address(), intent)?;
    let find: block::FindNonce<'_> =
        &|account, previous, difficulty| find_nonce(context, account, previous, difficulty);
    block::pay(&mut block, &price, work(signing), find)?;
    block::sign(&mut block, &key);
    block::publish(rpc, &block)?;
    let fate = limit.map(|limit| block::follow(rpc, &block, limit)).transpose()?;
    Ok(Submitted { block, price, fate })
}

fn work(signing: &Signing) -> Work {
    if signing.pow { Work::Allow } else { Work::Refuse }
}

fn wait_limit(text: &str) -> Result<Duration, Failure> {
    let seconds = time::duration(text, time::month(ledger::rules::BLOCK_TIME_ORIGINAL));
    seconds.map(Duration::from_secs).map_err(|error| Failure::usage(format!("--wait: {error}")))
}

/// Work on all cores, with its progress on standard error.
fn find_nonce(
    context: &Context,
    account: &Address,
    previous: &Hash,
    difficulty: u64,
) -> Result<[u8; 8], Failure> {
    let bar = if context.draws() { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
    let style = ProgressStyle::with_template("{spinner} {msg}").expect("the template is sound");
    bar.set_style(style);
    let mut tell = |progress: Progress| {
        let share = progress.tries as f64 / progress.expected.max(1) as f64;
        let rate = progress.rate().unwrap_or(0.0) / 1e6;
        let left = progress.remaining().map_or(0, |left| left.as_secs());
        bar.set_message(format!(
            "proof of work: {share:.1} times the tries it takes on average, {rate:.1} million a second, about {left} s left"
        ));
        bar.tick();
    };
    let solved = Task::new(account, previous, difficulty).solve(Options::default(), &mut tell);
    bar.finish_and_clear();
    let solution = solved.map_err(|error| Failure::new(Code::Failed, error.to_string()))?;
    context.note(&format!("proof of work done in {:.1} s", solution.elapsed.as_secs_f64()));
    Ok(solution.nonce)
}

impl Submitted {
    /// The block and its fate for programs; `more` are fields that the command adds.
    pub fn to_json(&self, more: Value) -> Value {
        let block = &self.block;
        let mut value = json!({
            "hash": block.hash.to_string(),
            "address": block.address.to_string(),
            "height": block.height,
            "fusedPlasma": block.fused_plasma,
            "difficulty": block.difficulty,
            "published": !block.signature.is_empty(),
            "momentumHeight": self.fate.as_ref().and_then(|fate| fate.momentum_height),
            "accepted": self.fate.as_ref().and_then(|fate| fate.accepted),
        });
        if let (Value::Object(fields), Value::Object(more)) = (&mut value, more) {
            fields.extend(more);
        }
        value
    }

    /// The answer of a command that published it: what was done, then how it went. A call that the
    /// contract refused is a failure.
    pub fn answer(&self, done: &str, rows: Vec<(String, String)>, more: Value) -> Outcome {
        if self.block.signature.is_empty() {
            return Ok(self.plan(done));
        }
        let hash = self.block.hash;
        if self.fate.as_ref().and_then(|fate| fate.accepted) == Some(false) {
            let text = format!("the contract received the call and refused it: {done}");
            return Err(Failure::new(Code::ContractRefused, text)
                .because(format!(
                    "block {hash} is confirmed; what was sent along has been sent back"
                ))
                .fix("receive it with: uz receive --all, and look at what the contract asks for"));
        }
        let mut lines = vec![("done".to_owned(), done.to_owned())];
        lines.push(("block".to_owned(), hash.to_string()));
        lines.extend(rows);
        if let Some(height) = self.fate.as_ref().and_then(|fate| fate.momentum_height) {
            lines.push(("momentum".to_owned(), height.to_string()));
        }
        if self.fate.as_ref().and_then(|fate| fate.accepted) == Some(true) {
            lines.push(("contract".to_owned(), "accepted".to_owned()));
        }
        Ok(Answer::new(self.to_json(more), show::pairs(lines)))
    }

    /// What a dry run shows: the block as it would be signed.
    fn plan(&self, done: &str) -> Answer {
        let block = serde_json::to_value(&self.block).expect("blocks have a JSON form");
        let price = &self.price;
        let payment = match self.block.difficulty {
            0 => format!("{} fused plasma", self.block.fused_plasma),
            difficulty => format!(
                "{} fused plasma and work of difficulty {difficulty}, not done in a dry run",
                self.block.fused_plasma
            ),
        };
        let text = format!(
            "would be done: {done}\npaid with: {payment} of {} available\n{}",
            price.available_plasma,
            serde_json::to_string_pretty(&block).expect("JSON prints")
        );
        Answer::new(json!({ "dryRun": true, "plan": done, "block": block }), text)
    }
}
