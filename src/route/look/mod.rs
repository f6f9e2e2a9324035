//! What both sides say of a move.

mod postgres;
mod sqlite;

use postgres::PostgresLook;
use sqlite::SqliteLook;

use super::settings::RouteOptions;
use super::standing::{Standing, standing};
use crate::error::{Code, Error, Result};

/// Looks at both sides, with connections of its own.
pub(super) struct Looks {
    sqlite: SqliteLook,
    postgres: PostgresLook,
}

impl Looks {
    /// # Errors
    /// One of the URLs cannot be read.
    pub(super) fn at(sqlite: &str, postgres: &str, options: &RouteOptions) -> Result<Self> {
        let sqlite = SqliteLook::at(sqlite, options)?;
        Ok(Self { sqlite, postgres: PostgresLook::at(postgres, options)? })
    }

    /// How they stand. SQLite is asked first: a switch that comes between both leaves what does not fit, and never a side that is not open.
    pub(super) async fn look(&mut self) -> Result<Standing> {
        let source = self.sqlite.look()?;
        let journal = self.postgres.look().await?;
        if source.is_captured && journal.state.is_none() {
            return Err(not_found());
        }
        Ok(standing(source, &journal))
    }

    pub(super) async fn close(self) {
        self.postgres.close().await;
    }
}

/// The changes of SQLite are noted for a move whose journal is not where it is looked for: who took that for no move would never see the switch.
fn not_found() -> Error {
    Error::new(Code::Query, "SQLite is followed, and the journal of the move was not found on PostgreSQL")
        .with_hint("it lies beside the history: say which schema that is, RouteOptions::schema, or let the search path of the application lead there")
        .with_hint("or the move is just beginning, or being taken away: then the next look is right")
}
