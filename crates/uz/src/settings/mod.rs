//! Every setting of the program, once: its key in files, flag, variable, kind, default and meaning.
//!
//! Flags, help, man pages, `uz config show` and `uz config explain` all come from [`TABLE`]. A value
//! comes from the flag, else the variable, else the file, else the default, and its [`Origin`] is kept.

mod file;
mod table;

pub use table::TABLE;

use crate::folders;
use crate::outcome::Failure;
use clap::ArgMatches;
use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

/// What a value looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// A file or folder.
    Path,
    /// `ip:port`, or `none`.
    Socket,
    /// A whole number between two bounds.
    Number(u64, u64),
    /// `true` or `false`; as a flag it needs no value.
    Switch,
    /// Texts, separated by commas.
    List,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Never shown.
    Secret,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::Text => f.write_str("text"),
            Kind::Path => f.write_str("a path"),
            Kind::Socket => f.write_str("an address as 127.0.0.1:35997, a port, or none"),
            Kind::Number(least, most) => write!(f, "a whole number from {least} to {most}"),
            Kind::Switch => f.write_str("true or false"),
            Kind::List => f.write_str("texts, separated by commas"),
            Kind::Choice(words) => write!(f, "one of {}", words.join(", ")),
            Kind::Secret => f.write_str("text that is never shown"),
        }
    }
}

/// One setting.
pub struct Setting {
    /// Its key in the configuration file.
    pub key: &'static str,
    /// Its flag, without the dashes; none if a flag would be unsafe.
    pub flag: Option<&'static str>,
    /// Its variable.
    pub env: &'static str,
    /// What a value looks like.
    pub kind: Kind,
    /// The default, in words for `--help` where it depends on the machine.
    pub default: Default,
    /// Commands that have the flag; empty: all.
    pub verbs: &'static [&'static str],
    /// Where znnd's `config.json` has it.
    pub znnd: Option<&'static str>,
    /// What it is, in a line.
    pub about: &'static str,
}

/// What holds if nothing is set.
#[derive(Clone, Copy)]
pub enum Default {
    /// Nothing.
    Unset,
    /// This text.
    Fixed(&'static str),
    /// What a function finds for a command.
    Found(fn(verb: &str) -> String),
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nothing was set.
    Default,
    /// A configuration file.
    File(PathBuf),
    /// A variable.
    Env(&'static str),
    /// A flag.
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Default => f.write_str("default"),
            Origin::File(path) => write!(f, "file {}", path.display()),
            Origin::Env(name) => write!(f, "variable {name}"),
            Origin::Flag(name) => write!(f, "flag --{name}"),
        }
    }
}

/// A value with where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sourced {
    /// As text.
    pub text: String,
    /// Who said so.
    pub origin: Origin,
}

/// All values that are set, for one run of one command.
#[derive(Clone, Debug)]
pub struct Settings {
    values: BTreeMap<&'static str, Sourced>,
    /// What a file says that nothing reads, with why that is fine.
    pub notes: Vec<String>,
}

/// The setting with this key.
pub fn setting(key: &str) -> Option<&'static Setting> {
    TABLE.iter().find(|setting| setting.key == key)
}

impl Settings {
    /// Reads flags, variables and the file for `verb`.
    pub fn resolve(verb: &str, flags: &ArgMatches) -> Result<Settings, Failure> {
        Settings::from_sources(verb, flags, &|name| std::env::var(name).ok())
    }

    fn from_sources(
        verb: &str,
        flags: &ArgMatches,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Settings, Failure> {
        let mut settings = Settings { values: BTreeMap::new(), notes: Vec::new() };
        let file = file::load(flag_text(flags, "config"), env)?;
        settings.notes.extend(file.notes);
        for setting in &TABLE {
            let flagged = setting
                .flag
                .and_then(|flag| flag_text(flags, flag).map(|text| (text, Origin::Flag(flag))));
            let from_env = || env(setting.env).map(|text| (text, Origin::Env(setting.env)));
            let from_file = || {
                let text = file.values.get(setting.key)?;
                Some((text.clone(), Origin::File(file.path.clone()?)))
            };
            let default = || match setting.default {
                Default::Unset => None,
                Default::Fixed(text) => Some((text.to_owned(), Origin::Default)),
                Default::Found(find) => Some((find(verb), Origin::Default)),
            };
            let found = flagged.or_else(from_env).or_else(from_file).or_else(default);
            if let Some((text, origin)) = found {
                check(setting, &text, &origin)?;
                settings.values.insert(setting.key, Sourced { text, origin });
            }
        }
        Ok(settings)
    }

    /// The value of a setting, if there is one.
    pub fn get(&self, key: &str) -> Option<&Sourced> {
        debug_assert!(setting(key).is_some(), "{key} is not in the table");
        self.values.get(key)
    }

    /// A text.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.get(key).map(|value| value.text.as_str())
    }

    /// A path.
    pub fn path(&self, key: &str) -> Option<PathBuf> {
        self.text(key).map(PathBuf::from)
    }

    /// A number; it was checked when it was read.
    pub fn number(&self, key: &str) -> Option<u64> {
        self.text(key).and_then(|text| text.parse().ok())
    }

    /// Whether a switch is on.
    pub fn is_on(&self, key: &str) -> bool {
        self.text(key) == Some("true")
    }

    /// An address to listen at; `None` if there is to be none.
    pub fn socket(&self, key: &str) -> Option<SocketAddr> {
        self.text(key).and_then(parse_socket)
    }

    /// A list.
    pub fn list(&self, key: &str) -> Vec<String> {
        let texts = self.text(key).unwrap_or_default().split(',');
        texts.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned).collect()
    }
}

/// A bare port means this machine alone.
fn parse_socket(text: &str) -> Option<SocketAddr> {
    let port: Option<u16> = text.parse().ok();
    port.map(|port| SocketAddr::from(([127, 0, 0, 1], port))).or_else(|| text.parse().ok())
}

fn flag_text(flags: &ArgMatches, flag: &str) -> Option<String> {
    let given = flags.try_contains_id(flag).unwrap_or(false)
        && flags.value_source(flag) == Some(clap::parser::ValueSource::CommandLine);
    let values = given.then(|| flags.get_raw(flag)).flatten()?;
    Some(values.map(|value| value.to_string_lossy()).collect::<Vec<_>>().join(","))
}

/// Refuses a value that is not of its setting's kind.
fn check(setting: &Setting, text: &str, origin: &Origin) -> Result<(), Failure> {
    let fits = match setting.kind {
        Kind::Text | Kind::Path | Kind::List | Kind::Secret => true,
        Kind::Socket => text == "none" || parse_socket(text).is_some(),
        Kind::Number(least, most) => {
            text.parse::<u64>().is_ok_and(|number| (least..=most).contains(&number))
        }
        Kind::Switch => ["true", "false"].contains(&text),
        Kind::Choice(words) => words.contains(&text),
    };
    if fits {
        return Ok(());
    }
    let message = format!("{} is \"{text}\", which it can't be ({origin})", setting.key);
    Err(Failure::usage(message).fix(format!("give {}", setting.kind)))
}

/// The flags of a command that stand for settings; those of all commands come with verb `""`.
pub fn flags(verb: &str) -> impl Iterator<Item = clap::Arg> {
    let verb = verb.to_owned();
    TABLE.iter().filter_map(move |setting| {
        let ours = match verb.as_str() {
            "" => setting.verbs.is_empty(),
            verb => setting.verbs.contains(&verb),
        };
        let flag = setting.flag.filter(|_| ours)?;
        Some(arg(setting, flag, &verb))
    })
}

fn arg(setting: &'static Setting, flag: &'static str, verb: &str) -> clap::Arg {
    let default = match setting.default {
        Default::Unset => String::new(),
        Default::Fixed(text) => format!(" [default: {text}]"),
        // Help is the same on all machines, whatever folders there are.
        Default::Found(find) => {
            let verb = if ["", "up"].contains(&verb) { verb } else { "node" };
            format!(" [default: {}]", folders::tilde(&find(verb)))
        }
    };
    let help = format!("{}{default} [env: {}]", setting.about, setting.env);
    let mut arg = clap::Arg::new(flag).long(flag).help(help);
    if setting.verbs.is_empty() {
        arg = arg.global(true).help_heading(crate::cli::EVERYWHERE);
    }
    match setting.kind {
        Kind::Switch => arg
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("true")
            .value_name("BOOL"),
        Kind::Text | Kind::Secret => arg.value_name("TEXT"),
        Kind::Path => arg.value_name("PATH").value_hint(clap::ValueHint::AnyPath),
        Kind::Socket => arg.value_name("ADDRESS"),
        Kind::Number(..) => arg.value_name("NUMBER"),
        Kind::List => arg.value_name("LIST").action(clap::ArgAction::Append),
        Kind::Choice(words) => arg.value_name("WORD").value_parser(words.to_vec()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Command;
    use std::io::Write;

    fn resolve(args: &[&str], env: &[(&str, &str)]) -> Result<Settings, Failure> {
        let command = Command::new("up")
            .arg(clap::Arg::new("config").long("config"))
            .args(flags(""))
            .args(flags("up"));
        let matches = command.try_get_matches_from(args).expect("arguments are well formed");
        let env: BTreeMap<&str, &str> = env.iter().copied().collect();
        // Nobody's own configuration is read by tests.
        let env = |name: &str| match name {
            "XDG_CONFIG_HOME" => Some("/nonexistent".to_owned()),
            name => env.get(name).map(|text| (*text).to_owned()),
        };
        Settings::from_sources("up", &matches, &env)
    }

    #[test]
    fn flags_beat_variables_beat_files_beat_defaults() {
        let mut config = tempfile::NamedTempFile::new().unwrap();
        writeln!(config, "block-time = 5\n[rpc]\naddr = \"127.0.0.1:1\"").unwrap();
        let path = config.path().to_str().unwrap();
        let told = |args: &[&str], env: &[(&str, &str)]| {
            let value = resolve(args, env).unwrap().get("block-time").unwrap().clone();
            (value.text, value.origin)
        };
        let text = |text: &str| text.to_owned();
        assert_eq!(told(&["up"], &[]), (text("1"), Origin::Default));
        let file = ["up", "--config", path];
        assert_eq!(told(&file, &[]), (text("5"), Origin::File(path.into())));
        let env = [("UZ_BLOCK_TIME", "6")];
        assert_eq!(told(&file, &env), (text("6"), Origin::Env("UZ_BLOCK_TIME")));
        let flag = ["up", "--config", path, "--block-time", "7"];
        assert_eq!(told(&flag, &env), (text("7"), Origin::Flag("block-time")));
    }

    #[test]
    fn wrong_values_name_key_value_and_what_is_allowed() {
        let refused = resolve(&["up", "--block-time", "0"], &[]).unwrap_err();
        assert_eq!(refused.message, "block-time is \"0\", which it can't be (flag --block-time)");
        assert_eq!(refused.fix.as_deref(), Some("give a whole number from 1 to 3600"));
        let refused = resolve(&["up"], &[("UZ_RPC_ADDR", "here")]).unwrap_err();
        assert_eq!(
            refused.message,
            "rpc.addr is \"here\", which it can't be (variable UZ_RPC_ADDR)"
        );
    }

    #[test]
    fn a_bare_port_means_this_machine() {
        let settings = resolve(&["up", "--rpc-addr", "0", "--ws-addr", "none"], &[]).unwrap();
        assert_eq!(settings.socket("rpc.addr"), Some("127.0.0.1:0".parse().unwrap()));
        assert_eq!(settings.socket("rpc.ws-addr"), None);
        assert!(resolve(&["up", "--on-demand"], &[]).unwrap().is_on("on-demand"));
    }

    #[test]
    fn keys_flags_and_variables_are_unique() {
        for names in [
            TABLE.iter().map(|setting| setting.key).collect::<Vec<_>>(),
            TABLE.iter().filter_map(|setting| setting.flag).collect(),
            TABLE.iter().map(|setting| setting.env).collect(),
        ] {
            let mut unique = names.clone();
            unique.sort();
            unique.dedup();
            assert_eq!(unique.len(), names.len());
        }
        for setting in &TABLE {
            assert!(setting.env.starts_with("UZ_"), "{}", setting.key);
            if let Default::Fixed(text) = setting.default {
                assert_eq!(check(setting, text, &Origin::Default), Ok(()));
            }
        }
    }
}
