//! Between which databases a move is.

use crate::cli::context::{Context, migrations, project};
use crate::config::{DatabaseTarget, Overrides, Project};
use crate::error::{Code, Error, Result};
use crate::sql::Dialect;
use crate::transfer::MoveEnds;

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
    let project = project(&overrides)?;
    let map = project.map(target.database.as_deref()).ok_or_else(|| no_map(&target))?;
    MoveEnds::new((source, target), map, Box::new(migrations), context.interrupt().clone())
        .map_err(|error| error.with_hint("name the file: `--from app.db`, or `url` in schema.toml"))
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
