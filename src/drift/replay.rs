//! What history implies: the applied migrations, run on a scratch database.

use super::{Obstacles, Recording};
use crate::down::{Savepoints, ScratchRunner};
use crate::error::{Error, Result};
use crate::plan::{Entry, MigrationStatus};
use crate::prove::apply;
use crate::source::{Migration, Repeat};

/// The applied migrations, in each order that may have been that of the live database: that of versions, with the repeatable ones at the
/// end; and that of the times that were recorded, where it is another. The error says why they cannot be replayed.
pub(super) fn orders<'a>(entries: &[Entry<'a>]) -> std::result::Result<Vec<Vec<&'a Migration>>, Obstacles> {
    let mut applied = applied(entries, replayed)?;
    applied.sort_by_key(|(migration, _)| (is_repeated(migration), migration.version()));
    let by_version: Vec<&Migration> = applied.iter().map(|(migration, _)| *migration).collect();
    applied.sort_by_key(|(_, at)| *at);
    let by_time: Vec<&Migration> = applied.iter().map(|(migration, _)| *migration).collect();
    Ok(if by_time == by_version { vec![by_version] } else { vec![by_version, by_time] })
}

/// The migrations that the history will have as applied, in the order of versions, with the repeatable ones at the end. The error says why
/// they cannot be replayed.
pub(super) fn with<'a>(
    entries: &[Entry<'a>],
    recording: &Recording,
) -> std::result::Result<Vec<&'a Migration>, Obstacles> {
    let mut applied = applied(entries, |entry| {
        let version = entry.version();
        if recording.baseline.contains(&version) || recording.marked.contains(&version) {
            return Ok(entry.migration());
        }
        if recording.forgotten.contains(&version) { Ok(None) } else { replayed(entry) }
    })?;
    applied.sort_by_key(|(migration, _)| (is_repeated(migration), migration.version()));
    Ok(applied.into_iter().map(|(migration, _)| migration).collect())
}

/// What is part of what the database holds, and when each was applied.
fn applied<'a>(
    entries: &[Entry<'a>],
    replayed: impl Fn(&Entry<'a>) -> std::result::Result<Option<&'a Migration>, &'static str>,
) -> std::result::Result<Vec<(&'a Migration, &'a str)>, Obstacles> {
    let mut reasons = Vec::new();
    let mut applied = Vec::new();
    for entry in entries {
        match replayed(entry) {
            Ok(migration) => applied.extend(migration.map(|migration| (migration, applied_at(entry)))),
            Err(why) => reasons.push(format!("version {} {why}", entry.version())),
        }
    }
    if reasons.is_empty() {
        return Ok(applied);
    }
    Err(Obstacles { reasons, hints: vec!["`schemactl repair` shows what can be put right in the history".into()] })
}

/// A directive that cannot be read shows when the file is run.
fn is_repeated(migration: &Migration) -> bool {
    migration.up().directives().is_ok_and(|directives| directives.repeat != Repeat::Once)
}

fn applied_at<'a>(entry: &Entry<'a>) -> &'a str {
    entry.record().and_then(|record| record.details()).map_or("", |details| details.applied_at.as_str())
}

/// The migration, where it is part of what the database holds. The reason where that is not known.
fn replayed<'a>(entry: &Entry<'a>) -> std::result::Result<Option<&'a Migration>, &'static str> {
    match (entry.status(), entry.migration()) {
        (MigrationStatus::Pending | MigrationStatus::OutOfOrder | MigrationStatus::Skipped, _) => Ok(None),
        (MigrationStatus::Partial, _) => Err("is applied in part"),
        (MigrationStatus::Reverting, _) => Err("is taken back in part"),
        (MigrationStatus::Missing | MigrationStatus::Newer, _) | (_, None) => Err("has no file"),
        (MigrationStatus::Modified | MigrationStatus::Changed, _) => Err("was changed after it was applied"),
        (MigrationStatus::Applied, Some(migration)) => Ok(Some(migration)),
        (MigrationStatus::Baseline, Some(migration)) => {
            let recorded = entry.record().map(|record| record.checksum.parse());
            if recorded == Some(Ok(migration.up().checksum())) { Ok(Some(migration)) } else { Err("is a baseline") }
        }
    }
}

/// Runs the migrations. The inner error says which one does not run where it is alone with those before it.
pub(super) async fn run<S: ScratchRunner + Savepoints>(
    scratch: &mut S,
    migrations: &[&Migration],
) -> Result<std::result::Result<(), String>> {
    for migration in migrations {
        if let Err(reason) = one(scratch, migration).await? {
            return Ok(Err(reason));
        }
    }
    Ok(Ok(()))
}

/// Runs one of them, after those before it.
pub(super) async fn one<S: ScratchRunner + Savepoints>(
    scratch: &mut S,
    migration: &Migration,
) -> Result<std::result::Result<(), String>> {
    let ran = apply(scratch, migration.up()).await?;
    let why = |error: Error| format!("version {} does not run: {}", migration.version(), error.with_its_cause());
    Ok(ran.map(drop).map_err(why))
}
