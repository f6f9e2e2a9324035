//! Migrations with the options for them, and a database to run them on.

#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;

#[cfg(feature = "postgres")]
pub use postgres::PostgresMigrator;
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteMigrator;

use crate::config::Options;
use crate::source::Migrations;

/// Migrations, and how they are run. [`sqlite`](Self::sqlite) and [`postgres`](Self::postgres) name the connection to run them on.
///
/// ```
/// # #[cfg(feature = "sqlite")]
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use schemactl::{Back, Migrations, Migrator, Options};
///
/// let migrations = Migrations::read("migrations/sqlite/agent_platform")?; // or `embed!`
/// let migrator = Migrator::new(&migrations).with_options(Options::new().application("notes 2.1"));
///
/// let mut connection = rusqlite::Connection::open_in_memory()?;
/// let mut database = migrator.sqlite(&mut connection);
/// assert_eq!(database.pending()?.len(), 2);
/// assert_eq!(database.up()?.to_string(), "2 applied");
/// assert_eq!(database.down(Back::Steps(1))?.to_string(), "1 reverted");
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "sqlite"))]
/// # fn main() {}
/// ```
///
/// The functions of `schemactl::sqlite` and `schemactl::postgres` do the same with everything in one call, also by a URL.
#[derive(Debug, Clone)]
pub struct Migrator<'m> {
    migrations: &'m Migrations,
    options: Options,
}

impl<'m> Migrator<'m> {
    /// Takes migrations, with the default options.
    pub fn new(migrations: &'m Migrations) -> Self {
        Self { migrations, options: Options::new() }
    }

    /// Runs them with these options.
    #[must_use]
    pub fn with_options(self, options: Options) -> Self {
        Self { options, ..self }
    }

    /// Returns the migrations.
    pub fn migrations(&self) -> &'m Migrations {
        self.migrations
    }

    /// Returns the options.
    pub fn options(&self) -> &Options {
        &self.options
    }
}
