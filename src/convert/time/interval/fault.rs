use std::fmt;

use crate::convert::settlement::Settlement;
use crate::convert::time::TimeFault;

/// Why a text is no interval, or more than one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum IntervalFault {
    NotAnInterval,
    /// A number that does not say what it counts.
    WithoutUnit,
    /// Two numbers with a colon: hours and minutes, or minutes and seconds.
    ShortClock,
    /// No sign behind a negative part: it has the same one for some programs, and none for others.
    UnclearSign,
    /// A fraction of something else than seconds: a day has not always 24 hours, a month not 30 days.
    FractionOfUnit,
    OutOfRange,
    /// A fault of its seconds.
    Time(TimeFault),
}

impl IntervalFault {
    /// Its name in JSON.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::NotAnInterval => "not-an-interval",
            Self::WithoutUnit => "interval-without-unit",
            Self::ShortClock => "short-clock",
            Self::UnclearSign => "unclear-sign",
            Self::FractionOfUnit => "fraction-of-unit",
            Self::OutOfRange => "out-of-range",
            Self::Time(fault) => fault.name(),
        }
    }

    /// What would settle it.
    pub(crate) fn settlement(&self) -> Settlement {
        match self {
            Self::WithoutUnit => Settlement::Rule("sqlite = \"<the column> || ' seconds'\"".to_owned()),
            Self::ShortClock => Settlement::Rule("sqlite = \"<the column> || ':00'\"".to_owned()),
            Self::Time(fault) => fault.settlement(),
            _ => Settlement::Mend(None),
        }
    }
}

impl fmt::Display for IntervalFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAnInterval => "not an interval, neither by ISO 8601 nor as PostgreSQL prints one",
            Self::WithoutUnit => "a number, and what an interval counts is not said",
            Self::ShortClock => "two numbers with a colon: hours and minutes, or minutes and seconds",
            Self::UnclearSign => "a part without a sign behind a negative one: PostgreSQL reads it in one way or the other by its IntervalStyle",
            Self::FractionOfUnit => "a fraction of another unit than seconds, which PostgreSQL would compute with days of 24 hours and months of 30 days",
            Self::OutOfRange => "out of the range of the type",
            Self::Time(fault) => return fault.fmt(f),
        })
    }
}
