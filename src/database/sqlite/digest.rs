//! The running digest of the history: kept up to date with each write, so that the last row tells what all of them are.

use rusqlite::{Connection, params};

use super::SqliteDatabase;
use super::tables::{Tables, ask, optional};
use crate::database::NewRecord;
use crate::error::Result;
use crate::history::State;
use crate::history::columns::DIGEST;
use crate::source::{Head, RunningDigest};
use crate::version::Version;

/// Whether the last row of the history says that all of these migrations are applied, and nothing else.
pub(super) fn says(database: &SqliteDatabase<'_>, head: &Head<'_>) -> Result<bool> {
    // A history of an earlier release has no such column: the name means that of the outer query then.
    let sql = format!(
        "SELECT (SELECT version = ?1 AND state IN ({}) AND checksum = ?2 AND {DIGEST} = ?3 FROM {} ORDER BY version DESC LIMIT 1) \
         FROM (SELECT NULL AS {DIGEST})",
        State::done_listed(),
        database.tables.history
    );
    let values = params![head.version.get(), head.checksum.to_string(), head.digest.as_str()];
    ask(database, |connection| connection.prepare(&sql)?.query_row(values, |row| row.get::<_, Option<bool>>(0)))
        .map(Option::unwrap_or_default)
}

/// What a digest is made of, and the one that is stored.
struct DigestRow {
    version: i64,
    state: String,
    checksum: String,
    digest: Option<String>,
}

impl Tables {
    /// The digest of a row that is about to be written.
    pub(super) fn next_digest(&self, connection: &Connection, record: &NewRecord<'_>) -> rusqlite::Result<String> {
        let below = self.digest_below(connection, record.version)?;
        let word = record.state.digested();
        Ok(below.with(record.version.get(), word, &record.checksum.to_string()).to_string())
    }

    /// Computes the digests from a row on that became another, or where one came or went.
    pub(super) fn digest_from(&self, connection: &Connection, version: Version) -> rusqlite::Result<()> {
        let below = self.digest_below(connection, version)?;
        self.digest(connection, version.get(), below)
    }

    /// The digest of all rows below a version. Where it is not known, that of all is computed.
    fn digest_below(&self, connection: &Connection, version: Version) -> rusqlite::Result<RunningDigest> {
        let sql = format!("SELECT {DIGEST} FROM {} WHERE version < ?1 ORDER BY version DESC LIMIT 1", self.history);
        let mut statement = connection.prepare(&sql)?;
        let mut below = || optional(statement.query_row([version.get()], |row| row.get::<_, Option<String>>(0)));
        let mut found = below()?;
        if found == Some(None) {
            self.digest_all(connection)?;
            found = below()?;
        }
        Ok(found.flatten().map_or(RunningDigest::NONE, |digits| RunningDigest::recorded(digits.into())))
    }

    /// Computes the digests of all rows.
    pub(super) fn digest_all(&self, connection: &Connection) -> rusqlite::Result<()> {
        self.digest(connection, i64::MIN, RunningDigest::NONE)
    }

    fn digest(&self, connection: &Connection, first: i64, mut digest: RunningDigest) -> rusqlite::Result<()> {
        let rows = format!(
            "SELECT version, state, checksum, {DIGEST} FROM {} WHERE version >= ?1 ORDER BY version",
            self.history
        );
        let read = |row: &rusqlite::Row<'_>| {
            Ok(DigestRow { version: row.get(0)?, state: row.get(1)?, checksum: row.get(2)?, digest: row.get(3)? })
        };
        let rows: Vec<DigestRow> =
            connection.prepare(&rows)?.query_map([first], read)?.collect::<rusqlite::Result<_>>()?;
        let update = format!("UPDATE {} SET {DIGEST} = ?2 WHERE version = ?1", self.history);
        let mut update = connection.prepare(&update)?;
        for row in rows {
            // What no release has written is read by nobody as applied.
            let word = State::parse(&row.state).map_or(row.state.as_str(), |state| state.digested());
            digest = digest.with(row.version, word, &row.checksum);
            if row.digest.as_deref() != Some(digest.as_str()) {
                update.execute(params![row.version, digest.as_str()])?;
            }
        }
        Ok(())
    }
}
