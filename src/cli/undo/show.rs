//! `schemactl undo show`.

use super::{assert_there, targets};
use crate::cli::args::UndoShowArgs;
use crate::cli::context::{CommandFailure, Context, Reply, sound_migrations, tell_broken};
use crate::cli::database::{AnyDatabase, Purpose};
use crate::cli::runtime;
use crate::config::DatabaseTarget;
use crate::database::kept::KeptValues;
use crate::error::Result;
use crate::report::{DatabaseView, ErrorView, KeptVersionDocument, KeptVersionView, ReplyBody};
use crate::run;

pub(super) fn run(context: &Context, arguments: &UndoShowArgs) -> Result<Reply> {
    let targets = targets(context, true)?;
    runtime::block_on(async {
        let mut document = KeptVersionDocument::default();
        let mut failures = Vec::new();
        for target in &targets {
            let view = match one(context, target, arguments).await {
                Ok(view) => {
                    context.output.data(view.text());
                    view
                }
                Err(error) => {
                    let shown = ErrorView::of(&error, target.database.as_deref());
                    failures.push(CommandFailure::new(error, target.database.as_deref()));
                    KeptVersionView::failed(DatabaseView::of(target), arguments.version, shown)
                }
            };
            document.databases.push(view);
        }
        Ok(Reply::new(ReplyBody::KeptVersion(document)).or(context.gravest(failures)))
    })
}

async fn one(context: &Context, target: &DatabaseTarget, arguments: &UndoShowArgs) -> Result<KeptVersionView> {
    assert_there(target)?;
    // The files say in which order migrations are taken back; what is kept is known without them.
    let (migrations, broken) = sound_migrations(target);
    tell_broken(context, &broken);
    let values = if arguments.values { KeptValues::OfFirst } else { KeptValues::None };
    let mut database = AnyDatabase::open(target, &target.options, Purpose::Read).await?;
    let undo = &target.options.undo;
    let kept = run::kept_version(&mut database, &migrations, arguments.version, values, undo).await;
    database.close().await;
    let notes = Vec::new();
    Ok(KeptVersionView::new(DatabaseView::of(target), notes, &kept?))
}
