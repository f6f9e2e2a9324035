//! Settings of the connection that a step may change and the next one must not inherit.

use rusqlite::Connection;
use rusqlite::types::Value;

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

/// The settings that the connection had before the first step.
#[derive(Default)]
pub(super) struct Settings(Vec<(&'static str, Value)>);

impl Settings {
    pub(super) fn read(connection: &Connection) -> rusqlite::Result<Self> {
        let mut values = Vec::with_capacity(PRAGMAS.len());
        for pragma in PRAGMAS {
            // An SQLite that is built without one returns no row.
            match connection.prepare(&format!("PRAGMA {pragma}"))?.query_row([], |row| row.get(0)) {
                Ok(value) => values.push((*pragma, value)),
                Err(rusqlite::Error::QueryReturnedNoRows) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Self(values))
    }

    /// Puts back what a step has changed: before the next step, and at the end of the run.
    pub(super) fn put_back(&self, connection: &Connection) {
        let now = Self::read(connection).unwrap_or_default();
        for (pragma, value) in self.0.iter().filter(|setting| !now.0.contains(setting)) {
            if let Err(error) = connection.pragma_update(None, pragma, value) {
                tracing::warn!("PRAGMA {pragma} could not be put back: {error}");
            }
        }
    }
}
