//! Puts the parts of a text into a column: what the parts mean together, and what the column would lose of it.

use super::calendar::{CivilDay, DATE_END, DAY_SECONDS, FIRST_DAY};
use super::fault::TimeFault;
use super::moment::Moment;
use super::rules::{TimeRules, TimeTarget};
use super::scan::{Clock, Scanned};
use super::value::{TimeValue, Timed};
use super::zone;
use crate::convert::way::{Way, Ways};

/// Offsets from UTC end below 16 hours, in PostgreSQL as well.
const OFFSET_END: i64 = 16 * 3_600;

pub(super) fn place(scanned: &Scanned, target: TimeTarget, rules: &TimeRules) -> Result<Timed, TimeFault> {
    let mut ways = scanned.ways;
    if ways.has_all(Ways::of(Way::DecimalComma)) && !rules.decimal_comma {
        return Err(TimeFault::DecimalComma);
    }
    if scanned.offset.is_some_and(|offset| offset.checked_abs().is_none_or(|offset| offset >= OFFSET_END)) {
        return Err(TimeFault::NoSuchOffset);
    }
    if is_zero(scanned) {
        return zero(ways, rules);
    }
    let day = scanned.day.map(check_day).transpose()?;
    let time = scanned.clock.map(|clock| check_clock(clock, &mut ways)).transpose()?;
    match (day, time) {
        (Some(day), None) => place_day(day, target, rules, ways),
        (Some(day), Some(time)) => {
            let wall = Moment { seconds: day.number() * DAY_SECONDS + time.seconds, picos: time.picos };
            match scanned.offset {
                None => place_wall(wall, target, rules, ways),
                Some(offset) => {
                    if offset != 0 {
                        ways |= Ways::of(Way::Offset);
                    }
                    place_instant(Moment { seconds: wall.seconds - offset, ..wall }, target, rules, ways)
                }
            }
        }
        (None, Some(time)) => place_time(time, scanned.offset, target, rules, ways),
        (None, None) => Err(TimeFault::NotATime),
    }
}

/// 0000-00-00, alone or at midnight.
fn is_zero(scanned: &Scanned) -> bool {
    scanned.day == Some(CivilDay::new(0, 0, 0))
        && scanned.clock.is_none_or(|clock| clock == Clock { hour: 0, minute: 0, second: 0, picos: 0 })
}

fn zero(mut ways: Ways, rules: &TimeRules) -> Result<Timed, TimeFault> {
    if !rules.zero_date {
        return Err(TimeFault::ZeroDate);
    }
    ways |= Ways::of(Way::ZeroDate);
    Ok(Timed { value: TimeValue::Null, ways })
}

fn check_day(day: CivilDay) -> Result<CivilDay, TimeFault> {
    match day.year {
        ..0 => Err(TimeFault::BeforeChrist),
        0 => Err(TimeFault::YearZero),
        _ if day.exists() => Ok(day),
        _ => Err(TimeFault::NoSuchDay),
    }
}

/// Seconds from midnight. A second 60 is the next minute, as PostgreSQL has it; with a fraction it is a fault,
/// because PostgreSQL takes such a fraction in some minutes and refuses it in the last one of a day.
fn check_clock(clock: Clock, ways: &mut Ways) -> Result<Moment, TimeFault> {
    let seconds = i64::from(clock.hour) * 3_600 + i64::from(clock.minute) * 60 + i64::from(clock.second);
    match clock {
        Clock { hour: 24, minute: 0, second: 0, picos: 0 } => *ways |= Ways::of(Way::EndOfDay),
        Clock { hour: 24.., .. } | Clock { minute: 60.., .. } | Clock { second: 61.., .. } => {
            return Err(TimeFault::NoSuchTime);
        }
        Clock { second: 60, picos: 0, .. } => *ways |= Ways::of(Way::LeapSecond),
        Clock { second: 60, .. } => return Err(TimeFault::LeapFraction),
        _ => {}
    }
    Ok(Moment { seconds, picos: clock.picos })
}

fn place_day(day: CivilDay, target: TimeTarget, rules: &TimeRules, mut ways: Ways) -> Result<Timed, TimeFault> {
    if target == TimeTarget::Date {
        return date(day.number(), ways);
    }
    ways |= Ways::of(Way::DateOnly);
    place_wall(Moment { seconds: day.number() * DAY_SECONDS, picos: 0 }, target, rules, ways)
}

/// A date and a time that name no zone.
fn place_wall(wall: Moment, target: TimeTarget, rules: &TimeRules, mut ways: Ways) -> Result<Timed, TimeFault> {
    match target {
        TimeTarget::Timestamptz { .. } => {
            let zone = rules.zone.ok_or(TimeFault::Naive)?;
            ways |= Ways::of(Way::Zone);
            let seconds = zone::to_instant(wall.seconds, zone, rules.fold, &mut ways)?;
            timestamp(Moment { seconds, ..wall }, target, rules, ways)
        }
        TimeTarget::Timestamp { .. } => timestamp(wall, target, rules, ways),
        TimeTarget::Date => midnight(wall, ways),
        TimeTarget::Time { .. } | TimeTarget::Timetz { .. } if ways.has_all(Ways::of(Way::DateOnly)) => {
            Err(TimeFault::TimeMissing)
        }
        TimeTarget::Time { .. } | TimeTarget::Timetz { .. } => Err(TimeFault::DateLost),
    }
}

/// An instant of UTC. A column without a zone takes its wall clock in the zone of the rules, because PostgreSQL
/// would drop the offset and keep the clock of whoever wrote the value.
pub(super) fn place_instant(
    instant: Moment,
    target: TimeTarget,
    rules: &TimeRules,
    mut ways: Ways,
) -> Result<Timed, TimeFault> {
    match target {
        TimeTarget::Timestamptz { .. } => timestamp(instant, target, rules, ways),
        TimeTarget::Time { .. } | TimeTarget::Timetz { .. } => Err(TimeFault::DateLost),
        TimeTarget::Timestamp { .. } | TimeTarget::Date => {
            let zone = rules.zone.ok_or(TimeFault::OffsetLost)?;
            ways |= Ways::of(Way::Zone);
            let seconds = zone::to_wall(instant.seconds, zone, rules.fold, &mut ways)?;
            place_wall(Moment { seconds, ..instant }, target, rules, ways)
        }
    }
}

/// A time without a date.
pub(super) fn place_time(
    time: Moment,
    offset: Option<i64>,
    target: TimeTarget,
    rules: &TimeRules,
    mut ways: Ways,
) -> Result<Timed, TimeFault> {
    let value = match (target, offset) {
        (TimeTarget::Time { precision }, None) => TimeValue::Time(time.fit(precision, rules, &mut ways)?),
        (TimeTarget::Time { .. }, Some(_)) => return Err(TimeFault::OffsetOfTime),
        (TimeTarget::Timetz { precision }, Some(offset)) => {
            let east = i32::try_from(offset).map_err(|_| TimeFault::NoSuchOffset)?;
            TimeValue::ZonedTime { micros: time.fit(precision, rules, &mut ways)?, east }
        }
        (TimeTarget::Timetz { .. }, None) => return Err(TimeFault::OffsetMissing),
        _ => return Err(TimeFault::DateMissing),
    };
    // 24:00:00 is a time of its own there, and stays.
    Ok(Timed { value, ways: ways.without(Way::EndOfDay) })
}

fn timestamp(moment: Moment, target: TimeTarget, rules: &TimeRules, mut ways: Ways) -> Result<Timed, TimeFault> {
    let value = TimeValue::Timestamp(moment.fit_timestamp(target.precision(), rules, &mut ways)?);
    Ok(Timed { value, ways })
}

/// A date column takes a midnight. It does not take 24:00:00 because PostgreSQL would store the day before it.
fn midnight(wall: Moment, mut ways: Ways) -> Result<Timed, TimeFault> {
    let whole = wall.seconds.rem_euclid(DAY_SECONDS) == 0 && wall.picos == 0;
    if !whole || ways.has_all(Ways::of(Way::EndOfDay)) || ways.has_all(Ways::of(Way::LeapSecond)) {
        return Err(TimeFault::TimeOfDayLost);
    }
    ways |= Ways::of(Way::Midnight);
    date(wall.seconds.div_euclid(DAY_SECONDS), ways)
}

fn date(number: i64, ways: Ways) -> Result<Timed, TimeFault> {
    let days = i32::try_from(number).map_err(|_| TimeFault::OutOfRange)?;
    if !(FIRST_DAY..DATE_END).contains(&number) {
        return Err(TimeFault::OutOfRange);
    }
    Ok(Timed { value: TimeValue::Date(days), ways })
}
