use std::error::Error as StdError;
use std::ops::Range;

use super::Counted;
use super::undo::{Conflict, ConflictKind};
use crate::error::{Code, Error, Hint, Setting};

/// Why a step, a statement or a write did not come to its end. What it had begun is rolled back, unless `why` says
/// that this is not known.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) why: Why,
    pub(crate) code: Code,
    /// The job among those that were given.
    pub(crate) job: usize,
    /// The statement of the job that failed, counted from 0; none where it is not a statement's fault.
    pub(crate) statement: Option<usize>,
    /// The place in the script, in bytes.
    pub(crate) span: Option<Range<usize>>,
    pub(crate) cause: String,
    pub(crate) sqlstate: Option<String>,
    pub(crate) hints: Vec<Hint>,
    /// What the statement met that it did not reckon with, where the database says so.
    pub(crate) met: Option<Met>,
    /// What the step would lose, where that is why: it was not agreed to.
    pub(crate) lost: Vec<Counted>,
    /// Where something would be lost: the rows that are not as the up left them, of which nobody has said what is to become.
    pub(crate) conflicts: Vec<Conflict>,
    pub(crate) source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What a failure means for the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    /// It is final.
    Final,
    /// A table is locked by others, or this was the victim of a deadlock: trying again may help.
    Locked,
    /// The statement cannot be in a transaction: it is to be sent alone.
    Alone,
    /// Another runner is at work on this very step.
    Busy,
    /// Another runner has done the step.
    DoneByOther,
    /// The user stopped it.
    Interrupted,
    /// The connection was lost before COMMIT was sent: the server rolls back.
    Lost,
    /// The connection was lost after COMMIT was sent: whether it was done is not known.
    Unknown,
}

/// What a statement meets that it did not reckon with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Met {
    /// What it makes is there already.
    Present,
    /// What it uses is not there.
    Missing,
    /// A row has a key that another one has already.
    Key,
    /// A row does not fit what the statement asks of it.
    Row,
}

impl Failure {
    pub(crate) fn new(code: Code, cause: impl Into<String>) -> Self {
        Self {
            why: Why::Final,
            code,
            job: 0,
            statement: None,
            span: None,
            cause: cause.into(),
            sqlstate: None,
            hints: Vec::new(),
            met: None,
            lost: Vec::new(),
            conflicts: Vec::new(),
            source: None,
        }
    }

    /// The step would lose this, and nobody has agreed to it. Who agrees is to know of rows that are not as the up left them, too.
    pub(crate) fn of_loss(lost: Vec<Counted>, conflicts: &[Conflict]) -> Self {
        let listed: Vec<String> = lost.iter().map(ToString::to_string).collect();
        let mut failure = Self::new(Code::DataLoss, format!("it would lose {}", listed.join(", ")));
        failure.lost = lost;
        failure.conflicts = conflicts.to_vec();
        failure
    }

    /// Rows that the up changed are not as it left them, and nobody has said what is to become of them.
    pub(crate) fn of_conflicts(conflicts: &[Conflict]) -> Self {
        let listed: Vec<String> = conflicts.iter().map(ToString::to_string).collect();
        let failure = Self::new(Code::RowsChanged, listed.join("; "));
        if conflicts.iter().any(|conflict| matches!(conflict.what, ConflictKind::Misfit(_))) {
            return failure
                .with_hint("change these rows so that they fit, or delete them, then run `schemactl down` again");
        }
        if conflicts.iter().any(|conflict| matches!(conflict.what, ConflictKind::Unfit(_))) {
            // What does not fit cannot be put back all the same.
            let hint = Hint::from("to leave these rows as they are, and take back all others: ");
            return failure.with_hint(hint.setting(Setting::KEEP_CHANGED));
        }
        failure
    }

    /// What an error of one of our own queries means in the middle of a step.
    pub(crate) fn of_error(error: Error) -> Self {
        let mut failure = Self::new(error.code(), error.with_its_cause()).because(match error.code() {
            Code::Interrupted => Why::Interrupted,
            Code::ConnectionLost => Why::Lost,
            _ => Why::Final,
        });
        failure.sqlstate = error.sqlstate().map(str::to_owned);
        failure.hints = error.hints().to_vec();
        failure.source = Some(Box::new(error));
        failure
    }

    pub(crate) fn because(mut self, why: Why) -> Self {
        self.why = why;
        self
    }

    pub(crate) fn at(mut self, job: usize, statement: Option<usize>, span: Option<Range<usize>>) -> Self {
        self.job = job;
        self.statement = statement;
        self.span = span;
        self
    }

    /// The error that it is, with its cause, `SQLSTATE`, hints and source. Its place and the state of the database are for the caller to say.
    pub(crate) fn into_error(self, code: Code, message: impl Into<String>) -> Error {
        let mut error = Error::new(code, message).with_cause(self.cause);
        if let Some(sqlstate) = self.sqlstate {
            error = error.with_sqlstate(sqlstate);
        }
        error = self.hints.into_iter().fold(error, Error::with_hint);
        match self.source {
            Some(source) => error.with_boxed_source(source),
            None => error,
        }
    }

    pub(crate) fn with_hint(mut self, hint: impl Into<Hint>) -> Self {
        self.hints.push(hint.into());
        self
    }
}
