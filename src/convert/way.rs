//! By which way a value became another one.

use std::fmt;
use std::ops::BitOrAssign;

macro_rules! ways {
    ($($(#[$doc:meta])* $Way:ident $by:ident $name:literal,)+) => {
        /// A step that made another form of a value.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum Way {
            $($(#[$doc])* $Way,)+
        }

        impl Way {
            pub(crate) const ALL: &[Self] = &[$(Self::$Way,)+];

            /// The name under which reports count it.
            pub(crate) fn name(self) -> &'static str {
                match self {
                    $(Self::$Way => $name,)+
                }
            }

            /// Whether a rule asked for it. Otherwise no information is lost by it.
            pub(crate) fn is_rule(self) -> bool {
                match self {
                    $(Self::$Way => ways!(@ $by),)+
                }
            }
        }
    };
    (@ exact) => { false };
    (@ rule) => { true };
}

ways! {
    /// A whole number that was stored as a real: 12.0.
    WholeReal exact "whole real",
    IntegerToReal exact "integer to real",
    RealToNumeric exact "real to numeric",
    IntegerToNumeric exact "integer to numeric",
    TextToNumber exact "text to number",
    NumberToText exact "integer to text",
    NumberToJson exact "number to JSON",
    NumberToBoolean exact "0/1 to boolean",
    WordToBoolean exact "word to boolean",
    UuidCase exact "UUID in upper case",
    UuidHyphens exact "UUID without hyphens",
    UuidBraces exact "UUID in braces",
    Offset exact "time of another offset",
    OffsetWithoutColon exact "offset without colon",
    EndOfDay exact "24:00 as the next day",
    LeapSecond exact "leap second",
    DateOnly exact "date as midnight",
    Midnight exact "midnight as a date",
    Spaces exact "blanks around a time",
    JsonToArray exact "JSON to array",
    NumberToBit exact "0/1 to bit",
    OtherForm exact "another form of the value",

    Sqlite rule "sqlite",
    Fill rule "fill",
    Blob rule "blob",
    Text rule "text",
    InvalidUtf8 rule "invalid_utf8",
    Nul rule "nul",
    ByteOrderMark rule "bom",
    Trim rule "trim",
    Lower rule "lower",
    Upper rule "upper",
    SnakeCase rule "snake_case",
    StripPrefix rule "strip_prefix",
    Slashes rule "slashes",
    Values rule "values",
    Empty rule "empty",
    NullWords rule "null_words",
    Null rule "null",
    TooLong rule "too_long",
    Strip rule "strip",
    DecimalComma rule "decimal",
    Multiply rule "multiply",
    Round rule "round",
    LeadingZeros rule "leading_zeros",
    Infinite rule "infinite",
    RealToText rule "real",
    Zone rule "zone",
    Fold rule "fold",
    Epoch rule "time",
    TimeFormat rule "time_format",
    Precision rule "precision",
    ZeroDate rule "zero_date",
    Uuid rule "uuid",
    Uuid5 rule "uuid5",
    Json rule "json",
    JsonNan rule "json_nan",
    JsonNull rule "json_null",
    JsonDuplicates rule "json_duplicates",
    JsonNul rule "json_nul",
    JsonSurrogates rule "json_surrogates",
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The ways that one value took. None: it is the same.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ways(u64);

impl Ways {
    pub(crate) const NONE: Self = Self(0);

    pub(crate) const fn of(way: Way) -> Self {
        Self(1 << (way as u8))
    }

    pub(crate) fn add(&mut self, way: Way) {
        self.0 |= 1 << (way as u8);
    }

    pub(crate) fn without(self, way: Way) -> Self {
        Self(self.0 & !(1 << (way as u8)))
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(crate) fn has(self, way: Way) -> bool {
        self.0 & 1 << (way as u8) != 0
    }

    pub(crate) fn has_all(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    pub(crate) fn join(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether a rule was needed.
    pub(crate) fn has_rule(self) -> bool {
        self.iter().any(Way::is_rule)
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = Way> {
        Way::ALL.iter().copied().filter(move |way| self.has(*way))
    }
}

impl BitOrAssign for Ways {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

impl From<Way> for Ways {
    fn from(way: Way) -> Self {
        let mut ways = Self::NONE;
        ways.add(way);
        ways
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_has_a_bit_and_a_name_of_its_own() {
        assert!(Way::ALL.len() <= 64);
        let names: std::collections::BTreeSet<_> = Way::ALL.iter().map(|way| way.name()).collect();
        assert_eq!(names.len(), Way::ALL.len());
        let mut ways = Ways::from(Way::Trim);
        ways.add(Way::UuidCase);
        assert_eq!(ways.iter().collect::<Vec<_>>(), [Way::UuidCase, Way::Trim]);
        assert!(ways.has_rule() && !Ways::from(Way::UuidCase).has_rule() && Ways::NONE.is_empty());
    }
}
