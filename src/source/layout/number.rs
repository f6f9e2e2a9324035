//! Versions for migrations of other tools.

use std::path::Path;

use super::LayoutMigration;
use crate::error::{Code, Error, Place, Result};
use crate::source::Migration;
use crate::source::listing::shown;
use crate::version::Version;

/// Sorts by the number that a key is, however long.
pub(super) fn by_number(found: &mut [LayoutMigration]) {
    found.sort_by(|a, b| order(&a.key).cmp(&order(&b.key)));
}

fn order(key: &str) -> (usize, &str) {
    let digits = significant(key);
    (digits.len(), digits)
}

/// The digits that count.
pub(super) fn significant(key: &str) -> &str {
    key.trim_start_matches('0')
}

/// Gives each a version of ours, in the order in which they stand.
///
/// The version is the tool's own where all of them can be: at most 18 digits, rising. Version 0 is 1, where that is free.
/// Otherwise they are numbered 1, 2, 3, and described by their whole names.
pub(super) fn number(found: Vec<LayoutMigration>) -> Result<Vec<Migration>> {
    for pair in found.windows(2) {
        if significant(&pair[0].key) == significant(&pair[1].key) {
            let path = |found: &LayoutMigration| found.up.path().to_owned();
            return Err(duplicate(&pair[1].key, path(&pair[0]).as_ref(), path(&pair[1]).as_ref()));
        }
    }
    let own: Option<Vec<Version>> = found.iter().map(|found| version(&found.key)).collect();
    let own = own.filter(|versions| versions.is_sorted_by(|a, b| a < b));
    let migration = |(at, found): (usize, LayoutMigration)| {
        let counted = i64::try_from(at + 1).ok().and_then(Version::new).expect("a folder has fewer files");
        let (version, description) = match &own {
            Some(versions) if found.description.is_empty() => (versions[at], found.name),
            Some(versions) => (versions[at], found.description),
            None => (counted, found.name),
        };
        Migration {
            version,
            description: description.into(),
            phase: None,
            up: found.up,
            down: found.down,
            proven: None,
            after: None,
        }
    };
    Ok(found.into_iter().enumerate().map(migration).collect())
}

fn version(key: &str) -> Option<Version> {
    if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    match significant(key) {
        "" => Version::new(1),
        digits => digits.parse().ok().and_then(Version::new),
    }
}

pub(super) fn duplicate(key: &str, first: &Path, second: &Path) -> Error {
    let (first, second) = (shown(first), shown(second));
    Error::new(Code::DuplicateVersion, format!("version {key} twice: {first} and {second}"))
        .with_place(Place::whole(second))
        .with_hint("which of the two comes first, their tool cannot know either: give one another number")
}
