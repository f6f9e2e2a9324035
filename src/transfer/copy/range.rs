//! A table's rows in ranges.

use rusqlite::{Connection, Row};

use crate::error::{Code, Error, Result};
use crate::sql::{Ident, Plain};
use crate::transfer::TableMove;
use crate::transfer::source::{RowPosition, RowSpan};

/// Rowids that a range has at least: a table of fewer is one range.
const LEAST: i128 = 200_000;
/// Ranges that a table has at most.
const MOST: i128 = 32;

/// Some of a table's rows, which chunks go through in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RowRange {
    /// Its place among those of the table.
    pub(crate) number: u32,
    /// It begins behind this rowid; none at the first row.
    pub(crate) after: Option<i64>,
    /// It ends with this rowid; none with the last row, also with one that is written meanwhile.
    pub(crate) last: Option<i64>,
}

impl RowRange {
    /// Its rows behind a position that was come to.
    pub(crate) fn span(&self, position: Option<RowPosition>) -> RowSpan {
        RowSpan { after: position.or(self.after.map(RowPosition::Rowid)), last: self.last }
    }

    /// The ranges of a table, as its rowids are now. A table without rowids is one range.
    pub(crate) fn of(connection: &Connection, table: &TableMove) -> Result<Vec<Self>> {
        let Some(rowid) = table.row_name.rowid else { return Ok(Self::between(None)) };
        let sql = format!("SELECT min({rowid}), max({rowid}) FROM main.{}", Ident(&table.name));
        let bounds = |row: &Row<'_>| Ok((row.get::<_, Option<i64>>(0)?, row.get::<_, Option<i64>>(1)?));
        let (first, last) = connection.query_row(&sql, [], bounds).map_err(|error| {
            Error::new(Code::Query, format!("table {} cannot be read", Plain(&table.name)))
                .with_cause(error.to_string())
                .with_source(error)
        })?;
        Ok(Self::between(first.zip(last)))
    }

    fn between(bounds: Option<(i64, i64)>) -> Vec<Self> {
        let (first, last) = bounds.unwrap_or_default();
        let span = i128::from(last) - i128::from(first);
        let count = (span / LEAST).clamp(1, MOST);
        let bound = |number: i128| i64::try_from(i128::from(first) + span * number / count).ok();
        (0..count)
            .map(|number| Self {
                number: u32::try_from(number).unwrap_or_default(),
                after: if number == 0 { None } else { bound(number) },
                last: if number + 1 == count { None } else { bound(number + 1) },
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_leave_no_rowid_out_and_have_none_twice() {
        for bounds in [
            None,
            Some((1, 1)),
            Some((-5, 399_995)),
            Some((0, 5_000_000)),
            Some((i64::MIN, i64::MAX)),
            Some((i64::MAX - 10, i64::MAX)),
        ] {
            let ranges = RowRange::between(bounds);
            assert_eq!(ranges[0].after, None, "{bounds:?}");
            assert_eq!(ranges[ranges.len() - 1].last, None, "{bounds:?}");
            for pair in ranges.windows(2) {
                assert!(pair[0].last.is_some() && pair[0].last == pair[1].after, "{bounds:?}: {pair:?}");
                assert!(pair[0].after < pair[0].last, "{bounds:?}");
            }
        }
        assert_eq!(RowRange::between(Some((1, 1_000))).len(), 1);
        assert_eq!(RowRange::between(Some((1, 5_000_000))).len(), 24);
    }
}
