//! Other tools' tables: finding them, reading them, and taking them over.

use std::time::Instant;

use rusqlite::Connection;

use super::session::{Transaction, until_free};
use super::tables::{ask, columns};
use super::{SqliteDatabase, failure, lock};
use crate::database::{Failure, Takeover, Why};
use crate::error::{Code, Result};
use crate::history::{ForeignHistory, LedgerRow, LocatedTable};
use crate::sql::Ident;

pub(super) fn locate(database: &SqliteDatabase<'_>, table: &str) -> Result<Option<LocatedTable>> {
    ask(database, |connection| find(connection, table, &database.tables.name))
}

/// Reads the rows of another tool's table.
pub(super) fn rows(database: &SqliteDatabase<'_>, select: &str) -> Result<Vec<LedgerRow>> {
    ask(database, |connection| read(connection, select))
}

/// Finds a table, in any case of its name.
fn find(connection: &Connection, table: &str, history: &str) -> rusqlite::Result<Option<LocatedTable>> {
    let sql = "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND lower(name) = lower(?1)";
    let mut statement = connection.prepare(sql)?;
    let Some(name) = statement.query_map([table], |row| row.get::<_, String>(0))?.next().transpose()? else {
        return Ok(None);
    };
    Ok(Some(LocatedTable {
        sql: format!("main.{}", Ident(&name)),
        columns: columns(connection, &name)?,
        is_in_our_place: name.eq_ignore_ascii_case(history),
        name,
    }))
}

fn read(connection: &Connection, select: &str) -> rusqlite::Result<Vec<LedgerRow>> {
    let row = |row: &rusqlite::Row<'_>| {
        Ok(LedgerRow { version: row.get(0)?, flag: row.get(1)?, name: row.get(2)?, checksum: row.get(3)? })
    };
    connection.prepare(select)?.query_map([], row)?.collect()
}

/// Puts the history in the place of another tool's table.
pub(super) fn take_over(database: &SqliteDatabase<'_>, takeover: &Takeover<'_>) -> Result<(), Failure> {
    lock::refuse_foreign_log(database).map_err(Failure::of_error)?;
    let connection = database.connection();
    let failed = |error| failure::of(error, connection);
    until_free(&database.options, || {
        let transaction = Transaction::begin(connection)?;
        if !is_unchanged(database, &takeover.ledger).map_err(failed)? {
            return Err(overtaken());
        }
        if let Some(mark) = takeover.mark() {
            connection.execute_batch(&mark).map_err(failed)?;
        }
        if let Some(aside) = &takeover.aside {
            let sql = format!("ALTER TABLE {} RENAME TO {}", takeover.ledger.place.sql, Ident(aside));
            connection.execute_batch(&sql).map_err(failed)?;
        }
        connection.execute_batch(&database.tables.create()).map_err(failed)?;
        if !database.tables.is_empty(connection).map_err(failed)? {
            return Err(overtaken());
        }
        for write in &takeover.writes {
            database.tables.write(connection, write, &database.options, Instant::now())?;
        }
        transaction.commit(&database.options)
    })
}

fn is_unchanged(database: &SqliteDatabase<'_>, ledger: &ForeignHistory) -> rusqlite::Result<bool> {
    let connection = database.connection();
    if find(connection, &ledger.place.name, &database.tables.name)?.as_ref() != Some(&ledger.place) {
        return Ok(false);
    }
    Ok(read(connection, &ForeignHistory::select(ledger.tool, &ledger.place))? == ledger.rows)
}

fn overtaken() -> Failure {
    Failure::new(Code::HistoryTable, "the tables were changed meanwhile").because(Why::DoneByOther)
}
