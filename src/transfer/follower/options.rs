use std::path::PathBuf;
use std::time::Duration;

use crate::config::{CallEnvironment, Map, Occasion, Overrides, Project, Secret};
use crate::error::{Code, Error, Result};
use crate::interrupt::Interrupt;
use crate::source::Migrations;
use crate::sql::Dialect;
use crate::transfer::course::{MigrationsOf, MoveEnds};

/// Between which databases a move is followed, and how: as schema.toml says, whose `[map]` has the rules, and as code says where both speak.
///
/// ```
/// use schemactl::Migrations;
/// use schemactl::transfer::FollowOptions;
///
/// // A program that brings all with it: its migrations are embedded (`schemactl::embed!`), and schema.toml is a text (`include_str!`).
/// let (sqlite, postgres) = (Migrations::EMPTY, Migrations::EMPTY);
/// let options = FollowOptions::text("[sqlite]\n[postgres]\n[map]\n")
///     .sqlite("sqlite:app.db")
///     .postgres("postgresql://app@db.internal/shop")
///     .migrations(sqlite, postgres)
///     .jobs(2);
/// # let _ = options;
/// ```
#[derive(Debug, Clone)]
pub struct FollowOptions {
    rules: Rules,
    database: Option<String>,
    sqlite: Option<String>,
    postgres: Option<Secret>,
    migrations: Option<(Migrations, Migrations)>,
    lock_timeout: Option<Duration>,
    pub(super) jobs: Option<usize>,
    pub(super) until_level: bool,
    is_backed_up: bool,
}

/// Where the text of schema.toml is.
#[derive(Debug, Clone)]
enum Rules {
    File(PathBuf),
    Text(String),
}

impl FollowOptions {
    /// Takes what the file schema.toml says, with the variables that it names: of the environment, or of `.env` beside it.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self::of(Rules::File(path.into()))
    }

    /// Takes what a text says that could stand in schema.toml. Its paths are relative to the current folder.
    pub fn text(text: impl Into<String>) -> Self {
        Self::of(Rules::Text(text.into()))
    }

    fn of(rules: Rules) -> Self {
        Self {
            rules,
            database: None,
            sqlite: None,
            postgres: None,
            migrations: None,
            lock_timeout: None,
            jobs: None,
            until_level: false,
            is_backed_up: false,
        }
    }

    /// Names the database, where schema.toml has several.
    #[must_use]
    pub fn database(mut self, name: impl Into<String>) -> Self {
        self.database = Some(name.into());
        self
    }

    /// Sets the URL of SQLite. Default: the `url` of schema.toml.
    #[must_use]
    pub fn sqlite(mut self, url: impl Into<String>) -> Self {
        self.sqlite = Some(url.into());
        self
    }

    /// Sets the URL of PostgreSQL. The role has to be the owner of the tables, as the one that runs the migrations is. Default: the `url` of schema.toml.
    #[must_use]
    pub fn postgres(mut self, url: impl Into<String>) -> Self {
        self.postgres = Some(Secret::new(url));
        self
    }

    /// Sets the migrations of both sides, as the program holds them. Default: those in the folders that schema.toml names.
    #[must_use]
    pub fn migrations(mut self, sqlite: Migrations, postgres: Migrations) -> Self {
        self.migrations = Some((sqlite, postgres));
        self
    }

    /// Sets how long a statement on PostgreSQL waits for a lock. Default: as schema.toml says, or as [`Options::lock_timeout`](crate::Options::lock_timeout).
    #[must_use]
    pub fn lock_timeout(mut self, timeout: Duration) -> Self {
        self.lock_timeout = Some(timeout);
        self
    }

    /// Sets over how many connections rows are copied at once, at least one. Default: as `[map.copy]` says, or 1.
    #[must_use]
    pub fn jobs(mut self, jobs: usize) -> Self {
        self.jobs = Some(jobs.max(1));
        self
    }

    /// Ends once nothing is left to apply. Default: goes on until it is cancelled.
    #[must_use]
    pub fn until_level(mut self) -> Self {
        self.until_level = true;
        self
    }

    /// Says that PostgreSQL needs no backup before the copy, or has one: this function makes none, and does not begin where schema.toml wants one.
    #[must_use]
    pub fn backed_up(mut self) -> Self {
        self.is_backed_up = true;
        self
    }

    /// Both databases, which are stopped by `cancel`.
    pub(super) fn ends(&self, cancel: &Interrupt) -> Result<MoveEnds> {
        let source = self.target(Dialect::Sqlite, self.sqlite.as_deref())?;
        let mut target = self.target(Dialect::Postgres, self.postgres.as_ref().map(Secret::expose))?;
        if let Some(timeout) = self.lock_timeout {
            target.options.lock_timeout = timeout;
        }
        let map = self.map(target.database.as_deref())?;
        let migrations: MigrationsOf = match self.migrations.clone() {
            None => Box::new(|side| Migrations::read(&side.migrations)),
            Some((sqlite, postgres)) => Box::new(move |side| {
                Ok(match side.dialect {
                    Dialect::Sqlite => sqlite.clone(),
                    Dialect::Postgres => postgres.clone(),
                })
            }),
        };
        MoveEnds::new((source, target), map, migrations, cancel.clone())
    }

    /// Refuses to begin where schema.toml wants a backup before.
    pub(super) fn assert_no_backup_is_wanted(&self) -> Result<()> {
        if self.is_backed_up || !self.project(None)?.backup(self.database.as_deref())?.before.contains(&Occasion::Copy)
        {
            return Ok(());
        }
        Err(Error::new(Code::MoveNotReady, "schema.toml wants a backup of PostgreSQL before rows are copied")
            .with_cause("the command makes backups; a follower inside an application makes none")
            .with_state("nothing was written")
            .with_hint("`schemactl move follow` makes it and begins; the application goes on then")
            .with_hint("or say that there is one: FollowOptions::backed_up"))
    }

    fn project(&self, of: Option<(Dialect, &str)>) -> Result<Project> {
        let mut overrides =
            Overrides { databases: self.database.clone().into_iter().collect(), ..Overrides::default() };
        if let Some((dialect, url)) = of {
            overrides.backend = Some(dialect);
            overrides.url = Some(url.to_owned()).filter(|url| !url.is_empty());
        }
        let environment = CallEnvironment::of_process()?;
        match &self.rules {
            Rules::File(path) => {
                overrides.config = Some(path.clone());
                Project::load(&overrides, environment)
            }
            Rules::Text(text) => Project::of_text(text.clone(), &overrides, environment),
        }
    }

    fn target(&self, dialect: Dialect, url: Option<&str>) -> Result<crate::config::DatabaseTarget> {
        let mut targets = self.project(Some((dialect, url.unwrap_or_default())))?.targets()?;
        match (targets.pop(), targets.is_empty()) {
            (Some(target), true) => Ok(target),
            (None, _) => Err(Error::new(Code::UnknownDatabase, format!("schema.toml has no database on {dialect}"))),
            _ => Err(Error::new(Code::InvalidValue, "a move is of one database, and schema.toml has several")
                .with_hint("name one: FollowOptions::database")),
        }
    }

    fn map(&self, database: Option<&str>) -> Result<Map> {
        self.project(None)?.map(database).ok_or_else(|| {
            Error::new(Code::InvalidValue, "schema.toml has no [map]: how the tables of both sides correspond")
                .with_hint("where every table and column has the same name on both, an empty [map] is enough")
        })
    }
}
