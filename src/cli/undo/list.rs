//! `schemactl undo list`.

use super::targets;
use crate::cli::context::{CommandFailure, Context, Reply};
use crate::cli::database::{AnyDatabase, Purpose};
use crate::cli::{notes, runtime};
use crate::config::DatabaseTarget;
use crate::error::Result;
use crate::report::{DatabaseView, ErrorView, KeptDocument, KeptView, ReplyBody};
use crate::run;

pub(super) fn run(context: &Context) -> Result<Reply> {
    let targets = targets(context, false)?;
    runtime::block_on(async {
        let mut document = KeptDocument::default();
        let mut failures = Vec::new();
        for target in &targets {
            context.heading(&targets, target);
            let view = match one(target).await {
                Ok(view) => {
                    context.output.data(view.text(context.output.paint()));
                    view
                }
                Err(error) => {
                    let shown = ErrorView::of(&error, target.database.as_deref());
                    failures.push(CommandFailure::new(error, target.database.as_deref()));
                    KeptView::failed(DatabaseView::of(target), shown)
                }
            };
            document.databases.push(view);
        }
        Ok(Reply::new(ReplyBody::Kept(document)).or(context.gravest(failures)))
    })
}

async fn one(target: &DatabaseTarget) -> Result<KeptView> {
    let mut database = AnyDatabase::open(target, &target.options, Purpose::Read).await?;
    let kept = run::kept(&mut database).await;
    database.close().await;
    let notes = notes::no_database(target).into_iter();
    Ok(KeptView::new(DatabaseView::of(target), notes.collect(), &kept?))
}
