//! Which backends a new project has: what is typed, else `SCHEMACTL_BACKEND`, else what `DATABASE_URL` is for, else both.

use std::path::Path;

use crate::cli::args::BackendChoice;
use crate::config::{Announced, CallEnvironment, announced, backend_of_environment};
use crate::error::{Code, Error, Result};
use crate::sql::Dialect;

/// The databases of a new project, and why their backends are these.
pub(super) struct ChosenBackends {
    pub(super) databases: Vec<PlannedDatabase>,
    pub(super) because: Because,
    /// What was seen and not used: one sentence each.
    pub(super) passed_over: Vec<String>,
}

/// One database of a new project.
pub(super) struct PlannedDatabase {
    pub(super) name: Option<String>,
    /// In the order in which schema.toml has them.
    pub(super) dialects: Vec<Dialect>,
    /// What its variable says, or `DATABASE_URL`.
    pub(super) announced: Option<Announced>,
}

/// Which of two backends is used.
pub(super) enum Used {
    /// This one: `backend` in schema.toml.
    Now(Dialect),
    /// SQLite until this variable is set, then PostgreSQL, whose URL it is.
    Until(String),
}

/// Why the backends are these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Because {
    Typed,
    Variable,
    Announced,
    Default,
}

impl Because {
    /// What said so.
    pub(super) fn as_str(self) -> Option<&'static str> {
        match self {
            Self::Typed => Some("--backend"),
            Self::Variable => Some("SCHEMACTL_BACKEND"),
            Self::Announced => Some("DATABASE_URL"),
            Self::Default => None,
        }
    }
}

impl ChosenBackends {
    /// All backends that any of the databases has.
    pub(super) fn dialects(&self) -> Vec<Dialect> {
        let has = |dialect: &Dialect| self.databases.iter().any(|database| database.dialects.contains(dialect));
        [Dialect::Sqlite, Dialect::Postgres].into_iter().filter(has).collect()
    }

    /// Which backend is used, of a database that has two; none where no database has.
    pub(super) fn used(&self) -> Option<Used> {
        let several = self.databases.iter().find(|database| database.dialects.len() > 1)?;
        Some(match &several.announced {
            Some(announced) => Used::Now(announced.dialect),
            None => Used::Until(several.postgres_variable()),
        })
    }
}

impl PlannedDatabase {
    /// The variable that has the URL of this database: `DATABASE_URL`, or `SHOP_DATABASE_URL`.
    pub(super) fn variable(&self) -> String {
        variable(self.name.as_deref())
    }

    /// What `url` is in schema.toml.
    pub(super) fn url(&self, dialect: Dialect) -> String {
        match (dialect, &self.announced) {
            (Dialect::Sqlite, Some(announced))
                if self.is_own(announced, Dialect::Sqlite) && !announced.is_in_memory() =>
            {
                format!("${{{}}}", announced.variable)
            }
            (Dialect::Sqlite, _) => format!("sqlite:{}.db", self.name.as_deref().unwrap_or("app")),
            (Dialect::Postgres, _) => format!("${{{}}}", self.postgres_variable()),
        }
    }

    /// The variable that has the URL on PostgreSQL: another one where its own is that of an SQLite file.
    fn postgres_variable(&self) -> String {
        let is_taken = self.announced.as_ref().is_some_and(|announced| self.is_own(announced, Dialect::Sqlite));
        if is_taken { self.variable().replace("DATABASE_URL", "POSTGRES_URL") } else { self.variable() }
    }

    /// The variable that is still to be set for PostgreSQL.
    pub(super) fn to_be_set(&self) -> Option<String> {
        let is_set = self.announced.as_ref().is_some_and(|announced| self.is_own(announced, Dialect::Postgres));
        (self.dialects.contains(&Dialect::Postgres) && !is_set).then(|| self.postgres_variable())
    }

    fn is_own(&self, announced: &Announced, dialect: Dialect) -> bool {
        announced.variable == self.variable() && announced.dialect == dialect
    }
}

fn variable(name: Option<&str>) -> String {
    let Some(name) = name else { return "DATABASE_URL".to_owned() };
    let word = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    format!("{}_DATABASE_URL", name.chars().map(word).collect::<String>())
}

/// Chooses the backends. `folder` is that of schema.toml.
pub(super) fn choose(
    environment: &CallEnvironment,
    folder: &Path,
    typed: Option<BackendChoice>,
    names: &[String],
) -> Result<ChosenBackends> {
    let asked = match typed {
        Some(BackendChoice::Both) => Some((vec![Dialect::Sqlite, Dialect::Postgres], Because::Typed)),
        Some(BackendChoice::Sqlite) => Some((vec![Dialect::Sqlite], Because::Typed)),
        Some(BackendChoice::Postgres) => Some((vec![Dialect::Postgres], Because::Typed)),
        None => backend_of_environment(environment)?.map(|dialect| (vec![dialect], Because::Variable)),
    };
    let mut passed_over = Vec::new();
    let names: Vec<Option<String>> =
        if names.is_empty() { vec![None] } else { names.iter().cloned().map(Some).collect() };
    let mut databases = Vec::new();
    for name in names {
        let announced = match look(environment, folder, name.as_deref()) {
            Ok(announced) => announced,
            // What `.env` has for another tool keeps nobody from beginning, nor does a URL that nobody asked to be looked at.
            Err(error) if error.code() == Code::ConfigFile || asked.is_some() => {
                passed_over.push(error.to_string());
                None
            }
            Err(error) => return Err(unasked(error)),
        };
        let dialects = match (&asked, &announced) {
            (Some((dialects, _)), _) => dialects.clone(),
            (None, Some(announced)) => vec![announced.dialect],
            (None, None) => vec![Dialect::Sqlite, Dialect::Postgres],
        };
        databases.push(PlannedDatabase { name, dialects, announced });
    }
    passed_over.dedup();
    passed_over.extend(databases.iter().filter_map(unused));
    let because = match asked {
        Some((_, because)) => because,
        None if databases.iter().any(|database| database.announced.is_some()) => Because::Announced,
        None => Because::Default,
    };
    Ok(ChosenBackends { databases, because, passed_over })
}

/// The variable of the database itself, else `DATABASE_URL`, which tells the backend of one that has a name too.
fn look(environment: &CallEnvironment, folder: &Path, name: Option<&str>) -> Result<Option<Announced>> {
    let mut found = announced(environment, folder, &variable(name))?;
    if found.is_none() && name.is_some() {
        found = announced(environment, folder, &variable(None))?;
    }
    if let Some(announced) = &found {
        check(announced)?;
    }
    Ok(found)
}

/// Whether `up` could read the URL. What variables and files of libpq lack is no fault of the URL.
#[cfg(feature = "postgres")]
fn check(announced: &Announced) -> Result<()> {
    use crate::config::of_variable;
    use crate::database::postgres::connect::{ConnectEnvironment, ConnectSettings};

    if announced.dialect == Dialect::Sqlite {
        return Ok(());
    }
    match ConnectSettings::parse(announced.url.expose(), &ConnectEnvironment::process()) {
        Err(error) if error.code() == Code::InvalidUrl && error.cause().is_none() => {
            Err(of_variable(&announced.variable, error))
        }
        _ => Ok(()),
    }
}

#[cfg(not(feature = "postgres"))]
#[expect(clippy::unnecessary_wraps, reason = "with PostgreSQL it may fail")]
fn check(_: &Announced) -> Result<()> {
    Ok(())
}

fn unasked(error: Error) -> Error {
    error.with_state("nothing was created").with_hint(
        "correct the variable, or say which database it is to be: `schemactl init --backend sqlite`, or `--backend postgres`",
    )
}

/// Of a database whose variable is for a backend that it has not, or that no command can come back to.
fn unused(database: &PlannedDatabase) -> Option<String> {
    let announced = database.announced.as_ref()?;
    if announced.is_in_memory() {
        return Some(format!(
            "{announced}, in memory, which ends with each command: {} is used",
            database.url(Dialect::Sqlite)
        ));
    }
    (!database.dialects.contains(&announced.dialect)).then(|| format!("{announced}, and is not used"))
}
