//! `schemactl move copy`: the rows of SQLite into PostgreSQL.

use std::path::Path;

use super::ends::{MoveEnds, ends};
use super::histories::AllowedVersions;
use super::journal::locked;
use super::plan::{PlannedMove, examine, failures, lay_out};
use super::progress::CopyProgress;
use crate::cli::args::{MoveCopyArgs, MovePlanArgs, OnReject, ShownValues};
use crate::cli::backup;
use crate::cli::context::{CommandFailure, Context, Reply};
use crate::cli::database::settings;
use crate::cli::runtime;
use crate::config::{CopySettings, Occasion, SqliteLocation};
use crate::database::sqlite::{self, OpenPurpose};
use crate::error::{Code, Error, Result};
use crate::report::{DatabaseView, MoveDocument, ReplyBody};
use crate::transfer::{Captured, CopyChoices, CopyOutcome, CopyTask, MoveJournal, SqliteRows};

pub(in crate::cli) fn run(context: &Context, arguments: &MoveCopyArgs) -> Result<Reply> {
    let ends = ends(context, arguments.from.as_deref())?;
    let laid = match prepare(context, arguments, &ends)? {
        Ok(laid) => laid,
        Err(reply) => return Ok(reply),
    };
    let copied = copy(context, arguments, &ends, &laid, None)?;
    let views = (DatabaseView::of(&ends.source), DatabaseView::of(&ends.target));
    let document = MoveDocument::of_run(views, &copied);
    context.output.data(document.text(context.output.paint()).trim_end());
    let failure = unsure(&copied).map(|error| CommandFailure::new(error, ends.target.database.as_deref()));
    Ok(Reply::new(ReplyBody::Move(document)).or(failure))
}

/// What comes before a copy: what is moved, the plan, a backup. The inner error is the reply where the copy is not to be made.
pub(super) fn prepare(
    context: &Context,
    arguments: &MoveCopyArgs,
    ends: &MoveEnds,
) -> Result<Result<PlannedMove, Reply>> {
    file(ends)?;
    let source = sqlite::open(&ends.location, OpenPurpose::Read)?;
    let laid = match lay_out(context, ends, &source, AllowedVersions::Named)? {
        Ok(laid) => laid,
        Err(wrong) => return Ok(Err(Reply::new(ReplyBody::Nothing {}).or(context.gravest(failures(ends, wrong))))),
    };
    drop(source);
    if laid.begun.is_none() {
        if let Some(refused) = planned(context, arguments, ends, &laid)? {
            return Ok(Err(refused));
        }
        let wanted = backup::wanted(context, &ends.target, Occasion::Copy)?;
        if let Some(settings) = wanted.filter(|_| !arguments.no_backup) {
            runtime::block_on(backup::before(context, &ends.target, &settings, Occasion::Copy))?;
        }
    }
    Ok(Ok(laid))
}

/// Copies the rows; of a source that is captured, they are followed then.
pub(super) fn copy(
    context: &Context,
    arguments: &MoveCopyArgs,
    ends: &MoveEnds,
    laid: &PlannedMove,
    captured: Option<&Captured<'_>>,
) -> Result<CopyOutcome> {
    let progress = CopyProgress::new(&context.output);
    let tell = |event: &crate::transfer::CopyEvent<'_>| progress.tell(event);
    let label = ends.source.connection.to_string();
    let configured = &ends.map.copy;
    let choices = CopyChoices {
        jobs: usize::from(arguments.jobs.or(configured.jobs).unwrap_or(1)),
        batch: arguments.batch.or(configured.batch),
        sets_aside: sets_aside(arguments, configured),
        tables: arguments.tables.clone(),
        first: configured.first.clone(),
        time_limit: arguments.time_limit,
    };
    let settings = settings(&ends.target)?;
    let copied = runtime::block_on(locked(&ends.target, async |journal: &MoveJournal| {
        let task = CopyTask {
            plan: &laid.plan,
            source: &label,
            location: &ends.location,
            path: file(ends)?,
            settings: &settings,
            options: &ends.target.options,
            journal,
            choices: &choices,
            captured,
            interrupt: context.interrupt(),
            tell: &tell,
        };
        task.run().await
    }));
    progress.finish();
    copied
}

pub(super) fn file(ends: &MoveEnds) -> Result<&Path> {
    let SqliteLocation::File { path, .. } = &ends.location else {
        return Err(Error::new(Code::Usage, "a database in memory cannot be copied: it is gone with its connection"));
    };
    Ok(path)
}

/// What was typed counts more than what stands in schema.toml.
fn sets_aside(arguments: &MoveCopyArgs, configured: &CopySettings) -> bool {
    let typed = arguments.on_reject.map(|what| what == OnReject::SetAside);
    typed.or(configured.sets_aside).unwrap_or(false)
}

/// Makes the plan before a copy begins. Its reply where it refuses something.
fn planned(context: &Context, arguments: &MoveCopyArgs, ends: &MoveEnds, laid: &PlannedMove) -> Result<Option<Reply>> {
    if arguments.skip_plan || sets_aside(arguments, &ends.map.copy) {
        return Ok(None);
    }
    let plan = MovePlanArgs {
        from: arguments.from.clone(),
        no_trial: false,
        rejects: None,
        examples: 3,
        values: ShownValues::Shown,
    };
    let rows = SqliteRows::checked(sqlite::open(&ends.location, OpenPurpose::Read)?)?;
    let (document, failure) = examine(context, &plan, ends, (laid, rows), false)?;
    if failure.is_none() {
        return Ok(None);
    }
    context.output.data(document.text(context.output.paint()));
    Ok(Some(Reply::new(ReplyBody::MovePlan(document)).or(failure)))
}

/// What is not known of a copy counts as the worse: rows that were written meanwhile may be missing.
fn unsure(copied: &CopyOutcome) -> Option<Error> {
    if !copied.state.source_changed {
        return None;
    }
    let error = Error::new(Code::SourceChanged, "the source was written since the copy began")
        .with_cause("rows that were written meanwhile are there, or not, or as they were before")
        .with_state("what was copied is there")
        .with_hint("`schemactl move verify` names the rows that differ")
        .with_hint("where it is to be equal: stop the application, `schemactl move discard`, and copy again");
    Some(error)
}
