//! Key files: the entropy of one key store under a password, as znnd, Syrius and `znn_cli` keep it.
//!
//! | matter | value |
//! |---|---|
//! | key from password | argon2id 1.3, 1 pass, 64 MiB, 4 lanes, 32 bytes |
//! | cipher | AES-256-GCM, 12-byte nonce, additional data `zenon`; tag behind the text |
//! | plaintext | the entropy, 16 to 32 bytes |
//! | file | JSON, 4 spaces, keys in the order of [`KeyFile::to_json`] |
//!
//! znn-ts-sdk writes something else under the same names: its plaintext is the entropy's hex text, and
//! its salt, nonce and ciphertext are the hex of a hex text. Both are read; [`Opened::origin`] says which
//! it was. A file's own path is not written into it, though the reference's writer would: its reader
//! takes that path for the file's place, and then does not find a file that was moved.
//!
//! Source: go-zenon `wallet/keyfile.go`, `crypto.go`, `password.go`.

use crate::keystore::KeyStore;
use crate::mnemonic::WordCount;
use crate::secret::{NoRandomness, Secret, random_bytes};
use aes_gcm::aead::Aead;
use aes_gcm::{AeadInOut, Aes256Gcm, KeyInit};
use argon2::{Algorithm, Argon2, Params, Version};
use ledger::types::Address;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// Largest key file that is read, in bytes. One has about 500.
pub const FILE_LEN_MAX: u64 = 64 * 1024;

const VERSION: i64 = 1;
const CIPHER: &str = "aes-256-gcm";
const KDF: &str = "argon2.IDKey";
const ADDITIONAL_DATA: &[u8] = b"zenon";

const SALT_LEN: usize = 16;
const SALT_LEN_MAX: usize = 64;
const NONCE_LEN: usize = 12;
const TAG_LEN: usize = 16;
/// Shortest entropy that words can spell.
const ENTROPY_LEN_MIN: usize = 16;
/// Longest entropy, as hex text.
const PLAINTEXT_LEN_MAX: usize = 64;

/// Argon2's memory in KiB, passes, lanes and bytes of output.
const ARGON2: (u32, u32, u32, usize) = (64 * 1024, 1, 4, 32);

/// Which program's sort of key file it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyFileOrigin {
    /// The network's own format.
    Standard,
    /// The variant of znn-ts-sdk, which other wallets cannot open.
    TsSdk,
}

impl fmt::Display for KeyFileOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            KeyFileOrigin::Standard => "a key file as znnd, Syrius and znn_cli write it",
            KeyFileOrigin::TsSdk => "a key file as znn-ts-sdk writes it",
        })
    }
}

/// Why a key file could not be made, read or opened.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The file could not be read.
    #[error("cannot read the key file {}: {source}", path.display())]
    Read {
        /// Where it should be.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Too much for a key file.
    #[error("a key file has at most {FILE_LEN_MAX} bytes; this has {found}: it is something else")]
    TooLarge {
        /// Bytes found; at least so many if they were not all counted.
        found: u64,
    },
    /// Not the JSON of a key file.
    #[error("this is not a key file: {reason}")]
    Malformed {
        /// What the JSON reader found, and where.
        reason: String,
    },
    /// A version that is not ours.
    #[error("unable to read KeyFile. Invalid version: found {found}, known is {VERSION}")]
    InvalidVersion {
        /// The version found.
        found: i64,
    },
    /// Another cipher.
    #[error("unable to read KeyFile. Invalid cipherName: found {found:?}, known is {CIPHER:?}")]
    InvalidCipher {
        /// The name found.
        found: String,
    },
    /// Another way from password to key.
    #[error(
        "unable to read KeyFile. Invalid key derivation function (KDF): found {found:?}, known is {KDF:?}"
    )]
    InvalidKdf {
        /// The name found.
        found: String,
    },
    /// A field that is not what it should be.
    #[error("unable to read KeyFile. Invalid {field}: {found}; allowed is {allowed}")]
    InvalidField {
        /// Its name in the JSON.
        field: &'static str,
        /// What is wrong with it.
        found: String,
        /// What would be right.
        allowed: &'static str,
    },
    /// The password does not fit, or the file was changed: the cipher cannot tell which.
    #[error(
        "the key store could not be decrypted with the provided password: check the password (case, \
         keyboard layout); if it is right, the file is damaged: take a copy, or the mnemonic"
    )]
    WrongPassword,
    /// Decrypted well, yet not entropy.
    #[error(
        "the key file was decrypted, but holds {found} bytes that no wallet of this network writes there"
    )]
    NotEntropy {
        /// Bytes of plaintext.
        found: usize,
    },
    /// The address in the file is not the keys' own. The reference opens such a file; but who has given
    /// that address to others has given them somebody else's.
    #[error(
        "the key file says that its baseAddress is {stated}, but its keys give {derived}: somebody changed \
         the file; if the second address is yours, correct the file"
    )]
    ForeignAddress {
        /// What the file says.
        stated: Address,
        /// What the keys say.
        derived: Address,
    },
    /// A key store without words.
    #[error("keys made from a raw seed have no mnemonic, and a key file holds nothing else")]
    NoMnemonic,
    /// No randomness for salt and nonce.
    #[error(transparent)]
    Random(#[from] NoRandomness),
    /// Argon2 could not run.
    #[error("cannot compute the key from the password: {reason} (it needs 64 MiB of memory)")]
    KeyDerivation {
        /// What argon2 says.
        reason: String,
    },
}

/// A key file, still locked.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyFile {
    base_address: Address,
    timestamp: i64,
    salt: Vec<u8>,
    nonce: [u8; NONCE_LEN],
    /// Ciphertext, then tag.
    cipher_data: Vec<u8>,
}

/// What was in a key file.
#[derive(Debug)]
pub struct Opened {
    /// The keys.
    pub store: KeyStore,
    /// Whose format it was.
    pub origin: KeyFileOrigin,
}

impl KeyFile {
    /// Locks a key store's entropy under a password.
    pub fn encrypt(store: &KeyStore, password: &str) -> Result<KeyFile, KeyFileError> {
        let mnemonic = store.mnemonic().ok_or(KeyFileError::NoMnemonic)?;
        let salt: [u8; SALT_LEN] = random_bytes()?;
        let nonce: [u8; NONCE_LEN] = random_bytes()?;
        // In a machine whose clock stands before 1970, the file says 1970.
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let entropy = mnemonic.entropy();
        let cipher_data = cipher(password, &salt)?
            .encrypt(&nonce.into(), sealed(entropy.expose()))
            .expect("AES-GCM takes 16 to 32 bytes");
        Ok(KeyFile {
            base_address: store.base_address(),
            timestamp: i64::try_from(now).unwrap_or(i64::MAX),
            salt: salt.to_vec(),
            nonce,
            cipher_data,
        })
    }

    /// Reads a file and parses it.
    pub fn read(path: &Path) -> Result<KeyFile, KeyFileError> {
        let failed = |source| KeyFileError::Read { path: path.to_path_buf(), source };
        // Asked before opening: opening a pipe would wait for a writer.
        if !path.metadata().map_err(failed)?.is_file() {
            return Err(failed(io::Error::new(io::ErrorKind::InvalidInput, "it is not a file")));
        }
        let file = File::open(path).map_err(failed)?;
        let mut text = Vec::new();
        file.take(FILE_LEN_MAX + 1).read_to_end(&mut text).map_err(failed)?;
        KeyFile::parse(&text)
    }

    /// Reads the JSON form. Unknown keys are ignored, and keys are taken in either case, as Go takes them.
    pub fn parse(text: &[u8]) -> Result<KeyFile, KeyFileError> {
        let len = u64::try_from(text.len()).unwrap_or(u64::MAX);
        if len > FILE_LEN_MAX {
            return Err(KeyFileError::TooLarge { found: len });
        }
        let form: Form = serde_json::from_slice(text)
            .map_err(|error| KeyFileError::Malformed { reason: error.to_string() })?;
        let version = form.number("version")?;
        if version != VERSION {
            return Err(KeyFileError::InvalidVersion { found: version });
        }
        let crypto = form.object("crypto")?;
        let cipher_name = crypto.text("crypto.cipherName")?;
        if cipher_name != CIPHER {
            return Err(KeyFileError::InvalidCipher { found: shortened(cipher_name) });
        }
        let kdf = crypto.text("crypto.kdf")?;
        if kdf != KDF {
            return Err(KeyFileError::InvalidKdf { found: shortened(kdf) });
        }
        let stated = form.text("baseAddress")?;
        let base_address = stated.parse().map_err(|error| KeyFileError::InvalidField {
            field: "baseAddress",
            found: format!("{:?}: {error}", shortened(stated)),
            allowed: "an address, z1...",
        })?;
        let argon2_params = crypto.object("crypto.argon2Params")?;
        let nonce =
            crypto.bytes("crypto.nonce", NONCE_LEN..=NONCE_LEN, "0x and the hex of 12 bytes")?;
        Ok(KeyFile {
            base_address,
            timestamp: form.number("timestamp")?,
            salt: argon2_params.bytes(
                "crypto.argon2Params.salt",
                argon2::MIN_SALT_LEN..=SALT_LEN_MAX,
                "0x and the hex of 8 to 64 bytes (usually 16)",
            )?,
            nonce: nonce.try_into().expect("its length was checked"),
            cipher_data: crypto.bytes(
                "crypto.cipherData",
                ENTROPY_LEN_MIN + TAG_LEN..=PLAINTEXT_LEN_MAX + TAG_LEN,
                "0x and the hex of 32 to 80 bytes (usually 48)",
            )?,
        })
    }

    /// The JSON form, byte for byte as the reference lays it out.
    pub fn to_json(&self) -> String {
        let form = WriteForm {
            base_address: self.base_address.to_string(),
            crypto: WriteCrypto {
                cipher_name: CIPHER,
                kdf: KDF,
                cipher_data: prefixed(&self.cipher_data),
                nonce: prefixed(&self.nonce),
                argon2_params: Argon2Params { salt: prefixed(&self.salt) },
            },
            version: VERSION,
            timestamp: self.timestamp,
        };
        let mut json = Vec::new();
        let layout = serde_json::ser::PrettyFormatter::with_indent(b"    ");
        form.serialize(&mut serde_json::Serializer::with_formatter(&mut json, layout))
            .expect("texts and numbers become JSON");
        String::from_utf8(json).expect("JSON is UTF-8")
    }

    /// The address that the file is for, as the file says; [`KeyFile::decrypt`] checks it.
    pub fn base_address(&self) -> Address {
        self.base_address
    }

    /// When it was made, in unix seconds.
    pub fn timestamp(&self) -> i64 {
        self.timestamp
    }

    /// Unlocks the keys.
    pub fn decrypt(&self, password: &str) -> Result<Opened, KeyFileError> {
        let mut plaintext = Secret::new(self.cipher_data.clone());
        cipher(password, &self.salt)?
            .decrypt_in_place(&self.nonce.into(), ADDITIONAL_DATA, plaintext.expose_mut())
            .map_err(|_| KeyFileError::WrongPassword)?;
        let mut derived = None;
        for (entropy, origin) in readings(plaintext.expose()) {
            let store =
                KeyStore::from_entropy(entropy.expose()).expect("readings have fit lengths");
            if store.base_address() == self.base_address {
                return Ok(Opened { store, origin });
            }
            derived.get_or_insert(store.base_address());
        }
        Err(match derived {
            Some(derived) => KeyFileError::ForeignAddress { stated: self.base_address, derived },
            None => KeyFileError::NotEntropy { found: plaintext.expose().len() },
        })
    }
}

impl fmt::Debug for KeyFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyFile({})", self.base_address)
    }
}

/// The entropies that a plaintext can stand for: itself, and what it spells in hex. 32 hex digits are
/// both, so the address has to decide.
fn readings(plaintext: &[u8]) -> impl Iterator<Item = (Secret<Vec<u8>>, KeyFileOrigin)> {
    let spelled = hex::decode(plaintext).map(Secret::new).ok();
    let raw = (Secret::new(plaintext.to_vec()), KeyFileOrigin::Standard);
    [Some(raw), spelled.map(|entropy| (entropy, KeyFileOrigin::TsSdk))]
        .into_iter()
        .flatten()
        .filter(|(entropy, _)| {
            WordCount::ALL.iter().any(|count| count.entropy_len() == entropy.expose().len())
        })
}

/// The cipher that a password and salt give.
fn cipher(password: &str, salt: &[u8]) -> Result<Aes256Gcm, KeyFileError> {
    let (memory, passes, lanes, len) = ARGON2;
    let params = Params::new(memory, passes, lanes, Some(len)).expect("argon2 takes these numbers");
    let mut key = Secret::new([0u8; ARGON2.3]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(password.as_bytes(), salt, key.expose_mut())
        .map_err(|error| KeyFileError::KeyDerivation { reason: error.to_string() })?;
    Ok(Aes256Gcm::new_from_slice(key.expose()).expect("the key has 32 bytes"))
}

/// A message with the additional data of key files.
fn sealed(message: &[u8]) -> aes_gcm::aead::Payload<'_, '_> {
    aes_gcm::aead::Payload { msg: message, aad: ADDITIONAL_DATA }
}

/// A JSON object, whose missing fields are zero or empty, as Go has them.
#[derive(Default, Deserialize)]
struct Form(Map<String, Value>);

impl Form {
    /// The last field with the name at the end of `path`, in either case; null is as good as missing.
    fn field(&self, path: &str) -> Option<&Value> {
        let name = path.rsplit('.').next().unwrap_or(path);
        let fields = self.0.iter().rev();
        let named = fields.filter(|(key, _)| key.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value).find(|value| !value.is_null())
    }

    fn object(&self, path: &'static str) -> Result<Form, KeyFileError> {
        match self.field(path) {
            None => Ok(Form::default()),
            Some(Value::Object(fields)) => Ok(Form(fields.clone())),
            Some(other) => Err(other_type(path, other, "an object")),
        }
    }

    fn text(&self, path: &'static str) -> Result<&str, KeyFileError> {
        match self.field(path) {
            None => Ok(""),
            Some(Value::String(text)) => Ok(text),
            Some(other) => Err(other_type(path, other, "a text")),
        }
    }

    fn number(&self, path: &'static str) -> Result<i64, KeyFileError> {
        let Some(value) = self.field(path) else { return Ok(0) };
        value.as_i64().ok_or_else(|| other_type(path, value, "a whole number"))
    }

    /// Reads bytes: hex behind `0x`; or, without it, hex of which znn-ts-sdk has taken the hex once more.
    fn bytes(
        &self,
        path: &'static str,
        lengths: RangeInclusive<usize>,
        allowed: &'static str,
    ) -> Result<Vec<u8>, KeyFileError> {
        let text = self.text(path)?;
        let invalid = |found| KeyFileError::InvalidField { field: path, found, allowed };
        let no_hex = |error| invalid(format!("{:?} is not hex: {error}", shortened(text)));
        let prefix = ["0x", "0X"].into_iter().find_map(|prefix| text.strip_prefix(prefix));
        let mut found = hex::decode(prefix.unwrap_or(text)).map_err(no_hex)?;
        if prefix.is_none()
            && let Some(inner) = found.strip_prefix(b"0x")
        {
            found = hex::decode(inner).map_err(no_hex)?;
        }
        if lengths.contains(&found.len()) {
            Ok(found)
        } else {
            Err(invalid(format!("{} bytes", found.len())))
        }
    }
}

/// The error about a field of another JSON type.
fn other_type(field: &'static str, found: &Value, allowed: &'static str) -> KeyFileError {
    let found = match found {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    KeyFileError::InvalidField { field, found: found.to_owned(), allowed }
}

fn prefixed(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}

/// What a message shows of a text from a file.
fn shortened(text: &str) -> String {
    const SHOWN: usize = 48;
    let mut start: String = text.chars().take(SHOWN).collect();
    if start.len() < text.len() {
        start.push_str("...");
    }
    start
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WriteForm {
    base_address: String,
    crypto: WriteCrypto,
    version: i64,
    timestamp: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WriteCrypto {
    cipher_name: &'static str,
    kdf: &'static str,
    cipher_data: String,
    nonce: String,
    argon2_params: Argon2Params,
}

#[derive(Serialize)]
struct Argon2Params {
    salt: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PASSWORD: &str = "Secret1!";

    /// A file with every field in place, to be bent.
    const FILE: &str = r#"{"baseAddress":"z1qqjnwjjpnue8xmmpanz6csze6tcmtzzdtfsww7","crypto":{"cipherName":"aes-256-gcm","kdf":"argon2.IDKey","cipherData":"0x258b772b2e2f0efe888b26b9394147cdfaf679883ba81652898832a935140aa4d2ea32deab9df80a57b1d012044780eb","nonce":"0x000102030405060708090a0b","argon2Params":{"salt":"0x000102030405060708090a0b0c0d0e0f"}},"version":1,"timestamp":1700000000}"#;

    fn refused(from: &str, to: &str) -> String {
        let bent = FILE.replacen(from, to, 1);
        assert_ne!(bent, FILE, "{from} is not in the file");
        KeyFile::parse(bent.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn layout_is_the_references() {
        let file = KeyFile::parse(FILE.as_bytes()).unwrap();
        let lines: Vec<String> = file.to_json().lines().map(str::to_owned).collect();
        assert_eq!(
            lines,
            [
                "{",
                "    \"baseAddress\": \"z1qqjnwjjpnue8xmmpanz6csze6tcmtzzdtfsww7\",",
                "    \"crypto\": {",
                "        \"cipherName\": \"aes-256-gcm\",",
                "        \"kdf\": \"argon2.IDKey\",",
                "        \"cipherData\": \"0x258b772b2e2f0efe888b26b9394147cdfaf679883ba81652898832a935140aa4d2ea32deab9df80a57b1d012044780eb\",",
                "        \"nonce\": \"0x000102030405060708090a0b\",",
                "        \"argon2Params\": {",
                "            \"salt\": \"0x000102030405060708090a0b0c0d0e0f\"",
                "        }",
                "    },",
                "    \"version\": 1,",
                "    \"timestamp\": 1700000000",
                "}",
            ]
        );
        assert!(!file.to_json().ends_with('\n'));
        assert_eq!(KeyFile::parse(file.to_json().as_bytes()).unwrap(), file);
    }

    #[test]
    fn the_password_decides() {
        let store = KeyStore::generate().unwrap();
        let file = KeyFile::encrypt(&store, "pässword").unwrap();
        let opened =
            KeyFile::parse(file.to_json().as_bytes()).unwrap().decrypt("pässword").unwrap();
        assert_eq!(opened.origin, KeyFileOrigin::Standard);
        assert_eq!(opened.store.base_address(), store.base_address());
        for wrong in ["", "password", "pässword "] {
            let message = file.decrypt(wrong).unwrap_err().to_string();
            let expected = "the key store could not be decrypted with the provided password";
            assert!(message.starts_with(expected), "{message}");
        }
    }

    #[test]
    fn two_files_of_one_store_share_neither_salt_nor_nonce() {
        let store = KeyStore::generate().unwrap();
        let one = KeyFile::encrypt(&store, PASSWORD).unwrap();
        let other = KeyFile::encrypt(&store, PASSWORD).unwrap();
        assert_ne!(one.salt, other.salt);
        assert_ne!(one.nonce, other.nonce);
    }

    #[test]
    fn a_changed_file_is_noticed() {
        let changed = FILE.replacen("0x258b", "0x258c", 1);
        let file = KeyFile::parse(changed.as_bytes()).unwrap();
        assert!(matches!(file.decrypt(PASSWORD), Err(KeyFileError::WrongPassword)));

        let other = "z1qr44l6ajstm5gfrvwtsrfg446y6mcv8r60v090";
        let changed = FILE.replacen("z1qqjnwjjpnue8xmmpanz6csze6tcmtzzdtfsww7", other, 1);
        let file = KeyFile::parse(changed.as_bytes()).unwrap();
        let message = file.decrypt(PASSWORD).unwrap_err().to_string();
        assert!(message.contains(other) && message.contains("z1qqjnwjjpnue8xmm"), "{message}");
    }

    #[test]
    fn raw_seeds_have_no_file() {
        let store = KeyStore::from_seed(&[1; 16]);
        assert!(matches!(KeyFile::encrypt(&store, PASSWORD), Err(KeyFileError::NoMnemonic)));
    }

    #[test]
    fn each_field_is_checked_by_name() {
        assert_eq!(
            refused("\"version\":1", "\"version\":2"),
            "unable to read KeyFile. Invalid version: found 2, known is 1"
        );
        assert_eq!(
            refused("aes-256-gcm", "aes-128-ctr"),
            "unable to read KeyFile. Invalid cipherName: found \"aes-128-ctr\", known is \"aes-256-gcm\""
        );
        assert_eq!(
            refused("argon2.IDKey", "scrypt"),
            "unable to read KeyFile. Invalid key derivation function (KDF): found \"scrypt\", known is \
             \"argon2.IDKey\""
        );
        assert_eq!(
            refused("0x000102030405060708090a0b\"", "0x0001\""),
            "unable to read KeyFile. Invalid crypto.nonce: 2 bytes; allowed is 0x and the hex of 12 bytes"
        );
        assert!(refused("0x258b", "0x258").contains("crypto.cipherData"));
        assert!(refused("0x258b", "zz").contains("crypto.cipherData"));
        assert!(refused("0x000102030405060708090a0b0c0d0e0f", "0x").contains("argon2Params.salt"));
        assert!(refused("z1qq", "z1qz").contains("baseAddress"));
        assert_eq!(
            refused("\"version\":1", "\"version\":\"1\""),
            "unable to read KeyFile. Invalid version: a text; allowed is a whole number"
        );
        assert!(refused("\"baseAddress\"", "\"address\"").contains("Invalid baseAddress: \"\""));
        assert!(refused("{\"salt\"", "[{\"salt\"").starts_with("this is not a key file"));
    }

    #[test]
    fn unknown_keys_are_ignored() {
        let more = FILE.replacen(
            '{',
            "{\"walletType\":\"keystore\",\"Path\":\"/old/place\",\"x\":[{\"y\":null}],",
            1,
        );
        assert_eq!(
            KeyFile::parse(more.as_bytes()).unwrap(),
            KeyFile::parse(FILE.as_bytes()).unwrap()
        );
    }

    #[test]
    fn every_truncation_is_refused() {
        for len in 0..FILE.len() {
            assert!(KeyFile::parse(&FILE.as_bytes()[..len]).is_err(), "{len} bytes");
        }
        KeyFile::parse(FILE.as_bytes()).unwrap();
    }

    #[test]
    fn oversized_and_deep_files_are_refused() {
        let padded = format!("{FILE}{}", " ".repeat(FILE_LEN_MAX as usize));
        let error = KeyFile::parse(padded.as_bytes()).unwrap_err();
        assert!(matches!(error, KeyFileError::TooLarge { found } if found > FILE_LEN_MAX));
        let deep = FILE.replacen('{', &format!("{{\"x\":{},", "[".repeat(30_000)), 1);
        assert!(matches!(KeyFile::parse(deep.as_bytes()), Err(KeyFileError::Malformed { .. })));
    }

    #[test]
    fn a_plaintext_that_is_no_entropy_is_refused() {
        let mut file = KeyFile::parse(FILE.as_bytes()).unwrap();
        file.cipher_data = cipher(PASSWORD, &file.salt)
            .unwrap()
            .encrypt(&file.nonce.into(), sealed(&[1; 33]))
            .unwrap();
        assert!(matches!(file.decrypt(PASSWORD), Err(KeyFileError::NotEntropy { found: 33 })));
    }

    /// 16 bytes of entropy as hex are 32 bytes, which could be raw entropy as well.
    #[test]
    fn the_address_decides_between_two_readings() {
        let short = KeyStore::from_entropy(&[0x5a; 16]).unwrap();
        let text = "5a".repeat(16);
        let long = KeyStore::from_entropy(text.as_bytes()).unwrap();
        let mut file = KeyFile::parse(FILE.as_bytes()).unwrap();
        file.cipher_data = cipher(PASSWORD, &file.salt)
            .unwrap()
            .encrypt(&file.nonce.into(), sealed(text.as_bytes()))
            .unwrap();
        file.base_address = short.base_address();
        assert_eq!(file.decrypt(PASSWORD).unwrap().origin, KeyFileOrigin::TsSdk);
        file.base_address = long.base_address();
        assert_eq!(file.decrypt(PASSWORD).unwrap().origin, KeyFileOrigin::Standard);
    }

    #[test]
    fn debug_shows_the_address_alone() {
        let file = KeyFile::parse(FILE.as_bytes()).unwrap();
        assert_eq!(format!("{file:?}"), "KeyFile(z1qqjnwjjpnue8xmmpanz6csze6tcmtzzdtfsww7)");
        let opened = file.decrypt(PASSWORD).unwrap();
        assert!(!format!("{opened:?}").contains("bc827d"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(text in proptest::collection::vec(any::<u8>(), 0..600)) {
            let _ = KeyFile::parse(&text);
        }

        #[test]
        fn any_single_changed_byte_is_answered(at in 0..FILE.len(), byte in any::<u8>()) {
            let mut text = FILE.as_bytes().to_vec();
            text[at] = byte;
            if let Ok(file) = KeyFile::parse(&text) {
                prop_assert_eq!(&KeyFile::parse(file.to_json().as_bytes()).unwrap(), &file);
            }
        }
    }
}
