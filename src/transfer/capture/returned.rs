//! How far a source is followed back: in its own file, so that it changes with the rows.

use rusqlite::Connection;

use super::{Capture, unread};
use crate::error::Result;
use crate::history::CaptureTable;

/// The state of the target that the source shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReturnedTo {
    /// A snapshot of the target, as `pg_snapshot` writes it; none before the first round.
    pub(crate) snapshot: Option<String>,
    /// Rounds until then.
    pub(crate) rounds: i64,
    /// Whether the keys are noted by which rows are known here.
    pub(crate) has_keys: bool,
}

impl Capture {
    pub(crate) fn returned(&self, connection: &Connection) -> Result<ReturnedTo> {
        let sql = format!("SELECT returned, returns, has_keys FROM main.{}", self.table(CaptureTable::State));
        let read = |row: &rusqlite::Row<'_>| {
            Ok(ReturnedTo { snapshot: row.get(0)?, rounds: row.get(1)?, has_keys: row.get(2)? })
        };
        connection.query_row(&sql, [], read).map_err(unread)
    }

    /// Says which state is shown, in the transaction at hand.
    pub(crate) fn return_to(&self, connection: &Connection, snapshot: &str, rounds: i64) -> rusqlite::Result<()> {
        let sql = format!("UPDATE main.{} SET returned = ?1, returns = ?2", self.table(CaptureTable::State));
        connection.execute(&sql, (snapshot, rounds)).map(drop)
    }

    /// Says that the keys are noted, in the transaction at hand.
    pub(crate) fn set_has_keys(&self, connection: &Connection) -> rusqlite::Result<()> {
        connection.execute_batch(&format!("UPDATE main.{} SET has_keys = 1", self.table(CaptureTable::State)))
    }

    /// Rows of the target that have no place here.
    pub(crate) fn rows_not_returned(&self, connection: &Connection) -> Result<u64> {
        let sql = format!("SELECT count(*) FROM main.{}", self.table(CaptureTable::Aside));
        let count: i64 = connection.query_row(&sql, [], |row| row.get(0)).map_err(unread)?;
        Ok(u64::try_from(count).unwrap_or_default())
    }
}
