//! The forms in which SQLite stores dates and times.

use std::fmt::Write as _;

use chrono::DateTime;

use super::calendar::{CivilDay, DAY_SECONDS, UNIX_EPOCH};
use super::rules::{TimeRules, TimeTarget};
use super::zone::to_wall;
use crate::convert::value::{OwnedStored, TargetValue};
use crate::convert::way::Ways;

/// One form of a date or a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TimeForm {
    /// ISO 8601: what stands between the day and the hour, digits of the second, and the zone.
    Iso {
        separator: char,
        digits: SecondDigits,
        zone: ZoneForm,
    },
    /// The day alone, or hours and minutes alone.
    Day,
    Minutes,
    /// Since 1970 in UTC, or a Julian day.
    Number(TimeNumber),
    /// The same as a text.
    NumberText(TimeNumber),
    /// By the pattern of the rule `time_format`.
    Pattern {
        is_wall: bool,
    },
}

/// SecondDigits of the second behind the point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SecondDigits {
    Exactly(u8),
    /// As many as are not zero.
    Needed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ZoneForm {
    /// In UTC, without saying so.
    Nothing,
    /// The wall clock of the zone that the rule `zone` names.
    Wall,
    Z,
    Offset,
    ShortOffset,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TimeNumber {
    Seconds,
    Millis,
    Micros,
    Nanos,
    RealSeconds,
    Julian,
}

const MICROS: i64 = 1_000_000;

impl TimeForm {
    /// All of them, the usual ones first: what CURRENT_TIMESTAMP gives, then ISO 8601 with a zone.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        use TimeNumber::{Julian, Micros, Millis, Nanos, RealSeconds, Seconds};
        use ZoneForm::{Nothing, Offset, ShortOffset, Wall, Z};

        let digits =
            [SecondDigits::Exactly(0), SecondDigits::Exactly(3), SecondDigits::Exactly(6), SecondDigits::Needed];
        let zones = [(' ', Wall), (' ', Nothing), ('T', Z), ('T', Wall), ('T', Nothing), (' ', Z)].into_iter().chain([
            ('T', Offset),
            (' ', Offset),
            ('T', ShortOffset),
            (' ', ShortOffset),
        ]);
        let iso = zones.flat_map(move |(separator, zone)| digits.map(|digits| Self::Iso { separator, digits, zone }));
        let numbers = [Seconds, Millis, Micros, Nanos, RealSeconds, Julian];
        [Self::Day]
            .into_iter()
            .chain(iso)
            .chain([Self::Minutes, Self::Pattern { is_wall: true }, Self::Pattern { is_wall: false }])
            .chain(numbers.map(Self::Number))
            .chain(numbers.map(Self::NumberText))
    }

    /// The value in this form; none where it has none.
    pub(crate) fn store(self, value: &TargetValue<'_>, target: TimeTarget, rules: &TimeRules) -> Option<OwnedStored> {
        let text = |text: String| Some(OwnedStored::Text(text.into_bytes()));
        match value {
            TargetValue::Date(days) => {
                let micros = i64::from(*days).checked_mul(DAY_SECONDS)?.checked_mul(MICROS)?;
                match self {
                    Self::Day => text(day(i64::from(*days))?),
                    Self::Pattern { .. } => text(by_pattern(micros, rules)?),
                    _ => self.of_instant(micros, target, rules),
                }
            }
            TargetValue::Time(micros) => match self {
                Self::Iso { separator: ' ', digits, zone: ZoneForm::Nothing } => text(clock(*micros, digits)?),
                Self::Minutes if micros % (60 * MICROS) == 0 => {
                    text(clock(*micros, SecondDigits::Exactly(0))?.strip_suffix(":00")?.to_owned())
                }
                Self::Pattern { .. } => text(by_pattern(*micros, rules)?),
                _ => None,
            },
            TargetValue::Timestamp(micros) => self.of_instant(*micros, target, rules),
            _ => None,
        }
    }

    fn of_instant(self, micros: i64, target: TimeTarget, rules: &TimeRules) -> Option<OwnedStored> {
        let text = |text: String| Some(OwnedStored::Text(text.into_bytes()));
        match self {
            Self::Iso { separator, digits, zone } => {
                let micros = if zone == ZoneForm::Wall { wall(micros, target, rules)? } else { micros };
                let suffix = match zone {
                    ZoneForm::Nothing | ZoneForm::Wall => "",
                    ZoneForm::Z => "Z",
                    ZoneForm::Offset => "+00:00",
                    ZoneForm::ShortOffset => "+00",
                };
                let (days, rest) = split(micros);
                text(format!("{}{separator}{}{suffix}", day(days)?, clock(rest, digits)?))
            }
            Self::Day => {
                let (days, rest) = split(wall(micros, target, rules).unwrap_or(micros));
                if rest == 0 { text(day(days)?) } else { None }
            }
            Self::Minutes => None,
            Self::Pattern { is_wall } => {
                text(by_pattern(if is_wall { wall(micros, target, rules)? } else { micros }, rules)?)
            }
            Self::Number(number) => number.of(micros),
            Self::NumberText(number) => match number.of(micros)? {
                OwnedStored::Integer(number) => text(number.to_string()),
                OwnedStored::Real(number) => text(number.to_string()),
                _ => None,
            },
        }
    }
}

/// What the clock of the rule's zone shows; none without one, or where the clock shows the hour twice.
fn wall(micros: i64, target: TimeTarget, rules: &TimeRules) -> Option<i64> {
    let zone = rules.zone?;
    if !matches!(target, TimeTarget::Timestamptz { .. }) {
        return None;
    }
    let (seconds, rest) = (micros.div_euclid(MICROS), micros.rem_euclid(MICROS));
    let wall = to_wall(seconds, zone, rules.fold, &mut Ways::NONE.clone()).ok()?;
    wall.checked_mul(MICROS)?.checked_add(rest)
}

impl TimeNumber {
    fn of(self, micros: i64) -> Option<OwnedStored> {
        let since_1970 = micros.checked_sub(UNIX_EPOCH * MICROS)?;
        let whole = |by: i64| (since_1970 % by == 0).then_some(OwnedStored::Integer(since_1970 / by));
        match self {
            Self::Seconds => whole(MICROS),
            Self::Millis => whole(1_000),
            Self::Micros => Some(OwnedStored::Integer(since_1970)),
            Self::Nanos => since_1970.checked_mul(1_000).map(OwnedStored::Integer),
            // The digits of a decimal number, so that the shortest form of the double is the number.
            Self::RealSeconds => {
                let sign = if since_1970 < 0 { "-" } else { "" };
                let (seconds, rest) = (since_1970.unsigned_abs() / 1_000_000, since_1970.unsigned_abs() % 1_000_000);
                format!("{sign}{seconds}.{rest:06}").parse().ok().map(OwnedStored::Real)
            }
            // Julian day 2451544.5 is the midnight with which 2000-01-01 begins.
            #[expect(clippy::cast_precision_loss, reason = "whether it is the same instant is asked afterwards")]
            Self::Julian => Some(OwnedStored::Real(2_451_544.5 + micros as f64 / (DAY_SECONDS * MICROS) as f64)),
        }
    }
}

/// Days since 2000-01-01, and microseconds since midnight.
fn split(micros: i64) -> (i64, i64) {
    (micros.div_euclid(DAY_SECONDS * MICROS), micros.rem_euclid(DAY_SECONDS * MICROS))
}

/// The years that have four digits.
fn day(days: i64) -> Option<String> {
    let day = CivilDay::of(days);
    (0..=9999).contains(&day.year).then(|| format!("{:04}-{:02}-{:02}", day.year, day.month, day.day))
}

/// None where there are more digits than the form has.
fn clock(micros: i64, digits: SecondDigits) -> Option<String> {
    let seconds = micros / MICROS;
    let mut text = format!("{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60);
    let fraction = format!("{:06}", micros % MICROS);
    let digits = match digits {
        SecondDigits::Exactly(digits) => usize::from(digits),
        SecondDigits::Needed => fraction.trim_end_matches('0').len(),
    };
    let (shown, rest) = fraction.split_at_checked(digits)?;
    if rest.bytes().any(|digit| digit != b'0') {
        return None;
    }
    if !shown.is_empty() {
        write!(text, ".{shown}").ok()?;
    }
    Some(text)
}

fn by_pattern(micros: i64, rules: &TimeRules) -> Option<String> {
    let since_1970 = micros.checked_sub(UNIX_EPOCH * MICROS)?;
    rules.pattern.as_ref()?.write(DateTime::from_timestamp_micros(since_1970)?)
}
