//! Files that are written whole or not at all.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// A file that is removed, unless it was renamed.
pub(super) struct TemporaryFile(pub(super) PathBuf);

impl TemporaryFile {
    /// Writes a text to a file beside the one that it is meant for.
    pub(super) fn write(path: &Path, text: &str) -> io::Result<Self> {
        let mut name = OsString::from(".");
        name.push(path.file_name().unwrap_or_default());
        name.push(format!(".{}.tmp", std::process::id()));
        let temporary = Self(path.with_file_name(name));
        let mut file = File::create(&temporary.0)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        Ok(temporary)
    }
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}
