use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, Row};

use super::{RowSource, SourceRow};
use crate::convert::StoredValue;
use crate::error::{Code, Error, Result};
use crate::sql::{Ident, Plain};
use crate::transfer::{RowName, TableMove, shown_value};

/// The rows of a database of SQLite, as they are at one moment: all reads are of one snapshot.
pub(crate) struct SqliteRows {
    connection: Connection,
}

impl SqliteRows {
    /// Begins a read transaction, which ends when this is dropped.
    ///
    /// # Errors
    ///
    /// The file is damaged, as `PRAGMA quick_check` says, or cannot be read.
    pub(crate) fn begin(connection: Connection) -> Result<Self> {
        let failed = |error: rusqlite::Error| {
            let code = match error.sqlite_error_code() {
                Some(ErrorCode::NotADatabase) => Code::NotADatabase,
                _ => Code::Query,
            };
            let built = Error::new(code, "the database of SQLite cannot be read").with_cause(error.to_string());
            built.with_state("nothing was written").with_source(error)
        };
        connection.execute_batch("BEGIN").map_err(failed)?;
        let rows = Self { connection };
        let verdict: String =
            rows.connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(failed)?;
        if verdict != "ok" {
            return Err(Error::new(
                Code::NotADatabase,
                "the file of SQLite is damaged: what is read of it may be wrong",
            )
            .with_cause(verdict)
            .with_state("nothing was moved")
            .with_hint("`sqlite3 FILE .recover` reads what can be read into a new file")
            .with_hint("or go on from a backup"));
        }
        Ok(rows)
    }

    /// To read what else the snapshot has.
    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }
}

impl Drop for SqliteRows {
    fn drop(&mut self) {
        // The read transaction changed nothing, so that nothing is lost where it cannot be ended.
        let _ = self.connection.execute_batch("ROLLBACK");
    }
}

impl RowSource for SqliteRows {
    fn rows(&mut self, table: &TableMove, visit: &mut dyn FnMut(&dyn SourceRow) -> Result<()>) -> Result<u64> {
        let failed = |error: rusqlite::Error| {
            Error::new(Code::Query, format!("table {} cannot be read", Plain(&table.name)))
                .with_cause(error.to_string())
                .with_source(error)
        };
        let mut statement = self.connection.prepare(&select(table)).map_err(failed)?;
        let mut rows = statement.query([]).map_err(failed)?;
        let mut count = 0;
        while let Some(row) = rows.next().map_err(failed)? {
            count += 1;
            visit(&SqliteRow { row, table })?;
        }
        Ok(count)
    }
}

/// The columns that are moved, then what names the row.
fn select(table: &TableMove) -> String {
    let RowName { rowid, key } = &table.row_name;
    let columns = table.columns.iter().map(|column| Ident(&column.name).to_string());
    let names = key.iter().map(|name| Ident(name).to_string());
    let listed: Vec<String> = columns.chain(names).chain(rowid.map(str::to_owned)).collect();
    let order = match rowid {
        Some(rowid) => (*rowid).to_owned(),
        None => key.iter().map(|name| Ident(name).to_string()).collect::<Vec<_>>().join(", "),
    };
    let order = if order.is_empty() { String::new() } else { format!(" ORDER BY {order}") };
    format!("SELECT {} FROM main.{}{order}", listed.join(", "), Ident(&table.name))
}

struct SqliteRow<'r> {
    row: &'r Row<'r>,
    table: &'r TableMove,
}

impl SqliteRow<'_> {
    fn at(&self, index: usize) -> StoredValue<'_> {
        match self.row.get_ref(index) {
            Ok(ValueRef::Integer(value)) => StoredValue::Integer(value),
            Ok(ValueRef::Real(value)) => StoredValue::Real(value),
            Ok(ValueRef::Text(bytes)) => StoredValue::Text(bytes),
            Ok(ValueRef::Blob(bytes)) => StoredValue::Blob(bytes),
            // The statement has as many columns as are asked for.
            Ok(ValueRef::Null) | Err(_) => StoredValue::Null,
        }
    }
}

impl SourceRow for SqliteRow<'_> {
    fn value(&self, column: usize) -> StoredValue<'_> {
        self.at(column)
    }

    fn name(&self, shows_key: bool) -> String {
        let RowName { rowid, key } = &self.table.row_name;
        let first = self.table.columns.len();
        // A row without a rowid has nothing else to name it by.
        let shown = if shows_key || rowid.is_none() { &key[..] } else { &[] };
        let mut names: Vec<String> = shown
            .iter()
            .enumerate()
            .map(|(at, name)| format!("{} {}", Plain(name), shown_value(self.at(first + at))))
            .collect();
        if rowid.is_some()
            && let StoredValue::Integer(rowid) = self.at(first + key.len())
        {
            names.push(format!("rowid {rowid}"));
        }
        names.join(", ")
    }
}
