//! What a step may do to the connection and must not leave to the next step, or to the application.

use std::collections::BTreeSet;

use rusqlite::Connection;
use rusqlite::types::Value;

use crate::sql::Ident;

/// Pragmas that last as long as the connection and can be read back (<https://www.sqlite.org/pragma.html>).
/// Those that are stored in the file, such as `user_version` and `journal_mode`, are a migration's to set.
const PRAGMAS: &[&str] = &[
    "analysis_limit",
    "automatic_index",
    BUSY_TIMEOUT,
    "cache_size",
    "cell_size_check",
    "checkpoint_fullfsync",
    "defer_foreign_keys",
    "fullfsync",
    "ignore_check_constraints",
    "journal_size_limit",
    "legacy_alter_table",
    LOCKING_MODE,
    "max_page_count",
    "mmap_size",
    "query_only",
    "read_uncommitted",
    "recursive_triggers",
    "reverse_unordered_selects",
    SECURE_DELETE,
    "synchronous",
    "temp_store",
    "threads",
    "trusted_schema",
    "wal_autocheckpoint",
    "writable_schema",
];

const BUSY_TIMEOUT: &str = "busy_timeout";
const LOCKING_MODE: &str = "locking_mode";
const SECURE_DELETE: &str = "secure_delete";

/// SQLite waits for a lock without looking up: this long at most, so that an interrupt is noticed and `lock_wait` is kept.
/// An application's own busy handler, which is told by a timeout of 0, is left alone.
const LONGEST_WAIT: i64 = 100;

/// A connection of our own never waits longer by itself, also before a run: the driver's default is 5 s, and `lock_wait` may be less.
pub(super) fn wait_briefly(connection: &Connection) {
    let set = connection.pragma_update(None, BUSY_TIMEOUT, LONGEST_WAIT);
    warn("PRAGMA busy_timeout could not be set", set);
}

/// The state that the connection had before the first step.
#[derive(Default)]
pub(super) struct Settings {
    pragmas: Vec<(&'static str, Value)>,
    /// `PRAGMA case_sensitive_like` cannot be read.
    case_sensitive_like: bool,
    attached: BTreeSet<String>,
    temporary: BTreeSet<Temporary>,
    /// The application's own, in milliseconds, where it is longer than a run lets it be.
    busy_timeout: Option<i64>,
}

/// An object in the schema `temp`. The order is that in which they can be dropped.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Temporary {
    rank: usize,
    pub(super) kind: String,
    pub(super) name: String,
    /// The table or view of a trigger or index; of others the name.
    pub(super) on: String,
}

impl Settings {
    /// Reads the state before a run, and shortens SQLite's own waiting for it.
    pub(super) fn begin(connection: &Connection) -> rusqlite::Result<Self> {
        let attached = databases(connection)?;
        let temporary = if attached.contains("temp") { temporary(connection)? } else { BTreeSet::new() };
        let mut settings = Self {
            pragmas: pragmas(connection)?,
            case_sensitive_like: is_like_case_sensitive(connection)?,
            attached,
            temporary,
            busy_timeout: None,
        };
        for (pragma, value) in &mut settings.pragmas {
            if let (&mut BUSY_TIMEOUT, Value::Integer(timeout)) = (pragma, value)
                && *timeout > LONGEST_WAIT
            {
                settings.busy_timeout = Some(*timeout);
                *timeout = LONGEST_WAIT;
                connection.pragma_update(None, BUSY_TIMEOUT, LONGEST_WAIT)?;
            }
        }
        Ok(settings)
    }

    /// What was temporary before the run.
    pub(super) fn temporary(&self) -> &BTreeSet<Temporary> {
        &self.temporary
    }

    /// Puts back the pragmas that a step has changed.
    pub(super) fn put_back(&self, connection: &Connection) {
        let now = pragmas(connection).unwrap_or_default();
        for (pragma, value) in self.pragmas.iter().filter(|setting| !now.contains(setting)) {
            warn(&format!("PRAGMA {pragma} could not be put back"), set(connection, pragma, value));
        }
        if is_like_case_sensitive(connection).is_ok_and(|now| now != self.case_sensitive_like) {
            let set = connection.pragma_update(None, "case_sensitive_like", self.case_sensitive_like);
            warn("PRAGMA case_sensitive_like could not be put back", set);
        }
    }

    /// Drops temporary objects that a step has left, and detaches its databases, unless a transaction is open.
    pub(super) fn clear_away(&self, connection: &Connection) {
        let Ok(now) = databases(connection) else { return };
        if now.contains("temp") {
            for object in temporary(connection).unwrap_or_default().difference(&self.temporary) {
                let sql = format!("DROP {} IF EXISTS temp.{}", object.kind, Ident(&object.name));
                warn("a temporary object could not be dropped", connection.execute_batch(&sql));
            }
        }
        if !connection.is_autocommit() {
            return;
        }
        for name in now.difference(&self.attached).filter(|name| *name != "temp") {
            let detached = connection.execute_batch(&format!("DETACH {}", Ident(name)));
            warn("a database that a step attached could not be detached", detached);
        }
    }

    /// Gives the application its own waiting back.
    pub(super) fn end(&mut self, connection: &Connection) {
        if let Some(timeout) = self.busy_timeout.take() {
            let set = connection.pragma_update(None, BUSY_TIMEOUT, timeout);
            warn("PRAGMA busy_timeout could not be put back", set);
        }
    }
}

/// Whether a pragma is one of those that last as long as the connection.
pub(super) fn is_of_connection(pragma: &str) -> bool {
    PRAGMAS.iter().any(|name| name.eq_ignore_ascii_case(pragma))
}

fn warn(what: &str, result: rusqlite::Result<()>) {
    if let Err(error) = result {
        tracing::warn!("{what}: {error}");
    }
}

fn pragmas(connection: &Connection) -> rusqlite::Result<Vec<(&'static str, Value)>> {
    let mut values = Vec::with_capacity(PRAGMAS.len());
    for pragma in PRAGMAS {
        // An SQLite that is built without one returns no row.
        match connection.prepare(&format!("PRAGMA {pragma}"))?.query_row([], |row| row.get(0)) {
            Ok(value) => values.push((*pragma, value)),
            Err(rusqlite::Error::QueryReturnedNoRows) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(values)
}

fn set(connection: &Connection, pragma: &str, value: &Value) -> rusqlite::Result<()> {
    match (pragma, value) {
        // What it reads as 2, it takes as `fast`.
        (SECURE_DELETE, Value::Integer(2)) => connection.pragma_update(None, pragma, "fast"),
        (LOCKING_MODE, _) => {
            connection.pragma_update(None, pragma, value)?;
            // An exclusive lock is given back by the next access.
            connection.query_row("SELECT count(*) FROM main.sqlite_schema", [], |_| Ok(()))
        }
        _ => connection.pragma_update(None, pragma, value),
    }
}

fn is_like_case_sensitive(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("SELECT 'a' NOT LIKE 'A'", [], |row| row.get(0))
}

/// The names of the databases of the connection; `temp` is among them once something temporary was made.
fn databases(connection: &Connection) -> rusqlite::Result<BTreeSet<String>> {
    connection.prepare("PRAGMA database_list")?.query_map([], |row| row.get(1))?.collect()
}

fn temporary(connection: &Connection) -> rusqlite::Result<BTreeSet<Temporary>> {
    // Indexes of constraints have no SQL, and go with their table.
    connection
        .prepare("SELECT type, name, tbl_name FROM temp.sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")?
        .query_map([], |row| {
            let kind: String = row.get(0)?;
            let rank = ["trigger", "view", "index"].iter().position(|known| *known == kind).unwrap_or(3);
            Ok(Temporary { rank, kind, name: row.get(1)?, on: row.get(2)? })
        })?
        .collect()
}
