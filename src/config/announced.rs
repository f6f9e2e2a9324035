//! What a variable says of a database before there is a schema.toml: `init` looks at `DATABASE_URL`.

use std::fmt;
use std::path::Path;

use super::dotenv;
use super::environment::CallEnvironment;
use super::sqlite_url::SqliteLocation;
use super::target::dialect_of;
use super::{Secret, redact};
use crate::error::{Code, Error, Result, did_you_mean};
use crate::sql::Dialect;

/// The URL of a database, in a variable. `Display` is redacted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Announced {
    pub(crate) variable: String,
    pub(crate) origin: VariableOrigin,
    pub(crate) url: Secret,
    pub(crate) dialect: Dialect,
}

/// Where a variable is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum VariableOrigin {
    Environment,
    /// `.env`, in the folder of schema.toml.
    Dotenv,
}

impl Announced {
    /// Whether `.env` has it, where a password may stand too.
    pub(crate) fn is_of_file(&self) -> bool {
        self.origin == VariableOrigin::Dotenv
    }

    /// The file of an SQLite database, as messages show it.
    pub(crate) fn file(&self) -> Option<String> {
        match SqliteLocation::parse(self.url.expose()) {
            Ok(location @ SqliteLocation::File { .. }) if self.dialect == Dialect::Sqlite => Some(location.to_string()),
            _ => None,
        }
    }

    /// Whether the database ends with the connection: no command would find what another one made.
    pub(crate) fn is_in_memory(&self) -> bool {
        self.dialect == Dialect::Sqlite
            && matches!(SqliteLocation::parse(self.url.expose()), Ok(SqliteLocation::Memory))
    }
}

/// `DATABASE_URL (.env) is sqlite:app.db`.
impl fmt::Display for Announced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let origin = match self.origin {
            VariableOrigin::Environment => "environment",
            VariableOrigin::Dotenv => ".env",
        };
        write!(f, "{} ({origin}) is {}", self.variable, self.url)
    }
}

/// Reads a variable of the environment, else of `.env` in `folder`. An empty one is one that is not set.
///
/// # Errors
/// - [`Code::ConfigFile`]: the variable is not in the environment, and `.env` cannot be read.
/// - [`Code::InvalidUrl`]: what it has is the URL of neither database.
pub(crate) fn announced(environment: &CallEnvironment, folder: &Path, variable: &str) -> Result<Option<Announced>> {
    let (url, origin) = match environment.own(variable)? {
        Some(url) => (Some(url), VariableOrigin::Environment),
        None => (dotenv::read(&folder.join(".env"))?.remove(variable), VariableOrigin::Dotenv),
    };
    let Some(url) = url.filter(|url| !url.is_empty()) else { return Ok(None) };
    let dialect = dialect_of(&url).ok_or_else(|| of_neither(variable, &url))?;
    if dialect == Dialect::Sqlite {
        SqliteLocation::parse(&url).map_err(|error| of_variable(variable, error))?;
    }
    Ok(Some(Announced { variable: variable.to_owned(), origin, url: Secret::new(url), dialect }))
}

/// An error of a URL, with the variable that has it.
pub(crate) fn of_variable(variable: &str, error: Error) -> Error {
    let message = format!("{variable}: {error}");
    error.with_message(message)
}

fn of_neither(variable: &str, url: &str) -> Error {
    let scheme = url.split_once(':').map_or("", |(scheme, _)| scheme);
    let error = Error::new(
        Code::InvalidUrl,
        format!("{variable} is `{}`, which is the URL of neither SQLite nor PostgreSQL", redact(url)),
    );
    match did_you_mean(scheme, ["postgres", "postgresql", "sqlite"]) {
        Some(hint) => error.with_hint(hint),
        None => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(folder: &Path, variables: &'static [(&'static str, &'static str)]) -> Result<Option<Announced>> {
        let value = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).into());
        announced(&CallEnvironment::new(folder, value), folder, "DATABASE_URL")
    }

    #[test]
    fn the_environment_counts_more_than_the_file() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read(folder.path(), &[]).unwrap(), None);
        std::fs::write(folder.path().join(".env"), "DATABASE_URL=postgres://me:hunter2@h/shop\n").unwrap();
        let of_file = read(folder.path(), &[("DATABASE_URL", "")]).unwrap().unwrap();
        assert_eq!((of_file.dialect, of_file.origin), (Dialect::Postgres, VariableOrigin::Dotenv));
        assert_eq!(of_file.to_string(), "DATABASE_URL (.env) is postgres://me:***@h/shop");
        let of_environment = read(folder.path(), &[("DATABASE_URL", "sqlite:app.db")]).unwrap().unwrap();
        assert_eq!(of_environment.to_string(), "DATABASE_URL (environment) is sqlite:app.db");
        assert!(!of_environment.is_in_memory());
    }

    #[test]
    fn what_is_no_url_is_said() {
        let folder = tempfile::tempdir().unwrap();
        for (url, words) in [
            ("mysql://me:hunter2@h/shop", "neither SQLite nor PostgreSQL"),
            ("sqlite:app.db?mode=wrong", "the SQLite URL"),
            ("sqlite:", "it names no file"),
        ] {
            let variables: &'static [_] = Box::leak(Box::new([("DATABASE_URL", url)]));
            let error = read(folder.path(), variables).unwrap_err();
            assert_eq!(error.code(), Code::InvalidUrl, "{url}");
            let text = format!("{error:#}");
            assert!(text.contains(words) && !text.contains("hunter2"), "{text}");
        }
    }
}
