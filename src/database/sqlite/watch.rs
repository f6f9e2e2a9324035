//! What is noted of a step while it runs: of an up the rows that it changes, of a down all that it takes.

use super::copies::Copies;
use super::meter::Meter;
use super::undo::{self, ImagePlace, KeptLimit, Recorded, Recorder, RowUndoing};
use super::{SqliteDatabase, count, failure};
use crate::config::UndoLimit;
use crate::database::{ChangedRows, Consent, Counted, DoneToRows, Failure, Job, RowsUndone};
use crate::event::{Action, Event};
use crate::sql::{Measure, Statement};

/// What stands around each statement of a step.
pub(super) trait AroundStatement {
    /// Runs the statement.
    fn run(&mut self, statement: &Statement<'_>, run: impl FnOnce() -> Result<(), Failure>) -> Result<(), Failure>;
}

/// An up, from its first statement to its last.
pub(super) enum UpRecording<'c> {
    /// It does nothing to rows, or nothing is to be kept.
    Not,
    /// It was applied before: what is kept of that time is not all of it.
    Again,
    /// What it changes is kept.
    On(Box<Recorder<'c>>),
}

impl<'c> UpRecording<'c> {
    pub(super) fn begin(database: &'c SqliteDatabase<'_>, job: &Job<'_>) -> Result<Self, Failure> {
        let may_change_rows = || {
            let mut statements = job.analysis.statements_of(job.step.script().text()).flatten();
            statements.any(|statement| undo::may_change_rows(&statement))
        };
        match job.step.action() {
            Action::Skip | Action::Revert | Action::Forget => return Ok(Self::Not),
            Action::Apply | Action::Resume | Action::Reapply if !may_change_rows() => return Ok(Self::Not),
            Action::Reapply => return Ok(Self::Again),
            Action::Apply | Action::Resume => {}
        }
        let limit = match database.options.undo.limit(job.directives.undo) {
            UndoLimit::Nothing => return Ok(Self::Not),
            UndoLimit::UpTo { rows, bytes } => Some(KeptLimit { rows, bytes }),
            UndoLimit::Everything => None,
        };
        // The version is not applied: what is there of it is left over from a history that was dropped by hand.
        let connection = database.connection();
        undo::forget(connection, &database.options.table, job.step.version())
            .map_err(|error| failure::of(error, connection))?;
        let place = ImagePlace::Kept { version: job.step.version(), limit };
        Recorder::begin(database, job, place).map(|recorder| Self::On(Box::new(recorder)))
    }

    /// Writes what the step has come to, in its transaction.
    pub(super) fn finish(self, database: &SqliteDatabase<'_>, job: &Job<'_>) -> Result<(), Failure> {
        let recorded = match self {
            Self::Not => return Ok(()),
            Self::Again => Recorded::Not("the migration was applied again, with another text".to_owned()),
            Self::On(recorder) => recorder.finish()?,
        };
        let (connection, history) = (database.connection(), &database.options.table);
        let time = database.options.undo.kept_for();
        undo::keep(connection, history, job.step.version(), &recorded, time)
            .map_err(|error| failure::of(error, connection))
    }
}

impl AroundStatement for UpRecording<'_> {
    fn run(&mut self, statement: &Statement<'_>, run: impl FnOnce() -> Result<(), Failure>) -> Result<(), Failure> {
        match self {
            Self::On(recorder) => recorder.watch(statement, run),
            Self::Not | Self::Again => run(),
        }
    }
}

/// A down, from its first statement to its last.
pub(super) struct Watch<'c> {
    meter: Meter<'c>,
    undoing: Option<RowUndoing<'c>>,
    copies: Copies,
    lost: Vec<Counted>,
}

impl<'c> Watch<'c> {
    /// Counts what the step's text says that it takes, and looks at the rows that its up changed; fails where that is something, or these are not as the up
    /// left them, and nobody has agreed to it.
    pub(super) fn begin(database: &'c SqliteDatabase<'_>, job: &Job<'_>) -> Result<Self, Failure> {
        let connection = database.connection();
        let undoing = RowUndoing::begin(database, job)?;
        let meter = Meter::begin(connection, job, &database.options.table)?;
        let explain = |error| failure::of(error, connection);
        let mut lost = Vec::new();
        for risk in &job.lost.risks {
            let is_measured = matches!(risk.measure, Measure::Where(_) | Measure::Step);
            if !is_measured || !meter.sees(&risk.loss) {
                lost.extend(count::certain(connection, risk).map_err(explain)?);
            }
        }
        job.agree_to(&lost)?;
        let copies = Copies::before(connection, &job.lost.risks).map_err(explain)?;
        Ok(Self { meter, undoing, copies, lost })
    }

    /// Puts rows back, and tells what the step has cost; fails where that is something, and nobody has agreed to it.
    pub(super) fn finish(mut self, job: &Job<'_>) -> Result<DoneToRows, Failure> {
        let connection = self.meter.connection;
        let mut measured = self.meter.finish()?;
        measured.extend(self.copies.after(connection).map_err(|error| failure::of(error, connection))?);
        let mut done = DoneToRows::default();
        if let Some(undoing) = self.undoing.take() {
            measured.retain(|counted| !undoing.covers(&counted.loss));
            let (undone, lost) = undoing.finish()?;
            done.undone = undone;
            measured.extend(lost);
        }
        job.agree_to(&measured)?;
        self.lost.extend(measured);
        done.lost = self.lost;
        Ok(done)
    }
}

/// Tells what was put back of rows, what was left as people made it, and what else has gone: once it is sure.
pub(super) fn tell(database: &SqliteDatabase<'_>, job: &Job<'_>, undone: &RowsUndone) {
    if job.consent == Consent::Tried {
        return;
    }
    let put_back = undone.tables.iter().map(|table| format!("put back: {table}"));
    let left = match job.changed_rows {
        ChangedRows::PutBack => "not put back",
        ChangedRows::Keep | ChangedRows::Refuse => "left as it is",
    };
    let left = undone.conflicts.iter().map(|conflict| format!("{left}: {conflict}"));
    let besides = undone.besides.iter().map(|table| format!("besides what the up did: {}", table.with_keys()));
    for text in put_back.chain(left).chain(besides) {
        database.options.observer.emit(Event::Note { version: job.step.version(), text });
    }
}

impl AroundStatement for Watch<'_> {
    fn run(&mut self, statement: &Statement<'_>, run: impl FnOnce() -> Result<(), Failure>) -> Result<(), Failure> {
        let Self { meter, undoing, .. } = self;
        match undoing {
            Some(undoing) => undoing.watch(statement, || meter.watch(statement, run)),
            None => meter.watch(statement, run),
        }
    }
}
