//! Numbers that count a time.

use super::calendar::{CivilDay, DAY_SECONDS, PICOS, UNIX_EPOCH};
use super::epoch::Epoch;
use super::fault::TimeFault;
use super::moment::Moment;
use super::place::{place_instant, place_time};
use super::rules::{ExtraDigits, TimeRules, TimeTarget};
use super::value::Timed;
use crate::convert::way::{Way, Ways};

/// How SQLite stores the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Storage {
    Text,
    Integer,
    Real,
}

/// A decimal number: `[+-]digits[.digits]`. There is no exponent because SQLite writes one only where it has
/// already dropped digits.
#[derive(Debug, Clone, Copy)]
pub(super) struct NumberText<'a> {
    text: &'a str,
    negative: bool,
    /// Without leading zeros.
    whole: &'a str,
    /// Without trailing zeros.
    fraction: &'a str,
    has_point: bool,
}

impl<'a> NumberText<'a> {
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let first = *text.as_bytes().first()?;
        let unsigned = if matches!(first, b'+' | b'-') { &text[1..] } else { text };
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(fraction) {
            return None;
        }
        Some(Self {
            text,
            negative: first == b'-',
            whole: whole.trim_start_matches('0'),
            fraction: fraction.trim_end_matches('0'),
            has_point: whole.len() != unsigned.len(),
        })
    }

    /// The number in units of which `10^exponent` are a second, from 2000-01-01 on with `zero` seconds for nothing.
    /// Nothing comes back of a number beyond thirty digits.
    fn moment(&self, exponent: u32, zero: i64) -> Option<Moment> {
        if self.whole.len() > 30 {
            return None;
        }
        let whole = if self.whole.is_empty() { 0 } else { self.whole.parse::<i128>().ok()? };
        let second = 10_i128.pow(exponent);
        let mut unit = PICOS / 10_u64.pow(exponent);
        let mut picos = u64::try_from(whole % second).ok()? * unit;
        let mut beyond = false;
        for byte in self.fraction.bytes() {
            unit /= 10;
            picos += u64::from(byte - b'0') * unit;
            beyond |= unit == 0 && byte != b'0';
        }
        picos |= u64::from(beyond);
        // A number this large is no time, so where it is cut off does not matter.
        let mut seconds = i64::try_from((whole / second).min(1 << 55)).ok()?;
        if self.negative {
            seconds = -seconds;
            if picos > 0 {
                seconds -= 1;
                picos = PICOS - picos;
            }
        }
        Some(Moment { seconds: seconds + zero, picos })
    }

    /// What the number counts if its size alone decides; see [`Epoch::BySize`].
    fn by_size(&self, storage: Storage) -> Option<Epoch> {
        match self.whole.len() {
            7 if self.is_julian(storage) => Some(Epoch::Julian),
            9 | 10 => Some(Epoch::Seconds),
            12 | 13 => Some(Epoch::Millis),
            15 | 16 => Some(Epoch::Micros),
            18 | 19 => Some(Epoch::Nanos),
            _ => None,
        }
    }

    fn is_julian(&self, storage: Storage) -> bool {
        let days = self.text.parse::<f64>().unwrap_or(0.0);
        (self.has_point || storage == Storage::Real) && !self.negative && JULIAN_YEARS.contains(&days)
    }

    /// Eight digits that are a day, or twelve or fourteen that are a day and a clock.
    fn is_compact(&self) -> bool {
        let plain = !self.negative && !self.has_point && self.text.len() == self.whole.len();
        plain && compact(self.whole)
    }
}

/// Whether digits are a date as YYYYMMDD, alone or with hhmm or hhmmss.
pub(super) fn compact(digits: &str) -> bool {
    let part = |from: usize, to: usize| digits.get(from..to).and_then(|part| part.parse::<u8>().ok());
    let (Some(year), Some(month), Some(day)) = (digits.get(..4), part(4, 6), part(6, 8)) else { return false };
    let Ok(year) = year.parse() else { return false };
    let clock = match digits.len() {
        8 => true,
        12 | 14 => part(8, 10) < Some(24) && part(10, 12) < Some(60) && part(12, 14) < Some(60),
        _ => false,
    };
    clock && (1..=9999).contains(&year) && CivilDay::new(year, month, day).exists()
}

pub(super) fn read(
    number: &NumberText<'_>,
    storage: Storage,
    target: TimeTarget,
    rules: &TimeRules,
) -> Result<Timed, TimeFault> {
    if matches!(target, TimeTarget::Timetz { .. }) {
        return Err(TimeFault::OffsetMissing);
    }
    let by_size = number.by_size(storage);
    let epoch = match rules.number {
        Some(Epoch::BySize) => by_size,
        rule => rule,
    };
    match epoch {
        None if number.is_compact() => Err(TimeFault::CompactDate),
        None => Err(TimeFault::Number { digits: number.whole.len().max(1), likely: by_size }),
        Some(epoch) => {
            let likely = by_size.filter(|likely| *likely != epoch);
            if epoch == Epoch::Julian {
                julian(number, likely, target, rules)
            } else {
                count(number, epoch, likely, target, rules)
            }
        }
    }
}

fn count(
    number: &NumberText<'_>,
    epoch: Epoch,
    likely: Option<Epoch>,
    target: TimeTarget,
    rules: &TimeRules,
) -> Result<Timed, TimeFault> {
    let exponent = match epoch {
        Epoch::Millis => 3,
        Epoch::Micros => 6,
        Epoch::Nanos => 9,
        _ => 0,
    };
    if matches!(target, TimeTarget::Time { .. }) {
        return count_of_day(number, exponent, target, rules);
    }
    let instant = number.moment(exponent, UNIX_EPOCH).ok_or(TimeFault::OutOfRange)?;
    let year = CivilDay::of(instant.seconds.div_euclid(DAY_SECONDS)).year;
    if !(1..=9999).contains(&year) {
        return Err(TimeFault::BeyondYears { epoch, year, likely });
    }
    place_instant(instant, target, rules, Ways::of(Way::Epoch))
}

/// A count in a column of times is one from midnight. A count of more than a day would lose its date.
fn count_of_day(
    number: &NumberText<'_>,
    exponent: u32,
    target: TimeTarget,
    rules: &TimeRules,
) -> Result<Timed, TimeFault> {
    let time = number.moment(exponent, 0).ok_or(TimeFault::DateLost)?;
    let mut ways = Ways::of(Way::Epoch);
    match (time.seconds, time.picos) {
        (DAY_SECONDS, 0) => ways |= Ways::of(Way::EndOfDay),
        (0..DAY_SECONDS, _) => {}
        _ => return Err(TimeFault::DateLost),
    }
    place_time(time, None, target, rules, ways)
}

/// The Julian days of the years 1 to 9999.
const JULIAN_YEARS: std::ops::Range<f64> = 1_721_425.5..5_373_484.5;
/// 2000-01-01 in days of the Julian count.
const JULIAN_DAY_2000: f64 = 2_451_544.5;
/// 2000-01-01 in milliseconds of the Julian count, whose days begin at noon.
const JULIAN_MILLIS_2000: i64 = 211_813_444_800_000;
const DAY_MILLIS: f64 = 86_400_000.0;

/// The decimals that SQLite writes of a Julian day as text.
const JULIAN_DECIMALS: usize = 8;

/// A Julian day means the millisecond that SQLite's own functions show for it. SQLite computes with whole
/// milliseconds and a double near today tells apart 40 microseconds, so every number of `julianday()` comes back
/// exactly. Up to eight decimals, which is how SQLite writes it as text, tell apart 0.9 milliseconds and mean the
/// nearest one too. A longer number between two milliseconds was not made by SQLite, and has too many digits.
fn julian(
    number: &NumberText<'_>,
    likely: Option<Epoch>,
    target: TimeTarget,
    rules: &TimeRules,
) -> Result<Timed, TimeFault> {
    let days: f64 = number.text.parse().map_err(|_| TimeFault::NotATime)?;
    if !JULIAN_YEARS.contains(&days) {
        #[allow(clippy::cast_possible_truncation, reason = "the clamp bounds it")]
        let day = (days - JULIAN_DAY_2000).floor().clamp(-1e15, 1e15) as i64;
        return Err(TimeFault::BeyondYears { epoch: Epoch::Julian, year: CivilDay::of(day).year, likely });
    }
    let mut ways = Ways::of(Way::Epoch);
    // This is the arithmetic of SQLite, step by step, because its rounding decides the millisecond.
    #[allow(clippy::cast_possible_truncation, reason = "the range of the days bounds it")]
    let mut millis = (days * DAY_MILLIS + 0.5) as i64;
    #[allow(clippy::cast_precision_loss, reason = "milliseconds of ten thousand years fit into 53 bits")]
    let written = millis as f64 / DAY_MILLIS;
    #[allow(clippy::float_cmp, reason = "only the very same double is the millisecond's own")]
    let exact = written == days || number.fraction.len() <= JULIAN_DECIMALS;
    match rules.precision {
        _ if exact => {}
        None => return Err(TimeFault::TooManyDigits { digits: 4 }),
        Some(ExtraDigits::Round) => ways |= Ways::of(Way::Precision),
        Some(ExtraDigits::Truncate) => {
            ways |= Ways::of(Way::Precision);
            millis -= i64::from(written > days);
        }
    }
    let millis = millis - JULIAN_MILLIS_2000;
    let picos = millis.rem_euclid(1_000).unsigned_abs() * 1_000_000_000;
    place_instant(Moment { seconds: millis.div_euclid(1_000), picos }, target, rules, ways)
}
