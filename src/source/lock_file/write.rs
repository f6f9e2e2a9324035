use std::fmt;
use std::fs;
use std::io;
use std::path::Path;

use super::super::temporary::TemporaryFile;
use super::super::verdict::Verdict;
use super::{LOCK_VERSION, LockEntry, LockFile, LockKey};
use crate::error::{Code, Error, Place, Result};

const HEADER: &str = "\
# Written by `schemactl generate`, checked by `schemactl check`. Commit it; do not edit it.
# A conflict here shows that two people added a migration at once.
";

impl LockFile {
    /// Writes schema.lock, whole or not at all. A file that says the same already is not touched.
    ///
    /// # Errors
    /// [`Code::LockFile`]: it cannot be written.
    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        let text = self.to_string();
        replace(path, &text).map_err(|cause| {
            let shown = path.display().to_string();
            Error::io(Code::LockFile, format!("{shown} cannot be written"), cause).with_place(Place::whole(shown))
        })
    }
}

/// Writes beside the file and renames, so that a reader and a crash see the old text or the new one.
pub(crate) fn replace(path: &Path, text: &str) -> io::Result<()> {
    if fs::read(path).is_ok_and(|old| old == text.as_bytes()) {
        return Ok(());
    }
    // A symbolic link stays one, and what it leads to is replaced.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let temporary = TemporaryFile::write(&target, text)?;
    fs::rename(&temporary.0, &target)
}

/// The text of the file: the same for the same content, one table for each migration.
impl fmt::Display for LockFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}lock_version = {LOCK_VERSION}")?;
        self.entries.iter().try_for_each(|(key, entry)| write_entry(f, key, entry))
    }
}

fn write_entry(f: &mut fmt::Formatter<'_>, key: &LockKey, entry: &LockEntry) -> fmt::Result {
    f.write_str("\n[[migration]]\n")?;
    write_string(f, "database", key.database.as_deref())?;
    write_string(f, "backend", Some(key.dialect.as_str()))?;
    writeln!(f, "version = {}", key.version)?;
    write_string(f, "file", Some(&entry.file))?;
    write_string(f, "up", Some(&entry.up.to_string()))?;
    write_string(f, "down", entry.down.map(|down| down.to_string()).as_deref())?;
    write_string(f, "verdict", entry.verdict.as_ref().map(Verdict::to_string).as_deref())?;
    write_string(f, "before", entry.before.as_deref())?;
    write_string(f, "after", entry.after.as_deref())
}

fn write_string(f: &mut fmt::Formatter<'_>, key: &str, value: Option<&str>) -> fmt::Result {
    value.map_or(Ok(()), |value| writeln!(f, "{key} = {}", toml::Value::from(value)))
}
