use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::error::{Code, Error, Result};

type VariableLookup = Box<dyn Fn(&str) -> Option<OsString>>;

/// Where the command was called, and with which variables.
pub(crate) struct CallEnvironment {
    folder: PathBuf,
    lookup: VariableLookup,
}

impl CallEnvironment {
    /// The environment of this process.
    pub(crate) fn of_process() -> Result<Self> {
        let folder = std::env::current_dir()
            .map_err(|cause| Error::io(Code::ConfigFile, "the current folder cannot be told", cause))?;
        Ok(Self::new(folder, |name| std::env::var_os(name)))
    }

    pub(crate) fn new(folder: impl Into<PathBuf>, lookup: impl Fn(&str) -> Option<OsString> + 'static) -> Self {
        Self { folder: folder.into(), lookup: Box::new(lookup) }
    }

    /// The folder in which the command was called.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the value of a variable.
    pub(super) fn get(&self, name: &str) -> Result<Option<String>> {
        let Some(value) = (self.lookup)(name) else { return Ok(None) };
        match value.into_string() {
            Ok(value) => Ok(Some(value)),
            Err(_) => Err(Error::new(Code::InvalidValue, format!("the variable {name} is not UTF-8"))),
        }
    }

    /// Returns the value of a variable of this tool's own, for which empty is the same as not set.
    pub(super) fn own(&self, name: &str) -> Result<Option<String>> {
        Ok(self.get(name)?.filter(|value| !value.is_empty()))
    }
}
