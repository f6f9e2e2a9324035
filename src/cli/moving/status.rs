//! `schemactl move status`: how far a copy has come, as the target says it, and how far one side is behind the other.

use std::time::Duration;

use super::ends::ends;
use super::watch::watch;
use crate::cli::args::MoveStatusArgs;
use crate::cli::context::{Context, Reply};
use crate::cli::runtime;
use crate::database::sqlite::{self, OpenPurpose};
use crate::error::{Code, Result};
use crate::report::{DatabaseView, MoveDocument, ReplyBody};
use crate::transfer::{MoveEnds, MoveJournal, MoveLook, SourceGate, TargetSession};

pub(in crate::cli) fn run(context: &Context, arguments: &MoveStatusArgs) -> Result<Reply> {
    if let Some(seconds) = arguments.watch {
        return watch(context, Duration::from_secs(seconds), arguments.until);
    }
    let ends = ends(context, None)?;
    let document = runtime::block_on(ends.unlocked(async |journal| {
        ends.in_session(async |session| {
            let document = document(&ends, journal, session).await?;
            Ok(document.lost(why_lost(&ends, journal, session).await?))
        })
        .await
    }))?;
    let document = document.switched(None, gate(&ends)?);
    context.output.data(document.text(context.output.paint()).trim_end());
    Ok(Reply::new(ReplyBody::Move(document)))
}

/// Why it is not known any more what was changed on the side that is followed.
async fn why_lost(ends: &MoveEnds, journal: &MoveJournal, session: &TargetSession) -> Result<Option<String>> {
    match MoveLook::read(ends, journal, session).await {
        Err(error) if error.code() == Code::CaptureLost => {
            Ok(Some(error.cause().map(ToString::to_string).unwrap_or_default()))
        }
        look => look.map(|_| None),
    }
}

/// What the journal says of a move.
pub(super) fn read(ends: &MoveEnds) -> Result<MoveDocument> {
    runtime::block_on(
        ends.unlocked(async |journal| ends.in_session(async |session| document(ends, journal, session).await).await),
    )
}

async fn document(ends: &MoveEnds, journal: &MoveJournal, session: &TargetSession) -> Result<MoveDocument> {
    let views = (DatabaseView::of(&ends.source), DatabaseView::of(&ends.target));
    let Some(state) = journal.state(session).await? else {
        return Ok(MoveDocument::new(views, None, &[], &[]));
    };
    let (tables, apart) = (journal.tables(session).await?, journal.apart(session).await?);
    let following = journal.following(session).await?;
    let aside = if following.as_ref().is_some_and(|following| following.back.is_some()) {
        not_returned(ends)?
    } else {
        journal.rows_set_aside(session).await?
    };
    Ok(MoveDocument::new(views, Some(&state), &tables, &apart).followed(following.as_ref(), aside))
}

/// How many rows of the target have no place on the source, on the way back.
pub(super) fn not_returned(ends: &MoveEnds) -> Result<u64> {
    let source = sqlite::open(&ends.location, OpenPurpose::Read)?;
    let capture = ends.capture();
    if capture.state(&source)?.is_none() { Ok(0) } else { capture.rows_not_returned(&source) }
}

/// How the source stands to writers, where it is captured.
pub(super) fn gate(ends: &MoveEnds) -> Result<Option<SourceGate>> {
    ends.capture().gate_of_captured(&sqlite::open(&ends.location, OpenPurpose::Read)?)
}
