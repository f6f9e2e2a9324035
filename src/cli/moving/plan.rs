//! `schemactl move plan`: what a move would do with each value. It writes nothing.

use std::pin::pin;
use std::sync::Arc;

use rusqlite::Connection;
use tokio::sync::Notify;

use super::ends::{MoveEnds, ends};
use super::histories::{AllowedVersions, assert_ready};
use super::journal::{KnownMove, begun};
use super::rejects::RejectsFile;
use crate::catalog::Catalog;
use crate::cli::args::MovePlanArgs;
use crate::cli::context::{CommandFailure, Context, Reply};
use crate::cli::database::settings;
use crate::cli::runtime;
use crate::database::Inspect as _;
use crate::database::postgres::PostgresDatabase;
use crate::database::postgres::connect::Connected;
use crate::database::sqlite::inspect::SqliteSnapshot;
use crate::database::sqlite::{self, OpenPurpose, SqliteDatabase};
use crate::error::{Code, Error, Result};
use crate::report::{DatabaseView, MovePlanDocument, ReplyBody, count};
use crate::transfer::{
    BegunMove, Capture, MovePlan, Preflight, PreflightTask, RefusedListener, RowsPiece, SqliteRows, TrialChoices,
    TrialVerdict, hand_over, judge, layout, refused_expressions,
};

pub(in crate::cli) fn run(context: &Context, arguments: &MovePlanArgs) -> Result<Reply> {
    let ends = ends(context, arguments.from.as_deref())?;
    let rows = SqliteRows::checked(sqlite::open(&ends.location, OpenPurpose::Read)?)?;
    let laid = match lay_out(context, &ends, rows.connection(), AllowedVersions::Named)? {
        Ok(laid) => laid,
        Err(wrong) => return Ok(Reply::new(ReplyBody::Nothing {}).or(context.gravest(failures(&ends, wrong)))),
    };
    let holds_copy = !arguments.no_trial && laid.begun.is_some();
    let (document, failure) = examine(context, arguments, &ends, (&laid, rows), holds_copy)?;
    context.output.data(document.text(context.output.paint()));
    Ok(Reply::new(ReplyBody::MovePlan(document)).or(failure))
}

/// What is moved, and what of both ends decides that.
pub(super) struct PlannedMove {
    pub(super) plan: Arc<MovePlan>,
    pub(super) catalog: Catalog,
    /// The move, where it has begun.
    pub(super) begun: Option<KnownMove>,
    /// What there is to know of the source.
    note: Option<String>,
}

impl PlannedMove {
    /// The same, with a key for each table by which its rows are followed.
    pub(super) fn keyed(self) -> Self {
        Self { plan: Arc::new(self.plan.keyed()), ..self }
    }

    /// The same as it goes back to SQLite.
    pub(super) fn returning(self) -> Self {
        Self { plan: Arc::new(self.plan.returning()), ..self }
    }
}

/// Decides what is moved, where both histories stand as the move wants it. The inner errors are what the map does not say.
pub(super) fn lay_out(
    context: &Context,
    ends: &MoveEnds,
    source: &Connection,
    allowed: AllowedVersions,
) -> Result<Result<PlannedMove, Vec<Error>>> {
    let catalog = runtime::block_on(catalog(ends, allowed))?;
    let (snapshot, note) = runtime::block_on(snapshot(ends, source, allowed))?;
    let begun = begun(context, ends)?;
    let decided = match &begun {
        Some(begun) => BegunMove { moment: begun.state.moment, keys: begun.keys.clone() },
        None => BegunMove { moment: timestamp_now(), keys: Vec::new() },
    };
    let plan = match layout(&ends.map, &snapshot, &catalog, &decided) {
        Ok(plan) => plan,
        Err(wrong) => return Ok(Err(wrong)),
    };
    let wrong = refused_expressions(&plan, || sqlite::open(&ends.location, OpenPurpose::Read))?;
    if wrong.is_empty() { Ok(Ok(PlannedMove { plan: Arc::new(plan), catalog, begun, note })) } else { Ok(Err(wrong)) }
}

/// Now, in microseconds since 2000-01-01 in UTC.
fn timestamp_now() -> i64 {
    const FROM_1970_TO_2000: i64 = 946_684_800_000_000;

    chrono::Utc::now().timestamp_micros() - FROM_1970_TO_2000
}

/// Puts every value through its rule, and has the server judge the rows, of a target that may hold those of a copy that has begun.
pub(super) fn examine(
    context: &Context,
    arguments: &MovePlanArgs,
    ends: &MoveEnds,
    (laid, rows): (&PlannedMove, SqliteRows),
    holds_copy: bool,
) -> Result<(MovePlanDocument, Option<CommandFailure>)> {
    let run = PreflightRun { context, arguments, ends, plan: &laid.plan, catalog: &laid.catalog, holds_copy };
    let mut rejects = match &arguments.rejects {
        Some(path) => Some(RejectsFile::create(path, arguments.values.are_shown())?),
        None => None,
    };
    let listener = rejects.as_mut().map(|file| -> RefusedListener<'_> { Box::new(|refused| file.add(refused)) });
    let (found, verdict) =
        if arguments.no_trial { (run.alone(rows, listener)?, None) } else { run.with_trial(rows, listener)? };
    rejects.map_or(Ok(()), RejectsFile::keep)?;
    let (source, target) = (DatabaseView::of(&ends.source), DatabaseView::of(&ends.target));
    let mut document =
        MovePlanDocument::new((source, target), &laid.plan, (&found, verdict.as_ref()), arguments.values.are_shown());
    document.notes.extend(laid.note.clone());
    let failure = refused(&found, verdict.as_ref());
    Ok((document, failure.map(|error| CommandFailure::new(error, ends.target.database.as_deref()))))
}

/// What the target holds, where its history stands as the move wants it.
async fn catalog(ends: &MoveEnds, allowed: AllowedVersions) -> Result<Catalog> {
    let mut database = PostgresDatabase::connect(settings(&ends.target)?, &ends.target.options).await?;
    let read = async {
        assert_ready(&mut database, &ends.target, &ends.map, allowed).await?;
        Ok(database.inspection().await?.snapshot)
    };
    let read = read.await;
    database.close().await;
    read
}

/// What the source holds, in the snapshot of which its rows are read; and what there is to know of it.
async fn snapshot(
    ends: &MoveEnds,
    connection: &Connection,
    allowed: AllowedVersions,
) -> Result<(SqliteSnapshot, Option<String>)> {
    let mut database = SqliteDatabase::borrow(connection, &ends.source.options);
    let note = assert_ready(&mut database, &ends.source, &ends.map, allowed).await?;
    let capture = Capture::beside(&ends.source.options.table).names();
    Ok((database.inspection().await?.snapshot.without(&capture), note))
}

pub(super) fn failures(ends: &MoveEnds, wrong: Vec<Error>) -> Vec<CommandFailure> {
    wrong.into_iter().map(|error| CommandFailure::new(error, ends.target.database.as_deref())).collect()
}

/// What a plan is read of.
struct PreflightRun<'a> {
    context: &'a Context,
    arguments: &'a MovePlanArgs,
    ends: &'a MoveEnds,
    plan: &'a MovePlan,
    catalog: &'a Catalog,
    /// Whether a copy has begun.
    holds_copy: bool,
}

impl PreflightRun<'_> {
    fn task<'r, F>(&'r self, refused: Option<RefusedListener<'r>>, accepted: Option<F>) -> PreflightTask<'r, F> {
        let interrupt = self.context.interrupt();
        PreflightTask {
            plan: self.plan,
            most: self.arguments.examples,
            interrupt,
            shows_keys: self.arguments.values.are_shown(),
            refused,
            accepted,
        }
    }

    /// Looks at the values alone.
    fn alone<'r>(&'r self, mut rows: SqliteRows, refused: Option<RefusedListener<'r>>) -> Result<Preflight> {
        self.task(refused, None::<fn(RowsPiece) -> bool>).run(&mut rows)
    }

    /// Looks at the values, and lets the server judge what the rows together are: one thread reads, this one sends.
    fn with_trial<'r>(
        &'r self,
        mut rows: SqliteRows,
        refused: Option<RefusedListener<'r>>,
    ) -> Result<(Preflight, Option<TrialVerdict>)> {
        let (sender, receiver) = tokio::sync::mpsc::channel(4);
        std::thread::scope(|scope| {
            let task = self.task(refused, Some(move |piece| hand_over(&sender, piece)));
            let reading = scope.spawn(move || task.run(&mut rows));
            let judged = runtime::block_on(self.judge(receiver));
            let read = reading.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            // What ended the trial ended the reading too, and says more.
            let verdict = judged?;
            Ok((read?, Some(verdict)))
        })
    }

    async fn judge(&self, pieces: tokio::sync::mpsc::Receiver<RowsPiece>) -> Result<TrialVerdict> {
        let connected = settings(&self.ends.target)?.connect().await?;
        let verdict = self.judge_with(&connected, pieces).await;
        // A session that ends takes its temporary tables with it.
        connected.close().await;
        verdict
    }

    /// Lets the server judge, and asks it to stop where the user does not want to wait for it.
    async fn judge_with(
        &self,
        connected: &Connected,
        pieces: tokio::sync::mpsc::Receiver<RowsPiece>,
    ) -> Result<TrialVerdict> {
        let wake = Arc::new(Notify::new());
        let woken = Arc::clone(&wake);
        let _guard = self.context.interrupt().on_trigger(move || wake.notify_one());
        let choices = TrialChoices { most: self.arguments.examples, holds_copy: self.holds_copy };
        let mut judging = pin!(judge(&connected.client, (self.plan, self.catalog), pieces, choices));
        tokio::select! {
            biased;
            verdict = &mut judging => return verdict,
            () = woken.notified() => {}
        }
        // What the server is at may take long, and what it says then is that it was stopped.
        let _ = connected.cancel.cancel().await;
        let _ = judging.await;
        let error = Error::new(Code::Interrupted, "interrupted while the rows were tried on the server");
        Err(error.with_state("nothing was written"))
    }
}

/// Why data cannot be moved as it stands.
fn refused(found: &Preflight, verdict: Option<&TrialVerdict>) -> Option<Error> {
    let rows: u64 = found.tables.iter().map(|table| table.refused_rows).sum();
    let tables = found.tables.iter().filter(|table| table.refused_rows > 0).count();
    let broken = verdict.map_or(0, |verdict| verdict.broken.len());
    let mut causes = Vec::new();
    if rows > 0 {
        let has = if rows == 1 { "has" } else { "have" };
        let rows = count(usize::try_from(rows).unwrap_or(usize::MAX), "row");
        causes.push(format!("{rows} of {} {has} values without a place", count(tables, "table")));
    }
    if broken > 0 {
        causes.push(format!("the rows do not keep {}", count(broken, "constraint")));
    }
    if causes.is_empty() {
        return None;
    }
    let error = Error::new(Code::ValuesRefused, "the data cannot be moved as it stands").with_cause(causes.join("; "));
    Some(
        error
            .with_state("nothing was written")
            .with_hint("a rule in [map.convert] says what a value means: docs/moving.md has them all")
            .with_hint("or mend the rows in SQLite"),
    )
}
