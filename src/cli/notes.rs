//! What is said of a target as a whole: a file that is not there, a folder without migrations.

use super::database::AnyDatabase;
use crate::config::{Connection, DatabaseTarget, Project};
use crate::database::{KeptRecords as _, Reader as _};
use crate::error::{Audience, Result};
use crate::event::Action;
use crate::run::Report;
use crate::source::{Migration, Migrations};
use crate::sql::Dialect;

/// The sentences, for people and for JSON. `migrations` is none where files are broken: then the folder is not empty.
pub(super) fn of(target: &DatabaseTarget, migrations: Option<&Migrations>) -> Vec<String> {
    no_database(target).into_iter().chain(migrations.and_then(|migrations| no_migrations(target, migrations))).collect()
}

/// That an SQLite file is not there. It is looked for now: after a run it may be.
pub(super) fn no_database(target: &DatabaseTarget) -> Option<String> {
    match &target.connection {
        Connection::Sqlite(location) if location.is_missing() => {
            Some(format!("there is no database at {location}: no such file"))
        }
        Connection::Sqlite(_) | Connection::Postgres(_) => None,
    }
}

/// That a folder has no migrations.
pub(super) fn no_migrations(target: &DatabaseTarget, migrations: &Migrations) -> Option<String> {
    migrations.is_empty().then(|| {
        let name = target.database.as_ref().map(|name| format!(" -d {name}")).unwrap_or_default();
        format!(
            "the folder {} has no migrations: `schemactl new{name} NAME` writes the first one",
            target.migrations.display()
        )
    })
}

/// Of what was applied with a down that was proven for another text of it: what puts that right.
pub(super) fn applied_unproven(migrations: &Migrations, report: &Report) -> Vec<String> {
    let ups = report.steps().iter().filter(|step| !step.action.takes_back());
    let unproven =
        ups.filter_map(|step| migrations.get(step.version)).filter(|migration| migration.is_of_another_text());
    let say = |migration: &Migration| {
        format!(
            "{migration}: schema.lock has another text of it, so that its down was not proven for this one: \
             `schemactl generate --accept-modified={}` takes the text over, and `schemactl repair --downs` stores the down",
            migration.version()
        )
    };
    unproven.map(say).collect()
}

/// After the run that applied the first migration: that the database has histories elsewhere. One of them may have been meant.
pub(super) async fn history_elsewhere(
    database: &mut AnyDatabase,
    migrations: &Migrations,
    report: &Report,
) -> Option<String> {
    let first = migrations.iter().next()?.version();
    report.steps().iter().find(|step| step.version == first && step.action == Action::Apply)?;
    // What lies elsewhere is only a help: the run is done.
    let elsewhere = database.whereabouts().await.ok()?.elsewhere()?;
    Some(elsewhere.words(Audience::Command))
}

/// What `ignore_undo` has that nothing fits, neither what is there nor what this SQL names, which is still to be run. What is misspelt is told as soon as the database is
/// read anyway, since it leaves nothing out.
pub(super) async fn unfit_ignores(database: &mut AnyDatabase, target: &DatabaseTarget, sql: &[&str]) -> Vec<String> {
    if target.options.undo.ignored.is_empty() {
        return Vec::new();
    }
    match database.columns().await {
        Ok(columns) => {
            let names = columns.iter().map(|path| (path.schema.as_deref(), &*path.table, &*path.column));
            target.options.undo.unfit(&names.collect::<Vec<_>>(), sql)
        }
        Err(error) => vec![format!("whether there is anything that `ignore_undo` fits could not be read: {error}")],
    }
}

/// Which databases are worked on because a variable is set that has the URL of one of their two backends.
pub(super) fn chosen_by_variable(targets: &[DatabaseTarget]) -> Vec<String> {
    let mut told: Vec<String> = Vec::new();
    for target in targets {
        let Some(variable) = &target.chosen_by else { continue };
        let other = if target.dialect == Dialect::Sqlite { Dialect::Postgres } else { Dialect::Sqlite };
        let text = format!(
            "this is about {} ({}), since {variable} is set; for the other: `--backend {other}`, or `backend = \"{other}\"` in schema.toml",
            target.connection, target.dialect
        );
        if !told.contains(&text) {
            told.push(text);
        }
    }
    told
}

/// That `DATABASE_URL` is set, and what is worked on is another database: who has set it means that one.
pub(super) fn unused_url(project: &Project, targets: &[DatabaseTarget]) -> Result<Option<String>> {
    let Some(url) = project.unused_url(targets)? else { return Ok(None) };
    let used: Vec<String> =
        targets.iter().map(|target| format!("{} ({})", target.connection, target.dialect)).collect();
    let other = |dialect| targets.iter().any(|target| project.has(target.database.as_deref(), dialect));
    let dialects = [Dialect::Sqlite, Dialect::Postgres];
    let unused =
        dialects.into_iter().find(|dialect| targets.iter().all(|target| target.dialect != *dialect) && other(*dialect));
    let choice = match unused {
        Some(dialect) => {
            format!("`--backend {dialect}`, SCHEMACTL_BACKEND, or `backend = \"{dialect}\"` in schema.toml")
        }
        None => "`--url \"$DATABASE_URL\"`, or `url = \"${DATABASE_URL}\"` in schema.toml".to_owned(),
    };
    Ok(Some(format!(
        "warning: DATABASE_URL is set ({url}) and not used: this is about {}, as schema.toml says; to choose the other: {choice}",
        used.join(", ")
    )))
}
