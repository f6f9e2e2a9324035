//! What schema.lock shows.

use std::collections::BTreeSet;

use crate::config::{LOCK_FILE_NAME, MigrationSource, Project};
use crate::error::{Code, Error, Place, Result};
use crate::report::folder_name;
use crate::source::{LockDifference, LockFile, Migration, Migrations, Which};
use crate::version::Version;

/// Reads schema.lock. That it cannot be read is a finding.
pub(super) fn read(project: &Project, findings: &mut Vec<Error>) -> Option<LockFile> {
    match LockFile::read(&project.lock_file()) {
        Ok(lock) => lock,
        Err(error) => {
            findings.push(error);
            None
        }
    }
}

pub(super) fn missing(project: &Project) -> Error {
    let path = project.lock_file();
    Error::new(Code::CheckFailed, format!("there is no {LOCK_FILE_NAME}"))
        .with_place(Place::whole(path.display().to_string()))
        .with_hint("`schemactl generate` writes it; commit it with the migrations")
}

/// Where schema.lock and the files of a folder differ. Of a folder that could not be read to its end (`complete` is
/// false), that a file is missing is not known.
pub(super) fn findings(
    lock: &LockFile,
    source: &MigrationSource,
    migrations: &Migrations,
    complete: bool,
) -> Vec<Error> {
    let differences = lock.compare(source.database.as_deref(), source.dialect, migrations);
    let is_known = |difference: &LockDifference| complete || !matches!(difference, LockDifference::Removed { .. });
    let accept = if differences.iter().any(|difference| is_refused(migrations, difference).unwrap_or(true)) {
        "`schemactl generate` takes it over; together with what was changed or removed beside it: `schemactl generate --accept-modified`"
    } else {
        "`schemactl generate` takes it over"
    };
    let differing = differences.iter().filter(|difference| is_known(difference));
    let differing = differing.map(|difference| finding(source, migrations, difference, accept));
    differing.chain(migrations.iter().filter_map(|migration| unproven(lock, source, migration))).collect()
}

/// A migration that is locked as it is, and of which no proof has shown that it can be taken back. What requires something may have to be
/// proven elsewhere.
fn unproven(lock: &LockFile, source: &MigrationSource, migration: &Migration) -> Option<Error> {
    let entry = lock.of(source.database.as_deref(), source.dialect, migration)?;
    let down = migration.down()?;
    let requires = migration.up().directives().is_ok_and(|directives| !directives.requires.is_empty());
    (entry.verdict.is_none() && !requires).then(|| {
        Error::new(Code::CheckFailed, format!("the down of {migration} is not proven"))
            .with_place(Place::whole(down.path().to_owned()))
            .with_hint("`schemactl generate` proves it, or says what is wrong with it")
    })
}

fn finding(source: &MigrationSource, migrations: &Migrations, difference: &LockDifference, accept: &str) -> Error {
    let error = Error::new(Code::CheckFailed, format!("{difference}"));
    let file = |file: &str| Place::whole(source.migrations.join(file).display().to_string());
    let down = |name: &str| {
        file(name.strip_suffix(".sql").map_or(name.to_owned(), |stem| format!("{stem}.down.sql")).as_str())
    };
    match difference {
        LockDifference::NotLocked { file: name, .. } | LockDifference::Renamed { to: name, .. } => {
            error.with_place(file(name)).with_hint(accept)
        }
        LockDifference::DownAdded { file: name, .. }
        | LockDifference::Modified { file: name, which: Which::Down, .. } => {
            error.with_place(down(name)).with_hint(accept)
        }
        LockDifference::DownRemoved { file: name, .. } => error.with_place(file(name)).with_hint(accept),
        // `up` applies it again.
        LockDifference::Modified { version, file: name, which: Which::Up }
            if migrations.is_repeatable(*version).unwrap_or_default() =>
        {
            error.with_place(file(name)).with_hint(accept)
        }
        LockDifference::Modified { version, file: name, which: Which::Up } => {
            modified(error.with_place(file(name)), *version)
        }
        LockDifference::Removed { version, file: name } => removed(error.with_place(file(name)), *version),
    }
}

/// Whether `generate` takes it only where it is accepted: others may have applied what was locked.
pub(in crate::cli) fn is_refused(migrations: &Migrations, difference: &LockDifference) -> Result<bool> {
    Ok(match difference {
        // `up` applies it again.
        LockDifference::Modified { version, which: Which::Up, .. } => !migrations.is_repeatable(*version)?,
        LockDifference::Removed { .. } => true,
        _ => false,
    })
}

/// The way out where a migration that others may have applied is not what it was.
pub(in crate::cli) fn modified(error: Error, version: Version) -> Error {
    error
        .with_hint("put it back as it was, and make the change in a new migration: `schemactl new`")
        .with_hint(format!(
            "or, where no database has it yet, or each that has it records it as it is now, by `schemactl repair --checksum {version}`: \
             `schemactl generate --accept-modified={version}`"
        ))
}

/// The way out where a migration that others may have applied is gone.
pub(in crate::cli) fn removed(error: Error, version: Version) -> Error {
    error
        .with_hint("put the file back; what it made is taken away by a new migration: `schemactl new`")
        .with_hint(format!(
            "or, where no database has it, or each that had it has forgotten it, by `schemactl repair --forget {version}`: \
             `schemactl generate --accept-modified={version}`"
        ))
}

/// Entries of databases that schema.toml does not have.
pub(super) fn strangers(project: &Project, lock: Option<&LockFile>, findings: &mut Vec<Error>) {
    let Some(lock) = lock else { return };
    let unknown: BTreeSet<_> = lock
        .iter()
        .map(|(key, _)| (key.database.clone(), key.dialect))
        .filter(|(database, dialect)| !project.has(database.as_deref(), *dialect))
        .collect();
    for (database, dialect) in unknown {
        let name = folder_name(database.as_deref(), dialect.as_str());
        let message = format!("{LOCK_FILE_NAME} has migrations of {name}, which schema.toml does not have");
        findings.push(
            Error::new(Code::CheckFailed, message)
                .with_place(Place::whole(project.lock_file().display().to_string()))
                .with_hint("`schemactl generate` removes them"),
        );
    }
}
