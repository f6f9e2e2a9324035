use super::args::UpArgs;
use super::context::{Context, Reply};
use super::plan;
use super::run::{self, AutomaticBackup, RunDirection};
use crate::error::Result;

pub(super) fn run(context: &Context, arguments: &UpArgs) -> Result<Reply> {
    if arguments.dry_run {
        return plan::show(context, &arguments.far, plan::rehearse(arguments.no_rehearsal));
    }
    let targets = context.targets(arguments.far.order.as_deref())?;
    let way = RunDirection::Up(arguments.far.target(), arguments.far.transaction());
    run::targets(context, &targets, &way, AutomaticBackup::unless(arguments.no_backup))
}
