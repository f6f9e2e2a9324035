use std::borrow::Cow;

use super::who;
use crate::catalog::Stamp;
use crate::history::columns::FOUND;
use crate::history::{Elapsed, LogEntry, Record, State};
use crate::source::{Checksum, Script, Verdict};
use crate::version::Version;

/// One change to the history with its line in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Write<'a> {
    /// What the row must be for the change to be made: another runner may have been faster.
    pub(crate) expected: Expected,
    pub(crate) change: HistoryChange<'a>,
    pub(crate) log: Option<LogEntry>,
}

impl Write<'_> {
    /// A line in the log that comes with no change.
    pub(crate) fn log_only(log: LogEntry) -> Self {
        Self { expected: Expected::Anything, change: HistoryChange::None, log: Some(log) }
    }

    /// What was recorded of the catalog means nothing any more: the history says another thing of it now.
    pub(crate) fn no_fingerprints() -> Self {
        Self { expected: Expected::Anything, change: HistoryChange::NoFingerprints, log: None }
    }

    /// What the catalog is after a run, which is no event of its own.
    pub(crate) fn fingerprint(version: Version, stamp: Stamp) -> Self {
        Self { expected: Expected::Anything, change: HistoryChange::Fingerprint { version, stamp }, log: None }
    }

    /// How long a step took that is recorded already.
    pub(crate) fn took(version: Version, milliseconds: u64) -> Self {
        Self { expected: Expected::Anything, change: HistoryChange::Took { version, milliseconds }, log: None }
    }
}

/// What the history as a whole must be before a step: how many rows it has, and which is the highest. A step that was planned before
/// others came or went would leave a hole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Basis {
    pub(crate) rows: usize,
    pub(crate) last: Option<Version>,
}

/// What a row must be before a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Expected {
    Anything,
    Absent(Version),
    Row {
        version: Version,
        state: State,
        done: usize,
        checksum: String,
    },
    /// What is kept of the version was kept at that moment; none where the index says nothing of it.
    Kept {
        version: Version,
        at: Option<String>,
    },
}

impl Expected {
    /// The row as it was read.
    pub(crate) fn of(record: &Record) -> Self {
        Self::Row {
            version: record.version,
            state: record.state,
            done: record.statements_done,
            checksum: record.checksum.clone(),
        }
    }
}

/// A change to the history's rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum HistoryChange<'a> {
    None,
    /// Writes the whole row, in place of one that is there.
    Put(NewRecord<'a>),
    /// Removes the row.
    Delete(Version),
    /// Says how far a version is: these statements are done.
    Journal {
        version: Version,
        state: State,
        done: usize,
        statements: usize,
        hashes: String,
        in_doubt: bool,
    },
    /// Takes over the text of a file that was changed.
    Checksum {
        version: Version,
        checksum: Checksum,
        statements: usize,
        hashes: String,
    },
    /// Stores what the catalog is after a run that ended with this version, unless there is a later one by now.
    Fingerprint {
        version: Version,
        stamp: Stamp,
    },
    /// Forgets what the catalog was after runs.
    NoFingerprints,
    /// Stores how long a step took.
    Took {
        version: Version,
        milliseconds: u64,
    },
    /// Stores another down, with what it costs.
    Down {
        version: Version,
        script: &'a Script,
        verdict: Option<Verdict>,
    },
    /// Takes away what is kept of the rows that a version changed: the tables of these numbers. The index goes on to say that it was, and why it is not.
    Purge {
        version: Version,
        numbers: Vec<u32>,
        cause: PurgeCause,
    },
}

impl HistoryChange<'_> {
    /// The version whose row comes, goes or becomes another: what later rows have of the catalog, and of the rows below them, was with it
    /// as it was.
    pub(crate) fn unsettles(&self) -> Option<Version> {
        match self {
            Self::Put(record) => Some(record.version),
            Self::Delete(version)
            | Self::Checksum { version, .. }
            // A down begins: the row is not that of an applied version any more.
            | Self::Journal { version, state: State::Reverting, done: 0, .. } => Some(*version),
            Self::None
            | Self::Journal { .. }
            | Self::Fingerprint { .. }
            | Self::NoFingerprints
            | Self::Took { .. }
            | Self::Down { .. }
            | Self::Purge { .. } => None,
        }
    }
}

/// Why what is kept is taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PurgeCause {
    /// Somebody asked for it.
    Asked,
    /// Its time is over.
    Expired,
}

/// A row as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewRecord<'a> {
    pub(crate) version: Version,
    pub(crate) description: String,
    pub(crate) phase: Option<String>,
    pub(crate) checksum: Checksum,
    pub(crate) state: State,
    pub(crate) statements_done: usize,
    pub(crate) statements: usize,
    pub(crate) hashes: String,
    pub(crate) down: Option<&'a Script>,
    /// What taking it back costs, where that is known: `lossless`, `lossy: <what>`, `irreversible: <why>`.
    pub(crate) verdict: Option<Verdict>,
    /// What an up found, as [`Prior`](crate::history::Prior) stores it. None keeps what the row has; in a new one it is not known.
    pub(crate) found: Option<String>,
    pub(crate) elapsed: Elapsed,
}

/// What a column is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ColumnValue<'a> {
    Null,
    Text(Cow<'a, str>),
    Number(i64),
    /// How long a step took, in milliseconds.
    Took(Elapsed),
}

impl<'a> ColumnValue<'a> {
    fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self::Text(text.into())
    }

    fn maybe(text: Option<impl Into<Cow<'a, str>>>) -> Self {
        text.map_or(Self::Null, Self::text)
    }

    fn count(count: usize) -> Self {
        Self::Number(i64::try_from(count).unwrap_or(i64::MAX))
    }
}

impl NewRecord<'_> {
    /// The columns that a row is written with. What is not among them has its default, or is the databases' to compute.
    pub(crate) fn values<'a>(&'a self, application: &'a str) -> Vec<(&'static str, ColumnValue<'a>)> {
        vec![
            ("version", ColumnValue::Number(self.version.get())),
            ("description", ColumnValue::text(&self.description)),
            ("phase", ColumnValue::maybe(self.phase.as_deref())),
            ("checksum", ColumnValue::text(self.checksum.to_string())),
            ("state", ColumnValue::text(self.state.as_str())),
            ("statements_done", ColumnValue::count(self.statements_done)),
            ("statements", ColumnValue::count(self.statements)),
            ("host", ColumnValue::text(who::host())),
            ("application", ColumnValue::text(application)),
            ("tool", ColumnValue::text(who::TOOL)),
            ("duration_ms", ColumnValue::Took(self.elapsed)),
            ("verdict", ColumnValue::maybe(self.verdict.as_ref().map(Verdict::to_string))),
            ("statement_hashes", ColumnValue::text(&self.hashes)),
            ("down_checksum", ColumnValue::maybe(self.down.map(|down| down.checksum().to_string()))),
            ("down_sql", ColumnValue::maybe(self.down.map(Script::text))),
            (FOUND, ColumnValue::maybe(self.found.as_deref())),
        ]
    }
}

/// The columns that a line of the log is written with.
pub(crate) fn log_values<'a>(entry: &'a LogEntry, application: &'a str) -> Vec<(&'static str, ColumnValue<'a>)> {
    vec![
        ("action", ColumnValue::text(entry.action)),
        ("version", ColumnValue::Number(entry.version.get())),
        ("description", ColumnValue::text(&entry.description)),
        ("checksum", ColumnValue::text(&entry.checksum)),
        ("outcome", ColumnValue::text(entry.outcome.as_str())),
        ("detail", ColumnValue::maybe(entry.detail.as_deref())),
        ("host", ColumnValue::text(who::host())),
        ("application", ColumnValue::text(application)),
        ("tool", ColumnValue::text(who::TOOL)),
        ("duration_ms", ColumnValue::Took(entry.elapsed)),
    ]
}
