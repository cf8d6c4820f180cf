//! Durations and points in time as text.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
/// Days in a month of staking.
const MONTH_DAYS: u64 = 30;

/// Why a text is no duration or time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeError {
    text: String,
    allowed: &'static str,
}

impl fmt::Display for TimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\" is not understood; write {}", self.text, self.allowed)
    }
}

impl std::error::Error for TimeError {}

/// Reads `90`, `90s`, `5m`, `2h`, `30d` or `1mo` (a month: 30 days of a network with the original's
/// slots, `month_seconds` here) into seconds. Parts may follow each other: `1d12h`.
pub fn duration(text: &str, month_seconds: u64) -> Result<u64, TimeError> {
    let error = || TimeError {
        text: text.to_owned(),
        allowed: "a duration as 90s, 5m, 2h, 30d or 1mo, or plain seconds",
    };
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().map_err(|_| error());
    }
    let mut seconds = 0u64;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number: u64 = rest[..digits].parse().map_err(|_| error())?;
        rest = &rest[digits..];
        let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        let unit = match &rest[..letters] {
            "s" => 1,
            "m" | "min" => MINUTE,
            "h" => HOUR,
            "d" => DAY,
            "mo" => month_seconds,
            _ => return Err(error()),
        };
        rest = &rest[letters..];
        let part = number.checked_mul(unit).ok_or_else(error)?;
        seconds = seconds.checked_add(part).ok_or_else(error)?;
    }
    Ok(seconds)
}

/// A month of staking in seconds where a slot takes `block_time` seconds.
pub fn month(block_time: u64) -> u64 {
    MONTH_DAYS * DAY / ledger::rules::BLOCK_TIME_ORIGINAL * block_time
}

/// Reads unix seconds, `+2h` from `now`, or `2026-01-31T12:00:00Z`, into unix seconds.
pub fn instant(text: &str, now: u64) -> Result<u64, TimeError> {
    let error = || TimeError {
        text: text.to_owned(),
        allowed: "+2h from now, 2026-01-31T12:00:00Z, or unix seconds",
    };
    if let Some(ahead) = text.strip_prefix('+') {
        let ahead = duration(ahead, MONTH_DAYS * DAY).map_err(|_| error())?;
        return now.checked_add(ahead).ok_or_else(error);
    }
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().map_err(|_| error());
    }
    date(text).ok_or_else(error)
}

/// `YYYY-MM-DDTHH:MM:SSZ` in unix seconds.
fn date(text: &str) -> Option<u64> {
    let bytes = text.as_bytes();
    if bytes.len() != 20 || !text.is_ascii() {
        return None;
    }
    let marks = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':'), (19, b'Z')];
    if marks.iter().any(|(at, mark)| bytes[*at] != *mark) {
        return None;
    }
    let number = |from: usize, to: usize| {
        let part = &text[from..to];
        part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse::<u64>().ok()).flatten()
    };
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let in_range = (1970..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    let seconds = days_before(year, month, day) * DAY + hour * HOUR + minute * MINUTE + second;
    // A day that the month does not have would be written as another day.
    (in_range && show(seconds) == text).then_some(seconds)
}

/// Days from 1970-01-01 to a date of the Gregorian calendar, counted in years that begin in March.
fn days_before(year: u64, month: u64, day: u64) -> u64 {
    let year = if month <= 2 { year - 1 } else { year };
    let from_march = (month + 9) % 12;
    let days = year * 365 + year / 4 - year / 100 + year / 400;
    // 719 468 days lie between 0000-03-01 and 1970-01-01; 153 days in each five months from March.
    (days + (153 * from_march + 2) / 5 + day).saturating_sub(719_469)
}

/// Unix seconds as `YYYY-MM-DDTHH:MM:SSZ`.
pub fn show(seconds: u64) -> String {
    let (days, rest) = (seconds / DAY, seconds % DAY);
    // Eras of 400 years, which all have 146 097 days, from 0000-03-01.
    let days = days.saturating_add(719_468);
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    let (hour, minute, second) = (rest / HOUR, rest % HOUR / MINUTE, rest % MINUTE);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// Seconds in the two largest units that are not zero: `3d 4h`.
pub fn show_duration(seconds: u64) -> String {
    let parts = [
        (seconds / DAY, "d"),
        (seconds % DAY / HOUR, "h"),
        (seconds % HOUR / MINUTE, "m"),
        (seconds % MINUTE, "s"),
    ];
    let shown: Vec<String> = parts
        .iter()
        .filter(|(number, _)| *number > 0)
        .take(2)
        .map(|(number, unit)| format!("{number}{unit}"))
        .collect();
    if shown.is_empty() { "0s".to_owned() } else { shown.join(" ") }
}

/// This machine's clock in unix seconds.
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn durations_are_read() {
        for (text, seconds) in
            [("0", 0), ("90", 90), ("90s", 90), ("5m", 300), ("1d12h", 129_600), ("2mo", 200)]
        {
            assert_eq!(duration(text, 100), Ok(seconds), "{text}");
        }
        for text in ["", "-1", "1x", "h", "1.5h", "1h-", "99999999999999999999", "1 d"] {
            // The empty text is no number either.
            assert!(duration(text, 100).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_month_scales_with_the_slot() {
        assert_eq!(month(10), 30 * DAY);
        assert_eq!(month(1), 3 * DAY);
    }

    #[test]
    fn instants_are_read() {
        assert_eq!(instant("1637755200", 5), Ok(1_637_755_200));
        assert_eq!(instant("+1h", 5), Ok(3605));
        assert_eq!(instant("2021-11-24T12:00:00Z", 5), Ok(1_637_755_200));
        assert_eq!(instant("1970-01-01T00:00:00Z", 5), Ok(0));
        for text in ["", "+", "2021-02-30T00:00:00Z", "2021-13-01T00:00:00Z", "now", "-1"] {
            assert!(instant(text, 5).is_err(), "{text:?}");
        }
    }

    #[test]
    fn times_are_written() {
        assert_eq!(show(0), "1970-01-01T00:00:00Z");
        assert_eq!(show(951_782_399), "2000-02-28T23:59:59Z");
        assert_eq!(show(951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(show_duration(0), "0s");
        assert_eq!(show_duration(3 * DAY + 4 * HOUR + 5), "3d 4h");
    }

    proptest! {
        #[test]
        fn reading_undoes_writing(seconds in 0u64..253_402_300_800) {
            prop_assert_eq!(instant(&show(seconds), 0), Ok(seconds));
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".{0,30}") {
            let _ = duration(&text, 1);
            let _ = instant(&text, 0);
        }
    }
}
