use super::args::AdoptArgs;
use super::context::{CommandFailure, Context, Reply, project, read};
use super::database::{AnyDatabase, Purpose};
use super::drift::Looker;
use super::runtime;
use crate::config::DatabaseTarget;
use crate::error::Result;
use crate::report::{AdoptDocument, AdoptView, DatabaseView, ErrorView, ReplyBody};
use crate::run;
use crate::source::Migrations;

pub(super) fn run(context: &Context, arguments: &AdoptArgs) -> Result<Reply> {
    let project = project(&context.global.overrides(None)?)?;
    let (targets, looker) = (project.targets()?, Looker::new(context, &project));
    runtime::block_on(async {
        let mut document = AdoptDocument::default();
        for (at, target) in targets.iter().enumerate() {
            context.heading(&targets, target);
            let mut view = AdoptView::new(DatabaseView::of(target));
            let result = one(context, &looker, target, arguments, &mut view).await;
            view.error = result.as_ref().err().map(|error| ErrorView::of(error, target.database.as_deref()));
            document.databases.push(view);
            if let Err(error) = result {
                let failure = CommandFailure::of(error, target, &targets[at + 1..]);
                document.not_begun.clone_from(&failure.not_begun);
                return Ok(Reply::new(ReplyBody::Adopt(document)).or(Some(failure)));
            }
        }
        Ok(Reply::new(ReplyBody::Adopt(document)))
    })
}

async fn one(
    context: &Context,
    looker: &Looker<'_>,
    target: &DatabaseTarget,
    arguments: &AdoptArgs,
    view: &mut AdoptView,
) -> Result<()> {
    let migrations = read(&target.migrations)?;
    let options = &target.options;
    let purpose = if arguments.dry_run { Purpose::Read } else { Purpose::of_existing(target) };
    let mut database = AnyDatabase::open(target, options, purpose).await?;
    let result = take_over(context, looker, &mut database, &migrations, target, arguments, view).await;
    database.close().await;
    result
}

/// Takes it over, and compares what it holds with what the migrations make that are recorded as a baseline.
async fn take_over(
    context: &Context,
    looker: &Looker<'_>,
    database: &mut AnyDatabase,
    migrations: &Migrations,
    target: &DatabaseTarget,
    arguments: &AdoptArgs,
    view: &mut AdoptView,
) -> Result<()> {
    let (options, from) = (&target.options, arguments.take_over());
    let adopted = if arguments.dry_run {
        run::preview_adopt(database, migrations, &from, options).await
    } else {
        run::adopt(database, migrations, &from, options).await
    };
    let adoption = adopted?;
    if let Some(adoption) = &adoption {
        view.fill(adoption, !arguments.dry_run);
    }
    context.output.data(view.text());
    if adoption.is_some() && !arguments.dry_run {
        looker.tell_baseline(database, migrations, target).await;
    }
    Ok(())
}
