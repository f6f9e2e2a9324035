//! A down whose migration has no file any more: what the history says of it.

use std::path::Path;

use crate::config::DatabaseTarget;
use crate::error::{Code, Error};
use crate::history::{Record, State};
use crate::source::{names, version_of_file};

/// Says whether the version is applied, in place of what would hold for either. Where its files have other names, or the history has another
/// migration under its number, the error stays as it is.
pub(super) fn told(error: Error, target: &DatabaseTarget, records: &[Record]) -> Error {
    match hint(&error, target, records) {
        Some(hint) => error.without_hints().with_hint(hint),
        None => error,
    }
}

fn hint(error: &Error, target: &DatabaseTarget, records: &[Record]) -> Option<String> {
    if error.code() != Code::OrphanDown {
        return None;
    }
    let name = Path::new(error.place()?.path()).file_name()?.to_str()?;
    let (version, database) = (version_of_file(name)?, &target.connection);
    let files = names(&target.migrations).ok()?;
    let has_an_up = |path: &Path| !path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(".down.sql"));
    if files.iter().any(|file| file.version == version && has_an_up(&file.path)) {
        return None;
    }
    let record = records.iter().find(|record| record.version == version && record.state != State::Skipped);
    let Some(record) = record else {
        return Some(format!(
            "version {version} is not applied in {database}: remove this file, or add that of its migration"
        ));
    };
    let described = name.strip_suffix(".down.sql")?.split_once("__")?.1;
    if record.description != described {
        return None;
    }
    let back = "bring its file back, with the text that it had when it was applied";
    Some(match record.state {
        State::Partial | State::Reverting => {
            format!("version {version} {described} stopped half-way in {database}: {back}")
        }
        _ => {
            let before = records.iter().filter(|record| record.version < version && record.state != State::Skipped);
            let before = before.map(|record| record.version.get()).max().unwrap_or(0);
            format!(
                "version {version} {described} is applied in {database}: {back}; or take it back, with all that was applied after it, by \
                 `schemactl down --to {before}`, and remove this file then"
            )
        }
    })
}
