use super::args::UpArgs;
use super::context::{Context, Reply};
use super::plan;
use super::run::{self, RunDirection};
use crate::error::Result;

pub(super) fn run(context: &Context, arguments: &UpArgs) -> Result<Reply> {
    if arguments.dry_run {
        return plan::show(context, &arguments.far, plan::rehearse(arguments.no_rehearsal));
    }
    let targets = context.targets(arguments.far.order.as_deref())?;
    run::targets(context, &targets, &RunDirection::Up(arguments.far.target(), arguments.far.transaction()))
}
