//! Between which databases a move is.

use crate::cli::context::{Context, project};
use crate::config::{Connection, DatabaseTarget, Map, Overrides, Project, SqliteLocation};
use crate::error::{Code, Error, Result};
use crate::sql::Dialect;

/// The two databases of a move, and how their tables correspond.
pub(super) struct MoveEnds {
    pub(super) source: DatabaseTarget,
    pub(super) location: SqliteLocation,
    pub(super) target: DatabaseTarget,
    pub(super) map: Map,
}

/// Finds both backends of the database that is selected. `from` is another SQLite database than that of schema.toml.
pub(super) fn ends(context: &Context, from: Option<&str>) -> Result<MoveEnds> {
    let overrides = context.global.overrides(None)?;
    if overrides.backend.is_some() || overrides.url.is_some() {
        return Err(Error::new(
            Code::Usage,
            "a move is between both backends of a database: `--backend` and `--url` name one",
        )
        .with_hint("`--from` names another SQLite file than schema.toml does"));
    }
    let source = only(&overrides, Dialect::Sqlite, from)?;
    let target = only(&overrides, Dialect::Postgres, None)?;
    let Connection::Sqlite(location) = source.connection.clone() else {
        return Err(Error::new(Code::Usage, format!("{} is not a database of SQLite", source.connection))
            .with_hint("`--from app.db` names a file"));
    };
    if location.is_missing() {
        return Err(Error::new(Code::Connect, format!("{} does not exist", source.connection))
            .with_state("nothing was read, and nothing was written")
            .with_hint("name the file: `--from app.db`, or `url` in schema.toml"));
    }
    let project = project(&overrides)?;
    let map = project.map(target.database.as_deref()).ok_or_else(|| no_map(&target))?;
    Ok(MoveEnds { source, location, target, map })
}

/// The selected database on one backend.
pub(in crate::cli) fn only(overrides: &Overrides, dialect: Dialect, url: Option<&str>) -> Result<DatabaseTarget> {
    let overrides = Overrides { backend: Some(dialect), url: url.map(str::to_owned), ..overrides.clone() };
    let project: Project = project(&overrides)?;
    let mut targets = project.targets()?;
    if targets.len() > 1 {
        return Err(Error::new(Code::Usage, "a move is of one database, and several are selected")
            .with_hint("name one: `--database NAME`"));
    }
    targets.pop().ok_or_else(|| Error::new(Code::UnknownDatabase, format!("schema.toml has no database on {dialect}")))
}

fn no_map(target: &DatabaseTarget) -> Error {
    let section = target.database.as_ref().map_or("[map]".to_owned(), |name| format!("[database.{name}.map]"));
    Error::new(Code::InvalidValue, format!("schema.toml has no {section}: how the tables of both correspond"))
        .with_hint(format!("where every table and column has the same name on both, an empty {section} is enough"))
        .with_hint("docs/configuration.md, \"Two backends of one database\"")
}
