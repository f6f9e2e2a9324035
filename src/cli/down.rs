use super::args::DownArgs;
use super::context::{Context, Reply};
use super::plan::{self, PlannedRun};
use super::run::{self, AutomaticBackup, RunDirection};
use crate::config::DatabaseTarget;
use crate::error::{Code, Error, Result};

pub(super) fn run(context: &Context, arguments: &DownArgs) -> Result<Reply> {
    let back = arguments.back()?;
    let targets = context.targets(None)?;
    if arguments.dry_run {
        return plan::targets(context, &targets, &PlannedRun::Down(back), plan::rehearse(arguments.no_rehearsal));
    }
    let is_named = !context.global.database.is_empty() || std::env::var_os("SCHEMACTL_DATABASE").is_some();
    if targets.len() > 1 && !is_named {
        // A step of each would be taken back, and whoever works on one of them rarely means the others.
        return Err(Error::new(
            Code::Usage,
            format!("{} databases are configured: which one is to go down?", targets.len()),
        )
        .with_state("nothing was changed")
        .with_hint(format!("name it: `--database {}`; several are named one after the other", first_name(&targets))));
    }
    let way =
        RunDirection::Down { back, accept_data_loss: arguments.accept_data_loss, keep_changed: arguments.keep_changed };
    run::targets(context, &targets, &way, AutomaticBackup::unless(arguments.no_backup))
}

fn first_name(targets: &[DatabaseTarget]) -> &str {
    targets.first().and_then(|target| target.database.as_deref()).unwrap_or("NAME")
}
