//! `schemactl move discard`: takes away what a copy has written.

use super::ends::ends;
use super::journal::locked;
use crate::cli::context::{Context, Reply};
use crate::cli::database::settings;
use crate::cli::runtime;
use crate::error::Result;
use crate::report::{DatabaseView, DiscardDocument, ReplyBody};
use crate::transfer::{TargetSession, discard};

pub(in crate::cli) fn run(context: &Context) -> Result<Reply> {
    let ends = ends(context, None)?;
    let options = &ends.target.options;
    let discarded = runtime::block_on(locked(&ends.target, async |journal| {
        let session = TargetSession::open(&settings(&ends.target)?, options.lock_timeout, context.interrupt()).await?;
        let done = discard(&session, journal).await;
        session.close().await;
        done
    }))?;
    let document = DiscardDocument::new(DatabaseView::of(&ends.target), discarded);
    context.output.data(document.text(context.output.paint()).trim_end());
    Ok(Reply::new(ReplyBody::Discard(document)))
}
