//! The layers put together: flags, then the environment, then schema.toml, then defaults.

mod backup;
mod select;
mod settings;

pub(crate) use select::backend_of_environment;

use std::cell::OnceCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::dotenv::{self, DotenvVariables};
use super::environment::CallEnvironment;
use super::file::{DatabaseSection, Dotenv, SchemaFile};
use super::import::ImportRule;
use super::map::Map;
use super::mask;
use super::options::Options;
use super::setting::ConfigKey;
use super::target::{DatabaseTarget, MigrationSource};
use crate::document::Document;
use crate::error::{Code, Error, Place, Result};
use crate::source::Script;
use crate::sql::Dialect;

pub(crate) const FILE_NAME: &str = "schema.toml";
pub(crate) const LOCK_FILE_NAME: &str = "schema.lock";

/// What flags say. Each has a variable `SCHEMACTL_<FLAG>` below it; of names of databases, the variable takes a list
/// with commas.
#[derive(Clone, Default)]
pub(crate) struct Overrides {
    pub(crate) config: Option<PathBuf>,
    pub(crate) backend: Option<Dialect>,
    pub(crate) databases: Vec<String>,
    pub(crate) url: Option<String>,
    pub(crate) migrations: Option<String>,
    pub(crate) table: Option<String>,
    pub(crate) schema: Option<String>,
    pub(crate) lock_timeout: Option<String>,
    pub(crate) statement_timeout: Option<String>,
    pub(crate) lock_wait: Option<String>,
    pub(crate) connections: Option<String>,
    pub(crate) order: Option<String>,
    pub(crate) newer_database: Option<String>,
    pub(crate) existing_database: Option<String>,
    pub(crate) edits: Option<String>,
}

impl Overrides {
    fn get(&self, key: ConfigKey) -> Option<&str> {
        let value = match key {
            ConfigKey::Url => &self.url,
            ConfigKey::Migrations => &self.migrations,
            ConfigKey::Table => &self.table,
            ConfigKey::Schema => &self.schema,
            ConfigKey::LockTimeout => &self.lock_timeout,
            ConfigKey::StatementTimeout => &self.statement_timeout,
            ConfigKey::LockWait => &self.lock_wait,
            ConfigKey::Connections => &self.connections,
            ConfigKey::Order => &self.order,
            ConfigKey::NewerDatabase => &self.newer_database,
            ConfigKey::ExistingDatabase => &self.existing_database,
            ConfigKey::Edits => &self.edits,
            // These have a variable, and no flag: a proof is of a project, and what is recorded is not for one run to say.
            ConfigKey::Fingerprint
            | ConfigKey::Undo
            | ConfigKey::UndoKeep
            | ConfigKey::ScratchUrl
            | ConfigKey::ScratchSetup => &None,
        };
        value.as_deref()
    }
}

/// The project that a command is about: what schema.toml, the environment and flags say together.
pub(crate) struct Project {
    overrides: Overrides,
    environment: CallEnvironment,
    folder: PathBuf,
    file: Option<(PathBuf, SchemaFile)>,
    /// Of `.env`, read when a variable is wanted that the environment does not have.
    dotenv: OnceCell<DotenvVariables>,
}

impl Project {
    /// Reads schema.toml: the one that `--config` or `SCHEMACTL_CONFIG` names, else the one in the current folder or the
    /// nearest folder above it. It may be missing where a URL or a folder of migrations is given.
    ///
    /// # Errors
    /// [`Code::ConfigFile`] where it is missing or cannot be read; an error of kind Config at its line where its content
    /// is wrong.
    pub(crate) fn load(overrides: &Overrides, environment: CallEnvironment) -> Result<Self> {
        let mut project = Self {
            overrides: overrides.clone(),
            folder: environment.folder().to_owned(),
            environment,
            file: None,
            dotenv: OnceCell::new(),
        };
        project.file = project.find_file()?;
        if let Some((path, _)) = &project.file {
            project.folder = path.parent().unwrap_or(Path::new("")).to_owned();
        } else if project.given(ConfigKey::Url)?.is_none() && project.given(ConfigKey::Migrations)?.is_none() {
            return Err(project.no_file());
        }
        Ok(project)
    }

    /// A project whose schema.toml is this text.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    #[cfg(all(feature = "sqlite", feature = "postgres"))]
    pub(crate) fn of_text(text: String, overrides: &Overrides, environment: CallEnvironment) -> Result<Self> {
        let file = SchemaFile::parse(Document::new(FILE_NAME, text, Code::ConfigFile, mask))?;
        Ok(Self {
            overrides: overrides.clone(),
            folder: environment.folder().to_owned(),
            file: Some((environment.folder().join(FILE_NAME), file)),
            environment,
            dotenv: OnceCell::new(),
        })
    }

    /// The folder that schema.toml lies in, else the current one.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The path of schema.toml, where there is one.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.file.as_ref().map(|(path, _)| path.as_path())
    }

    /// The path of schema.lock, as messages show it, whether it exists or not.
    pub(crate) fn lock_file(&self) -> PathBuf {
        self.shown(&self.folder.join(LOCK_FILE_NAME))
    }

    /// Returns the selected databases in the order of schema.toml, each on one backend: the one that `--backend` or
    /// `SCHEMACTL_BACKEND` names, else the one that schema.toml does, where the database has it; else SQLite if it is
    /// configured, else PostgreSQL.
    ///
    /// # Errors
    /// An error of kind Config: a database, backend or variable is missing, or a value cannot be read.
    pub(crate) fn targets(&self) -> Result<Vec<DatabaseTarget>> {
        let selected = self.selected()?;
        let targets = selected.iter().map(|database| self.target(database)).collect::<Result<Vec<_>>>()?;
        self.refuse_shared_history(&targets)?;
        Ok(targets)
    }

    /// Whether schema.toml has this database on this backend, selected or not.
    pub(crate) fn has(&self, database: Option<&str>, dialect: Dialect) -> bool {
        self.databases().iter().any(|known| known.name.as_deref() == database && known.section(dialect).is_some())
    }

    /// How the two backends of a database correspond, where schema.toml says so.
    pub(crate) fn map(&self, database: Option<&str>) -> Option<Map> {
        self.databases().into_iter().find(|known| known.name.as_deref() == database)?.map
    }

    /// The rules by which files become rows of a database.
    pub(crate) fn imports(&self, database: Option<&str>) -> Vec<ImportRule> {
        let found = self.databases().into_iter().find(|known| known.name.as_deref() == database);
        found.map(|found| found.imports).unwrap_or_default()
    }

    /// How the two backends of a database correspond by another text of schema.toml.
    ///
    /// # Errors
    /// The text is none of schema.toml.
    #[cfg(all(feature = "sqlite", feature = "postgres"))]
    pub(crate) fn map_in(text: String, database: Option<&str>) -> Result<Option<Map>> {
        let document = Document::new(FILE_NAME, text, Code::ConfigFile, mask);
        let file = SchemaFile::parse(document)?;
        Ok(file.databases.into_iter().find(|known| known.name.as_deref() == database).and_then(|known| known.map))
    }

    /// Returns every backend of the selected databases with its folder of migrations. No URL is read.
    ///
    /// # Errors
    /// As [`targets`](Self::targets), but for what is about URLs.
    pub(crate) fn sources(&self) -> Result<Vec<MigrationSource>> {
        let mut sources = Vec::new();
        for database in &self.selected()? {
            for dialect in self.dialects(database)? {
                let migrations = self.migrations(database, dialect)?;
                sources.push(MigrationSource { database: database.name.clone(), dialect, migrations });
            }
        }
        match self.given(ConfigKey::Migrations)? {
            Some(setting) if sources.len() > 1 => Err(Error::new(
                Code::Usage,
                format!("`{}` is one folder, and {} backends of databases are selected", setting.name(), sources.len()),
            )
            .with_hint("name one with `--database` and `--backend`")),
            _ => Ok(sources),
        }
    }

    /// Returns where the migrations of a source are proven: on the server of `scratch_url`, else of `url`. For a source that no
    /// database has, those of the first database that is selected.
    ///
    /// # Errors
    /// As [`targets`](Self::targets).
    pub(crate) fn scratch(&self, source: &MigrationSource) -> Result<DatabaseTarget> {
        let database = self.scratch_database(source)?;
        let mut target = self.target_at(&database, source.dialect, self.scratch_key(&database, source.dialect)?)?;
        target.options.scratch_setup = self.scratch_setup(source)?;
        Ok(target)
    }

    /// Returns the options of the database that a source is of. No URL is read.
    ///
    /// # Errors
    /// As [`targets`](Self::targets), but for what is about URLs.
    pub(crate) fn options(&self, source: &MigrationSource) -> Result<Options> {
        self.options_of(&self.scratch_database(source)?, source.dialect, None)
    }

    /// Reads the script that runs first in each scratch database for the migrations of a source (`scratch_setup`).
    ///
    /// # Errors
    /// [`Code::Io`] where it cannot be read.
    pub(crate) fn scratch_setup(&self, source: &MigrationSource) -> Result<Option<Arc<Script>>> {
        let database = self.scratch_database(source)?;
        let Some(path) = self.path_of(&database, source.dialect, ConfigKey::ScratchSetup)? else { return Ok(None) };
        let shown = path.display().to_string();
        let text = std::fs::read_to_string(&path)
            .map_err(|cause| Error::io(Code::Io, format!("{shown}, the `scratch_setup`, cannot be read"), cause))?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned();
        Ok(Some(Arc::new(Script::new(shown, text))))
    }

    /// Whether `scratch_url` says where the migrations of a source are proven.
    #[cfg_attr(not(feature = "postgres"), expect(dead_code, reason = "SQLite's scratch databases are in memory"))]
    pub(crate) fn names_scratch(&self, source: &MigrationSource) -> Result<bool> {
        let database = self.scratch_database(source)?;
        Ok(self.scratch_key(&database, source.dialect)? == ConfigKey::ScratchUrl)
    }

    /// The database itself, where `scratch_url` names another place for proofs.
    #[cfg_attr(not(feature = "postgres"), expect(dead_code, reason = "SQLite's scratch databases are in memory"))]
    pub(crate) fn beside_scratch(&self, source: &MigrationSource) -> Result<DatabaseTarget> {
        let database = self.scratch_database(source)?;
        self.target_at(&database, source.dialect, ConfigKey::Url)
    }

    fn scratch_database(&self, source: &MigrationSource) -> Result<DatabaseSection> {
        let databases = self.databases();
        let wanted = self.wanted()?;
        let is_wanted = |database: &&DatabaseSection| {
            database.section(source.dialect).is_some()
                && (wanted.is_empty() || wanted.iter().any(|name| database.name.as_ref() == Some(name)))
        };
        let named = databases.iter().find(|database| database.name == source.database);
        let database = named.or_else(|| databases.iter().find(is_wanted)).cloned();
        Ok(database.unwrap_or(DatabaseSection {
            name: None,
            sections: Vec::new(),
            map: None,
            backup: None,
            imports: Vec::new(),
        }))
    }

    fn find_file(&self) -> Result<Option<(PathBuf, SchemaFile)>> {
        let named = match &self.overrides.config {
            Some(path) => Some(path.clone()),
            None => self.environment.own("SCHEMACTL_CONFIG")?.map(PathBuf::from),
        };
        if let Some(path) = named {
            let shown = path.display().to_string();
            let path = self.environment.folder().join(path);
            return match SchemaFile::read(&path, &shown)? {
                Some(file) => Ok(Some((path, file))),
                None => Err(Error::new(Code::ConfigFile, format!("{shown} does not exist"))
                    .with_place(Place::whole(shown))
                    .with_hint("`schemactl init` writes a schema.toml")),
            };
        }
        for folder in self.environment.folder().ancestors() {
            let path = folder.join(FILE_NAME);
            let shown = self.shown(&path).display().to_string();
            if let Some(file) = SchemaFile::read(&path, &shown)? {
                return Ok(Some((path, file)));
            }
        }
        Ok(None)
    }

    fn no_file(&self) -> Error {
        let folder = self.environment.folder().display();
        Error::new(Code::ConfigFile, format!("there is no {FILE_NAME} in {folder}, nor in a folder above it"))
            .with_hint("`schemactl init` writes one")
            .with_hint("`--url` names a database without one")
    }

    /// A path as it is shown and opened: relative to the current folder where it lies below that.
    fn shown(&self, path: &Path) -> PathBuf {
        match path.strip_prefix(self.environment.folder()) {
            Ok(relative) if relative.as_os_str().is_empty() => PathBuf::from("."),
            Ok(relative) => relative.to_owned(),
            Err(_) => path.to_owned(),
        }
    }

    fn schema_file(&self) -> Option<&SchemaFile> {
        self.file.as_ref().map(|(_, file)| file)
    }

    /// The value of a variable that schema.toml names.
    fn variable(&self, name: &str) -> Result<Option<String>> {
        if let Some(value) = self.environment.get(name)? {
            return Ok(Some(value));
        }
        if self.schema_file().is_none_or(|file| file.dotenv == Dotenv::Ignore) {
            return Ok(None);
        }
        if self.dotenv.get().is_none() {
            let read = dotenv::read(&self.folder.join(".env"))?;
            let _ = self.dotenv.set(read);
        }
        Ok(self.dotenv.get().and_then(|variables| variables.get(name).cloned()))
    }

    fn databases(&self) -> Vec<DatabaseSection> {
        match self.schema_file() {
            Some(file) if !file.databases.is_empty() => file.databases.clone(),
            _ => {
                vec![DatabaseSection { name: None, sections: Vec::new(), map: None, backup: None, imports: Vec::new() }]
            }
        }
    }
}

#[cfg(test)]
mod tests;
