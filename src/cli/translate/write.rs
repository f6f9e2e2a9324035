//! Writing the files: what is there already stays, unless it is what `translate` wrote and may be replaced.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::map_file::SchemaText;
use crate::error::{Code, Error, Place, Result};
use crate::report::{FileState, WrittenFileView};
use crate::source::names;
use crate::translate::{TranslatedFile, is_as_written};

/// A file that is to be there.
pub(super) struct PlannedFile {
    pub(super) path: PathBuf,
    pub(super) version: i64,
    pub(super) description: &'static str,
    pub(super) text: String,
    state: FileState,
}

impl PlannedFile {
    /// What would become of it.
    pub(super) fn would_be(&self) -> WrittenFileView {
        WrittenFileView { file: self.path.display().to_string(), state: self.state }
    }
}

/// What becomes of files that are there and say otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ExistingFiles {
    Keep,
    /// Those that are as `translate` wrote them are written over.
    Replace,
    /// Nothing is written.
    Tell,
}

/// Decides what becomes of each file.
///
/// # Errors
/// A file is there that says otherwise, and is not to be replaced; or the folder has other migrations.
pub(super) fn plan(files: &[TranslatedFile], folder: &Path, existing: ExistingFiles) -> Result<Vec<PlannedFile>> {
    if existing != ExistingFiles::Tell {
        refuse_others(files, folder)?;
    }
    let planned = |file: &TranslatedFile| {
        let path = folder.join(file.path());
        let state = state(&path, &file.text, existing)?;
        Ok(PlannedFile { path, version: file.version, description: file.description, text: file.text.clone(), state })
    };
    files.iter().map(planned).collect()
}

fn state(path: &Path, text: &str, existing: ExistingFiles) -> Result<FileState> {
    let there = match fs::read_to_string(path) {
        Ok(there) => there,
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(FileState::Created),
        Err(cause) => return Err(Error::io(Code::Io, format!("{} cannot be read", path.display()), cause)),
    };
    let shown = path.display();
    let refused = |message: String| {
        Error::new(Code::Export, message).with_place(Place::whole(shown.to_string())).with_state("nothing was written")
    };
    match (there == text, is_as_written(&there)) {
        (true, _) => Ok(FileState::Unchanged),
        (false, _) if existing == ExistingFiles::Tell => Ok(FileState::Differs),
        (false, true) if existing == ExistingFiles::Replace => Ok(FileState::Replaced),
        (false, true) => Err(refused(format!("{shown} is there, and would be another one now"))
            .with_hint("where no database has applied it: `schemactl translate --replace`")
            .with_hint("to compare them: `schemactl translate --into FOLDER` writes beside it")),
        (false, false) => Err(refused(format!("{shown} is there, and somebody changed it"))
            .with_hint("to compare them: `schemactl translate --into FOLDER` writes beside it")
            .with_hint("to begin anew, remove the file")),
    }
}

/// A folder that goes on from other migrations has its tables already.
fn refuse_others(files: &[TranslatedFile], folder: &Path) -> Result<()> {
    if !folder.exists() {
        return Ok(());
    }
    let is_own = |path: &Path| files.iter().any(|file| path.ends_with(file.path()));
    let Some(other) = names(folder)?.into_iter().find(|named| !is_own(&named.path)) else { return Ok(()) };
    let other = other.path.display().to_string();
    Err(Error::new(Code::Export, format!("{} has other migrations, such as {other}", folder.display()))
        .with_place(Place::whole(other))
        .with_state("nothing was written")
        .with_hint("to compare them: `schemactl translate --into FOLDER` writes beside them"))
}

/// Writes what is new, the map last.
pub(super) fn write(files: &[PlannedFile], schema_file: &SchemaText) -> Result<Vec<WrittenFileView>> {
    let mut written = WrittenFiles(Vec::new());
    for file in files {
        let failed = |cause| {
            let shown = file.path.display().to_string();
            Error::io(Code::Io, format!("{shown} cannot be written"), cause)
                .with_place(Place::whole(shown))
                .with_state("none of the new files is kept")
        };
        match file.state {
            FileState::Unchanged | FileState::Differs => {}
            FileState::Replaced => fs::write(&file.path, &file.text).map_err(failed)?,
            FileState::Created => {
                fs::create_dir_all(file.path.parent().unwrap_or(Path::new("."))).map_err(failed)?;
                let mut new = OpenOptions::new().write(true).create_new(true).open(&file.path).map_err(failed)?;
                written.0.push(file.path.clone());
                new.write_all(file.text.as_bytes()).map_err(failed)?;
            }
        }
    }
    if schema_file.is_changed() {
        fs::write(&schema_file.path, &schema_file.new)
            .map_err(|cause| Error::io(Code::Io, format!("{} cannot be written", schema_file.shown), cause))?;
    }
    written.0.clear();
    Ok(files.iter().map(PlannedFile::would_be).collect())
}

/// Files that are removed again unless all are written.
struct WrittenFiles(Vec<PathBuf>);

impl Drop for WrittenFiles {
    fn drop(&mut self) {
        for path in &self.0 {
            let _ = fs::remove_file(path);
        }
    }
}
