//! The key by which peers know a node, and the file that keeps it.
//!
//! The file is the reference's: 64 hex digits of the secp256k1 scalar, so that a data folder can go
//! from one program to the other. Source: go-zenon `p2p/server.go`, `node/node.go`.

use super::NodeId;
use libp2p::identity::{Keypair, secp256k1};
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Name of the file in the data folder.
pub const FILE_NAME: &str = "network-private-key";
/// Longest file that is read: the digits, and some white space.
const FILE_BYTES_MAX: u64 = 128;

/// A node's secp256k1 key.
#[derive(Clone)]
pub struct Identity(secp256k1::Keypair);

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({:?})", self.id())
    }
}

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The file can't be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file holds something else.
    #[error("{} holds no key: it should be 64 hex digits of a secp256k1 scalar", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
    },
}

impl Identity {
    /// A new key.
    pub fn generate() -> Identity {
        Identity(secp256k1::Keypair::generate())
    }

    /// The key of these bytes, if they are a scalar of the curve.
    pub fn from_bytes(bytes: [u8; 32]) -> Option<Identity> {
        let secret = secp256k1::SecretKey::try_from_bytes(bytes).ok()?;
        Some(Identity(secret.into()))
    }

    /// The key that a data folder keeps, if it keeps one.
    pub fn load(data_dir: &Path) -> Result<Option<Identity>, IdentityError> {
        let path = data_dir.join(FILE_NAME);
        let mut text = String::new();
        let read =
            File::open(&path).and_then(|file| file.take(FILE_BYTES_MAX).read_to_string(&mut text));
        match read {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) if error.kind() == ErrorKind::InvalidData => {
                return Err(IdentityError::Malformed { path });
            }
            Err(source) => return Err(IdentityError::Io { path, source }),
        }
        let mut bytes = [0; 32];
        let identity = hex::decode_to_slice(text.trim(), &mut bytes)
            .ok()
            .and_then(|()| Identity::from_bytes(bytes));
        identity.map(Some).ok_or(IdentityError::Malformed { path })
    }

    /// The key that a data folder keeps; a new one is made, for its owner's eyes alone, if there is none.
    pub fn load_or_create(data_dir: &Path) -> Result<Identity, IdentityError> {
        if let Some(identity) = Identity::load(data_dir)? {
            return Ok(identity);
        }
        let identity = Identity::generate();
        identity.save(data_dir)?;
        Ok(identity)
    }

    /// Lets a data folder keep this key. One that is there is not written over.
    pub fn save(&self, data_dir: &Path) -> Result<(), IdentityError> {
        let path = data_dir.join(FILE_NAME);
        let write = || -> io::Result<()> {
            fs::create_dir_all(data_dir)?;
            let draft = data_dir.join(format!(".{FILE_NAME}.new"));
            let mut file = OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(true)
                .mode(0o600)
                .open(&draft)?;
            file.write_all(hex::encode(self.0.secret().to_bytes()).as_bytes())?;
            file.sync_all()?;
            fs::hard_link(&draft, &path)?;
            fs::remove_file(&draft)?;
            File::open(data_dir)?.sync_all()
        };
        write().map_err(|source| IdentityError::Io { path: path.clone(), source })
    }

    /// Whom it makes the node.
    pub fn id(&self) -> NodeId {
        NodeId::of_key(self.0.public())
    }

    /// The scalar, for the older transport's handshake.
    pub fn secret_bytes(&self) -> [u8; 32] {
        self.0.secret().to_bytes()
    }

    /// The key as libp2p wants it.
    pub fn keypair(&self) -> Keypair {
        self.0.clone().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_key_gives_the_id_that_upstream_prints() {
        let folder = tempfile::tempdir().unwrap();
        let key = "fb1f166ae166f2fdb0b5bd2ccff4b549c7bf0f76dc224cf1ee436f479648c8da\n";
        fs::write(folder.path().join(FILE_NAME), key).unwrap();
        let identity = Identity::load(folder.path()).unwrap().unwrap();
        let peer = "16Uiu2HAmRe2RazMPxYEV1A8Vs7LbVfNVMqBdiw7zgSkBLB3E2vQv";
        assert_eq!(identity.id(), peer.parse().unwrap());
        assert_eq!(hex::encode(identity.secret_bytes()), key.trim());
        assert_eq!(identity.keypair().public().to_peer_id().to_string(), peer);
    }

    #[test]
    fn a_folder_keeps_its_key_for_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("new");
        assert!(Identity::load(&dir).unwrap().is_none());
        let identity = Identity::load_or_create(&dir).unwrap();
        assert_eq!(Identity::load_or_create(&dir).unwrap().id(), identity.id());
        let mode = fs::metadata(dir.join(FILE_NAME)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(matches!(Identity::generate().save(&dir), Err(IdentityError::Io { .. })));
        assert_eq!(Identity::load(&dir).unwrap().unwrap().id(), identity.id());
        for wrong in ["", "00", &"0".repeat(64), &"f".repeat(64), &"1".repeat(1000)] {
            fs::write(dir.join(FILE_NAME), wrong).unwrap();
            let error = Identity::load(&dir).unwrap_err();
            assert!(matches!(error, IdentityError::Malformed { .. }), "{wrong}");
        }
    }
}
