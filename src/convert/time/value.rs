use std::fmt::Write as _;

use super::calendar::{CivilDay, DAY_SECONDS};
use super::rules::TimeTarget;
use crate::convert::way::Ways;

/// A value as PostgreSQL stores it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum TimeValue {
    /// Microseconds from 2000-01-01 00:00:00, of UTC for timestamptz and of the wall clock for timestamp.
    Timestamp(i64),
    /// Days from 2000-01-01.
    Date(i32),
    /// Microseconds from midnight. 24:00:00 is one of them, as in PostgreSQL.
    Time(i64),
    /// The same, and seconds east of UTC.
    ZonedTime {
        micros: i64,
        east: i32,
    },
    Null,
}

/// A converted value and what was needed to convert it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Timed {
    pub(crate) value: TimeValue,
    pub(crate) ways: Ways,
}

impl Timed {
    pub(super) fn with(mut self, ways: Ways) -> Self {
        self.ways |= ways;
        self
    }
}

/// The canonical text of a value: to the byte what PostgreSQL prints for it in a session with `TimeZone` UTC and
/// `DateStyle` ISO, so that a checksum over it can be computed on both sides. Null is the word NULL.
pub(crate) fn show(value: TimeValue, target: TimeTarget) -> String {
    let mut text = String::with_capacity(32);
    // Writing into a String does not fail, so the results carry nothing.
    let _ = match value {
        TimeValue::Timestamp(micros) => {
            let zone = if matches!(target, TimeTarget::Timestamptz { .. }) { "+00" } else { "" };
            write_timestamp(&mut text, micros, zone)
        }
        TimeValue::Date(days) => {
            let day = CivilDay::of(i64::from(days));
            write_day(&mut text, day).and_then(|()| write_era(&mut text, day))
        }
        TimeValue::Time(micros) => write_clock(&mut text, micros),
        TimeValue::ZonedTime { micros, east } => {
            write_clock(&mut text, micros).and_then(|()| write_offset(&mut text, east))
        }
        TimeValue::Null => text.write_str("NULL"),
    };
    text
}

fn write_timestamp(text: &mut String, micros: i64, zone: &str) -> std::fmt::Result {
    const DAY_MICROS: i64 = DAY_SECONDS * 1_000_000;
    let day = CivilDay::of(micros.div_euclid(DAY_MICROS));
    write_day(text, day)?;
    text.push(' ');
    write_clock(text, micros.rem_euclid(DAY_MICROS))?;
    text.push_str(zone);
    write_era(text, day)
}

fn write_day(text: &mut String, day: CivilDay) -> std::fmt::Result {
    let year = if day.year > 0 { day.year } else { 1 - day.year };
    write!(text, "{year:04}-{:02}-{:02}", day.month, day.day)
}

/// Hours, and minutes and seconds where there are some.
fn write_offset(text: &mut String, east: i32) -> std::fmt::Result {
    let distance = east.unsigned_abs();
    let (hours, minutes, seconds) = (distance / 3_600, distance / 60 % 60, distance % 60);
    write!(text, "{}{hours:02}", if east < 0 { '-' } else { '+' })?;
    match (minutes, seconds) {
        (0, 0) => Ok(()),
        (_, 0) => write!(text, ":{minutes:02}"),
        _ => write!(text, ":{minutes:02}:{seconds:02}"),
    }
}

fn write_era(text: &mut String, day: CivilDay) -> std::fmt::Result {
    if day.year > 0 { Ok(()) } else { text.write_str(" BC") }
}

fn write_clock(text: &mut String, micros: i64) -> std::fmt::Result {
    let seconds = micros.div_euclid(1_000_000);
    write!(text, "{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)?;
    let fraction = micros.rem_euclid(1_000_000);
    if fraction != 0 {
        write!(text, ".{fraction:06}")?;
        text.truncate(text.trim_end_matches('0').len());
    }
    Ok(())
}
