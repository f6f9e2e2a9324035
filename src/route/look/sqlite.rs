use std::time::Duration;

use rusqlite::{Connection, OptionalExtension};

use super::super::settings::RouteOptions;
use super::super::standing::{GateSeen, SourceSeen};
use crate::config::SqliteLocation;
use crate::database::sqlite::{self, OpenPurpose};
use crate::error::{Code, Error, Result};
use crate::history::{CaptureTable, FOR_GOOD};
use crate::sql::Ident;

/// How long a writer of the application is waited for.
const PATIENCE: Duration = Duration::from_secs(1);

/// Looks at the gate of SQLite.
pub(super) struct SqliteLook {
    location: SqliteLocation,
    state: String,
    changes: String,
    connection: Option<Connection>,
}

impl SqliteLook {
    pub(super) fn at(url: &str, options: &RouteOptions) -> Result<Self> {
        let table = |table: CaptureTable| table.name(&options.table);
        let (state, changes) = (table(CaptureTable::State), table(CaptureTable::Changes));
        Ok(Self { location: SqliteLocation::parse(url)?, state, changes, connection: None })
    }

    /// # Errors
    /// The file is not there, or cannot be read.
    pub(super) fn look(&mut self) -> Result<SourceSeen> {
        if self.location.is_missing() {
            // An empty one would pass for a side that is open.
            return Err(Error::new(Code::Connect, format!("{} is not there", self.location))
                .with_hint("where SQLite is gone for good, use PostgreSQL alone: `DB_BACKEND=postgres`"));
        }
        if self.connection.is_none() {
            let connection = sqlite::open(&self.location, OpenPurpose::Read)?;
            connection.busy_timeout(PATIENCE).map_err(|error| self.unread(error))?;
            self.connection = Some(connection);
        }
        let seen =
            self.connection.as_ref().map(|connection| source(connection, &self.state, &self.changes)).transpose();
        match seen {
            Ok(seen) => Ok(seen.unwrap_or(NO_MOVE)),
            Err(error) => {
                self.connection = None;
                Err(self.unread(error))
            }
        }
    }

    fn unread(&self, error: rusqlite::Error) -> Error {
        Error::new(Code::Query, format!("whether {} is open to writers cannot be read", self.location))
            .with_cause(error.to_string())
            .with_source(error)
    }
}

/// A source that no move has touched, or one of which the capture is being taken away: it closes nothing.
const NO_MOVE: SourceSeen = SourceSeen { gate: GateSeen::Open, is_captured: false };

/// By SQLite's own clock, as the gate itself decides.
fn source(connection: &Connection, state: &str, changes: &str) -> rusqlite::Result<SourceSeen> {
    let is_there = |table: &str| {
        let sql = "SELECT EXISTS (SELECT 1 FROM main.sqlite_schema WHERE type = 'table' AND name = ?1)";
        connection.query_row(sql, [table], |row| row.get::<_, bool>(0))
    };
    if !is_there(state)? {
        return Ok(NO_MOVE);
    }
    let sql = format!(
        "SELECT coalesce(closed_until >= {FOR_GOOD:?}, false), coalesce(closed_until > julianday('now'), false) FROM main.{}",
        Ident(state)
    );
    let gate = |row: &rusqlite::Row<'_>| {
        Ok(match (row.get(0)?, row.get(1)?) {
            (true, _) => GateSeen::ClosedForGood,
            (false, true) => GateSeen::Closed,
            (false, false) => GateSeen::Open,
        })
    };
    let gate = connection.query_row(&sql, [], gate).optional()?;
    let is_captured = is_there(changes)?;
    Ok(gate.map_or(NO_MOVE, |gate| SourceSeen { gate, is_captured }))
}
