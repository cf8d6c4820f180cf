//! Bytes that must not stay behind: wiped when dropped, and never printed by accident.

use std::fmt;
use zeroize::{Zeroize, Zeroizing};

/// A secret value.
///
/// It cannot be copied, is overwritten when dropped, and shows as `[secret]` under `{:?}`.
pub struct Secret<T: Zeroize>(Zeroizing<T>);

impl<T: Zeroize> Secret<T> {
    /// Takes a value into care. Copies made before are the caller's to wipe.
    pub fn new(value: T) -> Secret<T> {
        Secret(Zeroizing::new(value))
    }

    /// The value itself. Each call is a place where a secret could leak.
    pub fn expose(&self) -> &T {
        &self.0
    }

    /// The value, to be filled in place.
    pub(crate) fn expose_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// The operating system gave no random bytes.
#[derive(Debug, thiserror::Error)]
#[error("the operating system gave no random bytes: {0}")]
pub struct NoRandomness(#[from] getrandom::Error);

/// `N` random bytes that need not stay secret: salts, nonces.
pub(crate) fn random_bytes<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

/// `len` random bytes that stay secret.
pub(crate) fn random_secret(len: usize) -> Result<Secret<Vec<u8>>, NoRandomness> {
    let mut secret = Secret::new(vec![0; len]);
    getrandom::fill(secret.expose_mut())?;
    Ok(secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing() {
        let secret = Secret::new(*b"correct horse");
        assert_eq!(format!("{secret:?}"), "[secret]");
        assert_eq!(format!("{secret:#?}"), "[secret]");
        assert_eq!(secret.expose(), b"correct horse");
    }

    #[test]
    fn random_bytes_differ() {
        assert_ne!(random_bytes::<16>().unwrap(), random_bytes::<16>().unwrap());
        let (one, other) = (random_secret(32).unwrap(), random_secret(32).unwrap());
        assert_eq!(one.expose().len(), 32);
        assert_ne!(one.expose(), other.expose());
    }
}
