//! In which order the history came to be, and that it is still the one that was read.

use super::history::{unreadable, version};
use super::tables::Tables;
use super::{PostgresDatabase, failure};
use crate::database::Basis;
use crate::error::Result;
use crate::history::columns::DIGEST;
use crate::version::Version;

impl Tables {
    /// The statement that forgets what the catalog was after the versions above a row that came, went or became another, and the digests that
    /// rest on it.
    pub(super) fn unsettle(&self, version: Version) -> String {
        format!("UPDATE {} SET fingerprint = NULL, {DIGEST} = NULL WHERE version > {version}", self.history())
    }

    /// A statement that divides by zero where the history as a whole is not what the plan was made for.
    pub(super) fn check_basis(&self, basis: &Basis) -> String {
        let last = basis.last.map(|last| format!(" {last}")).unwrap_or_default();
        format!(
            "SELECT 1 / ((SELECT count(*) || coalesce(' ' || max(version), '') FROM {}) = '{}{last}')::int",
            self.history(),
            basis.rows
        )
    }
}

/// The versions in the order in which they were applied, as the log has it.
pub(super) async fn order(database: &mut PostgresDatabase<'_>) -> Result<Vec<Version>> {
    let query = format!(
        "SELECT version FROM {} WHERE action = 'up' AND outcome = 'done' GROUP BY version ORDER BY max(id)",
        database.tables.log()
    );
    match database.session.query_whole(&query).await {
        Ok(rows) => {
            let table = database.tables.shown();
            rows.iter().map(|row| version(row).ok_or_else(|| unreadable(&table, row))).collect()
        }
        Err(broken) if failure::is_absent(&broken) => Ok(Vec::new()),
        Err(broken) => Err(failure::of_history(database, broken)),
    }
}
