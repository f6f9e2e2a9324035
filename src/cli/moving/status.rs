//! `schemactl move status`: how far a copy has come, as the target says it.

use super::ends::ends;
use super::journal::unlocked;
use crate::cli::context::{Context, Reply};
use crate::cli::database::settings;
use crate::cli::runtime;
use crate::error::Result;
use crate::report::{DatabaseView, MoveDocument, ReplyBody};
use crate::transfer::TargetSession;

pub(in crate::cli) fn run(context: &Context) -> Result<Reply> {
    let ends = ends(context, None)?;
    let views = (DatabaseView::of(&ends.source), DatabaseView::of(&ends.target));
    let options = &ends.target.options;
    let document = runtime::block_on(unlocked(&ends.target, async |journal| {
        let session = TargetSession::open(&settings(&ends.target)?, options.lock_timeout, context.interrupt()).await?;
        let read = async {
            let Some(state) = journal.state(&session).await? else {
                return Ok(MoveDocument::new(views, None, &[], &[]));
            };
            let (tables, apart) = (journal.tables(&session).await?, journal.apart(&session).await?);
            Ok(MoveDocument::new(views, Some(&state), &tables, &apart))
        };
        let read = read.await;
        session.close().await;
        read
    }))?;
    context.output.data(document.text(context.output.paint()).trim_end());
    Ok(Reply::new(ReplyBody::Move(document)))
}
