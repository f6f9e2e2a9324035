//! How much there is in tables and columns.

use rusqlite::{Connection, OptionalExtension, params};

use super::SqliteDatabase;
use super::history::ask;
use crate::database::Amount;
use crate::error::Result;
use crate::sql::{Holder, Ident};

pub(super) fn all(database: &SqliteDatabase<'_>, holders: &[Holder<'_>]) -> Result<Vec<Amount>> {
    ask(database, |connection| holders.iter().map(|holder| one(connection, holder)).collect())
}

fn one(connection: &Connection, holder: &Holder<'_>) -> rusqlite::Result<Amount> {
    let Holder { table, column } = holder;
    if let Some(schema) = table.schema.as_deref()
        && !is_attached(connection, schema)?
    {
        return Ok(Amount::Unknown);
    }
    // A column that is not there must not be asked for: SQLite takes its quoted name for a string, which is never NULL.
    let sql = "SELECT hidden FROM pragma_table_xinfo(?1, ?2) WHERE ?3 IS NULL OR lower(name) = lower(?3) LIMIT 1";
    let values = params![table.name, table.schema, column];
    let Some(hidden) = connection.query_row(sql, values, |row| row.get::<_, i64>(0)).optional()? else {
        return Ok(Amount::Gone);
    };
    let counted = match column {
        // <https://www.sqlite.org/pragma.html#pragma_table_xinfo>: 2 and 3 are generated.
        Some(_) if hidden >= 2 => return Ok(Amount::Of(0)),
        Some(column) => Ident(column).to_string(),
        None => "*".to_owned(),
    };
    let count: i64 = connection.query_row(&format!("SELECT count({counted}) FROM {table}"), [], |row| row.get(0))?;
    Ok(Amount::Of(count.unsigned_abs()))
}

/// Whether the connection has a database of that name: one that a script attaches is not there before it.
fn is_attached(connection: &Connection, schema: &str) -> rusqlite::Result<bool> {
    let sql = "SELECT lower(?1) = 'temp' OR EXISTS (SELECT 1 FROM pragma_database_list WHERE lower(name) = lower(?1))";
    connection.query_row(sql, [schema], |row| row.get(0))
}
