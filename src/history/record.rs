use super::StatementHashes;
use crate::source::{Checksum, DONE, Verdict};
use crate::version::Version;

/// What the history says of one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) version: Version,
    pub(crate) description: String,
    pub(crate) phase: Option<String>,
    pub(crate) checksum: String,
    pub(crate) state: State,
    pub(crate) statements_done: usize,
    pub(crate) statements: usize,
    /// The statement after those done was begun outside a transaction: whether it was finished, the catalog tells.
    pub(crate) in_doubt: bool,
    /// The hashes of the statements done, read only where the state is partial or reverting.
    pub(crate) hashes: StatementHashes,
    pub(crate) details: Option<Details>,
}

/// How far a version is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum State {
    /// Its up was run.
    Applied,
    /// Its up stopped between two statements, outside a transaction.
    Partial,
    /// Its down stopped between two statements, outside a transaction.
    Reverting,
    /// It was left out, since what it requires was not available.
    Skipped,
    /// It was declared to be there when the database was taken over.
    Baseline,
}

impl State {
    const ALL: [Self; 5] = [Self::Applied, Self::Partial, Self::Reverting, Self::Skipped, Self::Baseline];

    /// Returns the word that the table and JSON have for it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Partial => "partial",
            Self::Reverting => "reverting",
            Self::Skipped => "skipped",
            Self::Baseline => "baseline",
        }
    }

    /// The words of all as a list in SQL.
    pub(crate) fn listed() -> String {
        Self::list(Self::ALL)
    }

    /// The words of those that are done, as a list in SQL.
    pub(crate) fn done_listed() -> String {
        Self::list(Self::ALL.into_iter().filter(|state| state.digested() == DONE))
    }

    fn list(states: impl IntoIterator<Item = Self>) -> String {
        let words: Vec<String> = states.into_iter().map(|state| format!("'{}'", state.as_str())).collect();
        words.join(", ")
    }

    /// Returns the word that a digest has for it: what is there needs nothing more, however it came to be there.
    pub(crate) fn digested(self) -> &'static str {
        match self {
            Self::Applied | Self::Baseline => DONE,
            Self::Partial | Self::Reverting | Self::Skipped => self.as_str(),
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

impl Record {
    /// Returns the version.
    pub(crate) fn version(&self) -> Version {
        self.version
    }

    /// Returns the description that the file had when it was applied.
    pub(crate) fn description(&self) -> &str {
        &self.description
    }

    /// Returns the phase that the file was in, such as `1_core`.
    pub(crate) fn phase(&self) -> Option<&str> {
        self.phase.as_deref()
    }

    /// Returns how many statements are done, and of how many.
    pub(crate) fn statements(&self) -> (usize, usize) {
        (self.statements_done, self.statements)
    }

    /// Returns when, by whom and how, where the history was read with it.
    pub(crate) fn details(&self) -> Option<&Details> {
        self.details.as_ref()
    }
}

/// When, by whom and how a version was applied.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Details {
    /// UTC, as RFC 3339 with milliseconds.
    pub(crate) applied_at: String,
    /// The host that ran it.
    pub(crate) host: String,
    /// The application that ran it.
    pub(crate) application: String,
    /// The version of schemactl that ran it.
    pub(crate) tool: String,
    /// How long it took, in milliseconds.
    pub(crate) duration_ms: u64,
    /// Whether a down is stored with it.
    pub(crate) down_stored: bool,
    /// The fingerprint of the catalog after the run that ended with the version, as it was recorded.
    pub(crate) fingerprint: Option<String>,
    /// What was known of taking it back: `lossless`, `lossy: <what>`, `irreversible: <why>`.
    pub(crate) verdict: Option<Verdict>,
}

/// What stands under the history's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found {
    /// No table: nothing was ever applied.
    Absent,
    /// A table that another tool made; which tool, where its columns tell.
    Foreign { tool: String, columns: Vec<String> },
    /// Ours, in ascending order of version.
    Ours(Vec<Record>),
}

/// What is read of a version only when it is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) version: Version,
    pub(crate) hashes: StatementHashes,
    pub(crate) down: Option<StoredDown>,
    /// What was known of taking it back when it was applied: `lossless`, `lossy: <what>`, `irreversible: <why>`.
    pub(crate) verdict: Option<Verdict>,
    /// What the up found; none where that is not known.
    pub(crate) found: Option<super::Prior>,
    /// What is kept of the rows that the up changed.
    pub(crate) undo: super::UndoRecord,
}

/// The down as it was stored when the version was applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredDown {
    pub(crate) sql: String,
    pub(crate) checksum: Checksum,
    /// Whether the checksum is still that of the text: then nobody has changed it since.
    pub(crate) is_intact: bool,
}

impl StoredDown {
    /// Of the text, and of the checksum that was stored with it.
    pub(crate) fn new(sql: String, checksum: &str) -> Self {
        let now = Checksum::of(&sql);
        Self { sql, checksum: now, is_intact: checksum.parse() == Ok(now) }
    }
}

impl Stored {
    /// The reason, where the version was declared irreversible.
    pub(crate) fn irreversible(&self) -> Option<String> {
        match self.verdict.as_ref()? {
            Verdict::Irreversible(reasons) => Some(reasons.join("; ")),
            Verdict::Lossless | Verdict::Lossy(_) => None,
        }
    }
}

/// One line of the append-only log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LogEntry {
    /// `up`, `down`, `skip`, `repair`, `baseline`, `purge`.
    pub(crate) action: &'static str,
    pub(crate) version: Version,
    pub(crate) description: String,
    pub(crate) checksum: String,
    pub(crate) outcome: LogOutcome,
    pub(crate) detail: Option<String>,
    pub(crate) elapsed: Elapsed,
}

/// How long a step took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Elapsed {
    /// Since its transaction began; only the database that writes the row can tell.
    Transaction,
    /// So many milliseconds.
    Milliseconds(u64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogOutcome {
    Done,
    Failed,
    Interrupted,
}

impl LogOutcome {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
        }
    }
}
