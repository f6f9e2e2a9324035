//! `schemactl move`: an application's data from SQLite to PostgreSQL.

mod archive;
mod back;
mod copy;
mod cutover;
mod discard;
pub(super) mod ends;
mod finish;
mod follow;
mod metrics;
mod plan;
mod progress;
mod rejects;
mod status;
mod verify;
mod watch;

use super::args::{MoveArgs, MoveCommand};
use super::context::{Context, Reply};
use crate::error::Result;

pub(super) fn run(context: &Context, arguments: &MoveArgs) -> Result<Reply> {
    match &arguments.command {
        MoveCommand::Plan(arguments) => plan::run(context, arguments),
        MoveCommand::Copy(arguments) => copy::run(context, arguments),
        MoveCommand::Verify(arguments) => verify::run(context, arguments),
        MoveCommand::Follow(arguments) => follow::run(context, arguments),
        MoveCommand::Cutover(arguments) => cutover::run(context, arguments),
        MoveCommand::Back(arguments) => back::run(context, arguments),
        MoveCommand::Finish => finish::run(context),
        MoveCommand::Archive(arguments) => archive::run(context, arguments),
        MoveCommand::Status(arguments) => status::run(context, arguments),
        MoveCommand::Discard(arguments) => discard::run(context, arguments),
    }
}
