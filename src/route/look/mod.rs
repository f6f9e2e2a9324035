//! What both sides say of a move.

mod postgres;
mod sqlite;

use postgres::PostgresLook;
use sqlite::SqliteLook;

use super::settings::RouteOptions;
use super::standing::{Standing, standing};
use crate::error::Result;

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
        let gate = self.sqlite.look()?;
        Ok(standing(gate, &self.postgres.look().await?))
    }

    pub(super) async fn close(self) {
        self.postgres.close().await;
    }
}
