//! Durations as people write them: `500ms`, `3s`, `2min`, `1h`, and `0` for no limit.

use std::fmt;
use std::time::Duration;

/// A unit, and its milliseconds.
pub(crate) type DurationUnit = (&'static str, u64);

const UNITS: [DurationUnit; 4] = [("h", 3_600_000), ("min", 60_000), ("s", 1_000), ("ms", 1)];

/// PostgreSQL keeps its timeouts as milliseconds in 32 bits, so a longer one could not be set there.
const LONGEST_MS: u64 = i32::MAX as u64;

/// Why a text is not a duration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum InvalidDuration {
    NotANumber,
    /// PostgreSQL would read milliseconds, most people seconds.
    NoUnit {
        number: u64,
    },
    UnknownUnit {
        unit: String,
    },
    TooLong,
}

impl fmt::Display for InvalidDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotANumber => f.write_str("a duration is a whole number and a unit, such as `3s` or `500ms`"),
            Self::NoUnit { number } => write!(f, "the unit is missing: `{number}s` for seconds, `{number}ms`"),
            Self::UnknownUnit { unit } => write!(f, "the unit `{unit}` is not one of ms, s, min, h"),
            Self::TooLong => f.write_str("the longest duration is 596h; `0` stands for no limit"),
        }
    }
}

/// Reads a duration. `0` needs no unit.
pub(crate) fn parse_duration(text: &str) -> Result<Duration, InvalidDuration> {
    parse_in_units(text, &UNITS, Duration::from_millis(LONGEST_MS))
}

/// Reads a time in one of these units, no longer than `longest`. `0` needs no unit.
pub(crate) fn parse_in_units(
    text: &str,
    units: &[DurationUnit],
    longest: Duration,
) -> Result<Duration, InvalidDuration> {
    let text = text.trim();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = (&text[..digits], text[digits..].trim_start());
    if number.is_empty() || unit.starts_with(['.', ',']) {
        return Err(InvalidDuration::NotANumber);
    }
    let number: u64 = number.parse().map_err(|_| InvalidDuration::TooLong)?;
    if unit.is_empty() {
        return if number == 0 { Ok(Duration::ZERO) } else { Err(InvalidDuration::NoUnit { number }) };
    }
    let Some((_, factor)) = units.iter().find(|(name, _)| *name == unit) else {
        return Err(InvalidDuration::UnknownUnit { unit: unit.to_owned() });
    };
    let time = number.checked_mul(*factor).map(Duration::from_millis);
    time.filter(|time| *time <= longest).ok_or(InvalidDuration::TooLong)
}

/// Whole milliseconds, as they are recorded and shown.
pub(crate) fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// A timeout as PostgreSQL takes it, in milliseconds: 0 stands for no limit, so that a shorter one is 1, and the longest is that of 32 bits.
pub(crate) fn server_milliseconds(timeout: std::time::Duration) -> u64 {
    if timeout.is_zero() { 0 } else { u64::try_from(timeout.as_millis()).unwrap_or(LONGEST_MS).clamp(1, LONGEST_MS) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_each_unit() {
        for (text, ms) in [
            ("0", 0),
            ("0s", 0),
            ("500ms", 500),
            (" 3 s ", 3_000),
            ("90s", 90_000),
            ("120s", 120_000),
            ("2min", 120_000),
            ("1h", 3_600_000),
        ] {
            assert_eq!(parse_duration(text), Ok(Duration::from_millis(ms)), "{text}");
        }
    }

    #[test]
    fn says_why_a_text_is_none() {
        for (text, why) in [
            ("", InvalidDuration::NotANumber),
            ("s", InvalidDuration::NotANumber),
            ("-3s", InvalidDuration::NotANumber),
            ("1.5s", InvalidDuration::NotANumber),
            ("3", InvalidDuration::NoUnit { number: 3 }),
            ("3m", InvalidDuration::UnknownUnit { unit: "m".into() }),
            ("3 S", InvalidDuration::UnknownUnit { unit: "S".into() }),
            ("700h", InvalidDuration::TooLong),
            ("99999999999999999999s", InvalidDuration::TooLong),
            ("9999999999999999h", InvalidDuration::TooLong),
        ] {
            assert_eq!(parse_duration(text), Err(why), "{text}");
        }
    }
}
