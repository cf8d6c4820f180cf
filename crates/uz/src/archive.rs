//! Backups: keys, configuration and chain in one tar file, packed with zstd.
//!
//! | name in the file | what |
//! |---|---|
//! | `wallet/NAME` | a key file, still under its password |
//! | `config.toml` | the configuration |
//! | `network-private-key` | the key by which peers know the node |
//! | `network.json` | which network the chain is of |
//! | `ledger` | a copy of the store, as of one moment |
//!
//! Producers' records of signed slots are not in it: an old one would let a slot be signed again.

use crate::chain::of_open;
use crate::daemon::plan::of_network;
use crate::outcome::{Code, Failure};
use ledger::types::HashHeight;
use node::backup::{self, BackupError};
use node::network::{self, Network};
use node::wire::identity;
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use tar::{Archive, Builder, Header};

const WALLET: &str = "wallet/";
const CONFIG: &str = "config.toml";
const LEDGER: &str = "ledger";
const LEVEL: i32 = 3;
/// Largest key file or configuration in a backup.
const SMALL_BYTES_MAX: u64 = 1024 * 1024;
/// Largest description of a network in a backup.
const NETWORK_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// What a backup is made of, or restored to.
pub struct Places {
    /// Folder of key files.
    pub wallet: PathBuf,
    /// Configuration.
    pub config: PathBuf,
    /// Folder of the chain, if it is to be taken along.
    pub data: Option<PathBuf>,
}

/// What was saved or brought back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// Names of key files.
    pub keys: Vec<String>,
    /// Whether there was a configuration.
    pub config: bool,
    /// The chain's newest momentum, if there was a chain.
    pub newest: Option<HashHeight>,
}

/// Makes a backup. The file is there whole or not at all; one that is there is not overwritten.
pub fn save(places: &Places, to: &Path) -> Result<Contents, Failure> {
    if to.exists() {
        let failure = Failure::usage(format!("{} exists already", to.display()));
        return Err(failure.fix("choose another name, or move it away"));
    }
    let failure = |error: io::Error| Failure::io("write", to, error);
    let draft = to.with_added_extension("part");
    // It holds keys, so it is for its owner alone.
    let file = File::options().write(true).create(true).truncate(true).mode(0o600).open(&draft);
    let mut packed =
        zstd::Encoder::new(BufWriter::new(file.map_err(failure)?), LEVEL).map_err(failure)?;
    packed.include_checksum(true).map_err(failure)?;
    let mut archive = Builder::new(packed);
    let contents = fill(places, &mut archive, to)?;
    let finish = || -> io::Result<()> {
        let file = archive.into_inner()?.finish()?;
        file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        fs::rename(&draft, to)
    };
    finish().map_err(failure)?;
    Ok(contents)
}

fn fill(
    places: &Places,
    archive: &mut Builder<impl Write>,
    to: &Path,
) -> Result<Contents, Failure> {
    let failure = |error: io::Error| Failure::io("write", to, error);
    let mut contents = Contents::default();
    for name in key_names(&places.wallet)? {
        let bytes = read_small(&places.wallet.join(&name))?;
        append(archive, &format!("{WALLET}{name}"), &bytes).map_err(failure)?;
        contents.keys.push(name);
    }
    if places.config.is_file() {
        append(archive, CONFIG, &read_small(&places.config)?).map_err(failure)?;
        contents.config = true;
    }
    let Some(data) = &places.data else { return Ok(contents) };
    let Some(known) = Network::load(data).map_err(of_network)? else { return Ok(contents) };
    let genesis = known.build().map_err(of_network)?;
    let identity = data.join(identity::FILE_NAME);
    if identity.is_file() {
        append(archive, identity::FILE_NAME, &read_small(&identity)?).map_err(failure)?;
    }
    let description = data.join(network::FILE_NAME);
    let bytes = fs::read(&description).map_err(|error| Failure::io("read", &description, error))?;
    append(archive, network::FILE_NAME, &bytes).map_err(failure)?;
    let copy = to.with_added_extension("ledger");
    let newest = backup::back_up(data, &genesis, &copy).map_err(of_backup)?;
    let appended = File::open(&copy).and_then(|mut file| {
        let mut header = Header::new_gnu();
        header.set_size(file.metadata()?.len());
        header.set_mode(0o600);
        archive.append_data(&mut header, LEDGER, &mut file)
    });
    let removed = fs::remove_file(&copy);
    appended.and(removed).map_err(failure)?;
    contents.newest = Some(newest);
    Ok(contents)
}

/// Names of all files in the folder of key files that are not hidden.
fn key_names(folder: &Path) -> Result<Vec<String>, Failure> {
    let failure = |error: io::Error| Failure::io("list", folder, error);
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failure(error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(failure)?;
        let is_file = entry.file_type().map_err(failure)?.is_file();
        if let Ok(name) = entry.file_name().into_string()
            && is_file
            && is_name(&name)
        {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\', '\0'])
}

fn read_small(path: &Path) -> Result<Vec<u8>, Failure> {
    let failure = |error: io::Error| Failure::io("read", path, error);
    let file = File::open(path).map_err(failure)?;
    limited(file, SMALL_BYTES_MAX).map_err(failure)
}

fn limited(source: impl Read, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(most + 1).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > most {
        let text = format!("more than {most} bytes");
        return Err(io::Error::new(io::ErrorKind::InvalidData, text));
    }
    Ok(bytes)
}

fn append(archive: &mut Builder<impl Write>, name: &str, bytes: &[u8]) -> io::Result<()> {
    let mut header = Header::new_gnu();
    header.set_size(u64::try_from(bytes.len()).expect("lengths fit"));
    header.set_mode(0o600);
    archive.append_data(&mut header, name, bytes)
}

/// Brings a backup back. Nothing is overwritten: with anything in the way, nothing is written at all.
/// A key file that is there already with the same content is fine.
pub fn restore(places: &Places, from: &Path, write: bool) -> Result<Contents, Failure> {
    // The first reading finds out what is in the way, the second writes.
    let contents = walk(places, from, false)?;
    if write { walk(places, from, true) } else { Ok(contents) }
}

fn walk(places: &Places, from: &Path, write: bool) -> Result<Contents, Failure> {
    let failure = |error: io::Error| {
        Failure::io("read the backup", from, error).fix("give a file that uz backup wrote")
    };
    let file = File::open(from).map_err(failure)?;
    let packed = zstd::Decoder::new(BufReader::new(file)).map_err(failure)?;
    let mut archive = Archive::new(packed);
    let mut contents = Contents::default();
    let mut known: Option<Network> = None;
    for entry in archive.entries().map_err(failure)? {
        let mut entry = entry.map_err(failure)?;
        let name = entry.path().map_err(failure)?.to_string_lossy().into_owned();
        match name.as_str() {
            CONFIG => {
                let bytes = limited(&mut entry, SMALL_BYTES_MAX).map_err(failure)?;
                put(&places.config, &bytes, write)?;
                contents.config = true;
            }
            identity::FILE_NAME => {
                let bytes = limited(&mut entry, SMALL_BYTES_MAX).map_err(failure)?;
                if let Some(data) = &places.data {
                    put(&data.join(identity::FILE_NAME), &bytes, write)?;
                }
            }
            network::FILE_NAME => {
                let bytes = limited(&mut entry, NETWORK_BYTES_MAX).map_err(failure)?;
                let read = Network::parse(&bytes);
                known = Some(read.map_err(|fault| failure(io::Error::other(fault)))?);
            }
            LEDGER => {
                let (Some(data), Some(network)) = (&places.data, &known) else { continue };
                contents.newest = ledger(data, network, &mut entry, write)?;
            }
            name => match name.strip_prefix(WALLET).filter(|name| is_name(name)) {
                Some(name) => {
                    let bytes = limited(&mut entry, SMALL_BYTES_MAX).map_err(failure)?;
                    put(&places.wallet.join(name), &bytes, write)?;
                    contents.keys.push(name.to_owned());
                }
                None => {
                    let text = format!("{} holds \"{name}\", which no backup has", from.display());
                    return Err(Failure::usage(crate::show::printable(&text)));
                }
            },
        }
    }
    Ok(contents)
}

/// Writes a file that must not be there with other content.
fn put(path: &Path, bytes: &[u8], write: bool) -> Result<(), Failure> {
    let failure = |error: io::Error| Failure::io("write", path, error);
    match fs::read(path) {
        Ok(found) if found == bytes => return Ok(()),
        Ok(_) => {
            let text = format!("{} is there already, with other content", path.display());
            return Err(Failure::usage(text).fix("move it away, then restore again"));
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(failure(error)),
    }
    if !write {
        return Ok(());
    }
    let written = || -> io::Result<()> {
        if let Some(folder) = path.parent() {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        let mut file = File::options().write(true).create_new(true).mode(0o600).open(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    written().map_err(failure)
}

/// Puts the chain into its folder, which must hold none.
fn ledger(
    data: &Path,
    network: &Network,
    copy: &mut impl Read,
    write: bool,
) -> Result<Option<HashHeight>, Failure> {
    if Network::load(data).map_err(of_network)?.is_some() {
        let text = format!("{} holds a chain already", data.display());
        return Err(Failure::usage(text).fix("move it away, or leave the chain out: --keys-only"));
    }
    if !write {
        return Ok(None);
    }
    let genesis = network.build().map_err(of_network)?;
    let draft = data.join(".restored");
    let failure = |error: io::Error| Failure::io("write", &draft, error);
    fs::create_dir_all(data).map_err(failure)?;
    let mut file = File::create(&draft).map_err(failure)?;
    io::copy(copy, &mut file).map_err(failure)?;
    let restored = backup::restore(&draft, &genesis, data).map_err(of_backup);
    let removed = fs::remove_file(&draft).map_err(failure);
    let newest = restored?;
    removed?;
    network.save(data).map_err(of_network)?;
    Ok(Some(newest))
}

fn of_backup(error: BackupError) -> Failure {
    match error {
        BackupError::Open(error) => of_open(error),
        other => Failure::new(Code::Io, other.to_string()),
    }
}
