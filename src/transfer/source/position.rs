//! Where in a table a row is.

use std::fmt;

use rusqlite::ToSql;
use rusqlite::types::{ToSqlOutput, ValueRef};

use crate::convert::StoredValue;
use crate::hex::{Hex, bytes_of};
use crate::transfer::TableMove;

/// Some of a table's rows, in the order of their rowids or keys.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct RowSpan {
    /// They begin behind this row; none at the first one.
    pub(crate) after: Option<RowPosition>,
    /// They end with this rowid; none with the last row.
    pub(crate) last: Option<i64>,
}

/// A value of a key. A text is bytes, since SQLite does not check that it is UTF-8.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum KeyValue {
    Null,
    Integer(i64),
    Real(f64),
    Text(Vec<u8>),
    Blob(Vec<u8>),
}

impl From<StoredValue<'_>> for KeyValue {
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

impl ToSql for KeyValue {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Integer(value) => ValueRef::Integer(*value),
            Self::Real(value) => ValueRef::Real(*value),
            Self::Text(bytes) => ValueRef::Text(bytes),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

/// How far a range was gone through: the row with which a chunk ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum RowPosition {
    Rowid(i64),
    /// The values of the primary key.
    Key(Vec<KeyValue>),
}

impl fmt::Display for RowPosition {
    /// `7`, or the values of a key: `i7 t6162 b00`, each by its storage class, with bytes in hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let values = match self {
            Self::Rowid(rowid) => return rowid.fmt(f),
            Self::Key(values) => values,
        };
        for (at, value) in values.iter().enumerate() {
            f.write_str(if at == 0 { "" } else { " " })?;
            match value {
                KeyValue::Null => f.write_str("n")?,
                KeyValue::Integer(value) => write!(f, "i{value}")?,
                KeyValue::Real(value) => write!(f, "r{:016x}", value.to_bits())?,
                KeyValue::Text(text) => write!(f, "t{}", Hex(text))?,
                KeyValue::Blob(bytes) => write!(f, "b{}", Hex(bytes))?,
            }
        }
        Ok(())
    }
}

impl RowPosition {
    /// Reads what `Display` writes. None where it is something else.
    pub(crate) fn parse(text: &str, table: &TableMove) -> Option<Self> {
        if table.row_name.rowid.is_some() {
            return text.parse().ok().map(Self::Rowid);
        }
        let value = |text: &str| {
            let (class, rest) = text.split_at_checked(1)?;
            match class {
                "n" => Some(KeyValue::Null),
                "i" => rest.parse().ok().map(KeyValue::Integer),
                "r" => u64::from_str_radix(rest, 16).ok().map(|bits| KeyValue::Real(f64::from_bits(bits))),
                "t" => bytes_of(rest.as_bytes()).map(KeyValue::Text),
                "b" => bytes_of(rest.as_bytes()).map(KeyValue::Blob),
                _ => None,
            }
        };
        text.split(' ').map(value).collect::<Option<_>>().map(Self::Key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::ObjectName;
    use crate::transfer::RowName;

    fn table(rowid: Option<&'static str>) -> TableMove {
        TableMove {
            name: "t".to_owned(),
            target: ObjectName { schema: None, owner: None, name: "t".to_owned() },
            columns: Vec::new(),
            computed: Vec::new(),
            uniques: Vec::new(),
            row_name: RowName { rowid, key: vec!["a".to_owned()] },
            key: None,
        }
    }

    #[test]
    fn a_position_is_read_as_it_was_written() {
        let key = RowPosition::Key(vec![
            KeyValue::Null,
            KeyValue::Integer(i64::MIN),
            KeyValue::Real(-0.0),
            KeyValue::Real(f64::INFINITY),
            KeyValue::Text(b"it's\0 \xfc".to_vec()),
            KeyValue::Text(Vec::new()),
            KeyValue::Blob(vec![0, 255]),
        ]);
        let read = RowPosition::parse(&key.to_string(), &table(None)).unwrap();
        assert_eq!(read, key);
        assert_eq!(read.to_string(), key.to_string());
        let rowid = RowPosition::Rowid(i64::MIN);
        assert_eq!(RowPosition::parse(&rowid.to_string(), &table(Some("rowid"))), Some(rowid));
        for wrong in ["", "x7", "i", "t6", "tzz", "r", "i7  i8"] {
            assert_eq!(RowPosition::parse(wrong, &table(None)), None, "{wrong}");
        }
    }
}
