//! Which databases, and which backend of each.

use super::{CallEnvironment, Project};
use crate::config::file::{BackendSection, DatabaseSection};
use crate::config::setting::{ConfigKey, InvalidSetting};
use crate::config::target::dialect_of;
use crate::config::variables::{Unexpanded, expand};
use crate::config::{Connection, DatabaseTarget, Secret, redact};
use crate::error::{Code, Error, Result, did_you_mean};
use crate::sql::Dialect;

impl Project {
    /// The databases that are named, in the order of schema.toml; all where none is.
    pub(super) fn selected(&self) -> Result<Vec<DatabaseSection>> {
        let all = self.databases();
        let wanted = self.wanted()?;
        for name in &wanted {
            if !all.iter().any(|database| database.name.as_deref() == Some(name)) {
                return Err(unknown(name, &all));
            }
        }
        let is_wanted = |database: &DatabaseSection| {
            wanted.is_empty() || wanted.iter().any(|name| database.name.as_ref() == Some(name))
        };
        let selected: Vec<_> = all.into_iter().filter(is_wanted).collect();
        for key in [ConfigKey::Url, ConfigKey::Migrations] {
            self.refuse_for_several(key, &selected)?;
        }
        Ok(selected)
    }

    pub(super) fn wanted(&self) -> Result<Vec<String>> {
        if !self.overrides.databases.is_empty() {
            return Ok(self.overrides.databases.clone());
        }
        let list = self.environment.own("SCHEMACTL_DATABASE")?.unwrap_or_default();
        Ok(list.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect())
    }

    /// A URL or a folder cannot be that of two databases.
    fn refuse_for_several(&self, key: ConfigKey, selected: &[DatabaseSection]) -> Result<()> {
        match self.given(key)? {
            Some(setting) if selected.len() > 1 => {
                let message = format!("`{}` is for one database, and {} are selected", setting.name(), selected.len());
                Err(Error::new(Code::Usage, message)
                    .with_hint(format!("name one with `--database`: {}", names(selected).join(", "))))
            }
            _ => Ok(()),
        }
    }

    /// The backend that `--backend` or its variable names.
    fn wanted_dialect(&self) -> Result<Option<Dialect>> {
        if self.overrides.backend.is_some() {
            return Ok(self.overrides.backend);
        }
        backend_of_environment(&self.environment)
    }

    /// The backend that a flag or a variable names, also by a URL.
    pub(crate) fn named_dialect(&self) -> Result<Option<Dialect>> {
        let wanted = self.wanted_dialect()?;
        match self.given(ConfigKey::Url)? {
            Some(setting) => dialect_of_given(wanted, setting.text.expose()).map(Some),
            None => Ok(wanted),
        }
    }

    /// `DATABASE_URL`, where it is set and none of these databases is reached by it, though nobody has typed another URL. What cannot be read
    /// of `.env` is not asked for here.
    pub(crate) fn unused_url(&self, targets: &[DatabaseTarget]) -> Result<Option<Secret>> {
        if self.given(ConfigKey::Url)?.is_some() {
            return Ok(None);
        }
        let Some(url) = self.variable("DATABASE_URL").ok().flatten().filter(|url| !url.is_empty()) else {
            return Ok(None);
        };
        let dialect = dialect_of(&url);
        // Who types the other backend knows.
        if self.wanted_dialect()?.is_some_and(|wanted| Some(wanted) != dialect) {
            return Ok(None);
        }
        let parsed = dialect.and_then(|dialect| self.connection_to(dialect, &url).ok());
        let is_used = targets.iter().any(|target| match &target.connection {
            // With parameters around it, it is used all the same.
            Connection::Postgres(used) => used.expose().contains(url.as_str()),
            file @ Connection::Sqlite(_) => parsed.as_ref() == Some(file),
        });
        Ok((!is_used).then(|| Secret::new(url)))
    }

    /// Takes `DATABASE_URL`, as other tools do, where no URL for this backend is given or configured.
    pub(crate) fn or_database_url(mut self, dialect: Dialect) -> Result<Self> {
        let is_configured = self.databases().iter().any(|database| database.section(dialect).is_some());
        if !is_configured && self.given(ConfigKey::Url)?.is_none() && self.given(ConfigKey::ScratchUrl)?.is_none() {
            let url = self.variable("DATABASE_URL")?;
            self.overrides.url = url.filter(|url| dialect_of(url) == Some(dialect));
        }
        Ok(self)
    }

    /// The backend on which `database` is worked on.
    pub(super) fn dialect(&self, database: &DatabaseSection) -> Result<Dialect> {
        let wanted = self.wanted_dialect()?;
        if let Some(setting) = self.given(ConfigKey::Url)? {
            return dialect_of_given(wanted, setting.text.expose());
        }
        if let Some(wanted) = wanted {
            return configured(database, wanted);
        }
        // What schema.toml prefers is for the databases that have it: another may live on the other backend alone.
        let preferred = self.schema_file().and_then(|file| file.backend);
        let preferred = match preferred {
            Some(preferred) => Some(preferred),
            None => self.by_variable(database)?.map(|(dialect, _)| dialect),
        };
        let in_order = preferred.into_iter().chain([Dialect::Sqlite, Dialect::Postgres]);
        in_order.into_iter().find(|dialect| database.section(*dialect).is_some()).ok_or_else(|| self.nothing(database))
    }

    /// The variable that chose the backend of `database`: nothing else names one, and its URL is that of one of the two alone.
    pub(super) fn chosen_by(&self, database: &DatabaseSection) -> Result<Option<String>> {
        let is_named = self.named_dialect()?.is_some() || self.schema_file().is_some_and(|file| file.backend.is_some());
        if is_named { Ok(None) } else { Ok(self.by_variable(database)?.map(|(_, variable)| variable)) }
    }

    /// The backend whose URL comes from a variable that is set, where that is so of one of two: who has set it means that one.
    fn by_variable(&self, database: &DatabaseSection) -> Result<Option<(Dialect, String)>> {
        let mut set = Vec::new();
        if let [_, _] = &database.sections[..] {
            for section in &database.sections {
                set.extend(self.variable_of_url(section)?.map(|variable| (section.dialect, variable)));
            }
        }
        Ok(if set.len() == 1 { set.pop() } else { None })
    }

    /// The first variable in the URL of a section, where all that it needs are set.
    fn variable_of_url(&self, section: &BackendSection) -> Result<Option<String>> {
        let Some(url) = section.get(ConfigKey::Url) else { return Ok(None) };
        let mut first = None;
        let expanded = expand(url.text.expose(), |name| {
            first.get_or_insert_with(|| name.to_owned());
            Ok(self.variable(name)?.filter(|value| !value.is_empty()))
        });
        match expanded {
            Ok(_) => Ok(first),
            Err(Unexpanded::Lookup(error)) => Err(error),
            // Whoever works on this backend is told then.
            Err(Unexpanded::Missing { .. } | Unexpanded::Malformed) => Ok(None),
        }
    }

    fn nothing(&self, database: &DatabaseSection) -> Error {
        if self.file().is_none() {
            return Error::new(Code::Usage, "no backend is named, and there is no schema.toml")
                .with_hint("name one with `--backend`, or a URL with `--url`");
        }
        Error::new(Code::UnknownDatabase, "schema.toml configures no database")
            .with_hint(format!("add {} with a `url`, or name a URL with `--url`", database.header(Dialect::Sqlite)))
    }

    /// The backends of `database` that have a folder of migrations.
    pub(super) fn dialects(&self, database: &DatabaseSection) -> Result<Vec<Dialect>> {
        if self.given(ConfigKey::Url)?.is_some() {
            return Ok(vec![self.dialect(database)?]);
        }
        match self.wanted_dialect()? {
            // Without schema.toml, `--migrations` and `--backend` name a folder.
            Some(wanted) if database.sections.is_empty() => Ok(vec![wanted]),
            Some(wanted) => Ok(vec![configured(database, wanted)?]),
            None if database.sections.is_empty() => Err(self.nothing(database)),
            None => {
                let mut dialects: Vec<_> = database.sections.iter().map(|section| section.dialect).collect();
                dialects.sort();
                Ok(dialects)
            }
        }
    }
}

/// The backend that `SCHEMACTL_BACKEND` names.
pub(crate) fn backend_of_environment(environment: &CallEnvironment) -> Result<Option<Dialect>> {
    let Some(name) = environment.own("SCHEMACTL_BACKEND")? else { return Ok(None) };
    Dialect::parse(&name).map(Some).ok_or_else(|| {
        let why = InvalidSetting::choice(&name, &["sqlite", "postgres"]);
        let message = format!("`SCHEMACTL_BACKEND` cannot be `{}`: {}", redact(&name), why.reason);
        why.hint.into_iter().fold(Error::new(Code::InvalidValue, message), Error::with_hint)
    })
}

fn dialect_of_given(wanted: Option<Dialect>, url: &str) -> Result<Dialect> {
    match (wanted, dialect_of(url)) {
        (Some(wanted), Some(found)) if wanted != found => {
            Err(Error::new(Code::Usage, format!("the backend {wanted} was named, and a URL for {found}"))
                .with_hint("leave out one of the two"))
        }
        (Some(dialect), _) | (None, Some(dialect)) => Ok(dialect),
        (None, None) => {
            let scheme = url.split_once(':').map_or("", |(scheme, _)| scheme);
            let error = Error::new(Code::InvalidUrl, format!("`{scheme}:` is neither SQLite nor PostgreSQL"));
            Err(match did_you_mean(scheme, ["postgres", "postgresql", "sqlite"]) {
                Some(hint) => error.with_hint(hint),
                None => error.with_hint("write `sqlite:app.db` or `postgres://user@host/database`"),
            })
        }
    }
}

fn configured(database: &DatabaseSection, wanted: Dialect) -> Result<Dialect> {
    if database.section(wanted).is_some() {
        return Ok(wanted);
    }
    Err(Error::new(Code::UnknownDatabase, format!("{} is not configured for {wanted}", database.title()))
        .with_hint(format!("add {} to schema.toml, or name a URL with `--url`", database.header(wanted))))
}

fn unknown(name: &str, all: &[DatabaseSection]) -> Error {
    let error = Error::new(Code::UnknownDatabase, format!("schema.toml has no database `{name}`"));
    let error = match Dialect::parse(name) {
        Some(dialect) => error.with_hint(format!("did you mean `--backend {dialect}`?")),
        None => error,
    };
    let known = names(all);
    if known.is_empty() {
        return error.with_hint("databases with names are [database.NAME.sqlite]; without one, leave out `--database`");
    }
    let error = match did_you_mean(name, known.iter().copied()) {
        Some(hint) => error.with_hint(hint),
        None => error,
    };
    error.with_hint(format!("its databases are {}", known.join(", ")))
}

fn names(databases: &[DatabaseSection]) -> Vec<&str> {
    databases.iter().filter_map(|database| database.name.as_deref()).collect()
}
