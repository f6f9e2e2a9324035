//! `schemactl move discard`: takes away what a copy has written.

use super::ends::ends;
use crate::cli::context::{Context, Reply};
use crate::cli::runtime;
use crate::database::sqlite::{self, OpenPurpose};
use crate::error::Result;
use crate::report::{DatabaseView, DiscardDocument, ReplyBody};
use crate::transfer::{assert_undecided, discard};

pub(in crate::cli) fn run(context: &Context) -> Result<Reply> {
    let ends = ends(context, None)?;
    let capture = ends.capture();
    let discarded = runtime::block_on(ends.locked(async |journal| {
        ends.in_session(async |session| {
            let source = sqlite::open(&ends.location, OpenPurpose::Read)?;
            assert_undecided(session, journal, (&capture, &source)).await?;
            discard(session, journal).await
        })
        .await
    }))?;
    crate::fault::point("target discarded");
    // What is not followed any more needs no changes noted.
    if capture.state(&sqlite::open(&ends.location, OpenPurpose::Read)?)?.is_some() {
        capture.remove(&mut sqlite::open(&ends.location, OpenPurpose::Change)?)?;
    }
    let document = DiscardDocument::new(DatabaseView::of(&ends.target), discarded);
    context.output.data(document.text(context.output.paint()).trim_end());
    Ok(Reply::new(ReplyBody::Discard(document)))
}
