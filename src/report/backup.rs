//! What `backup` and `restore` did.

use indicatif::DecimalBytes;
use serde::Serialize;

use super::{DatabaseView, ErrorView, count};
use crate::backup::{Backup, Manifest, Restored};

/// What `backup` did.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct BackupDocument {
    pub(crate) databases: Vec<BackedUpView>,
    /// The names of databases that were not begun, since one before them failed.
    pub(crate) not_begun: Vec<String>,
}

/// A database that was to be backed up.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct BackedUpView {
    #[serde(flatten)]
    pub(crate) database: DatabaseView,
    pub(crate) backup: Option<BackupView>,
    pub(crate) error: Option<ErrorView>,
}

/// A backup that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct BackupView {
    file: String,
    because: String,
    made_at: String,
    version: Option<i64>,
    bytes: u64,
    sha256: String,
    /// Older ones that were removed.
    removed: Vec<String>,
}

impl BackupView {
    pub(crate) fn of(backup: &Backup) -> Self {
        let Backup { path, manifest, removed } = backup;
        Self {
            file: path.display().to_string(),
            because: manifest.because.clone(),
            made_at: manifest.made_at.clone(),
            version: manifest.version,
            bytes: manifest.bytes,
            sha256: manifest.sha256.clone(),
            removed: removed.iter().map(|path| path.display().to_string()).collect(),
        }
    }

    /// `backed up to backups/app-20261129T125134Z-v2.sqlite: version 2, 16.38 kB`, and what was removed.
    pub(crate) fn text(&self) -> String {
        let Self { file, version, bytes, removed, .. } = self;
        let text = format!("backed up to {file}: {}, {}", at(*version), DecimalBytes(*bytes));
        match removed.len() {
            0 => text,
            old => format!("{text}\nremoved {}: too old", count(old, "backup")),
        }
    }
}

fn at(version: Option<i64>) -> String {
    version.map_or_else(|| "no history".to_owned(), |version| format!("version {version}"))
}

/// What `restore` did.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct RestoreDocument {
    #[serde(flatten)]
    database: DatabaseView,
    backup: String,
    made_at: String,
    /// The file or the database that it is now.
    into: String,
    version: Option<i64>,
    replaced: bool,
    notes: Vec<String>,
}

impl RestoreDocument {
    pub(crate) fn new(database: DatabaseView, backup: String, manifest: &Manifest, restored: Restored) -> Self {
        let Restored { into, version, replaced, notes } = restored;
        let version = version.map(crate::version::Version::get);
        Self { database, backup, made_at: manifest.made_at.clone(), into, version, replaced, notes }
    }

    /// `restored new.db: version 2, as it was at 2026-11-29T12:51:34.000Z`, and the notes.
    pub(crate) fn text(&self) -> String {
        let done = if self.replaced { "replaced" } else { "restored" };
        let text = format!("{done} {}: {}, as it was at {}", self.into, at(self.version), self.made_at);
        self.notes.iter().fold(text, |text, note| text + "\n" + note)
    }
}
