//! `schemactl move copy`: the rows of SQLite into PostgreSQL.

use super::ends::ends;
use super::plan::{document, unmapped};
use super::progress::CopyProgress;
use crate::cli::args::{MoveCopyArgs, OnReject};
use crate::cli::backup;
use crate::cli::context::{CommandFailure, Context, Reply};
use crate::cli::runtime;
use crate::config::Occasion;
use crate::error::{Code, Error, Result};
use crate::report::{DatabaseView, MoveDocument, ReplyBody};
use crate::transfer::{CopyChoices, CopyOutcome, MoveEnds, PlannedMove, PreparedCopy, copy, copy_choices};

pub(in crate::cli) fn run(context: &Context, arguments: &MoveCopyArgs) -> Result<Reply> {
    let ends = ends(context, arguments.from.as_deref())?;
    let choices = choices(arguments, &ends);
    let laid = match prepare(context, arguments, &ends, &choices)? {
        Ok(laid) => laid,
        Err(reply) => return Ok(reply),
    };
    let progress = CopyProgress::new(&context.output);
    let copied = copy(&ends, &laid, &choices, None, &|event| progress.tell(event));
    progress.finish();
    let copied = copied?;
    let views = (DatabaseView::of(&ends.source), DatabaseView::of(&ends.target));
    let document = MoveDocument::of_run(views, &copied);
    context.output.data(document.text(context.output.paint()).trim_end());
    let failure = unsure(&copied).map(|error| CommandFailure::new(error, ends.target.database.as_deref()));
    Ok(Reply::new(ReplyBody::Move(document)).or(failure))
}

/// What was typed counts more than what stands in schema.toml.
pub(super) fn choices(arguments: &MoveCopyArgs, ends: &MoveEnds) -> CopyChoices {
    let configured = copy_choices(&ends.map.copy);
    CopyChoices {
        jobs: arguments.jobs.map_or(configured.jobs, usize::from),
        batch: arguments.batch.or(configured.batch),
        sets_aside: arguments.on_reject.map_or(configured.sets_aside, |what| what == OnReject::SetAside),
        tables: arguments.tables.clone(),
        time_limit: arguments.time_limit,
        ..configured
    }
}

/// What comes before a copy: what is moved, the plan, a backup. The inner error is the reply where the copy is not to be made.
pub(super) fn prepare(
    context: &Context,
    arguments: &MoveCopyArgs,
    ends: &MoveEnds,
    choices: &CopyChoices,
) -> Result<Result<PlannedMove, Reply>> {
    let plans = !arguments.skip_plan && !choices.sets_aside;
    let laid = match crate::transfer::prepare(ends, plans)? {
        PreparedCopy::Ready(laid) => laid,
        PreparedCopy::Unmapped(wrong) => return Ok(Err(unmapped(context, ends, wrong))),
        PreparedCopy::Refused { laid, found, error } => {
            let document = document(ends, &laid, &found, true);
            context.output.data(document.text(context.output.paint()));
            let failure = CommandFailure::new(error, ends.target.database.as_deref());
            return Ok(Err(Reply::new(ReplyBody::MovePlan(document)).or(Some(failure))));
        }
    };
    if laid.begun.is_none() {
        let wanted = backup::wanted(context, &ends.target, Occasion::Copy)?;
        if let Some(settings) = wanted.filter(|_| !arguments.no_backup) {
            runtime::block_on(backup::before(context, &ends.target, &settings, Occasion::Copy))?;
        }
    }
    Ok(Ok(laid))
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
