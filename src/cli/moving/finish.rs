//! `schemactl move finish`: the end of a move.

use super::ends::ends;
use crate::cli::context::{Context, Reply};
use crate::cli::runtime;
use crate::database::sqlite::{self, OpenPurpose};
use crate::error::Result;
use crate::report::{DatabaseView, FinishDocument, ReplyBody};
use crate::transfer::finish;

pub(in crate::cli) fn run(context: &Context) -> Result<Reply> {
    let ends = ends(context, None)?;
    let finished = runtime::block_on(ends.locked(async |journal| {
        ends.in_session(async |session| finish(session, journal, &ends.target.options).await).await
    }))?;
    crate::fault::point("target finished");
    let capture = ends.capture();
    let is_left = capture.is_closed(&sqlite::open(&ends.location, OpenPurpose::Read)?)?;
    // One that has died in between has ended the move on PostgreSQL, and left SQLite closed.
    if finished.is_some() || is_left {
        let tables = finished.as_ref().map(|finished| finished.tables.as_slice()).unwrap_or_default();
        capture.finish(&mut sqlite::open(&ends.location, OpenPurpose::Change)?, tables)?;
    }
    let views = (DatabaseView::of(&ends.source), DatabaseView::of(&ends.target));
    let document = FinishDocument::new(views, finished.as_ref());
    context.output.data(document.text(context.output.paint()).trim_end());
    Ok(Reply::new(ReplyBody::Finish(document)))
}
