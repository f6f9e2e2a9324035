//! Between the wall clock of a zone and UTC, both in seconds from 2000-01-01.

use chrono::{DateTime, LocalResult, NaiveDateTime, Offset, TimeZone};
use chrono_tz::Tz;

use super::calendar::{CivilDay, DAY_SECONDS, UNIX_EPOCH};
use super::fault::TimeFault;
use super::rules::Fold;
use super::zone_history::{ALL_AGREED_SINCE, agreed_since};
use crate::convert::way::{Way, Ways};

/// The tables of chrono-tz end with this year. Behind it they repeat their last offset for ever, which is false where
/// clocks change in summer.
const LAST_YEAR: i64 = 2099;
const TABLES_END: i64 = year_start(LAST_YEAR + 1);

/// The instant of a wall clock.
pub(super) fn to_instant(wall: i64, zone: Tz, fold: Option<Fold>, ways: &mut Ways) -> Result<i64, TimeFault> {
    if zone == Tz::UTC {
        return Ok(wall);
    }
    if let Some(offset) = outside_tables(wall, zone)? {
        return Ok(wall - offset);
    }
    match zone.offset_from_local_datetime(&civil(wall)?) {
        LocalResult::Single(offset) => Ok(wall - seconds(offset)),
        LocalResult::None => Err(TimeFault::Missing { zone }),
        LocalResult::Ambiguous(first, second) => {
            let (early, late) = (wall - seconds(first), wall - seconds(second));
            *ways |= Ways::of(Way::Fold);
            match fold {
                Some(Fold::First) => Ok(early.min(late)),
                Some(Fold::Second) => Ok(early.max(late)),
                None => Err(TimeFault::Ambiguous { zone }),
            }
        }
    }
}

/// The wall clock of an instant. Two instants show the same wall clock in an hour that happens twice; the one that
/// the rule `fold` would not read back is a fault, because both would become one value.
pub(super) fn to_wall(instant: i64, zone: Tz, fold: Option<Fold>, ways: &mut Ways) -> Result<i64, TimeFault> {
    if zone == Tz::UTC {
        return Ok(instant);
    }
    if instant >= TABLES_END + DAY_SECONDS {
        return steady(zone).map(|offset| instant + offset).ok_or(TimeFault::BeyondZone { zone });
    }
    let wall = instant + seconds(zone.offset_from_utc_datetime(&civil(instant)?));
    if to_instant(wall, zone, fold, ways)? == instant { Ok(wall) } else { Err(TimeFault::Ambiguous { zone }) }
}

/// The offset of a wall clock behind the tables of chrono-tz, where the zone then has one for good. One before the
/// year from which all tz databases agree about the zone is a fault.
fn outside_tables(wall: i64, zone: Tz) -> Result<Option<i64>, TimeFault> {
    const AGREED: i64 = year_start(ALL_AGREED_SINCE);
    if wall >= TABLES_END {
        return steady(zone).map(Some).ok_or(TimeFault::BeyondZone { zone });
    }
    if wall < AGREED
        && let Some(year) = agreed_since(zone.name())
        && wall < year_start(year)
    {
        return Err(TimeFault::DisputedZone { zone, year });
    }
    Ok(None)
}

/// The offset of a zone that does not change its clocks in the last year of the tables.
fn steady(zone: Tz) -> Option<i64> {
    let offset_in = |month| {
        let time = CivilDay::new(LAST_YEAR, month, 1).number() * DAY_SECONDS;
        civil(time).ok().map(|time| seconds(zone.offset_from_utc_datetime(&time)))
    };
    let first = offset_in(1)?;
    (2..=12).all(|month| offset_in(month) == Some(first)).then_some(first)
}

const fn year_start(year: i64) -> i64 {
    CivilDay::new(year, 1, 1).number() * DAY_SECONDS
}

fn civil(time: i64) -> Result<NaiveDateTime, TimeFault> {
    DateTime::from_timestamp(time - UNIX_EPOCH, 0).map(|time| time.naive_utc()).ok_or(TimeFault::OutOfRange)
}

#[allow(clippy::needless_pass_by_value, reason = "the offsets of chrono-tz are made for one use")]
fn seconds(offset: impl Offset) -> i64 {
    i64::from(offset.fix().local_minus_utc())
}
