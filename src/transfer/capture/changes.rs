//! The keys that were noted, and the rows that have them now.

use rusqlite::Connection;

use super::{Capture, quoted, unread};
use crate::convert::{ColumnRule, StoredValue, convert};
use crate::error::Result;
use crate::history::CaptureTable;
use crate::sql::Ident;
use crate::transfer::TableMove;
use crate::transfer::binary_copy::{append, begin_row};
use crate::transfer::source::{listed, stored};

/// The column of the changes that has a value of the key, counted from 1.
pub(super) fn key_column(number: usize) -> String {
    format!("k{number}")
}

impl Capture {
    /// The tables of which keys were noted, behind a position.
    pub(crate) fn tables_changed(&self, connection: &Connection, after: i64) -> Result<Vec<String>> {
        let sql =
            format!("SELECT DISTINCT source_table FROM main.{} WHERE seq > ?1", self.table(CaptureTable::Changes));
        let read = || {
            let mut statement = connection.prepare(&sql)?;
            let rows = statement.query_map([after], |row| row.get(0))?;
            rows.collect::<rusqlite::Result<_>>()
        };
        read().map_err(unread)
    }

    /// The number of the last change, and when the first one behind a position was made: seconds ago.
    pub(crate) fn behind(&self, connection: &Connection, after: i64) -> Result<(i64, f64)> {
        let changes = self.table(CaptureTable::Changes);
        let sql = format!(
            "SELECT coalesce((SELECT max(seq) FROM main.{changes}), 0), \
             coalesce((SELECT (julianday('now') - at) * 86400.0 FROM main.{changes} WHERE seq > ?1 ORDER BY seq LIMIT 1), 0.0)"
        );
        let read = || connection.prepare(&sql)?.query_row([after], |row| Ok((row.get(0)?, row.get(1)?)));
        read().map_err(unread)
    }

    /// Whether all changes behind a position are there: those up to another one may have been taken away.
    pub(crate) fn has_all(&self, connection: &Connection, after: i64) -> Result<bool> {
        let changes = self.table(CaptureTable::Changes);
        let sql = format!("SELECT coalesce(min(seq) <= ?1 + 1, 1) FROM main.{changes}");
        connection.query_row(&sql, [after], |row| row.get(0)).map_err(unread)
    }

    /// Hands over each key of a table that was noted behind a position, once.
    pub(crate) fn keys(
        &self,
        connection: &Connection,
        table: &TableMove,
        after: i64,
        mut visit: impl FnMut(&[StoredValue<'_>]) -> Result<()>,
    ) -> Result<()> {
        let count = table.key_columns().count();
        let mut statement = connection.prepare(&self.noted(table)).map_err(unread)?;
        let mut rows = statement.query([after]).map_err(unread)?;
        while let Some(row) = rows.next().map_err(unread)? {
            let key: rusqlite::Result<Vec<StoredValue<'_>>> =
                (0..count).map(|at| row.get_ref(at).map(stored)).collect();
            visit(&key.map_err(unread)?)?;
        }
        Ok(())
    }

    /// Hands over each key of a table that was noted behind a position, as the target has it, in the binary form of COPY; one that has no place there is no
    /// key of a row there. Returns how many were noted.
    pub(crate) fn target_keys(
        &self,
        connection: &Connection,
        table: &TableMove,
        after: i64,
        mut visit: impl FnMut(&[u8]),
    ) -> Result<u64> {
        let rules: Vec<&ColumnRule> = table.key_columns().map(|column| &column.rule).collect();
        let (mut noted, mut target) = (0, Vec::new());
        self.keys(connection, table, after, |key| {
            noted += 1;
            target.clear();
            begin_row(&mut target, rules.len());
            for (value, rule) in key.iter().zip(&rules) {
                let Ok(converted) = convert(*value, rule) else { return Ok(()) };
                append(&mut target, &converted.value, &rule.target);
            }
            visit(&target);
            Ok(())
        })?;
        Ok(noted)
    }

    /// The query for the rows of a table whose keys were noted behind a position, for a [`SqliteRow`](crate::transfer::source::SqliteRow).
    pub(crate) fn rows(&self, table: &TableMove) -> String {
        let name = Ident(&table.name);
        // SQLite may use an index by the column's own collation; then the bytes have to be the same.
        let same: Vec<String> = table
            .key_columns()
            .enumerate()
            .map(|(at, column)| {
                let (column, key) = (Ident(&column.name), key_column(at + 1));
                format!(
                    "{name}.{column} = schemactl_keys.{key} AND {name}.{column} COLLATE BINARY = schemactl_keys.{key}"
                )
            })
            .collect();
        format!(
            "SELECT {} FROM ({}) AS schemactl_keys CROSS JOIN main.{name} ON {}",
            listed(table, &format!("{name}.")).join(", "),
            self.noted(table),
            same.join(" AND ")
        )
    }

    /// The query for the keys of a table, each once.
    fn noted(&self, table: &TableMove) -> String {
        let keys: Vec<String> = (1..=table.key_columns().count()).map(key_column).collect();
        format!(
            "SELECT DISTINCT {} FROM main.{} WHERE seq > ?1 AND source_table = {}",
            keys.join(", "),
            self.table(CaptureTable::Changes),
            quoted(&table.name)
        )
    }
}
