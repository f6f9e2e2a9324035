use super::args::DownArgs;
use super::context::{Context, Reply};
use super::plan::{self, Planned};
use super::run::{self, Way};
use crate::config::Target;
use crate::error::{Code, Error, Result};

pub(super) fn run(context: &Context, arguments: &DownArgs) -> Result<Reply> {
    let back = arguments.back()?;
    let targets = context.targets(None)?;
    if arguments.dry_run {
        return plan::targets(context, &targets, &Planned::Down(back), plan::rehearse(arguments.no_rehearsal));
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
    run::targets(context, &targets, &Way::Down { back, accept_data_loss: arguments.accept_data_loss })
}

fn first_name(targets: &[Target]) -> &str {
    targets.first().and_then(|target| target.database.as_deref()).unwrap_or("NAME")
}
