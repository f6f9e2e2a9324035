//! The words of JSON, and those that some of its writers use for what it has no number for.

use super::rules::JsonKind;

/// What a word means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// A value, with how JSON writes it.
    Value(&'static str, JsonKind),
    NoNumber(NoNumber),
}

/// What floating-point arithmetic has beside numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoNumber {
    Undefined,
    Infinite,
    MinusInfinite,
}

impl NoNumber {
    /// The word that JSON's writers have for it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Undefined => "NaN",
            Self::Infinite => "Infinity",
            Self::MinusInfinite => "-Infinity",
        }
    }
}

pub(crate) const NULL: Meaning = Meaning::Value("null", JsonKind::Null);
pub(crate) const TRUE: Meaning = Meaning::Value("true", JsonKind::Bool);
pub(crate) const FALSE: Meaning = Meaning::Value("false", JsonKind::Bool);

pub(crate) const JSON: [(&str, Meaning); 6] = [
    ("null", NULL),
    ("true", TRUE),
    ("false", FALSE),
    ("NaN", Meaning::NoNumber(NoNumber::Undefined)),
    ("Infinity", Meaning::NoNumber(NoNumber::Infinite)),
    ("-Infinity", Meaning::NoNumber(NoNumber::MinusInfinite)),
];

pub(crate) const PYTHON: [(&str, Meaning); 6] = [
    ("None", NULL),
    ("True", TRUE),
    ("False", FALSE),
    ("nan", Meaning::NoNumber(NoNumber::Undefined)),
    ("inf", Meaning::NoNumber(NoNumber::Infinite)),
    ("-inf", Meaning::NoNumber(NoNumber::MinusInfinite)),
];

pub(crate) const JSON5: [(&str, Meaning); 9] = [
    ("null", NULL),
    ("true", TRUE),
    ("false", FALSE),
    ("NaN", Meaning::NoNumber(NoNumber::Undefined)),
    ("+NaN", Meaning::NoNumber(NoNumber::Undefined)),
    ("-NaN", Meaning::NoNumber(NoNumber::Undefined)),
    ("Infinity", Meaning::NoNumber(NoNumber::Infinite)),
    ("+Infinity", Meaning::NoNumber(NoNumber::Infinite)),
    ("-Infinity", Meaning::NoNumber(NoNumber::MinusInfinite)),
];
