//! The type of a column of PostgreSQL, as far as a value has to fit it.

use std::fmt;

use super::time::TimeTarget;

/// The type of a column. A domain counts as the type beneath it: what its CHECK says, the server judges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TargetType {
    SmallInt,
    Integer,
    BigInt,
    Numeric(Option<NumericLimit>),
    Real,
    Double,
    Boolean,
    Text,
    /// varchar, or varchar(n): characters at most.
    Varchar(Option<u32>),
    /// char(n), which is filled with blanks.
    Char(u32),
    Bytea,
    Uuid,
    Timestamptz(u8),
    Timestamp(u8),
    Date,
    Time(u8),
    Json,
    Jsonb,
    Enum {
        name: String,
        labels: Vec<String>,
        /// Its number on the server.
        oid: u32,
    },
    Array(Box<TargetType>),
    /// A type that nobody here knows how to send: its name.
    Other(String),
}

/// numeric(precision, scale). From PostgreSQL 15 on the scale may be negative, and larger than the precision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NumericLimit {
    pub(crate) precision: i32,
    pub(crate) scale: i32,
}

impl TargetType {
    /// Reads a type as `format_type` writes it. `user_type` knows the types of the database: domains and enums by their names.
    pub(crate) fn parse(text: &str, user_type: &dyn Fn(&str) -> Option<Self>) -> Self {
        if let Some(element) = text.strip_suffix("[]") {
            return match Self::parse(element, user_type) {
                Self::Other(_) => Self::Other(text.to_owned()),
                element => Self::Array(Box::new(element)),
            };
        }
        let (name, limits) = limits(text);
        let precision = || limits.first().map_or(6, |given| u8::try_from(*given).unwrap_or(6).min(6));
        let length = || limits.first().and_then(|given| u32::try_from(*given).ok());
        match name.as_str() {
            "smallint" => Self::SmallInt,
            "integer" => Self::Integer,
            "bigint" => Self::BigInt,
            "real" => Self::Real,
            "double precision" => Self::Double,
            "boolean" => Self::Boolean,
            "text" => Self::Text,
            "bytea" => Self::Bytea,
            "uuid" => Self::Uuid,
            "date" => Self::Date,
            "json" => Self::Json,
            "jsonb" => Self::Jsonb,
            "numeric" => {
                Self::Numeric(limits.first().map(|precision| NumericLimit {
                    precision: *precision,
                    scale: limits.get(1).copied().unwrap_or(0),
                }))
            }
            "character varying" => Self::Varchar(length()),
            // `char` with quotes is another type, of one byte: format_type writes it so.
            "character" => Self::Char(length().unwrap_or(1)),
            "timestamp with time zone" => Self::Timestamptz(precision()),
            "timestamp without time zone" => Self::Timestamp(precision()),
            "time without time zone" => Self::Time(precision()),
            _ => user_type(text).unwrap_or_else(|| Self::Other(text.to_owned())),
        }
    }

    /// The type as one of dates and times.
    pub(crate) fn time(&self) -> Option<TimeTarget> {
        match *self {
            Self::Timestamptz(precision) => Some(TimeTarget::Timestamptz { precision }),
            Self::Timestamp(precision) => Some(TimeTarget::Timestamp { precision }),
            Self::Date => Some(TimeTarget::Date),
            Self::Time(precision) => Some(TimeTarget::Time { precision }),
            _ => None,
        }
    }

    /// The number of the type on the server (PostgreSQL 15, `pg_type.dat`); 0 where that is not known.
    pub(crate) fn oid(&self) -> u32 {
        match self {
            Self::Boolean => 16,
            Self::Bytea => 17,
            Self::BigInt => 20,
            Self::SmallInt => 21,
            Self::Integer => 23,
            Self::Text => 25,
            Self::Json => 114,
            Self::Real => 700,
            Self::Double => 701,
            Self::Char(_) => 1042,
            Self::Varchar(_) => 1043,
            Self::Date => 1082,
            Self::Time(_) => 1083,
            Self::Timestamp(_) => 1114,
            Self::Timestamptz(_) => 1184,
            Self::Numeric(_) => 1700,
            Self::Uuid => 2950,
            Self::Jsonb => 3802,
            Self::Enum { oid, .. } => *oid,
            Self::Array(_) | Self::Other(_) => 0,
        }
    }

    /// Whether a number becomes one of its values by way of its text.
    pub(crate) fn is_textual(&self) -> bool {
        matches!(self, Self::Text | Self::Varchar(_) | Self::Char(_) | Self::Enum { .. } | Self::Uuid)
    }

    pub(crate) fn is_number(&self) -> bool {
        self.integers().is_some() || matches!(self, Self::Numeric(_) | Self::Real | Self::Double)
    }

    /// The least and the greatest integer.
    pub(crate) fn integers(&self) -> Option<(i64, i64)> {
        match self {
            Self::SmallInt => Some((i16::MIN.into(), i16::MAX.into())),
            Self::Integer => Some((i32::MIN.into(), i32::MAX.into())),
            Self::BigInt => Some((i64::MIN, i64::MAX)),
            _ => None,
        }
    }
}

/// A type's name without its limits, and these: `timestamp(3) with time zone`, `numeric(10,2)`.
fn limits(text: &str) -> (String, Vec<i32>) {
    let Some((before, rest)) = text.split_once('(') else { return (text.to_owned(), Vec::new()) };
    let Some((inside, after)) = rest.split_once(')') else { return (text.to_owned(), Vec::new()) };
    let Ok(numbers) = inside.split(',').map(|number| number.trim().parse()).collect() else {
        return (text.to_owned(), Vec::new());
    };
    (format!("{before}{after}"), numbers)
}

impl fmt::Display for TargetType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SmallInt => f.write_str("smallint"),
            Self::Integer => f.write_str("integer"),
            Self::BigInt => f.write_str("bigint"),
            Self::Numeric(None) => f.write_str("numeric"),
            Self::Numeric(Some(limit)) => write!(f, "numeric({},{})", limit.precision, limit.scale),
            Self::Real => f.write_str("real"),
            Self::Double => f.write_str("double precision"),
            Self::Boolean => f.write_str("boolean"),
            Self::Text => f.write_str("text"),
            Self::Varchar(None) => f.write_str("varchar"),
            Self::Varchar(Some(length)) => write!(f, "varchar({length})"),
            Self::Char(length) => write!(f, "char({length})"),
            Self::Bytea => f.write_str("bytea"),
            Self::Uuid => f.write_str("uuid"),
            Self::Timestamptz(6) => f.write_str("timestamptz"),
            Self::Timestamptz(digits) => write!(f, "timestamptz({digits})"),
            Self::Timestamp(6) => f.write_str("timestamp"),
            Self::Timestamp(digits) => write!(f, "timestamp({digits})"),
            Self::Date => f.write_str("date"),
            Self::Time(6) => f.write_str("time"),
            Self::Time(digits) => write!(f, "time({digits})"),
            Self::Json => f.write_str("json"),
            Self::Jsonb => f.write_str("jsonb"),
            Self::Array(element) => write!(f, "{element}[]"),
            Self::Enum { name, .. } | Self::Other(name) => f.write_str(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_read_as_format_type_writes_them() {
        let mood = TargetType::Enum { name: "app.mood".to_owned(), labels: vec!["ok".to_owned()], oid: 7 };
        let user_type = |name: &str| (name == "app.mood").then(|| mood.clone());
        let parse = |text: &str| TargetType::parse(text, &user_type);
        let limit = |precision, scale| TargetType::Numeric(Some(NumericLimit { precision, scale }));
        for (text, wanted) in [
            ("numeric(10,2)", limit(10, 2)),
            ("numeric(5,-2)", limit(5, -2)),
            ("numeric(5)", limit(5, 0)),
            ("numeric", TargetType::Numeric(None)),
            ("character varying(255)", TargetType::Varchar(Some(255))),
            ("character varying", TargetType::Varchar(None)),
            ("character(3)", TargetType::Char(3)),
            ("timestamp(3) with time zone", TargetType::Timestamptz(3)),
            ("timestamp without time zone", TargetType::Timestamp(6)),
            ("time(0) without time zone", TargetType::Time(0)),
            ("integer[]", TargetType::Array(Box::new(TargetType::Integer))),
            ("app.mood", mood.clone()),
            ("app.mood[]", TargetType::Array(Box::new(mood.clone()))),
            ("inet", TargetType::Other("inet".to_owned())),
            ("inet[]", TargetType::Other("inet[]".to_owned())),
            ("\"char\"", TargetType::Other("\"char\"".to_owned())),
            ("time with time zone", TargetType::Other("time with time zone".to_owned())),
            ("app.\"odd(1)\"", TargetType::Other("app.\"odd(1)\"".to_owned())),
        ] {
            assert_eq!(parse(text), wanted, "{text}");
        }
    }
}
