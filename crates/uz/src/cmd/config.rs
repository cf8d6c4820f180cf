//! `uz config`: what holds, and why.

use crate::cli::Config;
use crate::context::Context;
use crate::outcome::{Answer, Code, Failure, Outcome};
use crate::settings::{self, Kind, Setting, Sourced, TABLE};
use crate::show;
use serde_json::{Value, json};

/// Shows all settings, or explains one.
pub fn run(context: &Context, verb: Config) -> Outcome {
    match verb {
        Config::Show { .. } => Ok(show_all(context)),
        Config::Explain { key, .. } => explain(context, &key),
    }
}

fn show_all(context: &Context) -> Answer {
    let mut rows = vec![["key", "value", "from"].map(str::to_owned).to_vec()];
    let mut values = serde_json::Map::new();
    for setting in &TABLE {
        let value = context.settings.get(setting.key);
        let (text, origin) = told(setting, value);
        values.insert(setting.key.to_owned(), json!({ "value": text, "origin": origin }));
        rows.push(vec![setting.key.to_owned(), text.unwrap_or("-".to_owned()), origin]);
    }
    Answer::new(Value::Object(values), show::columns(&rows))
}

fn explain(context: &Context, key: &str) -> Outcome {
    let Some(setting) = settings::setting(key) else {
        let failure = Failure::new(Code::NotFound, format!("there is no setting \"{key}\""));
        return Err(failure.fix("all of them: uz config show"));
    };
    let (text, origin) = told(setting, context.settings.get(key));
    let flag = setting.flag.map_or("-".to_owned(), |flag| format!("--{flag}"));
    let verbs = if setting.verbs.is_empty() { "all".to_owned() } else { setting.verbs.join(", ") };
    let rows = [
        ("key", key.to_owned()),
        ("meaning", setting.about.to_owned()),
        ("value", text.clone().unwrap_or("-".to_owned())),
        ("from", origin.clone()),
        ("allowed", setting.kind.to_string()),
        ("flag", flag.clone()),
        ("variable", setting.env.to_owned()),
        ("znnd", setting.znnd.unwrap_or("-").to_owned()),
        ("commands", verbs),
        ("order", "flag, else variable, else file, else default".to_owned()),
    ];
    let value = json!({
        "key": key, "about": setting.about, "value": text, "origin": origin,
        "allowed": setting.kind.to_string(), "flag": setting.flag, "env": setting.env,
    });
    Ok(Answer::new(value, show::pairs(rows)))
}

/// A setting's value, unless it is secret, and where it comes from.
fn told(setting: &Setting, value: Option<&Sourced>) -> (Option<String>, String) {
    match value {
        None => (None, "not set".to_owned()),
        Some(value) => {
            let text = if setting.kind == Kind::Secret { "(secret)" } else { &value.text };
            (Some(text.to_owned()), value.origin.to_string())
        }
    }
}
