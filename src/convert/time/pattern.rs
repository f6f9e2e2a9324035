use std::fmt::{self, Write as _};

use chrono::format::{Fixed, Item, Numeric, Parsed, StrftimeItems, parse};
use chrono::{DateTime, Timelike, Utc};

use super::calendar::{CivilDay, UNIX_EPOCH};
use super::fault::TimeFault;
use super::scan::{Clock, Scanned};
use crate::convert::way::{Way, Ways};

/// The form of texts that are no ISO 8601, as a strftime pattern of chrono. Two digits of a year (`%y`) are 1970 to
/// 2069.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TimePattern {
    text: String,
    items: Vec<Item<'static>>,
}

/// Why a pattern cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PatternFault {
    /// Not a pattern of chrono.
    Invalid,
    /// It has no field.
    Empty,
    /// `%f` reads `.5` as five nanoseconds.
    BareFraction,
    /// `%Z` passes over any abbreviation.
    BareAbbreviation,
}

impl TimePattern {
    /// # Errors
    /// The pattern is none, or it has a field that chrono would read in silence as something else.
    pub(crate) fn new(text: &str) -> Result<Self, PatternFault> {
        let items = StrftimeItems::new(text).parse_to_owned().map_err(|_| PatternFault::Invalid)?;
        let has = |wanted: fn(&Item<'_>) -> bool| items.iter().any(wanted);
        if !has(|item| matches!(item, Item::Numeric(..) | Item::Fixed(_))) {
            return Err(PatternFault::Empty);
        }
        if has(|item| matches!(item, Item::Numeric(Numeric::Nanosecond, _))) {
            return Err(PatternFault::BareFraction);
        }
        let abbreviation = has(|item| matches!(item, Item::Fixed(Fixed::TimezoneName)));
        if abbreviation && !has(names_offset) {
            return Err(PatternFault::BareAbbreviation);
        }
        Ok(Self { text: text.to_owned(), items })
    }

    /// An instant of UTC in this form; none where the pattern has a field that cannot be written.
    pub(super) fn write(&self, instant: DateTime<Utc>) -> Option<String> {
        let mut text = String::new();
        write!(text, "{}", instant.format_with_items(self.items.iter())).ok().map(|()| text)
    }

    /// The parts of a text; none where the text does not fit.
    pub(super) fn scan(&self, text: &str) -> Result<Option<Scanned>, TimeFault> {
        let mut parsed = Parsed::new();
        if parse(&mut parsed, text, self.items.iter()).is_err() {
            return Ok(None);
        }
        if let Some(digits) = dropped_digits(text) {
            return Err(TimeFault::TooManyDigits { digits });
        }
        Ok(parts(&parsed))
    }
}

fn names_offset(item: &Item<'_>) -> bool {
    use Fixed::{
        RFC2822, RFC3339, TimezoneOffset, TimezoneOffsetColon, TimezoneOffsetColonZ, TimezoneOffsetDoubleColon,
        TimezoneOffsetTripleColon, TimezoneOffsetZ,
    };
    matches!(
        item,
        Item::Numeric(Numeric::Timestamp, _)
            | Item::Fixed(
                TimezoneOffset
                    | TimezoneOffsetColon
                    | TimezoneOffsetDoubleColon
                    | TimezoneOffsetTripleColon
                    | TimezoneOffsetColonZ
                    | TimezoneOffsetZ
                    | RFC2822
                    | RFC3339
            )
    )
}

/// The digits of a fraction that chrono passes over in silence, because it keeps nine.
fn dropped_digits(text: &str) -> Option<u8> {
    text.split('.').skip(1).find_map(|part| {
        let end = part.find(|byte: char| !byte.is_ascii_digit()).unwrap_or(part.len());
        let digits = part[..end].trim_end_matches('0').len();
        (digits > 9).then(|| u8::try_from(digits).unwrap_or(u8::MAX))
    })
}

fn parts(parsed: &Parsed) -> Option<Scanned> {
    let offset = parsed.offset().or(parsed.timestamp().map(|_| 0));
    let wall = match parsed.timestamp() {
        // The offset only decides which wall clock the same instant is told in.
        Some(_) => Some(parsed.to_naive_datetime_with_offset(offset.unwrap_or(0)).ok()?),
        None => None,
    };
    let date = match wall {
        Some(wall) => Some(wall.date()),
        None if names_day(parsed) => Some(parsed.to_naive_date().ok()?),
        None => None,
    };
    let time = match wall {
        Some(wall) => Some(wall.time()),
        None if names_clock(parsed) => Some(parsed.to_naive_time().ok()?),
        None => None,
    };
    let day = match date {
        Some(date) => Some(day_of(date)?),
        None => None,
    };
    let clock = match time {
        Some(time) => Some(clock_of(time)?),
        None => None,
    };
    (day.is_some() || clock.is_some()).then_some(Scanned {
        day,
        clock,
        offset: offset.map(i64::from),
        ways: Ways::of(Way::TimeFormat),
    })
}

fn names_day(parsed: &Parsed) -> bool {
    let counts = [parsed.month(), parsed.day(), parsed.ordinal(), parsed.isoweek(), parsed.quarter()];
    let weeks = [parsed.week_from_sun(), parsed.week_from_mon()];
    let years = [parsed.year(), parsed.year_div_100(), parsed.year_mod_100()];
    let iso_years = [parsed.isoyear(), parsed.isoyear_div_100(), parsed.isoyear_mod_100()];
    counts.iter().chain(&weeks).any(Option::is_some)
        || years.iter().chain(&iso_years).any(Option::is_some)
        || parsed.weekday().is_some()
}

fn names_clock(parsed: &Parsed) -> bool {
    [parsed.hour_div_12(), parsed.hour_mod_12(), parsed.minute(), parsed.second(), parsed.nanosecond()]
        .iter()
        .any(Option::is_some)
}

fn day_of(date: chrono::NaiveDate) -> Option<CivilDay> {
    let start = date.and_hms_opt(0, 0, 0)?.and_utc().timestamp();
    Some(CivilDay::of((start + UNIX_EPOCH).div_euclid(super::calendar::DAY_SECONDS)))
}

/// chrono keeps a second 60 as a second 59 of more than a thousand million nanoseconds.
fn clock_of(time: chrono::NaiveTime) -> Option<Clock> {
    let leap = time.nanosecond() / 1_000_000_000;
    let byte = |value: u32| u8::try_from(value).ok();
    Some(Clock {
        hour: byte(time.hour())?,
        minute: byte(time.minute())?,
        second: byte(time.second() + leap)?,
        picos: u64::from(time.nanosecond() % 1_000_000_000) * 1_000,
    })
}

impl fmt::Display for PatternFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Invalid => "not a strftime pattern of chrono",
            Self::Empty => "a pattern without a field",
            Self::BareFraction => "%f counts nanoseconds: write %.f for the digits behind the point, with the point",
            Self::BareAbbreviation => {
                "%Z passes over any abbreviation: write the abbreviation itself, or %z where the text has an offset"
            }
        })
    }
}

impl std::error::Error for PatternFault {}
