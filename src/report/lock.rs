use serde::Serialize;

use super::{ProofView, folder_name};
use crate::config::MigrationSource;
use crate::source::{LockDifference, Which};

/// What `generate` wrote.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct GenerateDocument {
    /// The path of schema.lock.
    pub(crate) lock_file: String,
    /// Whether it was written.
    pub(crate) written: bool,
    pub(crate) changes: Vec<LockChangeView>,
    /// The downs that were written.
    pub(crate) downs: Vec<ProofView>,
}

/// One change to schema.lock.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct LockChangeView {
    pub(crate) database: Option<String>,
    pub(crate) backend: &'static str,
    pub(crate) version: i64,
    pub(crate) change: &'static str,
    /// The file of the migration, below the folder of migrations.
    pub(crate) file: String,
    /// What the file was called before.
    pub(crate) from: Option<String>,
}

impl LockChangeView {
    pub(crate) fn of(source: &MigrationSource, difference: &LockDifference) -> Self {
        let (change, file, from) = match difference {
            LockDifference::NotLocked { file, .. } => ("added", file, None),
            LockDifference::Modified { file, which: Which::Up, .. } => ("changed", file, None),
            LockDifference::Modified { file, which: Which::Down, .. } => ("down changed", file, None),
            LockDifference::Renamed { from, to, .. } => ("renamed", to, Some(from.clone())),
            LockDifference::DownAdded { file, .. } => ("down added", file, None),
            LockDifference::DownRemoved { file, .. } => ("down removed", file, None),
            LockDifference::Removed { file, .. } => ("removed", file, None),
        };
        Self {
            database: source.database.clone(),
            backend: source.dialect.as_str(),
            version: difference.version().get(),
            change,
            file: file.clone(),
            from,
        }
    }

    /// `sqlite: V0001__create_orders.sql added`.
    pub(crate) fn line(&self) -> String {
        let folder = folder_name(self.database.as_deref(), self.backend);
        match &self.from {
            Some(from) => format!("{folder}: {from} renamed to {}", self.file),
            None => format!("{folder}: {} {}", self.file, self.change),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::Dialect;
    use crate::version::Version;

    #[test]
    fn a_change_is_a_line() {
        let mut source =
            MigrationSource { database: None, dialect: Dialect::Sqlite, migrations: "migrations/sqlite".into() };
        let version = Version::new(1).unwrap();
        let added = LockDifference::NotLocked { version, file: "V1__a.sql".into() };
        assert_eq!(LockChangeView::of(&source, &added).line(), "sqlite: V1__a.sql added");
        source.database = Some("shop".into());
        let renamed = LockDifference::Renamed { version, from: "V1__a.sql".into(), to: "V1__b.sql".into() };
        assert_eq!(LockChangeView::of(&source, &renamed).line(), "shop (sqlite): V1__a.sql renamed to V1__b.sql");
    }
}
