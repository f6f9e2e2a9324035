//! In which order the history came to be, and that it is still the one that was read.

use rusqlite::Connection;

use super::tables::{Tables, ask, number, version};
use super::{SqliteDatabase, failure};
use crate::database::{Failure, HistoryChange, Job, Why};
use crate::error::{Code, Result};
use crate::history::columns::DIGEST;
use crate::version::Version;

impl Tables {
    /// After a row that came, went or became another: forgets what the catalog was after the versions above it, and computes the digests
    /// that rest on it.
    pub(super) fn settle(&self, connection: &Connection, change: &HistoryChange<'_>) -> rusqlite::Result<()> {
        let Some(version) = change.unsettles() else { return Ok(()) };
        let above = format!("UPDATE {} SET fingerprint = NULL, {DIGEST} = NULL WHERE version > ?1", self.history);
        let above = connection.execute(&above, [version.get()])?;
        // A row that is written has its digest.
        if above > 0 || !matches!(change, HistoryChange::Put(_) | HistoryChange::Delete(_)) {
            self.digest_from(connection, version)?;
        }
        Ok(())
    }

    /// Fails where the history as a whole is not what the plan of a job was made for.
    pub(super) fn check_basis(&self, connection: &Connection, job: &Job<'_>) -> Result<(), Failure> {
        let Some(basis) = job.basis else { return Ok(()) };
        let sql = format!("SELECT count(*), max(version) FROM {}", self.history);
        let found = connection.query_row(&sql, [], |row| Ok((number(row, 0)?, row.get::<_, Option<i64>>(1)?)));
        let found = found.map_err(|error| failure::of(error, connection))?;
        if found == (basis.rows, basis.last.map(Version::get)) {
            return Ok(());
        }
        Err(Failure::new(Code::HistoryTable, "another runner was faster").because(Why::DoneByOther))
    }
}

/// The versions in the order in which they were applied, as the log has it.
pub(super) fn order(database: &SqliteDatabase<'_>) -> Result<Vec<Version>> {
    let sql = format!(
        "SELECT version FROM {} WHERE action = 'up' AND outcome = 'done' GROUP BY version ORDER BY max(id)",
        database.tables.log
    );
    ask(database, |connection| {
        if !database.tables.exist(connection)? {
            return Ok(Vec::new());
        }
        connection.prepare(&sql)?.query_map([], version)?.collect()
    })
}
