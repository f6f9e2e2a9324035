//! Settings of the connection that a step may change and the next one must not inherit.

use rusqlite::Connection;
use rusqlite::types::Value;

use super::failure;
use crate::database::Failure;

/// Pragmas that last as long as the connection and can be read back (<https://www.sqlite.org/pragma.html>).
/// Those that are stored in the file, such as `user_version` and `journal_mode`, are a migration's to set.
const PRAGMAS: &[&str] = &[
    "busy_timeout",
    "cell_size_check",
    "checkpoint_fullfsync",
    "defer_foreign_keys",
    "fullfsync",
    "ignore_check_constraints",
    "legacy_alter_table",
    "query_only",
    "read_uncommitted",
    "recursive_triggers",
    "reverse_unordered_selects",
    "synchronous",
    "temp_store",
    "trusted_schema",
    "writable_schema",
];

/// The settings as they were; put back on drop.
pub(super) struct Settings<'c> {
    connection: &'c Connection,
    values: Vec<(&'static str, Value)>,
}

impl<'c> Settings<'c> {
    pub(super) fn keep(connection: &'c Connection) -> Result<Self, Failure> {
        let values = read(connection).map_err(|error| failure::of(error, connection))?;
        Ok(Self { connection, values })
    }
}

fn read(connection: &Connection) -> rusqlite::Result<Vec<(&'static str, Value)>> {
    let mut values = Vec::with_capacity(PRAGMAS.len());
    for pragma in PRAGMAS {
        // An SQLite that is built without one returns no row.
        match connection.prepare_cached(&format!("PRAGMA {pragma}"))?.query_row([], |row| row.get(0)) {
            Ok(value) => values.push((*pragma, value)),
            Err(rusqlite::Error::QueryReturnedNoRows) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(values)
}

impl Drop for Settings<'_> {
    fn drop(&mut self) {
        let now = read(self.connection).unwrap_or_default();
        for (pragma, value) in &self.values {
            if now.contains(&(*pragma, value.clone())) {
                continue;
            }
            if let Err(error) = self.connection.pragma_update(None, pragma, value) {
                tracing::warn!("PRAGMA {pragma} could not be put back: {error}");
            }
        }
    }
}
