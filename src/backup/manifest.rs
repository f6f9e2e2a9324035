//! What is recorded of a backup, in a file beside it.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::files::{self, FileDigest};
use crate::error::{Code, Error, Result};

/// The shape that docs/backups.md describes.
const FORMAT: u32 = 1;
const END: &str = ".json";

/// What is recorded of a backup: `<file>.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    pub(crate) format: u32,
    /// The name in schema.toml.
    pub(crate) database: Option<String>,
    pub(crate) backend: String,
    /// What was backed up, without a password.
    pub(crate) source: String,
    /// The name of the file.
    pub(crate) file: String,
    /// UTC, as RFC 3339.
    pub(crate) made_at: String,
    /// `asked`, or a word of `before`.
    pub(crate) because: String,
    /// The last version of the history in it; none where it has no history.
    pub(crate) version: Option<i64>,
    pub(crate) bytes: u64,
    pub(crate) sha256: String,
    /// `gzip`, of an SQLite file that is compressed.
    pub(crate) compression: Option<String>,
    /// What an SQLite database has when it is restored.
    pub(crate) database_bytes: Option<u64>,
    /// `schemactl 0.1.0`.
    pub(crate) made_by: String,
    /// `SQLite 3.50.2`, `PostgreSQL 15.14`.
    pub(crate) engine: String,
    pub(crate) postgres: Option<PostgresFacts>,
}

/// What a database of PostgreSQL has beside what `pg_dump` writes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PostgresFacts {
    /// The major version of the `pg_dump` that wrote it: `pg_restore` must not be older.
    pub(crate) pg_dump: u32,
    pub(crate) encoding: String,
    /// `c`, `i` or `b`, as `pg_database` has it.
    pub(crate) provider: String,
    pub(crate) collate: String,
    pub(crate) ctype: String,
    /// Of a provider other than the system's.
    pub(crate) locale: Option<String>,
    pub(crate) rules: Option<String>,
    /// What `ALTER DATABASE ... SET` and `ALTER ROLE ... IN DATABASE ... SET` have set.
    pub(crate) settings: Vec<DatabaseSetting>,
}

/// A setting that sessions of a database begin with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DatabaseSetting {
    /// None where it is for all roles.
    pub(crate) role: Option<String>,
    pub(crate) name: String,
    pub(crate) value: String,
}

impl Manifest {
    pub(super) const FORMAT: u32 = FORMAT;

    /// Where the record of a backup lies.
    pub(super) fn path_of(backup: &Path) -> PathBuf {
        let mut name = backup.file_name().unwrap_or_default().to_owned();
        name.push(END);
        backup.with_file_name(name)
    }

    /// The backup that is meant by a path: of its record, the file beside it.
    pub(super) fn backup_of(path: &Path) -> PathBuf {
        let name = path.to_str().and_then(|path| path.strip_suffix(END));
        name.map_or_else(|| path.to_owned(), PathBuf::from)
    }

    /// Reads the record of a backup.
    pub(super) fn read(backup: &Path) -> Result<Self> {
        let path = Self::path_of(backup);
        let shown = backup.display();
        let text = files::read_text(&path).map_err(|cause| match (cause.kind(), backup.exists()) {
            (io::ErrorKind::NotFound, false) => not_there(backup),
            (io::ErrorKind::NotFound, true) => {
                damaged(format!("{shown} has no record of what it is: {} is missing", path.display()))
                    .with_hint("each backup is two files, which go together: bring that one back too")
            }
            _ => files::unreadable(&path, cause),
        })?;
        let manifest: Self = serde_json::from_str(&text).map_err(|cause| {
            damaged(format!("{} does not say what the backup is", path.display())).with_cause(cause.to_string())
        })?;
        if manifest.format > FORMAT {
            return Err(damaged(format!("{shown} was written by a newer release: {}", manifest.made_by))
                .with_hint("restore it with that release or a newer one"));
        }
        Ok(manifest)
    }

    /// Refuses a backup that is not, bit for bit, what was written.
    pub(super) fn assert_intact(&self, backup: &Path) -> Result<()> {
        if !backup.exists() {
            return Err(not_there(backup));
        }
        let FileDigest { bytes, sha256 } = files::digest(backup)?;
        if (bytes, &sha256) == (self.bytes, &self.sha256) {
            return Ok(());
        }
        let cause = if bytes == self.bytes {
            format!("its SHA-256 is {sha256}, and {} was recorded", self.sha256)
        } else {
            format!("it has {bytes} bytes, and {} were recorded", self.bytes)
        };
        Err(damaged(format!("{} is damaged", backup.display()))
            .with_cause(cause)
            .with_hint("take another one, or another copy of it"))
    }
}

/// A backup is not what it should be.
pub(super) fn damaged(message: impl Into<String>) -> Error {
    Error::new(Code::BackupDamaged, message).with_state("nothing was changed")
}

fn not_there(backup: &Path) -> Error {
    damaged(format!("there is no backup {}: no such file", backup.display()))
}
