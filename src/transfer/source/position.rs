//! Where in a table a row is.

use std::fmt;

use rusqlite::ToSql;
use rusqlite::types::{ToSqlOutput, ValueRef};

use crate::convert::OwnedStored;
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

impl ToSql for OwnedStored {
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
    Key(Vec<OwnedStored>),
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
                OwnedStored::Null => f.write_str("n")?,
                OwnedStored::Integer(value) => write!(f, "i{value}")?,
                OwnedStored::Real(value) => write!(f, "r{:016x}", value.to_bits())?,
                OwnedStored::Text(text) => write!(f, "t{}", Hex(text))?,
                OwnedStored::Blob(bytes) => write!(f, "b{}", Hex(bytes))?,
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
                "n" => Some(OwnedStored::Null),
                "i" => rest.parse().ok().map(OwnedStored::Integer),
                "r" => u64::from_str_radix(rest, 16).ok().map(|bits| OwnedStored::Real(f64::from_bits(bits))),
                "t" => bytes_of(rest.as_bytes()).map(OwnedStored::Text),
                "b" => bytes_of(rest.as_bytes()).map(OwnedStored::Blob),
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
            OwnedStored::Null,
            OwnedStored::Integer(i64::MIN),
            OwnedStored::Real(-0.0),
            OwnedStored::Real(f64::INFINITY),
            OwnedStored::Text(b"it's\0 \xfc".to_vec()),
            OwnedStored::Text(Vec::new()),
            OwnedStored::Blob(vec![0, 255]),
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
