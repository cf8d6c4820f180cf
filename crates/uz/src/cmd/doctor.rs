//! `uz doctor`.

use crate::context::Context;
use crate::doctor::{self, Finding, Verdict};
use crate::outcome::{Answer, Code, Failure, Outcome};
use serde_json::json;

/// Looks for what is wrong.
pub fn run(context: &Context) -> Outcome {
    let findings = doctor::examine(context);
    let count = |verdict| findings.iter().filter(|finding| finding.verdict == verdict).count();
    let (good, warnings, bad) =
        (count(Verdict::Good), count(Verdict::Warning), count(Verdict::Bad));
    let mut lines: Vec<String> = findings.iter().map(line).collect();
    lines.push(format!("{good} ok, {warnings} warnings, {bad} failed"));
    let value = json!({
        "findings": findings.iter().map(Finding::to_json).collect::<Vec<_>>(),
        "ok": good, "warnings": warnings, "failed": bad,
    });
    let answer = Answer::new(value, lines.join("\n"));
    if bad == 0 {
        return Ok(answer);
    }
    let failure = Failure::new(Code::Check, format!("{bad} of {} checks failed", findings.len()));
    Err(failure.fix("each says above what mends it").detail(answer))
}

fn line(finding: &Finding) -> String {
    let line = format!("{:<4}  {:<18} {}", finding.verdict.word(), finding.check, finding.text);
    match &finding.fix {
        Some(fix) => format!("{line}\n      {:<18} fix: {fix}", ""),
        None => line,
    }
}
