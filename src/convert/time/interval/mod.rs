//! Intervals: what ISO 8601, PostgreSQL and programs write, where it has one meaning.

mod fault;
mod iso;
mod words;

use std::fmt;

pub(crate) use fault::IntervalFault;

use super::moment::Moment;
use super::rules::TimeRules;
use crate::convert::way::Ways;

/// A span as PostgreSQL keeps it. A month is no number of days and a day no number of hours, so none of the three becomes another.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Interval {
    pub(crate) months: i32,
    pub(crate) days: i32,
    pub(crate) micros: i64,
}

impl Interval {
    /// All of its parts the greatest, which is infinity from PostgreSQL 17 on.
    pub(crate) const INFINITY: Self = Self { months: i32::MAX, days: i32::MAX, micros: i64::MAX };
    /// All of its parts the least, which is -infinity from PostgreSQL 17 on.
    pub(crate) const NEGATIVE_INFINITY: Self = Self { months: i32::MIN, days: i32::MIN, micros: i64::MIN };

    /// Reads a text into a column that keeps so many digits of a second.
    pub(crate) fn read(text: &str, precision: u8, rules: &TimeRules) -> Result<(Self, Ways), IntervalFault> {
        let is_iso = text.strip_prefix(['+', '-']).unwrap_or(text).starts_with('P');
        let parts = if is_iso { iso::read(text)? } else { words::read(text)? };
        let mut ways = Ways::NONE;
        let interval = parts.place(precision, rules, &mut ways)?;
        if matches!(interval, Self::INFINITY | Self::NEGATIVE_INFINITY) {
            return Err(IntervalFault::OutOfRange);
        }
        Ok((interval, ways))
    }
}

/// A unit, or a group of digits that has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SpanUnit {
    Year,
    Month,
    Week,
    Day,
    Hour,
    Minute,
    Second,
}

/// A number of a unit, as it is written.
#[derive(Debug, Clone, Copy)]
struct IntervalPart {
    unit: SpanUnit,
    is_negative: bool,
    whole: i64,
    /// The fraction of a second, in picoseconds.
    picos: u64,
}

/// All that a text has of each unit.
#[derive(Debug, Default)]
struct IntervalParts {
    found: Vec<IntervalPart>,
}

impl IntervalParts {
    /// Adds a part. A unit that is there already makes it none.
    fn add(&mut self, part: IntervalPart) -> Result<(), IntervalFault> {
        if self.found.iter().any(|known| known.unit == part.unit) {
            return Err(IntervalFault::NotAnInterval);
        }
        self.found.push(part);
        Ok(())
    }

    fn negate(&mut self) {
        self.found.iter_mut().for_each(|part| part.is_negative = !part.is_negative);
    }

    /// The sums of months, days and microseconds.
    fn place(&self, precision: u8, rules: &TimeRules, ways: &mut Ways) -> Result<Interval, IntervalFault> {
        const HOUR: i128 = 3_600_000_000;

        let (mut month_sum, mut day_sum, mut micro_sum) = (0i128, 0i128, 0i128);
        for part in &self.found {
            let whole = if part.is_negative { -i128::from(part.whole) } else { i128::from(part.whole) };
            match part.unit {
                SpanUnit::Year => month_sum += whole * 12,
                SpanUnit::Month => month_sum += whole,
                SpanUnit::Week => day_sum += whole * 7,
                SpanUnit::Day => day_sum += whole,
                SpanUnit::Hour => micro_sum += whole * HOUR,
                SpanUnit::Minute => micro_sum += whole * HOUR / 60,
                SpanUnit::Second => {
                    let fraction = Moment { seconds: 0, picos: part.picos }.fit(precision, rules, ways);
                    let fraction = i128::from(fraction.map_err(IntervalFault::Time)?);
                    micro_sum += whole * 1_000_000 + if part.is_negative { -fraction } else { fraction };
                }
            }
        }
        let interval = |months, days, micros| {
            Some(Interval {
                months: i32::try_from(months).ok()?,
                days: i32::try_from(days).ok()?,
                micros: i64::try_from(micros).ok()?,
            })
        };
        interval(month_sum, day_sum, micro_sum).ok_or(IntervalFault::OutOfRange)
    }
}

/// Digits, and a fraction of a second behind a point where one may be. Nothing may follow.
fn number(text: &str, unit: SpanUnit) -> Result<(i64, u64), IntervalFault> {
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text, None),
    };
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(whole) || fraction.is_some_and(|fraction| !is_digits(fraction)) {
        return Err(IntervalFault::NotAnInterval);
    }
    if unit != SpanUnit::Second && fraction.is_some() {
        return Err(IntervalFault::FractionOfUnit);
    }
    let whole = whole.parse().map_err(|_| IntervalFault::OutOfRange)?;
    Ok((whole, fraction.map_or(0, picos)))
}

/// The digits behind the point; those beyond the twelfth set the last bit, as [`Moment::picos`] has it.
fn picos(digits: &str) -> u64 {
    let mut unit = super::calendar::PICOS;
    let (mut picos, mut is_beyond) = (0, false);
    for digit in digits.bytes().map(|byte| u64::from(byte - b'0')) {
        unit /= 10;
        picos += digit * unit;
        is_beyond |= unit == 0 && digit != 0;
    }
    picos | u64::from(is_beyond)
}

/// A sign in front, where there is one, and the rest.
fn signed(text: &str) -> (Option<bool>, &str) {
    match text.as_bytes().first() {
        Some(b'-') => (Some(true), &text[1..]),
        Some(b'+') => (Some(false), &text[1..]),
        _ => (None, text),
    }
}

/// As the server prints it with `IntervalStyle` postgres (PostgreSQL 15, `EncodeInterval`).
impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::INFINITY => return f.write_str("infinity"),
            Self::NEGATIVE_INFINITY => return f.write_str("-infinity"),
            _ => {}
        }
        let (mut is_first, mut is_before) = (true, false);
        for (value, unit) in [(self.months / 12, "year"), (self.months % 12, "mon"), (self.days, "day")] {
            if value == 0 {
                continue;
            }
            let (blank, plus) = (if is_first { "" } else { " " }, if is_before && value > 0 { "+" } else { "" });
            write!(f, "{blank}{plus}{value} {unit}{}", if value == 1 { "" } else { "s" })?;
            (is_first, is_before) = (false, value < 0);
        }
        if !is_first && self.micros == 0 {
            return Ok(());
        }
        let sign = match (self.micros < 0, is_before) {
            (true, _) => "-",
            (false, true) => "+",
            (false, false) => "",
        };
        let micros = self.micros.unsigned_abs();
        let seconds = micros / 1_000_000;
        let (blank, fraction) = (if is_first { "" } else { " " }, micros % 1_000_000);
        write!(f, "{blank}{sign}{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)?;
        if fraction == 0 { Ok(()) } else { write!(f, ".{}", format!("{fraction:06}").trim_end_matches('0')) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::TimeFault;
    use super::*;

    fn read(text: &str) -> Result<String, IntervalFault> {
        Interval::read(text, 6, &TimeRules::default()).map(|(interval, _)| interval.to_string())
    }

    #[test]
    fn texts_with_one_meaning_are_read() {
        for (text, shown) in [
            ("P1Y2M3DT4H5M6.789S", "1 year 2 mons 3 days 04:05:06.789"),
            ("P-1Y-2M3DT-4H-5M-6S", "-1 years -2 mons +3 days -04:05:06"),
            ("P2W", "14 days"),
            ("PT0S", "00:00:00"),
            ("PT36H", "36:00:00"),
            ("PT-0.5S", "-00:00:00.5"),
            ("-P1DT2H", "-1 days -02:00:00"),
            ("1 year 2 mons 3 days 04:05:06.789", "1 year 2 mons 3 days 04:05:06.789"),
            ("-1 years -2 mons +3 days -04:05:06", "-1 years -2 mons +3 days -04:05:06"),
            ("-1 years +2 mons 3 days 04:05:06", "-10 mons +3 days 04:05:06"),
            ("@ 1 day -5 hours 3 mins 0.25 secs ago", "-1 days +04:56:59.75"),
            ("90 minutes", "01:30:00"),
            ("1 Week", "7 days"),
            ("1 hour 30 min", "01:30:00"),
            ("1 day, 2:03:04", "1 day 02:03:04"),
            ("-1 day, 23:59:59.5", "-1 days +23:59:59.5"),
            ("2:03:04", "02:03:04"),
            ("-00:00:01", "-00:00:01"),
            ("2562047788:00:54.775807", "2562047788:00:54.775807"),
            ("178956970 years 7 mons 2147483647 days", "178956970 years 7 mons 2147483647 days"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(shown), "{text}");
        }
    }

    #[test]
    fn texts_with_several_meanings_are_not() {
        use IntervalFault::{FractionOfUnit, NotAnInterval, OutOfRange, ShortClock, UnclearSign, WithoutUnit};
        for (text, fault) in [
            ("90", WithoutUnit),
            ("1.5", WithoutUnit),
            ("1 day 90", WithoutUnit),
            ("5:30", ShortClock),
            ("1 day 5:30", ShortClock),
            ("-1 days 04:05:06", UnclearSign),
            ("-1 year 2 mons", UnclearSign),
            ("1.5 days", FractionOfUnit),
            ("P0.5Y", FractionOfUnit),
            ("PT1.5H", FractionOfUnit),
            ("PT1.5S1M", NotAnInterval),
            ("P", NotAnInterval),
            ("P1DT", NotAnInterval),
            ("-P-1D", UnclearSign),
            ("P1H", NotAnInterval),
            ("P1D2M", NotAnInterval),
            ("p1d", NotAnInterval),
            ("1-2 3 4:05:06", NotAnInterval),
            ("1 day ago", NotAnInterval),
            ("5m", NotAnInterval),
            ("1 fortnight", NotAnInterval),
            ("1 hour 01:00:00", NotAnInterval),
            ("1 day 2 days", NotAnInterval),
            ("00:60:00", NotAnInterval),
            ("01:00:00 1 day", NotAnInterval),
            ("1 day,", NotAnInterval),
            ("1 year, 2 days", NotAnInterval),
            ("infinity", NotAnInterval),
            ("99999999999 days", OutOfRange),
            ("P178956971Y", OutOfRange),
            ("99999999999999999999 days", OutOfRange),
            ("2562047788:00:54.775808", OutOfRange),
        ] {
            assert_eq!(read(text), Err(fault), "{text}");
        }
    }

    #[test]
    fn digits_beyond_those_of_the_column_are_told() {
        use super::super::ExtraDigits;
        let read = |text: &str, precision, rule| {
            let rules = TimeRules { precision: rule, ..TimeRules::default() };
            Interval::read(text, precision, &rules).map(|(interval, ways)| (interval.to_string(), ways.is_empty()))
        };
        let fault = IntervalFault::Time(TimeFault::TooManyDigits { digits: 7 });
        assert_eq!(read("PT0.1234567S", 6, None), Err(fault));
        assert_eq!(read("-00:00:00.0005", 3, Some(ExtraDigits::Round)), Ok(("-00:00:00.001".to_owned(), false)));
        assert_eq!(read("-00:00:00.0005", 3, Some(ExtraDigits::Truncate)), Ok(("00:00:00".to_owned(), false)));
        assert_eq!(read("00:00:00.500", 1, None), Ok(("00:00:00.5".to_owned(), true)));
    }
}
