//! That rows which REPLACE puts out are seen: SQLite fires no trigger for them unless `recursive_triggers` is on.

use rusqlite::Connection;

use super::room::FUNCTION;
use super::written::WrittenTables;
use crate::database::sqlite::count;

/// Recursive triggers, on for a statement.
pub(super) struct Recursion<'c> {
    connection: &'c Connection,
}

impl<'c> Recursion<'c> {
    /// Switches them on; none where they are on, or where a trigger of the database or the application would do something else then.
    pub(super) fn on(connection: &'c Connection, written: &WrittenTables) -> rusqlite::Result<Option<Self>> {
        let is_on: bool = connection.query_row("PRAGMA recursive_triggers", [], |row| row.get(0))?;
        if is_on || has_triggers(connection, written)? {
            return Ok(None);
        }
        connection.pragma_update(None, "recursive_triggers", true)?;
        Ok(Some(Self { connection }))
    }
}

impl Drop for Recursion<'_> {
    fn drop(&mut self) {
        if let Err(error) = self.connection.pragma_update(None, "recursive_triggers", false) {
            tracing::warn!("PRAGMA recursive_triggers could not be put back: {error}");
        }
    }
}

/// Whether there is a trigger, not the recorder's, on a table that the statement writes: those of other tables do nothing.
fn has_triggers(connection: &Connection, written: &WrittenTables) -> rusqlite::Result<bool> {
    let schemas: Vec<String> =
        connection.prepare("PRAGMA database_list")?.query_map([], |row| row.get(1))?.collect::<Result<_, _>>()?;
    for schema in schemas {
        let sql = format!("SELECT name, lower(tbl_name) FROM {} WHERE type = 'trigger'", count::schema_table(&schema));
        let mut statement = connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (name, table): (String, String) = (row.get(0)?, row.get(1)?);
            let is_own = schema == "temp" && name.starts_with(FUNCTION);
            let is_written = match written {
                WrittenTables::These(tables) => tables.contains(&table),
                WrittenTables::Any => true,
            };
            if !is_own && is_written {
                return Ok(true);
            }
        }
    }
    Ok(false)
}
