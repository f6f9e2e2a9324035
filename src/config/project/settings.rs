//! The values of a database's keys, each from the highest layer that has it.

use std::path::{Path, PathBuf};

use super::Project;
use crate::config::file::{DatabaseSection, SchemaFile};
use crate::config::setting::{ConfigKey, SettingOrigin, SettingValue, apply};
use crate::config::target::{Connection, DatabaseTarget};
use crate::config::variables::{Unexpanded, expand, names};
use crate::config::{Fingerprinting, Options, Secret, SqliteLocation};
use crate::document::Document;
use crate::error::{Code, Error, Place, Result};
use crate::sql::Dialect;

/// A value with its variables replaced.
struct Resolved {
    setting: SettingValue,
    value: String,
}

impl Project {
    /// The value of `key` that a flag or a variable of the environment gives.
    pub(super) fn given(&self, key: ConfigKey) -> Result<Option<SettingValue>> {
        let (text, origin) = match self.overrides.get(key) {
            Some(text) => (text.to_owned(), SettingOrigin::Flag),
            None => match self.environment.own(&key.variable())? {
                Some(text) => (text, SettingOrigin::Variable),
                None => return Ok(None),
            },
        };
        Ok(Some(SettingValue { key, text: Secret::new(text), origin }))
    }

    pub(super) fn target(&self, database: &DatabaseSection) -> Result<DatabaseTarget> {
        let target = self.target_at(database, self.dialect(database)?, ConfigKey::Url)?;
        Ok(DatabaseTarget { chosen_by: self.chosen_by(database)?, ..target })
    }

    /// The key that says where migrations are proven.
    pub(super) fn scratch_key(&self, database: &DatabaseSection, dialect: Dialect) -> Result<ConfigKey> {
        let is_given = self.given(ConfigKey::ScratchUrl)?.is_some()
            || database.section(dialect).is_some_and(|section| section.get(ConfigKey::ScratchUrl).is_some());
        Ok(if is_given { ConfigKey::ScratchUrl } else { ConfigKey::Url })
    }

    /// The target at the URL of a key.
    pub(super) fn target_at(
        &self,
        database: &DatabaseSection,
        dialect: Dialect,
        url: ConfigKey,
    ) -> Result<DatabaseTarget> {
        let mut options = self.options_of(database, dialect, Some(url))?;
        options.url_from = self.url_from(database, dialect, url)?;
        Ok(DatabaseTarget {
            database: database.name.clone(),
            dialect,
            connection: self.connection(database, dialect, url)?,
            url_place: self.url_place(database, dialect, url)?,
            chosen_by: None,
            migrations: self.migrations(database, dialect)?,
            lock_file: self.lock_file(),
            options,
        })
    }

    /// The options of a database; of its keys for URLs only the one that is named.
    pub(super) fn options_of(
        &self,
        database: &DatabaseSection,
        dialect: Dialect,
        url: Option<ConfigKey>,
    ) -> Result<Options> {
        let mut options = Options::new().fingerprinting(Fingerprinting::On);
        // A variable that only proofs need may be missing elsewhere.
        for key in ConfigKey::ALL.into_iter().filter(|key| {
            Some(*key) == url || !matches!(key, ConfigKey::Url | ConfigKey::ScratchUrl | ConfigKey::ScratchSetup)
        }) {
            if let Some(resolved) = self.resolve(database, dialect, key)? {
                options = self.apply(options, dialect, &resolved)?;
            }
        }
        if let Some(section) = database.section(dialect) {
            options.ignore = section.ignore.clone();
            options.undo.ignored.clone_from(&section.ignore_undo);
        }
        Ok(options)
    }

    fn apply(&self, options: Options, dialect: Dialect, resolved: &Resolved) -> Result<Options> {
        let Resolved { setting, value } = resolved;
        apply(options, dialect, setting.key, value)
            .map_err(|why| SchemaFile::invalid(self.document(), setting, value, why))
    }

    fn connection(&self, database: &DatabaseSection, dialect: Dialect, url: ConfigKey) -> Result<Connection> {
        let Some(Resolved { setting, value }) = self.resolve(database, dialect, url)? else {
            return Err(self.no_url(database, dialect));
        };
        let parsed = Connection::parse(dialect, &value, self.base(&setting));
        Ok(self.as_shown(parsed.map_err(|error| self.at(&setting, error))?))
    }

    /// The database of a URL that schema.toml might have, as messages show it.
    pub(super) fn connection_to(&self, dialect: Dialect, url: &str) -> Result<Connection> {
        Ok(self.as_shown(Connection::parse(dialect, url, self.folder())?))
    }

    fn as_shown(&self, connection: Connection) -> Connection {
        match connection {
            Connection::Sqlite(SqliteLocation::File { path, access }) => {
                Connection::Sqlite(SqliteLocation::File { path: self.shown(&path), access })
            }
            other => other,
        }
    }

    fn url_place(&self, database: &DatabaseSection, dialect: Dialect, url: ConfigKey) -> Result<Option<Place>> {
        let resolved = self.resolve(database, dialect, url)?;
        Ok(resolved.and_then(|resolved| self.place(&resolved.setting, "")))
    }

    /// What the URL came from: the flag, the variable, or the place in the file and the variables that it names there.
    fn url_from(&self, database: &DatabaseSection, dialect: Dialect, key: ConfigKey) -> Result<Option<String>> {
        let Some(Resolved { setting, .. }) = self.resolve(database, dialect, key)? else { return Ok(None) };
        let name = setting.name();
        let SettingOrigin::File(_) = setting.origin else { return Ok(Some(format!("`{name}`"))) };
        let file = self.file().map_or_else(String::new, |path| format!(" in {}", self.shown(path).display()));
        let place = format!("`{name}` of {}{file}", database.header(dialect));
        let variables = names(setting.text.expose()).into_iter().map(|name| self.variable_from(&name));
        let variables = variables.collect::<Result<Vec<_>>>()?;
        Ok(Some(match (alone(setting.text.expose()), variables.as_slice()) {
            (_, []) => place,
            (Some(_), [variable]) => format!("{variable}, which {place} names"),
            _ => format!("{place}, or what it names: {}", variables.join(", ")),
        }))
    }

    /// A variable, and where it is set: `DATABASE_URL (.env)`.
    fn variable_from(&self, name: &str) -> Result<String> {
        let origin = if self.environment.get(name)?.is_some() { "environment" } else { ".env" };
        Ok(format!("{name} ({origin})"))
    }

    fn no_url(&self, database: &DatabaseSection, dialect: Dialect) -> Error {
        if self.file().is_none() {
            return Error::new(Code::Usage, format!("no URL of a {dialect} database is given"))
                .with_hint("name one with `--url`, or by DATABASE_URL where a folder is proven");
        }
        let message = format!("{} has no `url`", database.header(dialect));
        let error = Error::new(Code::InvalidValue, message).with_hint("add `url = \"...\"`, or name one with `--url`");
        self.at_section(database.name.as_deref(), dialect, error)
    }

    /// The folder of the migrations: `migrations/<backend>` by default, `migrations/<backend>/<name>` where databases
    /// have names.
    pub(super) fn migrations(&self, database: &DatabaseSection, dialect: Dialect) -> Result<PathBuf> {
        let path = if let Some(resolved) = self.resolve(database, dialect, ConfigKey::Migrations)? {
            // Also checked here, for the commands that read no other key: an empty variable names no folder.
            self.apply(Options::new(), dialect, &resolved)?;
            self.base(&resolved.setting).join(resolved.value)
        } else {
            let folder = self.folder().join("migrations").join(dialect.as_str());
            database.name.as_ref().map_or(folder.clone(), |name| folder.join(name))
        };
        Ok(self.shown(&path))
    }

    /// The path that a key names, relative to the file that has it.
    pub(super) fn path_of(
        &self,
        database: &DatabaseSection,
        dialect: Dialect,
        key: ConfigKey,
    ) -> Result<Option<PathBuf>> {
        let Some(resolved) = self.resolve(database, dialect, key)? else { return Ok(None) };
        self.apply(Options::new(), dialect, &resolved)?;
        Ok(Some(self.shown(&self.base(&resolved.setting).join(resolved.value))))
    }

    /// What a relative path is relative to: the folder of the file that has it, else the current one.
    fn base(&self, setting: &SettingValue) -> &Path {
        match setting.origin {
            SettingOrigin::File(_) => self.folder(),
            SettingOrigin::Flag | SettingOrigin::Variable => self.environment.folder(),
        }
    }

    fn resolve(&self, database: &DatabaseSection, dialect: Dialect, key: ConfigKey) -> Result<Option<Resolved>> {
        if let Some(setting) = self.given(key)? {
            let value = setting.text.expose().to_owned();
            return Ok(Some(Resolved { setting, value }));
        }
        let Some(setting) = database.section(dialect).and_then(|section| section.get(key)) else { return Ok(None) };
        let value = expand(setting.text.expose(), |name| self.variable(name))
            .map_err(|unexpanded| self.unexpanded(setting, unexpanded))?;
        if value.is_empty()
            && let Some(name) = alone(setting.text.expose())
        {
            return Err(self.without_value(setting, name, "empty"));
        }
        Ok(Some(Resolved { setting: setting.clone(), value }))
    }

    fn unexpanded(&self, setting: &SettingValue, unexpanded: Unexpanded<Error>) -> Error {
        let key = setting.key.as_str();
        match unexpanded {
            Unexpanded::Lookup(error) => error,
            Unexpanded::Malformed => {
                let error = Error::new(Code::InvalidValue, format!("`{key}` has `${{` without a name and `}}`"));
                self.at(setting, error).with_hint("write `${NAME}` for a variable, and `$${` for the two characters")
            }
            Unexpanded::Missing { name } => self.without_value(setting, &name, "not set"),
        }
    }

    fn without_value(&self, setting: &SettingValue, name: &str, what: &str) -> Error {
        let message = format!("`{}` needs the variable {name}, which is {what}", setting.key.as_str());
        self.at_text(setting, &format!("${{{name}}}"), Error::new(Code::MissingVariable, message))
            .with_hint(format!("set it in the environment, or in `.env` beside schema.toml: {name}=..."))
    }

    fn document(&self) -> Option<&Document> {
        self.schema_file().map(|file| &file.document)
    }

    /// Gives the error its line, where the value stands in the file.
    fn at(&self, setting: &SettingValue, error: Error) -> Error {
        self.at_text(setting, "", error)
    }

    /// Gives the error its line, and marks the first `part` of the value there.
    fn at_text(&self, setting: &SettingValue, part: &str, error: Error) -> Error {
        match self.place(setting, part) {
            Some(place) => error.with_place(place),
            None => error,
        }
    }

    fn place(&self, setting: &SettingValue, part: &str) -> Option<Place> {
        let (SettingOrigin::File(span), document) = (&setting.origin, self.document()?) else { return None };
        let found = document.text()[span.clone()].find(part).filter(|_| !part.is_empty());
        let span = found.map_or(span.clone(), |at| span.start + at..span.start + at + part.len());
        Some(document.place(span))
    }

    fn at_section(&self, name: Option<&str>, dialect: Dialect, error: Error) -> Error {
        let Some(file) = self.schema_file() else { return error };
        let database = file.databases.iter().find(|database| database.name.as_deref() == name);
        match database.and_then(|database| database.section(dialect)) {
            Some(section) => error.with_place(file.document.place(section.span.clone())),
            None => error,
        }
    }

    /// Two databases in one history would each see the other's migrations as missing.
    pub(super) fn refuse_shared_history(&self, targets: &[DatabaseTarget]) -> Result<()> {
        for (at, target) in targets.iter().enumerate() {
            if let Some(other) = targets[..at].iter().find(|other| other.shares_history(target)) {
                return Err(self.shared_history(other, target));
            }
        }
        Ok(())
    }

    fn shared_history(&self, first: &DatabaseTarget, second: &DatabaseTarget) -> Error {
        let name = |target: &DatabaseTarget| target.database.clone().unwrap_or_default();
        let message = format!(
            "databases {} and {} have the same history: table {} in {}",
            name(first),
            name(second),
            second.options.table,
            second.connection
        );
        let hint = match second.dialect {
            Dialect::Sqlite => "give one of them another `url` or `table`",
            Dialect::Postgres => "give one of them another `url`, `schema` or `table`",
        };
        let error = Error::new(Code::InvalidValue, message).with_hint(hint);
        self.at_section(second.database.as_deref(), second.dialect, error)
    }
}

/// The variable of a value that is nothing else: `${NAME}`.
fn alone(value: &str) -> Option<&str> {
    value.strip_prefix("${")?.strip_suffix('}')
}
