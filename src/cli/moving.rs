//! `schemactl move`: an application's data from SQLite to PostgreSQL.

pub(super) mod ends;
mod histories;
mod plan;

use super::args::{MoveArgs, MoveCommand};
use super::context::{Context, Reply};
use crate::error::Result;

pub(super) fn run(context: &Context, arguments: &MoveArgs) -> Result<Reply> {
    match &arguments.command {
        MoveCommand::Plan(arguments) => plan::run(context, arguments),
    }
}
