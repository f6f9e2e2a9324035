//! Which backups are too old.

use std::fs;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Duration, Utc};

use super::files::folder_of;
use super::manifest::Manifest;
use super::task::Backup;

/// Removes backups of the same database that are older than so many days, and returns them. The one that was made just now stays, however
/// few days these are: it was checked, so that the last good one of a database is never removed.
pub(super) fn remove_old(made: &Backup, keep_days: u32, now: DateTime<Utc>) -> Vec<PathBuf> {
    let oldest = now - Duration::days(keep_days.into());
    let mut removed = Vec::new();
    for (path, manifest) in all(&folder_of(&made.path)) {
        let is_old = DateTime::parse_from_rfc3339(&manifest.made_at).is_ok_and(|made_at| made_at < oldest);
        if is_old && path != made.path && is_same_database(&manifest, &made.manifest) && remove(&path) {
            removed.push(path);
        }
    }
    removed.sort();
    removed
}

fn is_same_database(one: &Manifest, other: &Manifest) -> bool {
    let identity = |manifest: &Manifest| (manifest.database.clone(), manifest.backend.clone(), manifest.source.clone());
    identity(one) == identity(other)
}

/// The backups of a folder that have a record which can be read. What has none is not ours to remove.
fn all(folder: &Path) -> Vec<(PathBuf, Manifest)> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let of = |entry: fs::DirEntry| {
        let path = entry.path();
        let backup = Manifest::backup_of(&path);
        let manifest = if backup == path { None } else { Manifest::read(&backup).ok() };
        // One that was copied to another name tells of a file that is not this one.
        manifest
            .filter(|manifest| backup.file_name().is_some_and(|name| *name == *manifest.file))
            .map(|manifest| (backup, manifest))
    };
    entries.flatten().filter_map(of).collect()
}

/// The backup before its record: what is left of a removal that was cut short looks like no backup.
fn remove(backup: &Path) -> bool {
    let gone = match fs::remove_file(backup) {
        Ok(()) => true,
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => true,
        Err(cause) => {
            tracing::warn!("{} is too old, and cannot be removed: {cause}", backup.display());
            false
        }
    };
    gone && fs::remove_file(Manifest::path_of(backup)).is_ok()
}
