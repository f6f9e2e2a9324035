use super::args::StatusArgs;
use super::context::{Context, Failure, Reply, open_to_read};
use super::runtime;
use crate::config::Target;
use crate::error::{Code, Error, Result};
use crate::plan::{Entry, Standing};
use crate::report::{Body, DatabaseView, ErrorView, StatusDocument, StatusView};
use crate::run;

pub(super) fn run(context: &Context, arguments: &StatusArgs) -> Result<Reply> {
    let targets = context.targets(None)?;
    runtime::block_on(async {
        let mut document = StatusDocument::default();
        let mut failures = Vec::new();
        for (at, target) in targets.iter().enumerate() {
            let (view, error) = match one(target).await {
                Ok((view, unsettled)) => (view, unsettled.filter(|_| arguments.check)),
                Err(error) => {
                    let view = ErrorView::of(&error, target.database.as_deref());
                    (StatusView::failed(DatabaseView::of(target), view), Some(error))
                }
            };
            if view.error.is_none() && context.output.shows_data() {
                let space = if at == 0 { "" } else { "\n" };
                context.output.data(format!("{space}{}", view.text(context.output.paint())));
            }
            failures.extend(error.map(|error| Failure::new(error, target.database.as_deref())));
            document.databases.push(view);
        }
        Ok(Reply::new(Body::Status(document)).or(gravest(context, failures)))
    })
}

/// The error with which the command ends: a database that could not be read tells more than one that is behind. The others
/// are printed here.
fn gravest(context: &Context, mut failures: Vec<Failure>) -> Option<Failure> {
    let first = failures.iter().position(|failure| failure.error.code() != Code::CheckFailed).unwrap_or_default();
    let gravest = (!failures.is_empty()).then(|| failures.remove(first));
    for failure in failures {
        context.fail(failure);
    }
    gravest
}

/// How a target stands, and the error that it is not settled.
async fn one(target: &Target) -> Result<(StatusView, Option<Error>)> {
    let (migrations, mut database) = open_to_read(target).await?;
    let status = run::status(&mut database).await;
    database.close().await;
    let status = status?;
    let entries = status.entries(&migrations)?;
    let view = StatusView::new(DatabaseView::of(target), &entries);
    let unsettled = unsettled(&entries, &view);
    Ok((view, unsettled))
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
