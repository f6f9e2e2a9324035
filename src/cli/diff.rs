mod written;

use super::args::DiffArgs;
use super::context::{CommandFailure, Context, Reply, open_to_read, project};
use super::database::AnyDatabase;
use super::drift::Looker;
use super::new::several;
use super::{drift, notes, runtime};
use crate::config::DatabaseTarget;
use crate::drift::{Depth, Drift, Finding};
use crate::error::Result;
use crate::plan::{Entry, MigrationStatus};
use crate::report::{DatabaseView, DiffDocument, DiffView, ErrorView, ReplyBody, ShownSql, Whose};
use crate::run;
use crate::source::Migrations;

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
                Ok(Looked { drift, notes, whose }) => {
                    let view = match notes::no_database(target) {
                        Some(note) => DiffView::absent(database, note),
                        None => DiffView::new(database, target.dialect, &drift, whose).with_notes(notes),
                    };
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
            failures.extend(error.map(|error| CommandFailure::new(error, target.database.as_deref())));
            document.databases.push(view);
        }
        Ok(Reply::new(ReplyBody::Diff(document)).or(context.gravest(failures)))
    })
}

/// What was seen of a database.
struct Looked {
    drift: Drift,
    /// What there is to know of its history.
    notes: Vec<String>,
    whose: Whose,
}

async fn look(looker: &Looker<'_>, target: &DatabaseTarget) -> Result<Looked> {
    let (migrations, mut database) = open_to_read(target).await?;
    let seen = both(looker, &mut database, &migrations, target).await;
    database.close().await;
    seen
}

async fn both(
    looker: &Looker<'_>,
    database: &mut AnyDatabase,
    migrations: &Migrations,
    target: &DatabaseTarget,
) -> Result<Looked> {
    let rows = run::history_rows(database).await?;
    let notes = run::history_notes(database, &rows, migrations).await?;
    let whose = if notes.is_empty() || rows.records().is_empty() { Whose::Ours } else { Whose::NotKnown };
    let drift = looker.look(database, migrations, target, Depth::Sql).await?;
    let notes = drift::notes(&drift, &notes).into_iter().chain(notes);
    // Where nothing can be compared the error says why.
    let is_compared = whose == Whose::Ours && matches!(drift.finding, Finding::None | Finding::Differs(_));
    let edited = if is_compared { edited(&rows.entries(migrations)?) } else { Vec::new() };
    Ok(Looked { drift, notes: notes.chain(edited).collect(), whose })
}

/// The files that are not what was applied: what they say now is compared with nothing.
fn edited(entries: &[Entry<'_>]) -> Vec<String> {
    let edited = entries.iter().filter(|entry| entry.status() == MigrationStatus::Modified);
    let note = |entry: &Entry<'_>| {
        format!(
            "{} {} was edited after it was applied: the database is compared with what was applied, not with what the file says now",
            entry.version(),
            entry.description()
        )
    };
    edited.map(note).collect()
}
