//! `uz backup` and `uz restore`.

use crate::archive::{self, Contents, Places};
use crate::cli::{Backup, Restore};
use crate::context::Context;
use crate::outcome::{Answer, Outcome};
use crate::{folders, keys, show};
use serde_json::json;

fn places(context: &Context, keys_only: bool) -> Places {
    Places {
        wallet: keys::folder(context).path().to_owned(),
        config: folders::config().join("config.toml"),
        data: (!keys_only).then(|| context.settings.path("data-dir")).flatten(),
    }
}

/// Saves keys, configuration and chain.
pub fn save(context: &Context, backup: &Backup) -> Outcome {
    let places = places(context, backup.keys_only);
    if backup.dry_run {
        let data = places.data.as_deref().map_or("-".to_owned(), folders::show);
        let text = show::pairs([
            ("would write", folders::show(&backup.file)),
            ("key files", folders::show(&places.wallet)),
            ("configuration", folders::show(&places.config)),
            ("chain", data),
        ]);
        return Ok(Answer::new(json!({ "dryRun": true, "plan": text }), text));
    }
    let contents = archive::save(&places, &backup.file)?;
    context.note("key files in it are still under their passwords; keep those as well");
    Ok(told(&contents, "saved"))
}

/// Brings back what a backup saved.
pub fn restore(context: &Context, restore: &Restore) -> Outcome {
    let places = places(context, restore.keys_only);
    let contents = archive::restore(&places, &restore.file, !restore.dry_run)?;
    Ok(told(&contents, if restore.dry_run { "would restore" } else { "restored" }))
}

fn told(contents: &Contents, what: &str) -> Answer {
    let newest = contents.newest.map_or("-".to_owned(), |newest| newest.height.to_string());
    let keys = match contents.keys.as_slice() {
        [] => "-".to_owned(),
        names => names.join(", "),
    };
    let config = if contents.config { "yes" } else { "-" };
    let text = show::pairs([
        (format!("{what}:"), String::new()),
        ("key files".to_owned(), keys),
        ("configuration".to_owned(), config.to_owned()),
        ("newest momentum".to_owned(), newest),
    ]);
    let value = json!({
        "keys": contents.keys,
        "config": contents.config,
        "height": contents.newest.map(|newest| newest.height),
        "hash": contents.newest.map(|newest| newest.hash.to_string()),
    });
    Answer::new(value, text)
}
