use super::calendar::PICOS;
use super::calendar::{DAY_SECONDS, FIRST_DAY, TIMESTAMP_END};
use super::fault::TimeFault;
use super::rules::{ExtraDigits, TimeRules};
use crate::convert::way::{Way, Ways};

const MICRO: u64 = PICOS / 1_000_000;

/// One unit of each column precision, in picoseconds.
const UNITS: [u64; 7] = [PICOS, PICOS / 10, PICOS / 100, PICOS / 1_000, PICOS / 10_000, PICOS / 100_000, MICRO];

/// Seconds from 2000-01-01 (or from midnight) and the part of a second behind them, which is never negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) seconds: i64,
    /// ExtraDigits beyond the twelfth set the last bit. They then still count as more than nothing, and never as
    /// exactly a half, because halves are even.
    pub(super) picos: u64,
}

impl Moment {
    /// Microseconds with the digits that a column keeps.
    pub(super) fn fit(self, precision: u8, rules: &TimeRules, ways: &mut Ways) -> Result<i64, TimeFault> {
        let mut picos = self.picos;
        if picos != 0 {
            let unit = UNITS[usize::from(precision.min(6))];
            // A division by a constant is many times as fast, and most columns keep six digits.
            let extra = if precision >= 6 { picos % MICRO } else { picos % unit };
            if extra != 0 {
                picos -= extra;
                picos += self.settle(extra, unit, rules.precision, ways)?;
            }
        }
        let micros = i64::try_from(picos / MICRO).map_err(|_| TimeFault::OutOfRange)?;
        self.seconds.checked_mul(1_000_000).and_then(|seconds| seconds.checked_add(micros)).ok_or(TimeFault::OutOfRange)
    }

    /// What is added for the digits that a column does not keep: nothing, or one unit.
    fn settle(self, extra: u64, unit: u64, rule: Option<ExtraDigits>, ways: &mut Ways) -> Result<u64, TimeFault> {
        match rule {
            None => Err(TimeFault::TooManyDigits { digits: self.digits() }),
            Some(ExtraDigits::Truncate) => {
                *ways |= Ways::of(Way::Precision);
                Ok(0)
            }
            Some(ExtraDigits::Round) => {
                *ways |= Ways::of(Way::Precision);
                let up = extra * 2 > unit || (extra * 2 == unit && self.seconds >= 0);
                Ok(if up { unit } else { 0 })
            }
        }
    }

    /// The digits of the second that are written, up to twelve.
    fn digits(self) -> u8 {
        let mut picos = self.picos;
        let mut digits = 12;
        while digits > 0 && picos.is_multiple_of(10) {
            picos /= 10;
            digits -= 1;
        }
        digits
    }

    /// Microseconds from 2000-01-01 of a timestamp, within the range of PostgreSQL.
    pub(super) fn fit_timestamp(self, precision: u8, rules: &TimeRules, ways: &mut Ways) -> Result<i64, TimeFault> {
        const RANGE: std::ops::Range<i64> =
            FIRST_DAY * DAY_SECONDS * 1_000_000..TIMESTAMP_END * DAY_SECONDS * 1_000_000;
        let micros = self.fit(precision, rules, ways)?;
        if RANGE.contains(&micros) { Ok(micros) } else { Err(TimeFault::OutOfRange) }
    }
}
