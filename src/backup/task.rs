//! What is to be done, and what was done: the values that both databases take and give.

use std::path::PathBuf;

use chrono::{DateTime, Utc};

use super::manifest::{Manifest, PostgresFacts, damaged};
use super::partial::Partial;
use crate::config::{BackupSettings, DatabaseTarget};
use crate::error::Error;
use crate::history::{Found, Record, State};
use crate::interrupt::Interrupt;
use crate::version::Version;

/// What is to be backed up, where to and why.
pub(crate) struct BackupRequest<'a> {
    pub(crate) target: &'a DatabaseTarget,
    pub(crate) settings: &'a BackupSettings,
    /// `asked`, or a word of `before`.
    pub(crate) because: &'static str,
    pub(crate) now: DateTime<Utc>,
    pub(crate) interrupt: &'a Interrupt,
}

/// A backup that was made.
#[derive(Debug)]
pub(crate) struct Backup {
    pub(crate) path: PathBuf,
    pub(crate) manifest: Manifest,
    /// Older ones that were removed for it.
    pub(crate) removed: Vec<PathBuf>,
}

/// The content of a database in a file that has no name yet, and what is known of it.
pub(super) struct TakenContent {
    pub(super) content: Partial,
    /// What the file is called where schema.toml has no name for the database.
    pub(super) name: String,
    pub(super) source: String,
    /// How the file's name ends: `.sqlite`.
    pub(super) end: String,
    pub(super) version: Option<Version>,
    pub(super) engine: String,
    pub(super) compression: Option<String>,
    pub(super) database_bytes: Option<u64>,
    pub(super) postgres: Option<PostgresFacts>,
}

/// What is to be put back, and where.
pub(crate) struct RestoreRequest<'a> {
    pub(crate) backup: PathBuf,
    pub(crate) manifest: Manifest,
    /// The database, or, of PostgreSQL, one of the server that the database is to be on.
    pub(crate) target: &'a DatabaseTarget,
    /// The name of a database of PostgreSQL.
    pub(crate) into: Option<String>,
    pub(crate) replace: Replace,
    /// The folder of `pg_restore`, where it is named.
    pub(crate) pg_bin: Option<PathBuf>,
    pub(crate) interrupt: &'a Interrupt,
}

/// Whether what is there may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Replace {
    No,
    Yes,
}

/// What was put back.
#[derive(Debug)]
pub(crate) struct Restored {
    pub(crate) into: String,
    pub(crate) version: Option<Version>,
    pub(crate) replaced: bool,
    /// What is to be known of it, a sentence each.
    pub(crate) notes: Vec<String>,
}

/// The last version of a history.
pub(super) fn last_version(found: &Found) -> Option<Version> {
    let Found::Ours(records) = found else { return None };
    records.iter().rev().find(|record| record.state != State::Skipped).map(Record::version)
}

/// What was restored has another history than what was backed up.
pub(super) fn wrong_version(request: &RestoreRequest<'_>, found: Option<Version>) -> Error {
    let at =
        |version: Option<i64>| version.map_or_else(|| "no history".to_owned(), |version| format!("version {version}"));
    damaged(format!("{} does not hold what was recorded", request.backup.display())).with_cause(format!(
        "it has {}, and {} was recorded, in the table {}",
        at(found.map(Version::get)),
        at(request.manifest.version),
        request.target.options.table
    ))
}

#[cfg(not(all(feature = "sqlite", feature = "postgres")))]
pub(super) fn not_built_in(connection: &crate::config::Connection) -> Error {
    Error::new(crate::error::Code::Usage, format!("this command was built without what {connection} needs"))
}
