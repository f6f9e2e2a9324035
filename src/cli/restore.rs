//! `schemactl restore`: a backup becomes a database again.

use super::args::RestoreArgs;
use super::context::{CommandFailure, Context, Reply, project};
use super::runtime;
use crate::backup::{self, Manifest, Replace, RestoreRequest};
use crate::config::{Access, Connection, DatabaseTarget, SqliteLocation};
use crate::error::{Code, Error, Result};
use crate::report::{DatabaseView, ReplyBody, RestoreDocument};
use crate::sql::Dialect;

pub(super) fn run(context: &Context, arguments: &RestoreArgs) -> Result<Reply> {
    let (backup, manifest) = backup::read(&arguments.file)?;
    let mut target = target(context, &manifest)?;
    let pg_bin = context.backup_settings(&target)?.pg_bin;
    let into = match (&target.connection, &arguments.into) {
        (Connection::Sqlite(_), Some(path)) => {
            let location = SqliteLocation::File { path: path.into(), access: Access::default() };
            target.connection = Connection::Sqlite(location);
            None
        }
        (_, into) => into.clone(),
    };
    let replace = if arguments.replace { Replace::Yes } else { Replace::No };
    let interrupt = context.interrupt();
    let request = RestoreRequest { backup, manifest, target: &target, into, replace, pg_bin, interrupt };
    match runtime::block_on(backup::restore(&request)) {
        Ok(restored) => {
            let backup = request.backup.display().to_string();
            let document = RestoreDocument::new(DatabaseView::of(&target), backup, &request.manifest, restored);
            context.output.data(document.text());
            Ok(Reply::new(ReplyBody::Restore(document)))
        }
        Err(error) => {
            let failure = CommandFailure::new(error, target.database.as_deref());
            Ok(Reply::new(ReplyBody::Nothing {}).or(Some(failure)))
        }
    }
}

/// The database that a backup is of, unless another one is named.
fn target(context: &Context, manifest: &Manifest) -> Result<DatabaseTarget> {
    let mut overrides = context.global.overrides(None)?;
    let dialect = Dialect::parse(&manifest.backend);
    if overrides.url.is_none() && overrides.backend.is_none() {
        overrides.backend = dialect;
    }
    if overrides.databases.is_empty()
        && let (Some(name), Some(dialect)) = (&manifest.database, dialect)
        && project(&overrides)?.has(Some(name), dialect)
    {
        overrides.databases.push(name.clone());
    }
    let mut targets = project(&overrides)?.targets()?;
    match (targets.pop(), targets.is_empty()) {
        (Some(target), true) if Some(target.dialect) == dialect => Ok(target),
        (Some(target), true) => Err(other_backend(manifest, &target)),
        _ => Err(Error::new(Code::Usage, "a backup is of one database, and several are selected")
            .with_hint("name one: `--database NAME`")),
    }
}

fn other_backend(manifest: &Manifest, target: &DatabaseTarget) -> Error {
    let Manifest { file, backend, .. } = manifest;
    Error::new(
        Code::Usage,
        format!("{file} is a backup of {backend}, and {} is one of {}", target.connection, target.dialect),
    )
    .with_state("nothing was changed")
    .with_hint(format!(
        "name one of {backend} with `--url`, or leave `--url` and `--backend` away for that of schema.toml"
    ))
}
