//! schema.toml: which databases there are, and how each is reached on each backend.

mod backup;
mod import;
mod lists;
mod map;
mod route;

use std::ops::Range;
use std::path::Path;

use super::backup::BackupSection;
use super::import::ImportRule;
use super::map::Map;
use super::route::RouteSection;
use super::setting::{ConfigKey, InvalidSetting, SettingOrigin, SettingValue, apply};
use super::undo::IgnoredUndo;
use super::{Options, Secret, mask, redact};
use crate::catalog::Ignore;
use crate::document::{Document, TomlKey, TomlTable, TomlValue, in_file_order};
use crate::error::{Code, Error, Result};
use crate::sql::Dialect;

/// The keys of a section that have a list.
const IGNORE: &str = "ignore";
const IGNORE_UNDO: &str = "ignore_undo";
const SCHEMAS: &str = "schemas";
const BACKENDS: [&str; 2] = ["sqlite", "postgres"];
const MAP: &str = "map";
const BACKUP: &str = "backup";
const IMPORT: &str = "import";
const ROUTE: &str = "route";
const TOP: [&str; 9] = ["backend", "dotenv", "database", "sqlite", "postgres", MAP, BACKUP, IMPORT, ROUTE];

/// Whether `.env` beside schema.toml is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dotenv {
    Read,
    Ignore,
}

/// What schema.toml says. Variables are not yet replaced.
#[derive(Clone)]
pub(super) struct SchemaFile {
    pub(super) document: Document,
    pub(super) backend: Option<Dialect>,
    pub(super) dotenv: Dotenv,
    /// In the order of the file.
    pub(super) databases: Vec<DatabaseSection>,
    /// For databases that have no section for it of their own.
    pub(super) backup: Option<BackupSection>,
    /// Of the application, whichever database it uses.
    pub(super) route: Option<RouteSection>,
}

/// A database, on one backend or on both.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct DatabaseSection {
    /// `None` for the one that `[sqlite]` and `[postgres]` are about.
    pub(super) name: Option<String>,
    pub(super) sections: Vec<BackendSection>,
    pub(super) map: Option<Map>,
    pub(super) backup: Option<BackupSection>,
    pub(super) imports: Vec<ImportRule>,
}

/// A database on one backend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BackendSection {
    pub(super) dialect: Dialect,
    /// The name of the backend in the section's header.
    pub(super) span: Range<usize>,
    pub(super) settings: Vec<SettingValue>,
    /// What is somebody else's: lists, which no flag and no variable can be.
    pub(super) ignore: Ignore,
    /// What of the rows that a step changes is not kept: a list too.
    pub(super) ignore_undo: Vec<IgnoredUndo>,
}

impl DatabaseSection {
    pub(super) fn section(&self, dialect: Dialect) -> Option<&BackendSection> {
        self.sections.iter().find(|section| section.dialect == dialect)
    }

    /// `database shop`, or `the database`.
    pub(super) fn title(&self) -> String {
        self.name.as_ref().map_or("the database".to_owned(), |name| format!("database {name}"))
    }

    /// The header of the section for `dialect`, as schema.toml has it.
    pub(super) fn header(&self, dialect: Dialect) -> String {
        self.name.as_ref().map_or(format!("[{dialect}]"), |name| format!("[database.{name}.{dialect}]"))
    }
}

impl BackendSection {
    pub(super) fn get(&self, key: ConfigKey) -> Option<&SettingValue> {
        self.settings.iter().find(|setting| setting.key == key)
    }

    fn shares_history(&self, other: &Self) -> bool {
        let text = |section: &Self, key| section.get(key).map(|setting| setting.text.expose().to_owned());
        let url = text(self, ConfigKey::Url);
        let table = |section| text(section, ConfigKey::Table).unwrap_or_else(|| Options::new().table);
        self.dialect == other.dialect
            && url.as_ref().is_some_and(|url| !url.contains(":memory:"))
            && url == text(other, ConfigKey::Url)
            && table(self) == table(other)
            && text(self, ConfigKey::Schema) == text(other, ConfigKey::Schema)
    }
}

impl SchemaFile {
    /// Reads schema.toml; `None` where there is none.
    ///
    /// # Errors
    /// [`Code::ConfigFile`], [`Code::UnknownKey`], [`Code::InvalidValue`], at the line.
    pub(super) fn read(path: &Path, shown: &str) -> Result<Option<Self>> {
        Document::read(path, shown, Code::ConfigFile, mask)?.map(Self::parse).transpose()
    }

    pub(super) fn parse(document: Document) -> Result<Self> {
        let mut reader = ConfigReader {
            document: &document,
            backend: None,
            dotenv: Dotenv::Read,
            databases: Vec::new(),
            backup: None,
            route: None,
        };
        reader.root(&document.parse()?)?;
        let ConfigReader { backend, dotenv, databases, backup, route, .. } = reader;
        Ok(Self { document, backend, dotenv, databases, backup, route })
    }

    /// An error about a value, at its line where it stands in the file.
    pub(super) fn invalid(
        document: Option<&Document>,
        setting: &SettingValue,
        value: &str,
        why: InvalidSetting,
    ) -> Error {
        let message = format!("`{}` cannot be `{}`: {}", setting.name(), redact(value), why.reason);
        let error = Error::new(Code::InvalidValue, message);
        let error = match (&setting.origin, document) {
            (SettingOrigin::File(span), Some(document)) => error.with_place(document.place(span.clone())),
            _ => error,
        };
        why.hint.into_iter().fold(error, Error::with_hint)
    }
}

struct ConfigReader<'d> {
    document: &'d Document,
    backend: Option<Dialect>,
    dotenv: Dotenv,
    databases: Vec<DatabaseSection>,
    backup: Option<BackupSection>,
    route: Option<RouteSection>,
}

impl ConfigReader<'_> {
    fn root(&mut self, root: &TomlTable<'_>) -> Result<()> {
        let (mut single, mut map, mut imports) = (Vec::new(), None, None);
        for (key, value) in in_file_order(root) {
            self.document.check_key(Code::UnknownKey, key, &TOP, "in schema.toml")?;
            match key.get_ref().as_ref() {
                "backend" => self.backend = Some(self.backend(value)?),
                "dotenv" => self.dotenv = self.dotenv(value)?,
                "database" => self.named(value)?,
                MAP => map = Some(self.map(MAP, key, value)?),
                BACKUP => self.backup = Some(self.backup_section(BACKUP, value)?),
                ROUTE => self.route = Some(self.route_section(key, value)?),
                IMPORT => imports = Some((key.span(), self.imports(IMPORT, value)?)),
                _ => single.push(self.section(None, key, value)?),
            }
        }
        Self::refuse_map_of_one(map.as_ref(), &single)?;
        let named = self.databases.iter().flat_map(|database| &database.sections);
        let mut sections = named.chain(&single).map(|section| section.dialect).peekable();
        if let (Some(backend), Some(other)) = (self.backend, sections.peek().copied())
            && !sections.any(|dialect| dialect == backend)
        {
            return Err(self.no_backend(root, backend, other));
        }
        if let Some((span, _)) = imports.as_ref().filter(|_| single.is_empty()) {
            let message =
                format!("[{IMPORT}] is of the database that [sqlite] or [postgres] is about, and there is none");
            let error = self.document.error(Code::InvalidValue, span.clone(), message);
            return Err(error.with_hint("of a database with a name, write [database.NAME.import.RULE]"));
        }
        let Some(first) = single.first() else { return self.refuse_shared_history() };
        if let Some(named) = self.databases.first() {
            let name = named.name.as_deref().unwrap_or_default();
            let message = format!("[{}] stands beside databases with names, such as `{name}`", first.dialect);
            return Err(self
                .document
                .error(Code::InvalidValue, first.span.clone(), message)
                .with_hint(format!("give it a name too: [database.NAME.{}]", first.dialect)));
        }
        let imports = imports.map(|(_, rules)| rules).unwrap_or_default();
        self.databases.push(DatabaseSection { name: None, sections: single, map, backup: None, imports });
        Ok(())
    }

    /// What `backend` names would be passed over without a word.
    fn no_backend(&self, root: &TomlTable<'_>, backend: Dialect, other: Dialect) -> Error {
        let message = format!("`backend` is {backend}, and no database here has that");
        let error = match root.get("backend") {
            Some(value) => self.document.error(Code::InvalidValue, value.span(), message),
            None => Error::new(Code::InvalidValue, message),
        };
        error.with_hint(format!("add [{backend}] with a `url`, or write `backend = \"{other}\"`"))
    }

    /// A map is between two backends.
    fn refuse_map_of_one(map: Option<&Map>, sections: &[BackendSection]) -> Result<()> {
        let Some(map) = map.filter(|_| sections.len() < BACKENDS.len()) else { return Ok(()) };
        let parent = map.section.strip_suffix(MAP).unwrap_or_default();
        Err(Error::new(Code::InvalidValue, format!("[{}] is between two backends", map.section))
            .with_place(map.place.clone())
            .with_hint(format!("it needs [{parent}sqlite] and [{parent}postgres]")))
    }

    /// Two databases in one history would each see the other's migrations as missing. Here their texts are compared, for
    /// all databases; the values that a command uses are compared again.
    fn refuse_shared_history(&self) -> Result<()> {
        let sections: Vec<_> = self.databases.iter().flat_map(|d| d.sections.iter().map(move |s| (d, s))).collect();
        for (at, (database, section)) in sections.iter().enumerate() {
            let Some((other, _)) = sections[..at].iter().find(|(_, other)| other.shares_history(section)) else {
                continue;
            };
            let message = format!(
                "{} and {} have the same history: the same url, table and schema",
                other.title(),
                database.title()
            );
            return Err(self
                .document
                .error(Code::InvalidValue, section.span.clone(), message)
                .with_hint("give one of them another `url`, `table` or, on PostgreSQL, `schema`"));
        }
        Ok(())
    }

    fn backend(&self, value: &TomlValue<'_>) -> Result<Dialect> {
        let text = self.document.string(Code::InvalidValue, "backend", value)?;
        Dialect::parse(text).ok_or_else(|| self.no_choice("`backend` cannot be", (text, value.span()), &BACKENDS))
    }

    /// What is said of a word that is none of those that a setting may have.
    fn no_choice(&self, said: &str, (word, span): (&str, std::ops::Range<usize>), choices: &[&str]) -> Error {
        let why = InvalidSetting::choice(word, choices);
        let error = self.document.error(Code::InvalidValue, span, format!("{said} `{}`: {}", redact(word), why.reason));
        why.hint.into_iter().fold(error, Error::with_hint)
    }

    fn dotenv(&self, value: &TomlValue<'_>) -> Result<Dotenv> {
        match value.get_ref().as_bool() {
            Some(true) => Ok(Dotenv::Read),
            Some(false) => Ok(Dotenv::Ignore),
            None => Err(self.document.error(Code::InvalidValue, value.span(), "`dotenv` is true or false")),
        }
    }

    fn named(&mut self, value: &TomlValue<'_>) -> Result<()> {
        let databases = self.document.table(Code::InvalidValue, "database", value)?;
        for (key, value) in in_file_order(databases) {
            let database = self.database(key, value)?;
            self.databases.push(database);
        }
        Ok(())
    }

    fn database(&self, key: &TomlKey<'_>, value: &TomlValue<'_>) -> Result<DatabaseSection> {
        let name: &str = key.get_ref();
        let error = |message: String| self.document.error(Code::InvalidValue, key.span(), message);
        if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-')) {
            let message = format!("a database cannot be named `{name}`: a name has letters, digits, `_` and `-`");
            return Err(error(message));
        }
        if BACKENDS.contains(&name) {
            return Err(error(format!("a database cannot be named `{name}`, which is a backend"))
                .with_hint(format!("did you mean [database.NAME.{name}], or [{name}] for the only database?")));
        }
        let table = self.document.table(Code::InvalidValue, name, value)?;
        let (mut sections, mut map, mut backup, mut imports) = (Vec::new(), None, None, Vec::new());
        for (key, value) in in_file_order(table) {
            let known = [BACKENDS[0], BACKENDS[1], MAP, BACKUP, IMPORT];
            self.document.check_key(Code::UnknownKey, key, &known, &format!("in [database.{name}]"))?;
            match key.get_ref().as_ref() {
                MAP => map = Some(self.map(&format!("database.{name}.{MAP}"), key, value)?),
                BACKUP => backup = Some(self.backup_section(&format!("database.{name}.{BACKUP}"), value)?),
                IMPORT => imports = self.imports(&format!("database.{name}.{IMPORT}"), value)?,
                _ => sections.push(self.section(Some(name), key, value)?),
            }
        }
        Self::refuse_map_of_one(map.as_ref(), &sections)?;
        if sections.is_empty() {
            return Err(error(format!("database {name} has no backend"))
                .with_hint(format!("add [database.{name}.sqlite] or [database.{name}.postgres]")));
        }
        Ok(DatabaseSection { name: Some(name.to_owned()), sections, map, backup, imports })
    }

    fn section(&self, database: Option<&str>, key: &TomlKey<'_>, value: &TomlValue<'_>) -> Result<BackendSection> {
        let backend: &str = key.get_ref();
        let dialect = if backend == "sqlite" { Dialect::Sqlite } else { Dialect::Postgres };
        let header = database.map_or(format!("[{backend}]"), |name| format!("[database.{name}.{backend}]"));
        let known: Vec<&str> =
            ConfigKey::ALL.into_iter().map(ConfigKey::as_str).chain([IGNORE, SCHEMAS, IGNORE_UNDO]).collect();
        let (mut settings, mut ignore, mut ignore_undo) = (Vec::new(), Ignore::default(), Vec::new());
        for (key, value) in in_file_order(self.document.table(Code::InvalidValue, backend, value)?) {
            self.document.check_key(Code::UnknownKey, key, &known, &format!("in {header}"))?;
            match ConfigKey::parse(key.get_ref()) {
                Some(name) => settings.push(self.setting(dialect, name, value)?),
                None if key.get_ref() == SCHEMAS => ignore.schemas = self.schemas(dialect, value)?,
                None if key.get_ref() == IGNORE_UNDO => ignore_undo = self.undo_patterns(dialect, value)?,
                None => ignore.patterns = self.patterns(value)?,
            }
        }
        Ok(BackendSection { dialect, span: key.span(), settings, ignore, ignore_undo })
    }

    fn setting(&self, dialect: Dialect, key: ConfigKey, value: &TomlValue<'_>) -> Result<SettingValue> {
        let text = self.document.string(Code::InvalidValue, key.as_str(), value).map_err(|error| {
            let timeout = matches!(key, ConfigKey::LockTimeout | ConfigKey::StatementTimeout | ConfigKey::LockWait);
            match key {
                _ if timeout => error.with_hint("write a number and a unit, in quotes, such as \"3s\""),
                ConfigKey::Connections => error.with_hint("write \"two\" or \"one\""),
                ConfigKey::Undo => error.with_hint("write \"auto\", \"all\" or \"none\""),
                ConfigKey::UndoKeep => error.with_hint("write a number and a unit, in quotes, such as \"30d\""),
                _ => error,
            }
        })?;
        let setting = SettingValue { key, text: Secret::new(text), origin: SettingOrigin::File(value.span()) };
        // What has no variable in it is checked at once, for the backend of another day too.
        if !text.contains("${") {
            apply(Options::new(), dialect, key, text)
                .map_err(|why| SchemaFile::invalid(Some(self.document), &setting, text, why))?;
        }
        Ok(setting)
    }
}

#[cfg(test)]
mod tests;
