use super::args::StatusArgs;
use super::context::{Context, Failure, Reply, open_to_read, project};
use super::database::AnyDatabase;
use super::drift::{self, Looker};
use super::runtime;
use crate::config::Target;
use crate::drift::Drift;
use crate::error::{Code, Error, Result};
use crate::plan::{Entry, Standing};
use crate::report::{Body, DatabaseView, ErrorView, StatusDocument, StatusView};
use crate::run::{self, Status};
use crate::source::Migrations;

pub(super) fn run(context: &Context, arguments: &StatusArgs) -> Result<Reply> {
    let project = project(&context.global.overrides(None)?)?;
    let (targets, looker) = (project.targets()?, Looker::new(context, &project));
    runtime::block_on(async {
        let mut document = StatusDocument::default();
        let mut failures = Vec::new();
        for (at, target) in targets.iter().enumerate() {
            let (view, errors) = match one(&looker, target, arguments).await {
                Ok(found) => found,
                Err(error) => {
                    let view = ErrorView::of(&error, target.database.as_deref());
                    (StatusView::failed(DatabaseView::of(target), view), vec![error])
                }
            };
            if view.error.is_none() && context.output.shows_data() {
                let space = if at == 0 { "" } else { "\n" };
                context.output.data(format!("{space}{}", view.text(context.output.paint())));
            }
            failures.extend(errors.into_iter().map(|error| Failure::new(error, target.database.as_deref())));
            document.databases.push(view);
        }
        Ok(Reply::new(Body::Status(document)).or(context.gravest(failures)))
    })
}

/// How a target stands, and what a check finds in it.
async fn one(looker: &Looker<'_>, target: &Target, arguments: &StatusArgs) -> Result<(StatusView, Vec<Error>)> {
    let (migrations, mut database) = open_to_read(target).await?;
    let read = look(looker, &mut database, target, &migrations, arguments).await;
    database.close().await;
    let (status, drift) = read?;
    let entries = status.entries(&migrations)?;
    let mut view = StatusView::new(DatabaseView::of(target), &entries)?;
    let mut errors: Vec<Error> = unsettled(&entries, &view).into_iter().filter(|_| arguments.check).collect();
    errors.extend(drift.as_ref().and_then(|drift| drift::finding(target, drift)));
    view.drift = drift.map(|drift| drift.finding.sentences());
    Ok((view, errors))
}

/// Reads the history, and the catalog where that is checked.
async fn look(
    looker: &Looker<'_>,
    database: &mut AnyDatabase,
    target: &Target,
    migrations: &Migrations,
    arguments: &StatusArgs,
) -> Result<(Status, Option<Drift>)> {
    let status = run::status(database).await?;
    let drift = if arguments.check { looker.check(database, &status, target, migrations).await? } else { None };
    Ok((status, drift))
}

fn unsettled(entries: &[Entry<'_>], view: &StatusView) -> Option<Error> {
    let is_settled = |standing| matches!(standing, Standing::Applied | Standing::Baseline | Standing::Skipped);
    if entries.iter().all(|entry| is_settled(entry.standing())) {
        return None;
    }
    let message = format!("{} is not as the files say: {}", view.database.url, view.summary_line());
    Some(Error::new(Code::CheckFailed, message).with_hint(
        if entries.iter().any(|entry| matches!(entry.standing(), Standing::Modified | Standing::Missing)) {
            "`schemactl repair` shows what can be put right"
        } else {
            "`schemactl plan` shows what is left to apply"
        },
    ))
}
