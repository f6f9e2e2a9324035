use serde::Serialize;

use super::Paint;
use crate::config::DatabaseTarget;

/// Which database a part of a report is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct DatabaseView {
    /// Its name in schema.toml.
    pub(crate) database: Option<String>,
    pub(crate) backend: &'static str,
    /// Without its password.
    pub(crate) url: String,
}

impl DatabaseView {
    pub(crate) fn of(target: &DatabaseTarget) -> Self {
        Self { database: target.database.clone(), backend: target.dialect.as_str(), url: target.connection.to_string() }
    }

    /// `governance (postgres, postgres://me@host/db)`, as the line above what is said of it.
    pub(crate) fn heading(&self, paint: Paint) -> String {
        match &self.database {
            Some(name) => format!("{} ({}, {})", paint.bold(name), self.backend, self.url),
            None => format!("{} ({})", paint.bold(&self.url), self.backend),
        }
    }
}

/// The name by which messages tell a folder of migrations from others: `sqlite`, `shop (sqlite)`.
pub(crate) fn folder_name(database: Option<&str>, backend: &str) -> String {
    database.map_or_else(|| backend.to_owned(), |name| format!("{name} ({backend})"))
}
