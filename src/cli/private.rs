//! Files that only who runs the command may read.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// A file that takes its place once it is whole; until then, and where it never is, there stays what was there.
pub(super) struct PrivateFile {
    file: BufWriter<NamedTempFile>,
    path: PathBuf,
}

impl PrivateFile {
    /// Begins one, beside where it is to be. A temporary file is its owner's alone.
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
        Ok(Self { file: BufWriter::new(NamedTempFile::new_in(folder)?), path: path.to_owned() })
    }

    /// Gives it its name.
    pub(super) fn keep(self) -> io::Result<()> {
        let file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.as_file().sync_all()?;
        file.persist(self.path).map(drop).map_err(|error| error.error)
    }
}

impl Write for PrivateFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Writes a file whole, or leaves what was there.
pub(super) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = PrivateFile::create(path)?;
    file.write_all(bytes)?;
    file.keep()
}
