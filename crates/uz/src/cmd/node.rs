//! `uz node`.

use crate::cli::NodeArgs;
use crate::context::Context;
use crate::daemon::{self, Ready, plan};
use crate::outcome::Outcome;
use serde_json::json;

/// Runs a node of any network.
pub fn run(context: &Context, node: &NodeArgs) -> Outcome {
    let plan = plan::node(context, node.dev)?;
    let producers: Vec<String> =
        plan.producers.iter().map(|signer| signer.address().to_string()).collect();
    let mut text = format!(
        "Chain id:    {}\nGenesis:     {}\nData:        {}\n",
        plan.config.genesis.rules.chain_identifier,
        plan.config.genesis.momentum.hash,
        plan.config.data_dir.display()
    );
    for producer in &producers {
        text.push_str(&format!("Producer:    {producer}\n"));
    }
    let ready = Ready { text, value: json!({ "producers": producers }) };
    daemon::run(context, plan, ready)
}
