//! How backups of a database are made: what its own section says, then the one for all, then the defaults.

use std::path::PathBuf;

use super::Project;
use crate::config::backup::{BackupSection, BackupSettings, FOLDER, KEEP_DAYS, Occasion, WrittenPath};
use crate::config::variables::{Unexpanded, expand};
use crate::error::{Code, Error, Result};

impl Project {
    /// How backups of a database are made. Asked for by what makes one alone: a variable that only backups need may be missing elsewhere.
    ///
    /// # Errors
    /// A variable that a path names is not set.
    pub(crate) fn backup(&self, database: Option<&str>) -> Result<BackupSettings> {
        let own = self.databases().into_iter().find(|known| known.name.as_deref() == database);
        let own = own.and_then(|database| database.backup);
        let for_all = self.schema_file().and_then(|file| file.backup.as_ref());
        let is_configured = own.is_some() || for_all.is_some();
        let BackupSection { folder, keep_days, compress, before, pg_bin } =
            own.unwrap_or_default().below(for_all.unwrap_or(&BackupSection::default()));
        let unsaid = if is_configured { Occasion::ALL.to_vec() } else { Vec::new() };
        Ok(BackupSettings {
            folder: match folder {
                Some(folder) => self.written(&folder)?,
                None => self.shown(&self.folder().join(FOLDER)),
            },
            keep_days: keep_days.unwrap_or(KEEP_DAYS),
            compress: compress.unwrap_or_default(),
            before: before.unwrap_or(unsaid),
            pg_bin: pg_bin.map(|folder| self.written(&folder)).transpose()?,
        })
    }

    /// A path of schema.toml, relative to the folder that the file lies in.
    fn written(&self, path: &WrittenPath) -> Result<PathBuf> {
        let WrittenPath { key, text, .. } = path;
        let value = expand(text.expose(), |name| self.variable(name)).map_err(|unexpanded| match unexpanded {
            Unexpanded::Lookup(error) => error,
            Unexpanded::Malformed => {
                self.at_path(path, Error::new(Code::InvalidValue, format!("`{key}` has `${{` without a name and `}}`")))
            }
            Unexpanded::Missing { name } => self.without_variable(path, &name),
        })?;
        if value.is_empty() {
            return Err(self.at_path(path, Error::new(Code::InvalidValue, format!("`{key}` is empty"))));
        }
        Ok(self.shown(&self.folder().join(value)))
    }

    fn without_variable(&self, path: &WrittenPath, name: &str) -> Error {
        let message = format!("`{}` needs the variable {name}, which is not set", path.key);
        self.at_path(path, Error::new(Code::MissingVariable, message))
            .with_hint(format!("set it in the environment, or in `.env` beside schema.toml: {name}=..."))
    }

    fn at_path(&self, path: &WrittenPath, error: Error) -> Error {
        match self.schema_file() {
            Some(file) => error.with_place(file.document.place(path.span.clone())),
            None => error,
        }
    }
}
