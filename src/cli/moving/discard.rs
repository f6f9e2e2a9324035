//! `schemactl move discard`: takes away what a copy has written.

use super::ends::ends;
use super::status;
use crate::cli::args::MoveDiscardArgs;
use crate::cli::context::{Context, Reply};
use crate::cli::runtime;
use crate::database::sqlite::{self, OpenPurpose};
use crate::error::{Code, Error, Result};
use crate::plural::count_of;
use crate::report::{DatabaseView, DiscardDocument, ReplyBody};
use crate::transfer::{SourceGate, assert_undecided, discard};

pub(in crate::cli) fn run(context: &Context, arguments: &MoveDiscardArgs) -> Result<Reply> {
    let ends = ends(context, None)?;
    let capture = ends.capture();
    let left_behind = status::not_returned(&ends)?;
    if left_behind > 0 && !arguments.accept_data_loss && status::gate(&ends)? == Some(SourceGate::Open) {
        return Err(left(left_behind, &capture.aside()));
    }
    if arguments.drop_capture {
        let removed = capture.remove_alone(&mut sqlite::open(&ends.location, OpenPurpose::Change)?)?;
        let document = DiscardDocument::of_capture(DatabaseView::of(&ends.target), removed);
        context.output.data(document.text(context.output.paint()).trim_end());
        return Ok(Reply::new(ReplyBody::Discard(document)));
    }
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

/// Rows that stayed on PostgreSQL when SQLite was switched back to are nowhere else.
fn left(rows: u64, aside: &str) -> Error {
    let rows = count_of(rows, "row");
    Error::new(Code::DataLoss, format!("{rows} stayed on PostgreSQL when SQLite was switched back to, and would go"))
        .with_cause("they have no place in SQLite, so that nothing else has them")
        .with_state("nothing was changed")
        .with_hint(format!("the table {aside} in SQLite names each with the reason: keep what is wanted of them"))
        .with_hint("then `schemactl move discard --accept-data-loss`")
}
