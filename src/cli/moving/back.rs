//! `schemactl move back`: from PostgreSQL to SQLite again, in a moment in which nobody writes.

use super::ends::ends;
use super::plan::unmapped;
use super::status;
use crate::cli::args::MoveBackArgs;
use crate::cli::context::{Context, Reply};
use crate::database::sqlite::{self, OpenPurpose};
use crate::duration::milliseconds;
use crate::error::Result;
use crate::report::{ReplyBody, duration};
use crate::transfer::{AllowedVersions, BackTask, lay_out, with_task};

pub(in crate::cli) fn run(context: &Context, arguments: &MoveBackArgs) -> Result<Reply> {
    let ends = ends(context, arguments.from.as_deref())?;
    ends.file()?;
    let source = sqlite::open(&ends.location, OpenPurpose::Read)?;
    let laid = match lay_out(&ends, &source, AllowedVersions::Named)? {
        Ok(laid) => laid,
        Err(wrong) => return Ok(unmapped(context, &ends, wrong)),
    };
    drop(source);
    laid.assert_same_map()?;
    let outcome = with_task(&ends, &laid.plan.returning(), async |follow| {
        let (deadline, is_dry) = (arguments.deadline, arguments.dry_run);
        BackTask { follow, deadline, is_dry, leaves_behind: arguments.leave_behind }.run().await
    })?;
    let document = status::read(&ends)?.switched_back(&outcome, status::gate(&ends)?);
    context.output.data(document.text(context.output.paint()).trim_end());
    if let Some(pause) = outcome.pause {
        context.output.data(format!("nobody could write for {}", duration(milliseconds(pause))));
    }
    if arguments.dry_run {
        context.output.data("nothing was switched: PostgreSQL is the side that is written");
    }
    Ok(Reply::new(ReplyBody::Move(document)))
}
