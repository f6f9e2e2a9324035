//! `schemactl undo`: what is kept of the rows that migrations changed.

mod list;
mod purge;
mod show;

use super::args::{UndoArgs, UndoCommand};
use super::context::{Context, Reply};
use super::notes;
use crate::config::DatabaseTarget;
use crate::error::{Code, Error, Result};

pub(super) fn run(context: &Context, arguments: &UndoArgs) -> Result<Reply> {
    match &arguments.command {
        UndoCommand::List => list::run(context),
        UndoCommand::Show(arguments) => show::run(context, arguments),
        UndoCommand::Purge(arguments) => purge::run(context, arguments),
    }
}

/// Fails where there is no database in which anything could be kept of a version.
fn assert_there(target: &DatabaseTarget) -> Result<()> {
    match notes::no_database(target) {
        Some(missing) => Err(Error::new(Code::UnknownTarget, missing)
            .with_state("nothing was changed")
            .with_hint("was it made by `schemactl up`? `url` in schema.toml or `--url` says where it is looked for")),
        None => Ok(()),
    }
}

/// The databases, of which there is one where a version is named.
fn targets(context: &Context, names_a_version: bool) -> Result<Vec<DatabaseTarget>> {
    let targets = context.targets(None)?;
    if targets.len() > 1 && names_a_version {
        return Err(Error::new(Code::Usage, "a version is one of a single database, and several are selected")
            .with_state("nothing was changed")
            .with_hint("name it with `--database`"));
    }
    Ok(targets)
}
