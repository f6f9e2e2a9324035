//! Rows for every table, so that what a migration does to users' rows shows.

mod check;
mod column;

use std::collections::HashSet;
use std::ops::Range;

use rusqlite::{Connection, Error, ErrorCode, ffi};

pub(crate) use self::check::CheckConstraint;
use super::failure::of;
use super::name::{PlainName, list};
use super::virtuals;
use crate::catalog;
use crate::database::sqlite::inspect::{SqliteSnapshot, TableEntry};
use crate::down::seed::value::FIRST_KEY;
use crate::down::seed::{Empty, ROWS, RefusedBy, RowRefusal, SeedGround, Wanted, WantedTable, fill};
use crate::error::Result;

/// The tables that have seeded rows, by number and name.
#[derive(Default)]
pub(super) struct Seeded {
    numbers: HashSet<u32>,
    names: HashSet<String>,
}

/// Seeds the tables that have no such rows yet, of those that a database holds now.
pub(super) async fn tables(
    connection: &mut Connection,
    snapshot: &SqliteSnapshot,
    seeded: &mut Seeded,
) -> Result<Vec<String>> {
    let mut fresh = Vec::new();
    for entry in snapshot.tables.iter() {
        // Not tried again after each migration; one that was built anew has the rows of the old one.
        let is_known = !seeded.numbers.insert(entry.id)
            || seeded.names.contains(&entry.name.to_ascii_lowercase())
                && has_rows(connection, &PlainName(&entry.name).to_string());
        if !is_known {
            fresh.push(entry);
        }
    }
    let found = fresh.iter().map(|entry| table(connection, &snapshot.tables, entry, 0..ROWS));
    let found = found.collect::<rusqlite::Result<Vec<_>>>().map_err(unusable)?;
    connection.execute_batch("PRAGMA foreign_keys = ON").map_err(unusable)?;
    let mut empty = fill(connection, &found).await?;
    fresh.iter().for_each(|entry| leave_gaps(connection, entry));
    let is_filled = |entry: &&&TableEntry| !empty.iter().any(|empty| empty.table == PlainName(&entry.name).to_string());
    seeded.names.extend(fresh.iter().filter(is_filled).map(|entry| entry.name.to_ascii_lowercase()));
    for other in snapshot.others.iter().filter(|other| other.kind == catalog::Kind::VirtualTable) {
        let name = PlainName(&other.name).to_string();
        if seeded.names.insert(other.name.to_ascii_lowercase()) && !has_rows(connection, &name) {
            let laid = virtuals::seed(connection, other, ROWS, FIRST_KEY);
            empty.extend(laid.err().map(|error| Empty { table: name, reason: error.to_string() }));
        }
    }
    Ok(empty.iter().map(Empty::to_string).collect())
}

/// The wanted tables, and those that may refer to them, with candidates for these rows.
pub(super) fn some(
    connection: &Connection,
    snapshot: &SqliteSnapshot,
    wanted: &Wanted,
    rows: &Range<usize>,
) -> Result<Vec<WantedTable<Vec<CheckConstraint>>>> {
    let refers = |entry: &&TableEntry| {
        wanted.has(&PlainName(&entry.name).to_string())
            || entry.table.columns.iter().any(|column| wanted.is_in(&column.definition))
            || entry.table.constraints.iter().any(|constraint| wanted.is_in(constraint))
    };
    let all = &snapshot.tables;
    let found = all.iter().filter(refers).map(|entry| table(connection, all, entry, rows.clone()));
    found.collect::<rusqlite::Result<Vec<_>>>().map_err(unusable)
}

fn table(
    connection: &Connection,
    all: &[TableEntry],
    entry: &TableEntry,
    rows: Range<usize>,
) -> rusqlite::Result<WantedTable<Vec<CheckConstraint>>> {
    let checks = check::of(&entry.table);
    let slots = column::slots(connection, all, entry, &checks, &rows)?;
    Ok(WantedTable { name: PlainName(&entry.name).to_string(), slots, rows: rows.len(), facts: checks })
}

/// Rows are not numbered one by one, so that it shows where a copy gives them other numbers. A trigger may forbid it.
fn leave_gaps(connection: &Connection, entry: &TableEntry) {
    if !entry.table.is_without_rowid() && entry.table.rowid_alias().is_none() && entry.table.column("rowid").is_none() {
        let sql = format!("UPDATE OR IGNORE {} SET rowid = rowid * 7 + 3", PlainName(&entry.name));
        let _ = connection.execute(&sql, []);
    }
}

fn unusable(error: Error) -> crate::error::Error {
    of(error, "the scratch database")
}

fn has_rows(connection: &Connection, table: &str) -> bool {
    connection.query_row(&format!("SELECT 1 FROM {table} LIMIT 1"), [], |_| Ok(())).is_ok()
}

impl SeedGround for Connection {
    type Facts = Vec<CheckConstraint>;

    async fn insert(
        &mut self,
        table: &WantedTable<Vec<CheckConstraint>>,
        row: &[(&str, &str)],
    ) -> Result<Result<(), RowRefusal>> {
        let (columns, values): (Vec<_>, Vec<_>) = row.iter().copied().unzip();
        let sql = if columns.is_empty() {
            format!("INSERT INTO {} DEFAULT VALUES", table.name)
        } else {
            format!("INSERT INTO {} ({}) VALUES ({})", table.name, list(columns), values.join(", "))
        };
        let mut inserted = self.execute(&sql, []);
        // References that cannot hold (no such parent, no such key there) are errors even where nothing refers.
        if inserted.as_ref().is_err_and(|error| error.sqlite_error_code() != Some(ErrorCode::ConstraintViolation)) {
            self.execute_batch("PRAGMA foreign_keys = OFF").map_err(unusable)?;
            inserted = self.execute(&sql, []);
            self.execute_batch("PRAGMA foreign_keys = ON").map_err(unusable)?;
        }
        Ok(match inserted {
            Ok(0) => Err(RowRefusal { reason: "it is ignored".to_owned(), columns: Vec::new(), by: RefusedBy::Rows }),
            Ok(_) => Ok(()),
            Err(error) => Err(refusal(&table.name, &table.facts, &error)),
        })
    }

    /// A statement is no message here.
    async fn insert_all(
        &mut self,
        _table: &WantedTable<Vec<CheckConstraint>>,
        _rows: &[Vec<(&str, &str)>],
    ) -> Result<bool> {
        Ok(false)
    }

    async fn attempt_one(&mut self, sql: &str) -> Result<bool> {
        Ok(self.execute(sql, []).is_ok_and(|changed| changed > 0))
    }

    async fn has_rows(&mut self, table: &str) -> Result<bool> {
        Ok(has_rows(self, table))
    }
}

/// What a refusal is about. SQLite has a code for the kind of rule, and names rule and columns only in its message; where that is
/// not as expected, only the search takes longer.
fn refusal(table: &str, checks: &[CheckConstraint], error: &Error) -> RowRefusal {
    let message = match error {
        Error::SqliteFailure(_, Some(message)) => message.clone(),
        _ => error.to_string(),
    };
    let about = message.split_once(": ").map_or("", |(_, about)| about);
    let of_table = |name: &str| {
        let name = name.trim();
        name.strip_prefix(table.trim_matches('"')).and_then(|rest| rest.strip_prefix('.')).unwrap_or(name).to_owned()
    };
    let (columns, by) = match error.sqlite_error().map(|error| error.extended_code) {
        Some(ffi::SQLITE_CONSTRAINT_CHECK) => (check::columns(checks, about), RefusedBy::Values),
        Some(ffi::SQLITE_CONSTRAINT_NOTNULL) => (vec![of_table(about)], RefusedBy::Values),
        Some(ffi::SQLITE_CONSTRAINT_DATATYPE) => {
            (message.rsplit_once(" column ").map(|(_, name)| of_table(name)).into_iter().collect(), RefusedBy::Values)
        }
        Some(ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY) => {
            (about.split(',').map(of_table).collect(), RefusedBy::Rows)
        }
        _ => (Vec::new(), RefusedBy::Rows),
    };
    // The text of a check has the line ends that it was written with.
    RowRefusal { reason: message.split_whitespace().collect::<Vec<_>>().join(" "), columns, by }
}
