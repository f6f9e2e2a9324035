//! `schemactl undo purge`.

use super::{assert_there, targets};
use crate::cli::args::UndoPurgeArgs;
use crate::cli::ask::{self, Answer};
use crate::cli::context::{CommandFailure, Context, Reply};
use crate::cli::database::{AnyDatabase, Purpose};
use crate::cli::progress::ProgressListener;
use crate::cli::{notes, runtime};
use crate::config::DatabaseTarget;
use crate::error::{Code, Error, Result};
use crate::plural::count;
use crate::report::{DatabaseView, ErrorView, PurgeDocument, PurgeView, ReplyBody};
use crate::run::{self, PurgeRequest};

pub(super) fn run(context: &Context, arguments: &UndoPurgeArgs) -> Result<Reply> {
    let requests = arguments.requests();
    if requests.is_empty() {
        return Err(Error::new(Code::Usage, "`schemactl undo purge` is to be told what it takes away")
            .with_state("nothing was changed")
            .with_hint("`schemactl undo list` shows what is kept")
            .with_hint("name versions, or `--expired` for what is kept for no longer, or `--all`"));
    }
    let targets = targets(context, arguments.names_a_version())?;
    runtime::block_on(async {
        let mut document = PurgeDocument::default();
        for (at, target) in targets.iter().enumerate() {
            context.heading(&targets, target);
            let mut view = PurgeView::new(DatabaseView::of(target));
            let result = if arguments.names_a_version() { assert_there(target) } else { Ok(()) };
            let result = match result {
                Ok(()) => one(context, target, &requests, arguments.yes, &mut view).await,
                missing => missing,
            };
            view.error = result.as_ref().err().map(|error| ErrorView::of(error, target.database.as_deref()));
            document.databases.push(view);
            if let Err(error) = result {
                let failure = CommandFailure::of(error, target, &targets[at + 1..]);
                document.not_begun.clone_from(&failure.not_begun);
                return Ok(Reply::new(ReplyBody::Purge(document)).or(Some(failure)));
            }
        }
        Ok(Reply::new(ReplyBody::Purge(document)))
    })
}

async fn one(
    context: &Context,
    target: &DatabaseTarget,
    requests: &[PurgeRequest],
    yes: bool,
    view: &mut PurgeView,
) -> Result<()> {
    view.notes = notes::no_database(target).into_iter().collect();
    view.notes.iter().for_each(|note| context.output.data(note));
    let progress = ProgressListener::new(&context.output, target.database.as_deref());
    let listener = progress.clone();
    let options = target.options.clone().interrupt(context.interrupt().clone());
    let options = options.on_event(move |event| listener.tell(event));
    let mut database = AnyDatabase::open(target, &options, Purpose::of_existing(target)).await?;
    let result = purge(context, &mut database, requests, yes, view).await;
    database.close().await;
    progress.finish();
    result
}

async fn purge(
    context: &Context,
    database: &mut AnyDatabase,
    requests: &[PurgeRequest],
    yes: bool,
    view: &mut PurgeView,
) -> Result<()> {
    let plan = run::plan_purge(database, requests).await?;
    view.set(&plan);
    view.lines().iter().for_each(|line| context.output.data(line));
    if plan.rows.is_empty() {
        context.output.data("nothing to purge");
        return Ok(());
    }
    let unheard = || {
        let versions = count(plan.rows.len(), "version");
        Error::new(Code::Usage, format!("what is kept of {versions} would be purged, and there is no terminal to ask"))
            .with_state("nothing was changed")
            .with_hint("`--yes` purges it without asking")
    };
    if !yes && ask::confirm(context, "purge? [y/N] ", unheard)? == Answer::No {
        context.output.data("nothing was changed");
        return Ok(());
    }
    plan.apply(database).await?;
    view.applied = true;
    context.output.data(view.done());
    Ok(())
}
