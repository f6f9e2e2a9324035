//! Whether both histories stand where the move is planned for.

use super::ends::MoveEnds;
use crate::config::{DatabaseTarget, Map};
use crate::database::Reader;
use crate::error::{Code, Error, Result};
use crate::plan::MigrationStatus;
use crate::plural::versions;
use crate::run;
use crate::source::Migration;
use crate::sql::Dialect;
use crate::version::Version;

/// Which versions will do, where the map names one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AllowedVersions {
    /// That one: rows are moved between the two that the map was made for.
    Named,
    /// That one or any after it: rows that were moved can be compared whenever their columns are what the map says.
    NamedOrLater,
}

/// Refuses a database whose history does not stand at its last migration, or at the version that the map names. Returns what there is to
/// know besides.
pub(super) async fn assert_ready<R: Reader>(
    database: &mut R,
    ends: &MoveEnds,
    dialect: Dialect,
    allowed: AllowedVersions,
) -> Result<Option<String>> {
    let (target, map) = (ends.side(dialect), &ends.map);
    let rows = run::history_rows(database).await?;
    if rows.records().is_empty() {
        return without_history(target);
    }
    let migrations = (ends.migrations)(target)?;
    let at = map.at(target.dialect);
    if let Some(version) = at.filter(|version| migrations.get(*version).is_none()) {
        let message =
            format!("`at` in [{}] names version {version}, and no migration of {} has it", map.section, target.dialect);
        return Err(Error::new(Code::InvalidValue, message)
            .with_place(map.place.clone())
            .with_hint("name the version of a file, or leave `at` away where the last one is meant"));
    }
    let last = at.or_else(|| migrations.iter().map(Migration::version).max());
    let mut pending = Vec::new();
    let mut others = Vec::new();
    for entry in rows.entries(&migrations)? {
        let is_wanted = last.is_none_or(|last| entry.version() <= last);
        match (entry.status(), is_wanted) {
            (MigrationStatus::Applied | MigrationStatus::Baseline | MigrationStatus::Skipped, true)
            | (MigrationStatus::Pending | MigrationStatus::Skipped, false) => {}
            (MigrationStatus::Applied | MigrationStatus::Baseline, false)
                if allowed == AllowedVersions::NamedOrLater => {}
            (MigrationStatus::Pending | MigrationStatus::OutOfOrder, true) => pending.push(entry.version()),
            (status, _) => others.push(format!("{} is {}", entry.version(), status.as_str())),
        }
    }
    if pending.is_empty() && others.is_empty() { Ok(None) } else { Err(not_there(target, map, &pending, &others)) }
}

fn without_history(target: &DatabaseTarget) -> Result<Option<String>> {
    let label = &target.connection;
    match target.dialect {
        Dialect::Sqlite => Ok(Some(format!("{label} has no history of migrations: its tables are taken as they are"))),
        Dialect::Postgres => {
            Err(Error::new(Code::MoveNotReady, format!("{label} has no history: nothing was migrated there"))
                .with_state("nothing was written")
                .with_hint("make its tables first: `schemactl up --backend postgres`")
                .with_hint("or, where another tool made them: `schemactl adopt --backend postgres`"))
        }
    }
}

fn not_there(target: &DatabaseTarget, map: &Map, pending: &[Version], others: &[String]) -> Error {
    let mut causes = Vec::new();
    if !pending.is_empty() {
        causes.push(format!("pending: {}", versions(pending)));
    }
    causes.extend(others.iter().cloned());
    let backend = target.dialect;
    let message = match map.at(backend) {
        Some(version) => format!("{} does not stand at version {version}, which the map names", target.connection),
        None => format!("{} does not stand at its last migration", target.connection),
    };
    let error = Error::new(Code::MoveNotReady, message).with_cause(causes.join("; ")).with_state("nothing was written");
    let error = error.with_hint(format!("`schemactl status --backend {backend}` shows how it stands"));
    if pending.is_empty() {
        return error;
    }
    error.with_hint(format!("`schemactl up --backend {backend}` applies what is pending")).with_hint(format!(
        "where the data is to be moved before that, name the version in [{}]: at = {{ {backend} = 7 }}",
        map.section
    ))
}
