//! The rows of a table of SQLite.

use rusqlite::{Connection, OptionalExtension as _};

use super::TableToExport;
use crate::database::sqlite::of_file;
use crate::error::Result;
use crate::export::value::of_sqlite;
use crate::sql::Ident;

/// Hands over each row, in order.
pub(in crate::export) fn visit(
    connection: &Connection,
    table: &TableToExport,
    visit: &mut dyn FnMut(Vec<String>) -> Result<()>,
) -> Result<()> {
    let failed = |error| of_file(error, format!("the rows of {} cannot be read", table.table.plain()));
    let columns: Vec<String> = table.table.columns.iter().map(|name| Ident(name).to_string()).collect();
    let sql = format!("SELECT {} FROM {} ORDER BY {}", columns.join(", "), table.name, table.order);
    let mut statement = connection.prepare(&sql).map_err(failed)?;
    let mut rows = statement.query([]).map_err(failed)?;
    while let Some(row) = rows.next().map_err(failed)? {
        let value = |at: usize| row.get_ref(at).map(of_sqlite);
        let values: Vec<String> = (0..columns.len()).map(value).collect::<rusqlite::Result<_>>().map_err(failed)?;
        visit(values)?;
    }
    Ok(())
}

/// The next number that AUTOINCREMENT gives; rows that are gone have had some (<https://www.sqlite.org/autoinc.html>).
pub(super) fn next(connection: &Connection, table: &TableToExport) -> Result<Vec<(String, i64)>> {
    let read = || -> rusqlite::Result<Option<i64>> {
        let is_there = "SELECT count(*) FROM main.sqlite_schema WHERE name = 'sqlite_sequence'";
        if connection.query_row(is_there, [], |row| row.get::<_, i64>(0))? == 0 {
            return Ok(None);
        }
        let sql = "SELECT seq FROM main.sqlite_sequence WHERE lower(name) = lower(?1) AND typeof(seq) = 'integer'";
        connection.query_row(sql, [&table.table.table], |row| row.get(0)).optional()
    };
    let last = read().map_err(|error| of_file(error, "the numbers that AUTOINCREMENT has given cannot be read"))?;
    let next = last.and_then(|last| last.checked_add(1));
    Ok(table.key.clone().zip(next).into_iter().collect())
}
