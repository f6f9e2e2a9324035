use chrono_tz::Tz;

use super::epoch::Epoch;
use super::pattern::TimePattern;

/// The column of PostgreSQL that takes the value. A precision above 6 counts as 6.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TimeTarget {
    Timestamptz {
        precision: u8,
    },
    Timestamp {
        precision: u8,
    },
    Date,
    Time {
        precision: u8,
    },
    /// A time of day with its offset.
    Timetz {
        precision: u8,
    },
}

/// What the user says about values that have no single meaning by themselves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct TimeRules {
    /// The zone of a time that names none, and the wall clock of an instant in a column without a zone. CET, EET,
    /// MET and WET are zones with summer time here, while PostgreSQL prefers the abbreviations of that name.
    pub(crate) zone: Option<Tz>,
    /// Which one is meant of an hour that happens twice.
    pub(crate) fold: Option<Fold>,
    /// What a number, or a text that is a decimal number, counts.
    pub(crate) number: Option<Epoch>,
    /// The form of texts that are no ISO 8601.
    pub(crate) pattern: Option<TimePattern>,
    /// A comma may stand before the digits of the second: 09:15:30,123.
    pub(crate) decimal_comma: bool,
    /// What happens to digits beyond the column's precision.
    pub(crate) precision: Option<ExtraDigits>,
    /// 0000-00-00 becomes NULL.
    pub(crate) zero_date: bool,
    /// Digits of the second that SQLite's column keeps of a value of PostgreSQL: none where it keeps all of them.
    pub(crate) back_digits: Option<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fold {
    First,
    Second,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExtraDigits {
    /// To the nearest; an exact half goes away from 2000-01-01, because that is how PostgreSQL rounds to the
    /// precision of a column.
    Round,
    /// The digits are left out, so the value is never later than what was written.
    Truncate,
}

impl TimeTarget {
    pub(super) fn precision(self) -> u8 {
        match self {
            Self::Timestamptz { precision }
            | Self::Timestamp { precision }
            | Self::Time { precision }
            | Self::Timetz { precision } => precision.min(6),
            Self::Date => 6,
        }
    }
}
