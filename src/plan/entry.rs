use crate::error::Result;
use crate::history::{Record, State};
use crate::source::{Checksum, Lateness, Migration, Migrations, Repeat};
use crate::version::Version;

/// One version, as the files and the history have it together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry<'a> {
    pub(crate) version: Version,
    pub(crate) migration: Option<&'a Migration>,
    pub(crate) record: Option<&'a Record>,
    pub(crate) status: MigrationStatus,
}

/// How one migration stands, as files and history have it together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MigrationStatus {
    /// Applied, as the file says.
    Applied,
    /// Declared to be there when the database was taken over.
    Baseline,
    /// Not applied yet.
    Pending,
    /// Not applied, and lower than one that was.
    OutOfOrder,
    /// Left out so far, since what it requires was not available.
    Skipped,
    /// Its up stopped between two statements.
    Partial,
    /// Its down stopped between two statements.
    Reverting,
    /// Applied, but the file was changed since.
    Modified,
    /// A repeatable migration that was applied, and whose file was changed since.
    Changed,
    /// Applied, but the file is missing.
    Missing,
    /// Applied by a newer release: above all versions that the files have.
    Newer,
}

impl MigrationStatus {
    /// In the order in which a summary counts: what is done, what is to be done, what is wrong.
    pub(crate) const ALL: [Self; 11] = [
        Self::Applied,
        Self::Baseline,
        Self::Skipped,
        Self::Pending,
        Self::OutOfOrder,
        Self::Changed,
        Self::Partial,
        Self::Reverting,
        Self::Modified,
        Self::Missing,
        Self::Newer,
    ];

    /// Returns whether nothing is to be done: it is applied as its file is, was there when the database was taken over, or is skipped for
    /// as long as the server lacks what it requires.
    pub fn is_settled(self) -> bool {
        matches!(self, Self::Applied | Self::Baseline | Self::Skipped)
    }

    /// Returns the word that `schemactl status` and JSON have for it: `applied`, `out of order`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Baseline => "baseline",
            Self::Pending => "pending",
            Self::OutOfOrder => "out of order",
            Self::Skipped => "skipped",
            Self::Partial => "partial",
            Self::Reverting => "reverting",
            Self::Modified => "modified",
            Self::Changed => "changed",
            Self::Missing => "missing",
            Self::Newer => "newer",
        }
    }
}

/// The word of [`as_str`](MigrationStatus::as_str).
impl std::fmt::Display for MigrationStatus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl<'a> Entry<'a> {
    /// Returns the version.
    pub(crate) fn version(&self) -> Version {
        self.version
    }

    /// Returns the description, of the file where there is one, else of the record.
    pub(crate) fn description(&self) -> &'a str {
        self.migration.map(Migration::description).or(self.record.map(Record::description)).unwrap_or_default()
    }

    /// Returns the phase as its folder is named, such as `1_core`.
    pub(crate) fn phase(&self) -> Option<String> {
        match self.migration {
            Some(migration) => migration.phase().map(ToString::to_string),
            None => self.record.and_then(Record::phase).map(str::to_owned),
        }
    }

    /// Returns how the version stands.
    pub(crate) fn status(&self) -> MigrationStatus {
        self.status
    }

    /// Returns the migration, unless its file is missing.
    pub(crate) fn migration(&self) -> Option<&'a Migration> {
        self.migration
    }

    /// Whether the file has another name than what was applied.
    #[cfg(feature = "project")]
    pub(crate) fn is_another(&self) -> bool {
        self.migration.zip(self.record).is_some_and(|(migration, record)| migration.description() != record.description)
    }

    /// Returns the record, where there is one.
    pub(crate) fn record(&self) -> Option<&'a Record> {
        self.record
    }
}

/// Lays files and history side by side, in ascending order of version.
pub(crate) fn survey<'a>(migrations: &'a Migrations, records: &'a [Record]) -> Result<Vec<Entry<'a>>> {
    let last_file = migrations.iter().last().map(Migration::version);
    let last_applied = last_in_order(migrations, records);
    let mut entries = Vec::with_capacity(migrations.len().max(records.len()));
    let (mut files, mut rows) = (migrations.iter().peekable(), records.iter().peekable());
    loop {
        let (migration, record) = match (files.peek(), rows.peek()) {
            (None, None) => break,
            (Some(file), Some(row)) if file.version() == row.version => (files.next(), rows.next()),
            (Some(file), Some(row)) if file.version() < row.version => (files.next(), None),
            (Some(_), None) => (files.next(), None),
            (_, Some(_)) => (None, rows.next()),
        };
        let (version, status) = match (migration, record) {
            (Some(migration), Some(record)) => (migration.version(), recorded(migration, record)?),
            (Some(migration), None) => (migration.version(), unrecorded(migration, last_applied)?),
            (None, Some(record)) if last_file < Some(record.version) => (record.version, MigrationStatus::Newer),
            (None, Some(record)) => (record.version, MigrationStatus::Missing),
            (None, None) => break,
        };
        entries.push(Entry { version, migration, record, status });
    }
    Ok(entries)
}

/// The highest version that makes lower pending ones late: one that was not left out, and not repeatable, which stands outside the
/// order and may have any number.
pub(super) fn last_in_order(migrations: &Migrations, records: &[Record]) -> Option<Version> {
    let mut in_order = records.iter().rev().filter(|record| record.state != State::Skipped);
    in_order.find(|record| !migrations.is_outside_order(record.version)).map(|record| record.version)
}

fn unrecorded(migration: &Migration, last_applied: Option<Version>) -> Result<MigrationStatus> {
    let late = last_applied.is_some_and(|last| migration.version() < last);
    if !late {
        return Ok(MigrationStatus::Pending);
    }
    let directives = migration.up().directives()?;
    // A repeatable migration stands outside the order: it is applied again at any time. One that says so may come late.
    Ok(match (directives.repeat, directives.order) {
        (Repeat::Once, Lateness::Policy) => MigrationStatus::OutOfOrder,
        _ => MigrationStatus::Pending,
    })
}

fn recorded(migration: &Migration, record: &Record) -> Result<MigrationStatus> {
    Ok(match record.state {
        State::Partial => MigrationStatus::Partial,
        State::Reverting => MigrationStatus::Reverting,
        State::Skipped => MigrationStatus::Skipped,
        State::Baseline if unchanged(migration.up().checksum(), &record.checksum) => MigrationStatus::Baseline,
        State::Applied if unchanged(migration.up().checksum(), &record.checksum) => MigrationStatus::Applied,
        State::Applied | State::Baseline => match migration.up().directives()?.repeat {
            Repeat::Changed => MigrationStatus::Changed,
            Repeat::Once => MigrationStatus::Modified,
        },
    })
}

fn unchanged(now: Checksum, recorded: &str) -> bool {
    recorded.parse() == Ok(now)
}
