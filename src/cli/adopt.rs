use super::args::AdoptArgs;
use super::context::{Context, Failure, Reply};
use super::database::{AnyDatabase, Purpose};
use super::runtime;
use crate::config::Target;
use crate::error::Result;
use crate::report::{AdoptDocument, AdoptView, Body, DatabaseView, ErrorView};
use crate::run;
use crate::source::Migrations;

pub(super) fn run(context: &Context, arguments: &AdoptArgs) -> Result<Reply> {
    let targets = context.targets(None)?;
    runtime::block_on(async {
        let mut document = AdoptDocument::default();
        for (at, target) in targets.iter().enumerate() {
            context.heading(&targets, target);
            let mut view = AdoptView::new(DatabaseView::of(target));
            let result = one(target, arguments, &mut view).await;
            view.error = result.as_ref().err().map(|error| ErrorView::of(error, target.database.as_deref()));
            if result.is_ok() {
                context.output.data(view.text());
            }
            document.databases.push(view);
            if let Err(error) = result {
                let failure = Failure::of(error, target, &targets[at + 1..]);
                document.not_begun.clone_from(&failure.not_begun);
                return Ok(Reply::new(Body::Adopt(document)).or(Some(failure)));
            }
        }
        Ok(Reply::new(Body::Adopt(document)))
    })
}

async fn one(target: &Target, arguments: &AdoptArgs, view: &mut AdoptView) -> Result<()> {
    let migrations = Migrations::read(&target.migrations)?;
    let options = &target.options;
    let purpose = if arguments.dry_run { Purpose::Read } else { Purpose::of_existing(target) };
    let mut database = AnyDatabase::open(target, options, purpose).await?;
    let adopted = if arguments.dry_run {
        run::preview_adopt(&mut database, &migrations, arguments.from, options).await
    } else {
        run::adopt(&mut database, &migrations, arguments.from, options).await
    };
    database.close().await;
    if let Some(adoption) = adopted? {
        view.fill(&adoption, !arguments.dry_run);
    }
    Ok(())
}
