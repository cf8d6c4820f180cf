//! The faucet's puzzle: a nonce for which a hash is large enough, as blocks without plasma carry one.
//!
//! ```text
//! challenge = expiry in unix seconds (8 bytes, big endian) ‖ random (16) ‖ seal (16)
//! seal      = first 16 bytes of SHA3-256(secret ‖ address ‖ expiry ‖ random)
//! solved    = the ledger's proof of work for SHA3-256(challenge ‖ address)
//! ```
//!
//! The seal lets the faucet hand out challenges without remembering them: it knows its own, for whom
//! they were, and when they end. The secret lives as long as the process.

use ledger::types::{Address, Hash, sha3_256_of};
use ledger::verify::pow;

/// Bytes of a challenge.
pub const CHALLENGE_LEN: usize = 40;
/// How long a challenge can be solved, in seconds.
pub const LIFETIME_SECONDS: u64 = 600;

const EXPIRY_LEN: usize = 8;
const SEALED_LEN: usize = 24;
const SEAL_LEN: usize = CHALLENGE_LEN - SEALED_LEN;

/// A challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Challenge(pub [u8; CHALLENGE_LEN]);

/// Why a challenge or its solution is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PuzzleError {
    /// Not the hex of a challenge.
    #[error("the challenge is not the hex of {CHALLENGE_LEN} bytes")]
    Malformed,
    /// Not one of ours for this address, or from before a restart.
    #[error("this faucet gave no such challenge for this address: ask for a new one")]
    Foreign,
    /// Too late.
    #[error("the challenge has expired: ask for a new one")]
    Expired,
    /// The nonce does not solve it.
    #[error("the nonce does not solve the challenge")]
    Unsolved,
}

/// The faucet's side.
pub struct Puzzles {
    secret: [u8; 32],
    /// Tries that a puzzle takes on average.
    pub difficulty: u64,
}

impl Challenge {
    /// Reads hex digits.
    pub fn parse(text: &str) -> Result<Challenge, PuzzleError> {
        let mut bytes = [0; CHALLENGE_LEN];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| PuzzleError::Malformed)?;
        Ok(Challenge(bytes))
    }

    /// When it ends, in unix seconds.
    pub fn expiry(&self) -> u64 {
        u64::from_be_bytes(self.0[..EXPIRY_LEN].try_into().expect("eight bytes"))
    }

    /// What the work is done for.
    pub fn work(&self, address: &Address) -> Hash {
        Hash(sha3_256_of(&[&self.0, &address.0]))
    }

    /// Names the request that solves it.
    pub fn id(&self) -> String {
        hex::encode(&sha3_256_of(&[&self.0])[..16])
    }
}

impl std::fmt::Display for Challenge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl Puzzles {
    /// Puzzles of this difficulty, sealed with `secret`.
    pub fn new(secret: [u8; 32], difficulty: u64) -> Puzzles {
        Puzzles { secret, difficulty }
    }

    /// A new challenge for an address.
    pub fn challenge(&self, address: &Address, random: [u8; 16], now: u64) -> Challenge {
        let mut bytes = [0; CHALLENGE_LEN];
        let expiry = now.saturating_add(LIFETIME_SECONDS);
        bytes[..EXPIRY_LEN].copy_from_slice(&expiry.to_be_bytes());
        bytes[EXPIRY_LEN..SEALED_LEN].copy_from_slice(&random);
        let seal = self.seal(address, &bytes[..SEALED_LEN]);
        bytes[SEALED_LEN..].copy_from_slice(&seal);
        Challenge(bytes)
    }

    fn seal(&self, address: &Address, sealed: &[u8]) -> [u8; SEAL_LEN] {
        let digest = sha3_256_of(&[&self.secret, &address.0, sealed]);
        digest[..SEAL_LEN].try_into().expect("a hash has more bytes")
    }

    /// Checks a solution.
    pub fn check(
        &self,
        address: &Address,
        challenge: &Challenge,
        nonce: &[u8; 8],
        now: u64,
    ) -> Result<(), PuzzleError> {
        // How many bytes of a seal are right must not show in the time: a guess is never close, since
        // the hash of it is compared.
        let seal = self.seal(address, &challenge.0[..SEALED_LEN]);
        if sha3_256_of(&[&seal]) != sha3_256_of(&[&challenge.0[SEALED_LEN..]]) {
            return Err(PuzzleError::Foreign);
        }
        if now > challenge.expiry() {
            return Err(PuzzleError::Expired);
        }
        match pow::value(nonce, &challenge.work(address)) >= pow::threshold(self.difficulty) {
            true => Ok(()),
            false => Err(PuzzleError::Unsolved),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wallet::pow::Task;

    #[test]
    fn only_a_solution_of_ones_own_challenge_in_time_is_taken() {
        let puzzles = Puzzles::new([7; 32], 1_000);
        let (one, other) = (Address([1; 20]), Address([2; 20]));
        let challenge = puzzles.challenge(&one, [3; 16], 1_000);
        let again = Challenge::parse(&challenge.to_string()).unwrap();
        assert_eq!((again, again.expiry()), (challenge, 1_000 + LIFETIME_SECONDS));
        let task = Task::of_data_hash(&challenge.work(&one), 1_000);
        let nonce = task.search(0, 1_000_000).unwrap();
        let check = |address: &Address, challenge: &Challenge, nonce: &[u8; 8], now| {
            puzzles.check(address, challenge, nonce, now)
        };
        assert_eq!(check(&one, &challenge, &nonce, 1_000), Ok(()));
        assert_eq!(check(&one, &challenge, &nonce, 1_601), Err(PuzzleError::Expired));
        assert_eq!(check(&other, &challenge, &nonce, 1_000), Err(PuzzleError::Foreign));
        for byte in 0..CHALLENGE_LEN {
            let mut changed = challenge;
            changed.0[byte] ^= 1;
            assert_eq!(check(&one, &changed, &nonce, 1_000), Err(PuzzleError::Foreign));
        }
        let mut wrong = (0..u64::MAX).map(u64::to_le_bytes);
        let wrong = wrong.find(|nonce| check(&one, &challenge, nonce, 1_000).is_err());
        assert_eq!(check(&one, &challenge, &wrong.unwrap(), 1_000), Err(PuzzleError::Unsolved));
        let elsewhere = Puzzles::new([8; 32], 1_000);
        assert_eq!(elsewhere.check(&one, &challenge, &nonce, 1_000), Err(PuzzleError::Foreign));
        assert_eq!(Challenge::parse("00"), Err(PuzzleError::Malformed));
    }
}
