use super::args::DownArgs;
use super::context::{Context, Reply};
use super::plan::{self, Planned};
use super::run::{self, Way};
use crate::error::Result;

pub(super) fn run(context: &Context, arguments: &DownArgs) -> Result<Reply> {
    let back = arguments.back()?;
    let targets = context.targets(None)?;
    if arguments.dry_run {
        return plan::targets(context, &targets, &Planned::Down(back), plan::rehearse(arguments.no_rehearsal));
    }
    run::targets(context, &targets, &Way::Down { back, accept_data_loss: arguments.accept_data_loss })
}
