//! What happens during a run, as values: the command renders them, an application may log them.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::plural::count;
use crate::version::Version;

/// Something that happened during a run.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The plan is made: so many steps will be run.
    #[non_exhaustive]
    Planned {
        /// Number of steps.
        steps: usize,
    },
    /// What another tool has applied is recorded as a baseline, and its table is marked.
    #[non_exhaustive]
    TakenOver {
        /// How much of which tool: `2 adopted from the table refinery_schema_history (refinery)`.
        text: String,
    },
    /// A lock is held by another runner, or, on SQLite, by any connection that writes; it is tried again.
    #[non_exhaustive]
    WaitingForLock {
        /// Who holds it, where the database tells.
        holder: Option<String>,
        /// How long it has been waited for.
        waited: Duration,
    },
    /// A step begins.
    #[non_exhaustive]
    StepStarted {
        /// What is done.
        action: Action,
        /// The version that the step is about.
        version: Version,
        /// Its description.
        description: String,
        /// The place of the step in the plan, counted from 1.
        number: usize,
        /// The number of steps in the plan.
        steps: usize,
        /// The number of statements in the step.
        statements: usize,
    },
    /// So many statements of the step at hand are done, and the next one begins. It is sent before the first and after each; of more than 1,000 in one
    /// transaction, now and then. PostgreSQL runs up to 256 KB of statements of one transaction as one message, of which it does not tell how far
    /// it is: there it is sent after each message.
    #[non_exhaustive]
    Progress {
        /// The version that the step is about.
        version: Version,
        /// Statements done so far.
        done: usize,
        /// The number of statements in the step.
        statements: usize,
    },
    /// A step waits for a lock on a table, or lost a deadlock; it was rolled back and will be tried again.
    #[non_exhaustive]
    Retrying {
        /// The version that the step is about.
        version: Version,
        /// How often it was tried.
        attempt: u32,
        /// The pause before the next try.
        pause: Duration,
        /// The database's words.
        cause: String,
    },
    /// An index that a failure left invalid is dropped. The step builds it when it is run again.
    #[non_exhaustive]
    RepairingIndex {
        /// The index, as SQL names it.
        index: String,
    },
    /// The server sent a notice or warning.
    #[non_exhaustive]
    Notice {
        /// Its severity, such as `NOTICE`.
        severity: String,
        /// Its text.
        message: String,
    },
    /// Something about a step that whoever runs it should know: that its up dropped what only this database had.
    #[non_exhaustive]
    Note {
        /// The version that the step is about.
        version: Version,
        /// One sentence.
        text: String,
    },
    /// The run is done, but no fingerprint of the catalog could be recorded: `schemactl diff` has to replay the migrations then.
    #[non_exhaustive]
    FingerprintNotRecorded {
        /// The database's words.
        cause: String,
    },
    /// A step is done and recorded.
    #[non_exhaustive]
    StepFinished {
        /// What was done.
        action: Action,
        /// The version that the step is about.
        version: Version,
        /// Its description.
        description: String,
        /// The place of the step in the plan, counted from 1.
        number: usize,
        /// The number of steps in the plan.
        steps: usize,
        /// How long it took.
        elapsed: Duration,
        /// Why it was only recorded, of one that was skipped.
        reason: Option<String>,
        /// What a down left alone, since it was there before the migration: a sentence each.
        notes: Vec<String>,
    },
}

/// The target of what begins, in the log.
pub(crate) const BEGUN: &str = "schemactl::begun";
/// The target of all other events.
pub(crate) const HAPPENED: &str = "schemactl::event";

impl Event {
    /// Writes it to the log of the application. Whoever is told of events by `on_event` can leave out what has these targets.
    fn log(&self) {
        match self {
            Self::Planned { .. } | Self::StepStarted { .. } => tracing::info!(target: BEGUN, "{self}"),
            Self::Progress { .. } => tracing::debug!(target: HAPPENED, "{self}"),
            Self::Retrying { .. } | Self::FingerprintNotRecorded { .. } => tracing::warn!(target: HAPPENED, "{self}"),
            _ => tracing::info!(target: HAPPENED, "{self}"),
        }
    }
}

/// What a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Action {
    /// Applies a pending migration.
    Apply,
    /// Goes on with a migration that stopped between two statements.
    Resume,
    /// Applies a repeatable migration again, since its text changed.
    Reapply,
    /// Records that a migration is skipped, since what it requires is not available.
    Skip,
    /// Takes a migration back.
    Revert,
    /// Takes the record of a skipped migration back: nothing of it was applied.
    Forget,
}

impl Action {
    /// Returns the word for JSON: `apply`, `resume`, `reapply`, `skip`, `revert`, `forget`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Apply => "apply",
            Self::Resume => "resume",
            Self::Reapply => "reapply",
            Self::Skip => "skip",
            Self::Revert => "revert",
            Self::Forget => "forget",
        }
    }

    /// Returns whether the version is out of the history afterwards.
    pub(crate) fn takes_back(self) -> bool {
        matches!(self, Self::Revert | Self::Forget)
    }

    /// Returns the word for something done: `applied`, `resumed`, `applied again`, `skipped`, `reverted`, `forgotten`.
    pub fn past(self) -> &'static str {
        match self {
            Self::Apply => "applied",
            Self::Resume => "resumed",
            Self::Reapply => "applied again",
            Self::Skip => "skipped",
            Self::Revert => "reverted",
            Self::Forget => "forgotten",
        }
    }
}

/// One line, as a log shows it.
impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Planned { steps } => write!(f, "{} to run", count(*steps, "step")),
            Self::TakenOver { text } => f.write_str(text),
            Self::WaitingForLock { holder: Some(holder), waited } => {
                write!(f, "waiting for another runner ({holder}) for {} s", waited.as_secs())
            }
            Self::WaitingForLock { holder: None, waited } => {
                write!(f, "waiting for a lock of another connection for {} s", waited.as_secs())
            }
            Self::StepStarted { action, version, description, number, steps, .. } => {
                write!(f, "[{number}/{steps}] {} {version} {description}", action.as_str())
            }
            Self::Progress { version, done, statements } => {
                write!(f, "{version}: {done} of {}", count(*statements, "statement"))
            }
            Self::Retrying { version, attempt, pause, cause } => {
                let pause = pause.as_secs_f32();
                write!(f, "{version}: attempt {attempt} gave up ({cause}), next in {pause:.1} s")
            }
            Self::Note { version, text } => write!(f, "migration {version}: {text}"),
            Self::RepairingIndex { index } => write!(f, "dropping the invalid index {index}"),
            Self::FingerprintNotRecorded { cause } => write!(f, "no fingerprint of the catalog was recorded: {cause}"),
            Self::Notice { severity, message } => write!(f, "{severity}: {message}"),
            Self::StepFinished { action, version, description, number, steps, elapsed, reason, notes } => {
                write!(f, "[{number}/{steps}] {} {version} {description}", action.past())?;
                match reason {
                    Some(reason) => write!(f, ": {reason}")?,
                    None => write!(f, " ({} ms)", elapsed.as_millis())?,
                }
                notes.iter().try_for_each(|note| write!(f, "; {note}"))
            }
        }
    }
}

/// Whom to tell; nobody by default.
#[derive(Clone, Default)]
pub(crate) struct Observer(Option<Arc<Callback>>);

type Callback = dyn Fn(&Event) + Send + Sync;

impl Observer {
    pub(crate) fn new(observer: Arc<Callback>) -> Self {
        Self(Some(observer))
    }

    #[expect(clippy::needless_pass_by_value, reason = "an event is made where it is told of")]
    pub(crate) fn emit(&self, event: Event) {
        event.log();
        if let Some(observer) = &self.0 {
            observer(&event);
        }
    }
}
