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
    /// time with time zone.
    Timetz(u8),
    /// interval, without fields that it is limited to.
    Interval(u8),
    Inet,
    Cidr,
    Macaddr,
    Macaddr8,
    /// bit(n).
    Bit(u32),
    /// bit varying, or bit varying(n).
    Varbit(Option<u32>),
    /// No value of it can be sent: what it means is the server's `lc_monetary`.
    Money,
    Json,
    Jsonb,
    Enum {
        name: String,
        labels: Vec<String>,
        /// Its number on the server.
        oid: u32,
    },
    Array {
        element: Box<TargetType>,
        /// The number of the element's type on the server: that of a domain, where it is one.
        oid: u32,
    },
    /// A type that nobody here knows how to send: its name.
    Other(String),
}

/// A type that a database has besides those of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UserType {
    /// The type; of a domain the one beneath it.
    pub(crate) target: TargetType,
    /// Its own number on the server.
    pub(crate) oid: u32,
}

/// numeric(precision, scale). From PostgreSQL 15 on the scale may be negative, and larger than the precision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NumericLimit {
    pub(crate) precision: i32,
    pub(crate) scale: i32,
}

impl TargetType {
    /// Reads a type as `format_type` writes it. `user_type` knows the types of the database: domains and enums by their names.
    pub(crate) fn parse(text: &str, user_type: &dyn Fn(&str) -> Option<UserType>) -> Self {
        if let Some(element) = text.strip_suffix("[]") {
            let own = user_type(element);
            let oid = own.as_ref().map(|own| own.oid);
            let element = own.map_or_else(|| Self::parse(element, user_type), |own| own.target);
            return match element {
                // One of a domain over arrays has arrays for its elements, which are no dimensions.
                Self::Other(_) | Self::Array { .. } => Self::Other(text.to_owned()),
                element => Self::Array { oid: oid.unwrap_or_else(|| element.oid()), element: Box::new(element) },
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
            "time with time zone" => Self::Timetz(precision()),
            "interval" => Self::Interval(precision()),
            "inet" => Self::Inet,
            "cidr" => Self::Cidr,
            "macaddr" => Self::Macaddr,
            "macaddr8" => Self::Macaddr8,
            // Without a length, as an expression may have it, format_type writes it with quotes.
            "bit" => Self::Bit(length().unwrap_or(1)),
            "bit varying" => Self::Varbit(length()),
            "money" => Self::Money,
            _ => user_type(text).map_or_else(|| Self::Other(text.to_owned()), |own| own.target),
        }
    }

    /// The digits of the second that a time has; none of another type.
    pub(crate) fn digits(&self) -> Option<u8> {
        match self {
            Self::Timestamptz(digits) | Self::Timestamp(digits) | Self::Time(digits) => Some(*digits),
            _ => None,
        }
    }

    /// The type as one of dates and times.
    pub(crate) fn time(&self) -> Option<TimeTarget> {
        match *self {
            Self::Timestamptz(precision) => Some(TimeTarget::Timestamptz { precision }),
            Self::Timestamp(precision) => Some(TimeTarget::Timestamp { precision }),
            Self::Date => Some(TimeTarget::Date),
            Self::Time(precision) => Some(TimeTarget::Time { precision }),
            Self::Timetz(precision) => Some(TimeTarget::Timetz { precision }),
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
            Self::Cidr => 650,
            Self::Real => 700,
            Self::Double => 701,
            Self::Macaddr8 => 774,
            Self::Money => 790,
            Self::Macaddr => 829,
            Self::Inet => 869,
            Self::Char(_) => 1042,
            Self::Varchar(_) => 1043,
            Self::Date => 1082,
            Self::Time(_) => 1083,
            Self::Timestamp(_) => 1114,
            Self::Timestamptz(_) => 1184,
            Self::Interval(_) => 1186,
            Self::Timetz(_) => 1266,
            Self::Bit(_) => 1560,
            Self::Varbit(_) => 1562,
            Self::Numeric(_) => 1700,
            Self::Uuid => 2950,
            Self::Jsonb => 3802,
            Self::Enum { oid, .. } => *oid,
            Self::Array { .. } | Self::Other(_) => 0,
        }
    }

    /// It without the numbers that types have on one server alone: a database that was restored has others.
    #[cfg(all(feature = "project", feature = "sqlite", feature = "postgres"))]
    pub(crate) fn of_any_server(&self) -> Self {
        match self {
            Self::Enum { name, labels, oid: _ } => Self::Enum { name: name.clone(), labels: labels.clone(), oid: 0 },
            Self::Array { element, oid: _ } => Self::Array { element: Box::new(element.of_any_server()), oid: 0 },
            other => other.clone(),
        }
    }

    /// It where no domain is asked, as the rows of a trial have it.
    pub(crate) fn beneath(&self) -> Self {
        match self {
            Self::Array { element, .. } => Self::Array { oid: element.oid(), element: element.clone() },
            other => other.clone(),
        }
    }

    /// Whether no value of it can be sent: only NULL.
    pub(crate) fn is_unsent(&self) -> bool {
        match self {
            Self::Money | Self::Other(_) => true,
            Self::Array { element, .. } => element.is_unsent(),
            _ => false,
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
            Self::Timetz(6) => f.write_str("timetz"),
            Self::Timetz(digits) => write!(f, "timetz({digits})"),
            Self::Interval(6) => f.write_str("interval"),
            Self::Interval(digits) => write!(f, "interval({digits})"),
            Self::Inet => f.write_str("inet"),
            Self::Cidr => f.write_str("cidr"),
            Self::Macaddr => f.write_str("macaddr"),
            Self::Macaddr8 => f.write_str("macaddr8"),
            Self::Bit(length) => write!(f, "bit({length})"),
            Self::Varbit(None) => f.write_str("varbit"),
            Self::Varbit(Some(length)) => write!(f, "varbit({length})"),
            Self::Money => f.write_str("money"),
            Self::Array { element, .. } => write!(f, "{element}[]"),
            Self::Enum { name, .. } | Self::Other(name) => f.write_str(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(all(feature = "project", feature = "sqlite", feature = "postgres"))]
    fn a_type_is_the_same_on_every_server() {
        let mood = |oid| TargetType::Enum { name: "mood".to_owned(), labels: vec!["ok".to_owned()], oid };
        let moods = |oid| TargetType::Array { element: Box::new(mood(oid)), oid };
        for make in [mood, |oid| TargetType::Array { element: Box::new(TargetType::Integer), oid }] {
            assert_eq!(make(7).of_any_server(), make(8).of_any_server());
        }
        assert_eq!(moods(7).of_any_server(), moods(8).of_any_server());
        assert_ne!(mood(7).of_any_server(), moods(7).of_any_server());
    }

    #[test]
    fn types_are_read_as_format_type_writes_them() {
        let mood = TargetType::Enum { name: "app.mood".to_owned(), labels: vec!["ok".to_owned()], oid: 7 };
        let array = |element: TargetType, oid| TargetType::Array { element: Box::new(element), oid };
        let user_type = |name: &str| match name {
            "app.mood" => Some(UserType { target: mood.clone(), oid: 7 }),
            "app.positive" => Some(UserType { target: TargetType::Integer, oid: 8 }),
            "app.tags" => Some(UserType { target: array(TargetType::Text, 25), oid: 9 }),
            _ => None,
        };
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
            ("integer[]", array(TargetType::Integer, 23)),
            ("app.positive", TargetType::Integer),
            ("app.positive[]", array(TargetType::Integer, 8)),
            ("app.tags", array(TargetType::Text, 25)),
            ("app.tags[]", TargetType::Other("app.tags[]".to_owned())),
            ("app.mood", mood.clone()),
            ("app.mood[]", array(mood.clone(), 7)),
            ("inet", TargetType::Inet),
            ("inet[]", array(TargetType::Inet, 869)),
            ("bit(8)", TargetType::Bit(8)),
            ("bit varying(5)", TargetType::Varbit(Some(5))),
            ("bit varying", TargetType::Varbit(None)),
            ("\"bit\"", TargetType::Other("\"bit\"".to_owned())),
            ("interval", TargetType::Interval(6)),
            ("interval(3)", TargetType::Interval(3)),
            ("interval day to second(3)", TargetType::Other("interval day to second(3)".to_owned())),
            ("money", TargetType::Money),
            ("\"char\"", TargetType::Other("\"char\"".to_owned())),
            ("time with time zone", TargetType::Timetz(6)),
            ("time(3) with time zone", TargetType::Timetz(3)),
            ("app.\"odd(1)\"", TargetType::Other("app.\"odd(1)\"".to_owned())),
        ] {
            assert_eq!(parse(text), wanted, "{text}");
        }
    }
}
