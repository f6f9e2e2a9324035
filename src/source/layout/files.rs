//! What lies in a folder that another tool made.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Code, Error, Place, Result};
use crate::source::file_name::is_sql;
use crate::source::listing::{shown, unreadable};
use crate::source::{Script, text};

/// A folder that is being read.
pub(super) struct LayoutReading {
    pub(super) files: Vec<LayoutFile>,
    pub(super) folders: Vec<LayoutFile>,
    pub(super) left_alone: Vec<String>,
}

/// A file or folder.
#[derive(Debug, Clone)]
pub(super) struct LayoutFile {
    pub(super) name: String,
    pub(super) path: PathBuf,
}

impl LayoutReading {
    /// Lists a folder, sorted by name. Hidden files are nobody's migrations; links are followed.
    pub(super) fn of(folder: &Path) -> Result<Self> {
        let mut reading = Self { files: Vec::new(), folders: Vec::new(), left_alone: Vec::new() };
        let entries = fs::read_dir(folder).map_err(|cause| match cause.kind() {
            std::io::ErrorKind::NotFound => absent(folder),
            _ => unreadable(folder, cause),
        })?;
        for entry in entries {
            let entry = entry.map_err(|cause| unreadable(folder, cause))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with('.') {
                continue;
            }
            let path = folder.join(entry.file_name());
            let kind = fs::metadata(&path).map_err(|cause| unreadable(&path, cause))?;
            let list = if kind.is_dir() { &mut reading.folders } else { &mut reading.files };
            list.push(LayoutFile { name, path });
        }
        reading.files.sort_by(|a, b| a.name.cmp(&b.name));
        reading.folders.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(reading)
    }

    /// Takes the files, and all below the folders.
    pub(super) fn files_below(&mut self) -> Result<Vec<LayoutFile>> {
        let mut files = std::mem::take(&mut self.files);
        for folder in std::mem::take(&mut self.folders) {
            files.append(&mut Self::of(&folder.path)?.files_below()?);
        }
        Ok(files)
    }

    /// Notes a file that is no migration of the layout, where it looks like one to a person: as SQL, or by its number.
    pub(super) fn leave(&mut self, file: &LayoutFile) {
        let is_numbered = file.name.trim_start_matches(['V', 'U']).starts_with(|c: char| c.is_ascii_digit());
        if is_sql(&file.name) || is_numbered {
            self.left_alone.push(shown(&file.path));
        }
    }
}

impl LayoutFile {
    /// Reads the file.
    pub(super) fn script(&self) -> Result<Script> {
        let bytes = fs::read(&self.path).map_err(|cause| unreadable(&self.path, cause))?;
        let path = shown(&self.path);
        let text = text::decode(&path, bytes)?;
        Ok(Script::new(path, text))
    }
}

fn absent(folder: &Path) -> Error {
    let shown = shown(folder);
    Error::new(Code::Unreadable, format!("there is no folder {shown}"))
        .with_place(Place::whole(shown))
        .with_hint("name the folder in which the migrations lie")
}
