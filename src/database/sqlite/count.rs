//! How much there is in tables and columns.

use rusqlite::{Connection, OptionalExtension, params};

use super::SqliteDatabase;
use super::history::ask;
use crate::error::Result;
use crate::sql::{Holder, Ident};

pub(super) fn all(database: &SqliteDatabase<'_>, holders: &[Holder<'_>]) -> Result<Vec<Option<u64>>> {
    ask(database, |connection| holders.iter().map(|holder| one(connection, holder)).collect())
}

fn one(connection: &Connection, holder: &Holder<'_>) -> rusqlite::Result<Option<u64>> {
    let Holder { table, column } = holder;
    // A column that is not there must not be asked for: SQLite takes its quoted name for a string, which is never NULL.
    let sql = "SELECT hidden FROM pragma_table_xinfo(?1, ?2) WHERE ?3 IS NULL OR lower(name) = lower(?3) LIMIT 1";
    let values = params![table.name, table.schema, column];
    let Some(hidden) = connection.query_row(sql, values, |row| row.get::<_, i64>(0)).optional()? else {
        return Ok(None);
    };
    let counted = match column {
        // <https://www.sqlite.org/pragma.html#pragma_table_xinfo>: 2 and 3 are generated.
        Some(_) if hidden >= 2 => return Ok(Some(0)),
        Some(column) => Ident(column).to_string(),
        None => "*".to_owned(),
    };
    let count: i64 = connection.query_row(&format!("SELECT count({counted}) FROM {table}"), [], |row| row.get(0))?;
    Ok(Some(count.unsigned_abs()))
}
