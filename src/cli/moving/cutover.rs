//! `schemactl move cutover`: from SQLite to PostgreSQL, in a moment in which nobody writes.

use super::copy::file;
use super::ends::{MoveEnds, ends};
use super::histories::AllowedVersions;
use super::journal::unlocked;
use super::plan::{PlannedMove, failures, lay_out};
use super::status;
use crate::cli::args::MoveCutoverArgs;
use crate::cli::context::{Context, Reply};
use crate::cli::database::settings;
use crate::cli::runtime;
use crate::database::sqlite::{self, OpenPurpose};
use crate::duration::milliseconds;
use crate::error::Result;
use crate::report::{ReplyBody, duration};
use crate::transfer::{Capture, CutoverOutcome, CutoverTask, FollowTask, abort};

pub(in crate::cli) fn run(context: &Context, arguments: &MoveCutoverArgs) -> Result<Reply> {
    let ends = ends(context, arguments.from.as_deref())?;
    file(&ends)?;
    let source = sqlite::open(&ends.location, OpenPurpose::Read)?;
    let laid = match lay_out(context, &ends, &source, AllowedVersions::Named)? {
        Ok(laid) => laid.keyed(),
        Err(wrong) => return Ok(Reply::new(ReplyBody::Nothing {}).or(context.gravest(failures(&ends, wrong)))),
    };
    drop(source);
    let outcome = switched(context, arguments, &ends, &laid)?;
    let document = status::read(context, &ends)?.switched(outcome.as_ref(), status::gate(&ends)?);
    context.output.data(document.text(context.output.paint()).trim_end());
    if let Some(pause) = outcome.as_ref().and_then(|outcome| outcome.pause) {
        context.output.data(format!("nobody could write for {}", duration(milliseconds(pause))));
    }
    if arguments.dry_run {
        context.output.data("nothing was switched: both sides are as they were");
    }
    Ok(Reply::new(ReplyBody::Move(document)))
}

/// Switches, or takes a switch back. What was switched; none where nothing was to be.
fn switched(
    context: &Context,
    arguments: &MoveCutoverArgs,
    ends: &MoveEnds,
    laid: &PlannedMove,
) -> Result<Option<CutoverOutcome>> {
    let settings = settings(&ends.target)?;
    let capture = Capture::beside(&ends.source.options.table);
    let tell = |_: &_| {};
    runtime::block_on(unlocked(&ends.target, async |journal| {
        let follow = FollowTask {
            plan: &laid.plan,
            location: &ends.location,
            capture: &capture,
            settings: &settings,
            options: &ends.target.options,
            journal,
            until_level: true,
            interrupt: context.interrupt(),
            tell: &tell,
        };
        if arguments.abort {
            return abort(&follow).await.map(|()| None);
        }
        let task = CutoverTask { follow, deadline: arguments.deadline, is_dry: arguments.dry_run };
        task.run().await.map(Some)
    }))
}
