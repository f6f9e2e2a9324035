//! What schema.lock has to do with a migration that failed.

use crate::config::{DatabaseTarget, LOCK_FILE_NAME};
use crate::error::{Code, Error};
use crate::source::{LockFile, Migrations};
use crate::version::Version;

/// Adds to the error of a statement how its correction is taken over, where schema.lock has the file as it is.
pub(super) fn told(error: Error, target: &DatabaseTarget, migrations: &Migrations) -> Error {
    match locked(&error, target, migrations) {
        Some(version) => error.with_hint(format!(
            "{LOCK_FILE_NAME} has this file as it is. Once it is corrected, `schemactl generate --accept-modified={version}` takes the edit over; a database \
             where it was applied as it is now refuses the edit then, until `schemactl repair --checksum {version}` records it there"
        )),
        None => error,
    }
}

/// The migration that failed, where it is locked.
fn locked(error: &Error, target: &DatabaseTarget, migrations: &Migrations) -> Option<Version> {
    let place = error.place().filter(|_| error.code() == Code::StatementFailed)?;
    let failed = migrations.iter().find(|migration| migration.up().path() == place.path())?;
    // One that is applied again when it changes is taken over by any `generate`.
    if migrations.is_repeatable(failed.version()).ok()? {
        return None;
    }
    // A lock that cannot be read is told of elsewhere.
    let lock = LockFile::read(&target.lock_file).ok()??;
    lock.has_up(target.database.as_deref(), target.dialect, failed).then(|| failed.version())
}
