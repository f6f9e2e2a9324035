use std::fmt;
use std::time::Duration;

use crate::error::Result;
use crate::history::{DownNow, KeptRows, Record, Stored, VerdictNow};
use crate::plan::{Entry, MigrationStatus};
use crate::source::Migration;
use crate::sql::Dialect;
use crate::version::Version;

/// How the migrations of a database stand: files and history side by side, as `schemactl status` shows them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Status {
    migrations: Vec<StatusEntry>,
}

/// One migration, as files and history have it together.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StatusEntry {
    /// The version.
    pub version: Version,
    /// Its description: that of the file where there is one, else the recorded one.
    pub description: String,
    /// Its phase as the folder is named: `1_core`.
    pub phase: Option<String>,
    /// How it stands.
    pub status: MigrationStatus,
    /// The path of the file that applies it, unless that is missing.
    pub path: Option<String>,
    /// What the history has of it; none of what was never applied.
    pub record: Option<StatusRecord>,
    /// What taking it back costs here and now: `lossless`, `lossless while kept until 2026-12-30` where a down puts back from what is kept what is lost
    /// otherwise, or `lossy: ` or `irreversible: ` with reasons. Of what is pending that is what the files say. None where it is not known.
    pub verdict: Option<String>,
    /// The same as recorded, where that is another one: what it costs once nothing is kept.
    pub verdict_unkept: Option<String>,
    /// What one that was skipped waits for: `extension age`.
    pub requires: Vec<String>,
    /// What is kept of the rows that it changed, or was to be; none where it did nothing to rows, where nothing was to be kept, and where the role may not read it.
    pub kept: Option<KeptRows>,
}

/// What the history has of a migration.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StatusRecord {
    /// The number of statements that are done.
    pub statements_done: usize,
    /// The number of statements that it has.
    pub statements: usize,
    /// When it was applied: UTC, as RFC 3339 with milliseconds.
    pub applied_at: String,
    /// How long it took, in whole milliseconds.
    pub elapsed: Duration,
    /// The host that applied it.
    pub host: String,
    /// The application that applied it: what [`Options::application`](crate::Options::application) said.
    pub application: String,
    /// The release of schemactl that applied it.
    pub tool: String,
    /// Whether the database has what takes it back.
    pub down_stored: bool,
}

impl Status {
    /// Of files and history, with what is kept of versions, and with the stored downs of those of which something is.
    pub(crate) fn of(dialect: Dialect, entries: &[Entry<'_>], kept: &[KeptRows], stored: &[Stored]) -> Result<Self> {
        let of = |entry| StatusEntry::of(dialect, entry, kept, stored);
        Ok(Self { migrations: entries.iter().map(of).collect::<Result<_>>()? })
    }

    /// Returns the migrations, in ascending order of version.
    pub fn migrations(&self) -> &[StatusEntry] {
        &self.migrations
    }

    /// Returns how many stand so.
    pub fn count(&self, status: MigrationStatus) -> usize {
        self.migrations.iter().filter(|migration| migration.status == status).count()
    }

    /// Returns whether everything is applied as the files say: what `schemactl status --check` asks of the history.
    pub fn is_settled(&self) -> bool {
        self.migrations.iter().all(|migration| migration.status.is_settled())
    }
}

/// `12 applied, 2 pending`.
impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counted = MigrationStatus::ALL.into_iter().map(|status| (self.count(status), status));
        let parts: Vec<String> =
            counted.filter(|(count, _)| *count > 0).map(|(count, status)| format!("{count} {status}")).collect();
        if parts.is_empty() { f.write_str("no migrations") } else { f.write_str(&parts.join(", ")) }
    }
}

impl StatusEntry {
    fn of(dialect: Dialect, entry: &Entry<'_>, kept: &[KeptRows], stored: &[Stored]) -> Result<Self> {
        let record = entry.record();
        let details = record.and_then(Record::details);
        let kept = kept.iter().find(|kept| record.is_some() && kept.version == entry.version());
        let known = match (details, entry.migration()) {
            (Some(details), _) => details.verdict.clone(),
            (None, Some(migration)) => migration.verdict()?,
            (None, None) => None,
        };
        let of_file = entry.migration().and_then(Migration::down);
        let stored = stored.iter().find(|stored| stored.version == entry.version());
        let down = stored.map(|stored| DownNow::of(dialect, stored, of_file)).unwrap_or_default();
        let (verdict, verdict_unkept) = VerdictNow::words(known.as_ref(), kept, &down);
        Ok(Self {
            version: entry.version(),
            description: entry.description().to_owned(),
            phase: entry.phase(),
            status: entry.status(),
            path: entry.migration().map(|migration| migration.up().path().to_owned()),
            record: record.map(StatusRecord::of),
            verdict,
            verdict_unkept,
            requires: requires(entry)?,
            kept: kept.cloned(),
        })
    }
}

impl StatusRecord {
    /// The history was read with its details.
    fn of(record: &Record) -> Self {
        let (statements_done, statements) = record.statements();
        let details = record.details().cloned().unwrap_or_default();
        Self {
            statements_done,
            statements,
            applied_at: details.applied_at,
            elapsed: Duration::from_millis(details.duration_ms),
            host: details.host,
            application: details.application,
            tool: details.tool,
            down_stored: details.down_stored,
        }
    }
}

fn requires(entry: &Entry<'_>) -> Result<Vec<String>> {
    match entry.migration().filter(|_| entry.status() == MigrationStatus::Skipped) {
        Some(migration) => Ok(migration.up().directives()?.requires.iter().map(ToString::to_string).collect()),
        None => Ok(Vec::new()),
    }
}
