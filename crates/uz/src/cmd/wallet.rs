//! `uz wallet`: key files.

use crate::cli::Wallet;
use crate::context::Context;
use crate::outcome::{Answer, Code, Failure, Outcome};
use crate::{keys, show, time};
use ledger::types::Address;
use ledger::verify::signature;
use serde_json::{Value, json};
use std::io::{self, IsTerminal, Read};
use std::path::Path;
use wallet::keyfile::Opened;
use wallet::mnemonic::{Mnemonic, WordCount};
use wallet::{KeyFile, KeyFileOrigin, KeyStore, Secret};

/// Longest text that is read as a mnemonic.
const MNEMONIC_BYTES_MAX: u64 = 1024;

/// One verb.
pub fn run(context: &Context, verb: Wallet) -> Outcome {
    match verb {
        Wallet::New { name, words, show_mnemonic, dry_run } => {
            new(context, name.as_deref(), &words, show_mnemonic, dry_run)
        }
        Wallet::Import { file, name, dry_run } => {
            import(context, file.as_deref(), name.as_deref(), dry_run)
        }
        Wallet::List => list(context),
        Wallet::Address { index, count } => addresses(context, index, count),
        Wallet::Export { private_key } => export(context, private_key),
        Wallet::Sign { message } => sign(context, &message),
        Wallet::Verify { message, signature, public_key, address } => {
            verify(&message, &signature, &public_key, address.as_deref())
        }
    }
}

fn new(
    context: &Context,
    name: Option<&str>,
    words: &str,
    show_mnemonic: bool,
    dry_run: bool,
) -> Outcome {
    let count = WordCount::ALL.into_iter().find(|count| count.words().to_string() == words);
    let count = count.expect("the table allows only these");
    if dry_run {
        return Ok(plan(context, name, "a new key"));
    }
    let password = keys::new_password(context)?;
    let mnemonic =
        Mnemonic::generate(count).map_err(|error| Failure::new(Code::Failed, error.to_string()))?;
    let store = KeyStore::from_mnemonic(mnemonic);
    let mut answer = save(context, name, &store, password.expose())?;
    if show_mnemonic {
        let phrase = store.mnemonic().expect("it was made from words").phrase();
        answer.value["mnemonic"] = json!(phrase.expose());
        answer.text.push_str(&format!("\nmnemonic  {}", phrase.expose()));
    } else {
        context.note("print the mnemonic with: uz wallet export, and write it down");
    }
    Ok(answer)
}

fn plan(context: &Context, name: Option<&str>, what: &str) -> Answer {
    let folder = keys::folder(context);
    let name = name.unwrap_or("its address");
    let text = format!("would write {what} to {}, named {name}", folder.path().display());
    Answer::new(json!({ "dryRun": true, "plan": text }), text)
}

/// Writes a key file.
fn save(context: &Context, name: Option<&str>, store: &KeyStore, password: &str) -> Outcome {
    let file = KeyFile::encrypt(store, password).map_err(keys::of_key_file)?;
    let path = keys::folder(context).create(name, &file).map_err(keys::of_folder)?;
    let address = store.base_address().to_string();
    let text = show::pairs([("address", address.clone()), ("file", path.display().to_string())]);
    Ok(Answer::new(json!({ "address": address, "path": path }), text))
}

fn import(context: &Context, file: Option<&Path>, name: Option<&str>, dry_run: bool) -> Outcome {
    let (store, password, what) = match file {
        Some(path) => {
            let found = KeyFile::read(path).map_err(keys::of_key_file)?;
            let password = keys::password(context, &format!("Password of {}: ", path.display()))?;
            let Opened { store, origin } =
                found.decrypt(password.expose()).map_err(keys::of_key_file)?;
            let what = match origin {
                KeyFileOrigin::Standard => "key file",
                KeyFileOrigin::TsSdk => "key file of znn-ts-sdk",
            };
            context.note(&format!("it is {origin}"));
            (store, Some(password), what)
        }
        None => {
            let phrase = read_mnemonic()?;
            let mnemonic: Mnemonic =
                phrase.expose().parse().map_err(|error: wallet::mnemonic::MnemonicError| {
                    Failure::usage(error.to_string())
                })?;
            (KeyStore::from_mnemonic(mnemonic), None, "mnemonic")
        }
    };
    if dry_run {
        return Ok(plan(context, name, &format!("the {what} of {}", store.base_address())));
    }
    // A file that was opened keeps its password.
    let password = password.map_or_else(|| keys::new_password(context), Ok)?;
    let mut answer = save(context, name, &store, password.expose())?;
    answer.value["imported"] = json!(what);
    answer.text.push_str(&format!("\nfrom     a {what}"));
    Ok(answer)
}

/// Words typed, or from standard input.
fn read_mnemonic() -> Result<Secret<String>, Failure> {
    let failure =
        |error: io::Error| Failure::new(Code::Io, "can't read the mnemonic").because(error);
    if io::stdin().is_terminal() {
        return rpassword::prompt_password("Mnemonic: ").map(Secret::new).map_err(failure);
    }
    let mut text = String::with_capacity(usize::try_from(MNEMONIC_BYTES_MAX).expect("small"));
    io::stdin().take(MNEMONIC_BYTES_MAX).read_to_string(&mut text).map_err(failure)?;
    Ok(Secret::new(text))
}

fn list(context: &Context) -> Outcome {
    let folder = keys::folder(context);
    let entries = folder.list().map_err(keys::of_folder)?;
    let mut rows = vec![["name", "address", "made"].map(str::to_owned).to_vec()];
    let mut values = Vec::new();
    for entry in &entries {
        match &entry.file {
            Ok(file) => {
                let address = file.base_address().to_string();
                let made = time::show(u64::try_from(file.timestamp()).unwrap_or(0));
                values.push(json!({
                    "name": entry.name, "address": address, "path": entry.path,
                    "timestamp": file.timestamp(), "error": null,
                }));
                rows.push(vec![entry.name.clone(), address, made]);
            }
            Err(error) => {
                values.push(json!({
                    "name": entry.name, "address": null, "path": entry.path,
                    "timestamp": null, "error": error.to_string(),
                }));
                rows.push(vec![entry.name.clone(), "-".to_owned(), error.to_string()]);
            }
        }
    }
    let text = match entries.is_empty() {
        true => format!("no key file in {}", folder.path().display()),
        false => show::columns(&rows),
    };
    Ok(Answer::new(json!({ "folder": folder.path(), "files": values }), text))
}

/// The key file's first address stands in the file; others need its password.
fn addresses(context: &Context, index: u32, count: u32) -> Outcome {
    let (name, file) = keys::chosen(context)?;
    let found: Vec<(u32, String)> = if (index, count) == (0, 1) {
        vec![(0, file.base_address().to_string())]
    } else {
        let store = keys::open(context, &name, &file)?;
        (index..index.saturating_add(count))
            .map(|index| store.key(index).map(|key| (index, key.address().to_string())))
            .collect::<Result<_, _>>()
            .map_err(|error| Failure::usage(error.to_string()))?
    };
    let values: Vec<Value> = found
        .iter()
        .map(|(index, address)| json!({ "index": index, "address": address }))
        .collect();
    let lines: Vec<String> = match found.as_slice() {
        [(_, address)] => vec![address.clone()],
        many => many.iter().map(|(index, address)| format!("{index:>4}  {address}")).collect(),
    };
    Ok(Answer::new(json!({ "name": name, "addresses": values }), lines.join("\n")))
}

fn export(context: &Context, private_key: Option<u32>) -> Outcome {
    let (name, file) = keys::chosen(context)?;
    let store = keys::open(context, &name, &file)?;
    context.note("whoever has this has the tokens: let nobody see it");
    if let Some(index) = private_key {
        let key = store.key(index).map_err(|error| Failure::usage(error.to_string()))?;
        let text = hex::encode(key.private_key().expose());
        let value = json!({ "address": key.address().to_string(), "privateKey": text });
        return Ok(Answer::new(value, text));
    }
    let phrase = store.mnemonic().expect("key files hold words").phrase();
    let value = json!({ "address": file.base_address().to_string(), "mnemonic": phrase.expose() });
    Ok(Answer::new(value, phrase.expose().clone()))
}

fn sign(context: &Context, message: &str) -> Outcome {
    let key = keys::signing(context, None)?;
    let signature = hex::encode(key.sign(&bytes(message)?));
    let public_key = hex::encode(key.public_key());
    let address = key.address().to_string();
    let text = show::pairs([
        ("address", address.clone()),
        ("public key", public_key.clone()),
        ("signature", signature.clone()),
    ]);
    let value = json!({ "address": address, "publicKey": public_key, "signature": signature });
    Ok(Answer::new(value, text))
}

fn verify(message: &str, sig: &str, public_key: &str, address: Option<&str>) -> Outcome {
    let hex_of = |name: &str, text: &str| {
        hex::decode(text.strip_prefix("0x").unwrap_or(text))
            .map_err(|error| Failure::usage(format!("{name} is \"{text}\", no hex ({error})")))
    };
    let (sig, public_key) = (hex_of("--signature", sig)?, hex_of("--public-key", public_key)?);
    let owner = Address::of_public_key(&public_key);
    let failure = |text: String| Err(Failure::new(Code::Check, text));
    if !signature::verify(&public_key, &bytes(message)?, &sig) {
        return failure("the signature is not this key's over this message".to_owned());
    }
    if let Some(text) = address
        && text.parse() != Ok(owner)
    {
        return failure(format!("the key is that of {owner}, not of {text}"));
    }
    let value = json!({ "valid": true, "address": owner.to_string() });
    Ok(Answer::new(value, format!("valid, by {owner}")))
}

/// A message's bytes.
fn bytes(message: &str) -> Result<Vec<u8>, Failure> {
    match message.strip_prefix("0x") {
        Some(digits) => hex::decode(digits).map_err(|error| {
            Failure::usage(format!("the message begins with 0x and is no hex ({error})"))
        }),
        None => Ok(message.as_bytes().to_vec()),
    }
}
