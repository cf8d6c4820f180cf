//! Whose key signs: a key file's or a devnet's; and where passwords come from.

use crate::context::Context;
use crate::outcome::{Code, Failure};
use ledger::types::Address;
use node::devnet;
use std::fs;
use std::io::{self, IsTerminal};
use std::path::Path;
use wallet::folder::{Entry, FolderError};
use wallet::keyfile::KeyFileError;
use wallet::{KeyFile, KeyFolder, KeyPair, KeyStore, Secret};

/// Longest password file that is read.
const PASSWORD_BYTES_MAX: u64 = 4096;
/// How a devnet's accounts are written: `dev:3`.
const DEV_PREFIX: &str = "dev:";

/// The folder of key files.
pub fn folder(context: &Context) -> KeyFolder {
    KeyFolder::new(context.settings.path("wallet-dir").unwrap_or_default())
}

/// The address that a text means: an address, `dev:N`, or the name of a key file.
pub fn address(context: &Context, text: &str) -> Result<Address, Failure> {
    if let Some(index) = text.strip_prefix(DEV_PREFIX) {
        return Ok(devnet::key(dev_index(index)?).address());
    }
    let error = match text.parse::<Address>() {
        Ok(address) => return Ok(address),
        Err(error) => error,
    };
    if text.starts_with("z1") {
        let failure = Failure::usage(format!("\"{text}\" is no address ({error})"));
        return Err(failure.fix("addresses have 40 letters and digits: z1q…"));
    }
    match folder(context).find(text) {
        Ok((_, file)) => Ok(file.base_address()),
        Err(error) => Err(of_folder(error)),
    }
}

/// The account that is looked at: named, a devnet's, or the one that would sign.
pub fn looked_at(
    context: &Context,
    named: Option<&str>,
    dev: Option<u32>,
) -> Result<Address, Failure> {
    match (named, dev) {
        (Some(text), _) => address(context, text),
        (None, Some(index)) => Ok(devnet::key(index).address()),
        (None, None) => match context.settings.text("from") {
            Some(text) => match text.parse::<u32>() {
                Ok(index) => Ok(signer(context, None, Some(index))?.address()),
                Err(_) => address(context, text),
            },
            None => Ok(only(&folder(context))?.1.base_address()),
        },
    }
}

/// The key that signs.
pub fn signing(context: &Context, dev: Option<u32>) -> Result<KeyPair, Failure> {
    if let Some(index) = dev {
        return Ok(devnet::key(index));
    }
    let from = context.settings.text("from");
    if let Some(index) = from.and_then(|text| text.strip_prefix(DEV_PREFIX)) {
        return Ok(devnet::key(dev_index(index)?));
    }
    match from.map(|text| (text, text.parse::<u32>())) {
        Some((_, Ok(index))) => signer(context, None, Some(index)),
        Some((text, Err(_))) => signer(context, Some(text), None),
        None => signer(context, None, None),
    }
}

/// The key of a key file: by its name or an address in it, with an index.
fn signer(context: &Context, who: Option<&str>, index: Option<u32>) -> Result<KeyPair, Failure> {
    let folder = folder(context);
    let Some(who) = who else {
        let (name, file) = only(&folder)?;
        let store = open(context, &name, &file)?;
        return store.key(index.unwrap_or(0)).map_err(|error| Failure::usage(error.to_string()));
    };
    // `name/3` means index 3 of a key file.
    let (name, index) = match who.rsplit_once('/') {
        Some((name, index)) if index.parse::<u32>().is_ok() => (name, index.parse().unwrap_or(0)),
        _ => (who, index.unwrap_or(0)),
    };
    match folder.find(name) {
        Ok((path, file)) => {
            let store = open(context, &file_name(&path), &file)?;
            store.key(index).map_err(|error| Failure::usage(error.to_string()))
        }
        Err(error @ FolderError::NotFound { .. }) => match name.parse::<Address>() {
            Ok(address) => of_address(context, &folder, address),
            Err(_) => Err(of_folder(error)),
        },
        Err(error) => Err(of_folder(error)),
    }
}

/// The key of an address that is not the first of its key file.
fn of_address(context: &Context, folder: &KeyFolder, address: Address) -> Result<KeyPair, Failure> {
    let missing = || {
        Failure::new(Code::KeyMissing, format!("no key file has the key of {address}"))
            .fix("list key files with: uz wallet list, or add one with: uz wallet import")
    };
    let Ok((name, file)) = only(folder) else { return Err(missing()) };
    let store = open(context, &name, &file)?;
    let found = store.find(address);
    found.map(|(_, key)| key).map_err(|_| missing())
}

/// The only key file that there is.
pub fn only(folder: &KeyFolder) -> Result<(String, KeyFile), Failure> {
    let entries = folder.list().map_err(of_folder)?;
    let mut good: Vec<Entry> = entries.into_iter().filter(|entry| entry.file.is_ok()).collect();
    let names: Vec<String> = good.iter().map(|entry| entry.name.clone()).collect();
    match (good.pop(), names.len()) {
        (Some(Entry { name, file: Ok(file), .. }), 1) => Ok((name, file)),
        (None, _) => {
            let text = format!("there is no key file in {}", folder.path().display());
            let fix = "make one with: uz wallet new, or use a devnet's account: --dev 0";
            Err(Failure::new(Code::KeyMissing, text).fix(fix))
        }
        (Some(_), _) => {
            let text = format!("there are several key files: {}", names.join(", "));
            Err(Failure::new(Code::KeyMissing, text).fix("name one with --from"))
        }
    }
}

/// The key file that `--from` names, or the only one.
pub fn chosen(context: &Context) -> Result<(String, KeyFile), Failure> {
    let folder = folder(context);
    match context.settings.text("from") {
        Some(who) => match folder.find(who) {
            Ok((path, file)) => Ok((file_name(&path), file)),
            Err(error) => Err(of_folder(error)),
        },
        None => only(&folder),
    }
}

/// Opens a key file with the password that is given or asked for.
pub fn open(context: &Context, name: &str, file: &KeyFile) -> Result<KeyStore, Failure> {
    let password = password(context, &format!("Password of {name}: "))?;
    file.decrypt(password.expose()).map(|opened| opened.store).map_err(of_key_file)
}

/// The password: from the file named, from the variable, or typed.
pub fn password(context: &Context, prompt: &str) -> Result<Secret<String>, Failure> {
    if let Some(password) = given_password(context)? {
        return Ok(password);
    }
    typed(prompt)
}

/// A password for a new key file: given, or typed twice.
pub fn new_password(context: &Context) -> Result<Secret<String>, Failure> {
    if let Some(password) = given_password(context)? {
        return Ok(password);
    }
    let first = typed("New password: ")?;
    let again = typed("Again: ")?;
    if first.expose() != again.expose() {
        return Err(Failure::usage("the two passwords differ"));
    }
    Ok(first)
}

fn given_password(context: &Context) -> Result<Option<Secret<String>>, Failure> {
    if let Some(path) = context.settings.path("password-file") {
        return password_in(&path).map(Some);
    }
    Ok(std::env::var("UZ_PASSWORD").ok().map(Secret::new))
}

/// The first line of a file.
pub fn password_in(path: &Path) -> Result<Secret<String>, Failure> {
    let failure = |error: &dyn std::fmt::Display| Failure::io("read the password in", path, error);
    let size = fs::metadata(path).map_err(|error| failure(&error))?.len();
    if size > PASSWORD_BYTES_MAX {
        return Err(failure(&format!("{size} bytes, at most {PASSWORD_BYTES_MAX} are read")));
    }
    let text = Secret::new(fs::read_to_string(path).map_err(|error| failure(&error))?);
    let line = text.expose().lines().next().unwrap_or_default().to_owned();
    Ok(Secret::new(line))
}

fn typed(prompt: &str) -> Result<Secret<String>, Failure> {
    if !io::stdin().is_terminal() {
        let failure =
            Failure::new(Code::KeyMissing, "a password is needed and nobody can be asked");
        return Err(failure.fix("give it with --password-file FILE or the variable UZ_PASSWORD"));
    }
    rpassword::prompt_password(prompt)
        .map(Secret::new)
        .map_err(|error| Failure::new(Code::Io, "can't read the password").because(error))
}

/// A failure of the folder of key files as a command's.
pub fn of_folder(error: FolderError) -> Failure {
    let code = match &error {
        FolderError::NotFound { .. } | FolderError::Ambiguous { .. } => Code::KeyMissing,
        FolderError::BadName { .. } | FolderError::Exists { .. } => Code::Usage,
        FolderError::Io { .. } | FolderError::KeyFile { .. } => Code::Io,
    };
    let failure = Failure::new(code, error.to_string());
    match code {
        Code::KeyMissing => failure.fix("list them with: uz wallet list"),
        _ => failure,
    }
}

/// A failure of a key file as a command's.
pub fn of_key_file(error: KeyFileError) -> Failure {
    match error {
        KeyFileError::WrongPassword => Failure::new(Code::WrongPassword, error.to_string()),
        other => Failure::new(Code::Io, other.to_string()),
    }
}

fn dev_index(text: &str) -> Result<u32, Failure> {
    let index = text.parse::<u32>().ok().filter(|index| *index <= devnet::PILLAR_INDEX);
    index.ok_or_else(|| {
        let most = devnet::ACCOUNTS - 1;
        Failure::usage(format!("\"dev:{text}\" is no account of a devnet"))
            .fix(format!("give dev:0 to dev:{most}"))
    })
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
