//! Values that hurt, as literals of SQL.

use super::dice::Dice;

/// What a column is for; the affinity may be another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Integer,
    Real,
    Text,
    Numeric,
    Blob,
    Any,
}

const INTEGERS: &[&str] = &["0", "1", "2", "3", "7", "-1", "9007199254740993", "9223372036854775807", "'00123'", "1.0"];
const REALS: &[&str] = &["0.5", "1.25", "3.0", "1e999", "-1e999", "9007199254740993.0", "1e-7", "2"];
const TEXTS: &[&str] = &[
    "'a'",
    "'b'",
    "'A'",
    "'a '",
    "' '",
    "''",
    "'00123'",
    "'1'",
    "'1.0'",
    "'1e3'",
    "'Ünï'",
    "'x''y'",
    "CAST(x'ff' AS TEXT)",
    "CAST(x'610062' AS TEXT)",
    "'null'",
];
const NUMBERS: &[&str] = &["1", "1.0", "'1'", "'12.50'", "'0x1f'", "'abc'", "9007199254740993", "'9007199254740993.0'"];
const BLOBS: &[&str] = &["x''", "x'00ff'", "x'6162'", "zeroblob(2)", "x'ff'"];
const KEYS: &[&str] = &["'a'", "'b'", "'c'", "'d'", "'e'", "'A'", "'00123'", "'123'", "''", "'a '"];

impl Kind {
    pub(super) const ALL: &'static [Self] =
        &[Self::Integer, Self::Integer, Self::Text, Self::Text, Self::Real, Self::Numeric, Self::Blob, Self::Any];

    fn literals(self) -> &'static [&'static str] {
        match self {
            Self::Integer => INTEGERS,
            Self::Real => REALS,
            Self::Text | Self::Any => TEXTS,
            Self::Numeric => NUMBERS,
            Self::Blob => BLOBS,
        }
    }

    /// The declared type of a column, as STRICT tables take it or as people write it.
    pub(super) fn declared(self, is_strict: bool, dice: &mut Dice) -> &'static str {
        let names: &[&'static str] = match self {
            Self::Integer => &["INTEGER", "INT", "bigint"],
            Self::Real => &["REAL", "double precision"],
            Self::Text => &["TEXT", "varchar(20)"],
            Self::Numeric => &["NUMERIC", "decimal(10,2)", "boolean", "datetime"],
            Self::Blob => &["BLOB"],
            Self::Any => &["", "ANY"],
        };
        match (is_strict, self) {
            (true, Self::Numeric | Self::Any) => "ANY",
            (true, _) => names[0],
            (false, _) => names[dice.below(names.len())],
        }
    }

    /// A value, at times one of another kind.
    pub(super) fn literal(self, dice: &mut Dice) -> String {
        let kind = if self == Self::Any || dice.percent(8) { *dice.pick(Self::ALL) } else { self };
        (*dice.pick(kind.literals())).to_owned()
    }

    /// A value for a key: few of them, so that they meet.
    pub(super) fn key(self, dice: &mut Dice) -> String {
        match self {
            Self::Text | Self::Any => (*dice.pick(KEYS)).to_owned(),
            Self::Blob => (*dice.pick(BLOBS)).to_owned(),
            Self::Integer | Self::Real | Self::Numeric if dice.percent(4) => "9007199254740993".to_owned(),
            Self::Integer | Self::Real | Self::Numeric => (1 + dice.below(12)).to_string(),
        }
    }
}
