use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, Row};

use super::{RowLabel, RowPosition, RowSource, RowSpan, SourceRow, Visit};
use crate::convert::{OwnedStored, StoredValue, Supply};
use crate::error::{Code, Error, Result};
use crate::sql::{Ident, Plain};
use crate::transfer::{ColumnMove, RowName, TableMove, shown_value};

/// The rows of a database of SQLite, as they are at one moment: all reads are of one snapshot.
pub(crate) struct SqliteRows {
    connection: Connection,
    /// Whether all is read in one transaction.
    is_held: bool,
}

impl SqliteRows {
    /// Begins a read transaction, which ends when this is dropped.
    ///
    /// # Errors
    ///
    /// The file is damaged, as `PRAGMA quick_check` says, or cannot be read.
    pub(crate) fn checked(connection: Connection) -> Result<Self> {
        let rows = Self::begin(connection)?;
        let verdict: String =
            rows.connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(unreadable)?;
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

    /// Begins a read transaction on a file that was checked, or of which nobody wants to wait for that.
    pub(crate) fn begin(connection: Connection) -> Result<Self> {
        // The transaction has its snapshot once something was read.
        connection.execute_batch("BEGIN; SELECT count(*) FROM main.sqlite_schema;").map_err(unreadable)?;
        Ok(Self { connection, is_held: true })
    }

    /// Reads rows that are to be had at once: in the snapshot, where that is held, else in a read transaction that ends with this. In a
    /// database with a rollback journal nobody can commit while one is open.
    pub(crate) fn chunk<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.is_held {
            return read(self);
        }
        self.connection.execute_batch("BEGIN").map_err(unreadable)?;
        let done = read(self);
        self.connection.execute_batch("ROLLBACK").map_err(unreadable)?;
        done
    }

    /// Ends the snapshot, where writers would have to wait for its end: what is read from now on is read in pieces, each as it is then. With
    /// a write-ahead log nobody waits, and it is held.
    pub(crate) fn yield_to_writers(&mut self) -> Result<()> {
        let mode: String =
            self.connection.query_row("PRAGMA journal_mode", [], |row| row.get(0)).map_err(unreadable)?;
        if !mode.eq_ignore_ascii_case("wal") {
            self.connection.execute_batch("ROLLBACK").map_err(unreadable)?;
            self.is_held = false;
        }
        Ok(())
    }

    /// Ends the snapshot, and begins another one.
    pub(crate) fn renew(&mut self) -> Result<()> {
        let sql = "ROLLBACK; BEGIN; SELECT count(*) FROM main.sqlite_schema;";
        self.connection.execute_batch(sql).map_err(unreadable)
    }

    /// To read what else the snapshot has.
    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }
}

fn unreadable(error: rusqlite::Error) -> Error {
    let code = match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => Code::NotADatabase,
        _ => Code::Query,
    };
    let built = Error::new(code, "the database of SQLite cannot be read").with_cause(error.to_string());
    built.with_state("nothing was written").with_source(error)
}

impl Drop for SqliteRows {
    fn drop(&mut self) {
        // The read transaction changed nothing, so that nothing is lost where it cannot be ended.
        let _ = self.connection.execute_batch("ROLLBACK");
    }
}

impl RowSource for SqliteRows {
    fn rows(&mut self, table: &TableMove, span: &RowSpan, visit: &mut Visit<'_>) -> Result<bool> {
        let failed = |error: rusqlite::Error| unreadable_rows(table, error);
        let mut statement = self.connection.prepare(&select(table, span)).map_err(failed)?;
        let bounds = bounds(span);
        let mut rows = statement.query(rusqlite::params_from_iter(bounds)).map_err(failed)?;
        while let Some(row) = rows.next().map_err(failed)? {
            if visit(&SqliteRow::new(row, table))?.is_break() {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

fn unreadable_rows(table: &TableMove, error: rusqlite::Error) -> Error {
    let built = Error::new(Code::Query, format!("table {} cannot be read", Plain(&table.name)))
        .with_cause(error.to_string())
        .with_source(error);
    let computes = |column: &ColumnMove| matches!(column.rule.options.supply, Supply::Sqlite(_));
    if !table.columns.iter().any(computes) {
        return built;
    }
    built.with_hint(
        "where an expression of `sqlite` fails for a row, let it say what that row gets: CASE WHEN json_valid(x) THEN x ->> '$.a' END",
    )
}

/// What [`select`] compares rows with.
fn bounds(span: &RowSpan) -> Vec<OwnedStored> {
    let after = match &span.after {
        None => Vec::new(),
        Some(RowPosition::Rowid(rowid)) => vec![OwnedStored::Integer(*rowid)],
        Some(RowPosition::Key(values)) => values.clone(),
    };
    after.into_iter().chain(span.last.map(OwnedStored::Integer)).collect()
}

/// The columns that are moved, then what names the row.
fn select(table: &TableMove, span: &RowSpan) -> String {
    let RowName { rowid, key } = &table.row_name;
    let order = match rowid {
        Some(rowid) => (*rowid).to_owned(),
        None => key.iter().map(|name| Ident(name).to_string()).collect::<Vec<_>>().join(", "),
    };
    let marks = match &span.after {
        None => String::new(),
        Some(RowPosition::Rowid(_)) => format!("{order} > ?"),
        Some(RowPosition::Key(values)) => format!("({order}) > ({})", vec!["?"; values.len()].join(", ")),
    };
    let last = if span.last.is_some() { format!("{order} <= ?") } else { String::new() };
    let conditions: Vec<String> = [marks, last].into_iter().filter(|condition| !condition.is_empty()).collect();
    let condition = if conditions.is_empty() { String::new() } else { format!(" WHERE {}", conditions.join(" AND ")) };
    let order = if order.is_empty() { String::new() } else { format!(" ORDER BY {order}") };
    format!("SELECT {} FROM main.{}{condition}{order}", listed(table, "").join(", "), Ident(&table.name))
}

/// What a [`SqliteRow`] is read of: the columns that are moved, then what names the row; names behind `before`.
pub(crate) fn listed(table: &TableMove, before: &str) -> Vec<String> {
    let RowName { rowid, key } = &table.row_name;
    let columns = table.columns.iter().map(|column| selected(column, before));
    let names = key.iter().map(|name| format!("{before}{}", Ident(name)));
    columns.chain(names).chain(rowid.map(|name| format!("{before}{name}"))).collect()
}

/// What gives the value of a column. A line feed ends a comment at the end of an expression.
fn selected(column: &ColumnMove, before: &str) -> String {
    match &column.rule.options.supply {
        Supply::Column => format!("{before}{}", Ident(&column.name)),
        Supply::Sqlite(expression) => format!("({expression}\n)"),
        Supply::Fill(_) | Supply::Postgres(_) => "NULL".to_owned(),
    }
}

/// A value as it is stored.
pub(crate) fn stored(value: ValueRef<'_>) -> StoredValue<'_> {
    match value {
        ValueRef::Null => StoredValue::Null,
        ValueRef::Integer(value) => StoredValue::Integer(value),
        ValueRef::Real(value) => StoredValue::Real(value),
        ValueRef::Text(bytes) => StoredValue::Text(bytes),
        ValueRef::Blob(bytes) => StoredValue::Blob(bytes),
    }
}

/// A row of what [`listed`] lists.
pub(crate) struct SqliteRow<'r> {
    row: &'r Row<'r>,
    table: &'r TableMove,
}

impl<'r> SqliteRow<'r> {
    pub(crate) fn new(row: &'r Row<'r>, table: &'r TableMove) -> Self {
        Self { row, table }
    }
}

impl SqliteRow<'_> {
    fn at(&self, index: usize) -> StoredValue<'_> {
        // The statement has as many columns as are asked for.
        self.row.get_ref(index).map_or(StoredValue::Null, stored)
    }
}

impl SourceRow for SqliteRow<'_> {
    fn value(&self, column: usize) -> StoredValue<'_> {
        match self.table.columns.get(column).map(|column| &column.rule.options.supply) {
            Some(Supply::Fill(value)) => value.stored(),
            _ => self.at(column),
        }
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

    fn label(&self) -> RowLabel {
        match self.position() {
            Some(RowPosition::Rowid(rowid)) => RowLabel::Rowid(rowid),
            _ => RowLabel::Named(self.name(true).into()),
        }
    }

    fn position(&self) -> Option<RowPosition> {
        let RowName { rowid, key } = &self.table.row_name;
        let first = self.table.columns.len();
        match (rowid, self.at(first + key.len())) {
            (Some(_), StoredValue::Integer(rowid)) => Some(RowPosition::Rowid(rowid)),
            (Some(_), _) => None,
            (None, _) if key.is_empty() => None,
            (None, _) => {
                let values: Vec<OwnedStored> = (first..first + key.len()).map(|at| self.at(at).into()).collect();
                // Several rows may have a key with NULL in it, and nothing is greater than it.
                (!values.contains(&OwnedStored::Null)).then_some(RowPosition::Key(values))
            }
        }
    }
}
