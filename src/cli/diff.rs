mod written;

use super::args::DiffArgs;
use super::context::{Context, Failure, Reply, open_to_read, project};
use super::drift::Looker;
use super::new::several;
use super::{drift, notes, runtime};
use crate::config::Target;
use crate::drift::{Depth, Drift};
use crate::error::Result;
use crate::report::{Body, DatabaseView, DiffDocument, DiffView, ErrorView, ShownSql};

pub(super) fn run(context: &Context, arguments: &DiffArgs) -> Result<Reply> {
    let project = project(&context.global.overrides(None)?)?;
    let (targets, looker) = (project.targets()?, Looker::new(context, &project));
    context.tell_choice(&project, &targets)?;
    if arguments.new.is_some() && targets.len() > 1 {
        return Err(several());
    }
    let shown = if arguments.sql { ShownSql::Both } else { ShownSql::Done };
    runtime::block_on(async {
        let mut document = DiffDocument::default();
        let mut failures = Vec::new();
        for (at, target) in targets.iter().enumerate() {
            let database = DatabaseView::of(target);
            let (view, error) = match look(&looker, target).await {
                Ok(drift) => {
                    let mut view = DiffView::new(database, target.dialect, &drift);
                    view.notes.extend(notes::no_database(target));
                    let space = if at == 0 { "" } else { "\n" };
                    context.output.data(format!("{space}{}", view.text(shown, context.output.paint())));
                    let error = match &arguments.new {
                        None => drift::error(target, &drift),
                        Some(description) => written::write(context, &project, target, &drift, description)
                            .map(|written| document.written = Some(written))
                            .err(),
                    };
                    (view, error)
                }
                Err(error) => {
                    let view = ErrorView::of(&error, target.database.as_deref());
                    (DiffView::failed(database, view), Some(error))
                }
            };
            failures.extend(error.map(|error| Failure::new(error, target.database.as_deref())));
            document.databases.push(view);
        }
        Ok(Reply::new(Body::Diff(document)).or(context.gravest(failures)))
    })
}

async fn look(looker: &Looker<'_>, target: &Target) -> Result<Drift> {
    let (migrations, mut database) = open_to_read(target).await?;
    let drift = looker.look(&mut database, &migrations, target, Depth::Sql).await;
    database.close().await;
    drift
}
