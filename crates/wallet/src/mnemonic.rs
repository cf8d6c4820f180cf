//! BIP39 mnemonics: 12, 15, 18, 21 or 24 English words for 16 to 32 bytes of entropy.
//!
//! The wallets of the network use 24 words and no passphrase. Source: go-zenon `wallet/keystore.go`.

use crate::secret::{NoRandomness, Secret, random_secret};
use bip39::Language::English;
use std::fmt;
use std::str::FromStr;
use zeroize::Zeroizing;

/// Bytes of the seed that a mnemonic gives.
pub const SEED_LEN: usize = 64;

/// Longest text that is looked at as a mnemonic, in bytes. 24 words of at most 8 letters need 215.
pub const TEXT_LEN_MAX: usize = 1024;

/// How many words at most are named in place of an unknown one.
const SUGGESTIONS_MAX: usize = 3;

/// What keys are derived from.
pub type Seed = Secret<[u8; SEED_LEN]>;

/// How many words a mnemonic has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum WordCount {
    /// 16 bytes of entropy.
    Words12,
    /// 20 bytes of entropy.
    Words15,
    /// 24 bytes of entropy.
    Words18,
    /// 28 bytes of entropy.
    Words21,
    /// 32 bytes of entropy; what the network's wallets make.
    #[default]
    Words24,
}

impl WordCount {
    /// All counts that there are.
    pub const ALL: [WordCount; 5] = [
        WordCount::Words12,
        WordCount::Words15,
        WordCount::Words18,
        WordCount::Words21,
        WordCount::Words24,
    ];

    /// The number of words.
    pub fn words(self) -> usize {
        match self {
            WordCount::Words12 => 12,
            WordCount::Words15 => 15,
            WordCount::Words18 => 18,
            WordCount::Words21 => 21,
            WordCount::Words24 => 24,
        }
    }

    /// Bytes of entropy behind so many words: 4 for each 3.
    pub fn entropy_len(self) -> usize {
        self.words() / 3 * 4
    }
}

/// Why a text or entropy is no mnemonic.
#[derive(Debug, thiserror::Error)]
pub enum MnemonicError {
    /// Not a number of words that BIP39 knows.
    #[error("a mnemonic has 12, 15, 18, 21 or 24 words; this one has {found}")]
    WordCount {
        /// Words found.
        found: usize,
    },
    /// More text than any mnemonic.
    #[error("a mnemonic has at most {TEXT_LEN_MAX} bytes; this text has {found}")]
    TooLong {
        /// Bytes found.
        found: usize,
    },
    /// A word outside the list.
    #[error(
        "word {position} of the mnemonic, {word:?}, is not in the English word list{}",
        meant(suggestions)
    )]
    UnknownWord {
        /// Which word, counted from 1.
        position: usize,
        /// What it is, cut after a few letters.
        word: String,
        /// Words of the list that look alike, the nearest first.
        suggestions: Vec<&'static str>,
    },
    /// All words are known, yet they do not belong together.
    #[error(
        "the mnemonic's checksum does not match: a word is wrong, or two stand in each other's place"
    )]
    Checksum,
    /// Not a length of entropy that BIP39 knows.
    #[error("entropy has 16, 20, 24, 28 or 32 bytes; this has {found}")]
    EntropyLength {
        /// Bytes found.
        found: usize,
    },
    /// No new mnemonic could be made.
    #[error(transparent)]
    Random(#[from] NoRandomness),
}

/// The tail of the message about an unknown word.
fn meant(suggestions: &[&str]) -> String {
    match suggestions {
        [] => String::new(),
        words => format!("; did you mean {}?", words.join(" or ")),
    }
}

/// A valid mnemonic.
pub struct Mnemonic(bip39::Mnemonic);

impl Mnemonic {
    /// A new mnemonic from the system's randomness.
    pub fn generate(count: WordCount) -> Result<Mnemonic, NoRandomness> {
        let entropy = random_secret(count.entropy_len())?;
        Ok(Mnemonic::from_entropy(entropy.expose())
            .expect("each word count has its entropy length"))
    }

    /// The mnemonic that spells `entropy`.
    pub fn from_entropy(entropy: &[u8]) -> Result<Mnemonic, MnemonicError> {
        bip39::Mnemonic::from_entropy_in(English, entropy)
            .map(Mnemonic)
            .map_err(|_| MnemonicError::EntropyLength { found: entropy.len() })
    }

    /// The entropy that the words spell.
    pub fn entropy(&self) -> Secret<Vec<u8>> {
        Secret::new(self.0.to_entropy())
    }

    /// The words, one space between each.
    pub fn phrase(&self) -> Secret<String> {
        // Room for all words at once: growing would leave copies behind.
        let mut phrase = Secret::new(String::with_capacity(TEXT_LEN_MAX));
        for word in self.0.words() {
            let text = phrase.expose_mut();
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(word);
        }
        phrase
    }

    /// How many words there are.
    pub fn word_count(&self) -> usize {
        self.0.word_count()
    }

    /// The seed: PBKDF2 over the words, without a passphrase.
    pub fn seed(&self) -> Seed {
        Secret::new(self.0.to_seed_normalized(""))
    }
}

impl FromStr for Mnemonic {
    type Err = MnemonicError;

    /// Takes words in either case, with any white space around them.
    fn from_str(text: &str) -> Result<Mnemonic, MnemonicError> {
        if text.len() > TEXT_LEN_MAX {
            return Err(MnemonicError::TooLong { found: text.len() });
        }
        let lower = Zeroizing::new(text.to_ascii_lowercase());
        bip39::Mnemonic::parse_in_normalized(English, &lower).map(Mnemonic).map_err(|error| {
            use bip39::Error;
            match error {
                Error::UnknownWord(index) => {
                    let word = lower.split_whitespace().nth(index).unwrap_or_default();
                    MnemonicError::UnknownWord {
                        position: index + 1,
                        word: word.chars().take(16).collect(),
                        suggestions: nearest(word),
                    }
                }
                Error::InvalidChecksum => MnemonicError::Checksum,
                Error::BadWordCount(_)
                | Error::BadEntropyBitCount(_)
                | Error::AmbiguousLanguages(_) => {
                    MnemonicError::WordCount { found: lower.split_whitespace().count() }
                }
            }
        })
    }
}

impl fmt::Debug for Mnemonic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mnemonic({} words)", self.word_count())
    }
}

/// The words of the list that are at most two typing errors away from `word`, nearest first. Four
/// letters name a word of the list, so a word that begins with it counts as near, too.
fn nearest(word: &str) -> Vec<&'static str> {
    const ERRORS_MAX: usize = 2;
    let word: Vec<char> = word.chars().take(16).collect();
    let mut found: Vec<(usize, &'static str)> = English
        .word_list()
        .iter()
        .filter_map(|known| {
            let letters: Vec<char> = known.chars().collect();
            let begins = word.len() >= 3 && letters.starts_with(&word);
            let errors = if begins { 1 } else { typing_errors(&word, &letters) };
            (errors <= ERRORS_MAX).then_some((errors, *known))
        })
        .collect();
    found.sort();
    // A word with one error left makes words with two errors noise.
    let least = found.first().map_or(0, |(errors, _)| *errors);
    found
        .into_iter()
        .filter(|(errors, _)| *errors == least)
        .map(|(_, known)| known)
        .take(SUGGESTIONS_MAX)
        .collect()
}

/// How many letters must be added, dropped, replaced, or swapped with their neighbour.
fn typing_errors(from: &[char], to: &[char]) -> usize {
    let mut rows = vec![vec![0; to.len() + 1]; from.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    for (j, cell) in rows[0].iter_mut().enumerate() {
        *cell = j;
    }
    for i in 1..=from.len() {
        for j in 1..=to.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(from[i - 1] != to[j - 1]);
            let mut least = replaced.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            if i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = least;
        }
    }
    rows[from.len()][to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const WORDS: &str = "abandon abandon abandon abandon abandon abandon abandon abandon abandon \
                         abandon abandon about";

    fn message(text: &str) -> String {
        text.parse::<Mnemonic>().unwrap_err().to_string()
    }

    #[test]
    fn each_count_is_generated_and_read_back() {
        for count in WordCount::ALL {
            let made = Mnemonic::generate(count).unwrap();
            assert_eq!(made.word_count(), count.words());
            assert_eq!(made.entropy().expose().len(), count.entropy_len());
            let read: Mnemonic = made.phrase().expose().parse().unwrap();
            assert_eq!(read.entropy().expose(), made.entropy().expose());
        }
    }

    #[test]
    fn case_and_space_do_not_matter() {
        let text = format!("\n\t{}  ", WORDS.to_uppercase().replace(' ', "  "));
        let read: Mnemonic = text.parse().unwrap();
        assert_eq!(read.phrase().expose(), WORDS);
        assert_eq!(read.entropy().expose(), &[0; 16]);
    }

    #[test]
    fn a_wrong_word_is_named_with_what_was_meant() {
        assert_eq!(
            message(&WORDS.replacen("abandon about", "abandn about", 1)),
            "word 11 of the mnemonic, \"abandn\", is not in the English word list; did you mean abandon?"
        );
        assert_eq!(
            message(&WORDS.replace(" about", " xylophonist")),
            "word 12 of the mnemonic, \"xylophonist\", is not in the English word list"
        );
    }

    #[test]
    fn suggestions_are_what_a_hand_meant() {
        assert_eq!(nearest("abuot"), ["about"]);
        assert_eq!(nearest("fleee"), ["flee"]);
        assert_eq!(nearest("exot"), ["exit", "exotic"]);
        assert_eq!(nearest("zzzzzz"), [""; 0]);
        assert!(nearest("cat").len() <= SUGGESTIONS_MAX);
        assert_eq!(nearest(&"é".repeat(10_000)), [""; 0]);
    }

    #[test]
    fn counts_and_checksums_are_checked() {
        assert_eq!(
            message("abandon abandon"),
            "a mnemonic has 12, 15, 18, 21 or 24 words; this one has 2"
        );
        assert_eq!(message(""), "a mnemonic has 12, 15, 18, 21 or 24 words; this one has 0");
        assert_eq!(
            message(&format!("{WORDS} {WORDS} about")),
            "a mnemonic has 12, 15, 18, 21 or 24 words; this one has 25"
        );
        assert!(matches!(
            WORDS.replace("about", "above").parse::<Mnemonic>(),
            Err(MnemonicError::Checksum)
        ));
        assert!(matches!(
            "a ".repeat(600).parse::<Mnemonic>(),
            Err(MnemonicError::TooLong { found: 1200 })
        ));
    }

    #[test]
    fn odd_entropy_is_refused() {
        for len in [0, 1, 15, 17, 31, 33, 64] {
            let error = Mnemonic::from_entropy(&vec![7; len]).unwrap_err();
            assert!(matches!(error, MnemonicError::EntropyLength { found } if found == len));
        }
    }

    #[test]
    fn debug_shows_no_word() {
        let read: Mnemonic = WORDS.parse().unwrap();
        assert_eq!(format!("{read:?}"), "Mnemonic(12 words)");
        assert_eq!(format!("{:?}", read.seed()), "[secret]");
    }

    proptest! {
        #[test]
        fn any_entropy_comes_back(bytes in proptest::array::uniform32(any::<u8>()), count in 0..5usize) {
            let entropy = &bytes[..WordCount::ALL[count].entropy_len()];
            let spelled = Mnemonic::from_entropy(entropy).unwrap();
            let read: Mnemonic = spelled.phrase().expose().parse().unwrap();
            prop_assert!(read.entropy().expose() == entropy);
        }

        #[test]
        fn any_text_is_answered(text in "\\PC{0,200}") {
            let _ = text.parse::<Mnemonic>();
        }
    }
}
