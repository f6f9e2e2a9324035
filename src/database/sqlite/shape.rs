//! The history's tables: how they are made, and what stands under their names.

use rusqlite::Connection;

use super::tables::{Tables, columns};
use crate::history::State;
use crate::history::columns::{HISTORY, HistoryColumn, HistoryType, LOG, added, definitions};

/// UTC with milliseconds, as RFC 3339 has it.
pub(super) const NOW: &str = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')";

/// What CREATE TABLE and ADD COLUMN say of a column.
fn definition(column: HistoryColumn) -> String {
    let name = column.name;
    match column.holds {
        HistoryType::Key => format!("{name} INTEGER PRIMARY KEY NOT NULL"),
        HistoryType::Line => format!("{name} INTEGER PRIMARY KEY"),
        HistoryType::Text => format!("{name} TEXT NOT NULL"),
        HistoryType::MaybeText => format!("{name} TEXT"),
        HistoryType::State => format!("{name} TEXT NOT NULL CHECK ({name} IN ({}))", State::listed()),
        HistoryType::Number => format!("{name} INTEGER NOT NULL"),
        HistoryType::Flag => format!("{name} INTEGER NOT NULL DEFAULT 0"),
        HistoryType::Moment => format!("{name} TEXT NOT NULL DEFAULT ({NOW})"),
    }
}

impl Tables {
    pub(super) fn exist(&self, connection: &Connection) -> rusqlite::Result<bool> {
        let sql = "SELECT count(*) = 2 FROM main.sqlite_schema WHERE type = 'table' AND name IN (?1, ?1 || '_log')";
        connection.query_row(sql, [&self.name], |row| row.get(0))
    }

    /// The columns of now that the history lacks, which an earlier release has made.
    pub(super) fn lacks(&self, connection: &Connection) -> rusqlite::Result<Vec<HistoryColumn>> {
        let found = columns(connection, &self.name)?;
        Ok(added().iter().copied().filter(|column| found.iter().all(|name| name != column.name)).collect())
    }

    /// Brings a history to its shape of now. The caller has the transaction.
    pub(super) fn complete(&self, connection: &Connection) -> rusqlite::Result<()> {
        let lacks = self.lacks(connection)?;
        for column in &lacks {
            connection.execute_batch(&format!("ALTER TABLE {} ADD COLUMN {}", self.history, definition(*column)))?;
        }
        if lacks.is_empty() { Ok(()) } else { self.digest_all(connection) }
    }

    pub(super) fn is_view(&self, connection: &Connection) -> rusqlite::Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM main.sqlite_schema WHERE type = 'view' AND lower(name) = lower(?1))";
        connection.query_row(sql, [&self.name], |row| row.get(0))
    }

    /// The columns of what stands under the log's name and is not ours; none where nothing does.
    pub(super) fn foreign_log(&self, connection: &Connection) -> rusqlite::Result<Vec<String>> {
        const OURS: [&str; 5] = ["action", "version", "checksum", "outcome", "duration_ms"];
        let columns = columns(connection, &format!("{}_log", self.name))?;
        let is_ours = OURS.iter().all(|ours| columns.iter().any(|column| column == ours));
        Ok(if is_ours { Vec::new() } else { columns })
    }

    pub(super) fn create(&self) -> String {
        let Self { history, log, .. } = self;
        let (rows, lines) = (definitions(&HISTORY, definition), definitions(&LOG, definition));
        format!("CREATE TABLE IF NOT EXISTS {history} (\n{rows}\n);\nCREATE TABLE IF NOT EXISTS {log} (\n{lines}\n);")
    }
}
