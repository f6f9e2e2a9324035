//! Foreign keys that are checked at the end of a script, which is no commit in a scratch database.

use super::failure::of;
use super::scratch::SqliteScratch;
use crate::error::{Code, Error, Result};
use crate::source::Script;

impl SqliteScratch {
    /// Runs a script to its end, where foreign keys that are deferred have to hold: no commit checks them here.
    pub(super) fn run_script(&mut self, script: &Script) -> Result<()> {
        let before = if self.defers(script)? { Some(self.references_broken()?) } else { None };
        self.run_statements(script)?;
        match before {
            Some(before) if self.references_broken()? > before => Err(Error::new(
                Code::StatementFailed,
                format!("the end of {} fails on the scratch database", script.path()),
            )
            .with_cause("FOREIGN KEY constraint failed")),
            _ => Ok(()),
        }
    }

    /// Whether a script may leave for its end what a foreign key forbids.
    fn defers(&self, script: &Script) -> Result<bool> {
        let sql = "SELECT (SELECT foreign_keys FROM pragma_foreign_keys) AND (?1 OR EXISTS \
                   (SELECT 1 FROM sqlite_schema WHERE sql LIKE '%initially%deferred%'))";
        let asks = script.text().to_ascii_lowercase().contains("deferr");
        self.connection.query_row(sql, [asks], |row| row.get(0)).map_err(|error| of(error, "the scratch database"))
    }
}
