//! `uz up`.

use super::devnet;
use crate::cli::Up;
use crate::context::Context;
use crate::daemon::{self, Ready, plan, several};
use crate::outcome::Outcome;
use serde_json::{Value, json};

/// Starts a development network, or another private one.
pub fn run(context: &Context, up: &Up) -> Outcome {
    if let Some(pillars) = up.pillars.filter(|pillars| *pillars > 1) {
        let plans = plan::several(context, up.fresh, pillars)?;
        let accounts = devnet::accounts();
        let ready = Ready { text: format!("{}\n\n", accounts.text), value: accounts.value };
        return several::run(context, plans, ready);
    }
    let plan = plan::up(context, up.fresh)?;
    let rules = &plan.config.genesis.rules;
    let facts = format!(
        "Chain id:    {}\nBlock time:  {} s\nGenesis:     {}\nData:        {}\n",
        rules.chain_identifier,
        plan.block_time,
        plan.config.genesis.momentum.hash,
        plan.config.data_dir.display()
    );
    let mut ready = Ready { text: facts, value: json!({ "blockTime": plan.block_time }) };
    if plan.is_devnet {
        let accounts = devnet::accounts();
        ready.text = format!("{}\n\n{}", accounts.text, ready.text);
        if let (Value::Object(fields), Value::Object(more)) = (&mut ready.value, accounts.value) {
            fields.extend(more);
        }
    }
    daemon::run(context, plan, ready)
}
