//! Configuration files: TOML of our own keys, or znnd's `config.json`.

use super::{Kind, TABLE, setting};
use crate::folders;
use crate::outcome::{Code, Failure};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Name of the file that is read if none is named.
pub const NAME: &str = "config.toml";
/// Largest file that is read.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// What a file sets, by key.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The file, if there is one.
    pub path: Option<PathBuf>,
    /// Values as text.
    pub values: BTreeMap<String, String>,
    /// What was left out.
    pub notes: Vec<String>,
}

/// Reads the file that was named, or the usual one if it is there.
pub fn load(
    named: Option<String>,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<Loaded, Failure> {
    let named = named.or_else(|| env("UZ_CONFIG")).map(PathBuf::from);
    let usual = || match env("XDG_CONFIG_HOME") {
        Some(base) => Path::new(&base).join("unikernel-z").join(NAME),
        None => folders::config().join(NAME),
    };
    let (path, must_exist) = match named {
        Some(path) => (path, true),
        None => (usual(), false),
    };
    let text = match read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound && !must_exist => {
            return Ok(Loaded::default());
        }
        Err(error) => return Err(Failure::io("read the configuration", &path, error)),
    };
    let mut loaded =
        if text.trim_start().starts_with('{') { znnd(&text, &path)? } else { toml(&text, &path)? };
    loaded.path = Some(path);
    Ok(loaded)
}

fn read(path: &Path) -> std::io::Result<String> {
    let size = fs::metadata(path)?.len();
    if size > FILE_BYTES_MAX {
        let text = format!("{size} bytes, at most {FILE_BYTES_MAX} are read");
        return Err(std::io::Error::new(ErrorKind::InvalidData, text));
    }
    fs::read_to_string(path)
}

fn malformed(path: &Path, cause: impl std::fmt::Display) -> Failure {
    Failure::new(Code::Usage, format!("the configuration {} can't be understood", path.display()))
        .because(cause)
}

fn toml(text: &str, path: &Path) -> Result<Loaded, Failure> {
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
        let line = error.span().map(|span| text[..span.start].lines().count().max(1));
        let place = line.map(|line| format!("line {line}: ")).unwrap_or_default();
        malformed(path, format!("{place}{}", error.message()))
    })?;
    let mut loaded = Loaded::default();
    flatten(&table, "", path, &mut loaded.values)?;
    Ok(loaded)
}

fn flatten(
    table: &toml::Table,
    prefix: &str,
    path: &Path,
    values: &mut BTreeMap<String, String>,
) -> Result<(), Failure> {
    for (name, value) in table {
        let key = format!("{prefix}{name}");
        let known = setting(&key);
        let text = match value {
            toml::Value::Table(inner) if known.is_none() => {
                flatten(inner, &format!("{key}."), path, values)?;
                continue;
            }
            toml::Value::String(text) => text.clone(),
            toml::Value::Integer(number) => number.to_string(),
            toml::Value::Boolean(truth) => truth.to_string(),
            toml::Value::Array(items) => list(items, &key, path)?,
            other => {
                let message = format!("{key} is a {}, which no key takes", other.type_str());
                return Err(malformed(path, message));
            }
        };
        let Some(known) = known else {
            let failure = malformed(path, format!("it has no key \"{key}\""));
            return Err(failure.fix(match nearest(&key) {
                Some(near) => format!("did you mean \"{near}\"? all keys: uz config show"),
                None => "all keys: uz config show".to_owned(),
            }));
        };
        let text = if known.kind == Kind::Path { beside(path, &text) } else { text };
        values.insert(key, text);
    }
    Ok(())
}

fn list(items: &[toml::Value], key: &str, path: &Path) -> Result<String, Failure> {
    let texts: Option<Vec<&str>> = items.iter().map(toml::Value::as_str).collect();
    let texts = texts.ok_or_else(|| malformed(path, format!("{key} is not a list of texts")))?;
    Ok(texts.join(","))
}

/// A path in a file means one beside that file; `~/` means the home.
fn beside(file: &Path, text: &str) -> String {
    if let (Some(rest), Some(home)) = (text.strip_prefix("~/"), folders::home()) {
        return folders::show(home.join(rest));
    }
    let folder = file.parent().unwrap_or(Path::new(""));
    folders::show(folder.join(text))
}

/// The known key with the fewest letters to change, if there are few.
fn nearest(key: &str) -> Option<&'static str> {
    let distances = TABLE.iter().map(|setting| (distance(setting.key, key), setting.key));
    distances.min().filter(|(distance, _)| *distance <= 3).map(|(_, near)| near)
}

/// Letters to insert, drop or change to get from one text to the other.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (index, letter) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = index + 1;
        for (column, found) in other.iter().enumerate() {
            let change = diagonal + usize::from(*found != letter);
            diagonal = row[column + 1];
            row[column + 1] = change.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row[other.len()]
}

/// Reads the reference node's file: keys match in any case, as Go reads them.
fn znnd(text: &str, path: &Path) -> Result<Loaded, Failure> {
    let config: Map<String, Value> =
        serde_json::from_str(text).map_err(|error| malformed(path, error))?;
    let mut loaded = Loaded::default();
    for setting in &TABLE {
        let Some(field) = setting.znnd else { continue };
        if let Some(text) = at(&config, field).and_then(plain).filter(|text| !text.is_empty()) {
            loaded.values.insert(setting.key.to_owned(), text);
        }
    }
    if let Some(level) = loaded.values.get_mut("log.level") {
        // What znnd calls critical is an error here.
        *level = if level == "crit" { "error".to_owned() } else { level.to_ascii_lowercase() };
    }
    for (key, enabled, host, port, usual_port) in [
        ("rpc.addr", "RPC.EnableHTTP", "RPC.HTTPHost", "RPC.HTTPPort", 35_997),
        ("rpc.ws-addr", "RPC.EnableWS", "RPC.WSHost", "RPC.WSPort", 35_998),
        ("p2p.listen", "", "Net.ListenHost", "Net.ListenPort", 35_995),
    ] {
        if at(&config, enabled) == Some(&Value::Bool(false)) {
            loaded.values.insert(key.to_owned(), "none".to_owned());
            continue;
        }
        let host = at(&config, host).and_then(plain).filter(|host| !host.is_empty());
        let port = at(&config, port).and_then(Value::as_u64).filter(|port| *port != 0);
        if host.is_some() || port.is_some() {
            let host = match host.as_deref() {
                // Peers are to call, wherever they are.
                None if key == "p2p.listen" => "0.0.0.0".to_owned(),
                // The reference listens everywhere unless told; we do only if the file says so.
                None | Some("localhost") => "127.0.0.1".to_owned(),
                Some(host) if host.contains(':') => format!("[{host}]"),
                Some(host) => host.to_owned(),
            };
            let port = port.unwrap_or(usual_port);
            loaded.values.insert(key.to_owned(), format!("{host}:{port}"));
        }
    }
    bootnodes(&config, &mut loaded.values);
    for unused in ["Net.MaxPendingPeers", "Net.PeerstoreDir", "Producer.Address"] {
        if at(&config, unused).is_some() {
            loaded.notes.push(format!("{}: {unused} is not used", path.display()));
        }
    }
    Ok(loaded)
}

/// Nodes to begin with: enodes stand under one name, multiaddrs under another.
fn bootnodes(config: &Map<String, Value>, values: &mut BTreeMap<String, String>) {
    let lists = ["Net.BootstrapPeers", "Net.Seeders"].map(|path| at(config, path).and_then(plain));
    let texts: Vec<String> = lists.into_iter().flatten().filter(|text| !text.is_empty()).collect();
    if !texts.is_empty() {
        values.insert("p2p.bootnodes".to_owned(), texts.join(","));
    }
}

/// The value at a dotted path, names in any case.
fn at<'a>(object: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    let (name, rest) = match path.split_once('.') {
        Some((name, rest)) => (name, Some(rest)),
        None => (path, None),
    };
    let (_, value) = object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?;
    match rest {
        Some(rest) => at(value.as_object()?, rest),
        None => Some(value),
    }
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Array(items) => {
            let texts: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
            Some(texts?.join(","))
        }
        Value::Null | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path() -> &'static Path {
        Path::new("/etc/uz/config.toml")
    }

    #[test]
    fn toml_is_flattened() {
        let text = "node = \"http://a\"\ngenesis = \"g.json\"\non-demand = true\n[rpc]\nhosts = [\"a\", \"b\"]";
        let loaded = toml(text, path()).unwrap();
        let expected = [
            ("genesis", "/etc/uz/g.json"),
            ("node", "http://a"),
            ("on-demand", "true"),
            ("rpc.hosts", "a,b"),
        ];
        let expected = expected.map(|(key, text)| (key.to_owned(), text.to_owned()));
        assert_eq!(loaded.values, BTreeMap::from(expected));
    }

    #[test]
    fn toml_that_is_wrong_says_where() {
        let cause = |text| toml(text, path()).unwrap_err().cause.unwrap();
        assert!(cause("a = 1\nb =").starts_with("line 2: "));
        assert_eq!(cause("[rpc]\naddress = 1"), "it has no key \"rpc.address\"");
        let fix = toml("[rpc]\nadrr = \"1\"", path()).unwrap_err().fix.unwrap();
        assert!(fix.contains("\"rpc.addr\""), "{fix}");
        assert_eq!(cause("name = 1.5"), "name is a float, which no key takes");
    }

    #[test]
    fn the_reference_nodes_file_is_read() {
        let text = r#"{"DataPath": "/d", "name": "n", "LogLevel": "INFO", "Net": {"MinPeers": 0, "Seeders": ["enode://a@1.2.3.4:5"], "BootstrapPeers": ["/ip4/1.2.3.4"],
                "ListenPort": 7, "NATPortMap": true, "P2PBackend": "legacy", "MaxPendingPeers": 10},
            "Producer": {"Index": 2, "KeyFilePath": "k", "Password": "p"},
            "RPC": {"EnableHTTP": true, "HTTPHost": "0.0.0.0", "EnableWS": false, "HTTPCors": ["*"]}}"#;
        let loaded = znnd(text, path()).unwrap();
        let expected = [
            ("data-dir", "/d"),
            ("log.level", "info"),
            ("name", "n"),
            ("p2p.bootnodes", "/ip4/1.2.3.4,enode://a@1.2.3.4:5"),
            ("p2p.listen", "0.0.0.0:7"),
            ("p2p.min-peers", "0"),
            ("p2p.nat", "true"),
            ("p2p.transport", "legacy"),
            ("producer.index", "2"),
            ("producer.key-file", "k"),
            ("producer.password", "p"),
            ("rpc.addr", "0.0.0.0:35997"),
            ("rpc.origins", "*"),
            ("rpc.ws-addr", "none"),
        ];
        let expected = expected.map(|(key, text)| (key.to_owned(), text.to_owned()));
        assert_eq!(loaded.values, BTreeMap::from(expected));
        assert_eq!(loaded.notes, ["/etc/uz/config.toml: Net.MaxPendingPeers is not used"]);
    }

    #[test]
    fn a_file_that_was_named_must_be_there() {
        let none = |_: &str| None;
        let failure = load(Some("/nonexistent/x.toml".to_owned()), &none).unwrap_err();
        assert_eq!(failure.code, Code::Io);
        let elsewhere = |name: &str| (name == "XDG_CONFIG_HOME").then(|| "/nonexistent".to_owned());
        assert!(load(None, &elsewhere).unwrap().path.is_none());
    }
}
