//! A value as SQLite stores it, and as PostgreSQL's column will keep it.

use std::borrow::Cow;

use super::bits::BitString;
use super::decimal::Decimal;
use super::network::{HardwareAddress, NetworkAddress};
use super::time::Interval;

/// A value of SQLite, by its storage class (<https://www.sqlite.org/datatype3.html>).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum StoredValue<'a> {
    Null,
    Integer(i64),
    Real(f64),
    /// The bytes of a text. SQLite does not check that they are UTF-8.
    Text(&'a [u8]),
    Blob(&'a [u8]),
}

/// A value of SQLite with all that it has. A text is bytes, since SQLite does not check that it is UTF-8.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum OwnedStored {
    Null,
    Integer(i64),
    Real(f64),
    Text(Vec<u8>),
    Blob(Vec<u8>),
}

impl OwnedStored {
    pub(crate) fn as_ref(&self) -> StoredValue<'_> {
        match self {
            Self::Null => StoredValue::Null,
            Self::Integer(value) => StoredValue::Integer(*value),
            Self::Real(value) => StoredValue::Real(*value),
            Self::Text(bytes) => StoredValue::Text(bytes),
            Self::Blob(bytes) => StoredValue::Blob(bytes),
        }
    }
}

impl From<StoredValue<'_>> for OwnedStored {
    fn from(stored: StoredValue<'_>) -> Self {
        match stored {
            StoredValue::Null => Self::Null,
            StoredValue::Integer(value) => Self::Integer(value),
            StoredValue::Real(value) => Self::Real(value),
            StoredValue::Text(bytes) => Self::Text(bytes.to_vec()),
            StoredValue::Blob(bytes) => Self::Blob(bytes.to_vec()),
        }
    }
}

/// A value in the form in which it is sent, checked, and compared. None of them is a text that the server would evaluate.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum TargetValue<'a> {
    Null,
    Boolean(bool),
    Integer(i64),
    Single(f32),
    Double(f64),
    Numeric(Decimal),
    /// Of text, varchar, char, or the label of an enum.
    Text(Cow<'a, str>),
    Bytes(Cow<'a, [u8]>),
    Uuid([u8; 16]),
    /// Microseconds since 2000-01-01; in UTC where the column has a time zone.
    Timestamp(i64),
    /// Days since 2000-01-01.
    Date(i32),
    /// Microseconds since midnight.
    Time(i64),
    /// Microseconds since midnight, and seconds east of UTC.
    ZonedTime {
        micros: i64,
        east: i32,
    },
    Interval(Interval),
    Network(NetworkAddress),
    Hardware(HardwareAddress),
    Bits(BitString),
    /// Of json or jsonb: a text that the server takes.
    Json(Cow<'a, str>),
    /// Of several dimensions the values are arrays, all of one length.
    Array(Vec<TargetValue<'a>>),
}

impl TargetValue<'_> {
    /// It with all that it has.
    pub(crate) fn into_owned(self) -> TargetValue<'static> {
        match self {
            Self::Null => TargetValue::Null,
            Self::Boolean(value) => TargetValue::Boolean(value),
            Self::Integer(value) => TargetValue::Integer(value),
            Self::Single(value) => TargetValue::Single(value),
            Self::Double(value) => TargetValue::Double(value),
            Self::Numeric(value) => TargetValue::Numeric(value),
            Self::Text(text) => TargetValue::Text(Cow::Owned(text.into_owned())),
            Self::Bytes(bytes) => TargetValue::Bytes(Cow::Owned(bytes.into_owned())),
            Self::Uuid(bytes) => TargetValue::Uuid(bytes),
            Self::Timestamp(micros) => TargetValue::Timestamp(micros),
            Self::Date(days) => TargetValue::Date(days),
            Self::Time(micros) => TargetValue::Time(micros),
            Self::ZonedTime { micros, east } => TargetValue::ZonedTime { micros, east },
            Self::Interval(value) => TargetValue::Interval(value),
            Self::Network(address) => TargetValue::Network(address),
            Self::Hardware(address) => TargetValue::Hardware(address),
            Self::Bits(bits) => TargetValue::Bits(bits),
            Self::Json(text) => TargetValue::Json(Cow::Owned(text.into_owned())),
            Self::Array(values) => TargetValue::Array(values.into_iter().map(TargetValue::into_owned).collect()),
        }
    }
}
