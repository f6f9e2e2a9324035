//! The records that were set aside, each as a line of JSON in a file.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::cli::private::PrivateFile;
use crate::error::{Code, Error, Result};
use crate::import::BadRecord;

/// A file of records that have no place, without what they hold. It takes its place once the import has ended.
pub(super) struct ImportRejects {
    file: PrivateFile,
    path: PathBuf,
    failed: Option<std::io::Error>,
}

impl ImportRejects {
    pub(super) fn create(path: &Path) -> Result<Self> {
        let file = PrivateFile::create(path).map_err(|error| unwritten(path, error))?;
        Ok(Self { file, path: path.to_owned(), failed: None })
    }

    pub(super) fn add(&mut self, rule: &str, path: &str, bad: &BadRecord) {
        let line = json!({ "rule": rule, "path": path, "line": bad.line, "reason": bad.reason });
        if let Err(error) = writeln!(self.file, "{line}") {
            self.failed.get_or_insert(error);
        }
    }

    pub(super) fn keep(self) -> Result<()> {
        let Self { file, path, failed } = self;
        failed.map_or_else(|| file.keep(), Err).map_err(|error| unwritten(&path, error))
    }
}

fn unwritten(path: &Path, error: std::io::Error) -> Error {
    Error::io(Code::Io, format!("{} cannot be written", path.display()), error)
}
