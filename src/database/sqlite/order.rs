//! In which order the history came to be, and that it is still the one that was read.

use rusqlite::Connection;

use super::history::{Tables, ask, number, version};
use super::{SqliteDatabase, failure};
use crate::database::{Failure, Job, Why};
use crate::error::{Code, Result};
use crate::version::Version;

impl Tables {
    /// Forgets what the catalog was after versions above one that comes or goes.
    pub(super) fn unsettle(&self, connection: &Connection, version: Version) -> rusqlite::Result<()> {
        let sql =
            format!("UPDATE {} SET fingerprint = NULL WHERE version > ?1 AND fingerprint IS NOT NULL", self.history);
        connection.execute(&sql, [version.get()]).map(drop)
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
