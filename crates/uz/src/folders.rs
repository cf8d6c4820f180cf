//! Where things are kept by default: the XDG base directories.

use std::env;
use std::path::{Path, PathBuf};

/// Name of our folder inside each of them.
const OURS: &str = "unikernel-z";

/// Folder of data that must not be lost: `~/.local/share/unikernel-z`.
pub fn data() -> PathBuf {
    base("XDG_DATA_HOME", ".local/share")
}

/// Folder of configuration: `~/.config/unikernel-z`.
pub fn config() -> PathBuf {
    base("XDG_CONFIG_HOME", ".config")
}

/// The user's home.
pub fn home() -> Option<PathBuf> {
    env::var_os("HOME").filter(|home| !home.is_empty()).map(PathBuf::from)
}

/// A path as text for help and configuration.
pub fn show(path: impl AsRef<Path>) -> String {
    path.as_ref().display().to_string()
}

fn base(variable: &str, below_home: &str) -> PathBuf {
    // The standard says that paths which are not absolute are to be ignored.
    let named = env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || home().unwrap_or_else(|| PathBuf::from("/var/lib")).join(below_home);
    named.unwrap_or_else(home).join(OURS)
}

/// A path for help and documentation, which are the same on all machines: the home is `~`.
pub fn tilde(path: &str) -> String {
    match home().and_then(|home| Some(path.strip_prefix(home.to_str()?)?.to_owned())) {
        Some(rest) => format!("~{rest}"),
        None => path.to_owned(),
    }
}

/// Folder of what must stay on this machine: `~/.local/state/unikernel-z`.
pub fn state() -> PathBuf {
    base("XDG_STATE_HOME", ".local/state")
}
