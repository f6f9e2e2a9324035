use std::fmt;

use chrono_tz::Tz;

use super::epoch::Epoch;
use crate::convert::settlement::Settlement;

/// Why a value has no single meaning in its column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TimeFault {
    /// Nothing but spaces.
    Empty,
    NotATime,
    /// A time without a zone in a column that needs one.
    Naive,
    /// An hour that happens twice.
    Ambiguous {
        zone: Tz,
    },
    /// An hour that the zone leaves out.
    Missing {
        zone: Tz,
    },
    /// An old time of a zone whose history is disputed.
    DisputedZone {
        zone: Tz,
        year: i64,
    },
    /// A time for which the rules of the zone are not known.
    BeyondZone {
        zone: Tz,
    },
    NoSuchDay,
    NoSuchTime,
    NoSuchOffset,
    /// A second 60 with a fraction.
    LeapFraction,
    ZeroDate,
    YearZero,
    BeforeChrist,
    /// Outside what PostgreSQL stores.
    OutOfRange,
    /// A number that would be a time outside the years 1 to 9999.
    BeyondYears {
        epoch: Epoch,
        year: i64,
        likely: Option<Epoch>,
    },
    /// A word that a server would evaluate.
    Word(&'static str),
    /// ExtraDigits beyond the column's precision, counted up to twelve.
    TooManyDigits {
        digits: u8,
    },
    DecimalComma,
    CompactDate,
    /// A number without a rule, with its digits before the point and what it counts by its size.
    Number {
        digits: usize,
        likely: Option<Epoch>,
    },
    Abbreviation {
        name: String,
    },
    ZoneName {
        name: String,
    },
    LocaleForm,
    PatternMismatch,
    /// ISO 8601 and the rule `pattern` read different times.
    TwoReadings,
    TimeOfDayLost,
    DateLost,
    OffsetLost,
    /// An offset behind a time of day, which without a date has no instant.
    OffsetOfTime,
    /// A time of day without one, in a column that keeps it.
    OffsetMissing,
    /// A time of day in a column that needs a date.
    DateMissing,
    /// A date in a column of times.
    TimeMissing,
}

impl TimeFault {
    /// Its name in JSON.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::NotATime => "not-a-time",
            Self::Naive => "naive-time",
            Self::Ambiguous { .. } => "ambiguous-hour",
            Self::Missing { .. } => "missing-hour",
            Self::DisputedZone { .. } => "disputed-zone",
            Self::BeyondZone { .. } => "beyond-zone",
            Self::NoSuchDay => "no-such-day",
            Self::NoSuchTime => "no-such-time",
            Self::NoSuchOffset => "no-such-offset",
            Self::LeapFraction => "leap-fraction",
            Self::ZeroDate => "zero-date",
            Self::YearZero => "year-zero",
            Self::BeforeChrist => "before-christ",
            Self::OutOfRange => "time-out-of-range",
            Self::BeyondYears { .. } => "beyond-years",
            Self::Word(_) => "word",
            Self::TooManyDigits { .. } => "too-many-digits",
            Self::DecimalComma => "decimal-comma",
            Self::CompactDate => "compact-date",
            // Each unit is a finding of its own, since another rule settles it.
            Self::Number { likely: Some(Epoch::Seconds), .. } => "number-of-seconds",
            Self::Number { likely: Some(Epoch::Millis), .. } => "number-of-milliseconds",
            Self::Number { likely: Some(Epoch::Micros), .. } => "number-of-microseconds",
            Self::Number { likely: Some(Epoch::Nanos), .. } => "number-of-nanoseconds",
            Self::Number { likely: Some(Epoch::Julian), .. } => "julian-day",
            Self::Number { .. } => "number-as-time",
            Self::Abbreviation { .. } => "zone-abbreviation",
            Self::ZoneName { .. } => "zone-name",
            Self::LocaleForm => "local-form",
            Self::PatternMismatch => "pattern-mismatch",
            Self::TwoReadings => "two-readings",
            Self::TimeOfDayLost => "time-of-day-lost",
            Self::DateLost => "date-lost",
            Self::OffsetLost => "offset-lost",
            Self::OffsetOfTime => "offset-of-time",
            Self::OffsetMissing => "offset-missing",
            Self::DateMissing => "date-missing",
            Self::TimeMissing => "time-missing",
        }
    }

    /// What would settle it.
    pub(crate) fn settlement(&self) -> Settlement {
        let rule = |text: &str| Settlement::Rule(text.to_owned());
        let mend = |text: &str| Settlement::Mend(Some(text.to_owned()));
        match self {
            Self::Empty => rule("empty = \"null\""),
            Self::Naive | Self::OffsetLost => rule("zone = \"UTC\""),
            Self::Ambiguous { .. } => rule("fold = \"first\""),
            Self::ZeroDate => mend("zero_date = \"null\""),
            Self::TooManyDigits { .. } => rule("precision = \"round\""),
            Self::DecimalComma => rule("decimal = \",\""),
            Self::Number { likely, .. } | Self::BeyondYears { likely: likely @ Some(_), .. } => epoch(*likely),
            Self::CompactDate => rule("time_format = \"%Y%m%d\""),
            Self::LocaleForm => mend("time_format = \"%d/%m/%Y\""),
            Self::Abbreviation { .. } => {
                mend("time_format = \"%Y-%m-%d %H:%M:%S %z\", where the text has an offset too")
            }
            _ => Settlement::Mend(None),
        }
    }

    /// The wording of the faults that carry nothing.
    fn plain(&self) -> &'static str {
        match self {
            Self::Empty => "an empty text",
            Self::Naive => "a time without a zone in a column that needs one",
            Self::NoSuchDay => "a day that is not in the calendar",
            Self::NoSuchTime => "a time that is on no clock",
            Self::NoSuchOffset => "an offset from UTC of 16 hours or more, or with 60 minutes or more",
            Self::LeapFraction => "a fraction of a leap second, which PostgreSQL cannot store",
            Self::ZeroDate => "a zero date",
            Self::YearZero => "the year 0, which the calendar of PostgreSQL does not have",
            Self::BeforeChrist => "a time before the year 1",
            Self::OutOfRange => "a time outside the range of PostgreSQL",
            Self::DecimalComma => "a comma before the digits of the second",
            Self::CompactDate => "digits that are a date without hyphens, or a number",
            Self::LocaleForm => "a date or a time in a local form, which can be read in more than one way",
            Self::PatternMismatch => "a text that is neither ISO 8601 nor fits the pattern",
            Self::TwoReadings => "a text that is one time as ISO 8601 and another one by the pattern",
            Self::TimeOfDayLost => "a time of day that a date column would lose",
            Self::DateLost => "a date that a time column would lose",
            Self::OffsetLost => "an instant of UTC or of an offset in a column that keeps no zone",
            Self::OffsetOfTime => "an offset behind a time of day without a date",
            Self::OffsetMissing => {
                "a time of day without an offset, which the column keeps; a zone alone gives none without a date"
            }
            Self::DateMissing => "a time of day without a date",
            Self::TimeMissing => "a date without a time of day",
            _ => "not a date or a time",
        }
    }
}

impl fmt::Display for TimeFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ambiguous { zone } => write!(f, "an hour that happens twice in {zone}"),
            Self::Missing { zone } => write!(f, "an hour that does not exist in {zone}"),
            Self::DisputedZone { zone, year } => {
                write!(f, "a time before {year} in {zone}, whose offset then differs between time zone databases")
            }
            Self::BeyondZone { zone } => {
                write!(f, "a time after 2099 in {zone}, whose changes of the clock are not known then")
            }
            Self::BeyondYears { epoch, year, likely } => write_beyond(f, *epoch, *year, *likely),
            Self::Word(word) => write!(f, "the word `{word}`, which a server evaluates"),
            Self::TooManyDigits { digits } => {
                let plural = if *digits == 1 { "" } else { "s" };
                write!(f, "{digits} digit{plural} of the second, more than the column keeps")
            }
            Self::Number { digits, likely } => {
                let plural = if *digits == 1 { "" } else { "s" };
                write!(f, "a number of {digits} digit{plural}")?;
                match likely {
                    Some(likely) => write!(f, ", by its size {}", unit(*likely)),
                    None => Ok(()),
                }
            }
            Self::Abbreviation { name } => {
                write!(f, "the zone abbreviation `{name}`, which is used for more than one offset")
            }
            Self::ZoneName { name } => write!(f, "the name of a zone behind the time, `{name}`"),
            other => f.write_str(other.plain()),
        }
    }
}

/// The rule that says what a number counts.
fn epoch(likely: Option<Epoch>) -> Settlement {
    match likely {
        Some(Epoch::Seconds) => Settlement::Rule("time = \"unix\"".to_owned()),
        Some(Epoch::Millis) => Settlement::Rule("time = \"unix-ms\"".to_owned()),
        Some(Epoch::Micros) => Settlement::Rule("time = \"unix-us\"".to_owned()),
        Some(Epoch::Nanos) => Settlement::Rule("time = \"unix-ns\"".to_owned()),
        // It may as well be a number of something else.
        Some(Epoch::Julian) => Settlement::Mend(Some("time = \"julian\"".to_owned())),
        Some(Epoch::BySize) | None => Settlement::Mend(Some("time = \"unix\"".to_owned())),
    }
}

fn write_beyond(f: &mut fmt::Formatter<'_>, epoch: Epoch, year: i64, likely: Option<Epoch>) -> fmt::Result {
    write!(f, "as {} it would be the year ", unit(epoch))?;
    if year > 0 {
        write!(f, "{year}")?;
    } else {
        write!(f, "{} BC", 1 - year)?;
    }
    match likely {
        Some(likely) => write!(f, ": {}?", unit(likely)),
        None => Ok(()),
    }
}

fn unit(epoch: Epoch) -> &'static str {
    match epoch {
        Epoch::Seconds => "seconds",
        Epoch::Millis => "milliseconds",
        Epoch::Micros => "microseconds",
        Epoch::Nanos => "nanoseconds",
        Epoch::Julian => "a Julian day",
        Epoch::BySize => "a number",
    }
}

impl std::error::Error for TimeFault {}
