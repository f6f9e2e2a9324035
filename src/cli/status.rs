use std::path::Path;

use super::args::StatusArgs;
use super::context::{CommandFailure, Context, Reply, project, read_all, sound_migrations};
use super::database::{AnyDatabase, Purpose};
use super::drift::{self, Looker};
use super::{orphan, runtime};
use crate::config::DatabaseTarget;
use crate::drift::Drift;
use crate::error::{Code, Error, Result};
use crate::plan::MigrationStatus;
use crate::report::{DatabaseView, ErrorView, ReplyBody, StatusDocument, StatusView};
use crate::run::{self, HistoryRows, Status};
use crate::source::{Migrations, version_of_file};

pub(super) fn run(context: &Context, arguments: &StatusArgs) -> Result<Reply> {
    let project = project(&context.global.overrides(None)?)?;
    let (targets, looker) = (project.targets()?, Looker::new(context, &project));
    context.tell_choice(&project, &targets)?;
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
            failures.extend(errors.into_iter().map(|error| CommandFailure::new(error, target.database.as_deref())));
            document.databases.push(view);
        }
        Ok(Reply::new(ReplyBody::Status(document)).or(context.gravest(failures)))
    })
}

/// How a target stands, and what a check finds in it.
async fn one(looker: &Looker<'_>, target: &DatabaseTarget, arguments: &StatusArgs) -> Result<(StatusView, Vec<Error>)> {
    let (migrations, broken) = sound_migrations(target);
    if migrations.is_empty()
        && let Some(error) = unread_folder(target, &broken)
    {
        return Err(error);
    }
    let mut database = AnyDatabase::open(target, &target.options, Purpose::Read).await?;
    let read = look(looker, &mut database, target, &migrations, arguments).await;
    database.close().await;
    let (rows, notes, drift) = read?;
    let broken: Vec<Error> = broken.into_iter().map(|error| orphan::told(error, target, rows.records())).collect();
    let status = rows.status(&migrations)?;
    let mut view = StatusView::new(DatabaseView::of(target), &status);
    let versions = broken.iter().filter_map(|error| version_of_file(file_of(error)?)).collect::<Vec<_>>();
    view.set_broken(broken.iter().map(|error| ErrorView::of(error, target.database.as_deref())).collect(), &versions);
    view.notes = super::notes::of(target, Some(&migrations).filter(|_| broken.is_empty()));
    let compared = drift.as_ref().map(|drift| drift::notes(drift, &notes)).unwrap_or_default();
    view.notes.extend(notes);
    let mut errors: Vec<Error> = unsettled(&status, &view).into_iter().filter(|_| arguments.check).collect();
    view.notes.extend(compared);
    errors.extend(drift.as_ref().and_then(|drift| drift::finding(target, drift)));
    view.drift = drift.map(|drift| drift.finding.sentences());
    Ok((view, errors))
}

/// The name of the file that an error is about.
fn file_of(error: &Error) -> Option<&str> {
    Path::new(error.place()?.path()).file_name()?.to_str()
}

/// Why the folder as a whole cannot be read: then nothing is known of any file.
fn unread_folder(target: &DatabaseTarget, broken: &[Error]) -> Option<Error> {
    broken.first()?;
    read_all(&target.migrations).err()
}

/// Reads the history, and the catalog where that is checked.
async fn look(
    looker: &Looker<'_>,
    database: &mut AnyDatabase,
    target: &DatabaseTarget,
    migrations: &Migrations,
    arguments: &StatusArgs,
) -> Result<(HistoryRows, Vec<String>, Option<Drift>)> {
    let rows = run::history_rows(database).await?;
    let notes = run::history_notes(database, &rows, migrations).await?;
    let drift = if arguments.check { looker.check(database, &rows, target, migrations).await? } else { None };
    Ok((rows, notes, drift))
}

fn unsettled(status: &Status, view: &StatusView) -> Option<Error> {
    if status.is_settled() && view.broken.is_empty() {
        return None;
    }
    let message = format!("{} is not as the files say: {}", view.database.url, view.summary_line());
    let count = |states: &[MigrationStatus]| states.iter().map(|state| status.count(*state)).sum::<usize>();
    let stopped = [MigrationStatus::Partial, MigrationStatus::Reverting];
    Some(Error::new(Code::CheckFailed, message).with_hint(if !view.broken.is_empty() {
        "`schemactl check` shows what is wrong with the files"
    } else if count(&[MigrationStatus::Newer]) > 0 {
        "`schemactl plan` says how to go on with a database that is newer than the files"
    } else if count(&stopped) + count(&[MigrationStatus::Modified, MigrationStatus::Missing]) > 0 {
        // What is said of the history as a whole comes before what would mend it.
        if view.notes.is_empty() {
            "`schemactl repair` shows what can be put right"
        } else {
            "`schemactl plan` shows what is in the way"
        }
    } else {
        "`schemactl plan` shows what is left to apply"
    }))
}
