//! What is noted of a step while it runs: of an up the rows that it changes, of a down all that it takes.

use rusqlite::Connection;

use super::copies::Copies;
use super::meter::Meter;
use super::undo::{self, ImagePlace, KeptLimit, LateIndex, Recorded, Recorder, RowUndoing};
use super::{SqliteDatabase, count, failure};
use crate::config::UndoLimit;
use crate::database::{ChangedRows, Consent, Counted, DoneToRows, Failure, Job, RowsUndone};
use crate::event::{Action, Event};
use crate::history::UndoRecord;
use crate::sql::{Measure, Name, Statement};

/// What stands around each statement of a step.
pub(super) trait AroundStatement {
    /// Runs the statement.
    fn run(&mut self, statement: &Statement<'_>, run: impl FnMut() -> Result<(), Failure>) -> Result<(), Failure>;
}

/// An up, from its first statement to its last; or a down that loses nothing.
pub(super) enum UpRecording<'c> {
    /// It does nothing to rows.
    Not,
    /// A down that was generated.
    Down(&'c Connection),
    /// Nothing is to be kept, for this reason.
    Unkept(&'static str),
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
        let connection = database.connection();
        let (history, version) = (&database.options.table, job.step.version());
        let explain = |error| failure::of(error, connection);
        match job.step.action() {
            Action::Revert if job.step.script().is_generated() => return Ok(Self::Down(connection)),
            Action::Skip | Action::Revert | Action::Forget => return Ok(Self::Not),
            Action::Reapply => {
                let is_kept = undo::read(connection, history, version).map_err(explain)? != UndoRecord::Absent;
                return Ok(if is_kept || may_change_rows() { Self::Again } else { Self::Not });
            }
            // The version is not applied: what is there of it is left over from a history that was dropped by hand.
            Action::Apply | Action::Resume => undo::forget(connection, history, version).map_err(explain)?,
        }
        if !may_change_rows() {
            return Ok(Self::Not);
        }
        let settings = &database.options.undo;
        let limit = match settings.limit(job.directives.undo) {
            UndoLimit::Nothing => return Ok(Self::Unkept(settings.why_nothing(job.directives.undo))),
            UndoLimit::UpTo { rows, bytes } => Some(KeptLimit { rows, bytes }),
            UndoLimit::Everything => None,
        };
        let place = ImagePlace::Kept { version, limit };
        Recorder::begin(database, job, place).map(|recorder| Self::On(Box::new(recorder)))
    }

    /// Writes what the step has come to, in its transaction.
    pub(super) fn finish(self, database: &SqliteDatabase<'_>, job: &Job<'_>) -> Result<(), Failure> {
        let recorded = match self {
            Self::Not | Self::Down(_) => return Ok(()),
            Self::Unkept(why) => Recorded::Not(why.to_owned()),
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
    fn run(&mut self, statement: &Statement<'_>, mut run: impl FnMut() -> Result<(), Failure>) -> Result<(), Failure> {
        match self {
            Self::On(recorder) => recorder.watch(statement, run),
            Self::Down(connection) => run().map_err(|failed| match LateIndex::of(statement, 0) {
                Some(index) => index.plainly_explained(connection, failed),
                None => failed,
            }),
            Self::Not | Self::Unkept(_) | Self::Again => run(),
        }
    }
}

/// Takes note that nothing is kept of a statement of an up that commits it alone, in its transaction; nor of what an earlier run has left.
pub(super) fn note_alone(
    database: &SqliteDatabase<'_>,
    job: &Job<'_>,
    statement: &Statement<'_>,
) -> Result<(), Failure> {
    if !matches!(job.step.action(), Action::Apply | Action::Resume | Action::Reapply) {
        return Ok(());
    }
    let (connection, history) = (database.connection(), &database.options.table);
    let note = || {
        if undo::may_change_rows(statement) {
            let why = Recorded::Not("it was applied statement by statement".to_owned());
            return undo::keep(connection, history, job.step.version(), &why, None);
        }
        undo::settle(connection, history, job.step.version())
    };
    note().map_err(|error| failure::of(error, connection))
}

/// A down, from its first statement to its last.
pub(super) struct Watch<'c> {
    meter: Meter<'c>,
    undoing: Option<RowUndoing<'c>>,
    copies: Copies,
    lost: Vec<Counted>,
    is_generated: bool,
    /// How many statements were run.
    ran: usize,
    /// What is made once rows have their values back.
    indexes: Vec<LateIndex>,
    /// Rows of the up that the down has not moved into a table that it makes again.
    left_out: Vec<(String, u64)>,
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
        let conflicts = undoing.as_ref().map_or(&[][..], RowUndoing::conflicts);
        job.agree_to(&lost, conflicts)?;
        job.changed_rows.agree_to(conflicts)?;
        let restored = |table: &Name<'_>, column: &str| match &undoing {
            Some(undoing) => undoing.restored(table, column),
            None => Ok(None),
        };
        let copies = Copies::before(connection, &job.lost.risks, restored).map_err(explain)?;
        let is_generated = job.step.script().is_generated();
        Ok(Self { meter, undoing, copies, lost, is_generated, ran: 0, indexes: Vec::new(), left_out: Vec::new() })
    }

    /// Puts rows back, and tells what the step has cost; fails where that is something, and nobody has agreed to it.
    pub(super) fn finish(mut self, job: &Job<'_>) -> Result<DoneToRows, Failure> {
        let connection = self.meter.connection;
        let mut measured = self.meter.finish()?;
        measured.extend(self.copies.after(connection, &self.left_out).map_err(|error| failure::of(error, connection))?);
        let mut done = DoneToRows::default();
        if let Some(undoing) = self.undoing.take() {
            measured.retain(|counted| !undoing.covers(&counted.loss));
            let (undone, lost) = undoing.finish(&self.indexes)?;
            done.undone = undone;
            measured.extend(lost);
        }
        job.agree_to(&measured, &done.undone.conflicts)?;
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
    fn run(&mut self, statement: &Statement<'_>, mut run: impl FnMut() -> Result<(), Failure>) -> Result<(), Failure> {
        let Self { meter, undoing, left_out, indexes, .. } = self;
        let number = self.ran;
        self.ran += 1;
        let moving = match undoing {
            // What people wrote is run as they wrote it.
            _ if !self.is_generated => None,
            Some(undoing) => undoing.moving(statement)?,
            None => undo::Moving::plain(meter.connection, statement)
                .map_err(|error| failure::of(error, meter.connection))?,
        };
        let mut run = || match &moving {
            Some(moving) => moving.run(&mut run),
            None => run(),
        };
        let done = match undoing {
            Some(undoing) => undoing.watch(statement, || meter.watch(statement, &mut run)),
            None => meter.watch(statement, run),
        };
        if let Err(failed) = done {
            let is_about_rows = self.is_generated && LateIndex::is_about_rows(&failed);
            match (LateIndex::of(statement, number).filter(|_| is_about_rows), undoing) {
                (Some(index), Some(_)) => indexes.push(index),
                (Some(index), None) => return Err(index.plainly_explained(meter.connection, failed)),
                (None, _) => return Err(failed),
            }
        }
        left_out.extend(moving.map(|moving| (moving.left_out().0.to_owned(), moving.left_out().1)));
        Ok(())
    }
}
