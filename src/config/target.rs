use std::fmt;
use std::path::{Path, PathBuf};

use super::{Options, Secret, SqliteLocation};
use crate::error::{Code, Error, Place, Result, did_you_mean};
use crate::sql::Dialect;

/// A database to work on.
#[derive(Debug, Clone)]
pub(crate) struct DatabaseTarget {
    /// Its name in schema.toml; `None` where there is one database without a name.
    pub(crate) database: Option<String>,
    pub(crate) dialect: Dialect,
    pub(crate) connection: Connection,
    /// Where its URL stands in schema.toml.
    pub(crate) url_place: Option<Place>,
    /// The variable that chose this backend of two, where nothing else did.
    pub(crate) chosen_by: Option<String>,
    /// The folder of its migrations, as messages show it.
    pub(crate) migrations: PathBuf,
    /// The path of schema.lock, as messages show it, whether it exists or not.
    pub(crate) lock_file: PathBuf,
    pub(crate) options: Options,
}

impl DatabaseTarget {
    /// Gives an error of the URL, which only whoever connects can read in full, its line.
    #[cfg_attr(not(feature = "postgres"), expect(dead_code, reason = "SQLite URLs are read with schema.toml"))]
    pub(crate) fn locate(&self, error: Error) -> Error {
        // One with a cause names the variable or file that is wrong instead.
        let is_of_url = error.code() == Code::InvalidUrl && error.place().is_none() && error.cause().is_none();
        match &self.url_place {
            Some(place) if is_of_url => error.with_place(place.clone()),
            _ => error,
        }
    }

    /// Where its migrations come from.
    pub(crate) fn source(&self) -> MigrationSource {
        MigrationSource { database: self.database.clone(), dialect: self.dialect, migrations: self.migrations.clone() }
    }

    /// Whether both keep their records in one table. A database in memory is each connection's own.
    pub(super) fn shares_history(&self, other: &Self) -> bool {
        let same_database = match (&self.connection, &other.connection) {
            (Connection::Sqlite(SqliteLocation::File { path: a, .. }), Connection::Sqlite(b)) => {
                matches!(b, SqliteLocation::File { path: b, .. } if a == b)
            }
            (Connection::Postgres(a), Connection::Postgres(b)) => a == b,
            _ => false,
        };
        same_database && (&self.options.table, &self.options.schema) == (&other.options.table, &other.options.schema)
    }
}

/// A folder of migrations, for what needs no database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MigrationSource {
    pub(crate) database: Option<String>,
    pub(crate) dialect: Dialect,
    pub(crate) migrations: PathBuf,
}

/// How a database is reached. `Display` is redacted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Connection {
    Sqlite(SqliteLocation),
    /// A URL, or a list of `key=value`.
    Postgres(Secret),
}

impl Connection {
    /// Reads a URL. `folder` is what a relative path is relative to.
    pub(super) fn parse(dialect: Dialect, url: &str, folder: &Path) -> Result<Self> {
        match dialect {
            Dialect::Sqlite => Ok(Self::Sqlite(SqliteLocation::parse(url)?.below(folder))),
            Dialect::Postgres if dialect_of(url) == Some(Dialect::Postgres) => Ok(Self::Postgres(Secret::new(url))),
            Dialect::Postgres => Err(not_postgres(url)),
        }
    }
}

impl fmt::Display for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(location) => location.fmt(f),
            Self::Postgres(url) => url.fmt(f),
        }
    }
}

/// The database that a URL is for; `None` where its scheme is not known.
pub(super) fn dialect_of(url: &str) -> Option<Dialect> {
    let scheme = url.split_once(':').map_or("", |(scheme, _)| scheme);
    match scheme {
        "postgres" | "postgresql" => Some(Dialect::Postgres),
        "sqlite" | "file" => Some(Dialect::Sqlite),
        _ if url == ":memory:" => Some(Dialect::Sqlite),
        _ if is_key_values(url) => Some(Dialect::Postgres),
        // A path: also one with the drive of Windows.
        _ if scheme.len() <= 1 => Some(Dialect::Sqlite),
        _ => None,
    }
}

/// Whether the text begins as `host=...` does.
fn is_key_values(url: &str) -> bool {
    let key = url.split_once('=').map_or("", |(key, _)| key).trim();
    !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

fn not_postgres(url: &str) -> Error {
    let message = format!("the PostgreSQL URL `{}` cannot be read", Secret::new(url));
    let scheme = url.split_once(':').map_or(url, |(scheme, _)| scheme);
    let error = Error::new(Code::InvalidUrl, message);
    match did_you_mean(scheme, ["postgres", "postgresql"]) {
        Some(hint) => error.with_hint(hint),
        None => error.with_hint("write `postgres://user@host/database`"),
    }
}
