//! `schemactl move status`: how far a copy has come, as the target says it.

use super::ends::ends;
use super::journal::{in_session, unlocked};
use crate::cli::context::{Context, Reply};
use crate::cli::runtime;
use crate::error::Result;
use crate::report::{DatabaseView, MoveDocument, ReplyBody};
use crate::transfer::{MoveJournal, MoveState, TargetSession};

pub(in crate::cli) fn run(context: &Context) -> Result<Reply> {
    let ends = ends(context, None)?;
    let views = (DatabaseView::of(&ends.source), DatabaseView::of(&ends.target));
    let document = runtime::block_on(unlocked(&ends.target, async |journal| {
        in_session(context, &ends.target, async |session| {
            let Some(state) = journal.state(session).await? else {
                return Ok(MoveDocument::new(views, None, &[], &[]));
            };
            document(session, journal, views, &state).await
        })
        .await
    }))?;
    context.output.data(document.text(context.output.paint()).trim_end());
    Ok(Reply::new(ReplyBody::Move(document)))
}

/// What the journal says of a move that has begun.
pub(super) async fn document(
    session: &TargetSession,
    journal: &MoveJournal,
    views: (DatabaseView, DatabaseView),
    state: &MoveState,
) -> Result<MoveDocument> {
    let (tables, apart) = (journal.tables(session).await?, journal.apart(session).await?);
    let following = journal.following(session).await?;
    let aside = journal.rows_set_aside(session).await?;
    Ok(MoveDocument::new(views, Some(state), &tables, &apart).followed(following.as_ref(), aside))
}
