//! A file that is not whole yet.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use tempfile::NamedTempFile;

use super::files::{folder_of, sync_folder, unwritable};
use crate::error::{Code, Error, Result};

/// What the names of all of them begin and end with: nobody takes one for a backup, or for a database.
const BEGIN: &str = ".schemactl-";
const END: &str = ".partial";

/// A file that is not whole yet, under a name of its own in the folder that it is for. Only its owner reads and writes it. It goes with
/// this value, and is locked for as long: where nobody has the lock, whoever wrote it is gone.
#[derive(Debug)]
pub(super) struct Partial(NamedTempFile);

impl Partial {
    /// Makes one, and removes those whose writers were killed.
    pub(super) fn new(folder: &Path) -> Result<Self> {
        sweep(folder);
        loop {
            let file = tempfile::Builder::new().prefix(BEGIN).suffix(END).tempfile_in(folder);
            let file = file.map_err(|cause| unwritable(folder, cause))?;
            if cfg!(unix) {
                file.as_file().lock().map_err(|cause| unwritable(file.path(), cause))?;
            }
            // Before it was locked, another process may have taken it for an abandoned one.
            if file.path().exists() {
                return Ok(Self(file));
            }
        }
    }

    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }

    /// To write to.
    pub(super) fn file(&mut self) -> &mut File {
        self.0.as_file_mut()
    }

    /// Gives it its name once all of it is on the disk, unless another file has that name: none then, and the file back.
    pub(super) fn publish(self, path: &Path) -> Result<Published> {
        self.0.as_file().sync_all().map_err(|cause| unwritable(self.0.path(), cause))?;
        match self.0.persist_noclobber(path) {
            Ok(_) => {
                sync_folder(&folder_of(path)).map_err(|cause| unwritable(path, cause))?;
                Ok(Published::Yes)
            }
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(Published::Taken(Self(error.file))),
            Err(error) => Err(unwritable(path, error.error)),
        }
    }
}

/// Whether a file got its name.
#[derive(Debug)]
pub(super) enum Published {
    Yes,
    Taken(Partial),
}

impl Published {
    /// For a name that nobody else should have.
    pub(super) fn or_taken(self, path: &Path) -> Result<()> {
        match self {
            Self::Yes => Ok(()),
            Self::Taken(_) => {
                Err(Error::new(Code::TargetExists, format!("{} was made meanwhile by somebody else", path.display()))
                    .with_state("it stays as it is, and nothing was written"))
            }
        }
    }
}

/// Removes what killed writers have left. What cannot be removed is in nobody's way.
fn sweep(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let is_partial = name.to_str().is_some_and(|name| name.starts_with(BEGIN) && name.ends_with(END));
        if is_partial && is_abandoned(&entry.path()) {
            tracing::info!("{} is removed: whoever wrote it is gone", entry.path().display());
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Where locks bind everybody, as on Windows, none is taken, and nobody can tell.
fn is_abandoned(path: &Path) -> bool {
    cfg!(unix) && File::open(path).is_ok_and(|file| file.try_lock().is_ok())
}
