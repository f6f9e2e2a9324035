//! `schemactl move plan`: what a move would do with each value. It writes nothing.

use super::ends::ends;
use super::rejects::RejectsFile;
use crate::cli::args::MovePlanArgs;
use crate::cli::context::{CommandFailure, Context, Reply};
use crate::database::sqlite::{self, OpenPurpose};
use crate::error::{Error, Result};
use crate::report::{DatabaseView, MovePlanDocument, ReplyBody};
use crate::transfer::{
    AllowedVersions, ExamineTask, HeldCopy, MoveEnds, PlannedMove, Preflight, RefusedListener, SqliteRows,
    TrialVerdict, lay_out, refused,
};

pub(in crate::cli) fn run(context: &Context, arguments: &MovePlanArgs) -> Result<Reply> {
    let ends = ends(context, arguments.from.as_deref())?;
    let rows = SqliteRows::checked(sqlite::open(&ends.location, OpenPurpose::Read)?)?;
    let laid = match lay_out(&ends, rows.connection(), AllowedVersions::Named)? {
        Ok(laid) => laid,
        Err(wrong) => return Ok(unmapped(context, &ends, wrong)),
    };
    let held = if laid.begun.is_some() { HeldCopy::Begun } else { HeldCopy::None };
    let trial = (!arguments.no_trial).then_some(held);
    let (shows_keys, most) = (arguments.values.are_shown(), arguments.examples);
    let mut rejects = match &arguments.rejects {
        Some(path) => Some(RejectsFile::create(path, shows_keys)?),
        None => None,
    };
    let listener = rejects.as_mut().map(|file| -> RefusedListener<'_> { Box::new(|refused| file.add(refused)) });
    let found = ExamineTask { ends: &ends, laid: &laid, most, shows_keys, trial }.run(rows, listener)?;
    rejects.map_or(Ok(()), RejectsFile::keep)?;
    let document = document(&ends, &laid, &found, shows_keys);
    let failure = refused(&found.0, found.1.as_ref());
    context.output.data(document.text(context.output.paint()));
    Ok(Reply::new(ReplyBody::MovePlan(document))
        .or(failure.map(|error| CommandFailure::new(error, ends.target.database.as_deref()))))
}

/// A plan as it is shown.
pub(super) fn document(
    ends: &MoveEnds,
    laid: &PlannedMove,
    (found, verdict): &(Preflight, Option<TrialVerdict>),
    shows_values: bool,
) -> MovePlanDocument {
    let views = (DatabaseView::of(&ends.source), DatabaseView::of(&ends.target));
    let mut document = MovePlanDocument::new(views, &laid.plan, (found, verdict.as_ref()), shows_values);
    document.notes.extend(laid.note.clone());
    document
}

/// The reply where the map does not say everything.
pub(super) fn unmapped(context: &Context, ends: &MoveEnds, wrong: Vec<Error>) -> Reply {
    let failure = |error| CommandFailure::new(error, ends.target.database.as_deref());
    Reply::new(ReplyBody::Nothing {}).or(context.gravest(wrong.into_iter().map(failure).collect()))
}
