//! Amounts in coins: decimal text to smallest units and back, with a token's decimals checked.

use ledger::types::Amount;
use std::fmt;

/// Decimals of ZNN and QSR.
pub const COIN_DECIMALS: u8 = 8;

/// Why a text is not an amount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AmountError {
    /// Not digits with at most one point.
    NotANumber(String),
    /// More digits behind the point than the token has.
    TooFine {
        /// The text.
        text: String,
        /// Decimals of the token.
        decimals: u8,
        /// Digits behind the point.
        got: usize,
    },
    /// Does not fit.
    TooBig(String),
}

impl fmt::Display for AmountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AmountError::NotANumber(text) => {
                write!(f, "\"{text}\" is no amount; write coins as 12 or 12.5")
            }
            AmountError::TooFine { text, decimals, got } => {
                write!(f, "\"{text}\" has {got} decimals, the token has {decimals}")
            }
            AmountError::TooBig(text) => {
                write!(f, "\"{text}\" is too big; at most 2^255 - 1 smallest units")
            }
        }
    }
}

impl std::error::Error for AmountError {}

/// Reads coins with at most `decimals` digits behind the point.
pub fn parse(text: &str, decimals: u8) -> Result<Amount, AmountError> {
    let not_a_number = || AmountError::NotANumber(text.to_owned());
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let missing = whole.is_empty() || (text.contains('.') && fraction.is_empty());
    if missing || !digits(whole) || !digits(fraction) {
        return Err(not_a_number());
    }
    // Zeros at the end say nothing.
    let fraction = fraction.trim_end_matches('0');
    let zeros = usize::from(decimals).checked_sub(fraction.len()).ok_or_else(|| {
        AmountError::TooFine { text: text.to_owned(), decimals, got: fraction.len() }
    })?;
    let units = format!("{whole}{fraction}{}", "0".repeat(zeros));
    let amount = Amount::from_str_radix(&units, 10);
    amount
        .ok()
        .filter(|amount| amount.bit_len() <= 255)
        .ok_or_else(|| AmountError::TooBig(text.to_owned()))
}

/// Writes coins without zeros at the end.
pub fn show(amount: Amount, decimals: u8) -> String {
    let digits = amount.to_string();
    let decimals = usize::from(decimals);
    let padded = format!("{digits:0>width$}", width = decimals + 1);
    let (whole, fraction) = padded.split_at(padded.len() - decimals);
    match fraction.trim_end_matches('0') {
        "" => whole.to_owned(),
        fraction => format!("{whole}.{fraction}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn coins_become_units() {
        for (text, decimals, units) in [
            ("1", 8, "100000000"),
            ("0.00000001", 8, "1"),
            ("12.50", 8, "1250000000"),
            ("12.5000000000", 8, "1250000000"),
            ("007", 0, "7"),
            ("0", 18, "0"),
            ("1.5", 1, "15"),
        ] {
            assert_eq!(parse(text, decimals).map(|units| units.to_string()), Ok(units.to_owned()));
        }
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for text in ["", ".", "1.", ".5", "-1", "+1", "1e8", "1,5", "1_000", " 1", "1.2.3", "٣"] {
            let refused = AmountError::NotANumber(text.to_owned());
            assert_eq!(parse(text, 8), Err(refused), "{text:?}");
        }
        let fine = AmountError::TooFine { text: "1.05".into(), decimals: 1, got: 2 };
        assert_eq!(parse("1.05", 1), Err(fine.clone()));
        assert_eq!(fine.to_string(), "\"1.05\" has 2 decimals, the token has 1");
        let big = "9".repeat(78);
        assert_eq!(parse(&big, 0), Err(AmountError::TooBig(big.clone())));
        assert!(parse(&big, 18).is_err());
    }

    proptest! {
        #[test]
        fn reading_undoes_writing(units in any::<[u64; 4]>(), decimals in 0u8..=18) {
            let amount = Amount::from_limbs(units) >> 1;
            prop_assert_eq!(parse(&show(amount, decimals), decimals), Ok(amount));
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".{0,100}", decimals in any::<u8>()) {
            if let Ok(amount) = parse(&text, decimals) {
                prop_assert_eq!(parse(&show(amount, decimals), decimals), Ok(amount));
            }
        }
    }
}
