//! The folder of key files: list, find, create. A file that is there is never written again.
//!
//! The folder is for its owner alone (mode 0700), each file as well (0600). A file comes into being
//! whole or not at all: it is written under another name, synced, then given its name in a step that
//! fails if the name is taken. Source: go-zenon `wallet/manager.go`.

use crate::keyfile::{KeyFile, KeyFileError};
use ledger::types::Address;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Longest name of a key file, in bytes.
pub const NAME_LEN_MAX: usize = 128;

/// Most entries of the folder that are looked at.
pub const ENTRIES_MAX: usize = 10_000;

/// Why the folder did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The system refuses.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Nothing has this name or address.
    #[error(
        "the provided key store could not be found in the data directory: nothing in {} is called {wanted:?} \
         or has that address{}", folder.display(), known(names)
    )]
    NotFound {
        /// The name or address asked for.
        wanted: String,
        /// Where it was looked for.
        folder: PathBuf,
        /// What there is.
        names: Vec<String>,
    },
    /// Several files have this address.
    #[error("{wanted} is the address of several key files, {}: say which by its name", names.join(", "))]
    Ambiguous {
        /// The address asked for.
        wanted: String,
        /// The files.
        names: Vec<String>,
    },
    /// The name is taken.
    #[error("{} exists and is not overwritten: choose another name", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// Not a name for a file here.
    #[error(
        "{name:?} cannot name a key file: up to {NAME_LEN_MAX} bytes, no slash or control character, no dot \
         at the start, no ~ at the end"
    )]
    BadName {
        /// The name asked for.
        name: String,
    },
    /// The file is there but unusable.
    #[error("{}: {source}", path.display())]
    KeyFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: KeyFileError,
    },
}

/// The tail of the message about a missing key store.
fn known(names: &[String]) -> String {
    match names {
        [] => "; there is none: make one, or import one".to_owned(),
        names => format!("; there are {}", names.join(", ")),
    }
}

/// A file in the folder.
#[derive(Debug)]
pub struct Entry {
    /// Its file name.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// What it holds, or why it is not a key file.
    pub file: Result<KeyFile, KeyFileError>,
}

/// A folder of key files.
#[derive(Clone, Debug)]
pub struct KeyFolder {
    path: PathBuf,
}

impl KeyFolder {
    /// Names a folder; it is made when the first file is.
    pub fn new(path: impl Into<PathBuf>) -> KeyFolder {
        KeyFolder { path: path.into() }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The files, by name; hidden ones and editors' copies (`x~`) are left out. A folder that does not
    /// exist has none.
    pub fn list(&self) -> Result<Vec<Entry>, FolderError> {
        let failed = |source| FolderError::Io { action: "list", path: self.path.clone(), source };
        let entries = match fs::read_dir(&self.path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed(error)),
        };
        let mut found = Vec::new();
        for entry in entries.take(ENTRIES_MAX) {
            let entry = entry.map_err(failed)?;
            // As the reference: links and folders are no key files.
            if !entry.file_type().map_err(failed)?.is_file() {
                continue;
            }
            let Ok(name) = entry.file_name().into_string() else { continue };
            if name.starts_with('.') || name.ends_with('~') {
                continue;
            }
            let path = entry.path();
            let file = KeyFile::read(&path);
            found.push(Entry { name, path, file });
        }
        found.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(found)
    }

    /// The key file with this file name, or else with this base address.
    pub fn find(&self, wanted: &str) -> Result<(PathBuf, KeyFile), FolderError> {
        let entries = self.list()?;
        let (mut named, others): (Vec<Entry>, Vec<Entry>) =
            entries.into_iter().partition(|entry| entry.name == wanted);
        if let Some(entry) = named.pop() {
            return entry.open();
        }
        let address: Option<Address> = wanted.parse().ok();
        let has_address = |entry: &Entry| {
            address.is_some() && entry.file.as_ref().ok().map(KeyFile::base_address) == address
        };
        let (mut matching, others): (Vec<Entry>, Vec<Entry>) =
            others.into_iter().partition(has_address);
        let names = |entries: &[Entry]| entries.iter().map(|entry| entry.name.clone()).collect();
        match (matching.pop(), matching.len()) {
            (Some(entry), 0) => entry.open(),
            (Some(entry), _) => {
                matching.push(entry);
                Err(FolderError::Ambiguous { wanted: wanted.to_owned(), names: names(&matching) })
            }
            (None, _) => Err(FolderError::NotFound {
                wanted: wanted.chars().take(NAME_LEN_MAX).collect(),
                folder: self.path.clone(),
                names: names(&others),
            }),
        }
    }

    /// Writes a new key file, named after its address unless a name is given; returns its path.
    pub fn create(&self, name: Option<&str>, file: &KeyFile) -> Result<PathBuf, FolderError> {
        let name = name.map_or_else(|| file.base_address().to_string(), str::to_owned);
        if !is_name(&name) {
            return Err(FolderError::BadName { name: name.chars().take(NAME_LEN_MAX).collect() });
        }
        make_private_folder(&self.path).map_err(|source| FolderError::Io {
            action: "make",
            path: self.path.clone(),
            source,
        })?;
        let path = self.path.join(name);
        match write_new(&self.path, &path, file.to_json().as_bytes()) {
            Ok(()) => Ok(path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Err(FolderError::Exists { path })
            }
            Err(source) => Err(FolderError::Io { action: "write", path, source }),
        }
    }
}

impl Entry {
    /// The key file, if it is one.
    fn open(self) -> Result<(PathBuf, KeyFile), FolderError> {
        match self.file {
            Ok(file) => Ok((self.path, file)),
            Err(source) => Err(FolderError::KeyFile { path: self.path, source }),
        }
    }
}

/// Whether a text can name a file that [`KeyFolder::list`] shows.
fn is_name(name: &str) -> bool {
    let shown = |letter: char| !letter.is_control() && letter != '/' && letter != '\\';
    !name.is_empty()
        && name.len() <= NAME_LEN_MAX
        && !name.starts_with('.')
        && !name.ends_with('~')
        && name.chars().all(shown)
}

/// Makes the folder and those above it, for the owner alone. One that exists stays as it is.
fn make_private_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Writes a file that must not exist yet, whole or not at all, and durably.
fn write_new(folder: &Path, path: &Path, content: &[u8]) -> io::Result<()> {
    // A name with a dot, which no listing shows; mode 0600.
    let mut draft = tempfile::Builder::new().prefix(".new-").tempfile_in(folder)?;
    draft.write_all(content)?;
    draft.as_file().sync_all()?;
    draft.persist_noclobber(path).map_err(|error| error.error)?;
    // The name itself is durable once the folder is synced.
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keystore::KeyStore;
    use tempfile::TempDir;

    fn folder() -> (TempDir, KeyFolder) {
        let dir = TempDir::new().unwrap();
        let folder = KeyFolder::new(dir.path().join("deep").join("wallet"));
        (dir, folder)
    }

    fn key_file() -> KeyFile {
        KeyFile::encrypt(&KeyStore::generate().unwrap(), "x").unwrap()
    }

    fn names(folder: &KeyFolder) -> Vec<String> {
        folder.list().unwrap().into_iter().map(|entry| entry.name).collect()
    }

    #[test]
    fn a_folder_that_is_not_there_is_empty() {
        let (_dir, folder) = folder();
        assert!(folder.list().unwrap().is_empty());
        let message = folder.find("main").unwrap_err().to_string();
        assert!(
            message.starts_with("the provided key store could not be found in the data directory"),
            "{message}"
        );
        assert!(message.ends_with("make one, or import one"), "{message}");
    }

    #[test]
    fn files_are_found_by_name_and_by_address() {
        let (_dir, folder) = folder();
        let (plain, named) = (key_file(), key_file());
        let path = folder.create(None, &plain).unwrap();
        assert_eq!(path, folder.path().join(plain.base_address().to_string()));
        folder.create(Some("main wallet"), &named).unwrap();
        assert_eq!(names(&folder), ["main wallet", &plain.base_address().to_string()]);

        assert_eq!(folder.find("main wallet").unwrap().1, named);
        assert_eq!(folder.find(&named.base_address().to_string()).unwrap().1, named);
        assert_eq!(folder.find(&plain.base_address().to_string()).unwrap(), (path, plain));
        let message = folder.find("other").unwrap_err().to_string();
        assert!(message.contains("there are main wallet, z1"), "{message}");
    }

    #[test]
    fn one_address_in_two_files_must_be_named() {
        let (_dir, folder) = folder();
        let file = key_file();
        folder.create(Some("a"), &file).unwrap();
        folder.create(Some("b"), &file).unwrap();
        let error = folder.find(&file.base_address().to_string()).unwrap_err();
        assert!(matches!(error, FolderError::Ambiguous { names, .. } if names == ["a", "b"]));
        assert_eq!(folder.find("b").unwrap().1, file);
    }

    #[test]
    fn nothing_is_overwritten() {
        let (_dir, folder) = folder();
        let first = key_file();
        let path = folder.create(Some("a"), &first).unwrap();
        let error = folder.create(Some("a"), &key_file()).unwrap_err();
        assert!(matches!(error, FolderError::Exists { .. }), "{error}");
        assert_eq!(KeyFile::read(&path).unwrap(), first);
        let left: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
        assert_eq!(left.len(), 1, "the draft is gone");
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_may_look() {
        use std::os::unix::fs::PermissionsExt;
        let (_dir, folder) = folder();
        let path = folder.create(None, &key_file()).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(folder.path()), 0o700);
    }

    #[test]
    fn names_that_are_none() {
        let (_dir, folder) = folder();
        let file = key_file();
        for name in
            ["", ".", "..", ".hidden", "a/b", "../a", "a\\b", "a~", "a\0", "a\n", &"x".repeat(129)]
        {
            let error = folder.create(Some(name), &file).unwrap_err();
            assert!(matches!(error, FolderError::BadName { .. }), "{name:?}: {error}");
        }
        assert!(!folder.path().exists());
    }

    #[test]
    fn what_is_no_key_file_is_listed_as_such() {
        let (_dir, folder) = folder();
        folder.create(Some("good"), &key_file()).unwrap();
        fs::write(folder.path().join("notes"), "not a key file").unwrap();
        fs::write(folder.path().join("big"), vec![b' '; 70_000]).unwrap();
        fs::write(folder.path().join(".hidden"), "").unwrap();
        fs::write(folder.path().join("copy~"), "").unwrap();
        fs::create_dir(folder.path().join("sub")).unwrap();
        assert_eq!(names(&folder), ["big", "good", "notes"]);
        let listed = folder.list().unwrap();
        assert!(matches!(listed[0].file, Err(KeyFileError::TooLarge { found: 65_537 })));
        assert!(listed[1].file.is_ok());
        assert!(matches!(listed[2].file, Err(KeyFileError::Malformed { .. })));
        let message = folder.find("notes").unwrap_err().to_string();
        assert!(message.contains("this is not a key file"), "{message}");
    }

    #[test]
    fn a_folder_is_not_read_as_a_file() {
        let dir = TempDir::new().unwrap();
        let message = KeyFile::read(dir.path()).unwrap_err().to_string();
        assert!(message.ends_with("it is not a file"), "{message}");
    }
}
