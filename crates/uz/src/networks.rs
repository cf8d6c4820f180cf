//! Network files: read from where they are named, and kept under a name.

use crate::outcome::{Code, Failure};
use crate::{files, folders};
use node::network::{Network, is_name};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Most networks that are listed.
const LISTED_MAX: usize = 1_000;

/// Folder of the networks that are known by name.
pub fn folder() -> PathBuf {
    folders::data().join("networks")
}

fn file_of(name: &str) -> PathBuf {
    folder().join(format!("{name}.json"))
}

/// The network that a text means: a file, or a name.
pub fn open(text: &str) -> Result<Network, Failure> {
    let path = Path::new(text);
    if path.is_file() || text.contains('/') || text.ends_with(".json") {
        return read(path);
    }
    if !is_name(text) {
        return Err(Failure::usage(format!("\"{text}\" names no network")).fix(FIX));
    }
    let path = file_of(text);
    match path.exists() {
        true => read(&path),
        false => {
            let failure = Failure::new(Code::NotFound, format!("no network \"{text}\" is known"));
            Err(failure.fix(FIX))
        }
    }
}

const FIX: &str =
    "list them with: uz network ls; give a file, or add one with: uz network add FILE";

/// Reads a network file, packed or not.
pub fn read(path: &Path) -> Result<Network, Failure> {
    let text = files::read_packed(path)?;
    Network::parse(&text).map_err(|fault| {
        Failure::usage(format!("{} is no network file", path.display())).because(fault)
    })
}

/// Keeps a network under a name; gives the file.
pub fn keep(network: &Network, name: &str) -> Result<PathBuf, Failure> {
    let path = file_of(name);
    let failure = |error: std::io::Error| Failure::io("write", &path, error);
    fs::create_dir_all(folder()).map_err(failure)?;
    let draft = folder().join(format!(".{name}.new"));
    fs::write(&draft, network.to_json()).map_err(failure)?;
    fs::rename(&draft, &path).map_err(failure)?;
    Ok(path)
}

/// A name, and what is kept under it.
pub struct Known {
    /// The name.
    pub name: String,
    /// The network, or why its file can't be read.
    pub network: Result<Network, Failure>,
}

/// The names that are known.
pub fn list() -> Result<Vec<Known>, Failure> {
    let folder = folder();
    let failure = |error: std::io::Error| Failure::io("list", &folder, error);
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failure(error)),
    };
    let mut found: Vec<Known> = Vec::new();
    for entry in entries.take(LISTED_MAX) {
        let path = entry.map_err(failure)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if let Some(name) = name.strip_suffix(".json").filter(|name| is_name(name)) {
            found.push(Known { name: name.to_owned(), network: read(&path) });
        }
    }
    found.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(found)
}
