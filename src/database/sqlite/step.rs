//! Steps in a transaction: the lock, the history read again, the SQL, the record, the commit.

use std::borrow::Cow;
use std::time::{Duration, Instant};

use super::foreign_keys::Enforcement;
use super::session::{self, Transaction};
use super::watch::{self, AroundStatement, UpRecording, Watch};
use super::{SqliteDatabase, compile, failure, found, header};
use crate::database::{Consent, DoneToRows, Failure, Job, Why, Write};
use crate::error::Code;
use crate::event::{Action, Event};
use crate::fault;
use crate::sql::{self, Statement, StatementKind};

/// A step of up to so many statements says how far it is after each.
const FEW: usize = 1_000;

/// A longer one says so this often.
const PROGRESS: Duration = Duration::from_millis(200);

/// Runs steps and their records in one transaction, and tells what each has cost.
pub(super) fn transact(database: &SqliteDatabase<'_>, jobs: &[Job<'_>]) -> Result<Vec<DoneToRows>, Failure> {
    let connection = database.connection();
    database.clear_away();
    // Declared before the transaction, so that it is put back after that has ended.
    let enforcement = enforcement(database, jobs)?;
    fault::point("before begin");
    let start = Instant::now();
    let transaction = Transaction::begin(connection)?;
    for job in jobs {
        database.tables.check(connection, &job.write.expected)?;
    }
    // Those that follow the first are about a history that this transaction makes.
    if let Some(first) = jobs.first() {
        database.tables.check_basis(connection, first)?;
    }
    if let Some(enforcement) = &enforcement {
        enforcement.before(connection)?;
    }
    let mut all_done = Vec::with_capacity(jobs.len());
    for (index, job) in jobs.iter().enumerate() {
        if index > 0 {
            database.clear_away();
        }
        let (write, done) = run_and_note(database, job, index)?;
        all_done.push(done);
        fault::point("before record");
        database
            .tables
            .write(connection, &write, &database.options, start)
            .map_err(|failure| in_job(failure, index))?;
    }
    if let Some(enforcement) = &enforcement {
        enforcement.after(connection, jobs).map_err(|failure| in_job(failure, jobs.len() - 1))?;
    }
    fault::point("before commit");
    transaction.commit(&database.options).map_err(|failure| in_job(failure, jobs.len() - 1))?;
    fault::point("after commit");
    for (job, done) in jobs.iter().zip(&all_done) {
        watch::tell(database, job, &done.undone);
    }
    Ok(all_done)
}

fn in_job(mut failure: Failure, index: usize) -> Failure {
    failure.job = index;
    failure
}

/// Switched off for a step that drops or rebuilds tables, or that asks for it: SQLite ignores the pragma inside a
/// transaction, and with enforcement on, dropping a parent deletes its rows first and cascades to the children
/// (<https://www.sqlite.org/foreignkeys.html>, section 5).
fn enforcement<'c>(database: &'c SqliteDatabase<'_>, jobs: &[Job<'_>]) -> Result<Option<Enforcement<'c>>, Failure> {
    if !jobs.iter().any(needs_guard) {
        return Ok(None);
    }
    let enforcement = Enforcement::switch_off(database.connection())?;
    for (index, job) in jobs.iter().enumerate() {
        enforcement.refuse_actions(database.connection(), job).map_err(|failure| in_job(failure, index))?;
    }
    Ok(Some(enforcement))
}

fn needs_guard(job: &Job<'_>) -> bool {
    let shapes = &job.analysis.shapes;
    shapes.need_guard() || shapes.enforcement == sql::EnforcementRequest::SwitchedOff
}

/// Runs a job between two looks at what it names: an up records what it found, and a down leaves that as it was.
fn run_and_note<'a, 'j>(
    database: &SqliteDatabase<'_>,
    job: &'j Job<'a>,
    index: usize,
) -> Result<(Cow<'j, Write<'a>>, DoneToRows), Failure> {
    let at = |failure| in_job(failure, index);
    if let Some(names) = &job.look {
        let before = found::look(database, names).map_err(at)?;
        run(database, job, index)?;
        let write = found::note(database, job, names, &before).map_err(at)?;
        return Ok((Cow::Owned(write), DoneToRows::default()));
    }
    let done = match job.step.found.as_ref().filter(|found| !found.is_empty()) {
        Some(prior) => {
            let start = found::look(database, &found::names(prior)).map_err(at)?;
            let done = run(database, job, index)?;
            found::settle(database, job, prior, &start).map_err(at)?;
            done
        }
        None => run(database, job, index)?,
    };
    Ok((job.write_with(&done.lost), done))
}

/// Runs a step, and tells what it has cost. One that may not lose data fails where it does.
fn run(database: &SqliteDatabase<'_>, job: &Job<'_>, index: usize) -> Result<DoneToRows, Failure> {
    if job.step.action() == Action::Skip {
        return Ok(DoneToRows::default());
    }
    let at = |failure| in_job(failure, index);
    if job.consent == Consent::NotAsked {
        let mut recording = UpRecording::begin(database, job).map_err(at)?;
        statements(database, job, index, &mut recording)?;
        recording.finish(database, job).map_err(at)?;
        return Ok(DoneToRows::default());
    }
    // The transaction has the write lock: what is counted now is what goes.
    let mut watch = Watch::begin(database, job).map_err(at)?;
    statements(database, job, index, &mut watch)?;
    watch.finish(job).map_err(at)
}

fn statements(
    database: &SqliteDatabase<'_>,
    job: &Job<'_>,
    index: usize,
    around: &mut impl AroundStatement,
) -> Result<(), Failure> {
    let mut told = Instant::now();
    let mut asked = header::Asked::default();
    progress(database, job, 0);
    for (number, found) in job.analysis.statements_of(job.step.script().text()).flatten().enumerate() {
        let at = |failure: Failure| {
            let span = failure.span.clone().unwrap_or(found.span());
            failure.at(index, Some(number), Some(span))
        };
        if database.options.interrupt.is_triggered() {
            return Err(at(Failure::new(Code::Interrupted, "interrupted").because(Why::Interrupted)));
        }
        look_for_quoted(database, job, &found).map_err(at)?;
        around.run(&found, || statement(database, &found)).map_err(at)?;
        fault::point("statement done");
        asked.note(number, found);
        if job.analysis.statements <= FEW || told.elapsed() >= PROGRESS {
            told = Instant::now();
            progress(database, job, number + 1);
        }
    }
    asked.assert(database, index)
}

fn progress(database: &SqliteDatabase<'_>, job: &Job<'_>, done: usize) {
    let (version, statements) = (job.step.version(), job.analysis.statements);
    database.options.observer.emit(Event::Progress { version, done, statements });
}

/// Takes note of a string in double quotes in a statement that is about to run.
pub(super) fn look_for_quoted(
    database: &SqliteDatabase<'_>,
    job: &Job<'_>,
    statement: &Statement<'_>,
) -> Result<(), Failure> {
    // A pragma may act when it is compiled.
    if matches!(statement.kind, StatementKind::Pragma(_)) {
        return Ok(());
    }
    let connection = database.connection();
    let quoted = compile::double_quoted(connection, statement.text).map_err(|error| failure::of(error, connection))?;
    if let Some(cause) = quoted {
        let place = job.step.script().place(statement.span());
        let found = format!("{place}: a string in double quotes, which are for names: {cause}");
        let mut told = database.quoted.borrow_mut();
        // A step may be tried more than once.
        if !told.contains(&found) {
            told.push(found);
        }
    }
    Ok(())
}

/// Runs one statement of a migration. A failure tells where in the script SQLite sees the mistake.
pub(super) fn statement(database: &SqliteDatabase<'_>, found: &Statement<'_>) -> Result<(), Failure> {
    let connection = database.connection();
    if let StatementKind::Pragma(pragma) = &found.kind {
        if pragma.is("foreign_keys") {
            // It does nothing inside a transaction; the step as a whole has done what it asks for.
            return Ok(());
        }
        database.touched.set(true);
    }
    let text = sql::with_line_feeds(found.text);
    session::run(connection, &text).map_err(|error| {
        let (mut failure, offset) = failure::of_statement(error, connection, &text);
        failure.span = offset.map(|offset| found.offset + offset..found.span().end);
        failure
    })
}
