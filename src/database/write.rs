use crate::catalog::Stamp;
use crate::history::{Elapsed, LogEntry, Record, State};
use crate::source::{Checksum, Script};
use crate::version::Version;

/// One change to the history with its line in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Write<'a> {
    /// What the row must be for the change to be made: another runner may have been faster.
    pub(crate) expected: Expected,
    pub(crate) change: Change<'a>,
    pub(crate) log: Option<LogEntry>,
}

impl Write<'_> {
    /// A line in the log that comes with no change.
    pub(crate) fn log_only(log: LogEntry) -> Self {
        Self { expected: Expected::Anything, change: Change::None, log: Some(log) }
    }

    /// What was recorded of the catalog means nothing any more: the history says another thing of it now.
    pub(crate) fn no_fingerprints() -> Self {
        Self { expected: Expected::Anything, change: Change::NoFingerprints, log: None }
    }

    /// What the catalog is after a run, which is no event of its own.
    pub(crate) fn fingerprint(version: Version, stamp: Stamp) -> Self {
        Self { expected: Expected::Anything, change: Change::Fingerprint { version, stamp }, log: None }
    }

    /// How long a step took that is recorded already.
    pub(crate) fn took(version: Version, milliseconds: u64) -> Self {
        Self { expected: Expected::Anything, change: Change::Took { version, milliseconds }, log: None }
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
    Row { version: Version, state: State, done: usize, checksum: String },
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
pub(crate) enum Change<'a> {
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
        verdict: Option<String>,
    },
}

impl Change<'_> {
    /// The version that comes or goes: what was recorded of the catalog in later rows was with it as it was.
    pub(crate) fn unsettles(&self) -> Option<Version> {
        match self {
            Self::Put(record) => Some(record.version),
            Self::Delete(version) => Some(*version),
            Self::None
            | Self::Journal { .. }
            | Self::Checksum { .. }
            | Self::Fingerprint { .. }
            | Self::NoFingerprints
            | Self::Took { .. }
            | Self::Down { .. } => None,
        }
    }
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
    pub(crate) verdict: Option<String>,
    /// What an up found, as [`Prior`](crate::history::Prior) stores it. None keeps what the row has; in a new one it is not known.
    pub(crate) found: Option<String>,
    pub(crate) elapsed: Elapsed,
}
