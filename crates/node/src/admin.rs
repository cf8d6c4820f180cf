//! The administrator's token: who knows it may change whom the node talks to.
//!
//! It lies in the data folder, for its owner's eyes alone, so whoever may read that folder administers the
//! node. Requests carry it as `Authorization: Bearer …`.

use getrandom::fill;
use sha3::{Digest, Sha3_256};
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Name of the file in the data folder.
pub const FILE_NAME: &str = "admin-token";
/// Longest token.
pub const TOKEN_LEN_MAX: usize = 256;
/// Shortest token that is taken: what is shorter can be guessed.
const TOKEN_LEN_MIN: usize = 16;

/// A token; never shown.
#[derive(Clone)]
pub struct Token(String);

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The file can't be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file holds something else.
    #[error(
        "{} holds no token: it should be {TOKEN_LEN_MIN} to {TOKEN_LEN_MAX} letters, digits and signs in one line",
        path.display()
    )]
    Malformed {
        /// The file.
        path: PathBuf,
    },
    /// The system gives no randomness.
    #[error("the system gives no randomness for a token")]
    Random,
}

impl Token {
    /// A token of this text, if it can be one.
    pub fn new(text: &str) -> Option<Token> {
        let fits = (TOKEN_LEN_MIN..=TOKEN_LEN_MAX).contains(&text.len())
            && text.chars().all(|letter| letter.is_ascii_graphic());
        fits.then(|| Token(text.to_owned()))
    }

    /// The token in a file.
    pub fn read(path: &Path) -> Result<Token, TokenError> {
        let io = |source| TokenError::Io { path: path.to_owned(), source };
        let most = u64::try_from(TOKEN_LEN_MAX).expect("it is small") + 2;
        let mut text = Vec::new();
        File::open(path).map_err(io)?.take(most).read_to_end(&mut text).map_err(io)?;
        std::str::from_utf8(&text)
            .ok()
            .and_then(|text| Token::new(text.trim_end()))
            .ok_or_else(|| TokenError::Malformed { path: path.to_owned() })
    }

    /// The token that a data folder keeps; a new one is made if there is none.
    pub fn load_or_create(data_dir: &Path) -> Result<Token, TokenError> {
        let path = data_dir.join(FILE_NAME);
        match Token::read(&path) {
            Err(TokenError::Io { source, .. }) if source.kind() == ErrorKind::NotFound => {}
            read => return read,
        }
        let mut bytes = [0; 32];
        fill(&mut bytes).map_err(|_| TokenError::Random)?;
        let token = Token(hex::encode(bytes));
        let write = || -> io::Result<()> {
            fs::create_dir_all(data_dir)?;
            let draft = data_dir.join(format!(".{FILE_NAME}.new"));
            let mut options = OpenOptions::new();
            let mut file =
                options.write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
            writeln!(file, "{}", token.0)?;
            file.sync_all()?;
            fs::rename(&draft, &path)
        };
        write().map_err(|source| TokenError::Io { path: path.clone(), source })?;
        Ok(token)
    }

    /// Whether an `Authorization` header carries this token. How long it takes says nothing about how much
    /// of it is right.
    pub fn is_in(&self, header: &[u8]) -> bool {
        let scheme = header.get(..7).is_some_and(|word| word.eq_ignore_ascii_case(b"bearer "));
        let given = header.get(7..).unwrap_or_default().trim_ascii();
        scheme
            && given.len() <= TOKEN_LEN_MAX
            && Sha3_256::digest(given) == Sha3_256::digest(self.0.as_bytes())
    }

    /// The text, for whoever sends it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_folder_keeps_its_token_for_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let token = Token::load_or_create(folder.path()).unwrap();
        assert_eq!(token.expose().len(), 64);
        assert_eq!(Token::load_or_create(folder.path()).unwrap().expose(), token.expose());
        let path = folder.path().join(FILE_NAME);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(format!("{token:?}"), "Token(…)");
        for wrong in ["", "short", "two words that are long", &"x".repeat(300)] {
            fs::write(&path, wrong).unwrap();
            let error = Token::load_or_create(folder.path()).unwrap_err();
            assert!(matches!(error, TokenError::Malformed { .. }), "{wrong}");
        }
    }

    #[test]
    fn only_the_whole_token_opens() {
        let token = Token::new("0123456789abcdef").unwrap();
        for right in ["Bearer 0123456789abcdef", "bearer  0123456789abcdef "] {
            assert!(token.is_in(right.as_bytes()), "{right}");
        }
        for wrong in
            ["", "Bearer ", "Bearer 0123456789abcde", "Basic 0123456789abcdef", "0123456789abcdef"]
        {
            assert!(!token.is_in(wrong.as_bytes()), "{wrong}");
        }
    }
}
